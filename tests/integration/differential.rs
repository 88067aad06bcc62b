//! The decoder and Chromium's `EventSource` are given the same thousands of streams, each in pieces of its own, and
//! dispatch the same events.

mod streams;

use crate::support::{folder::Folder, random::Random, soon};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use futures::{StreamExt, stream};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::sse::decode::{Decoder, Item};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::mpsc::{UnboundedSender, unbounded_channel},
};

/// An event's type, data and last event id.
type Event = (String, String, String);

/// Who is told to come back after at most this gets to do so, because the test waits for it. (Chromium waits for 3 seconds
/// after a `retry` without a value, which the standard ignores.)
const SOON_BACK: Duration = Duration::from_millis(10);

#[tokio::test]
#[ignore = "needs Chromium: make differential"]
async fn it_dispatches_what_chromium_dispatches() {
    let mut random = Random::seeded();
    let count = std::env::var("STREAMS").map_or(4_000, |count| count.parse().unwrap());
    let mut streams = corpus();
    streams.extend(std::iter::repeat_with(|| streams::any(&mut random)).take(count));
    let cases: Vec<Case> = streams.into_iter().map(|stream| Case::new(stream, &mut random)).collect();

    let (seen, mut results) = unbounded_channel();
    let scene = Arc::new(Scene { visits: Mutex::new(vec![Vec::new(); cases.len()]), cases, seen });
    let url = serve(scene.clone()).await;
    let folder = Folder::new();
    let mut chromium = chromium(&folder, &url);
    let mut different = Vec::new();
    let mut events = 0;
    for _ in &scene.cases {
        let (number, dispatched) = tokio::select! {
            result = soon("what Chromium dispatches", results.recv()) => result.unwrap(),
            ended = chromium.wait() => panic!("Chromium has ended: {ended:?}; see {}", log(&folder).display()),
        };
        events += dispatched.len();
        let case = &scene.cases[number];
        let visits = scene.visits.lock().unwrap()[number].clone();
        if (&dispatched, &visits) != (&case.events, &case.visits()) {
            different.push((case, dispatched, visits));
        }
    }
    chromium.kill().await.unwrap();

    let returns = scene.cases.iter().filter(|case| case.returns).count();
    println!("{} streams, {events} events, {returns} reconnects", scene.cases.len());
    assert!(events > count, "the streams are worth the while");
    if let Some((case, dispatched, visits)) = different.iter().min_by_key(|(case, ..)| case.stream.len()) {
        panic!(
            "{} streams differ; the shortest:\n{}\nChromium: {dispatched:?}\n  comes with the ids {visits:?}\n\
             decoder:  {:?}\n  comes with the ids {:?}",
            different.len(),
            case.stream.escape_ascii(),
            case.events,
            case.visits(),
        );
    }
}

/// The streams that the fuzzer starts from, which have each case of the standard. Their `|` is a letter here.
fn corpus() -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/decode"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// A stream, and what the decoder makes of it.
struct Case {
    stream: Vec<u8>,
    /// As they are sent to Chromium.
    pieces: Vec<Bytes>,
    events: Vec<Event>,
    last_event_id: String,
    /// Whether Chromium is to come back when the stream has ended, with the last event id.
    returns: bool,
}

impl Case {
    fn new(stream: Vec<u8>, random: &mut Random) -> Self {
        let (mut decoder, mut items) = (Decoder::default(), Vec::new());
        for piece in pieces(&as_chromium_reads(&stream), random) {
            decoder.feed(piece, &mut items).unwrap();
        }
        let last_event_id = decoder.last_event_id().to_owned();
        let (mut events, mut retry) = (Vec::new(), Duration::MAX);
        for item in items {
            match item {
                Item::Event(event) => events.push((event.name, event.data, event.last_event_id)),
                Item::Retry(after) => retry = after,
                Item::Comment(_) => {}
            }
        }
        let pieces = pieces(&stream, random).into_iter().map(Bytes::copy_from_slice).collect();
        // Not every id can stand in a header.
        let returns = retry <= SOON_BACK && HeaderValue::from_bytes(last_event_id.as_bytes()).is_ok();
        Self { stream, pieces, events, last_event_id, returns }
    }

    /// The last event ids with which the stream should be asked for.
    fn visits(&self) -> Vec<String> {
        let again = self.returns.then(|| self.last_event_id.trim_matches([' ', '\t']).to_owned());
        std::iter::once(String::new()).chain(again).collect()
    }

    /// All the names under which a parser, a faulty one too, could dispatch an event.
    fn names(&self) -> BTreeSet<String> {
        let stream = String::from_utf8_lossy(&self.stream);
        let values = stream.split(['\r', '\n']).filter(|line| line.contains("event")).flat_map(|line| {
            let (_, value) = line.split_once(':').unwrap_or_default();
            [line, value, value.trim_start_matches(' '), value.strip_prefix(' ').unwrap_or(value)]
        });
        self.events.iter().map(|(name, ..)| name.as_str()).chain(values).map(str::to_owned).collect()
    }
}

/// Chromium differs from the standard here: an end of line right after the BOM is the first letter of the line that
/// follows, whose field is then unknown, as with a space.
fn as_chromium_reads(stream: &[u8]) -> Vec<u8> {
    match stream {
        [0xEF, 0xBB, 0xBF, b'\n' | b'\r', rest @ ..] => [b" ", rest].concat(),
        _ => stream.to_vec(),
    }
}

/// Whole, byte by byte, or cut in some places.
fn pieces<'a>(stream: &'a [u8], random: &mut Random) -> Vec<&'a [u8]> {
    match random.index(4) {
        0 => vec![stream],
        1 if stream.len() < 1_000 => stream.chunks(1).collect(),
        _ => {
            let mut cuts: Vec<_> = (0..random.index(12)).map(|_| random.index(stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect()
        }
    }
}

struct Scene {
    cases: Vec<Case>,
    /// For each stream the last event ids with which it was asked for.
    visits: Mutex<Vec<Vec<String>>>,
    seen: UnboundedSender<(usize, Vec<Event>)>,
}

/// What the page has to know of a stream.
#[derive(Serialize)]
struct Plan {
    names: BTreeSet<String>,
    returns: bool,
}

/// Serves the page and the streams on a free port, which is in the address that it answers.
async fn serve(scene: Arc<Scene>) -> String {
    let router = Router::new()
        .route("/", get(Html(include_str!("differential/page.html"))))
        .route("/plan", get(plan))
        .route("/streams/{number}", get(send))
        .route("/seen/{number}", post(seen))
        .layer(DefaultBodyLimit::disable())
        .with_state(scene);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    // A piece is a packet.
    let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

async fn plan(State(scene): State<Arc<Scene>>) -> Json<Vec<Plan>> {
    Json(scene.cases.iter().map(|case| Plan { names: case.names(), returns: case.returns }).collect())
}

async fn send(State(scene): State<Arc<Scene>>, Path(number): Path<usize>, headers: HeaderMap) -> Response {
    let id = headers.get("last-event-id").map_or(&b""[..], |id| id.as_bytes());
    let mut visits = scene.visits.lock().unwrap();
    visits[number].push(String::from_utf8_lossy(id).into_owned());
    if visits[number].len() > 1 {
        // It is not to come again.
        return StatusCode::NO_CONTENT.into_response();
    }
    let pieces = scene.cases[number].pieces.clone();
    let body = stream::iter(pieces).then(async |piece| {
        // The server sends what it has whenever there is nothing more at the moment.
        tokio::task::yield_now().await;
        Ok::<_, std::convert::Infallible>(piece)
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(body)).into_response()
}

async fn seen(State(scene): State<Arc<Scene>>, Path(number): Path<usize>, events: String) {
    scene.seen.send((number, serde_json::from_str(&events).unwrap())).unwrap();
}

/// Where Chromium says what is wrong with it. It is kept when the test fails.
fn log(folder: &Folder) -> PathBuf {
    folder.path().join("chromium.log")
}

/// Opens the page in Debian's Chromium, or the one in the variable `CHROMIUM`, as the end-to-end tests do.
fn chromium(folder: &Folder, url: &str) -> Child {
    let program = std::env::var("CHROMIUM").unwrap_or("/usr/bin/chromium".into());
    Command::new(&program)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args(["--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(url)
        .stdout(Stdio::null())
        .stderr(File::create(log(folder)).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}; install Chromium or set CHROMIUM to its path"))
}

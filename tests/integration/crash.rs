//! The server is killed at random moments while many publish and subscribe. What was acknowledged was received by
//! every subscriber exactly once and in order; what was sent again after a failure is there once.

use crate::{
    process::{NO_LIMITS, program, starts},
    support::{client, field, folder::Folder, hub::texts, json, random::Random, send, soon},
};
use futures::StreamExt;
use reqwest::RequestBuilder;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::model::selection::Selection;
use tokio::{net::TcpListener, task::JoinSet};

const CHANNELS: [&str; 4] = ["crash.a", "crash.b", "crash.b.c", "other"];
const SELECTIONS: [&[&str]; 5] = [&[">"], &["crash.*"], &["crash.a"], &["crash.b.c", "other"], &["crash.>"]];
const PUBLISHERS: usize = 8;
/// The last message of every channel: who has it has all.
const END: &str = "the end";

struct Load {
    kills: usize,
    messages: usize,
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_repeated_or_reordered() {
    run(Load { kills: 6, messages: 1_500 }).await;
}

#[tokio::test]
#[ignore = "takes a minute or more: make crash"]
async fn nothing_acknowledged_is_lost_repeated_or_reordered_for_long() {
    let number = |name, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    run(Load { kills: number("KILLS", 60), messages: number("MESSAGES", 20_000) }).await;
}

/// What publishers, subscribers and the killer share.
struct Scene {
    url: String,
    acknowledged: AtomicUsize,
    /// Set when there were enough kills and messages.
    enough: AtomicBool,
}

async fn run(load: Load) {
    let mut random = Random::seeded();
    let folder = Folder::new();
    let port = free_port(&mut random).await;
    let address = format!("127.0.0.1:{port}");
    let log_url = folder.log_url();
    let command = || {
        let settings = [
            ("TIDINGS_SERVER_ADDRESS", address.as_str()),
            ("TIDINGS_LOG_URL", &log_url),
            ("TIDINGS_TELEMETRY_LEVEL", "error"),
        ];
        let mut command = program(&settings);
        command.envs(NO_LIMITS).stderr(Stdio::inherit());
        command
    };
    let (mut server, _) = starts(command()).await;
    let scene = Arc::new(Scene {
        url: format!("http://{address}"),
        acknowledged: AtomicUsize::new(0),
        enough: AtomicBool::new(false),
    });
    let mut publishers = JoinSet::new();
    for number in 0..PUBLISHERS {
        publishers.spawn(publish(scene.clone(), number, random.fork()));
    }
    let mut subscribers = JoinSet::new();
    for selection in SELECTIONS.iter().chain(&SELECTIONS) {
        subscribers.spawn(subscribe(scene.clone(), selection, random.fork()));
    }

    for _ in 0..load.kills {
        tokio::time::sleep(random.milliseconds(0..400)).await;
        server.kill().await.unwrap();
        if random.one_in(4) {
            // Once more, while it starts.
            let mut starting = command().spawn().unwrap();
            tokio::time::sleep(random.milliseconds(0..100)).await;
            starting.kill().await.unwrap();
        }
        (server, _) = starts(command()).await;
    }
    soon("enough messages", async {
        while scene.acknowledged.load(Relaxed) < load.messages {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    scene.enough.store(true, Relaxed);
    let acknowledged = publishers.join_all().await.concat();
    for channel in CHANNELS {
        let end = client().post(format!("{}/api/channels/{channel}/messages", scene.url)).body(END);
        assert_eq!(end.send().await.unwrap().status(), 201);
    }

    let kept = everything(&scene.url).await;
    assert_eq!(kept.len(), acknowledged.len() + CHANNELS.len(), "kept is what was acknowledged, each once");
    for (channel, id, data) in &acknowledged {
        assert_eq!(kept.get(id), Some(&(channel.to_string(), data.clone())), "{id:?} was acknowledged");
    }
    for (selection, received) in subscribers.join_all().await {
        let expected = kept.iter().filter(|(_, (channel, _))| is_in(selection, channel));
        let expected: Vec<_> = expected.map(|(id, (_, data))| (*id, data.clone())).collect();
        let first = expected.iter().zip(&received).position(|(expected, received)| expected != received);
        assert!(
            received == expected,
            "{selection:?}: {} of {}, wrong at {first:?}",
            received.len(),
            expected.len()
        );
    }
    println!("{} kills, {} messages, {} subscribers", load.kills, acknowledged.len(), 2 * SELECTIONS.len());
    server.kill().await.unwrap();
}

/// An id as two numbers, so that it has its order.
type Id = (u64, u64);
/// A channel, an id, the data.
type Acknowledged = (&'static str, Id, String);

fn id(text: &str) -> Id {
    let (milliseconds, sequence) = text.split_once('-').unwrap();
    (milliseconds.parse().unwrap(), sequence.parse().unwrap())
}

fn is_in(selection: &[&str], channel: &str) -> bool {
    Selection::parse(selection.iter().copied()).unwrap().matches(&channel.parse().unwrap())
}

/// A port that is free now, and that the system does not give away: a client that connects to a port of its own choice
/// while nobody listens there may be given the same one for its own end, and is then connected to itself.
async fn free_port(random: &mut Random) -> u64 {
    loop {
        let port = random.within(20_000..30_000);
        if TcpListener::bind(format!("127.0.0.1:{port}")).await.is_ok() {
            return port;
        }
    }
}

/// Everything that is kept, as history has it.
async fn everything(url: &str) -> BTreeMap<Id, (String, String)> {
    let mut kept = BTreeMap::new();
    for channel in CHANNELS {
        let mut after = "0-0".to_owned();
        loop {
            let path = format!("{url}/api/channels/{channel}/messages?limit=1000&after={after}");
            let page = json(send(client().get(path)).await).await;
            for (found, data) in texts(&page, "id").into_iter().zip(texts(&page, "data")) {
                assert_eq!(
                    kept.insert(id(&found), (channel.to_owned(), data)),
                    None,
                    "{found} is there twice"
                );
                after = found;
            }
            if page["more"] == false {
                break;
            }
        }
    }
    kept
}

/// Publishes one message, or a batch, after the other, each with a key of its own, and again until it is acknowledged.
async fn publish(scene: Arc<Scene>, publisher: usize, mut random: Random) -> Vec<Acknowledged> {
    let client = client();
    let mut acknowledged = Vec::new();
    let mut number = 0;
    while !scene.enough.load(Relaxed) {
        let channel = random.pick(&CHANNELS);
        let count = if random.one_in(8) { random.within(2..20) } else { 1 };
        let texts: Vec<String> =
            (number..number + count).map(|number| format!("{publisher}-{number}")).collect();
        let url = format!("{}/api/channels/{channel}/messages", scene.url);
        let request = client.post(url).header("idempotency-key", format!("{publisher}-{number}"));
        let request = if count == 1 {
            request.body(texts[0].clone())
        } else {
            let lines: Vec<String> = texts.iter().map(|text| format!("{{\"data\":\"{text}\"}}")).collect();
            request.header("content-type", "application/x-ndjson").body(lines.join("\n"))
        };
        let ids = until_acknowledged(request, count).await;
        acknowledged.extend(ids.into_iter().zip(texts).map(|(id, text)| (channel, id, text)));
        scene.acknowledged.fetch_add(usize::try_from(count).unwrap(), Relaxed);
        number += count;
    }
    acknowledged
}

async fn until_acknowledged(request: RequestBuilder, count: u64) -> Vec<Id> {
    loop {
        let answer = soon("an answer or a failure", request.try_clone().unwrap().send()).await;
        if let Ok(answer) = answer
            && let status = answer.status()
            // It may be killed while it answers.
            && let Ok(body) = answer.text().await
        {
            assert!(status.is_success(), "{status}: {body}");
            let body: Value = serde_json::from_str(&body).unwrap();
            let ids =
                if count == 1 { vec![body["id"].as_str().unwrap().to_owned()] } else { texts(&body, "id") };
            assert_eq!(ids.len() as u64, count);
            return ids.iter().map(|text| id(text)).collect();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Receives until the last message of every channel, and comes back with the last id after every end.
async fn subscribe(
    scene: Arc<Scene>,
    selection: &'static [&'static str],
    mut random: Random,
) -> (&'static [&'static str], Vec<(Id, String)>) {
    let client = client();
    let ends = CHANNELS.iter().filter(|channel| is_in(selection, channel)).count();
    let query: Vec<String> = selection.iter().map(|channel| format!("channel={channel}")).collect();
    // The first one begins at the beginning.
    let (mut last, mut received) = ("0-0".to_owned(), Vec::new());
    loop {
        // Some go away by themselves after a while.
        let patience = if random.one_in(3) { random.within(1..300) as usize } else { usize::MAX };
        let request = client.get(format!("{}/api/events?{}", scene.url, query.join("&")));
        receive(request.header("last-event-id", last.clone()), &mut last, &mut received, patience).await;
        if received.iter().filter(|(_, data)| data == END).count() == ends {
            return (selection, received);
        }
        tokio::time::sleep(random.milliseconds(0..20)).await;
    }
}

/// Reads one stream to its end, whatever ends it, as the standard tells a client to.
async fn receive(
    request: RequestBuilder,
    last: &mut String,
    received: &mut Vec<(Id, String)>,
    patience: usize,
) {
    let Ok(answer) = soon("a stream or a failure", request.send()).await else { return };
    assert_eq!(answer.status(), 200);
    let mut chunks = answer.bytes_stream();
    let mut text = String::new();
    let (before, enough) = (received.len(), received.len().saturating_add(patience));
    while let Some(Ok(chunk)) = soon("a block", chunks.next()).await {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        // What comes after the last blank line is not a whole event, and counts for nothing.
        while let Some((block, rest)) = text.split_once("\n\n") {
            assert!(field(block, "event").is_none(), "{block}");
            if let Some(id) = field(block, "id") {
                *last = id.to_owned();
            }
            if let Some(data) = field(block, "data") {
                received.push((id(last), data.to_owned()));
            }
            text = rest.to_owned();
        }
        if received.len() >= enough || received[before..].iter().any(|(_, data)| data == END) {
            return;
        }
    }
}

//! The commands that talk to a server, run as programs against small servers that do to them what networks do.

use crate::support::soon;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::{
    io,
    process::{Output, Stdio},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    process::Command,
};

fn program(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command.env_clear().env("TIDINGS_URL", url).args(arguments).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end with this standard input: the exit code, standard output, standard error.
async fn run(mut command: Command, input: &str) -> (Option<i32>, String, String) {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    // It may well end before it has read everything.
    let write = tokio::spawn(async move { stdin.write_all(input.as_bytes()).await });
    let Output { status, stdout, stderr } =
        soon("the end of the program", child.wait_with_output()).await.unwrap();
    drop(write.await);
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Serves on a free port until the test ends; its address.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    url
}

fn problem(status: u16, field: &str, detail: &str) -> Response {
    let problem = json!({
        "type": "urn:tidings:problem:x", "title": "No", "status": status, "detail": detail, "field": field
    });
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/problem+json")], problem.to_string()).into_response()
}

/// Sends these bytes and then breaks the connection off.
fn broken(sent: impl Into<Bytes>) -> Body {
    // What is sent goes out while the stream is not ready.
    let cut = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::Error::other("cut"))
    });
    Body::from_stream(stream::iter([Ok(sent.into())]).chain(cut))
}

/// What a publisher was told to do to requests, in this order; after that everything goes well.
#[derive(Clone, Copy)]
enum Mishap {
    /// None, this time.
    Nothing,
    /// Refused, and to be tried again.
    Busy(u16),
    /// Kept, but the answer does not arrive.
    AnswerLost,
    /// For good.
    Refused,
}

/// A publisher that keeps what comes, each key once.
#[derive(Default)]
struct Publisher {
    mishaps: Vec<Mishap>,
    kept: Vec<(String, Value)>,
    requests: usize,
    largest: usize,
}

impl Publisher {
    async fn start(mishaps: &[Mishap]) -> (String, Arc<Mutex<Self>>) {
        let mishaps = mishaps.iter().rev().copied().collect();
        let state = Arc::new(Mutex::new(Self { mishaps, ..Self::default() }));
        let router = Router::new().route("/api/channels/{channel}/messages", post(Self::publish));
        (serve(router.with_state(state.clone())).await, state)
    }

    async fn publish(
        State(state): State<Arc<Mutex<Self>>>,
        Path(channel): Path<String>,
        headers: HeaderMap,
        body: String,
    ) -> Response {
        let mut state = state.lock().unwrap();
        state.requests += 1;
        state.largest = state.largest.max(body.len());
        let mishap = state.mishaps.pop();
        match mishap {
            Some(Mishap::Busy(status)) => return problem(status, "", "later"),
            Some(Mishap::Refused) => return problem(400, "line 2", "that is not a message"),
            Some(Mishap::AnswerLost | Mishap::Nothing) | None => {}
        }
        let key = headers.get("idempotency-key").map_or("none", |key| key.to_str().unwrap()).to_owned();
        let messages: Vec<Value> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let known = key != "none" && state.kept.iter().any(|(other, _)| *other == key);
        if !known {
            state.kept.extend(messages.iter().map(|message| (key.clone(), message.clone())));
        }
        let ids =
            messages.iter().map(|message| json!({"id": format!("id of {}", message["data"]), "time": 0}));
        let answer = match headers["content-type"].to_str().unwrap() {
            "application/x-ndjson" => json!({"channel": channel, "messages": ids.collect::<Vec<_>>()}),
            "application/json" if messages[0]["ephemeral"] == true => json!({"channel": channel, "time": 0}),
            "application/json" => json!({"channel": channel, "id": "7-0", "time": 0}),
            other => panic!("{other}"),
        };
        let body = answer.to_string();
        match mishap {
            Some(Mishap::AnswerLost) => {
                (StatusCode::CREATED, broken(body.as_bytes()[..body.len() / 2].to_vec())).into_response()
            }
            _ => (if known { StatusCode::OK } else { StatusCode::CREATED }, body).into_response(),
        }
    }
}

#[tokio::test]
async fn a_message_is_published_and_its_id_printed() {
    let (url, publisher) = Publisher::start(&[]).await;
    let published = |arguments: &'static [&str]| run(program(&url, arguments), "");
    let done = |text: &str| (Some(0), text.to_owned(), String::new());
    assert_eq!(published(&["publish", "chat.lobby", "Hello\n世界"]).await, done("7-0\n"));
    assert_eq!(
        published(&["publish", "news", "x", "--event", "update", "--key", "k", "--json"]).await,
        done("{\"channel\":\"news\",\"id\":\"7-0\",\"time\":0}\n")
    );
    assert_eq!(published(&["publish", "news", "y", "--ephemeral"]).await, done(""));
    let kept = std::mem::take(&mut publisher.lock().unwrap().kept);
    let bodies: Vec<_> = kept.iter().map(|(_, body)| body.clone()).collect();
    assert_eq!(bodies[0], json!({"data": "Hello\n世界"}));
    assert_eq!(bodies[1], json!({"data": "x", "event": "update", "key": "k"}));
    assert!(kept[0].0.starts_with("cli-") && kept[1].0 == "none", "{kept:?}");
    assert_eq!((&kept[2].0, &bodies[2]), (&"none".to_owned(), &json!({"data": "y", "ephemeral": true})));
    assert_eq!(bodies.len(), 3);
}

#[tokio::test]
async fn lines_are_published_once_each_and_in_order_whatever_happens() {
    use Mishap::{AnswerLost, Busy, Nothing};
    let mishaps = [AnswerLost, Busy(503), Nothing, AnswerLost, AnswerLost, Nothing, Busy(429)];
    let (url, publisher) = Publisher::start(&mishaps).await;
    let lines: Vec<String> = (1..=1200).map(|n| format!("line {n}{}", "·".repeat(n % 700))).collect();
    let input = lines.join("\n");
    let arguments = ["publish", "logs", "-", "--event", "log", "--patience", "1h"];
    let (code, stdout, stderr) = run(program(&url, &arguments), &input).await;
    assert_eq!(code, Some(0), "{stderr}");
    let publisher = publisher.lock().unwrap();
    let expected: Vec<_> = lines.iter().map(|line| json!({"data": line, "event": "log"})).collect();
    let kept: Vec<_> = publisher.kept.iter().map(|(_, body)| body.clone()).collect();
    assert!(kept == expected, "{} are kept", kept.len());
    let ids: Vec<_> = expected.iter().map(|message| format!("id of {}", message["data"])).collect();
    assert!(stdout.lines().eq(ids), "{stdout}");
    assert!(publisher.mishaps.is_empty() && publisher.largest <= 512 << 10, "{}", publisher.largest);
    assert!(stderr.contains("; trying again\n"), "{stderr}");
}

#[tokio::test]
async fn a_line_does_not_wait_for_the_next() {
    let (url, _) = Publisher::start(&[]).await;
    let mut child = program(&url, &["publish", "logs"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut ids = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in ["one", "two", ""] {
        stdin.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        let id = soon("the id", ids.next_line()).await.unwrap();
        assert_eq!(id.unwrap(), format!("id of {line:?}"));
    }
    drop(stdin);
    assert_eq!(soon("the exit", child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_refused_line_is_named_and_ends_it() {
    let (url, publisher) = Publisher::start(&[Mishap::Refused]).await;
    // Both lines are there before the first is read, so they may come as one batch or as two.
    let (code, stdout, stderr) = run(program(&url, &["publish", "logs", "-"]), "one\ntwo\nthree\n").await;
    assert_eq!((code, stdout.as_str()), (Some(65), ""), "{stderr}");
    assert!(stderr.starts_with("tidings: line"), "{stderr}");
    assert!(
        stderr.contains(" of the input") && stderr.ends_with("No: that is not a message (line 2)\n"),
        "{stderr}"
    );
    let publisher = publisher.lock().unwrap();
    assert_eq!((publisher.requests, publisher.kept.len()), (1, 0));
}

#[tokio::test]
async fn errors_say_what_to_do_and_have_their_exit_codes() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let (code, _, stderr) = run(program(&url, &["publish", "news", "x"]), "").await;
    assert_eq!(code, Some(69));
    assert!(stderr.starts_with(&format!("tidings: cannot reach {url}: ")), "{stderr}");
    assert!(stderr.contains("`tidings serve`"), "{stderr}");

    let (url, publisher) = Publisher::start(&[Mishap::AnswerLost]).await;
    let (code, stdout, stderr) = run(program(&url, &["publish", "news", "x"]), "").await;
    assert_eq!((code, stdout.as_str()), (Some(0), "7-0\n"), "{stderr}");
    assert!(
        stderr.starts_with(&format!("tidings: {url}: ")) && stderr.ends_with("; trying again\n"),
        "{stderr}"
    );
    assert_eq!(publisher.lock().unwrap().kept.len(), 1);

    let (url, _) = Publisher::start(&[Mishap::Busy(507), Mishap::Busy(503)]).await;
    for arguments in [["publish", "news", "x", "--patience", "0s"]; 2] {
        let (code, _, stderr) = run(program(&url, &arguments), "").await;
        assert_eq!((code, stderr), (Some(69), format!("tidings: {url} is not able to answer: No: later\n")));
    }

    for (arguments, expected) in [
        (&["publish", "chat.*", "x"][..], "here one channel is named"),
        (&["publish", "news", "-", "--key", "k"], "not for standard input"),
        (&["watch", "news", "--from", "yesterday"], "it is earliest, a number of messages, or an id"),
        (&["watch", "news", "--url", "localhost"], "it looks like http://127.0.0.1:3000"),
    ] {
        let (code, stdout, stderr) = run(program(&url, arguments), "").await;
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

/// Serves `/api/events` with this answer to each request's query.
async fn events(
    answer: impl Fn(Vec<(String, String)>) -> Response + Clone + Send + Sync + 'static,
) -> String {
    let handler = move |Query(query): Query<Vec<(String, String)>>| {
        let answer = answer(query);
        async move { answer }
    };
    serve(Router::new().route("/api/events", get(handler))).await
}

fn stream_of(body: Body) -> Response {
    ([("content-type", "text/event-stream")], body).into_response()
}

/// A stream that goes on after this, without a word.
fn silent_after(sent: String) -> Response {
    let sent = stream::iter([Ok::<_, io::Error>(sent)]);
    stream_of(Body::from_stream(sent.chain(stream::pending())))
}

/// The message with this number, as its event.
fn message(number: usize) -> String {
    format!("data: {}\nid: 1-{number}\n\n", envelope(number))
}

fn envelope(number: usize) -> Value {
    json!({"channel": "news", "id": format!("1-{number}"), "time": 0, "event": null, "data": format!("消息 {number}")})
}

fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn a_watch_resumes_until_the_end_and_misses_and_repeats_nothing() {
    let queries = Arc::new(Mutex::new(Vec::new()));
    let seen = queries.clone();
    let url = events(move |query| {
        let mut queries = seen.lock().unwrap();
        queries.push(query.clone());
        let next = value(&query, "last_event_id").map_or(1, |id| id[2..].parse::<usize>().unwrap() + 1);
        let two = message(next) + &message(next + 1);
        let half: String = message(next + 2).chars().take(40).collect();
        match queries.len() {
            // Cut before the first message: from here on there is an id to resume with.
            1 => stream_of(broken("retry: 1\n\nid: 1-0\n\n")),
            2 => problem(503, "", "draining"),
            3 => stream_of(broken(format!("retry: 1\n\n{two}{half}"))),
            4 => stream_of((two + &half).into()),
            5 => (StatusCode::TOO_MANY_REQUESTS, "slow down").into_response(),
            _ => stream_of(format!("{two}event: end\ndata: \n\n{}", message(next + 2)).into()),
        }
    })
    .await;
    let arguments = ["watch", "news", "chat.*", "--from", "5", "--json"];
    let (code, stdout, stderr) = run(program(&url, &arguments), "").await;
    assert_eq!(code, Some(0), "{stderr}");
    let expected: String = (1..=6).map(|number| format!("{}\n", envelope(number))).collect();
    assert_eq!(stdout, expected, "{stderr}");
    assert_eq!(stderr.matches("tidings: no connection to").count(), 5, "{stderr}");
    assert!(stderr.contains(&format!("watching news chat.* at {url}, resumed after 1-2\n")), "{stderr}");
    let starts: Vec<String> = queries
        .lock()
        .unwrap()
        .iter()
        .map(|query| {
            assert_eq!(query[..2], [("channel".into(), "news".into()), ("channel".into(), "chat.*".into())]);
            assert_eq!(value(query, "envelope"), Some("json"));
            query[3..].iter().map(|(name, value)| format!("{name}={value}")).collect()
        })
        .collect();
    assert_eq!(
        starts,
        [
            "last=5",
            "last_event_id=1-0",
            "last_event_id=1-0",
            "last_event_id=1-2",
            "last_event_id=1-4",
            "last_event_id=1-4"
        ]
    );
}

#[tokio::test]
async fn a_silent_connection_is_opened_anew() {
    let url = events(|query| match value(&query, "last_event_id") {
        None => silent_after(format!("retry: 1\n\n{}", message(1))),
        Some(_) => stream_of(format!("{}event: end\ndata: \n\n", message(2)).into()),
    })
    .await;
    let arguments = ["watch", "news", "--json", "--silence", "1s"];
    let (code, stdout, stderr) = run(program(&url, &arguments), "").await;
    assert_eq!((code, stdout.lines().count()), (Some(0), 2), "{stderr}");
    assert!(stderr.contains("nothing came for 1s; trying again"), "{stderr}");
}

#[tokio::test]
async fn a_watch_ends_quietly_when_nobody_reads_it() {
    let url = events(|_| silent_after(message(1))).await;
    let mut child = program(&url, &["watch", "news", "--quiet"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = soon("the message", lines.next_line()).await.unwrap().unwrap();
    assert_eq!(line, "1970-01-01T00:00:00.000Z  news  message  消息 1");
    drop(lines);
    let output = soon("the exit", child.wait_with_output()).await.unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[tokio::test]
async fn a_watch_says_what_is_missing_and_what_is_refused() {
    let url = events(|query| match value(&query, "channel").unwrap() {
        "gap" => {
            let gap = "event: gap\ndata: {\"after\":\"1-0\",\"oldest\":\"1-7\"}\n\n";
            // A message whose event is called end is a message.
            let named = r#"{"channel":"gap","id":"1-8","time":0,"event":"end","data":"a\nb"}"#;
            stream_of(
                format!("{gap}event: end\ndata: {named}\n\n{}event: end\ndata: \n\n", message(9)).into(),
            )
        }
        "over" => StatusCode::NO_CONTENT.into_response(),
        "page" => "<html>".into_response(),
        "moved" => (StatusCode::FOUND, [("location", "https://elsewhere/")]).into_response(),
        _ => problem(400, "last", "too many"),
    })
    .await;
    for (channel, code, stdout, stderr) in [
        (
            "gap",
            0,
            "1970-01-01T00:00:00.000Z  gap  end  a\n                                    b\n\
             1970-01-01T00:00:00.000Z  news  message  消息 9\n",
            "tidings: messages are missing: after 1-0 the oldest that is still kept is 1-7\n".to_owned(),
        ),
        ("over", 0, "", String::new()),
        ("refused", 65, "", "tidings: No: too many (last)\n".to_owned()),
        (
            "page",
            1,
            "",
            format!(
                "tidings: what answers at {url} is not Tidings, or not this version: it answers with \
                 \"text/plain; charset=utf-8\" where text/event-stream is expected\n"
            ),
        ),
        (
            "moved",
            65,
            "",
            "tidings: Found: it is said to be at https://elsewhere/ now; set --url to where the server is\n"
                .to_owned(),
        ),
    ] {
        let seen = run(program(&url, &["watch", channel, "--quiet"]), "").await;
        assert_eq!(seen, (Some(code), stdout.to_owned(), stderr), "{channel}");
    }
}

#[tokio::test]
async fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, stdout, stderr) = run(program("http://unused", &["completions", shell]), "").await;
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(stdout.contains("publish") && stdout.contains("ephemeral"), "{shell}: {stdout}");
    }
}

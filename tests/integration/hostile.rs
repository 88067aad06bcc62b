//! Hostile requests, several hundred: each is refused as it should be, changes nothing, and does no harm to others.

mod cases;
mod malformed;
mod wire;

use crate::support::{
    Blocks, Server, field, json,
    raw::Raw,
    send, soon,
    tokens::{SECRET, token},
};
use cases::Case;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What anyone may do here.
const OPEN: &str = r#"["open.>", "hub.>"]"#;

/// A server with one subscriber, and what there was before.
struct Stage {
    server: Server,
    subscriber: Blocks,
    before: (Value, String),
    /// How many good messages were published.
    good: usize,
}

impl Stage {
    async fn set() -> Self {
        let settings = [
            ("ACCESS_SECRET", SECRET),
            ("ACCESS_ANONYMOUS_PUBLISH", OPEN),
            ("ACCESS_ANONYMOUS_SUBSCRIBE", OPEN),
            ("LIMITS_MESSAGE", "4KiB"),
            ("LIMITS_BATCH", "8KiB"),
            ("LIMITS_HEADER_TIME", "2s"),
            ("LIMITS_BODY_TIME", "2s"),
            ("LIMITS_CONNECTS_PER_ADDRESS", "0"),
            ("LIMITS_PUBLISHES_PER_ADDRESS", "0"),
        ];
        let server = Server::start(&settings).await;
        server.says("open.good", "before").await;
        let mut subscriber = server.stream("/api/events?channel=open.%3E").await;
        subscriber.tail().await;
        let before = state(&server).await;
        Self { server, subscriber, before, good: 0 }
    }

    /// What is wrong if something has changed, or a good message does not come to a good subscriber as the next one.
    async fn change(&mut self, after: &str) -> Option<String> {
        let now = state(&self.server).await;
        self.server.has_streams(1).await;
        self.good += 1;
        let text = format!("good {}", self.good);
        let id = self.server.says("open.good", &text).await;
        let block = soon(after, self.subscriber.next()).await.unwrap();
        let is_next = (field(&block, "id"), field(&block, "data")) == (Some(&*id), Some(&*text));
        let fault = (now != self.before || !is_next)
            .then(|| format!("{after}: there was {:?}, and now {now:?} and {block}", self.before));
        self.before = state(&self.server).await;
        fault
    }
}

/// All channels with what they have, and the newest id of all.
async fn state(server: &Server) -> (Value, String) {
    let all = token(&[">"], &[">"]);
    let channels = json(send(server.get("/api/channels").bearer_auth(&all)).await).await;
    let mut probe = server.stream("/api/events?channel=open.probe").await;
    let tail = probe.tail().await;
    let mut channels = channels;
    for channel in channels["channels"].as_array_mut().unwrap() {
        channel.as_object_mut().unwrap().remove("subscribers");
    }
    (channels, tail)
}

/// What is wrong with the answer to a case.
async fn fault(server: &Server, case: &Case) -> Option<String> {
    let mut raw = Raw::open(server).await;
    // The server may close the connection before all is sent.
    let _ = raw.0.write_all(&case.bytes()).await;
    // A stream that was opened does not end.
    let (mut answer, mut buffer) = (String::new(), [0; 4_096]);
    while let Ok(count @ 1..) = soon(&case.to_string(), raw.0.read(&mut buffer)).await {
        answer.push_str(&String::from_utf8_lossy(&buffer[..count]));
        if answer.contains("content-type: text/event-stream") {
            return Some(format!("{case}: a stream was opened"));
        }
    }
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok()).unwrap_or(0);
    let wrong = |what: &str| Some(format!("{case}: {what}\n  {}", answer.replace("\r\n", "\n  ")));
    if status != case.status {
        return wrong(&format!("{status} instead of {}", case.status));
    }
    let head = head.to_ascii_lowercase();
    if !head.contains("x-request-id: ") || !head.contains("x-content-type-options: nosniff") {
        return wrong("headers are missing");
    }
    if status == 405 && !head.contains("\nallow: ") {
        return wrong("no Allow");
    }
    if !head.contains("content-type: application/problem+json") {
        return if case.kind.is_empty() { None } else { wrong("no problem") };
    }
    let Ok(problem) = serde_json::from_str::<Value>(&unchunked(body)) else { return wrong("no JSON") };
    let kind = problem["type"].as_str().unwrap_or_default().trim_start_matches("urn:tidings:problem:");
    if kind != case.kind || problem["status"] != status {
        return wrong(&format!("{kind} instead of {}", case.kind));
    }
    if !case.field.is_empty() && problem["field"] != case.field {
        return wrong(&format!("{} is named instead of {}", problem["field"], case.field));
    }
    None
}

/// A body without the sizes of its chunks.
fn unchunked(body: &str) -> String {
    body.find('{').zip(body.rfind('}')).map_or_else(String::new, |(from, to)| body[from..=to].to_owned())
}

#[tokio::test]
async fn each_is_refused_as_it_should_be_and_changes_nothing() {
    let mut stage = Stage::set().await;
    let (mut faults, mut count) = (Vec::new(), 0);
    for (group, cases) in cases::groups() {
        for case in &cases {
            count += 1;
            faults.extend(fault(&stage.server, case).await);
        }
        faults.extend(stage.change(group).await);
    }
    println!("{count} hostile requests");
    assert!(count >= 300, "{count}");
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn what_is_no_http_harms_nobody() {
    let mut stage = Stage::set().await;
    let mut faults = Vec::new();
    for (name, bytes, allowed) in malformed::all() {
        let mut raw = Raw::open(&stage.server).await;
        // The server may have closed the connection before all was sent.
        let _ = raw.0.write_all(&bytes).await;
        let _ = raw.0.shutdown().await;
        let answer = raw.rest().await;
        let statuses: Vec<&str> =
            answer.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.split([' ', '\r']).next()).collect();
        if statuses != allowed {
            faults.push(format!("{name}: {statuses:?} instead of {allowed:?}"));
        }
    }
    faults.extend(stage.change("what is no HTTP").await);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

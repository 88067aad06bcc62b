//! A connection that is given to a stream: what was before it on the same connection, what is sent into it, and what many
//! who come back at once are given.

use crate::support::{Server, id, raw::Raw, soon};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const STREAM: &str = "GET /api/events?channel=news HTTP/1.1\r\nhost: x\r\n\r\n";

/// Reads until `wanted` has come.
async fn until(raw: &mut Raw, wanted: &str) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while !text.contains(wanted) {
        let count = soon(wanted, raw.0.read(&mut buffer)).await.unwrap();
        assert!(count > 0, "the connection ended before {wanted:?}: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    text
}

#[tokio::test]
async fn a_stream_follows_whatever_was_asked_before_on_its_connection() {
    let server = Server::fast().await;
    let alive = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    // One after the other, and all at once; the page is more than a socket takes at a time.
    let script = "GET /pkg/tidings.js HTTP/1.1\r\nhost: x\r\n\r\n";
    for requests in [format!("{alive}{STREAM}"), format!("{alive}{script}{alive}{STREAM}")] {
        let mut raw = Raw::open(&server).await;
        raw.say(&requests).await;
        let text = until(&mut raw, "\nid: ").await;
        let answers = text.matches("HTTP/1.1 ").count();
        assert_eq!(answers, requests.matches("GET ").count(), "{text}");
        assert!(text.contains("\"status\":\"ok\"") && text.contains("text/event-stream"), "{text}");
        server.says("news", "here").await;
        assert!(until(&mut raw, "\n\n\r\n").await.contains("data: here"));
    }
}

#[tokio::test]
async fn a_stream_that_is_asked_for_by_a_body_is_the_same() {
    let server = Server::fast().await;
    let body = json!({ "channels": ["news"] }).to_string();
    let head = "POST /api/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for request in [
        format!("{head}content-length: {}\r\n\r\n{body}", body.len()),
        format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
    ] {
        let mut raw = Raw::open(&server).await;
        raw.say(&request).await;
        until(&mut raw, "\nid: ").await;
        server.says("news", "here").await;
        assert!(until(&mut raw, "\n\n\r\n").await.contains("data: here"));
    }
}

#[tokio::test]
async fn what_a_client_says_into_its_stream_is_not_heard() {
    let server = Server::fast().await;
    let mut raw = Raw::open(&server).await;
    raw.say(STREAM).await;
    until(&mut raw, "\nid: ").await;
    raw.say("POST /api/channels/news/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx").await;
    server.says("news", "here").await;
    let text = until(&mut raw, "\n\n\r\n").await;
    assert!(text.contains("data: here") && !text.contains("HTTP/1.1"), "{text}");
    assert_eq!(server.kept("news").await, ["here"]);
    server.has_streams(1).await;
}

#[tokio::test]
async fn a_client_that_ends_its_side_is_gone_at_once() {
    let server = Server::start(&[("STREAM_HEARTBEAT", "5m"), ("STREAM_GRACE", "5m")]).await;
    let mut raw = Raw::open(&server).await;
    raw.say(STREAM).await;
    until(&mut raw, "\nid: ").await;
    server.has_streams(1).await;
    raw.0.shutdown().await.unwrap();
    server.has_streams(0).await;
    raw.rest().await;
}

#[tokio::test]
async fn http_1_0_has_no_chunks() {
    let server = Server::fast().await;
    let mut raw = Raw::open(&server).await;
    raw.say("GET /api/events?channel=news HTTP/1.0\r\n\r\n").await;
    let head = until(&mut raw, "\nid: ").await.to_ascii_lowercase();
    assert!(!head.contains("chunked"), "{head}");
    server.says("news", "here").await;
    assert!(until(&mut raw, "\n\n").await.contains("data: here"));
}

#[tokio::test]
async fn many_who_come_back_at_once_have_what_they_missed_and_no_more() {
    let server = Server::fast().await;
    let mut ids = Vec::new();
    for number in 0..300 {
        ids.push(server.says("news", &format!("{number}")).await);
    }
    // Each from a place of its own, while more is published.
    let mut back = Vec::new();
    for number in 0..300 {
        let path = format!("/api/events?channel=news&last_event_id={}", ids[number]);
        back.push((number, server.stream(&path).await));
        if number % 10 == 0 {
            ids.push(server.says("news", &format!("{}", ids.len())).await);
        }
    }
    server.says("news", "the end").await;
    for (number, mut stream) in back {
        stream.tail().await;
        let missed = stream.data(ids.len() - number).await;
        let expected = (number + 1..ids.len()).map(|number| number.to_string()).chain(["the end".into()]);
        assert!(missed.iter().eq(&expected.collect::<Vec<_>>()), "after {number}: {missed:?}");
    }
}

#[tokio::test]
async fn silence_is_filled_and_only_silence() {
    let server = Server::start(&[("STREAM_HEARTBEAT", "200ms")]).await;
    let mut stream = server.stream("/api/events?channel=news").await;
    let (_, mut last) = (stream.tail().await, String::new());
    for number in 0..30 {
        last = server.says("news", &number.to_string()).await;
        let block = soon("a message", stream.next()).await.unwrap();
        // On a machine that stalls there may be a heartbeat before it.
        let block = if block.starts_with(':') { soon("it", stream.next()).await.unwrap() } else { block };
        assert_eq!(id(&block), id(&format!("id: {last}\n")));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..2 {
        assert_eq!(soon("a heartbeat", stream.next()).await.unwrap(), ":", "after {last}");
    }
}

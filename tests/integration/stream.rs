//! `GET /api/sse`: what is on the wire.

use crate::support::{Blocks, Server, field, id, now, problem, send, soon, text};
use reqwest::{Method, StatusCode, header::HeaderValue};
use std::time::Instant;

#[tokio::test]
async fn the_script_is_sent_block_by_block() {
    let server = Server::fast().await;
    let before = now();
    let blocks = server.stream("/api/sse").await.rest().await;
    assert_eq!(blocks.len(), 11, "{blocks:#?}");
    assert_eq!(blocks[0], "retry: 2000");
    assert_eq!(blocks[1], format!("id: {}-0", id(&blocks[1]).0), "an id and nothing else");

    let events = &blocks[2..];
    let ids: Vec<_> = events.iter().map(|block| id(block)).collect();
    assert!(ids.is_sorted() && ids[0].0 >= before && ids[8].0 <= now(), "{ids:?}");
    assert_eq!(ids.iter().map(|(_, step)| *step).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let names: Vec<_> = events.iter().filter_map(|block| field(block, "event")).collect();
    assert_eq!(names, ["update", "hi", "end"]);
    for (step, data) in [(1, "bye-bye"), (2, "hi"), (8, "结束通信。")] {
        assert_eq!(field(&events[step], "data"), Some(data));
    }
    let texts = [(0, "Hello, world!".to_owned())];
    let numbered = (1..=5).map(|n| (n + 2, format!("hi，这是第 {n} 条消息。")));
    for (step, message) in texts.into_iter().chain(numbered) {
        let id = field(&events[step], "id").unwrap();
        let data = field(&events[step], "data").unwrap();
        let seconds = humantime::parse_rfc3339(
            serde_json::from_str::<serde_json::Value>(data).unwrap()["timestamp"].as_str().unwrap(),
        );
        let milliseconds = seconds.unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        assert_eq!(milliseconds, u128::from(ids[step].0));
        let timestamp = humantime::format_rfc3339_millis(seconds.unwrap());
        assert_eq!(data, format!(r#"{{"id":"{id}","message":"{message}","timestamp":"{timestamp}"}}"#));
    }
}

#[tokio::test]
async fn a_stream_is_not_compressed_and_not_held_back() {
    let server = Server::start(&[("DEMO_INTERVAL", "2s")]).await;
    let request =
        server.get("/api/sse").header("accept-encoding", "br, gzip").header("accept", "text/event-stream");
    let start = Instant::now();
    let response = send(request).await;
    let headers = response.headers().clone();
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-cache, no-transform");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert!(!headers.contains_key("content-encoding") && !headers.contains_key("content-length"));
    let mut blocks = Blocks::of(response);
    blocks.take(5).await;
    let greeted = start.elapsed();
    blocks.take(1).await;
    let numbered = start.elapsed();
    // The greeting came while the rest did not exist yet.
    assert!(greeted < numbered / 2, "the greeting after {greeted:?}, the next event after {numbered:?}");
}

#[tokio::test]
async fn silence_is_filled_with_comments() {
    let server = Server::start(&[("DEMO_INTERVAL", "1m"), ("STREAM_HEARTBEAT", "100ms")]).await;
    let mut blocks = server.stream("/api/sse").await;
    blocks.take(5).await;
    assert_eq!(blocks.take(3).await, [":", ":", ":"]);
}

#[tokio::test]
async fn a_run_is_resumed_after_each_of_its_events() {
    let server = Server::fast().await;
    let whole = server.stream("/api/sse").await.rest().await;
    for (step, event) in whole[1..10].iter().enumerate() {
        let last = field(event, "id").unwrap();
        let response = send(server.get("/api/sse").header("last-event-id", last)).await;
        let rest = Blocks::of(response).rest().await;
        assert_eq!(rest[1], format!("id: {last}"), "the tail is what the client has");
        let steps: Vec<_> = rest[2..].iter().map(|block| id(block).1).collect();
        assert_eq!(steps, (step as u64 + 1..=9).collect::<Vec<_>>());
    }
    // It has had the end: 204 keeps an EventSource from coming back.
    let end = field(&whole[10], "id").unwrap();
    let over = send(server.get("/api/sse").header("last-event-id", end)).await;
    assert_eq!(over.status(), StatusCode::NO_CONTENT);
    assert_eq!(text(over).await, "");
}

#[tokio::test]
async fn two_clients_have_two_runs() {
    let server = Server::slow().await;
    let (mut one, mut two) = (server.stream("/api/sse").await, server.stream("/api/sse").await);
    for blocks in [one.take(5).await, two.take(5).await] {
        assert_eq!(id(&blocks[4]).1, 3);
    }
    server.has_streams(2).await;
}

#[tokio::test]
async fn the_last_event_id_comes_in_every_spelling_and_the_header_wins() {
    let server = Server::fast().await;
    let (early, late) = (format!("{}-2", now()), format!("{}-7", now()));
    for parameter in ["last_event_id", "lastEventId", "lastEventID"] {
        let rest = server.stream(&format!("/api/sse?{parameter}={late}")).await.rest().await;
        assert_eq!(id(&rest[2]).1, 8, "{parameter}");
    }
    let both = server.get(&format!("/api/sse?last_event_id={early}")).header("last-event-id", &late);
    assert_eq!(id(&Blocks::of(send(both).await).rest().await[2]).1, 8);
    let empty = server.get("/api/sse?lastEventId=").header("last-event-id", "");
    assert_eq!(id(&Blocks::of(send(empty).await).rest().await[2]).1, 1, "an empty id is none");
    let twice = format!("/api/sse?lastEventId={late}&last_event_id={late}");
    assert_eq!(id(&server.stream(&twice).await.rest().await[2]).1, 8);
}

#[tokio::test]
async fn a_last_event_id_that_cannot_be_is_refused_by_name() {
    let server = Server::fast().await;
    let unknown =
        [format!("{}-10", now()), format!("{}-4", now() + 3_600_000), format!("{}-{}", u64::MAX, u64::MAX)];
    let malformed = ["x", "1-", "-1", "1-2-3", "01-2", "1_2", "1-99999999999999999999"].map(String::from);
    for bad in unknown.iter().chain(&malformed).chain([&"1".repeat(42), &"9".repeat(60_000)]) {
        let header = server.get("/api/sse").header("last-event-id", bad);
        assert_eq!(problem(header, 400).await["field"], "Last-Event-ID", "{bad}");
    }
    for bad in unknown.iter().chain(&malformed).chain([&"1".repeat(42)]) {
        let query = problem(server.get(&format!("/api/sse?lastEventID={bad}")), 400).await;
        assert_eq!(query["field"], "lastEventID", "{bad}");
    }
    let not_ascii =
        server.get("/api/sse").header("last-event-id", HeaderValue::from_bytes("一-1".as_bytes()).unwrap());
    assert_eq!(problem(not_ascii, 400).await["field"], "Last-Event-ID");
    problem(server.get("/api/sse?last_event_id=%ff%fe"), 400).await;
    let conflict = format!("/api/sse?last_event_id={0}-1&lastEventId={0}-2", now());
    assert_eq!(problem(server.get(&conflict), 400).await["field"], "lastEventId");
    server.has_streams(0).await;
}

#[tokio::test]
async fn head_has_the_headers_and_opens_nothing() {
    let server = Server::slow().await;
    let head = send(server.client.head(format!("{}/api/sse", server.url))).await;
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-type"], "text/event-stream");
    assert_eq!(text(head).await, "");
    let over = server.client.head(format!("{}/api/sse?last_event_id={}-9", server.url, now()));
    assert_eq!(send(over).await.status(), 204);
    let refused = server.client.head(format!("{}/api/sse?last_event_id=x", server.url));
    assert_eq!(send(refused).await.status(), 400);
    server.has_streams(0).await;
}

#[tokio::test]
async fn other_methods_are_refused() {
    let server = Server::fast().await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
        let request = || server.client.request(method.clone(), format!("{}/api/sse", server.url));
        problem(request(), 405).await;
        assert_eq!(send(request()).await.headers()["allow"], "GET,HEAD");
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed_while_nothing_is_sent() {
    let server = Server::slow().await;
    let mut stream = server.stream("/api/sse").await;
    stream.take(5).await;
    server.has_streams(1).await;
    drop(stream);
    server.has_streams(0).await;
}

#[tokio::test]
async fn the_shutdown_ends_streams_cleanly() {
    let server = Server::slow().await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = server.stream("/api/sse").await;
        stream.take(5).await;
        streams.push(stream);
    }
    server.shutdown.cancel();
    for stream in streams {
        // A stream that is cut off instead of ended is an error to the client.
        assert_eq!(stream.rest().await, [""; 0]);
    }
    let mut server = server;
    soon("the end of the server", &mut server.running).await.unwrap().unwrap();
}

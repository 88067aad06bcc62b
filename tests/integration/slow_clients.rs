//! Clients that take their time, take nothing at all, or send too much.

use crate::support::{Server, raw::Raw, send, soon};
use serde_json::json;

#[tokio::test]
async fn headers_that_do_not_come_to_an_end() {
    let server = Server::start(&[("LIMITS_HEADER_TIME", "100ms")]).await;
    for beginning in ["", "G", "GET /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut client = Raw::open(&server).await;
        client.say(beginning).await;
        client.rest().await;
    }
    // Also on a connection that was used before.
    let mut client = Raw::open(&server).await;
    client.ask("/healthz").await;
    assert_eq!(client.answer().await.0, 200);
    client.say("GET /hea").await;
    client.rest().await;
}

#[tokio::test]
async fn headers_without_measure() {
    let server = Server::fast().await;
    let mut client = Raw::open(&server).await;
    client.say("GET /healthz HTTP/1.1\r\nhost: x\r\n").await;
    let line = format!("x-long: {}\r\n", "x".repeat(1_000));
    for _ in 0..200 {
        // The server may have gone already.
        if tokio::io::AsyncWriteExt::write_all(&mut client.0, line.as_bytes()).await.is_err() {
            break;
        }
    }
    let answer = client.rest().await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(send(server.get("/healthz")).await.status(), 200);
}

#[tokio::test]
async fn a_body_that_does_not_come_to_an_end() {
    let server = Server::start(&[("LIMITS_BODY_TIME", "100ms")]).await;
    for path in ["/api/channels/news/messages", "/api/events", "/messages"] {
        for (length, beginning) in
            [("content-length: 10", "123"), ("transfer-encoding: chunked", "3\r\n123\r\n")]
        {
            let mut client = Raw::open(&server).await;
            client.say(&format!("POST {path} HTTP/1.1\r\nhost: x\r\n{length}\r\n\r\n{beginning}")).await;
            let (status, problem) = client.answer().await;
            assert_eq!((status, &problem["field"]), (408, &json!("body")), "{path}");
        }
    }
    assert_eq!(server.channels().await, [] as [serde_json::Value; 0]);
    server.has_streams(0).await;
}

#[tokio::test]
async fn a_body_that_breaks_off_publishes_nothing() {
    let server = Server::fast().await;
    for (length, beginning) in [
        ("content-length: 10", "123"),
        ("transfer-encoding: chunked", "3\r\n123\r\n"),
        ("transfer-encoding: chunked", "no number\r\n"),
    ] {
        let mut client = Raw::open(&server).await;
        let head = "POST /api/channels/news/messages HTTP/1.1\r\nhost: x\r\n";
        client.say(&format!("{head}{length}\r\n\r\n{beginning}")).await;
        tokio::io::AsyncWriteExt::shutdown(&mut client.0).await.unwrap();
        client.rest().await;
    }
    assert_eq!(server.channels().await, [] as [serde_json::Value; 0]);
}

#[tokio::test]
async fn a_client_that_never_reads_is_let_go_and_others_go_on() {
    let server = Server::start(&[("LIMITS_STALLED", "300ms")]).await;
    let mut stalled = Raw::narrow(&server.url).await;
    stalled.ask("/api/events?channel=news").await;
    server.has_streams(1).await;
    let mut reader = server.stream("/api/events?channel=news").await;
    reader.tail().await;
    server.has_streams(2).await;
    let large = "x".repeat(256 * 1_024);
    let mut published = 0;
    // As much as the sockets' buffers take, and then until its time is over.
    soon("the end of the stalled stream", async {
        while crate::support::json(send(server.get("/healthz")).await).await["streams"] == 2 {
            if published < 64 {
                server.says("news", &large).await;
                published += 1;
                assert_eq!(reader.data(1).await[0].len(), large.len());
            }
        }
    })
    .await;
    server.has_streams(1).await;
    server.says("news", "still here").await;
    assert_eq!(reader.data(1).await, ["still here"]);
}

#[tokio::test]
async fn bodies_that_are_too_large_are_not_waited_for() {
    let server = Server::start(&[("LIMITS_MESSAGE", "2KiB"), ("LIMITS_BATCH", "4KiB")]).await;
    let head = |path: &str, more: &str| format!("POST {path} HTTP/1.1\r\nhost: x\r\n{more}\r\n\r\n");
    let news = "/api/channels/news/messages";
    let text = "content-type: text/plain";
    let batch = "content-type: application/x-ndjson";
    for (path, media_type, limit) in [
        (news, text, 2_048),
        (news, "content-type: application/json", 2_048),
        (news, "content-type: image/png", 2_048),
        (news, batch, 4_096),
        ("/api/events", text, 2_048),
        ("/messages", text, 2_048),
    ] {
        // Said beforehand: the answer comes before any of it is sent.
        for length in ["1000000000000", &(limit + 1).to_string()] {
            let mut client = Raw::open(&server).await;
            client.say(&head(path, &format!("{media_type}\r\ncontent-length: {length}"))).await;
            let (status, problem) = client.answer().await;
            assert_eq!((status, &problem["field"]), (413, &json!("body")), "{path} {media_type}");
            assert!(problem["detail"].as_str().unwrap().contains(&limit.to_string()));
        }
        // Not said beforehand: the answer comes when it is too much, and no end is waited for.
        let mut client = Raw::open(&server).await;
        client.say(&head(path, &format!("{media_type}\r\ntransfer-encoding: chunked"))).await;
        client.say(&format!("{limit:x}\r\n{}\r\n1\r\nx\r\n", " ".repeat(limit))).await;
        let (status, problem) = client.answer().await;
        assert_eq!((status, &problem["field"]), (413, &json!("body")), "{path} {media_type}");
    }
    assert_eq!(server.channels().await, [] as [serde_json::Value; 0]);
    server.has_streams(0).await;
    // The largest that fits does.
    let largest = server.publish("large", "x".repeat(2_048));
    assert_eq!(send(largest).await.status(), 201);
}

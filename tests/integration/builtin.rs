//! `GET /api/streams/{name}`: what is on the wire of each built-in stream.

use crate::support::{Blocks, Server, field, id, now, problem, send, text};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Instant;

fn data(block: &str) -> Value {
    serde_json::from_str(field(block, "data").unwrap()).unwrap()
}

/// The moment that a text says, in milliseconds since the Unix epoch.
fn moment(text: &Value) -> u64 {
    let time = humantime::parse_rfc3339(text.as_str().unwrap()).unwrap();
    u64::try_from(time.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

#[tokio::test]
async fn the_clock_greets_and_then_says_the_time() {
    let server = Server::fast().await;
    let start = Instant::now();
    let blocks = server.stream("/api/streams/clock?interval=1").await.take(5).await;
    assert!(start.elapsed().as_millis() >= 1900, "two ticks in {:?}", start.elapsed());
    assert_eq!(blocks[0], "retry: 2000");
    assert_eq!(blocks[1], format!("id: {}-0", id(&blocks[1]).0));
    let greeting = data(&blocks[2]);
    assert_eq!(greeting["interval"], 1);
    assert!(!greeting["message"].as_str().unwrap().is_empty());
    for (number, block) in blocks[2..].iter().enumerate() {
        assert_eq!(id(block).1, number as u64 + 1);
        assert_eq!(moment(&data(block)["time"]), id(block).0, "{block}");
        assert_eq!(field(block, "event"), None);
    }
    assert_eq!(data(&blocks[3]), json!({ "time": data(&blocks[3])["time"] }));
}

#[tokio::test]
async fn the_clock_goes_on_with_now_after_hours() {
    let server = Server::fast().await;
    let before = now();
    let last = format!("{}-7", before - 3 * 3_600_000);
    let mut clock = server.stream(&format!("/api/streams/clock?interval=60&last_event_id={last}")).await;
    let blocks = clock.take(3).await;
    assert_eq!(blocks[1], format!("id: {last}"), "the tail is what the client has");
    let (milliseconds, number) = id(&blocks[2]);
    assert!(number == 8 && milliseconds >= before, "{blocks:?}");
}

#[tokio::test]
async fn the_ticker_welcomes_updates_and_notifies_once() {
    let server = Server::fast().await;
    let blocks = server.stream("/api/streams/ticker").await.take(4).await;
    assert_eq!((field(&blocks[2], "event"), id(&blocks[2]).1), (None, 1));
    assert!(data(&blocks[2])["message"].as_str().unwrap().starts_with("Welcome"));
    assert_eq!((field(&blocks[3], "event"), id(&blocks[3]).1), (Some("update"), 2));
    let update = data(&blocks[3]);
    assert_eq!(moment(&update["timestamp"]), id(&blocks[3]).0);
    assert!((0.0..1.0).contains(&update["random"].as_f64().unwrap()), "{update}");
    assert_eq!(update.as_object().unwrap().len(), 2);

    // Resumed where the next event has been due for a while: it is there at once.
    let next = async |number: u64| {
        let resume =
            server.get("/api/streams/ticker").header("last-event-id", format!("{}-{number}", now() - 60_000));
        Blocks::of(send(resume).await).take(3).await.remove(2)
    };
    let notification = next(3).await;
    assert_eq!((field(&notification, "event"), id(&notification).1), (Some("notification"), 4));
    let said = data(&notification);
    assert_eq!(moment(&said["time"]), id(&notification).0);
    assert!(said["title"].is_string() && said["message"].is_string() && said.as_object().unwrap().len() == 3);
    for number in [4, 5, 1000] {
        assert_eq!(field(&next(number).await, "event"), Some("update"), "{number}");
    }
}

#[tokio::test]
async fn fields_has_every_field_and_ends() {
    let server = Server::fast().await;
    let blocks = server.stream("/api/streams/fields").await.rest().await;
    let ids: Vec<_> = blocks.iter().map(|block| field(block, "id").unwrap_or_default()).collect();
    let expected = [
        "retry: 2000".to_owned(),
        format!("id: {}", ids[1]),
        format!("retry: 30000\nevent: testEvent\ndata: {{\"a\":4}}\nid: {}", ids[2]),
        format!("data: An event with no name is a message.\nid: {}", ids[3]),
        ": A comment. EventSource does not show it.".to_owned(),
        format!("event: end\ndata: That was every field.\nid: {}", ids[5]),
    ];
    assert_eq!(blocks, expected);
    assert_eq!([1, 2, 3, 5].map(|block| id(&blocks[block]).1), [0, 1, 2, 3]);

    for (last, left) in [(1, 4), (2, 3), (3, 1)] {
        let resume = format!("/api/streams/fields?lastEventId={}", ids[last]);
        let rest = server.stream(&resume).await.rest().await;
        assert_eq!(rest.len(), 2 + left, "after {last}: {rest:?}");
        assert_eq!(field(&rest[1 + left], "event"), Some("end"));
    }
    for method in [Method::GET, Method::HEAD] {
        let again = server.client.request(method, format!("{}/api/streams/fields", server.url));
        let over = send(again.header("last-event-id", ids[5])).await;
        assert_eq!((over.status().as_u16(), text(over).await.as_str()), (204, ""));
    }
}

#[tokio::test]
async fn the_demo_is_one_of_them() {
    let server = Server::fast().await;
    let shown = async |path: &str| -> Vec<_> {
        let blocks = server.stream(path).await.rest().await;
        let events = blocks[2..].iter();
        events.map(|block| (id(block).1, field(block, "event").map(str::to_owned))).collect()
    };
    let demo = shown("/api/sse").await;
    assert_eq!((demo.len(), &demo), (9, &shown("/api/streams/demo").await));
}

#[tokio::test]
async fn an_unknown_name_is_answered_with_the_names() {
    let server = Server::fast().await;
    for name in ["nothing", "Clock", "clock%20", "%ff", "..%2fclock", "%00"] {
        let problem = problem(server.get(&format!("/api/streams/{name}")), 404).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.ends_with("there are demo, clock, ticker, fields"), "{name}: {detail}");
    }
    for path in ["/api/streams", "/api/streams/", "/api/streams/clock/", "/api/streams/clock/x"] {
        problem(server.get(path), 404).await;
    }
    problem(server.post("/api/streams/clock"), 405).await;
}

#[tokio::test]
async fn a_parameter_that_is_not_right_is_named() {
    let server = Server::fast().await;
    for value in ["", "0", "61", "-1", "1.5", "05", "%2B5", "+5", "x", "99999999999999999999"] {
        let refused = problem(server.get(&format!("/api/streams/clock?interval={value}")), 400).await;
        assert_eq!(refused["field"], "interval", "{value}");
        assert_eq!(refused["detail"], "this is not a whole number of seconds from 1 to 60");
    }
    let ticket = "0".repeat(32);
    for (path, field) in [
        ("streams/clock?interval=1&interval=2".to_owned(), "interval"),
        ("streams/clock?interval=5&intervall=5".to_owned(), "intervall"),
        ("streams/ticker?interval=5".to_owned(), "interval"),
        ("streams/demo?x=1".to_owned(), "x"),
        ("sse?last_event_ids=1-1".to_owned(), "last_event_ids"),
        ("sse?Ticket=1".to_owned(), "Ticket"),
        ("streams/fields?ticket=1".to_owned(), "ticket"),
        (format!("streams/fields?ticket={ticket}&ticket={}", "1".repeat(32)), "ticket"),
    ] {
        assert_eq!(problem(server.get(&format!("/api/{path}")), 400).await["field"], field, "{path}");
    }
    let several = problem(server.get("/api/streams/clock?b=1&a=2&interval=5"), 400).await;
    assert_eq!(several["detail"], r#"this stream does not take "a", "b"; it takes "interval""#);
    // What every stream takes, and a value that is given twice but is one.
    let all = "lastEventId=&lastEventID=&last_event_id=&interval=5&interval=5";
    server.stream(&format!("/api/streams/clock?{all}&ticket={ticket}")).await.take(3).await;
    server.has_streams(0).await;
}

#[tokio::test]
async fn an_id_that_no_event_of_the_stream_had_is_refused() {
    let server = Server::fast().await;
    for (name, last) in [
        ("fields", format!("{}-4", now())),
        ("clock", format!("{}-2", now() + 3_600_000)),
        ("clock", format!("{}-{}", now(), u64::MAX)),
        ("ticker", format!("{}-{}", now(), now())),
        ("ticker", format!("{0}-{0}", u64::MAX)),
        ("ticker", "x".to_owned()),
    ] {
        let path = format!("/api/streams/{name}");
        let header = server.get(&path).header("last-event-id", &last);
        assert_eq!(problem(header, 400).await["field"], "Last-Event-ID", "{name} {last}");
        let query = server.get(&format!("{path}?lastEventID={last}"));
        assert_eq!(problem(query, 400).await["field"], "lastEventID", "{name} {last}");
    }
    server.has_streams(0).await;
}

#[tokio::test]
async fn head_has_the_headers_and_opens_nothing() {
    let server = Server::fast().await;
    for (path, status) in [
        ("clock", 200),
        ("ticker", 200),
        ("fields", 200),
        ("clock?interval=60", 200),
        ("clock?interval=0", 400),
        ("nothing", 404),
    ] {
        let head = send(server.client.head(format!("{}/api/streams/{path}", server.url))).await;
        assert_eq!(head.status(), status, "{path}");
        let media_type = if status == 200 { "text/event-stream" } else { "application/problem+json" };
        assert_eq!(head.headers()["content-type"], media_type);
        assert_eq!(text(head).await, "");
    }
    server.has_streams(0).await;
}

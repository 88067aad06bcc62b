//! `POST /api/channels/{channel}/messages`: every way to publish, and what is answered.

use crate::support::{Server, folder::Folder, hub::texts, json, now, problem, send};
use serde_json::{Value, json};
use std::collections::HashSet;

const PATH: &str = "/api/channels/news/messages";

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The milliseconds of an id, which are its time.
fn milliseconds(id: &Value) -> u64 {
    id.as_str().unwrap().split_once('-').unwrap().0.parse().unwrap()
}

#[tokio::test]
async fn every_format_is_kept_and_sent_as_its_text() {
    let server = Server::fast().await;
    let mut watcher = server.stream("/api/events?channel=news").await;
    watcher.tail().await;
    let url = |base64: &str, media_type: &str| format!("data:{media_type};base64,{base64}");
    for (media_type, query, body, event, data) in [
        ("text/plain", "", "hello".as_bytes(), None, "hello".to_owned()),
        ("text/plain; charset=UTF-8", "", "多\n行\n".as_bytes(), None, "多\n行\n".to_owned()),
        ("TEXT/PLAIN;charset=\"utf-8\"", "?event=up%20date", b"x", Some("up date"), "x".to_owned()),
        ("text/plain", "", b"", None, String::new()),
        ("application/x-www-form-urlencoded", "", b"a=b&c", None, "a=b&c".to_owned()),
        ("application/json", "", br#"{"data":"a \"text\""}"#, None, r#"a "text""#.to_owned()),
        (
            "application/json",
            "",
            br#" {"data": {"b": 1, "a":[1.50]}, "event":"update"} "#,
            Some("update"),
            r#"{"b": 1, "a":[1.50]}"#.to_owned(),
        ),
        ("application/json", "", br#"{"data":null,"event":null,"key":null}"#, None, "null".to_owned()),
        (
            "application/json",
            "",
            br#"{"data":12345678901234567890.10}"#,
            None,
            "12345678901234567890.10".to_owned(),
        ),
        (
            "application/octet-stream",
            "",
            &[0, 255, 13, 10],
            None,
            url("AP8NCg==", "application/octet-stream"),
        ),
        ("image/png", "?event=picture", b"\x89PNG", Some("picture"), url("iVBORw==", "image/png")),
        ("image/svg+xml", "", b"<svg/>", None, url("PHN2Zy8+", "image/svg+xml")),
        ("application/octet-stream", "", b"", None, url("", "application/octet-stream")),
    ] {
        let before = now();
        let request = server.post(&format!("{PATH}{query}")).header("content-type", media_type);
        let answer = send(request.body(body)).await;
        assert_eq!(answer.status(), 201, "{media_type}");
        let published = json(answer).await;
        assert_eq!(keys(&published), ["channel", "id", "time"]);
        assert_eq!(published["channel"], "news");
        let time = humantime::parse_rfc3339(published["time"].as_str().unwrap()).unwrap();
        let time = time.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        assert_eq!(time, u128::from(milliseconds(&published["id"])));
        // A hub that gives ids faster than the clock goes may be a little ahead of it.
        assert!((before..=now() + 1_000).contains(&milliseconds(&published["id"])), "{published}");

        let kept = server.page(&format!("{PATH}?limit=1")).await["messages"][0].clone();
        let expected = json!({ "channel": "news", "id": published["id"], "time": published["time"],
            "event": event, "data": data });
        assert_eq!(kept, expected);
        let seen = watcher.messages(1).await.remove(0);
        assert_eq!(seen, (event.map(str::to_owned), published["id"].as_str().map(str::to_owned), data));
    }
    let answer = send(server.post(PATH)).await;
    assert_eq!(answer.status(), 201, "no body and no media type: an empty text");
}

#[tokio::test]
async fn ids_rise_over_all_channels_and_a_restart() {
    let folder = Folder::new();
    let mut last = (0_u64, 0_u64);
    for _ in 0..2 {
        let server = Server::on_disk(&folder, &[]).await;
        for number in 0..20 {
            let id = server.says(["a", "b.c", "d"][number % 3], "x").await;
            let (milliseconds, sequence) = id.split_once('-').unwrap();
            let id = (milliseconds.parse().unwrap(), sequence.parse().unwrap());
            assert!(id > last, "{id:?} after {last:?}");
            last = id;
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_key_publishes_once_and_its_answer_is_given_again() {
    let folder = Folder::new();
    for server in [Server::fast().await, Server::on_disk(&folder, &[]).await] {
        let mut watcher = server.stream("/api/events?channel=news&channel=other").await;
        watcher.tail().await;
        let in_header = || server.publish("news", "once").header("idempotency-key", "order 7");
        let first = send(in_header()).await;
        assert_eq!(first.status(), 201);
        let first = json(first).await;
        let again = send(in_header()).await;
        assert_eq!(again.status(), 200);
        assert_eq!(json(again).await, first);
        let in_body = server.publish_as("application/json", "news", r#"{"data":"once","key":"order 7"}"#);
        let again = send(in_body).await;
        assert_eq!((again.status().as_u16(), json(again).await), (200, first.clone()));

        // What is not the same is not taken for it, and what is elsewhere is something else.
        let other = server.publish("news", "twice").header("idempotency-key", "order 7");
        assert_eq!(problem(other, 422).await["field"], "key");
        let elsewhere = send(server.publish("other", "once").header("idempotency-key", "order 7")).await;
        assert_eq!(elsewhere.status(), 201);
        server.says("news", "last").await;
        assert_eq!(watcher.data(3).await, ["once", "once", "last"]);
        assert_eq!(server.kept("news").await, ["once", "last"]);
    }
}

#[tokio::test]
async fn a_key_is_remembered_over_a_restart() {
    let folder = Folder::new();
    let mut answers = Vec::new();
    for status in [201, 200] {
        let server = Server::on_disk(&folder, &[]).await;
        let answer = send(server.publish("news", "once").header("idempotency-key", "k")).await;
        assert_eq!(answer.status(), status);
        answers.push(json(answer).await);
        server.stop().await;
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn of_many_at_once_with_one_key_one_publishes() {
    let server = Server::fast().await;
    let requests = (0..32).map(|_| send(server.publish("news", "once").header("idempotency-key", "k")));
    let answers = futures::future::join_all(requests).await;
    let created = answers.iter().filter(|answer| answer.status() == 201).count();
    let repeated = answers.iter().filter(|answer| answer.status() == 200).count();
    assert_eq!((created, repeated), (1, 31));
    let mut ids = HashSet::new();
    for answer in answers {
        ids.insert(json(answer).await["id"].to_string());
    }
    assert_eq!((ids.len(), server.kept("news").await.len()), (1, 1));
}

#[tokio::test]
async fn a_batch_is_published_in_its_order() {
    let server = Server::fast().await;
    let mut watcher = server.stream("/api/events?channel=news").await;
    watcher.tail().await;
    let lines =
        "{\"data\":\"a\"}\n\n  \n{\"data\":{\"n\":1},\"event\":\"e\"}\r\n{\"data\":\"c\",\"key\":\"k\"}";
    let answer = send(server.publish_as("application/x-ndjson", "news", lines)).await;
    assert_eq!(answer.status(), 201);
    let published = json(answer).await;
    assert_eq!(keys(&published), ["channel", "messages"]);
    let ids = texts(&published, "id");
    assert_eq!(keys(&published["messages"][0]), ["id", "time"]);
    let seen = watcher.messages(3).await;
    let expected = [(None, "a"), (Some("e"), r#"{"n":1}"#), (None, "c")];
    for ((seen, id), (event, data)) in seen.iter().zip(&ids).zip(expected) {
        assert_eq!(seen, &(event.map(str::to_owned), Some(id.clone()), data.to_owned()));
    }
    assert_eq!(ids.len(), 3);

    // Whoever sends it again without keys for all of it doubles what has none.
    let again = json(send(server.publish_as("application/x-ndjson", "news", lines)).await).await;
    assert_eq!(texts(&again, "id")[2], ids[2]);
    assert_eq!(server.kept("news").await, ["a", r#"{"n":1}"#, "c", "a", r#"{"n":1}"#]);
}

#[tokio::test]
async fn a_key_for_a_whole_batch_publishes_it_once() {
    let server = Server::fast().await;
    let lines: String = (0..1_000).map(|n| format!("{{\"data\":{n}}}\n")).collect();
    let request =
        || server.publish_as("application/x-ndjson", "news", lines.clone()).header("idempotency-key", "b");
    let (first, again) = (send(request()).await, send(request()).await);
    assert_eq!((first.status().as_u16(), again.status().as_u16()), (201, 200));
    let (first, again) = (json(first).await, json(again).await);
    assert_eq!(first, again);
    assert_eq!((texts(&first, "id").len(), server.kept("news").await.len()), (1_000, 1_000));
}

#[tokio::test]
async fn an_ephemeral_message_reaches_who_watches_and_is_not_kept() {
    let server = Server::fast().await;
    let mut watcher = server.stream("/api/events?channel=news").await;
    let mut enveloped = server.stream("/api/events?channel=*&envelope=json").await;
    let start = watcher.tail().await;
    enveloped.tail().await;
    let first = server.says("news", "kept").await;
    let typing = r#"{"data":{"typing":true},"event":"presence","ephemeral":true}"#;
    let answer = send(server.publish_as("application/json", "news", typing)).await;
    assert_eq!(answer.status(), 202);
    let sent = json(answer).await;
    assert_eq!((keys(&sent), &sent["channel"]), (vec!["channel", "time"], &json!("news")));
    let last = server.says("news", "kept too").await;

    let expected = [
        (None, Some(first), "kept".to_owned()),
        (Some("presence".to_owned()), None, r#"{"typing":true}"#.to_owned()),
        (None, Some(last), "kept too".to_owned()),
    ];
    assert_eq!(watcher.messages(3).await, expected);
    let envelope: Value = serde_json::from_str(&enveloped.data(2).await[1]).unwrap();
    let whole = json!({ "channel": "news", "id": null, "time": sent["time"], "event": "presence",
        "data": "{\"typing\":true}" });
    assert_eq!(envelope, whole);
    assert_eq!(server.kept("news").await, ["kept", "kept too"]);
    let mut resumed = server.stream(&format!("/api/events?channel=news&last_event_id={start}")).await;
    resumed.tail().await;
    assert_eq!(resumed.messages(2).await, [expected[0].clone(), expected[2].clone()]);
    let nobody = send(server.publish_as("application/json", "empty", typing)).await;
    assert_eq!(nobody.status(), 202);
    assert_eq!(server.channels().await.len(), 1, "a channel of which nothing was ever kept is not listed");
}

#[tokio::test]
async fn what_many_publish_at_once_everyone_sees_in_one_order() {
    let server = Server::fast().await;
    let mut watchers = Vec::new();
    for path in ["?channel=a&channel=b", "?channel=*", "?channel=>&envelope=json"] {
        let mut watcher = server.stream(&format!("/api/events{path}")).await;
        watcher.tail().await;
        watchers.push(watcher);
    }
    let publishers = (0..8).map(async |publisher: usize| {
        let mut ids = Vec::new();
        for number in 0..25 {
            ids.push(server.says(["a", "b"][publisher % 2], &format!("{publisher}-{number}")).await);
        }
        ids
    });
    let acknowledged: HashSet<String> =
        futures::future::join_all(publishers).await.into_iter().flatten().collect();
    let mut orders = Vec::new();
    for mut watcher in watchers {
        let seen = watcher.messages(200).await;
        orders.push(seen.into_iter().map(|(_, id, _)| id.unwrap()).collect::<Vec<_>>());
    }
    assert_eq!(orders[0].iter().cloned().collect::<HashSet<_>>(), acknowledged);
    assert!(orders.iter().all(|order| *order == orders[0]));
}

//! `GET` and `POST /api/events`: what a subscriber gets.

use crate::support::{Blocks, Server, field, json, problem, send, text};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

fn subscribe(server: &Server, body: &Value) -> RequestBuilder {
    server.post("/api/events").body(body.to_string())
}

/// Opens the stream of this request, and skips its beginning.
async fn opened(request: RequestBuilder) -> Blocks {
    let answer = send(request).await;
    assert_eq!(answer.status(), 200);
    let mut blocks = Blocks::of(answer);
    blocks.tail().await;
    blocks
}

#[tokio::test]
async fn a_stream_has_its_headers_and_begins_with_where_it_is() {
    let server = Server::start(&[("STREAM_RETRY", "7s")]).await;
    let newest = server.says("news", "before").await;
    let answer = send(server.get("/api/events?channel=news").header("accept-encoding", "br, gzip")).await;
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache, no-transform"),
        ("x-accel-buffering", "no"),
    ] {
        assert_eq!(answer.headers()[name], value);
    }
    assert!(!answer.headers().contains_key("content-encoding"));
    let mut blocks = Blocks::of(answer);
    assert_eq!(blocks.take(2).await, ["retry: 7000".to_owned(), format!("id: {newest}")]);
}

#[tokio::test]
async fn a_selection_has_its_channels_and_nothing_else() {
    let server = Server::fast().await;
    let all = ["a", "chat", "chat.x", "chat.y", "chat.x.y", "orders", "orders.1", "orders.1.2", "b"];
    let cases: [(&[&str], &[&str]); 7] = [
        (&["a"], &["a"]),
        (&["b", "a", "b"], &["a", "b"]),
        (&["chat.*"], &["chat.x", "chat.y"]),
        (&["orders.>"], &["orders.1", "orders.1.2"]),
        (&["*"], &["a", "chat", "orders", "b"]),
        (&["*.x.>", "chat.x", "chat.*"], &["chat.x", "chat.y", "chat.x.y"]),
        (&[">"], &all),
    ];
    let mut watchers = Vec::new();
    for (channels, expected) in cases {
        let query: Vec<String> = channels.iter().map(|channel| format!("channel={channel}")).collect();
        let by_query = opened(server.get(&format!("/api/events?{}", query.join("&")))).await;
        let by_body = opened(subscribe(&server, &json!({ "channels": channels }))).await;
        watchers.extend([(channels, expected, by_query), (channels, expected, by_body)]);
    }
    for channel in all {
        server.says(channel, channel).await;
    }
    let listed = server.channels().await;
    let subscribers: Vec<_> = listed.iter().map(|it| it["subscribers"].as_u64().unwrap()).collect();
    let matching =
        |channel: &&str| cases.iter().filter(|(_, expected)| expected.contains(channel)).count() as u64;
    let mut sorted = all;
    sorted.sort_unstable();
    assert_eq!(subscribers, sorted.iter().map(|channel| 2 * matching(channel)).collect::<Vec<_>>());
    // Everyone's last: what should not have come would have come before it.
    for channel in ["a", "chat.x", "orders.1"] {
        server.says(channel, "the end").await;
    }
    for (channels, expected, mut watcher) in watchers {
        let mut seen = watcher.data(expected.len() + 1).await;
        assert_eq!(seen.pop().as_deref(), Some("the end"), "{channels:?}: {seen:?}");
        assert_eq!(seen, *expected, "{channels:?}");
    }
}

#[tokio::test]
async fn it_begins_where_it_is_asked_to() {
    for (query, body, expected) in [
        ("last=2", json!({ "last": 2 }), &["4", "5", "new"][..]),
        ("last=5", json!({ "last": 5 }), &["1", "2", "3", "4", "5", "new"]),
        ("last=10000", json!({ "last": 10_000 }), &["1", "2", "3", "4", "5", "new"]),
        ("from=earliest", json!({ "from": "earliest" }), &["1", "2", "3", "4", "5", "new"]),
        ("", json!({}), &["new"]),
    ] {
        let server = Server::fast().await;
        server.counts("news", 5).await;
        server.says("other", "x").await;
        let mut by_query = opened(server.get(&format!("/api/events?channel=news&{query}"))).await;
        let mut body = body;
        body["channels"] = json!(["news"]);
        let mut by_body = opened(subscribe(&server, &body)).await;
        server.says("news", "new").await;
        assert_eq!(by_query.data(expected.len()).await, expected, "{query}");
        assert_eq!(by_body.data(expected.len()).await, expected, "{body}");
    }
    let server = Server::fast().await;
    let ids = server.counts("news", 5).await;
    server.says("other", "x").await;
    // Who is cut off before the first message loses none: the id in the preamble is before what is sent first.
    let tail = server.stream("/api/events?channel=news&last=2").await.tail().await;
    assert_eq!(tail, ids[2]);
    let mut again = opened(server.get("/api/events?channel=news").header("last-event-id", tail)).await;
    assert_eq!(again.data(2).await, ["4", "5"]);
    let mut earliest = server.stream("/api/events?channel=news&from=earliest").await;
    let tail = earliest.tail().await;
    let mut again = opened(server.get("/api/events?channel=news").header("last-event-id", tail)).await;
    assert_eq!(again.data(5).await, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn every_spelling_of_the_last_id_resumes_and_the_header_wins() {
    let server = Server::fast().await;
    let ids = server.counts("news", 4).await;
    let (early, late) = (&ids[0], &ids[2]);
    let events = "/api/events?channel=news";
    let body = |id: &str| subscribe(&server, &json!({ "channels": ["news"], "last_event_id": id }));
    for (what, request, expected) in [
        ("header", server.get(events).header("last-event-id", late), "4"),
        ("header's case", server.get(events).header("LAST-EVENT-ID", late), "4"),
        ("last_event_id", server.get(&format!("{events}&last_event_id={late}")), "4"),
        ("lastEventId", server.get(&format!("{events}&lastEventId={late}")), "4"),
        ("lastEventID", server.get(&format!("{events}&lastEventID={late}")), "4"),
        ("body", body(late), "4"),
        (
            "header over query",
            server.get(&format!("{events}&lastEventId={early}")).header("last-event-id", late),
            "4",
        ),
        ("header over body", body(early).header("last-event-id", late), "4"),
        ("over last=", server.get(&format!("{events}&last=4&last_event_id={late}")), "4"),
        ("over from=", server.get(&format!("{events}&from=earliest")).header("last-event-id", late), "4"),
        ("twice the same", server.get(&format!("{events}&lastEventID={late}&last_event_id={late}")), "4"),
        (
            "an empty one is none",
            server.get(&format!("{events}&last=3&lastEventId=")).header("last-event-id", ""),
            "2",
        ),
        (
            "an empty one in the body",
            subscribe(&server, &json!({ "channels": ["news"], "last": 3, "last_event_id": "" })),
            "2",
        ),
        ("an id that nothing has", server.get(events).header("last-event-id", "1-1"), "1"),
    ] {
        assert_eq!(opened(request).await.data(1).await, [expected], "{what}");
    }
    // The tail of who is up to date is what it has.
    let newest = &ids[3];
    let mut current = server.stream(&format!("{events}&last_event_id={newest}")).await;
    assert_eq!(&current.tail().await, newest);
    server.says("news", "next").await;
    assert_eq!(current.data(1).await, ["next"]);
}

#[tokio::test]
async fn an_envelope_says_where_and_when() {
    let server = Server::fast().await;
    let mut live = opened(server.get("/api/events?channel=a.>&envelope=json")).await;
    let body = json!({ "channels": ["a.>"], "from": "earliest", "envelope": "json" });
    let message = r#"{"data":"line\nline","event":"e"}"#;
    let published = json(send(server.publish_as("application/json", "a.b", message)).await).await;
    let mut replayed = opened(subscribe(&server, &body)).await;
    let (live, replayed) = (live.messages(1).await, replayed.messages(1).await);
    assert_eq!(live, replayed);
    let (event, id, data) = &live[0];
    // The name is in the envelope alone: one listener hears all.
    assert_eq!((event.as_deref(), id.as_deref()), (None, published["id"].as_str()));
    let expected =
        json!({ "channel": "a.b", "id": id, "time": published["time"], "event": "e", "data": "line\nline" });
    assert_eq!(serde_json::from_str::<Value>(data).unwrap(), expected);
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_told_first() {
    let retention = r#"[{ channels = "short", count = 2 }]"#;
    let server = Server::start(&[("LOG_RETENTION", retention)]).await;
    let long = server.says("long", "x").await;
    let ids = server.counts("short", 5).await;
    server.keeps("short", 2).await;
    let resume = |query: &str, id: &str| {
        opened(server.get(&format!("/api/events?{query}")).header("last-event-id", id))
    };
    let mut behind = resume("channel=short", &ids[0]).await;
    let gap = (Some("gap".to_owned()), None, json!({ "after": ids[0], "oldest": ids[3] }).to_string());
    assert_eq!(behind.messages(1).await.remove(0), gap);
    assert_eq!(behind.data(2).await, ["4", "5"]);
    let mut both = resume("channel=short&channel=long&envelope=json", &ids[0]).await;
    let gap_of_both = (gap.0, gap.1, json!({ "after": ids[0], "oldest": long }).to_string());
    assert_eq!(both.messages(1).await, [gap_of_both]);
    // Nothing is missing after these.
    assert_eq!(resume("channel=short", &ids[2]).await.data(2).await, ["4", "5"]);
    assert_eq!(resume("channel=short", &ids[3]).await.data(1).await, ["5"]);
    let mut unconcerned = resume("channel=long", &ids[0]).await;
    server.says("long", "y").await;
    assert_eq!(unconcerned.data(1).await, ["y"]);
    // Who asks for what there is gets what there is.
    for start in ["from=earliest", "last=9"] {
        let mut stream = opened(server.get(&format!("/api/events?channel=short&{start}"))).await;
        assert_eq!(stream.data(2).await, ["4", "5"], "{start}");
    }
}

#[tokio::test]
async fn an_id_that_a_lost_log_gave_is_a_gap() {
    let server = Server::fast().await;
    let newest = server.says("news", "old").await;
    let milliseconds: u64 = newest.split_once('-').unwrap().0.parse().unwrap();
    let lost = format!("{}-0", milliseconds + 10_000);
    let mut stream = server.stream(&format!("/api/events?channel=news&last_event_id={lost}")).await;
    assert_eq!(stream.tail().await, newest);
    let gap = stream.messages(1).await.remove(0);
    let expected = json!({ "after": lost, "oldest": newest }).to_string();
    assert_eq!(gap, (Some("gap".to_owned()), None, expected));
    server.says("news", "new").await;
    assert_eq!(stream.data(1).await, ["new"]);
}

#[tokio::test]
async fn silence_is_filled_with_comments() {
    let server = Server::start(&[("STREAM_HEARTBEAT", "100ms")]).await;
    let mut stream = server.stream("/api/events?channel=news").await;
    assert_eq!(stream.take(5).await[2..], [":", ":", ":"]);
    server.says("news", "x").await;
    assert_eq!(stream.data(1).await, ["x"]);
}

#[tokio::test]
async fn head_says_what_get_would() {
    let server = Server::fast().await;
    let head = |query: &str| server.client.head(format!("{}/api/events{query}", server.url));
    let asked = send(head("?channel=news&last=3")).await;
    assert_eq!(asked.status(), 200);
    assert_eq!(asked.headers()["content-type"], "text/event-stream");
    assert_eq!(text(asked).await, "");
    for refused in ["", "?channel=.", "?channel=a&last=0"] {
        assert_eq!(send(head(refused)).await.status(), 400, "{refused}");
    }
    server.has_streams(0).await;
}

#[tokio::test]
async fn a_ticket_ends_a_subscription_for_good() {
    let server = Server::fast().await;
    let ticket = "0123456789abcdef0123456789abcdef";
    let path = format!("/api/events?channel=news&ticket={ticket}");
    let (mut mine, mut other) =
        (opened(server.get(&path)).await, opened(server.get("/api/events?channel=news")).await);
    server.says("news", "x").await;
    assert_eq!(mine.data(1).await, ["x"]);
    let form = server.post("/api/page/disconnect").body(format!("ticket={ticket}"));
    send(form.header("content-type", "application/x-www-form-urlencoded")).await;
    assert_eq!(mine.rest().await, [""; 0]);
    assert_eq!(send(server.get(&path)).await.status(), 204);
    server.says("news", "y").await;
    assert_eq!(other.data(2).await, ["x", "y"]);
}

#[tokio::test]
async fn replay_joins_what_is_live_without_a_gap_or_a_repeat() {
    let server = Server::start(&[("LIMITS_CONNECTS_PER_ADDRESS", "0")]).await;
    let total = 400;
    let publisher = async { server.counts("news", total).await };
    let watchers = futures::future::join_all((0..20).map(async |number: usize| {
        // Begun at different moments of the publishing, and cut off in the middle of it.
        let mut last = "0-0".to_owned();
        let mut seen = Vec::new();
        while seen.len() < total {
            let mut stream =
                opened(server.get(&format!("/api/events?channel=news&last_event_id={last}"))).await;
            for (_, id, data) in stream.messages((1 + number * 3).min(total - seen.len())).await {
                last = id.unwrap();
                seen.push(data);
            }
        }
        seen
    }));
    let (_, seen) = futures::join!(publisher, watchers);
    let expected: Vec<String> = (1..=total).map(|number| number.to_string()).collect();
    assert!(seen.iter().all(|seen| *seen == expected));
}

#[tokio::test]
async fn the_tutorials_chat_is_the_lobby() {
    let server = Server::fast().await;
    let mut page = server.stream("/messages").await;
    let mut lobby = server.stream("/api/events?channel=chat.lobby").await;
    let tail = page.tail().await;
    lobby.tail().await;
    // As the tutorial's page sends it, with fetch and JSON.stringify.
    let said = r#"{"user":"小明","message":"你好!","id":1}"#;
    let post = || server.post("/messages").header("content-type", "application/json").body(said);
    let answer = send(post()).await;
    assert_eq!(answer.status(), 201);
    let published = json(answer).await;
    assert_eq!(published["channel"], "chat.lobby");
    let expected = (None, published["id"].as_str().map(str::to_owned), said.to_owned());
    assert_eq!(page.messages(1).await.remove(0), expected);
    assert_eq!(lobby.messages(1).await.remove(0), expected);
    drop(page);
    send(post()).await;
    let mut resumed = opened(server.get("/messages").header("last-event-id", tail)).await;
    assert_eq!(resumed.messages(2).await[0], expected);
    assert_eq!(server.kept("chat.lobby").await, [said, said]);
    assert_eq!(problem(server.get("/messages?channel=x"), 400).await["field"], "channel");
}

#[tokio::test]
async fn an_event_with_no_name_has_no_event_field() {
    let server = Server::fast().await;
    let mut stream = opened(server.get("/api/events?channel=news")).await;
    let id = server.says("news", "a\nb").await;
    let block = stream.next().await.unwrap();
    assert_eq!(block, format!("data: a\ndata: b\nid: {id}"));
    assert_eq!(field(&block, "event"), None);
}

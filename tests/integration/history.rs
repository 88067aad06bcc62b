//! What is kept: pages of history, channels, search. On both engines.

use crate::support::{Server, folder::Folder, hub::texts, send, soon};
use serde_json::{Value, json};

/// A server with each engine.
async fn engines(folder: &Folder, settings: &[(&str, &str)]) -> [Server; 2] {
    [Server::start(settings).await, Server::on_disk(folder, settings).await]
}

fn data(page: &Value) -> Vec<String> {
    texts(page, "data")
}

fn numbers(range: std::ops::RangeInclusive<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[tokio::test]
async fn history_is_read_in_pages_in_both_directions() {
    let folder = Folder::new();
    for server in engines(&folder, &[]).await {
        server.says("other", "x").await;
        let ids = server.counts("news", 120).await;
        server.says("other", "y").await;
        let page = async |query: &str| server.page(&format!("/api/channels/news/messages{query}")).await;

        let newest = page("").await;
        assert_eq!((data(&newest), &newest["more"]), (numbers(71..=120), &json!(true)));
        let first = newest["messages"][0].as_object().unwrap();
        assert_eq!(first.keys().collect::<Vec<_>>(), ["channel", "data", "event", "id", "time"]);
        assert_eq!(
            (&first["channel"], &first["event"], &first["id"]),
            (&json!("news"), &Value::Null, &json!(ids[70]))
        );

        // Back to the beginning and forth to the end, in uneven pages.
        let (mut back, mut before) = (Vec::new(), String::new());
        loop {
            let found = page(&format!("?limit=37{before}")).await;
            before = format!("&before={}", found["messages"][0]["id"].as_str().unwrap());
            back.splice(0..0, data(&found));
            if found["more"] == false {
                break;
            }
        }
        assert_eq!(back, numbers(1..=120));
        let (mut forth, mut after) = (Vec::new(), "0-0".to_owned());
        loop {
            let found = page(&format!("?limit=40&after={after}")).await;
            let shown = texts(&found, "id");
            forth.extend(data(&found));
            assert_eq!(found["more"], json!(forth.len() < 120), "{after}");
            match shown.last() {
                Some(last) if found["more"] == true => after.clone_from(last),
                _ => break,
            }
        }
        assert_eq!(forth, numbers(1..=120));

        for (query, expected) in [
            (format!("?before={}", ids[0]), vec![]),
            (format!("?after={}", ids[119]), vec![]),
            (format!("?before={}&limit=1", ids[60]), numbers(60..=60)),
            (format!("?after={}&limit=1", ids[60]), numbers(62..=62)),
            ("?limit=1000".to_owned(), numbers(1..=120)),
        ] {
            assert_eq!(data(&page(&query).await), expected, "{query}");
        }
        let unknown = server.page("/api/channels/nothing/messages").await;
        assert_eq!(unknown, json!({ "messages": [], "more": false }));
        let answer = send(server.get("/api/channels/news/messages")).await;
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn channels_are_listed_with_what_they_keep_and_who_watches() {
    let folder = Folder::new();
    let retention = [("LOG_RETENTION", r#"[{ channels = "a.*", count = 1 }]"#)];
    for server in engines(&folder, &retention).await {
        assert_eq!(server.channels().await, [] as [Value; 0]);
        server.says("b", "four").await;
        let b = server.says("b", "消息").await;
        let a = server.counts("a.x", 2).await;
        let mut streams = Vec::new();
        for query in ["channel=b", "channel=b&channel=a.x", "channel=*", "channel=nobody"] {
            let mut stream = server.stream(&format!("/api/events?{query}")).await;
            stream.tail().await;
            streams.push(stream);
        }
        server.keeps("a.x", 1).await;
        let listed = server.channels().await;
        let time = |id: &str| {
            let milliseconds: u64 = id.split_once('-').unwrap().0.parse().unwrap();
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(milliseconds);
            humantime::format_rfc3339_millis(time).to_string()
        };
        let expected = [
            json!({ "channel": "a.x", "newest": a[1], "time": time(&a[1]), "messages": 1, "bytes": 1, "subscribers": 1 }),
            json!({ "channel": "b", "newest": b, "time": time(&b), "messages": 2, "bytes": 10, "subscribers": 3 }),
        ];
        assert_eq!(listed, expected);
    }
}

#[tokio::test]
async fn search_finds_words_and_chinese_and_pages() {
    let folder = Folder::new();
    for server in engines(&folder, &[]).await {
        server.says("a", "The quick brown fox").await;
        server.says("b", "新消息来了: order 42 shipped").await;
        server.says("a", r#"{"user":"小明","text":"你好,世界"}"#).await;
        server.says("c.d", "quick replies, brown paper").await;
        send(server.publish_as("image/png", "a", "quick")).await;
        let last = server.says("c.e", "the last of them: quick").await;
        // Search may be behind the log, but it comes.
        soon("the index", async {
            while data(&server.page("/api/search?q=last").await).is_empty() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        for (query, expected) in [
            (
                "q=quick",
                &["the last of them: quick", "quick replies, brown paper", "The quick brown fox"][..],
            ),
            ("q=QUICK%20Brown", &["quick replies, brown paper", "The quick brown fox"]),
            ("q=%22quick%20brown%22", &["The quick brown fox"]),
            ("q=消息", &["新消息来了: order 42 shipped"]),
            ("q=息消", &[]),
            ("q=世界", &[r#"{"user":"小明","text":"你好,世界"}"#]),
            ("q=小明%20你好", &[r#"{"user":"小明","text":"你好,世界"}"#]),
            ("q=42", &["新消息来了: order 42 shipped"]),
            ("q=quic", &[]),
            ("q=quick&channel=a", &["The quick brown fox"]),
            (
                "q=quick&channel=c.*&channel=a",
                &["the last of them: quick", "quick replies, brown paper", "The quick brown fox"],
            ),
            ("q=quick&channel=c.d", &["quick replies, brown paper"]),
            ("q=quick&channel=nothing", &[]),
            ("q=quick%22%20OR%20*", &[]),
        ] {
            let found = server.page(&format!("/api/search?{query}")).await;
            assert_eq!(
                (data(&found).as_slice(), &found["more"]),
                (&expected.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..], &json!(false)),
                "{query}"
            );
        }
        let first = server.page("/api/search?q=quick&limit=2").await;
        assert_eq!((texts(&first, "id")[0].as_str(), &first["more"]), (last.as_str(), &json!(true)));
        let rest =
            server.page(&format!("/api/search?q=quick&limit=2&before={}", texts(&first, "id")[1])).await;
        assert_eq!((data(&rest), &rest["more"]), (vec!["The quick brown fox".to_owned()], &json!(false)));
    }
}

//! Every wrong request is refused with a problem that names the place, and changes nothing.

use crate::support::{Server, problem, send};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A server where something was published, to see that nothing changes.
struct Guarded {
    server: Server,
    channels: Vec<Value>,
}

impl Guarded {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let server = Server::start(settings).await;
        server.counts("news", 3).await;
        let channels = server.channels().await;
        Self { server, channels }
    }

    /// The request is refused with this status, and the problem names this field.
    async fn refuses(&self, what: &str, request: RequestBuilder, status: u16, field: &str) {
        println!("{what}");
        let problem = problem(request, status).await;
        assert_eq!(problem["field"], field, "{what}: {problem}");
    }

    /// Nothing was published, and no stream is open.
    async fn is_unchanged(&self) {
        // The newest id of every channel stands in the list.
        assert_eq!(self.server.channels().await, self.channels);
        assert_eq!(self.server.kept("news").await, ["1", "2", "3"]);
        self.server.has_streams(0).await;
    }

    fn json(&self, body: impl Into<Vec<u8>>) -> RequestBuilder {
        self.server.publish_as("application/json", "news", body)
    }

    fn batch(&self, body: impl Into<Vec<u8>>) -> RequestBuilder {
        self.server.publish_as("application/x-ndjson", "news", body)
    }

    fn subscribe(&self, body: &Value) -> RequestBuilder {
        self.server.post("/api/events").body(body.to_string())
    }

    fn events(&self, query: &str) -> RequestBuilder {
        self.server.get(&format!("/api/events{query}"))
    }
}

/// Texts that are no channel, as they stand in a URL and as they are.
fn wrong_channels() -> Vec<(String, String)> {
    let long = "a".repeat(129);
    let plain = [".", ".a", "a.", "a..b", "a b", "a/b", "频道", "a\n", "a\0b", "ä", "a:b", "a,b", "~", &long];
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    plain.iter().map(|text| (escape(text), (*text).to_owned())).collect()
}

#[tokio::test]
async fn channels_that_are_none() {
    let it = Guarded::start(&[]).await;
    let mut wrong = wrong_channels();
    let misplaced = ["a*", "*a", ">.a", "a.>.b", "a>", "**"].map(|text| (text.to_owned(), text.to_owned()));
    let wildcards = ["*", ">", "a.*", "a.>", "*.b"].map(|text| (text.to_owned(), text.to_owned()));
    wrong.extend(misplaced);
    for (escaped, text) in wrong.iter().chain(&wildcards) {
        if text == "." {
            // A path like this does not leave the client: it means another one.
            continue;
        }
        let path = format!("/api/channels/{escaped}/messages");
        it.refuses(text, it.server.post(&path).body("x"), 400, "channel").await;
        it.refuses(text, it.server.get(&path), 400, "channel").await;
    }
    wrong.push((String::new(), String::new()));
    for (escaped, text) in &wrong {
        it.refuses(text, it.events(&format!("?channel={escaped}")), 400, "channel").await;
        it.refuses(text, it.events(&format!("?channel=a&channel={escaped}")), 400, "channel").await;
        it.refuses(text, it.subscribe(&json!({ "channels": ["a", text] })), 400, "channels").await;
        let search = it.server.get(&format!("/api/search?q=x&channel={escaped}"));
        it.refuses(text, search, 400, "channel").await;
    }
    it.refuses("none", it.server.post("/api/channels//messages").body("x"), 400, "channel").await;
    it.refuses("none", it.events(""), 400, "channel").await;
    it.refuses("none", it.subscribe(&json!({ "channels": [] })), 400, "channels").await;
    for path in ["/api/channels/a/b/messages", "/api/channels/a", "/api/channels/a/"] {
        problem(it.server.post(path).body("x"), 404).await;
    }
    it.refuses("not UTF-8", it.server.post("/api/channels/%ff/messages").body("x"), 400, "channel").await;
    problem(it.server.post("/api/page/%ff"), 404).await;
    it.is_unchanged().await;
}

#[tokio::test]
async fn too_many_channels() {
    let it = Guarded::start(&[]).await;
    for count in [101, 1_000] {
        let names: Vec<String> = (0..count).map(|number| format!("c{number}")).collect();
        let query = names.join("&channel=");
        it.refuses("query", it.events(&format!("?channel={query}")), 400, "channel").await;
        it.refuses("body", it.subscribe(&json!({ "channels": names })), 400, "channels").await;
        let search = it.server.get(&format!("/api/search?q=x&channel={query}"));
        it.refuses("search", search, 400, "channel").await;
    }
    it.is_unchanged().await;
}

#[tokio::test]
async fn bodies_that_are_not_what_they_say() {
    let it = Guarded::start(&[]).await;
    let long_name = format!(r#"{{"data":1,"event":"{}"}}"#, "e".repeat(129));
    let long_key = format!(r#"{{"data":1,"key":"{}"}}"#, "k".repeat(129));
    for (body, field) in [
        (&b""[..], "body"),
        (b"{", "body"),
        (b"hello", "body"),
        (b"[]", "body"),
        (b"\"text\"", "body"),
        (b"null", "body"),
        (b"{}", "data"),
        (br#"{"data":1} x"#, "body"),
        (br#"{"data":1}{"data":2}"#, "body"),
        (b"{\"data\":\"\xff\"}", "body"),
        (b"\xef\xbb\xbf{\"data\":1}", "body"),
        (br#"{"data":"\ud800"}"#, "data"),
        (br#"{"data":01}"#, "data"),
        (br#"{"data":NaN}"#, "data"),
        (br#"{"data":1,"data":2}"#, "data"),
        (br#"["smuggled","e","k",false]"#, "body"),
        (br#"{"dta":1}"#, "dta"),
        (br#"{"data":1,"channel":"x"}"#, "channel"),
        (br#"{"data":1,"id":"1-1"}"#, "id"),
        (br#"{"data":1,"event":7}"#, "event"),
        (br#"{"data":1,"event":""}"#, "event"),
        (br#"{"data":1,"event":"a\nb"}"#, "event"),
        (br#"{"data":1,"event":"a\rb"}"#, "event"),
        (br#"{"data":1,"event":"a\u0000b"}"#, "event"),
        (long_name.as_bytes(), "event"),
        (br#"{"data":1,"ephemeral":"yes"}"#, "ephemeral"),
        (br#"{"data":1,"key":7}"#, "key"),
        (br#"{"data":1,"key":""}"#, "key"),
        (br#"{"data":1,"key":"\n"}"#, "key"),
        ("{\"data\":1,\"key\":\"钥\"}".as_bytes(), "key"),
        (long_key.as_bytes(), "key"),
        (br#"{"data":1,"key":"k","ephemeral":true}"#, "key"),
    ] {
        let what = String::from_utf8_lossy(body).chars().take(60).collect::<String>();
        it.refuses(&what, it.json(body), 400, field).await;
    }
    let not_text = it.server.publish_as("text/plain", "news", *b"a\xff");
    it.refuses("text", not_text, 400, "body").await;
    it.refuses("chat", it.server.post("/messages").body(&b"\xc3("[..]), 400, "body").await;
    it.is_unchanged().await;
}

#[tokio::test]
async fn a_batch_with_one_bad_line() {
    let it = Guarded::start(&[]).await;
    let good = r#"{"data":"good"}"#;
    for (line, field) in [
        ("{", "body"),
        ("7", "body"),
        (r#"{"dat":1}"#, "dat"),
        (r#"{"data":1,"event":"\n"}"#, "event"),
        (r#"{"data":1,"ephemeral":true}"#, "ephemeral"),
        (r#"{"data":1,"key":"k","ephemeral":true}"#, "key"),
        (r#"{"data":1} {"data":2}"#, "body"),
    ] {
        for position in [0, 1, 5] {
            let mut lines = vec![good; 5];
            lines.insert(position, line);
            let request = it.batch(format!("\n{}", lines.join("\n")));
            // Lines are counted as an editor does: empty ones, too.
            let number = format!("line {}", position + 2);
            let refused = problem(request, 400).await;
            assert_eq!(refused["field"], number.as_str(), "{line}");
            let detail = refused["detail"].as_str().unwrap();
            assert!(detail.starts_with(&format!("{number}, {field}: ")), "{detail}");
        }
    }
    it.refuses("nothing", it.batch(""), 400, "body").await;
    it.refuses("empty lines", it.batch("\n \n\n"), 400, "body").await;
    it.refuses("not UTF-8", it.batch(*b"{\"data\":1}\n\xff"), 400, "body").await;
    it.refuses("too many", it.batch(format!("{good}\n").repeat(10_001)), 400, "line 10001").await;
    let two_keys = it.batch(r#"{"data":1,"key":"k"}"#).header("idempotency-key", "k");
    it.refuses("two keys", two_keys, 400, "line 1").await;
    it.is_unchanged().await;
    // A key that a refused request had is not used up.
    it.server.says("news", "x").await;
    let fresh = it.server.publish("news", "y").header("idempotency-key", "k");
    assert_eq!(send(fresh).await.status(), 201);
}

#[tokio::test]
async fn a_batch_with_a_key_that_is_used() {
    let it = Guarded::start(&[]).await;
    let first = it.server.publish("used", "first").header("idempotency-key", "k");
    assert_eq!(send(first).await.status(), 201);
    let lines = "{\"data\":1}\n{\"data\":\"other\",\"key\":\"k\"}\n{\"data\":3}";
    let batch = it.server.publish_as("application/x-ndjson", "used", lines);
    it.refuses("key", batch, 422, "key").await;
    assert_eq!(it.server.kept("used").await, ["first"]);
}

#[tokio::test]
async fn media_types_and_headers() {
    let it = Guarded::start(&[]).await;
    for media_type in [
        "text/html",
        "application/xml",
        "multipart/form-data; boundary=x",
        "video/mp4",
        "image/",
        "image/a,b",
        "image/png\"",
        "json",
        "",
        "text/plain; charset=gbk",
        "application/json;charset=utf-16",
    ] {
        let request = it.server.publish_as(media_type, "news", "x");
        it.refuses(media_type, request, 415, "Content-Type").await;
    }
    let long = "k".repeat(129);
    for key in ["", "\t", &long, "ä"] {
        let request = it.server.publish("news", "x").header("idempotency-key", key.as_bytes());
        it.refuses(key, request, 400, "Idempotency-Key").await;
    }
    let twice = it.server.publish("news", "x").header("idempotency-key", "a").header("idempotency-key", "a");
    it.refuses("twice", twice, 400, "Idempotency-Key").await;
    let both = it.json(r#"{"data":1,"key":"a"}"#).header("idempotency-key", "a");
    it.refuses("both", both, 400, "key").await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        for path in
            ["/api/channels/news/messages", "/api/events", "/api/channels", "/api/search", "/messages"]
        {
            let url = format!("{}{path}", it.server.url);
            problem(it.server.client.request(method.clone(), url).body("x"), 405).await;
        }
    }
    it.is_unchanged().await;
}

#[tokio::test]
async fn parameters() {
    let it = Guarded::start(&[]).await;
    let publish = |query: &str, media_type: &str, body: &'static str| {
        let request = it.server.post(&format!("/api/channels/news/messages?{query}"));
        request.header("content-type", media_type).body(body)
    };
    for (query, field) in [
        ("event=", "event"),
        ("event=a%0ab", "event"),
        ("event=a%0d", "event"),
        ("event=%00", "event"),
        ("event=a&event=a", "event"),
        ("evnt=a", "evnt"),
        ("key=a", "key"),
        ("event=%ff", "event"),
        ("%ff=a", "query"),
    ] {
        it.refuses(query, publish(query, "text/plain", "x"), 400, field).await;
    }
    it.refuses("json", publish("event=a", "application/json", r#"{"data":1}"#), 400, "event").await;
    it.refuses("batch", publish("event=a", "application/x-ndjson", r#"{"data":1}"#), 400, "event").await;

    let history = "/api/channels/news/messages";
    let (search, id) = ("/api/search", "1-1");
    let long = "a".repeat(513);
    for (path, query, field) in [
        (history, "limit=0", "limit"),
        (history, "limit=1001", "limit"),
        (history, "limit=-1", "limit"),
        (history, "limit=", "limit"),
        (history, "limit=ten", "limit"),
        (history, "limit=99999999999999999999999", "limit"),
        (history, "limit=5&limit=5", "limit"),
        (history, "before=x", "before"),
        (history, "before=", "before"),
        (history, "after=1", "after"),
        (history, &format!("before={id}&after={id}"), "after"),
        (history, &format!("before={id}&before={id}"), "before"),
        (history, "last=3", "last"),
        (search, "", "q"),
        (search, "q=", "q"),
        (search, "q=%20", "q"),
        (search, "q=%22*%22", "q"),
        (search, &format!("q={long}"), "q"),
        (search, "q=a&q=b", "q"),
        (search, "q=a&limit=0", "limit"),
        (search, "q=a&before=now", "before"),
        (search, "q=a&after=1-1", "after"),
        ("/api/channels", "x=1", "x"),
        ("/messages", "last=1", "last"),
    ] {
        it.refuses(&format!("{path}?{query}"), it.server.get(&format!("{path}?{query}")), 400, field).await;
    }
    it.refuses("chat", it.server.post("/messages?event=x").body("x"), 400, "event").await;
    it.is_unchanged().await;
}

#[tokio::test]
async fn subscriptions() {
    let it = Guarded::start(&[]).await;
    for (query, field) in [
        ("last=0", "last"),
        ("last=10001", "last"),
        ("last=-1", "last"),
        ("last=", "last"),
        ("last=1.0", "last"),
        ("last=1&last=2", "last"),
        ("last=1&last=1", "last"),
        ("from=", "from"),
        ("from=latest", "from"),
        ("from=earliest&from=earliest", "from"),
        ("last=1&from=earliest", "from"),
        ("envelope=", "envelope"),
        ("envelope=xml", "envelope"),
        ("envelope=json&envelope=json", "envelope"),
        ("channels=a", "channels"),
        ("Last=1", "Last"),
        ("ticket=x", "ticket"),
        ("%ff=1", "query"),
    ] {
        it.refuses(query, it.events(&format!("?channel=news&{query}")), 400, field).await;
    }
    for (body, field) in [
        (json!([]), "body"),
        (json!({}), "channels"),
        (json!({ "channels": "news" }), "channels"),
        (json!({ "channels": [7] }), "channels[0]"),
        (json!({ "channels": ["a"], "last": 0 }), "last"),
        (json!({ "channels": ["a"], "last": -1 }), "last"),
        (json!({ "channels": ["a"], "last": 10_001 }), "last"),
        (json!({ "channels": ["a"], "last": "5" }), "last"),
        (json!({ "channels": ["a"], "from": "now" }), "from"),
        (json!({ "channels": ["a"], "last": 1, "from": "earliest" }), "from"),
        (json!({ "channels": ["a"], "envelope": true }), "envelope"),
        (json!({ "channels": ["a"], "envelope": "xml" }), "envelope"),
        (json!({ "channels": ["a"], "last_event_id": "x" }), "last_event_id"),
        (json!({ "channels": ["a"], "lastEventId": "1-1" }), "lastEventId"),
        (json!({ "channels": ["a"], "channel": "b" }), "channel"),
    ] {
        it.refuses(&body.to_string(), it.subscribe(&body), 400, field).await;
    }
    it.refuses("no body", it.server.post("/api/events"), 400, "body").await;
    let with_query = it.server.post("/api/events?channel=a").body(r#"{"channels":["a"]}"#);
    it.refuses("query of a POST", with_query, 400, "channel").await;
    it.is_unchanged().await;
}

#[tokio::test]
async fn last_event_ids() {
    let it = Guarded::start(&[]).await;
    let later = crate::support::now() + 3_600_000;
    for (id, is_in_the_future) in [
        ("x", false),
        ("1", false),
        ("1-", false),
        ("-1", false),
        ("1-2-3", false),
        ("+1-2", false),
        ("01-2", false),
        ("1-99999999999999999999", false),
        (&"1".repeat(42), false),
        (&format!("{later}-0"), true),
        (&format!("{0}-{0}", u64::MAX), true),
    ] {
        let header = it.events("?channel=news").header("last-event-id", id);
        it.refuses(id, header, 400, "Last-Event-ID").await;
        for name in ["last_event_id", "lastEventId", "lastEventID"] {
            let escaped = id.replace('+', "%2b");
            it.refuses(id, it.events(&format!("?channel=news&{name}={escaped}")), 400, name).await;
        }
        let body = it.subscribe(&json!({ "channels": ["news"], "last_event_id": id }));
        it.refuses(id, body, 400, "last_event_id").await;
        it.refuses(id, it.server.get("/messages").header("last-event-id", id), 400, "Last-Event-ID").await;
        if !is_in_the_future {
            let page =
                it.server.get(&format!("/api/channels/news/messages?after={}", id.replace('+', "%2b")));
            it.refuses(id, page, 400, "after").await;
        }
    }
    let conflict = it.events("?channel=news&lastEventId=1-1&last_event_id=1-2");
    it.refuses("conflict", conflict, 400, "last_event_id").await;
    it.is_unchanged().await;
}

#[tokio::test]
async fn headers_that_contradict_each_other() {
    let it = Guarded::start(&[]).await;
    let ids = it.events("?channel=news").header("last-event-id", "1-1").header("last-event-id", "1-2");
    it.refuses("ids", ids, 400, "Last-Event-ID").await;
    let types = it.server.post("/api/channels/news/messages").body("x");
    let types = types.header("content-type", "text/plain").header("content-type", "application/json");
    it.refuses("types", types, 400, "Content-Type").await;
    it.is_unchanged().await;
}

#[tokio::test]
async fn a_line_that_is_larger_than_a_message_may_be() {
    let it = Guarded::start(&[("LIMITS_MESSAGE", "1KiB")]).await;
    let lines = format!("{{\"data\":1}}\n{{\"data\":\"{}\"}}", "x".repeat(2_000));
    it.refuses("line", it.batch(lines), 413, "line 2").await;
    it.is_unchanged().await;
}

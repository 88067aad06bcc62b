//! The requests that are HTTP, and not what the server takes.

mod content;
mod ways;

use crate::support::tokens::token;
use std::fmt;

/// A request, and how it is to be refused.
#[derive(Clone, Debug, Default)]
pub struct Case {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    pub status: u16,
    /// The last word of the problem's type; empty where a page says it.
    pub kind: &'static str,
    /// What is named as the place at fault; empty where any may be.
    pub field: &'static str,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path: String = self.path.chars().take(80).collect();
        write!(f, "{} {path}", self.method)?;
        for (name, value) in &self.headers {
            let value: String = String::from_utf8_lossy(value).chars().take(60).collect();
            write!(f, " [{name}: {value}]")?;
        }
        let body: String = String::from_utf8_lossy(&self.body).chars().take(60).collect();
        write!(f, " {body:?}")
    }
}

impl Case {
    /// The request as it is sent: the only one on its connection.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n", self.method, self.path)
            .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", self.body.len()).into_bytes());
        bytes.extend(&self.body);
        bytes
    }

    fn with(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn at(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    fn refused(self, status: u16, kind: &'static str) -> Self {
        Self { status, kind, ..self }
    }
}

/// A request that is not valid.
fn get(path: impl Into<String>) -> Case {
    Case { method: "GET", path: path.into(), ..Case::default() }.refused(400, "bad-request")
}

fn post(path: impl Into<String>, body: impl Into<Vec<u8>>) -> Case {
    Case { method: "POST", path: path.into(), body: body.into(), ..Case::default() }
        .refused(400, "bad-request")
}

const PUBLISH: &str = "/api/channels/open.x/messages";

fn json(path: &str, body: impl Into<Vec<u8>>) -> Case {
    post(path, body).with("content-type", "application/json")
}

fn form(function: &str, body: impl Into<Vec<u8>>) -> Case {
    post(format!("/api/page/{function}"), body).with("content-type", "application/x-www-form-urlencoded")
}

/// Names of no channel, as they stand in a URL.
const NAMES: [&str; 19] = [
    "a..b",
    ".a",
    "a.",
    "..",
    "a%20b",
    "%C3%A9",
    "%E6%B6%88",
    "%00",
    "a%00b",
    "a%0d%0ab",
    "a,b",
    "a:b",
    "a@b",
    "a%2Fb",
    "a~b",
    "%3Cb%3E",
    "a'b",
    "a%22b",
    "%7B%7D",
];

/// Patterns that are none.
const PATTERNS: [&str; 6] = ["a*", "*a", "%3E.a", "a.%3E.b", "**", "a.**"];

/// Numbers that are none, or not allowed where 1 to 1,000 are.
const NUMBERS: [&str; 10] = ["0", "-1", "x", "1.5", "99999999999999999999", "", "+1", "%201", "1e3", "0x1"];

/// Ids of no event.
const IDS: [&str; 12] = [
    "x",
    "1",
    "1-",
    "-1",
    "1-1-1",
    "01-1",
    "1-01",
    "1_1",
    "99999999999999999999-1",
    "1-1%00",
    "%C3%A9",
    "+1-1",
];

/// What a token is not.
const TOKENS: [&str; 6] =
    ["x", "a.b.c", "....", "eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTk5fQ.", "null", "%"];

/// All of them, in groups.
pub fn groups() -> Vec<(&'static str, Vec<Case>)> {
    let own = vec![
        ("channels", channels()),
        ("messages", messages()),
        ("bodies", bodies()),
        ("queries", queries()),
        ("ids", ids()),
        ("people", people()),
        ("replies", replies()),
        ("functions", functions()),
        ("access", access()),
        ("other sites", other_sites()),
        ("methods", methods()),
        ("paths", paths()),
    ];
    [own, content::groups(), ways::groups()].concat()
}

fn channels() -> Vec<Case> {
    let long = "a".repeat(129);
    let names = || NAMES.into_iter().chain([long.as_str(), "%FF"]);
    let mut cases: Vec<Case> = names()
        .chain(["*", "a.*", "%3E", "a.%3E"])
        .flat_map(|name| {
            let path = format!("/api/channels/{name}");
            [
                post(format!("{path}/messages"), "x").at("channel"),
                get(format!("{path}/messages")).at("channel"),
                get(format!("{path}/people")).at("channel"),
            ]
        })
        .collect();
    for name in names().chain(PATTERNS) {
        cases.push(get(format!("/api/events?channel={name}")).at("channel"));
        cases.push(get(format!("/api/events?channel=open.a&channel={name}")).at("channel"));
        cases.push(get(format!("/api/search?q=x&channel={name}")).at("channel"));
    }
    cases.push(get("/api/events").at("channel"));
    cases.push(get("/api/events?channel=").at("channel"));
    cases.push(get(format!("/api/events?{}", "channel=open.a&".repeat(101))).at("channel"));
    cases
}

fn messages() -> Vec<Case> {
    let long = "a".repeat(129);
    let mut cases: Vec<Case> = ["", "%0a", "a%0Db", "%00", &long]
        .into_iter()
        .map(|event| post(format!("{PUBLISH}?event={event}"), "x").at("event"))
        .collect();
    for event in [r#""""#, r#""a\nb""#, r#""a\rb""#, r#""\u0000""#, "5", "{}", "[]", &format!("{long:?}")] {
        cases.push(json(PUBLISH, format!(r#"{{"data":1,"event":{event}}}"#)).at("event"));
    }
    for key in ["", &long, "\t\u{e9}", "\u{6d88}"] {
        cases.push(post(PUBLISH, "x").with("idempotency-key", key).at("Idempotency-Key"));
    }
    cases.push(
        post(PUBLISH, "x").with("idempotency-key", "a").with("idempotency-key", "b").at("Idempotency-Key"),
    );
    cases.push(post(PUBLISH, "x").with("idempotency-key", b"\xff").at("Idempotency-Key"));
    for key in [r#""""#, r#""é""#, "5", r#""a\tb""#, &format!("{long:?}")] {
        cases.push(json(PUBLISH, format!(r#"{{"data":1,"key":{key}}}"#)).at("key"));
    }
    cases.push(json(PUBLISH, r#"{"data":1,"key":"a"}"#).with("idempotency-key", "a").at("key"));
    cases.push(json(PUBLISH, r#"{"data":1,"key":"a","ephemeral":true}"#).at("key"));
    cases.push(json(format!("{PUBLISH}?event=a").as_str(), r#"{"data":1}"#).at("event"));
    for media_type in [
        "text/html",
        "application/xml",
        "text/plain; charset=latin1",
        "application/json; charset=utf-16",
        "text",
        "multipart/form-data",
        "image/",
        "image/a b",
        "image/a;charset=x",
        "video/mp4",
        "",
        "/",
        "application/json5",
        "text/plain2",
        "image/\"x\"",
        "application/x-ndjson;charset=utf-7",
    ] {
        let case = post(PUBLISH, "x").with("content-type", media_type).at("Content-Type");
        cases.push(case.refused(415, "unsupported-media-type"));
    }
    cases.push(
        post(PUBLISH, "x")
            .with("content-type", "text/plain")
            .with("content-type", "text/plain")
            .at("Content-Type"),
    );
    cases
}

fn bodies() -> Vec<Case> {
    let many: String = (0..2).map(|_| "{\"data\":1}\n").collect();
    let mut cases: Vec<Case> = [
        "",
        " ",
        "x",
        "{",
        "}",
        "null",
        "true",
        "1",
        "\"x\"",
        "[]",
        "[1]",
        "[\"x\", null, null, null]",
        "{}",
        r#"{"data"}"#,
        r#"{"data":}"#,
        r#"{"data":1"#,
        r#"{"data":1}}"#,
        r#"{"data":1}{}"#,
        r#"{"data":1,}"#,
        r#"{'data':1}"#,
        r#"{"data":NaN}"#,
        r#"{"data":Infinity}"#,
        r#"{"data":01}"#,
        r#"{"data":"\ud800"}"#,
        r#"{"data":"\x"}"#,
        "{\"data\":\"a\nb\"}",
        r#"{"data":1,"data":2}"#,
        r#"{"data":1,"more":2}"#,
        r#"{"Data":1}"#,
        r#"{"data":1,"ephemeral":"yes"}"#,
        r#"{"data":1,"ephemeral":1}"#,
        "\u{feff}{\"data\":1}",
    ]
    .into_iter()
    .map(|body| json(PUBLISH, body))
    .collect();
    for body in [&b"\xff"[..], b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"] {
        cases.push(post(PUBLISH, body).at("body"));
        cases.push(json(PUBLISH, body).at("body"));
        cases.push(post("/messages", body).refused(401, "unauthorized"));
    }
    let batch = |body: &str| post(PUBLISH, body).with("content-type", "application/x-ndjson");
    for body in [
        "",
        "\n\n",
        "x",
        "{}",
        "{\"data\":1}\n{",
        "{\"data\":1}\n{}",
        "[{\"data\":1}]",
        "{\"data\":1}{\"data\":2}",
        "{\"data\":1}\n{\"data\":1,\"ephemeral\":true}",
        "{\"data\":1}\n{\"data\":1,\"event\":\"\"}",
        "{\"data\":1}\n{\"data\":1,\"key\":\"\"}",
        "{\"data\":1}\n\u{feff}{\"data\":1}",
    ] {
        cases.push(batch(body));
    }
    cases.push(batch(&many.replace("1}", "1,\"key\":\"a\"}")).with("idempotency-key", "a"));
    cases.push(post(PUBLISH, "x".repeat(4_097)).at("body").refused(413, "too-large"));
    cases.push(json(PUBLISH, format!("{{\"data\":\"{}\"}}", "x".repeat(4_096))).refused(413, "too-large"));
    cases.push(batch(&format!("{{\"data\":\"{}\"}}", "x".repeat(4_096))).refused(413, "too-large"));
    cases.push(batch(&"{\"data\":1}\n".repeat(1_000)).refused(413, "too-large"));
    for body in [
        "",
        "[]",
        "{}",
        "null",
        r#"{"channels":"open.a"}"#,
        r#"{"channels":[]}"#,
        r#"{"channels":[1]}"#,
        r#"{"channels":["a..b"]}"#,
        r#"{"channels":["open.a"],"last":0}"#,
        r#"{"channels":["open.a"],"last":-1}"#,
        r#"{"channels":["open.a"],"last":1.5}"#,
        r#"{"channels":["open.a"],"last":10001}"#,
        r#"{"channels":["open.a"],"from":"x"}"#,
        r#"{"channels":["open.a"],"from":"earliest","last":1}"#,
        r#"{"channels":["open.a"],"envelope":"xml"}"#,
        r#"{"channels":["open.a"],"last_event_id":"x"}"#,
        r#"{"channels":["open.a"],"more":1}"#,
    ] {
        cases.push(json("/api/events", body));
    }
    cases
}

fn queries() -> Vec<Case> {
    let messages = "/api/channels/open.x/messages";
    let mut cases = Vec::new();
    for path in [
        messages,
        "/api/channels/open.x/people",
        "/api/channels",
        "/api/search",
        "/api/events",
        "/api/stats",
        "/api/sse",
        "/api/streams/clock",
        "/messages",
        "/api/replies",
    ] {
        for query in ["unknown=1", "%FF=1", "a=%FF", "channel%00=a", "Channel=a", "=1"] {
            let wanted = |status| matches!((path, status), ("/api/replies", _));
            let case = if wanted(0) { json(path, "{}") } else { get(path) };
            cases.push(Case { path: format!("{path}?{query}"), ..case });
        }
    }
    for number in NUMBERS {
        cases.push(get(format!("{messages}?limit={number}")).at("limit"));
        cases.push(get(format!("/api/search?q=x&channel=open.x&limit={number}")).at("limit"));
        cases.push(get(format!("/api/events?channel=open.x&last={number}")).at("last"));
    }
    for query in
        ["limit=1&limit=1", "before=1-1&before=1-1", "before=1-1&after=1-1", "limit=1001", "limit=%FF"]
    {
        cases.push(get(format!("{messages}?{query}")));
    }
    for query in ["", "q=", "q=%20", "q=...", "q=%22", "q=%22%22", "q=a&q=b", "q=%FF", "q=*"] {
        cases.push(get(format!("/api/search?{query}")).at("q"));
    }
    for query in [
        "last=10001",
        "last=1&last=1",
        "from=x",
        "from=earliest&last=1",
        "envelope=xml",
        "envelope=",
        "from=",
    ] {
        cases.push(get(format!("/api/events?channel=open.x&{query}")));
    }
    for query in
        ["interval=0", "interval=61", "interval=x", "interval=1&interval=2", "interval=-1", "interval=1.5"]
    {
        cases.push(get(format!("/api/streams/clock?{query}")).at("interval"));
    }
    cases.push(get("/api/streams/ticker?interval=1").at("interval"));
    for name in ["nothing", "..", "%00", "%FF", "Clock", "clock%20"] {
        cases.push(get(format!("/api/streams/{name}")).refused(404, "not-found"));
    }
    cases
}

fn ids() -> Vec<Case> {
    let mut cases = Vec::new();
    let future = "9999999999999-1";
    for id in IDS {
        for name in ["before", "after"] {
            cases.push(get(format!("/api/channels/open.x/messages?{name}={id}")));
        }
        cases.push(get(format!("/api/search?q=x&channel=open.x&before={id}")).at("before"));
        for name in ["last_event_id", "lastEventId", "lastEventID"] {
            cases.push(get(format!("/api/events?channel=open.x&{name}={id}")));
        }
        cases.push(get(format!("/api/sse?last_event_id={id}")).at("last_event_id"));
    }
    for id in ["x", "1", "1-1-1", "01-1", "é", "1-1, 1-2", "null"] {
        cases.push(get("/api/events?channel=open.x").with("last-event-id", id).at("Last-Event-ID"));
    }
    cases.push(get("/api/events?channel=open.x").with("last-event-id", future).at("Last-Event-ID"));
    cases.push(get("/api/events?channel=open.x").with("last-event-id", b"\xff").at("Last-Event-ID"));
    cases.push(get("/api/events?channel=open.x").with("last-event-id", "1-1").with("last-event-id", "1-1"));
    cases.push(get(format!("/api/events?channel=open.x&last_event_id={future}")));
    cases.push(get("/api/events?channel=open.x&last_event_id=1-1&lastEventId=1-2"));
    for ticket in ["x", "", "5f0c2d7be1a94c3682d4b7f09e6a1c5", "5F0C2D7BE1A94C3682D4B7F09E6A1C58", "%00"] {
        cases.push(get(format!("/api/events?channel=open.x&ticket={ticket}")).at("ticket"));
    }
    let one = "5f0c2d7be1a94c3682d4b7f09e6a1c58";
    cases.push(
        get(format!("/api/events?channel=open.x&ticket={one}&ticket={}", one.replace('5', "6"))).at("ticket"),
    );
    cases
}

fn people() -> Vec<Case> {
    let long = "a".repeat(65);
    let here = "/api/events?channel=open.x&channel=open.x.here";
    let mut cases: Vec<Case> = ["", "a.b", "a%20b", "%C3%A9", "%00", &long, "a/b"]
        .into_iter()
        .map(|person| get(format!("{here}&person={person}")).at("person"))
        .collect();
    for name in ["%07", "%00", "%1b[31m", &"a".repeat(41)] {
        cases.push(get(format!("{here}&person=a&name={name}")).at("name"));
    }
    cases.push(get(format!("{here}&name=Ann")).at("person"));
    cases.push(get(format!("{here}&person=a&person=b")).at("person"));
    let many: String = (0..17).map(|number| format!("&channel=open.{number}.here")).collect();
    cases.push(get(format!("{here}&person=a{many}")).at("channel"));
    let presence = r#"{"data":1,"event":"presence"}"#;
    cases.push(json("/api/channels/open.x.here/messages", presence).at("event"));
    cases
}

fn replies() -> Vec<Case> {
    let all = format!("Bearer {}", token(&[">"], &[">"]));
    let ask = |body: &str| json("/api/replies", body.to_owned()).with("authorization", all.clone());
    let mut cases: Vec<Case> = [
        "",
        "x",
        "[]",
        "{}",
        r#"{"prompt":1}"#,
        r#"{"prompt":""}"#,
        r#"{"prompt":" \n"}"#,
        r#"{"prompt":"x","more":1}"#,
        r#"{"prompt":"x","thread":""}"#,
        r#"{"prompt":"x","thread":"a.b"}"#,
        r#"{"prompt":"x","thread":"a b"}"#,
        r#"{"prompt":"x","thread":5}"#,
        r#"{"prompt":"x","prompt":"y"}"#,
    ]
    .into_iter()
    .map(ask)
    .collect();
    cases.push(ask(r#"{"prompt":"x"}"#).with("idempotency-key", ""));
    cases.push(
        ask(&format!(r#"{{"prompt":"{}"}}"#, "x".repeat(40_000))).at("prompt").refused(413, "too-large"),
    );
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "", "application/json5"] {
        let case = post("/api/replies", r#"{"prompt":"x"}"#).with("content-type", media_type);
        cases.push(case.with("authorization", all.clone()).refused(415, "unsupported-media-type"));
    }
    for reply in ["x", "%00", "%FF", "..", "5f0c2d7be1a94c3682d4b7f09e6a1c58"] {
        let path = format!("/api/replies/{reply}");
        cases.push(Case { method: "DELETE", path, ..Case::default() }.refused(404, "not-found"));
    }
    cases
}

fn functions() -> Vec<Case> {
    let all = format!("Bearer {}", token(&[">"], &[">"]));
    let mut cases = Vec::new();
    for (function, body) in [
        ("connect", "source=nothing%3D1"),
        ("connect", "source=channel%3Da..b"),
        ("connect", "source=%FF"),
        ("publish", ""),
        ("publish", "channel=a..b&data=x"),
        ("publish", "channel=open.x"),
        ("publish", "channel=open.x&data=x&event=%0a"),
        ("publish", "channel=open.x&data=x&key=%C3%A9"),
        ("publish", "channel=open.x.here&data=x&event=presence"),
        ("introduce", ""),
        ("introduce", "name="),
        ("introduce", "name=%0a"),
        ("say", "room=lobby"),
        ("say", "room=a.b&text=x"),
        ("say", "room=lobby&text=x"),
        ("typing", "room="),
        ("read", "room=lobby&up_to=x"),
        ("clear", "source=channel%3Dnews&up_to=x"),
        ("ask", "prompt="),
        ("ask", "prompt=x&thread=a.b"),
        ("stop", "reply=x"),
        ("disconnect", "ticket=x"),
        ("prefer", "theme=pink"),
        ("prefer", "language=tlh"),
        ("sign_in", ""),
    ] {
        cases.push(form(function, body).with("authorization", all.clone()));
    }
    for token in TOKENS {
        cases.push(form("sign_in", format!("token={token}")).at("token").refused(401, "invalid-token"));
    }
    for function in ["nothing", "..", "%00", "connect/x", "Connect"] {
        cases.push(form(function, "").refused(404, "not-found"));
    }
    cases
}

fn access() -> Vec<Case> {
    let none = format!("Bearer {}", token(&[], &[]));
    let mut cases = Vec::new();
    for path in [
        "/api/events?channel=secret",
        "/api/events?channel=open.x&channel=secret",
        "/api/channels/secret/messages",
        "/api/channels/secret/people",
        "/api/search?q=x&channel=secret",
        "/messages",
    ] {
        cases.push(get(path).refused(401, "unauthorized"));
        cases.push(get(path).with("authorization", none.clone()).refused(403, "forbidden"));
    }
    for (path, body) in [("/api/channels/secret/messages", "x"), ("/messages", "x")] {
        cases.push(post(path, body).refused(401, "unauthorized"));
        cases.push(post(path, body).with("authorization", none.clone()).refused(403, "forbidden"));
    }
    cases.push(json("/api/replies", r#"{"prompt":"x"}"#).refused(401, "unauthorized"));
    cases.push(json("/api/events", r#"{"channels":["secret"]}"#).refused(401, "unauthorized"));
    cases.push(form("publish", "channel=secret&data=x").refused(401, "unauthorized"));
    cases.push(form("connect", "source=channel%3Dsecret").refused(401, "unauthorized"));
    cases.push(form("ask", "prompt=x").refused(401, "unauthorized"));
    cases.push(post("/api/channels/hub.stats/messages", "x").refused(403, "forbidden"));
    for token in TOKENS {
        let header = format!("Bearer {token}");
        for path in ["/api/channels", "/api/events?channel=open.x", "/", "/metrics", "/api/sse"] {
            cases.push(
                get(path)
                    .with("authorization", header.clone())
                    .at("Authorization")
                    .refused(401, "invalid-token"),
            );
        }
        cases.push(post(PUBLISH, "x").with("authorization", header).refused(401, "invalid-token"));
        cases.push(
            get(format!("/api/events?channel=open.x&permit={token}"))
                .at("permit")
                .refused(401, "invalid-token"),
        );
    }
    for header in ["", "Bearer", "Basic b3BlbjpzZXNhbWU=", "Bearerx y", "Digest x", "bearer"] {
        cases.push(post(PUBLISH, "x").with("authorization", header).refused(401, "invalid-token"));
    }
    cases.push(
        get("/api/channels")
            .with("authorization", none.clone())
            .with("authorization", none)
            .at("Authorization"),
    );
    cases
}

fn other_sites() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "x"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://x.evil.example"),
        ("origin", "https://x"),
        ("origin", "http://x:81"),
    ] {
        let from = |case: Case| case.with(name, value).refused(403, "cross-site");
        cases.push(from(post(PUBLISH, "x")));
        cases.push(from(json("/api/replies", r#"{"prompt":"x"}"#)));
        cases.push(from(form("sign_out", "")));
        cases.push(from(form("publish", "channel=open.x&data=x")));
        cases.push(from(Case { method: "DELETE", path: "/api/replies/x".into(), ..Case::default() }));
    }
    cases
}

fn methods() -> Vec<Case> {
    let mut cases = Vec::new();
    for (path, wrong) in [
        ("/", &["POST", "PUT", "DELETE"][..]),
        ("/rooms", &["POST", "PATCH"]),
        ("/board", &["POST", "DELETE"]),
        ("/replies", &["POST", "PUT"]),
        ("/sign-in", &["POST", "PUT"]),
        (PUBLISH, &["PUT", "DELETE", "PATCH"]),
        ("/api/events", &["PUT", "DELETE", "OPTIONS"]),
        ("/api/channels", &["POST", "DELETE"]),
        ("/api/channels/open.x/people", &["POST", "PUT"]),
        ("/api/search", &["POST", "DELETE"]),
        ("/api/sse", &["POST", "PUT"]),
        ("/api/streams/clock", &["POST", "DELETE"]),
        ("/api/replies", &["GET", "PUT"]),
        ("/api/replies/x", &["GET", "POST"]),
        ("/api/stats", &["POST", "DELETE"]),
        ("/messages", &["PUT", "DELETE"]),
        ("/healthz", &["POST", "TRACE"]),
        ("/readyz", &["POST"]),
        ("/metrics", &["POST", "CONNECTX"]),
        ("/api/openapi.json", &["POST"]),
    ] {
        for method in wrong {
            cases.push(
                Case { method, path: path.to_owned(), ..Case::default() }.refused(405, "method-not-allowed"),
            );
        }
    }
    cases
}

fn paths() -> Vec<Case> {
    let mut cases = Vec::new();
    for path in [
        "/api",
        "/api/",
        "/api/x",
        "/api//events",
        "/api/events/",
        "/api/../metrics",
        "/api/channels/",
        "/api/%2e%2e",
    ] {
        cases.push(get(path).refused(404, "not-found"));
    }
    for path in [
        "/x",
        "//",
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/pkg/",
        "/pkg/../../Cargo.toml",
        "/pkg/%2e%2e/Leptos.toml",
        "/%00",
        "/%FF",
        "/healthz/",
        "/.git/config",
        "/index.html",
        "/rooms/a/b",
        "/pkg/0000000000000000/tidings.wasm",
        "/tidings.db",
    ] {
        cases.push(get(path).refused(404, ""));
    }
    cases
}

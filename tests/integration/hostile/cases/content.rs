//! What is sent: names, messages, bodies, queries, ids, people, prompts.

use super::{Case, PUBLISH, get, json, post};
use crate::support::{now, tokens::token};

pub fn groups() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("more names", names()),
        ("more messages", messages()),
        ("more JSON", objects()),
        ("more batches", batches()),
        ("more subscriptions", subscriptions()),
        ("more queries", queries()),
        ("more ids", ids()),
        ("more people", people()),
        ("more prompts", prompts()),
    ]
}

/// Someone who may do everything.
fn allowed(case: Case) -> Case {
    case.with("authorization", format!("Bearer {}", token(&[">"], &[">"])))
}

fn batch(body: impl Into<Vec<u8>>) -> Case {
    post(PUBLISH, body).with("content-type", "application/x-ndjson")
}

/// A text in many brackets; in the end they are closed.
fn deep(open: &str, close: &str, times: usize) -> String {
    format!("{}1{}", open.repeat(times), close.repeat(times))
}

fn names() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        "%C0%AE%C0%AE",
        "%ED%A0%80",
        "%2e%2e",
        "%252e",
        "%",
        "%zz",
        "..%2f..",
        "a%0d%0aset-cookie:x",
        "%20",
        "%F0%9F%8E%89",
        "%E2%80%AE",
        "%EF%BC%8A",
        "a%2Eb%2E",
        "a;b",
        "a+b",
        "a=b",
        "é",
        "a%09",
        "%7F",
        "%5C",
    ]
    .into_iter()
    .flat_map(|name| {
        let path = format!("/api/channels/{name}");
        let publish = post(format!("{path}/messages"), "x");
        [publish, get(format!("{path}/messages")), get(format!("{path}/people"))]
    })
    .map(|case| case.at("channel"))
    .collect();
    for name in ["", "..", "a b", "é", "a\0b", "a\r\nb", "*a", "a.>.b", "\u{202e}", &"a".repeat(129)] {
        let body = serde_json::json!({ "channels": ["open.a", name] }).to_string();
        cases.push(json("/api/events", body).at("channels"));
    }
    cases
}

fn messages() -> Vec<Case> {
    let (wide, long) = ("更".repeat(43), "k".repeat(129));
    let mut cases = Vec::new();
    for event in ["", "%0a", "%0d", "a%00", "%0d%0adata:x", "%FF", &wide] {
        let path = format!("{PUBLISH}?event={event}");
        cases.push(post(path, "x").with("content-type", "image/png").at("event"));
    }
    cases.push(post(format!("{PUBLISH}?event=a&event=b"), "x").at("event"));
    let path = format!("{PUBLISH}?event=a");
    cases.push(post(path, "{\"data\":1}").with("content-type", "application/x-ndjson").at("event"));
    cases.push(allowed(post("/messages?event=a", "x")).at("event"));
    for event in ["true", "1e3", r#"["a"]"#, r#""a\u000a""#, r#""a\u2028\r""#, &format!("{wide:?}")] {
        cases.push(json(PUBLISH, format!(r#"{{"data":1,"event":{event}}}"#)).at("event"));
    }
    let prompt = |body: &str| allowed(json("/api/replies", body));
    for key in ["a\tb", " ", "钥", "\u{a0}", &long] {
        for case in [
            allowed(post("/messages", "x")),
            prompt(r#"{"prompt":"x"}"#),
            batch(r#"{"data":1}"#),
            json(PUBLISH, r#"{"data":1}"#),
        ] {
            cases.push(case.with("idempotency-key", key).at("Idempotency-Key"));
        }
    }
    for case in [allowed(post("/messages", "x")), prompt(r#"{"prompt":"x"}"#), batch(r#"{"data":1}"#)] {
        let twice = case.with("idempotency-key", "a").with("idempotency-key", "a");
        cases.push(twice.at("Idempotency-Key"));
    }
    let ephemeral = json(PUBLISH, r#"{"data":1,"ephemeral":true}"#);
    cases.push(ephemeral.with("idempotency-key", "a").at("key"));
    cases.push(json(PUBLISH, r#"{"data":1,"key":"a\u007f"}"#).at("key"));
    let long_image = format!("image/{}", "a".repeat(65));
    for media_type in [
        "text/plain;charset=",
        "text/plain; charset=\"utf-16\"",
        "text/plain;x=y;charset=latin1",
        "text/plain charset=utf-8",
        "application/x-www-form-urlencoded;charset=gbk",
        "application/json;charset=utf8",
        "application/json, text/plain",
        "application/problem+json",
        "application/octet-stream;charset=utf-16",
        "text/event-stream",
        ";charset=utf-8",
        "image/%70ng",
        "image/../x",
        "image/*",
        "*/*",
        &long_image,
    ] {
        let case = post(PUBLISH, "x").with("content-type", media_type);
        cases.push(case.at("Content-Type").refused(415, "unsupported-media-type"));
    }
    let not_ascii = post(PUBLISH, "x").with("content-type", b"\xff");
    cases.push(not_ascii.at("Content-Type").refused(415, "unsupported-media-type"));
    cases
}

fn objects() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        (format!(r#"{{"data":1,"key":{}}}"#, deep("[", "]", 1_900)), "key"),
        (format!(r#"{{"data":1,"event":{}}}"#, deep("{\"a\":", "}", 500)), "event"),
        (format!(r#"{{"data":1,"more":{}}}"#, deep("[", "]", 1_900)), "more"),
        (format!(r#"{{"data":{}"#, "[".repeat(4_000)), "data"),
        (format!(r#"{{"data":{}"#, "{\"a\":".repeat(800)), "data"),
        (deep("[", "]", 2_000), "body"),
        ("{".repeat(4_000), "body"),
        (format!("\"{}", "\\".repeat(3_999)), "body"),
    ]
    .map(|(body, field)| json(PUBLISH, body).at(field))
    .into();
    cases.push(json(PUBLISH, "[".repeat(10_000)).at("body").refused(413, "too-large"));
    for body in [
        r#"{"data":1e}"#,
        r#"{"data":+1}"#,
        r#"{"data":.5}"#,
        r#"{"data":1.}"#,
        r#"{"data":0x10}"#,
        r#"{"data":-}"#,
        r#"{"data":-Infinity}"#,
        r#"{"data":undefined}"#,
        r#"{"data":"\ud800\ud800"}"#,
        r#"{"data":"\udc00"}"#,
        r#"{"data":"\u12"}"#,
        "{\"data\":\"a\tb\"}",
        "{\"data\":\"a\0b\"}",
        "{\"data\":1}\0",
        r#"{"data":1}//x"#,
        r#"/*x*/{"data":1}"#,
        r#"{"data":1;"event":"a"}"#,
        r#"{"data" 1}"#,
        "{data:1}",
        "data=1",
        "<data>1</data>",
        "\u{1e}{\"data\":1}",
        "data: 1\n\n",
    ] {
        cases.push(json(PUBLISH, body));
    }
    for (body, field) in [
        (r#"{"data":1,"event":"a","event":"b"}"#, "event"),
        (r#"{"data":1,"key":"a","key":"a"}"#, "key"),
        (r#"{"data":1,"ephemeral":true,"ephemeral":false}"#, "ephemeral"),
        (r#"{"data":1,"d\u0061ta":2}"#, "data"),
        (r#"{"data":1,"__proto__":{}}"#, "__proto__"),
        (r#"{"data":1,"id":"1-1"}"#, "id"),
        (r#"{"data":1,"channel":"open.y"}"#, "channel"),
        (r#"{"data":1,"DATA":1}"#, "DATA"),
    ] {
        cases.push(json(PUBLISH, body).at(field));
    }
    cases
}

fn batches() -> Vec<Case> {
    let long = format!("{{\"data\":1}}\n{{\"data\":\"{}\"}}", "x".repeat(4_090));
    let long_key = format!("{{\"data\":1}}\n{{\"data\":1,\"key\":\"{}\"}}", "k".repeat(129));
    let unclosed = format!("{{\"data\":1}}\n{}", "[".repeat(3_000));
    let mut cases: Vec<Case> = [
        ("{\"data\":1}\n{\"data\":1}x", "line 2"),
        ("{\"data\":1}\r{\"data\":2}", "line 1"),
        ("{\"data\":1}\u{2028}{\"data\":2}", "line 1"),
        ("{\"data\":1},\n{\"data\":2}", "line 1"),
        ("{\"data\":1}\n\n{\"data\":1,\"event\":\"a\\nb\"}", "line 3"),
        ("[\n{\"data\":1}\n]", "line 1"),
        ("{\"data\":\n1}", "line 1"),
        ("{\"data\":1}\n{\"data\":1,\"data\":2}", "line 2"),
        ("{\"data\":1}\n\"x\"", "line 2"),
        ("{\"data\":1}\nnull", "line 2"),
        ("{\"data\":1}\n{\"data\":1,\"more\":1}", "line 2"),
        ("{\"data\":1}\n{\"data\":1,\"ephemeral\":true,\"key\":\"a\"}", "line 2"),
        ("{\"data\":1}\n{\"data\":\"\\ud800\"}", "line 2"),
        ("\0", "line 1"),
        (&unclosed, "line 2"),
        (&long_key, "line 2"),
    ]
    .map(|(body, line)| batch(body).at(line))
    .into();
    cases.push(batch(long).at("line 2").refused(413, "too-large"));
    cases.push(batch(b"{\"data\":1}\n{\"data\":\"\xed\xa0\x80\"}").at("body"));
    let large = "x".repeat(4_097);
    for case in
        [post(PUBLISH, large.clone()).with("content-type", "image/png"), allowed(post("/messages", large))]
    {
        cases.push(case.at("body").refused(413, "too-large"));
    }
    cases
}

fn subscriptions() -> Vec<Case> {
    let many: Vec<String> = (0..101).map(|number| format!("open.{number}")).collect();
    let mut cases: Vec<Case> = [
        (r#""last":1e5"#, "last"),
        (r#""last":18446744073709551615"#, "last"),
        (r#""last":99999999999999999999"#, "last"),
        (r#""last":1e999"#, "last"),
        (r#""last":NaN"#, "last"),
        (r#""last":"1""#, "last"),
        (r#""last":true"#, "last"),
        (r#""channels":["open.b"]"#, "channels"),
        (r#""person":"a""#, "person"),
        (r#""ticket":"x""#, "ticket"),
        (r#""permit":"x""#, "permit"),
        (r#""envelope":"JSON""#, "envelope"),
        (r#""from":"Earliest""#, "from"),
        (r#""from":1"#, "from"),
        (r#""last_event_id":5"#, "last_event_id"),
        (r#""last_event_id":"9999999999999-1""#, "last_event_id"),
        (r#""last_event_id":"1-1\n""#, "last_event_id"),
        (r#""last_event_id":"é""#, "last_event_id"),
    ]
    .map(|(more, field)| json("/api/events", format!(r#"{{"channels":["open.a"],{more}}}"#)).at(field))
    .into();
    for (body, field) in [
        (format!(r#"{{"channels":{}}}"#, deep("[", "]", 1_900)), "channels[0]"),
        (serde_json::json!({ "channels": many }).to_string(), "channels"),
        (r#"{"channels":{"0":"open.a"}}"#.into(), "channels"),
        (r#"{"channels":[null]}"#.into(), "channels[0]"),
        ("\u{feff}{\"channels\":[\"open.a\"]}".into(), "body"),
        (r#"{"channels":["open.a"]}x"#.into(), "body"),
        ("channel=open.a".into(), "body"),
    ] {
        cases.push(json("/api/events", body).at(field));
    }
    let good = r#"{"channels":["open.a"]}"#;
    cases.push(json("/api/events", b"{\"channels\":[\"\xff\"]}").at("body"));
    cases.push(json("/api/events", good.to_owned() + &" ".repeat(4_096)).refused(413, "too-large"));
    cases.push(json("/api/events", good).with("last-event-id", "x").at("Last-Event-ID"));
    for (query, field) in [
        ("channel=open.a", "channel"),
        ("last=1", "last"),
        ("ticket=x", "ticket"),
        ("person=a.b", "person"),
        ("name=Ann", "person"),
        ("last_event_id=x", "last_event_id"),
        ("%FF=1", "query"),
    ] {
        cases.push(json(&format!("/api/events?{query}"), good).at(field));
    }
    cases
}

fn queries() -> Vec<Case> {
    let channels: String = (0..2_000).map(|number| format!("&channel=open.{number}")).collect();
    let mut cases = vec![
        get(format!("/api/channels?{}", "a=1&".repeat(1_000))).at("a"),
        get(format!("/api/events?channel=open.a&{}", "x=1&".repeat(10_000))).at("x"),
        get(format!("/api/events?last=1{channels}")).at("channel"),
        get(format!("/api/search?q={}", "a".repeat(60_000))).at("q"),
        get(format!("/api/search?q={}", "a+".repeat(10_000))).at("q"),
        get(format!("/api/search?q={}", "%22a%22+".repeat(500))).at("q"),
        get(format!("/api/search?q={}", "%E6%B6%88".repeat(171))).at("q"),
    ];
    for words in ["%F0%9F%8E%89", "-+-+-", "%00", "%22+%22", "%0a", "()", "%E2%80%8B", "%27%3B--", "*+*"] {
        cases.push(get(format!("/api/search?q={words}")).at("q"));
    }
    for (query, field) in [
        ("before=1-1&before=1-1", "before"),
        ("after=1-1", "after"),
        ("limit=1&limit=1", "limit"),
        ("q", "q"),
        ("q[]=x", "q[]"),
        ("channel", "channel"),
        ("offset=1", "offset"),
    ] {
        cases.push(get(format!("/api/search?q=x&{query}")).at(field));
    }
    for (query, field) in [
        ("limit=%31%00", "limit"),
        ("limit=1;2", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=%EF%BC%91", "limit"),
        ("limit=1,000", "limit"),
        ("limit=1_000", "limit"),
        ("limit=NaN", "limit"),
        ("limit", "limit"),
        ("before", "before"),
        ("before=latest", "before"),
        ("before=1-1%0a", "before"),
        ("before=1-1;after=1-2", "before"),
        ("after=0", "after"),
        ("from=earliest", "from"),
        ("permit=x", "permit"),
        ("ticket=x", "ticket"),
        ("callback=x", "callback"),
        ("limit%00=1", "limit\0"),
    ] {
        cases.push(get(format!("{PUBLISH}?{query}")).at(field));
    }
    for (query, field) in [
        ("last=1%2C2", "last"),
        ("last=%EF%BC%91", "last"),
        ("last=1&last=2", "last"),
        ("last=5&from=x", "from"),
        ("from=latest", "from"),
        ("from=earliest&from=earliest", "from"),
        ("envelope=JSON", "envelope"),
        ("envelope=json&envelope=json", "envelope"),
        ("channels=open.b", "channels"),
        ("channel[]=open.b", "channel[]"),
        ("ephemeral=1", "ephemeral"),
        ("last-event-id=1-1", "last-event-id"),
        ("LASTEVENTID=1-1", "LASTEVENTID"),
        ("last_event_id=1-1&lastEventID=1-2", "lastEventID"),
        ("lastEventId=1-1&lastEventID=x", "lastEventID"),
    ] {
        cases.push(get(format!("/api/events?channel=open.x&{query}")).at(field));
    }
    for interval in ["", "%2B1", "01", "1s", "%00", "60.0", "99999999999999999999", "%EF%BC%95"] {
        cases.push(get(format!("/api/streams/clock?interval={interval}")).at("interval"));
    }
    for name in ["demo/", "demo/x", "%64emo%20", "DEMO", "..%2fdemo", "%ED%A0%80", "hub.stats"] {
        cases.push(get(format!("/api/streams/{name}")).refused(404, "not-found"));
    }
    cases
}

fn ids() -> Vec<Case> {
    let mut cases = Vec::new();
    for path in ["/api/events?channel=open.x", "/messages?", "/api/sse?", "/api/streams/clock?"] {
        let asked = |query: &str| allowed(get(format!("{path}&{query}")));
        for id in [
            "1-",
            "18446744073709551615-18446744073709551615",
            &"1".repeat(42),
            "1-18446744073709551616",
            "0x1-1",
            "1-1,1-2",
            "1 - 1",
            "a\tb",
            "-",
        ] {
            cases.push(asked("").with("last-event-id", id).at("Last-Event-ID"));
        }
        let twice = asked("").with("last-event-id", "1-1").with("last-event-id", "1-1");
        cases.push(twice.at("Last-Event-ID"));
        for name in ["last_event_id", "lastEventId", "lastEventID"] {
            cases.push(asked(&format!("{name}=%F0%9F%8E%89-1")).at(name));
            cases.push(asked(&format!("{name}=9999999999999-0")).at(name));
        }
        cases.push(asked(&format!("ticket={}", "0".repeat(33))).at("ticket"));
        cases.push(asked("permit=x").at("permit").refused(401, "invalid-token"));
        cases.push(asked("permit=x&permit=y").at("permit"));
    }
    // Of the right form, and no event of these streams can have had them.
    let never = format!("{}-99", now());
    for (path, id) in [
        ("/api/sse", &*never),
        ("/api/streams/demo", &never),
        ("/api/streams/fields", &never),
        ("/api/streams/ticker", "1-99999999999"),
        ("/api/streams/clock", "1-99"),
    ] {
        cases.push(get(format!("{path}?last_event_id={id}")).at("last_event_id"));
    }
    cases
}

fn people() -> Vec<Case> {
    let here = "/api/events?channel=open.x.here";
    let mut cases = Vec::new();
    for person in ["..", "a%0d%0ab", "*", "%3E", "a%3Ab", "%F0%9F%8E%89", "a%C2%A0", "%E2%80%AE", "%FF"] {
        cases.push(get(format!("{here}&person={person}")).at("person"));
    }
    let long = "%E5%90%8D".repeat(41);
    for name in ["%7F", "%C2%80", "a%00b", "a%08", "%E2%80%A8%1f", "%FF", &long] {
        cases.push(get(format!("{here}&person=a&name={name}")).at("name"));
    }
    cases.push(get(format!("{here}&person=a&name=A&name=B")).at("name"));
    cases.push(get(format!("{here}&name=A")).with("cookie", "person=7.Ann").at("person"));
    for channel in ["open.x.here", "open.here", "open.a.b.here"] {
        let path = format!("/api/channels/{channel}/messages");
        let ephemeral = r#"{"data":1,"event":"presence","ephemeral":true}"#;
        let lines = "{\"data\":1}\n{\"data\":1,\"event\":\"presence\"}";
        cases.push(json(&path, ephemeral).at("event"));
        cases.push(post(format!("{path}?event=presence"), "x").at("event"));
        cases.push(post(path, lines).with("content-type", "application/x-ndjson").at("event"));
    }
    cases.push(get("/api/channels/open.x/people?limit=1").at("limit"));
    cases.push(get("/api/channels/open.x/people?person").at("person"));
    cases
}

fn prompts() -> Vec<Case> {
    let ask = |body: &str| allowed(json("/api/replies", body));
    let long = format!(r#"{{"prompt":"x","thread":"{}"}}"#, "t".repeat(65));
    let mut cases: Vec<Case> = [
        (&*format!(r#"{{"prompt":{}}}"#, deep("[", "]", 10_000)), "prompt"),
        (&*format!(r#"{{"prompt":{}"#, "[".repeat(20_000)), "prompt"),
        (&*format!(r#"{{"prompt":"x","more":{}}}"#, deep("[", "]", 10_000)), "more"),
        (&*format!(r#"{{"prompt":"x","thread":{}}}"#, deep("{\"a\":", "}", 10_000)), "thread"),
        (r#"{"prompt":null}"#, "prompt"),
        (r#"{"prompt":["x"]}"#, "prompt"),
        (r#"{"thread":"a"}"#, "prompt"),
        (r#"{"Prompt":"x"}"#, "Prompt"),
        ("{\"prompt\":\"\u{3000}\\t\"}", "prompt"),
        (r#"{"prompt":"\ud800"}"#, "prompt"),
        (r#"{"prompt":"x","thread":"*"}"#, "thread"),
        (r#"{"prompt":"x","thread":".."}"#, "thread"),
        (r#"{"prompt":"x","thread":"é"}"#, "thread"),
        (r#"{"prompt":"x","thread":"a\u0000"}"#, "thread"),
        (r#"{"prompt":"x","thread":["a"]}"#, "thread"),
        (&long, "thread"),
        (r#"{"prompt":"x","thread":"a","thread":"b"}"#, "thread"),
        (r#"{"prompt":"x","key":"a"}"#, "key"),
        (r#"{"prompt":"x","model":"x"}"#, "model"),
        ("\u{feff}{\"prompt\":\"x\"}", "body"),
        (r#"{"prompt":"x"}{}"#, "body"),
        (r#"{"prompt":"x""#, "body"),
        ("prompt=x", "body"),
    ]
    .map(|(body, field)| ask(body).at(field))
    .into();
    cases.push(allowed(json("/api/replies", b"{\"prompt\":\"\xff\"}")).at("body"));
    let large = format!(r#"{{"prompt":"{}"}}"#, "x".repeat(200_000));
    cases.push(ask(&large).at("body").refused(413, "too-large"));
    for media_type in
        ["text/json", "text/plain;application/json", "application/x-ndjson", "application/json+x"]
    {
        let case = allowed(post("/api/replies", r#"{"prompt":"x"}"#)).with("content-type", media_type);
        cases.push(case.at("Content-Type").refused(415, "unsupported-media-type"));
    }
    let twice = ask(r#"{"prompt":"x"}"#).with("content-type", "application/json");
    cases.push(twice.at("Content-Type"));
    let id = "5f0c2d7be1a94c3682d4b7f09e6a1c58";
    for reply in [&id[1..], &format!("{id}0"), &id.to_uppercase(), &"g".repeat(32), "..%2f", "%2b5", "x/y"] {
        let path = format!("/api/replies/{reply}");
        let stop = Case { method: "DELETE", path, ..Case::default() };
        cases.push(allowed(stop).refused(404, "not-found"));
    }
    let stop = Case { method: "DELETE", path: format!("/api/replies/{id}?x=1"), ..Case::default() };
    cases.push(allowed(stop).at("x").refused(400, "bad-request"));
    cases
}

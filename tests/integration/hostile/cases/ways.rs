//! How it is sent: by which function of the page, with which rights, from which site, by which method, where.

use super::{Case, PUBLISH, form, get, json as as_json, post};
use crate::support::{
    now,
    tokens::{SECRET, token},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

pub fn groups() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("more functions", functions()),
        ("more rooms", rooms()),
        ("more tokens", tokens()),
        ("more rights", rights()),
        ("more sites", sites()),
        ("more methods", methods()),
        ("more paths", paths()),
        ("more pages", pages()),
        // What is published here against all expectations comes to the subscriber, too, so it stands last.
        ("what is easily taken for something else", misleading()),
    ]
}

const SECRETS: &str = "/api/channels/secret/messages";

fn may(publish: &[&str], subscribe: &[&str]) -> String {
    format!("Bearer {}", token(publish, subscribe))
}

/// Someone who may do everything.
fn allowed(case: Case) -> Case {
    case.with("authorization", may(&[">"], &[">"]))
}

fn is_forbidden(case: Case) -> Case {
    case.at("channel").refused(403, "forbidden")
}

fn needs_a_token(case: Case) -> Case {
    case.at("Authorization").refused(401, "unauthorized")
}

/// Every byte of a text as a form may write it.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn functions() -> Vec<Case> {
    let (long, id) = ("a".repeat(129), "5f0c2d7be1a94c3682d4b7f09e6a1c58");
    let mut cases = Vec::new();
    for source in [
        "stream=",
        "stream=nothing",
        "stream=clock&interval=0",
        "stream=demo&interval=1",
        "stream=demo&stream=demo",
        "stream=channels",
        "stream=demo&channel=open.a",
        "channel=",
        "channel=,",
        "channel=open.a&channel=..",
        "channel=open.\0",
        "url=",
        "url=http://x/",
        "url=javascript:alert(1)",
        "url=//evil.example",
        "url=http://a@x/",
        "url=/x&channel=open.a",
        "nothing",
    ] {
        cases.push(form("connect", format!("source={}", escaped(source))).at("source"));
    }
    for (body, field) in [
        (&*format!("channel=open.x&data=x&event={long}"), "event"),
        ("channel=open.x&data=x&event=%0D%0A", "event"),
        (&format!("channel=open.x&data=x&key={long}"), "key"),
        ("channel=open.x&data=x&key=%09", "key"),
        ("channel=*&data=x", "channel"),
        ("channel=open.%00&data=x", "channel"),
        ("channel=%FF&data=x", "channel"),
        ("channel=open.x&channel=open.x&data=x", "body"),
        ("channel[]=open.x&data=x", "body"),
        ("channel[a]=open.x&data=x", "body"),
        ("channel=open.x&data[0]=x", "body"),
        ("channel=open.x&data[a][b][c][d][e][f][g]=x", "body"),
        ("Channel=open.x&data=x", "body"),
        ("channel=open.x;data=x", "body"),
        ("&&&&", "body"),
    ] {
        cases.push(form("publish", body).at(field));
    }
    cases.push(form("publish", b"channel=open.x&data=\xff").at("body"));
    let large = format!("channel=open.x&data={}", "x".repeat(4_096));
    cases.push(form("publish", large).at("body").refused(413, "too-large"));
    let path = "/api/page/publish";
    cases.push(as_json(path, r#"{"channel":"open.x","data":"x"}"#).at("body"));
    cases.push(post(format!("{path}?channel=open.x&data=x"), "").at("body"));
    let part = "--x\r\ncontent-disposition: form-data; name=\"channel\"\r\n\r\nopen.x\r\n--x--\r\n";
    cases.push(post(path, part).with("content-type", "multipart/form-data; boundary=x").at("body"));
    for function in ["say", "typing", "read", "ask", "stop", "disconnect", "sign_in", "introduce"] {
        cases.push(form(function, "nothing=1").at("body"));
    }
    for thread in ["..", "*", "é", &"t".repeat(65), "a/b"] {
        cases.push(form("ask", format!("prompt=x&thread={}", escaped(thread))).at("thread"));
    }
    for prompt in ["%20", "%E3%80%80", "%0D%0A"] {
        cases.push(form("ask", format!("prompt={prompt}")).at("prompt"));
    }
    for wrong in ["", &id[1..], &format!("{id}0"), &id.to_uppercase(), &"g".repeat(32), &"é".repeat(16)] {
        cases.push(form("stop", format!("reply={}", escaped(wrong))).at("reply"));
        cases.push(form("disconnect", format!("ticket={}", escaped(wrong))).at("body"));
    }
    let wide = "%E5%90%8D".repeat(41);
    for name in ["%00", "a%1b[31m", "%7F", "%C2%80", "%20%09", &wide] {
        cases.push(form("introduce", format!("name={name}")).at("name"));
    }
    for choice in ["theme=DARK", "theme[]=dark", "theme=dark&theme=light", "language=zh-CN", "language=%00"] {
        cases.push(form("prefer", choice).at("body"));
    }
    cases.push(form("sign_in", format!("token={}", "a".repeat(3_901))).at("token"));
    for name in ["", "publish/", "%70ublish", "PUBLISH", "publish;x", "../page/publish", "connect.php"] {
        cases.push(form(name, "").refused(404, "not-found"));
    }
    cases
}

fn rooms() -> Vec<Case> {
    let ann = |function: &str, body: String| allowed(form(function, body)).with("cookie", "person=7.Ann");
    let mut cases = Vec::new();
    for room in ["", "..", "*", "é", "a\0", "a/b", "chat.lobby", &"r".repeat(65)] {
        let room = escaped(room);
        cases.push(ann("say", format!("text=x&room={room}")).at("room"));
        cases.push(ann("typing", format!("room={room}")).at("room"));
        cases.push(ann("read", format!("up_to=1-1&room={room}")).at("room"));
    }
    for picture in [
        "javascript:alert(1)",
        "data:image/svg+xml;base64,AAAA",
        "data:text/html;base64,AAAA",
        "data:image/png;base64,",
        "data:image/png;base64,%%%",
        "data:image/png,AAAA",
        "data:image/png;base64,AAAA\"onerror=x",
        "https://evil.example/a.png",
    ] {
        cases.push(ann("say", format!("room=lobby&picture={}", escaped(picture))).at("picture"));
    }
    cases.push(ann("say", "room=lobby&text=+%0D%0A".into()).at("text"));
    cases.push(ann("say", "room=lobby&text=x&key=%C3%A9".into()).at("key"));
    // Who has no name, or none that is one, says nothing.
    for cookie in ["person=7", "person=7.", "person=a b.Ann", "person=7.%00", "person=7.%FF", "Person=7.Ann"]
    {
        for function in ["say", "typing"] {
            let case = allowed(form(function, "room=lobby&text=x")).with("cookie", cookie);
            cases.push(case.at("name"));
        }
    }
    for id in ["1", "01-1", "1-1\n", &"9".repeat(42), "1-99999999999999999999"] {
        let id = escaped(id);
        cases.push(form("read", format!("room=lobby&up_to={id}")).at("up_to"));
        cases.push(form("clear", format!("source=channel%3Dopen.a&up_to={id}")).at("up_to"));
    }
    let many: String = (10..35).map(|number| format!("channel%3D{}{number}%26", "a".repeat(126))).collect();
    for source in ["channel%3Da..b", "stream%3Dnothing", &many] {
        cases.push(form("clear", format!("source={source}&up_to=1-1")).at("source"));
    }
    cases
}

/// Tokens that would allow everything if they were good.
fn wrong_tokens() -> Vec<String> {
    let (now, key) = (now() / 1_000, EncodingKey::from_secret(SECRET.as_bytes()));
    let (hour, all) = (now + 3_600, json!({ "publish": [">"], "subscribe": [">"] }));
    let sign =
        |claims: &Value, key: &EncodingKey| encode(&Header::new(Algorithm::HS256), claims, key).unwrap();
    let good = json!({ "exp": hour, "tidings": all });
    let signed = sign(&good, &key);
    let mut tokens: Vec<String> = [
        json!({ "exp": now - 1, "tidings": all }),
        json!({ "exp": 0, "tidings": all }),
        json!({ "exp": -1e300, "tidings": all }),
        json!({ "exp": hour.to_string(), "tidings": all }),
        json!({ "exp": null, "tidings": all }),
        json!({ "tidings": all }),
        json!({ "exp": hour, "nbf": hour, "tidings": all }),
        json!({ "exp": hour, "aud": "other", "tidings": all }),
        json!({ "exp": hour, "sub": 5, "tidings": all }),
        json!({ "exp": hour, "tidings": { "publish": ">" } }),
        json!({ "exp": hour, "tidings": { "admin": [">"] } }),
        json!({ "exp": hour, "tidings": { "publish": ["a..b"] } }),
        json!({ "exp": hour, "tidings": { "subscribe": vec![">"; 101] } }),
        json!({ "exp": hour, "tidings": ">" }),
        json!([]),
        json!(null),
        json!(">"),
    ]
    .map(|claims| sign(&claims, &key))
    .into();
    for other in [&b""[..], b"secret", b"0123456789abcdef0123456789abcdeg"] {
        tokens.push(sign(&good, &EncodingKey::from_secret(other)));
    }
    tokens.push(encode(&Header::new(Algorithm::HS512), &good, &key).unwrap());
    let parts: Vec<&str> = signed.split('.').collect();
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"RS256"}"#, r#"{"alg":"hs256"}"#, r#"{"typ":"JWT"}"#, "x"] {
        tokens.push(format!("{}.{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), parts[1], parts[2]));
    }
    tokens.extend([
        format!("{signed}="),
        format!("{signed}.x"),
        format!(".{signed}"),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}..{}", parts[0], parts[2]),
        format!("{signed}{}", "A".repeat(9_000)),
    ]);
    tokens
}

fn tokens() -> Vec<Case> {
    let mut cases = Vec::new();
    for token in wrong_tokens() {
        let written = token.replace('=', "%3D");
        let by_header = get(SECRETS).with("authorization", format!("Bearer {token}"));
        cases.push(by_header.at("Authorization").refused(401, "invalid-token"));
        let by_permit = get(format!("/api/events?channel=secret&permit={written}"));
        cases.push(by_permit.at("permit").refused(401, "invalid-token"));
        // A browser sends its cookie of itself: one that does not hold any more is none.
        cases.push(needs_a_token(get(SECRETS).with("cookie", format!("token={token}"))));
        if token.len() < 3_900 {
            let sign_in = form("sign_in", format!("token={written}"));
            cases.push(sign_in.at("token").refused(401, "invalid-token"));
        }
    }
    let good = token(&[">"], &[">"]);
    let as_permit = get(format!("/api/events?channel=secret&permit={good}"));
    cases.push(as_permit.at("permit").refused(401, "invalid-token"));
    for name in ["access_token", "token", "authorization"] {
        cases.push(get(format!("{SECRETS}?{name}={good}")));
        cases.push(get(format!("/api/events?channel=secret&{name}={good}")));
    }
    for header in [
        good.clone(),
        format!("Bearer\t{good}"),
        format!("Bearer:{good}"),
        format!("Token {good}"),
        format!("Basic {good}"),
        format!("Bearer {good} x"),
        format!("Bearer {good},Bearer {good}"),
        format!("Bearer \"{good}\""),
        format!("Bearer Bearer {good}"),
        "Bearer undefined".into(),
        "Negotiate x".into(),
    ] {
        cases.push(get(SECRETS).with("authorization", header).refused(401, "invalid-token"));
    }
    let not_ascii = get(SECRETS).with("authorization", b"Bearer \xff");
    cases.push(not_ascii.refused(401, "invalid-token"));
    cases.push(allowed(get(SECRETS)).with("authorization", "Bearer x").at("Authorization"));
    let cookie_and_header = get(SECRETS).with("cookie", format!("token={good}"));
    cases.push(cookie_and_header.with("authorization", "Bearer x").refused(401, "invalid-token"));
    let many: String = (0..500).map(|number| format!("c{number}=x; ")).collect();
    for cookie in [
        format!("Token={good}"),
        format!("xtoken={good}"),
        format!("token:{good}"),
        format!("a=token={good}"),
        format!("token=\"{good}\""),
        format!("token=x; token={good}"),
        "token=%00".into(),
        "=; ;;=".into(),
        "a".repeat(8_000),
        many,
    ] {
        cases.push(needs_a_token(get(SECRETS).with("cookie", cookie)));
    }
    cases.push(needs_a_token(get(SECRETS).with("cookie", b"token=\xff")));
    cases
}

fn rights() -> Vec<Case> {
    let good = token(&[">"], &[">"]);
    let mut cases = Vec::new();
    for (name, value) in [
        ("proxy-authorization", format!("Bearer {good}")),
        ("x-authorization", format!("Bearer {good}")),
        ("x-api-key", good.clone()),
        ("x-forwarded-for", "127.0.0.1".into()),
        ("x-forwarded-user", "admin".into()),
        ("x-real-ip", "::1".into()),
        ("forwarded", "for=127.0.0.1".into()),
        ("x-original-url", "/healthz".into()),
        ("x-rewrite-url", "/healthz".into()),
        ("x-http-method-override", "HEAD".into()),
        ("referer", "http://x/".into()),
        ("origin", "http://x".into()),
        ("sec-fetch-site", "same-origin".into()),
    ] {
        cases.push(needs_a_token(get(SECRETS).with(name, value)));
    }
    for path in [
        "/api/events?channel=open",
        "/api/events?channel=*",
        "/api/events?channel=opens.%3E",
        "/api/events?channel=Open.x",
        "/api/events?channel=secret.*",
        "/api/events?channel=hub",
        "/api/events?channel=open.x&channel=*",
        "/api/channels/open/messages",
        "/api/channels/openx.a/messages",
        "/api/search?q=x&channel=*",
        "/api/search?q=x&channel=open.x&channel=secret",
    ] {
        cases.push(needs_a_token(get(path)));
    }
    for channel in ["open", "opens.x", "Open.x", "secret.open.x", "hub"] {
        cases.push(needs_a_token(post(format!("/api/channels/{channel}/messages"), "x")));
        cases.push(needs_a_token(form("publish", format!("channel={channel}&data=x"))));
    }
    for channel in ["hub.stats", "hub.x", "hub.stats.here"] {
        let case = || post(format!("/api/channels/{channel}/messages"), "x");
        cases.push(is_forbidden(case()));
        cases.push(is_forbidden(allowed(case())));
        cases.push(is_forbidden(allowed(form("publish", format!("channel={channel}&data=x")))));
    }
    let prompt =
        |thread: &str| as_json("/api/replies", json!({ "prompt": "x", "thread": thread }).to_string());
    let none: &[&str] = &[];
    for (case, publish, subscribe) in [
        (get(SECRETS), &["secret"][..], none),
        (get(SECRETS), none, &["secret.>"]),
        (get(SECRETS), none, &["secre", "secrets", "*.secret"]),
        (post(SECRETS, "x"), none, &["secret"]),
        (post(SECRETS, "x"), &["hub.>", "secret.*"], &[">"]),
        (get("/api/channels/secret/people"), none, &["secret"]),
        (get("/api/events?channel=secret&channel=other"), none, &["secret"]),
        (post("/messages", "x"), &["chat"], &["chat.lobby"]),
        (prompt("a"), &["replies.a"], none),
        (prompt("a"), none, &["replies.a"]),
        (prompt("b"), &["replies.a"], &["replies.a"]),
    ] {
        cases.push(is_forbidden(case.with("authorization", may(publish, subscribe))));
    }
    for (function, body) in
        [("say", "room=lobby&text=x"), ("typing", "room=lobby"), ("ask", "prompt=x&thread=a")]
    {
        cases.push(needs_a_token(form(function, body).with("cookie", "person=7.Ann")));
    }
    cases
}

/// With the cookie of who may do everything: that is what another site would make use of.
fn sites() -> Vec<Case> {
    let cookie = format!("token={}", token(&[">"], &[">"]));
    let good_token = token(&[], &[]);
    let mut cases = Vec::new();
    let requests = || {
        let functions = [
            ("connect", "source=channel%3Dsecret"),
            ("introduce", "name=Ann"),
            ("say", "room=lobby&text=x"),
            ("typing", "room=lobby"),
            ("read", "room=lobby&up_to=1-1"),
            ("ask", "prompt=x"),
            ("stop", "reply=x"),
            ("clear", ""),
            ("disconnect", "ticket=x"),
            ("prefer", "theme=dark"),
        ];
        functions.into_iter().map(|(function, body)| form(function, body)).chain([
            form("sign_in", format!("token={good_token}")),
            post("/messages", "x"),
            post("/api/events", r#"{"channels":["open.a"]}"#).with("content-type", "text/plain"),
            post("/api/replies", r#"{"prompt":"x"}"#).with("content-type", "text/plain"),
        ])
    };
    for (name, value, field) in
        [("origin", "https://evil.example", "Origin"), ("sec-fetch-site", "cross-site", "Sec-Fetch-Site")]
    {
        for case in requests() {
            let case = case.with("cookie", cookie.clone()).with(name, value);
            cases.push(case.at(field).refused(403, "cross-site"));
        }
    }
    let origin =
        |value: &[u8]| post(PUBLISH, "x").with("origin", value).at("Origin").refused(403, "cross-site");
    for value in [
        "",
        "HTTP://x",
        "http://X",
        "http://x/",
        "http://x:80",
        "http://x.",
        "http://x, http://x",
        "http://x http://y",
        "http://x@evil.example",
        "http://",
        "//x",
        "x",
        "file://",
    ] {
        cases.push(origin(value.as_bytes()));
    }
    cases.push(origin(b"http://x\xff"));
    cases.push(origin(b"http://x").with("x-forwarded-proto", "https"));
    cases.push(origin(b"http://evil.example").with("x-forwarded-host", "evil.example"));
    for value in ["", "Same-Origin", "same-origin, cross-site", "none none", "\"none\"", "null"] {
        let case = post(PUBLISH, "x").with("origin", "http://x").with("sec-fetch-site", value);
        cases.push(case.at("Sec-Fetch-Site").refused(403, "cross-site"));
    }
    cases
}

fn methods() -> Vec<Case> {
    let mut cases = Vec::new();
    for (paths, right) in [
        (
            &[
                "/",
                "/rooms",
                "/rooms/lobby",
                "/board",
                "/replies",
                "/replies/x",
                "/sign-in",
                "/docs/api",
                "/api/openapi.json",
                "/api/channels",
                "/api/channels/open.x/people",
                "/api/search",
                "/api/stats",
                "/api/sse",
                "/api/streams/clock",
                "/healthz",
                "/readyz",
                "/metrics",
            ][..],
            &["GET"][..],
        ),
        (&["/api/events", PUBLISH, "/messages"], &["GET", "POST"]),
        (&["/api/replies", "/api/page/publish", "/api/page/sign_in", "/api/page/nothing"], &["POST"]),
        (&["/api/replies/x"], &["DELETE"]),
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "get"] {
            if right.contains(&method) {
                continue;
            }
            cases.extend(paths.iter().map(|path| {
                let case = Case { method, path: (*path).to_owned(), ..Case::default() };
                case.refused(405, "method-not-allowed")
            }));
        }
    }
    cases
}

fn paths() -> Vec<Case> {
    let long = "a".repeat(60_000);
    let mut cases = Vec::new();
    for path in [
        "nothing",
        "channels/open.x",
        "channels/open.x/messages/",
        "channels/open.x/messages/1-1",
        "channels/open/x/messages",
        "channels/..%2f..%2fmetrics",
        "Events",
        "%65vents/x",
        "events%2f",
        "events%00",
        "events;x",
        "events/..",
        "./events",
        "../../etc/passwd",
        "replies/x/y",
        "streams",
        "page",
        "api/events",
        ".env",
        "%F0%28%8C%28",
        "é",
        "%3Cx%3E",
        &long,
        &"a/".repeat(20_000),
    ] {
        cases.push(get(format!("/api/{path}")).refused(404, "not-found"));
    }
    for path in [
        "API/events",
        "apis",
        "api%2fevents",
        "%61pi/events",
        "./api/events",
        "healthz/..",
        "metrics%00",
        "metrics;x",
        "messages/1",
        "..%5c..%5cwin.ini",
        "..\\..\\etc\\passwd",
        "%c0%ae%c0%ae/etc/passwd",
        "....//....//etc/passwd",
        "pkg/../../../../../../../../etc/passwd",
        "pkg/./../index.html",
        "pkg/%2e%2e%2f%2e%2e%2fCargo.toml",
        "pkg/tidings.js/x",
        "pkg/tidings.js%00.html",
        "pkg//",
        "etc/passwd",
        "proc/self/environ",
        "/evil.example/",
        "\\evil.example",
        "%2f%2fevil.example",
        "%0d%0aset-cookie:x=1",
        "é",
        "*",
        "rooms/lobby/x",
        "replies/a.b",
        "replies/%00",
        "board/",
        "docs/api/",
        &long,
        &"../".repeat(5_000),
        &"%2e%2e/".repeat(5_000),
    ] {
        cases.push(get(format!("/{path}")).refused(404, ""));
    }
    cases.push(post("/favicon.svg", "x").refused(404, ""));
    cases
}

/// What a page refuses it says on a page.
fn pages() -> Vec<Case> {
    let (long, many) = ("r".repeat(65), "+open.a".repeat(101));
    let mut cases = Vec::new();
    for path in [
        "?nothing=1",
        "?%FF=1",
        "?stream=nothing",
        "?stream=demo&stream=demo",
        "?stream=clock&interval=0",
        "?stream=demo&channel=open.a",
        "?channel=",
        "?channel=a..b",
        "?channel=%00",
        "?channel=%3Cscript%3E",
        &format!("?channel={many}"),
        "?url=javascript%3Aalert(1)",
        "?url=%2F%2Fevil.example",
        "?url=http%3A%2F%2Fa%40x",
        &format!("?{}", "x".repeat(50_000)),
        "board?x=1",
        "rooms?room=a.b",
        "rooms?room=%FF",
        "rooms/a.b",
        "rooms/%00",
        "rooms/..%2f",
        "rooms/%3Cscript%3E",
        &format!("rooms/{long}"),
    ] {
        cases.push(get(format!("/{path}")).refused(400, ""));
    }
    for path in
        ["/?channel=secret", "/?channel=*", "/?channel=open.x&channel=secret", "/rooms/lobby", "/replies/x"]
    {
        cases.push(get(path).refused(401, ""));
        cases.push(get(path).with("authorization", "Bearer x").refused(401, "invalid-token"));
    }
    cases
}

fn misleading() -> Vec<Case> {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    // An array is no object, and a text that is not UTF-8 is no other text.
    let claims = json!({ "exp": now() / 1_000 + 3_600, "tidings": [[">"], [">"]] });
    let token = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
    let array = get(SECRETS).with("authorization", format!("Bearer {token}"));
    vec![array.refused(401, "invalid-token"), form("publish", "channel=open.x&data=%FF")]
}

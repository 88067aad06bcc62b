//! Who may publish and who may watch: tokens of each kind, what is refused, and how long a stream lasts.

use crate::{
    process::{program, signal, starts},
    support::{
        Server, client, client_builder,
        folder::Folder,
        json, problem, send, soon, text,
        tokens::{SECRET, claims, pairs, signed, token},
    },
};
use reqwest::{RequestBuilder, redirect::Policy};
use serde_json::{Value, json};
use std::{fs, time::Duration};
use tidings::access::token::{Claims, SigningKey};

const HOUR: Duration = Duration::from_secs(3_600);

fn publish(server: &Server, channel: &str, token: &str) -> RequestBuilder {
    server.publish(channel, "x").bearer_auth(token)
}

/// What kind of problem a token has.
async fn refusal(server: &Server, token: &str) -> String {
    let refused = problem(publish(server, "news", token), 401).await;
    assert_eq!((refused["type"].as_str(), refused["field"].as_str()), (Some(INVALID), Some("Authorization")));
    let detail = refused["detail"].as_str().unwrap().to_owned();
    assert!(token.len() < 20 || !detail.contains(token), "{detail}");
    detail
}

const INVALID: &str = "urn:tidings:problem:invalid-token";

#[tokio::test]
async fn without_a_token_the_demo_s_channels_can_be_used_and_no_others() {
    let rights = |name| {
        let defaults: toml::Table = include_str!("../../Leptos.toml").parse().unwrap();
        defaults["access"][name].to_string()
    };
    let (publish, subscribe) = (rights("anonymous_publish"), rights("anonymous_subscribe"));
    let server =
        Server::start(&[("ACCESS_ANONYMOUS_PUBLISH", &publish), ("ACCESS_ANONYMOUS_SUBSCRIBE", &subscribe)])
            .await;
    for channel in ["news", "chat.lobby", "orders.eu.7", "replies.a", "demo.x"] {
        assert_eq!(send(server.publish(channel, "x")).await.status(), 201, "{channel}");
        server.stream(&format!("/api/events?channel={channel}")).await;
    }
    for path in ["/metrics", "/api/stats", "/board", "/rooms/lobby", "/replies/a", "/?channel=news"] {
        assert_eq!(send(server.get(path)).await.status(), 200, "{path}");
    }
    for request in [
        server.publish("other", "x"),
        server.get("/api/events?channel=other"),
        server.get("/api/events?channel=news&channel=other"),
        server.get("/api/channels/other/messages"),
        server.get("/api/channels/other/people"),
        server.get("/api/search?q=x&channel=other"),
    ] {
        let answer = send(request.try_clone().unwrap()).await;
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        let refused = problem(request, 401).await;
        assert_eq!(refused["type"], "urn:tidings:problem:unauthorized");
        assert!(refused["detail"].as_str().unwrap().contains("news, orders.>"), "{refused}");
    }
    let page = send(server.get("/?channel=other").header("accept-language", "en")).await;
    assert_eq!(page.status(), 401);
    let page = text(page).await;
    assert!(page.contains("/api/page/sign_in") && page.contains("/?channel=other"), "{page}");
}

#[tokio::test]
async fn nobody_publishes_as_the_hub_itself() {
    let server = Server::start(&[]).await;
    let refused = problem(server.publish("hub.stats", "{}"), 403).await;
    assert_eq!(refused["type"], "urn:tidings:problem:forbidden");
    problem(server.publish("hub.anything", "{}"), 403).await;
}

#[tokio::test]
async fn keys_of_each_kind_are_taken_by_file_and_by_set() {
    let folder = Folder::new();
    let pairs = pairs();
    let mut files = Vec::new();
    for (number, pair) in pairs.iter().enumerate() {
        let file = folder.path().join(format!("key-{number}.pem"));
        fs::write(&file, &pair.public).unwrap();
        files.push(file);
    }
    let set = folder.path().join("set.json");
    let hmac = json!({ "kty": "oct", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "kid": "mac", "alg": "HS256" });
    let other =
        json!({ "kty": "EC", "crv": "P-384", "kid": "other", "alg": "ES384", "x": "AAAA", "y": "AAAA" });
    let mut keys: Vec<Value> =
        pairs.iter().enumerate().map(|(number, pair)| pair.jwk(&format!("set-{number}"))).collect();
    keys.extend([hmac, other]);
    fs::write(&set, json!({ "keys": keys }).to_string()).unwrap();
    files.push(set);
    let server = Server::closed(&[("ACCESS_SECRET", ""), ("ACCESS_KEYS", &json!(files).to_string())]).await;
    let claims = claims(&["news"], &[], HOUR);
    for (number, pair) in pairs.iter().enumerate() {
        for kid in [format!("key-{number}"), format!("set-{number}")] {
            let answer = send(publish(&server, "news", &pair.sign(&kid, &claims))).await;
            assert_eq!(answer.status(), 201, "{:?} {kid}", pair.algorithm);
        }
        assert!(refusal(&server, &pair.sign("unknown", &claims)).await.contains("does not have"));
        // The right name, another key.
        let other = &pairs[(number + 1) % pairs.len()];
        assert!(
            refusal(&server, &other.sign(&format!("key-{number}"), &claims)).await.contains("does not have")
        );
    }
    let by_mac = SigningKey::of_secret(SECRET.as_bytes()).named(Some("mac".to_owned()));
    assert_eq!(send(publish(&server, "news", &by_mac.sign(&claims).unwrap())).await.status(), 201);
    // The public key, which everyone has, is no secret of HS256.
    for pair in &pairs {
        let confused = SigningKey::of_secret(pair.public.as_bytes()).sign(&claims).unwrap();
        refusal(&server, &confused).await;
    }
}

#[tokio::test]
async fn what_is_no_good_token_is_refused_with_the_reason() {
    let server = Server::closed(&[]).await;
    let good = token(&["news"], &[]);
    assert_eq!(send(publish(&server, "news", &good)).await.status(), 201);
    let parts: Vec<&str> = good.split('.').collect();
    let with = |header: &str, claims: &str| {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(header), part(claims), parts[2])
    };
    let own = |change: &dyn Fn(&mut Claims)| {
        let mut claims = claims(&["news"], &[], HOUR);
        change(&mut claims);
        signed(&claims)
    };
    let wide = vec!["a".to_owned(); 101];
    for (token, reason) in [
        ("x".to_owned(), "not a JSON Web Token"),
        ("a.b.c".to_owned(), "not a JSON Web Token"),
        (format!("{good}{}", "x".repeat(9_000)), "not a JSON Web Token"),
        (format!("{}.{}.", parts[0], parts[1]), "signature is not right"),
        (format!("{}.{}.{}", parts[0], parts[1], "A".repeat(43)), "signature is not right"),
        (with(r#"{"alg":"HS256"}"#, r#"{"exp":99999999999}"#), "signature is not right"),
        (with(r#"{"alg":"none"}"#, r#"{"exp":99999999999}"#), "HS256, RS256, ES256 or EdDSA"),
        (with(r#"{"alg":"HS512"}"#, r#"{"exp":99999999999}"#), "HS256, RS256, ES256 or EdDSA"),
        (with(r#"{"alg":"RS256"}"#, r#"{"exp":99999999999}"#), "does not have"),
        (own(&|claims| claims.exp -= 3_601.0), "has expired"),
        (own(&|claims| claims.nbf = Some(claims.exp - 60.0)), "not valid yet"),
        (own(&|claims| claims.aud = Some("somebody".into())), "aud is another"),
        (
            own(&|claims| claims.tidings.publish = vec!["news.".to_owned()]),
            "tidings.publish: between the dots",
        ),
        (own(&|claims| claims.tidings.subscribe = wide.clone()), "more than 100"),
    ] {
        let refused = refusal(&server, &token).await;
        assert!(refused.contains(reason), "{token}: {refused}");
    }
    let answer = send(publish(&server, "news", "x")).await;
    assert_eq!(answer.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
    for header in ["Basic bmV3czp4", "Bearer", "Bearer ", ""] {
        problem(server.publish("news", "x").header("authorization", header), 401).await;
    }
    problem(publish(&server, "news", &good).header("authorization", format!("Bearer {good}")), 400).await;
    // A token that is refused is not as good as none, even for what needs none.
    problem(server.get("/api/sse").bearer_auth("x"), 401).await;
    // What it does not allow.
    let refused = problem(publish(&server, "other", &good), 403).await;
    assert!(refused["detail"].as_str().unwrap().contains("it may publish to news"), "{refused}");
    let channels = json(send(server.get("/api/channels").bearer_auth(token(&[], &[">"]))).await).await;
    assert_eq!(channels["channels"].as_array().unwrap().len(), 1, "nothing else was published: {channels}");
}

#[tokio::test]
async fn an_audience_and_an_issuer_can_be_asked_for() {
    let server =
        Server::closed(&[("ACCESS_AUDIENCE", "tidings"), ("ACCESS_ISSUER", "https://id.example")]).await;
    let with = |aud: Value, iss: &str| {
        let mut claims = claims(&["news"], &[], HOUR);
        claims.aud = (!aud.is_null()).then_some(aud);
        claims.iss = (!iss.is_empty()).then(|| iss.to_owned());
        signed(&claims)
    };
    let issuer = "https://id.example";
    for aud in [json!("tidings"), json!(["other", "tidings"])] {
        assert_eq!(send(publish(&server, "news", &with(aud, issuer))).await.status(), 201);
    }
    for (aud, iss, reason) in [
        (json!("other"), issuer, "aud"),
        (Value::Null, issuer, "aud"),
        (json!("tidings"), "https://evil.example", "issuer"),
        (json!("tidings"), "", "issuer"),
    ] {
        assert!(refusal(&server, &with(aud, iss)).await.contains(reason));
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_token_does() {
    let server = Server::closed(&[]).await;
    let publisher = token(&["news"], &[]);
    let brief = signed(&claims(&[], &["news"], Duration::from_secs(2)));
    let long = token(&[], &["news"]);
    let open = async |token: &str| {
        let answer = send(server.get("/api/events?channel=news").bearer_auth(token)).await;
        assert_eq!(answer.status(), 200);
        crate::support::Blocks::of(answer)
    };
    let (mut ends, mut stays) = (open(&brief).await, open(&long).await);
    // However much comes: it ends.
    let flood = async {
        loop {
            assert_eq!(send(publish(&server, "news", &publisher)).await.status(), 201);
        }
    };
    tokio::select! {
        () = flood => {}
        () = async { while soon("the end", ends.next()).await.is_some() {} } => {}
    }
    problem(server.get("/api/events?channel=news").bearer_auth(&brief), 401).await;
    send(publish(&server, "news", &publisher)).await;
    assert!(soon("the other", stays.next()).await.is_some());
}

#[tokio::test]
async fn who_signs_in_on_the_page_has_a_cookie_that_scripts_cannot_read() {
    let server = Server::closed(&[]).await;
    let client = client_builder().redirect(Policy::none()).build().unwrap();
    let form = |function: &str, body: String| {
        let request = client.post(format!("{}/api/page/{function}", server.url)).body(body);
        request.header("content-type", "application/x-www-form-urlencoded").header("accept", "text/html")
    };
    let good = token(&["news"], &["news"]);
    let page = text(send(form("sign_in", "token=x.y.z&back=/".to_owned())).await).await;
    assert!(page.contains("not a JSON Web Token"), "{page}");
    let answer = send(form("sign_in", format!("token={good}&back=/?channel=news"))).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (302, &"/?channel=news".parse().unwrap())
    );
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(pair, format!("token={good}"));
    let rest = attributes.strip_prefix("Path=/; Max-Age=").unwrap();
    let (age, rest) = rest.split_once("; ").unwrap();
    assert!((3_590..=3_600).contains(&age.parse::<u32>().unwrap()));
    assert_eq!(rest, "HttpOnly; SameSite=Lax");
    let names: Vec<String> = (0..100).map(|number| format!("{number}-{}", "x".repeat(40))).collect();
    let long = token(&names.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    let page = text(send(form("sign_in", format!("token={long}&back=/"))).await).await;
    assert!(page.contains("3900 characters"), "{page}");
    // Another site's address is no place to go on.
    for back in ["//evil.example/", "/%5Cevil.example", "/%09/evil.example", "https://evil.example", "/%0a"] {
        let answer = send(form("sign_in", format!("token={good}&back={back}"))).await;
        assert_eq!(answer.headers()["location"], "/", "{back}");
        let page =
            text(send(server.get(&format!("/sign-in?back={back}")).header("cookie", pair)).await).await;
        assert!(page.contains("Signed in") && !page.contains("evil"), "{back}: {page}");
    }
    let with = |request: RequestBuilder| request.header("cookie", pair);
    assert_eq!(send(with(server.get("/?channel=news"))).await.status(), 200);
    assert_eq!(send(with(server.get("/api/events?channel=news"))).await.status(), 200);
    assert_eq!(send(with(server.publish("news", "x"))).await.status(), 201);
    assert_eq!(send(with(server.get("/sign-in"))).await.status(), 200);
    problem(with(server.publish("news", "x")).header("origin", "https://evil.example"), 403).await;
    problem(with(server.publish("news", "x")).header("sec-fetch-site", "cross-site"), 403).await;
    // A cookie that does not hold any more is none.
    problem(server.get("/api/events?channel=news").header("cookie", "token=x.y.z"), 401).await;
    let answer = send(form("sign_out", "back=/".to_owned())).await;
    assert_eq!(answer.headers()["set-cookie"], "token=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    // By https it is for https alone.
    let answer = send(form("sign_out", "back=/".to_owned()).header("x-forwarded-proto", "https")).await;
    assert!(answer.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn a_permit_opens_a_stream_of_its_channels_and_nothing_else() {
    let server = Server::closed(&[]).await;
    let good = token(&["news", "other"], &["news", "other.>"]);
    let connect = |source: &str| {
        let request = server.post("/api/page/connect").body(format!("source={source}"));
        request.header("content-type", "application/x-www-form-urlencoded")
    };
    problem(connect("channel%3Dnews"), 401).await;
    problem(connect("channel%3Dsecret").bearer_auth(&good), 403).await;
    let address = json(send(connect("channel%3Dnews").bearer_auth(&good)).await).await;
    let url = address["url"].as_str().unwrap();
    let mut stream = server.stream(url).await;
    stream.tail().await;
    send(publish(&server, "news", &good)).await;
    assert!(stream.next().await.unwrap().contains("\"channel\":\"news\""));
    let permit = url.split("permit=").nth(1).unwrap().split('&').next().unwrap();
    problem(server.get(&format!("/api/events?channel=other.a&permit={permit}")), 403).await;
    problem(server.get(&format!("/api/channels/news/messages?permit={permit}")), 400).await;
    refusal(&server, permit).await;
    problem(server.get(&format!("/api/events?channel=news&permit={good}")), 401).await;
    // The cookie goes with a browser's streams by itself.
    let address = json(send(connect("channel%3Dnews").header("cookie", format!("token={good}"))).await).await;
    assert!(!address["url"].as_str().unwrap().contains("permit"));
}

#[tokio::test]
async fn keys_are_exchanged_while_it_runs() {
    let folder = Folder::new();
    let [old, new, _] = pairs();
    let file = folder.path().join("2026.pem");
    fs::write(&file, &old.public).unwrap();
    let keys = json!([&file]).to_string();
    let (child, url) = starts(program(&[
        ("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"),
        ("TIDINGS_ACCESS_KEYS", &keys),
        ("TIDINGS_ACCESS_ANONYMOUS_PUBLISH", "[]"),
    ]))
    .await;
    let claims = claims(&["news"], &["news"], HOUR);
    let (old, new_token) = (old.sign("2026", &claims), new.sign("2026", &claims));
    let publish = async |token: &str| {
        let request = client().post(format!("{url}/api/channels/news/messages")).body("x").bearer_auth(token);
        send(request).await.status().as_u16()
    };
    assert_eq!((publish(&old).await, publish(&new_token).await), (201, 401));
    let stream = send(client().get(format!("{url}/api/events?channel=news")).bearer_auth(&old)).await;
    // A file that has no key changes nothing.
    fs::write(&file, "nothing").unwrap();
    signal(&child, "HUP").await;
    fs::write(&file, &new.public).unwrap();
    signal(&child, "HUP").await;
    soon("the new key", async { while publish(&new_token).await != 201 {} }).await;
    assert_eq!(publish(&old).await, 401);
    let mut stream = crate::support::Blocks::of(stream);
    stream.tail().await;
    assert!(soon("the stream goes on", stream.next()).await.is_some());
}

#[tokio::test]
async fn only_pages_of_named_sites_may_call_from_elsewhere() {
    const FRIEND: &str = "https://app.example";
    let server = Server::start(&[("ACCESS_ORIGINS", &json!([FRIEND]).to_string())]).await;
    let preflight = |origin: &str| {
        let request = server.client.request(reqwest::Method::OPTIONS, format!("{}/api/events", server.url));
        request
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,last-event-id")
    };
    let from = |request: RequestBuilder, origin: &str| request.header("origin", origin);
    for (request, expected) in [
        (preflight(FRIEND), true),
        (preflight("https://evil.example"), false),
        (preflight("null"), false),
        (preflight("https://app.example.evil.example"), false),
        (from(server.get("/api/events?channel=news"), FRIEND), true),
        (from(server.get("/api/events?channel=news"), "https://evil.example"), false),
        (from(server.get("/api/channels/a../messages"), FRIEND), true),
        (from(server.publish("news", "x"), FRIEND), true),
    ] {
        let answer = send(request).await;
        let named = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(named("access-control-allow-origin").as_deref(), expected.then_some(FRIEND));
        assert_ne!(named("access-control-allow-origin").as_deref(), Some("*"));
        let mut varies = answer.headers().get_all("vary").iter();
        assert!(varies.any(|vary| vary.to_str().unwrap().to_lowercase().contains("origin")));
        if expected {
            assert_eq!(named("access-control-allow-credentials").as_deref(), Some("true"));
        }
    }
    problem(server.publish("news", "x").header("origin", "https://evil.example"), 403).await;
    problem(server.publish("news", "x").header("origin", "null"), 403).await;
    assert_eq!(server.kept("news").await, ["x"]);
    // Where none is named, none is let in.
    let server = Server::start(&[]).await;
    let answer = send(server.get("/api/channels").header("origin", FRIEND)).await;
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

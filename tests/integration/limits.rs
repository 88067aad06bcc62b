//! How much one may do: each refusal says which limit it was and when to come again, and nothing of it was done.

use crate::support::{Server, client_builder, json, send, soon, tokens::token};
use reqwest::RequestBuilder;
use std::time::Duration;

/// A refusal for the sake of this limit. It is a rate: on a slow machine there may be room again, once or twice.
async fn refused(request: RequestBuilder, status: u16, limit: &str) {
    let answer = soon(limit, async {
        loop {
            let answer = send(request.try_clone().unwrap()).await;
            if answer.status() == status {
                break answer;
            }
        }
    })
    .await;
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait));
    let problem = json(answer).await;
    assert_eq!((&problem["status"], &problem["retry_after"]), (&status.into(), &wait.into()));
    assert_eq!(problem["field"], format!("limits.{limit}"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains(limit), "{problem}");
}

/// How many of these are taken.
async fn accepted(requests: impl Iterator<Item = RequestBuilder>) -> usize {
    let mut accepted = 0;
    for request in requests {
        accepted += usize::from(send(request).await.status() == 201);
    }
    accepted
}

fn from(request: RequestBuilder, address: &str) -> RequestBuilder {
    request.header("x-forwarded-for", address.to_owned())
}

#[tokio::test]
async fn publishing_is_limited_by_address_and_by_principal() {
    let settings = [("LIMITS_PUBLISHES_PER_ADDRESS", "1"), ("LIMITS_PUBLISHES_PER_PRINCIPAL", "2")];
    let server =
        Server::start(&[&settings[..], &[("ACCESS_SECRET", crate::support::tokens::SECRET)]].concat()).await;
    let publish = |address: &str| from(server.publish("news", "x"), address);
    // A burst has what comes in ten seconds; the machine may be so slow that a few more come by the way.
    let taken = accepted((0..100).map(|_| publish("10.0.0.1"))).await;
    assert!((10..60).contains(&taken), "{taken}");
    for path in
        ["/api/channels/news/messages", "/messages", "/api/page/publish", "/api/page/say", "/api/replies"]
    {
        refused(from(server.post(path), "10.0.0.1"), 429, "publishes_per_address").await;
    }
    assert_eq!(send(publish("10.0.0.2")).await.status(), 201);
    // Who has a token has the limit of its subject, wherever they are.
    let token = token(&["news"], &[]);
    let taken =
        accepted((0..100).map(|number| publish(&format!("10.0.1.{number}")).bearer_auth(&token))).await;
    assert!((20..70).contains(&taken), "{taken}");
    // It is a rate: a moment later there is room again.
    soon("room again", async {
        while send(publish("10.0.0.1")).await.status() != 201 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn streams_are_limited_at_once_and_in_time() {
    let server =
        Server::start(&[("LIMITS_STREAMS_PER_ADDRESS", "2"), ("LIMITS_CONNECTS_PER_ADDRESS", "1")]).await;
    let open = |address: &str| from(server.get("/api/events?channel=news"), address);
    let first = send(open("10.0.0.1")).await;
    let _second = send(open("10.0.0.1")).await;
    refused(open("10.0.0.1"), 429, "streams_per_address").await;
    refused(from(server.get("/api/sse"), "10.0.0.1"), 429, "streams_per_address").await;
    assert_eq!(send(open("10.0.0.2")).await.status(), 200);
    drop(first);
    soon("a place", async { while send(open("10.0.0.1")).await.status() != 200 {} }).await;
    soon("too many in a second", async {
        while send(from(server.get("/api/streams/fields"), "10.0.0.3")).await.status() != 429 {}
    })
    .await;
    let metrics = crate::support::text(send(server.get("/metrics")).await).await;
    assert!(metrics.contains("tidings_refused_total{limit=\"limits.streams_per_address\"}"), "{metrics}");
}

#[tokio::test]
async fn connections_are_limited_and_the_refused_are_told() {
    // A client that keeps no connection: each request has its own.
    let client = client_builder().pool_max_idle_per_host(0).build().unwrap();
    let server = Server::start(&[("LIMITS_CONNECTIONS", "2")]).await;
    let get = |path: &str| client.get(format!("{}{path}", server.url));
    let one = send(get("/api/events?channel=news")).await;
    let _other = send(get("/api/events?channel=news")).await;
    refused(get("/healthz"), 503, "connections").await;
    drop(one);
    soon("a place", async { while send(get("/healthz")).await.status() != 200 {} }).await;

    let server =
        Server::start(&[("LIMITS_CONNECTIONS_PER_ADDRESS", "1"), ("ACCESS_TRUSTED_PROXIES", "[]")]).await;
    let get = |path: &str| client.get(format!("{}{path}", server.url));
    let _one = send(get("/api/events?channel=news")).await;
    refused(get("/healthz"), 429, "connections_per_address").await;
}

#[tokio::test]
async fn only_a_proxy_that_is_trusted_says_where_a_request_comes_from() {
    let settings = [("LIMITS_PUBLISHES_PER_ADDRESS", "1"), ("ACCESS_TRUSTED_PROXIES", "[\"10.0.0.0/8\"]")];
    let server = Server::start(&settings).await;
    let taken =
        accepted((0..100).map(|number| from(server.publish("news", "x"), &format!("1.2.3.{number}")))).await;
    assert!((10..60).contains(&taken), "{taken}");
}

#[tokio::test]
async fn a_browser_with_eight_tabs_meets_no_limit() {
    // Each tab loads its page and a dozen files, opens a stream of its own and asks the page's functions, all at once.
    let server = Server::start(&[]).await;
    let tabs = (0..8).map(async |_| {
        for _ in 0..12 {
            assert_eq!(send(server.get("/?channel=news")).await.status(), 200);
        }
        let streams =
            [send(server.get("/api/sse")).await, send(server.get("/api/events?channel=news")).await];
        assert!(streams.iter().all(|stream| stream.status() == 200));
        for _ in 0..30 {
            assert_eq!(send(server.publish("news", "x")).await.status(), 201);
        }
        streams
    });
    futures::future::join_all(tabs).await;
}

//! What operators read, and how the server stops.

use crate::support::{Blocks, Server, folder::Folder, json, problem, raw::Raw, send, soon, text};

#[tokio::test]
async fn metrics_count_what_happens() {
    let folder = Folder::new();
    let server = Server::on_disk(&folder, &[]).await;
    let answer = send(server.get("/metrics")).await;
    assert_eq!(answer.status(), 200);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.headers()["content-type"], media_type);
    let metrics = text(answer).await;
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    assert!(metrics.contains("# UNIT tidings_commit_seconds seconds\n"), "{metrics}");

    let mut streams =
        [server.stream("/api/events?channel=a").await, server.stream("/api/events?channel=*").await];
    server.counts("a", 3).await;
    let ephemeral = server.publish_as("application/json", "a", r#"{"data":"1","ephemeral":true}"#);
    assert_eq!(send(ephemeral).await.status(), 202);
    for stream in &mut streams {
        stream.tail().await;
        stream.messages(4).await;
    }
    let repeated = || server.publish("a", "12345").header("idempotency-key", "k");
    send(repeated()).await;
    send(repeated()).await;
    for stream in &mut streams {
        stream.messages(1).await;
    }
    for (name, expected) in [
        ("tidings_subscribers", 2.0),
        ("tidings_subscribers_behind", 0.0),
        ("tidings_deliveries_total", 10.0),
        ("tidings_log_messages", 4.0),
        ("tidings_log_size_bytes", 8.0),
    ] {
        assert_eq!(server.figure(name).await, expected, "{name}");
    }
    // Each second the hub publishes its own figures.
    assert!(server.figure("tidings_published_total").await >= 5.0);
    for name in ["tidings_commit_seconds_count", "tidings_fan_out_seconds_count"] {
        assert!((1.0..=6.0).contains(&server.figure(name).await), "{name}");
    }
    soon("the index", async { while server.figure("tidings_search_lag_messages").await > 0.0 {} }).await;
}

#[tokio::test]
async fn it_is_alive_and_ready() {
    let server = Server::fast().await;
    for (path, key, value) in [("/healthz", "status", "ok"), ("/readyz", "status", "ready")] {
        let answer = send(server.get(path)).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["cache-control"]),
            (200, &"no-store".parse().unwrap())
        );
        assert_eq!(json(answer).await[key], value);
        assert_eq!(problem(server.post(path), 405).await["status"], 405);
    }
}

/// Where a server has a name, whoever talks with it learns it.
#[tokio::test]
async fn a_server_says_what_it_is_called() {
    let server = Server::start(&[("SERVER_NAME", "node-1")]).await;
    for path in ["/healthz", "/api/nothing", "/", "/api/channels/news/messages"] {
        assert_eq!(send(server.get(path)).await.headers()["x-tidings-node"], "node-1", "{path}");
    }
    let answer = send(server.get("/api/events?channel=news")).await;
    assert_eq!(answer.headers()["x-tidings-node"], "node-1");
    assert_eq!(Blocks::of(answer).next().await.unwrap(), ": node-1");
    let mut stats = server.stream("/api/events?channel=hub.stats").await;
    stats.take(3).await;
    let sample: serde_json::Value = serde_json::from_str(&stats.data(1).await[0]).unwrap();
    assert_eq!((&sample["node"], &sample["nodes"]), (&"node-1".into(), &1.into()));
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let server = Server::fast().await;
    let given = async |id: &str, path: &str| {
        let answer = send(server.get(path).header("x-request-id", id)).await;
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    for path in ["/healthz", "/api/nothing", "/api/events?channel=news", "/"] {
        assert_eq!(given("from-a-proxy_1.2", path).await, "from-a-proxy_1.2", "{path}");
    }
    let mut made = Vec::new();
    for bad in ["", "a b", "<script>", &"x".repeat(65)] {
        let id = given(bad, "/healthz").await;
        let (process, number) = id.split_once('-').unwrap();
        assert!(process.len() == 8 && number.parse::<u64>().is_ok(), "{bad}: {id}");
        made.push(id);
    }
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 4);
}

#[tokio::test]
async fn a_drain_takes_nothing_new_and_finishes_what_is_begun() {
    let folder = Folder::new();
    let mut server = Server::on_disk(&folder, &[("SERVER_DRAIN", "20s")]).await;
    let mut stream = server.stream("/api/events?channel=news").await;
    stream.tail().await;
    let mut publisher = Raw::open(&server).await;
    publisher
        .say("POST /api/channels/news/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n\r\nbe")
        .await;
    let mut probe = Raw::open(&server).await;
    probe.say("GET /readyz HTTP/1.1\r\nhost: x\r\n").await;
    // The server has read what was said so far when it has answered something that was said later.
    send(server.get("/healthz")).await;
    server.shutdown.cancel();
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    soon("the end of the listening", async {
        while tokio::net::TcpStream::connect(&address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    publisher.say("gun\r\nx").await;
    let (status, published) = publisher.answer().await;
    assert_eq!((status, &published["channel"]), (201, &"news".into()));
    probe.say("\r\n").await;
    assert_eq!(probe.answer().await.0, 503, "not ready any more");
    // The stream is ended, not cut off. What was published while it was open may have reached it.
    drop(Blocks::rest(stream).await);
    drop((publisher, probe));
    soon("the end of the server", &mut server.running).await.unwrap().unwrap();
    let again = Server::on_disk(&folder, &[]).await;
    assert_eq!(again.kept("news").await, ["begun\r\nx"]);
}

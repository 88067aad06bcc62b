//! Several nodes with one Redis: what they have in common. What becomes of it when something fails is in `failing.rs`.

use crate::{
    failing::says_at_last,
    operator::tidings,
    process::{program, starts},
    support::{
        Blocks, Server,
        certificate::{certify, path},
        client,
        folder::Folder,
        free_port,
        hub::texts,
        json,
        random::Random,
        redis::{Redis, Sentinel},
        send, soon,
    },
};
use serde_json::Value;
use std::time::Duration;

/// Nodes of one log, in this process.
pub async fn nodes(redis: &Redis, count: usize) -> Vec<Server> {
    nodes_at(&redis.url(), count).await
}

async fn nodes_at(url: &str, count: usize) -> Vec<Server> {
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(Server::start(&[("LOG_URL", url)]).await);
    }
    nodes
}

#[tokio::test]
async fn what_is_published_at_one_node_is_watched_at_another_and_resumed_at_a_third() {
    let redis = Redis::start(&[]);
    let nodes = nodes(&redis, 3).await;
    let mut stream = nodes[1].stream("/api/events?channel=news").await;
    let mut ids = vec![stream.tail().await];
    for number in 0..6 {
        ids.push(nodes[number % 3].says("news", &number.to_string()).await);
    }
    let seen = stream.messages(6).await;
    assert_eq!(seen.iter().map(|(_, id, _)| id.clone().unwrap()).collect::<Vec<_>>(), ids[1..]);
    for node in &nodes {
        let resumed = send(node.get("/api/events?channel=news").header("last-event-id", &ids[3])).await;
        let mut resumed = Blocks::of(resumed);
        resumed.tail().await;
        assert_eq!(resumed.data(3).await, ["3", "4", "5"]);
        assert_eq!(node.kept("news").await, ["0", "1", "2", "3", "4", "5"]);
    }
    // What is not kept goes everywhere, too.
    let passing =
        nodes[2].publish_as("application/json", "news", r#"{"data": "passing", "ephemeral": true}"#);
    assert!(send(passing).await.status().is_success());
    assert_eq!(stream.data(1).await, ["passing"]);
    // And a key is one for all of them.
    let first = json(send(nodes[0].publish("news", "once").header("idempotency-key", "k")).await).await;
    let again = json(send(nodes[1].publish("news", "once").header("idempotency-key", "k")).await).await;
    assert_eq!(first["id"], again["id"]);
}

/// The figures and the people are those of all nodes, until one is no more.
#[tokio::test]
async fn figures_and_people_are_those_of_all_nodes() {
    let redis = Redis::start(&[]);
    let mut nodes = nodes(&redis, 2).await;
    let two = nodes.pop().unwrap();
    let one = nodes.pop().unwrap();
    let here = "/api/events?channel=chat.lobby&channel=chat.lobby.here";
    let mut stream = one.stream(&format!("{here}&person=aaaaaaaaaaaaaaaa&name=Ann")).await;
    let other = two.stream(&format!("{here}&person=bbbbbbbbbbbbbbbb&name=Bob")).await;
    let people = async |node: &Server| {
        let list = node.page("/api/channels/chat.lobby/people").await;
        let names = list["people"]
            .as_array()
            .unwrap()
            .iter()
            .map(|person| person["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>().join(",")
    };
    let figure = async |node: &Server, name: &str| {
        let stats = node.page("/api/stats").await;
        stats["samples"].as_array().unwrap().last().map(|sample| sample[name].as_u64().unwrap())
    };
    for node in [&one, &two] {
        soon("all people are at both nodes", async {
            while people(node).await != "Ann,Bob"
                || figure(node, "nodes").await != Some(2)
                || figure(node, "subscribers").await != Some(2)
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }
    stream.tail().await;
    let mut told = String::new();
    while !told.contains("Bob") {
        told = stream.data(1).await.remove(0);
    }
    // A node that stops says so, and its people have some seconds to come to another.
    drop(other);
    two.stop().await;
    soon("Bob has left", async {
        while people(&one).await != "Ann" || figure(&one, "nodes").await != Some(1) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// The subscribers of a measurement are at all nodes.
#[tokio::test]
async fn a_measurement_is_made_at_all_nodes() {
    let redis = Redis::start(&[]);
    let nodes = nodes(&redis, 2).await;
    let mut words = ["bench", "--json", "--subscribers", "10", "--rate", "50", "--time", "400ms"]
        .map(str::to_owned)
        .to_vec();
    for node in &nodes {
        words.extend(["--url".to_owned(), format!("{}/api/events?channel={{channel}}", node.url)]);
    }
    let publish = format!("{}/api/channels/{{channel}}/messages", nodes[0].url);
    words.extend(["--publish-url".to_owned(), publish]);
    let output = tidings(&words.iter().map(String::as_str).collect::<Vec<_>>(), &[]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["server"]["deliveries"], &report["server"]["lost"]), (&200.into(), &0.into()));
    for node in &nodes {
        assert!(node.figure("tidings_deliveries_total").await >= 100.0);
    }
}

/// Sentinels say where Redis is. When it is killed, its replica takes over, and the nodes go there.
#[tokio::test]
async fn nodes_follow_to_the_replica_that_takes_over() {
    let mut random = Random::seeded();
    let [first, second] = [free_port(&mut random).await, free_port(&mut random).await].map(|p| p.to_string());
    let mut master = Redis::start(&["--port", &first]);
    let _replica = Redis::start(&["--port", &second, "--replicaof", "127.0.0.1", &first]);
    let sentinel = Sentinel::start(free_port(&mut random).await, &first);
    let nodes = nodes_at(&sentinel.url(), 2).await;
    let mut stream = nodes[1].stream("/api/events?channel=news").await;
    stream.tail().await;
    nodes[0].says("news", "before").await;
    // It waits for what the master had when this connection asked for something.
    let mut asking = master.connect();
    redis::cmd("PING").exec(&mut asking).unwrap();
    let copies: u64 = redis::cmd("WAIT").arg(1).arg(20_000).query(&mut asking).unwrap();
    assert_eq!(copies, 1);
    master.kill();
    says_at_last(&nodes[0], "news", "after").await;
    // Who comes back finds another in its place.
    master.start_again();
    soon("a replica again", async {
        // By a connection of its own each time: the sentinel cuts them.
        let role = || redis::cmd("INFO").arg("replication").query::<String>(&mut master.connect());
        while !role().is_ok_and(|role| role.contains("role:slave")) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    nodes[1].says("news", "later").await;
    assert_eq!(stream.data(3).await, ["before", "after", "later"]);
    for node in &nodes {
        assert_eq!(node.kept("news").await, ["before", "after", "later"]);
        assert_eq!(node.figure("tidings_log_losses_total").await, 0.0);
    }
}

/// Redis behind TLS, with a certificate of the operator's own.
#[tokio::test]
async fn redis_is_reached_by_tls() {
    let (folder, port) = (Folder::new(), free_port(&mut Random::seeded()).await.to_string());
    certify(folder.path());
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| path(folder.path(), name));
    let files = ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &certificate];
    let _redis = Redis::start(&[&["--tls-port", &port, "--tls-auth-clients", "no"], &files[..]].concat());
    let url = format!("rediss://127.0.0.1:{port}");
    let node = || program(&[("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"), ("TIDINGS_LOG_URL", &url)]);
    let mut trusting = node();
    trusting.env("SSL_CERT_FILE", &certificate);
    let (_running, at) = starts(trusting).await;
    let publish = client().post(format!("{at}/api/channels/news/messages")).body("by TLS");
    assert_eq!(send(publish).await.status(), 201);
    // Of somebody whom nobody vouches for it is not taken.
    let output = soon("the end of the program", node().output()).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("certificate"), "{said}");
}

/// A log on disk goes to Redis and comes back, and whoever resumes does not notice.
#[tokio::test]
async fn a_log_is_copied_to_redis_and_back() {
    let (redis, folder) = (Redis::start(&[]), Folder::new());
    let file = Server::on_disk(&folder, &[]).await;
    let mut ids = file.counts("news", 40).await;
    file.stop().await;
    let copied = async |from: &str, to: &str| {
        let output = tidings(&["copy", "--from", from, "--to", to], &[]).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains("messages are in both"), "{said}");
    };
    copied(&folder.log_url(), &redis.url()).await;
    let node = nodes(&redis, 1).await.remove(0);
    let mut resumed =
        Blocks::of(send(node.get("/api/events?channel=news").header("last-event-id", &ids[37])).await);
    resumed.tail().await;
    ids.push(node.says("news", "41").await);
    let seen = resumed.messages(3).await.into_iter().map(|(_, id, _)| id.unwrap()).collect::<Vec<_>>();
    assert_eq!(seen, ids[38..]);
    let back = Folder::new();
    copied(&redis.url(), &back.log_url()).await;
    let file = Server::on_disk(&back, &[]).await;
    assert_eq!(texts(&file.page("/api/channels/news/messages?limit=1000").await, "id"), ids);
    assert!(file.says("news", "42").await > ids[40]);
    let refused = tidings(&["copy", "--from", "memory:", "--to", &redis.url()], &[]).await;
    assert_eq!(refused.status.code(), Some(2));
}

#[tokio::test]
async fn a_log_that_is_not_there_is_said_in_a_line() {
    let mut command = program(&[("TIDINGS_LOG_URL", "redis://user:secret@127.0.0.1:1/?name=x")]);
    let output = soon("the end of the program", command.output()).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("redis://127.0.0.1:1") && said.contains("cannot be used") && !said.contains("secret"),
        "{said}"
    );
}

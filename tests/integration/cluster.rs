//! Several nodes with one Redis: what they have in common. What becomes of it when something fails is in `failing.rs`.

use crate::{
    operator::tidings,
    process::program,
    support::{Blocks, Server, folder::Folder, hub::texts, json, redis::Redis, send, soon},
};
use std::time::Duration;

/// Nodes of one log, in this process.
pub async fn nodes(redis: &Redis, count: usize) -> Vec<Server> {
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(Server::start(&[("LOG_URL", &redis.url())]).await);
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

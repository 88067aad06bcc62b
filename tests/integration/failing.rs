//! Nodes with one Redis while something fails: nothing acknowledged is lost or doubled, streams stay, and everything recovers by itself.

use crate::{
    cluster::nodes,
    process::{NO_LIMITS, program, signal_process, starts},
    support::{
        Blocks, Server, field, free_port, json, load::Load, problem, random::Random, redis::Redis, send, soon,
    },
};
use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    process::Child,
};

/// Publishes until it is acknowledged.
pub async fn says_at_last(node: &Server, channel: &str, data: &str) {
    soon("the log is back", async {
        while send(node.publish(channel, data.to_owned())).await.status() != 201 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// Programs of their own, which can be killed.
struct Programs {
    url: String,
    addresses: Vec<String>,
    running: Vec<Child>,
}

impl Programs {
    async fn start(redis: &Redis, count: usize, random: &mut Random) -> Self {
        let mut programs = Self { url: redis.url(), addresses: Vec::new(), running: Vec::new() };
        for number in 0..count {
            programs.addresses.push(format!("127.0.0.1:{}", free_port(random).await));
            let child = programs.program(number).await;
            programs.running.push(child);
        }
        programs
    }

    async fn program(&self, number: usize) -> Child {
        let settings = [
            ("TIDINGS_SERVER_ADDRESS", self.addresses[number].as_str()),
            ("TIDINGS_LOG_URL", &self.url),
            ("TIDINGS_TELEMETRY_LEVEL", "error"),
        ];
        let mut command = program(&settings);
        command.envs(NO_LIMITS).stderr(Stdio::inherit());
        starts(command).await.0
    }

    fn urls(&self) -> Vec<String> {
        self.addresses.iter().map(|address| format!("http://{address}")).collect()
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_redis_is_killed_and_started_again() {
    let mut random = Random::seeded();
    let mut redis = Redis::start(&[]);
    let programs = Programs::start(&redis, 2, &mut random).await;
    let load = Load::start(programs.urls(), true, &mut random);
    for kills in 1..=4 {
        load.reaches(kills * 200).await;
        tokio::time::sleep(random.milliseconds(0..200)).await;
        redis.kill();
        tokio::time::sleep(random.milliseconds(0..200)).await;
        redis.start_again();
    }
    load.reaches(1_200).await;
    println!("4 kills of Redis, {}", load.end().await);
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_nodes_are_killed_and_clients_go_to_others() {
    let mut random = Random::seeded();
    let redis = Redis::start(&[]);
    let mut programs = Programs::start(&redis, 3, &mut random).await;
    let load = Load::start(programs.urls(), true, &mut random);
    for kills in 1..=6 {
        load.reaches(kills * 150).await;
        let number = random.within(0..3) as usize;
        programs.running[number].kill().await.unwrap();
        tokio::time::sleep(random.milliseconds(0..200)).await;
        programs.running[number] = programs.program(number).await;
    }
    load.reaches(1_200).await;
    println!("6 kills of nodes, {}", load.end().await);
}

/// Redis stands still for longer than a node waits for an answer, and goes on.
#[tokio::test]
async fn nothing_acknowledged_is_lost_when_redis_is_slow() {
    let mut random = Random::seeded();
    let redis = Redis::start(&[]);
    let programs = Programs::start(&redis, 2, &mut random).await;
    let load = Load::start(programs.urls(), true, &mut random);
    for (round, pause) in [300, 6_500, 50].into_iter().enumerate() {
        load.reaches((round + 1) * 200).await;
        signal_process(redis.pid(), "STOP").await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        signal_process(redis.pid(), "CONT").await;
    }
    load.reaches(1_000).await;
    println!("Redis stood still three times, {}", load.end().await);
}

#[tokio::test]
async fn while_redis_is_away_publishing_is_refused_and_streams_stay() {
    let mut redis = Redis::start(&[]);
    let nodes = nodes(&redis, 2).await;
    let mut stream = nodes[1].stream("/api/events?channel=news").await;
    let before = nodes[0].says("news", "before").await;
    stream.tail().await;
    assert_eq!(stream.messages(1).await[0].1.as_ref(), Some(&before));
    redis.kill();
    let refused = soon("a refusal", async {
        loop {
            let answer = send(nodes[0].publish("news", "away")).await;
            assert_eq!(answer.status(), 503);
            assert!(answer.headers().contains_key("retry-after"));
            let problem = json(answer).await;
            // The first may have been cut off before it was answered.
            if problem["detail"].as_str().unwrap().contains("cannot be reached") {
                return problem;
            }
        }
    })
    .await;
    assert_eq!(refused["type"], "urn:tidings:problem:unavailable");
    nodes[0].reaches("tidings_log_connected", 0.0).await;
    // Whoever comes now waits for it: for a replay, and for what is to come.
    let resumed = nodes[0].get("/api/events?channel=news").header("last-event-id", "1-0");
    let mut resumed = Blocks::of(send(resumed).await);
    let mut new = nodes[0].stream("/api/events?channel=news").await;
    // Or goes on after an id that this node has not heard of: another may have given it.
    let (milliseconds, _) = before.split_once('-').unwrap();
    let other = format!("{}-0", milliseconds.parse::<u64>().unwrap() + 1);
    let mut ahead = nodes[0].stream(&format!("/api/events?channel=news&last_event_id={other}")).await;
    redis.start_again();
    says_at_last(&nodes[0], "news", "after").await;
    assert_eq!(stream.data(1).await, ["after"]);
    for stream in [&mut new, &mut ahead] {
        stream.tail().await;
        assert_eq!(stream.data(1).await, ["after"]);
    }
    resumed.tail().await;
    assert_eq!(resumed.data(2).await, ["before", "after"]);
    nodes[1].reaches("tidings_log_connected", 1.0).await;
    assert_eq!(nodes[1].figure("tidings_log_cuts_total").await, 1.0);
    assert_eq!(nodes[1].figure("tidings_log_losses_total").await, 0.0);
}

#[tokio::test]
async fn a_full_redis_a_replica_and_a_new_password_refuse_and_are_recovered_from() {
    let redis = Redis::start(&[]);
    let nodes = nodes(&redis, 2).await;
    let mut stream = nodes[1].stream("/api/events?channel=news").await;
    nodes[0].says("news", "first").await;
    let mut admin = redis.connect();
    let mut set = |command: &[&str]| {
        redis::cmd(command[0]).arg(&command[1..]).exec(&mut admin).unwrap();
    };

    set(&["CONFIG", "SET", "maxmemory", "1"]);
    let full = problem(nodes[0].publish("news", "full"), 507).await;
    assert_eq!(full["type"], "urn:tidings:problem:disk-full");
    set(&["CONFIG", "SET", "maxmemory", "0"]);
    nodes[0].says("news", "room").await;

    set(&["REPLICAOF", "127.0.0.1", "1"]);
    let answer = send(nodes[0].publish("news", "read-only")).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    set(&["REPLICAOF", "NO", "ONE"]);
    says_at_last(&nodes[0], "news", "written").await;

    set(&["CONFIG", "SET", "requirepass", "secret"]);
    set(&["AUTH", "secret"]);
    set(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    let refused = send(nodes[0].publish("news", "who?")).await;
    assert_eq!(refused.status(), 503);
    set(&["CONFIG", "SET", "requirepass", ""]);
    says_at_last(&nodes[0], "news", "open").await;

    stream.tail().await;
    assert_eq!(stream.data(4).await, ["first", "room", "written", "open"]);
    nodes[1].reaches("tidings_log_connected", 1.0).await;
    assert_eq!(nodes[1].kept("news").await, ["first", "room", "written", "open"]);
}

/// Redis does what it was told, and its answer does not come: nobody knows, and the key decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_before_the_answer_publishes_once() {
    let redis = Redis::start(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let socket = redis.socket();
    let is_cut = Arc::new(AtomicBool::new(false));
    // Between them stands one that cuts a connection, once, when Redis answers the request with this word.
    tokio::spawn(async move {
        loop {
            let (node, _) = listener.accept().await.unwrap();
            let redis = UnixStream::connect(&socket).await.unwrap();
            tokio::spawn(pass_on(node, redis, is_cut.clone()));
        }
    });
    let node = Server::start(&[("LOG_URL", &url)]).await;
    let mut stream = node.stream("/api/events?channel=news").await;
    node.says("news", "first").await;
    let publish = || node.publish("news", "marked").header("idempotency-key", "k");
    let unsure = problem(publish(), 503).await;
    assert!(unsure["detail"].as_str().unwrap().contains("same idempotency key"), "{unsure}");
    let again = send(publish()).await;
    assert!(again.status().is_success(), "{}", again.status());
    stream.tail().await;
    assert_eq!(stream.data(2).await, ["first", "marked"]);
    assert_eq!(node.kept("news").await, ["first", "marked"]);
}

async fn pass_on(mut node: TcpStream, mut redis: UnixStream, is_cut: Arc<AtomicBool>) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut is_marked = false;
    loop {
        tokio::select! {
            Ok(count @ 1..) = node.read(&mut asked) => {
                // The feed has it, too, but in an answer.
                is_marked |= asked[..count].windows(6).any(|word| word == b"marked");
                redis.write_all(&asked[..count]).await.unwrap();
            }
            Ok(count @ 1..) = redis.read(&mut answered) => {
                if is_marked && !is_cut.swap(true, Relaxed) {
                    return;
                }
                node.write_all(&answered[..count]).await.unwrap();
            }
            else => return,
        }
    }
}

/// Redis comes back without what was seen: after a failover to a replica that did not have it, say.
#[tokio::test]
async fn what_redis_lost_is_a_gap_for_those_who_saw_it() {
    for flushed in [false, true] {
        let mut redis = Redis::start(&[]);
        let nodes = nodes(&redis, 2).await;
        let mut stream = nodes[1].stream("/api/events?channel=news").await;
        stream.tail().await;
        let seen = nodes[0].says("news", "seen").await;
        assert_eq!(stream.data(1).await, ["seen"]);
        if flushed {
            redis::cmd("FLUSHALL").exec(&mut redis.connect()).unwrap();
        } else {
            redis.kill();
            redis.forget();
            redis.start_again();
        }
        says_at_last(&nodes[0], "news", "new").await;
        let messages = stream.messages(2).await;
        assert_eq!(messages[0].0.as_deref(), Some("gap"), "{messages:?}");
        assert_eq!(messages[1].2, "new");
        let gap: serde_json::Value = serde_json::from_str(&messages[0].2).unwrap();
        assert_eq!(gap["after"], seen);
        // It may have been said before there was anything new.
        assert!(gap["oldest"].is_null() || gap["oldest"].as_str() == messages[1].1.as_deref(), "{gap}");
        assert!(messages[1].1.as_deref().unwrap() > seen.as_str(), "ids go up all the same");
        // Whoever comes back to another node with that id is told, too.
        let resumed = nodes[0].get("/api/events?channel=news").header("last-event-id", &seen);
        let mut resumed = Blocks::of(send(resumed).await);
        resumed.take(2).await;
        let block = resumed.next().await.unwrap();
        assert_eq!(field(&block, "event"), Some("gap"), "{block}");
        let losses = [
            nodes[0].figure("tidings_log_losses_total").await,
            nodes[1].figure("tidings_log_losses_total").await,
        ];
        assert!(losses.contains(&1.0), "{losses:?}");
    }
}

//! Many subscribers at once: nobody waits for one who takes nothing, nor for all of them, and each has every message once.

use crate::{
    process::{NO_LIMITS, program, starts},
    support::{
        client,
        figures::reaches,
        others::{BEHIND, MARK, elsewhere, percentiles, publish, usual, watch},
        random::Random,
        raw::Raw,
        send, soon,
    },
};
use futures::future::join_all;
use reqwest::Client;
use serde_json::json;
use std::{
    pin::pin,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    process::Child,
    sync::{mpsc, oneshot},
};

/// How often it is measured, with the stalled one and without, in turns. The quickest of each are compared, because
/// the machine's other programs only ever make one slower.
const ROUNDS: usize = 5;
/// Messages of one round.
const MESSAGES: u32 = 5;
/// How many subscribe where nothing is measured: several shares of a thread's work.
const SOME: usize = 400;

#[tokio::test]
async fn a_stalled_subscriber_does_not_slow_the_others() {
    crowd(200).await;
}

#[tokio::test]
#[ignore = "takes a minute and many file descriptors: make crowd"]
async fn a_stalled_subscriber_does_not_slow_ten_thousand() {
    crowd(wanted()).await;
}

/// How many subscribe where it is measured.
fn wanted() -> usize {
    let wanted = std::env::var("SUBSCRIBERS").map_or(10_000, |text| text.parse().unwrap());
    // Each takes one file of this process and one of the server, which has the same limit.
    let possible = open_files() - 200;
    if possible < wanted {
        println!("{possible} subscribers instead of {wanted}: a process may not open more files (ulimit -n)");
    }
    wanted.min(possible)
}

/// How many files a process may have open.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// A server that lets a crowd come.
async fn server() -> (Child, String) {
    let settings = [
        ("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"),
        ("TIDINGS_STREAM_HEARTBEAT", "5m"),
        ("TIDINGS_LIMITS_STALLED", "10m"),
        ("TIDINGS_LIMITS_MESSAGE", "2MiB"),
        ("TIDINGS_TELEMETRY_LEVEL", "error"),
    ];
    let mut command = program(&settings);
    command.envs(NO_LIMITS).stderr(Stdio::inherit());
    starts(command).await
}

async fn crowd(count: usize) {
    let (mut server, url) = server().await;
    let mut crowd = Crowd::gather(&url, count).await;
    let (mut alone, mut with_stalled) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        alone = alone.min(crowd.round().await);
        let mut stalled = Raw::narrow(&url).await;
        // It is to have more than all buffers on its way hold.
        stalled.ask("/api/events?channel=news&from=earliest").await;
        reaches(&crowd.client, &crowd.url, "tidings_subscribers", (count + 1) as f64).await;
        // Meanwhile it is sent what fits into the buffers.
        crowd.round().await;
        with_stalled = with_stalled.min(crowd.round().await);
        reaches(&crowd.client, &crowd.url, "tidings_subscribers_behind", (1) as f64).await;
        drop(stalled);
        reaches(&crowd.client, &crowd.url, "tidings_subscribers", (count) as f64).await;
    }
    println!(
        "{count} subscribers: a message is with all in {alone:?}; with a stalled one, in {with_stalled:?}"
    );
    // Room for chance, but not for waiting: who waited for the stalled one would not be done at all.
    assert!(
        with_stalled < alone * 2 + Duration::from_millis(20),
        "{alone:?} alone, {with_stalled:?} with it"
    );
    server.kill().await.unwrap();
}

#[tokio::test]
#[ignore = "takes a minute and many file descriptors: make crowd"]
async fn ten_thousand_do_not_hold_up_who_watches_something_else() {
    let count = wanted();
    let (mut server, url) = server().await;
    let (ready, is_ready) = oneshot::channel();
    let (go, may_go) = oneshot::channel();
    let address = url.clone();
    let crowd = elsewhere(BEHIND, move || async move {
        let mut crowd = Crowd::gather(&address, count).await;
        ready.send(()).unwrap();
        may_go.await.unwrap();
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(crowd.round().await);
        }
        rounds
    });
    is_ready.await.unwrap();
    let mut before = usual(&url).await;
    let (over, others) = watch(&url);
    go.send(()).unwrap();
    let rounds = crowd.await.unwrap();
    over.send(()).unwrap();
    let mut during = others.await.unwrap();
    println!(
        "{count} subscribers, whom a message takes {rounds:?} to reach: another channel's messages, 50 and 99 % of them, within {:?} before, \
         {:?} meanwhile",
        percentiles(&mut before),
        percentiles(&mut during),
    );
    let [_, most] = percentiles(&mut during);
    assert!(rounds.iter().all(|round| most < *round), "they wait until all have a message");
    server.kill().await.unwrap();
}

/// Some leave and come back while a message is given to the others: each sees the numbers in a row, and who stays all of them.
#[tokio::test]
async fn whoever_comes_and_goes_has_each_message_once() {
    const VISITS: u64 = 5;
    let mut random = Random::seeded();
    let (mut server, url) = server().await;
    let (client, url) = (client(), url.as_str());
    let residents = join_all((0..SOME / 4).map(|_| come(url))).await;
    reaches(&client, url, "tidings_subscribers", residents.len() as f64).await;
    let residents: Vec<_> = residents.into_iter().map(|raw| tokio::spawn(numbers(raw, usize::MAX))).collect();
    let visitors = (0..SOME).map(|_| {
        let mut random = random.fork();
        async move {
            for _ in 0..VISITS {
                let wanted = random.within(2..20) as usize;
                assert!(numbers(come(url).await, wanted).await >= wanted, "a stream ended early");
            }
        }
    });
    let mut visits = pin!(join_all(visitors));
    let mut count = 0;
    while futures::poll!(&mut visits).is_pending() {
        // Every other is not kept, so that there is only its place in the ring to know it by.
        let body = json!({ "data": format!("{count}#"), "ephemeral": count % 2 == 1 }).to_string();
        let request = client.post(format!("{url}/api/channels/news/messages")).body(body);
        let answer = send(request.header("content-type", "application/json")).await;
        assert!(answer.status().is_success(), "{}", answer.status());
        count += 1;
    }
    reaches(&client, url, "tidings_subscribers_behind", 0.0).await;
    server.kill().await.unwrap();
    for resident in residents {
        assert_eq!(resident.await.unwrap(), count);
    }
    println!("{count} messages while {SOME} came {VISITS} times each");
}

async fn come(url: &str) -> Raw {
    let mut raw = Raw::at(url).await;
    raw.ask("/api/events?channel=news").await;
    raw
}

/// Reads numbers of a stream, which must be in a row, up to its end or so many; how many there were.
async fn numbers(mut raw: Raw, most: usize) -> usize {
    let (mut text, mut buffer, mut numbers) = (String::new(), [0; 4_096], Vec::<u64>::new());
    while numbers.len() < most
        && let Ok(read @ 1..) = soon("a number", raw.0.read(&mut buffer)).await
    {
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        while let Some((line, rest)) = text.split_once('\n') {
            let number = line.strip_prefix("data: ").map(|data| data.trim_end_matches('#').parse::<u64>());
            numbers.extend(number.transpose().unwrap());
            text = rest.to_owned();
        }
    }
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    numbers.len()
}

/// Subscribers that take everything.
struct Crowd {
    url: String,
    count: usize,
    client: Client,
    /// Something for every subscriber whose stream has begun, and for every message that one has.
    arrived: mpsc::UnboundedReceiver<()>,
}

impl Crowd {
    /// Subscribes so many, after much was published.
    async fn gather(url: &str, count: usize) -> Self {
        let (arrives, arrived) = mpsc::unbounded_channel();
        let mut crowd = Self { url: url.to_owned(), count, client: client(), arrived };
        for _ in 0..16 {
            publish(&crowd.client, url, "news", &"x".repeat(1 << 20)).await;
        }
        for _ in 0..count {
            tokio::spawn(take(come(url).await.0, arrives.clone()));
            soon("the beginning of a stream", crowd.arrived.recv()).await.unwrap();
        }
        crowd
    }

    /// The time from a publish until all have the message, on the average of a round.
    async fn round(&mut self) -> Duration {
        let start = Instant::now();
        for number in 0..MESSAGES {
            publish(&self.client, &self.url, "news", &format!("{number}{}", char::from(MARK))).await;
            for _ in 0..self.count {
                soon("a message to everyone", self.arrived.recv()).await.unwrap();
            }
        }
        start.elapsed() / MESSAGES
    }
}

/// Takes a stream, and says when it has begun and when each message is there.
async fn take(mut stream: TcpStream, arrives: mpsc::UnboundedSender<()>) {
    let mut buffer = [0; 2_048];
    let mut has_begun = false;
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        let messages = buffer[..count].iter().filter(|byte| **byte == MARK).count();
        for _ in 0..messages + usize::from(!has_begun) {
            // Nobody listens at the end of the test.
            let _ = arrives.send(());
        }
        has_begun = true;
    }
}

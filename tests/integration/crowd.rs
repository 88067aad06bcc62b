//! Many subscribers at once, one of whom takes nothing: the others do not wait for it.

use crate::{
    process::{NO_LIMITS, program, starts},
    support::{client, figures::reaches, raw::Raw, send, soon},
};
use reqwest::Client;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{io::AsyncReadExt, net::TcpStream, sync::mpsc};

/// How often it is measured, with the stalled one and without, in turns. The quickest of each are compared, because
/// the machine's other programs only ever make one slower.
const ROUNDS: usize = 5;
/// Messages of one round.
const MESSAGES: u32 = 5;
/// A byte that ends each message, and stands nowhere else.
const MARK: u8 = b'#';

#[tokio::test]
async fn a_stalled_subscriber_does_not_slow_the_others() {
    crowd(200).await;
}

#[tokio::test]
#[ignore = "takes a minute and many file descriptors: make crowd"]
async fn a_stalled_subscriber_does_not_slow_ten_thousand() {
    let wanted = std::env::var("SUBSCRIBERS").map_or(10_000, |text| text.parse().unwrap());
    // Each takes one file of this process and one of the server, which has the same limit.
    let possible = open_files() - 200;
    if possible < wanted {
        println!("{possible} subscribers instead of {wanted}: a process may not open more files (ulimit -n)");
    }
    crowd(wanted.min(possible)).await;
}

/// How many files a process may have open.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

async fn crowd(count: usize) {
    let settings = [
        ("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"),
        ("TIDINGS_STREAM_HEARTBEAT", "5m"),
        ("TIDINGS_LIMITS_STALLED", "10m"),
        ("TIDINGS_LIMITS_MESSAGE", "2MiB"),
        ("TIDINGS_TELEMETRY_LEVEL", "error"),
    ];
    let mut command = program(&settings);
    command.envs(NO_LIMITS).stderr(Stdio::inherit());
    let (mut server, url) = starts(command).await;
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
            crowd.publish("x".repeat(1 << 20)).await;
        }
        for _ in 0..count {
            let mut raw = Raw(TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap());
            raw.ask("/api/events?channel=news").await;
            tokio::spawn(take(raw.0, arrives.clone()));
            soon("the beginning of a stream", crowd.arrived.recv()).await.unwrap();
        }
        crowd
    }

    /// The time from a publish until all have the message, on the average of a round.
    async fn round(&mut self) -> Duration {
        let start = Instant::now();
        for number in 0..MESSAGES {
            self.publish(format!("{number}{}", char::from(MARK))).await;
            for _ in 0..self.count {
                soon("a message to everyone", self.arrived.recv()).await.unwrap();
            }
        }
        start.elapsed() / MESSAGES
    }

    async fn publish(&self, data: String) {
        let request = self.client.post(format!("{}/api/channels/news/messages", self.url)).body(data);
        assert_eq!(send(request).await.status(), 201);
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

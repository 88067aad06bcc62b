//! Many subscribers who come back at once, each with something to catch up with, while others go on.

use crate::{
    process::{NO_LIMITS, program, starts},
    support::{client, figures::figure, folder::Folder, json, raw::Raw, send, soon},
};
use futures::{StreamExt, stream};
use reqwest::Client;
use std::time::{Duration, Instant};
use tokio::{io::AsyncReadExt, net::TcpStream, sync::oneshot};

/// How many messages each has missed.
const MISSED: usize = 200;
/// How many connect at once: as many as the kernel's queue has room for.
const AT_ONCE: usize = 64;
/// How often something is published for those who go on.
const PACE: Duration = Duration::from_millis(5);
/// A byte that ends each message, and stands nowhere else.
const MARK: u8 = b'#';

#[tokio::test]
async fn who_comes_back_shares_what_is_read() {
    storm(200).await;
}

#[tokio::test]
#[ignore = "takes some seconds and many file descriptors: make crowd"]
async fn five_thousand_come_back() {
    storm(std::env::var("SUBSCRIBERS").map_or(5_000, |text| text.parse().unwrap())).await;
}

async fn storm(count: usize) {
    let folder = Folder::new();
    let settings = [("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"), ("TIDINGS_LOG_URL", &*folder.log_url())];
    let mut command = program(&settings);
    command.envs(NO_LIMITS).env("TIDINGS_TELEMETRY_LEVEL", "warn");
    let (mut server, url) = starts(command).await;
    let client = client();
    let last = publish(&client, &url, "news", "the last one").await;
    let data = format!("{}{}", "x".repeat(255), char::from(MARK));
    for _ in 0..MISSED {
        publish(&client, &url, "news", &data).await;
    }
    let (over, is_over) = oneshot::channel();
    let others = watch(&url, is_over);
    tokio::time::sleep(PACE * 200).await;
    over.send(()).unwrap();
    let before = others.await.unwrap();
    let pages = figure(&client, &url, "tidings_replay_pages_total").await;
    let memory = most_memory(server.id().unwrap());
    let start = Instant::now();
    let path = format!("/api/events?channel=news&last_event_id={last}");
    let comes_back = |_| async {
        let mut raw = Raw(TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap());
        raw.ask(&path).await;
        let (mut marks, mut buffer) = (0, vec![0; 16 * 1024]);
        while marks < MISSED {
            let count = soon("what was missed", raw.0.read(&mut buffer)).await.unwrap();
            assert!(count > 0, "the stream ended after {marks} messages");
            marks += buffer[..count].iter().filter(|byte| **byte == MARK).count();
        }
        raw
    };
    let (over, is_over) = oneshot::channel();
    let others = watch(&url, is_over);
    let back: Vec<Raw> = stream::iter(0..count).map(comes_back).buffer_unordered(AT_ONCE).collect().await;
    let took = start.elapsed();
    over.send(()).unwrap();
    let during = others.await.unwrap();
    let pages = figure(&client, &url, "tidings_replay_pages_total").await - pages;
    let grown = most_memory(server.id().unwrap()) - memory;
    println!(
        "{count} come back, {MISSED} messages behind: {took:?}, {pages} pages of the log; \
         99 % of the others' messages within {before:?} before, {during:?} meanwhile; {grown} KiB of memory more at most"
    );
    assert_eq!(back.len(), count);
    // Two pages are all that there is to read. What is published meanwhile makes each of them a little longer.
    assert!(pages <= 8.0 + count as f64 / 20.0, "{pages} pages for {count}");
    // What each connection takes, and the pages that are kept for all.
    assert!(grown < 32 * 1024 + 16 * count, "{grown} KiB for {count}");
    server.kill().await.unwrap();
}

/// The most memory that a process has had, in KiB; zero where the system does not say.
fn most_memory(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}

/// The same in a thread of its own, so that it does not wait for those who come back.
fn watch(url: &str, over: oneshot::Receiver<()>) -> oneshot::Receiver<Duration> {
    let (url, (tell, told)) = (url.to_owned(), oneshot::channel());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let time = runtime.block_on(live(&client(), &url, async { over.await.unwrap() }));
        tell.send(time).unwrap();
    });
    told
}

/// How long messages of another channel take, 99 % of them, until this is over.
async fn live(client: &Client, url: &str, over: impl Future<Output = ()>) -> Duration {
    let mut raw = Raw(TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap());
    raw.ask("/api/events?channel=live").await;
    let mut buffer = vec![0; 4096];
    soon("the stream's beginning", raw.0.read(&mut buffer)).await.unwrap();
    let mut times = Vec::new();
    tokio::pin!(over);
    loop {
        let start = Instant::now();
        publish(client, url, "live", "a#").await;
        loop {
            let count = soon("a message", raw.0.read(&mut buffer)).await.unwrap();
            if buffer[..count].contains(&MARK) {
                break;
            }
        }
        times.push(start.elapsed());
        tokio::select! {
            () = &mut over => break,
            () = tokio::time::sleep(PACE) => {}
        }
    }
    times.sort_unstable();
    times[(times.len() * 99 / 100).min(times.len() - 1)]
}

async fn publish(client: &Client, url: &str, channel: &str, data: &str) -> String {
    let answer =
        send(client.post(format!("{url}/api/channels/{channel}/messages")).body(data.to_owned())).await;
    assert_eq!(answer.status(), 201);
    json(answer).await["id"].as_str().unwrap().to_owned()
}

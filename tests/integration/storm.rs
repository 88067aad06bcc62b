//! Many subscribers who come back at once, each with something to catch up with, while others go on.

use crate::{
    process::{NO_LIMITS, program, starts},
    support::{
        client,
        figures::{figure, reaches},
        folder::Folder,
        others::{BEHIND, MARK, elsewhere, percentiles, publish, usual, watch},
        raw::Raw,
        soon,
    },
};
use futures::{StreamExt, stream};
use std::time::{Duration, Instant};
use tokio::{io::AsyncReadExt, sync::oneshot};

/// How many messages each has missed.
const MISSED: usize = 200;
/// How many connect at once: as many as the kernel's queue has room for.
const AT_ONCE: usize = 64;

#[tokio::test]
async fn who_comes_back_shares_what_is_read() {
    storm(200, 1).await;
}

#[tokio::test]
#[ignore = "takes some seconds and many file descriptors: make crowd"]
async fn five_thousand_come_back() {
    storm(std::env::var("SUBSCRIBERS").map_or(5_000, |text| text.parse().unwrap()), 6).await;
}

async fn storm(count: usize, times: usize) {
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
    let pages = figure(&client, &url, "tidings_replay_pages_total").await;
    let (mut before, mut during, mut took) = (Vec::new(), Vec::new(), Vec::new());
    let mut grown = 0;
    for _ in 0..times {
        before.extend(usual(&url).await);
        let memory = most_memory(server.id().unwrap());
        let (over, others) = watch(&url);
        took.push(come_back(&url, &last, count).await.unwrap());
        over.send(()).unwrap();
        during.extend(others.await.unwrap());
        grown = grown.max(most_memory(server.id().unwrap()).saturating_sub(memory));
        reaches(&client, &url, "tidings_subscribers", 0.0).await;
    }
    let pages = figure(&client, &url, "tidings_replay_pages_total").await - pages;
    println!(
        "{count} come back, {MISSED} messages behind: {took:?}, {pages} pages of the log in all; the others' messages, 50 and 99 % of them, \
         within {:?} before, {:?} meanwhile; {grown} KiB of memory more at most",
        percentiles(&mut before),
        percentiles(&mut during),
    );
    // Two pages are all that there is to read. What is published meanwhile makes each of them a little longer.
    assert!(pages <= times as f64 * (8.0 + count as f64 / 20.0), "{pages} pages for {count}");
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

/// So many come back, and leave when all have what they missed. The answer is how long that took.
fn come_back(url: &str, last: &str, count: usize) -> oneshot::Receiver<Duration> {
    let url = url.to_owned();
    let path = format!("/api/events?channel=news&last_event_id={last}");
    elsewhere(BEHIND, move || async move {
        let one = |_| async {
            let mut raw = Raw::at(&url).await;
            raw.ask(&path).await;
            let (mut marks, mut buffer) = (0, vec![0; 16 * 1024]);
            while marks < MISSED {
                let count = soon("what was missed", raw.0.read(&mut buffer)).await.unwrap();
                assert!(count > 0, "the stream ended after {marks} messages");
                marks += buffer[..count].iter().filter(|byte| **byte == MARK).count();
            }
            raw
        };
        let start = Instant::now();
        let back: Vec<Raw> = stream::iter(0..count).map(one).buffer_unordered(AT_ONCE).collect().await;
        let took = start.elapsed();
        assert_eq!(back.len(), count);
        took
    })
}

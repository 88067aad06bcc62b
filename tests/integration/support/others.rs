//! Those who go on while much is asked of the server: how long they wait for their messages.

use super::{client, json, raw::Raw, send, soon};
use reqwest::Client;
use std::time::{Duration, Instant};
use tokio::{io::AsyncReadExt, sync::oneshot};

/// A byte that ends each message, and stands nowhere else.
pub const MARK: u8 = b'#';
/// By how much the server and those who go on are preferred to those who ask much of it, as `nice` has it: these would be on other
/// machines.
pub const BEHIND: i32 = 19;
/// How often something is published for those who go on.
const PACE: Duration = Duration::from_millis(5);
/// How many messages show how it is as a rule.
const USUAL: u32 = 200;

/// Does something in a thread of its own, so that others do not wait for it; `nice` is by how much they are preferred.
pub fn elsewhere<T: Send + 'static, F: Future<Output = T>>(
    nice: i32,
    work: impl FnOnce() -> F + Send + 'static,
) -> oneshot::Receiver<T> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        // Elsewhere it would be said of the whole process, and for good.
        if cfg!(target_os = "linux") {
            rustix::process::nice(nice).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // Who asked may have failed by now.
        let _ = tell.send(runtime.block_on(work()));
    });
    told
}

/// How long they take as a rule.
pub async fn usual(url: &str) -> Vec<Duration> {
    let (over, others) = watch(url);
    tokio::time::sleep(PACE * USUAL).await;
    over.send(()).unwrap();
    others.await.unwrap()
}

/// How long messages of a channel take that nobody else watches, until it is said that it is over.
pub fn watch(url: &str) -> (oneshot::Sender<()>, oneshot::Receiver<Vec<Duration>>) {
    let (url, (over, is_over)) = (url.to_owned(), oneshot::channel());
    (over, elsewhere(0, move || async move { live(&client(), &url, is_over).await }))
}

async fn live(client: &Client, url: &str, mut over: oneshot::Receiver<()>) -> Vec<Duration> {
    let mut raw = Raw::at(url).await;
    raw.ask("/api/events?channel=live").await;
    let mut buffer = vec![0; 4096];
    soon("the stream's beginning", raw.0.read(&mut buffer)).await.unwrap();
    let mut times = Vec::new();
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
            _ = &mut over => return times,
            () = tokio::time::sleep(PACE) => {}
        }
    }
}

/// The times in which half of them come, and 99 %.
pub fn percentiles(times: &mut [Duration]) -> [Duration; 2] {
    times.sort_unstable();
    [50, 99].map(|part| times[(times.len() * part / 100).min(times.len() - 1)])
}

/// Publishes a text; its id.
pub async fn publish(client: &Client, url: &str, channel: &str, data: &str) -> String {
    let answer =
        send(client.post(format!("{url}/api/channels/{channel}/messages")).body(data.to_owned())).await;
    assert_eq!(answer.status(), 201);
    json(answer).await["id"].as_str().unwrap().to_owned()
}

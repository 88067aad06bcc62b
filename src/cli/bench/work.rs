//! One round: subscribers connect, publishers publish, and all is counted.

use super::{
    Bench,
    connection::{Dialer, Sender},
    figures::{Figures, Times},
    floor,
    process::{self, Process},
};
use crate::{
    cli::error::CliError,
    sse::decode::{Decoder, Item},
};
use axum::body::{Body, to_bytes};
use futures::StreamExt;
use hdrhistogram::Histogram;
use hyper::StatusCode;
use indicatif::ProgressBar;
use reqwest::Url;
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};

/// How many connect at once: more than the kernel's queue has room for would only wait.
const AT_ONCE: usize = 64;

/// How many streams one connection of HTTP/2 has.
const STREAMS: usize = 100;

/// After so long without a delivery no more is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// An answer to a publisher is not longer.
const ANSWER_BYTES: usize = 64 * 1024;

/// Where the work goes.
pub(super) enum Target {
    /// A server of events, or several that have the same.
    Server { dialer: Dialer, watch: Vec<String>, publish: String },
    /// The floor.
    Floor { url: Url },
}

/// What came and how long it took; times in microseconds.
struct Counted {
    since: Instant,
    deliveries: AtomicU64,
    latency: Mutex<Histogram<u64>>,
    acknowledgement: Mutex<Histogram<u64>>,
    messages: AtomicU64,
    refused: AtomicU64,
    expected: AtomicU64,
}

impl Counted {
    fn new() -> Result<Self, CliError> {
        // To three digits, from a microsecond to ten minutes.
        let histogram = || {
            Histogram::new_with_bounds(1, 600_000_000, 3)
                .map(Mutex::new)
                .map_err(|error| CliError::Runtime(io::Error::other(error)))
        };
        Ok(Self {
            since: Instant::now(),
            deliveries: AtomicU64::new(0),
            latency: histogram()?,
            acknowledgement: histogram()?,
            messages: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            expected: AtomicU64::new(0),
        })
    }

    fn now(&self) -> u64 {
        self.since.elapsed().as_micros().try_into().unwrap_or(u64::MAX)
    }

    /// An event: its data begins with the time when it was sent.
    fn came(&self, data: &str) {
        let Some(sent) = data.split(' ').next().and_then(|time| time.parse().ok()) else { return };
        self.deliveries.fetch_add(1, Ordering::Relaxed);
        note(&self.latency, self.now().saturating_sub(sent));
    }
}

fn note(times: &Mutex<Histogram<u64>>, time: u64) {
    times.lock().unwrap_or_else(PoisonError::into_inner).saturating_record(time);
}

fn times(times: &Mutex<Histogram<u64>>) -> Option<Times> {
    let times = times.lock().unwrap_or_else(PoisonError::into_inner);
    let at = |part| times.value_at_quantile(part) as f64 / 1e3;
    (!times.is_empty()).then(|| Times {
        median_ms: at(0.5),
        p90_ms: at(0.9),
        p99_ms: at(0.99),
        longest_ms: at(1.0),
    })
}

/// Does the work, and says what it took of the processes.
pub(super) async fn round(
    bench: &Bench,
    target: &Target,
    processes: &[Process],
    bar: &ProgressBar,
) -> Result<Figures, CliError> {
    let counted = Arc::new(Counted::new()?);
    let cpu = || process::sum(processes, Process::cpu);
    let memory = || process::sum(processes, Process::memory);
    let memory_before = memory();
    let mut readers = JoinSet::new();
    subscribe(bench, target, &counted, &mut readers, bar).await?;
    let connect_seconds = counted.since.elapsed().as_secs_f64();
    let more = memory().zip(memory_before).map(|(after, before)| after.saturating_sub(before));
    let cpu_before = cpu();
    let start = Instant::now();
    publish(bench, target, &counted, bar).await?;
    let publishing = start.elapsed();
    settle(&counted).await;
    // A thread that ended meanwhile has taken its time along.
    let spent = cpu().zip(cpu_before).and_then(|(after, before)| after.checked_sub(before));
    let spent = spent.map(|spent| spent.as_secs_f64() * 1e6);
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (messages, deliveries) = (count(&counted.messages), count(&counted.deliveries));
    let each = |count: u64| spent.filter(|_| count > 0).map(|spent| spent / count as f64);
    Ok(Figures {
        connect_seconds,
        messages,
        refused: count(&counted.refused),
        deliveries,
        lost: count(&counted.expected).saturating_sub(deliveries),
        messages_per_second: messages as f64 / publishing.as_secs_f64(),
        latency: times(&counted.latency),
        acknowledgement: times(&counted.acknowledgement),
        cpu_us_per_delivery: each(deliveries),
        cpu_us_per_message: each(messages),
        memory_kib_per_subscriber: more
            .filter(|_| bench.subscribers > 0)
            .map(|more| more as f64 / 1024.0 / bench.subscribers as f64),
    })
}

/// Connects all subscribers, which count from then on.
async fn subscribe(
    bench: &Bench,
    target: &Target,
    counted: &Arc<Counted>,
    readers: &mut JoinSet<()>,
    bar: &ProgressBar,
) -> Result<(), CliError> {
    bar.set_length(bench.subscribers as u64);
    bar.set_message("subscribers connect");
    let plain;
    let (dialer, watch) = match target {
        Target::Server { dialer, watch, .. } => (dialer, watch.clone()),
        Target::Floor { url } => {
            plain = Dialer::new(hyper::HeaderMap::new(), false);
            (&plain, vec![format!("{url}{{channel}}")])
        }
    };
    let mut last_node = 0;
    let mut shared: Option<hyper::client::conn::http2::SendRequest<Body>> = None;
    for first in (0..bench.subscribers).step_by(AT_ONCE) {
        let mut opening = Vec::new();
        for number in first..bench.subscribers.min(first + AT_ONCE) {
            let channel = match target {
                Target::Server { .. } => bench.channel(number % bench.channels),
                Target::Floor { .. } => (number % bench.channels).to_string(),
            };
            let node = number * watch.len() / bench.subscribers;
            let url = super::url(watch.get(node).map_or("", String::as_str), &channel)?;
            if number.is_multiple_of(STREAMS) || node != last_node {
                (shared, last_node) = (None, node);
            }
            let sender = match &shared {
                Some(shared) => Sender::Http2(shared.clone()),
                None => dialer.open(&url).await?,
            };
            if let Sender::Http2(sender) = &sender {
                shared = Some(sender.clone());
            }
            opening.push(open(dialer.clone(), sender, url));
        }
        for stream in futures::future::try_join_all(opening).await? {
            readers.spawn(read(stream, counted.clone()));
            bar.inc(1);
        }
    }
    Ok(())
}

/// A stream, and what it stands on: over HTTP/1.1 the connection ends with its sender.
async fn open(dialer: Dialer, mut sender: Sender, url: Url) -> Result<(Sender, Body), CliError> {
    let response = dialer.send(&mut sender, &url, "GET", None).await?;
    if response.status() != StatusCode::OK {
        return Err(CliError::Strange {
            url: url.to_string(),
            reason: format!("it answers {}", response.status()),
        });
    }
    Ok((sender, Body::new(response.into_body())))
}

async fn read((_sender, body): (Sender, Body), counted: Arc<Counted>) {
    let (mut decoder, mut items, mut pieces) = (Decoder::default(), Vec::new(), body.into_data_stream());
    while let Some(Ok(piece)) = pieces.next().await {
        if decoder.feed(&piece, &mut items).is_err() {
            return;
        }
        for item in items.drain(..) {
            if let Item::Event(event) = item {
                counted.came(&event.data);
            }
        }
    }
}

/// Publishes until the time is over.
async fn publish(
    bench: &Bench,
    target: &Target,
    counted: &Arc<Counted>,
    bar: &ProgressBar,
) -> Result<(), CliError> {
    bar.set_position(0);
    bar.set_length(bench.seconds.as_secs());
    bar.set_message("messages are published");
    let count = if matches!(target, Target::Floor { .. }) { 1 } else { bench.publishers };
    let mut publishers = Vec::new();
    for number in 0..count {
        publishers.push(Publisher::open(bench, target, counted.clone(), number, count).await?);
    }
    let start = Instant::now();
    let work = futures::future::try_join_all(publishers.iter_mut().map(|publisher| publisher.run(start)));
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done.map(|_| ()),
            () = tokio::time::sleep(Duration::from_secs(1)) => bar.inc(1),
        }
    }
}

struct Publisher<'a> {
    bench: &'a Bench,
    way: Way<'a>,
    counted: Arc<Counted>,
    number: usize,
    count: usize,
}

enum Way<'a> {
    Server { dialer: &'a Dialer, sender: Sender, urls: Vec<Url> },
    Floor(TcpStream),
}

impl<'a> Publisher<'a> {
    async fn open(
        bench: &'a Bench,
        target: &'a Target,
        counted: Arc<Counted>,
        number: usize,
        count: usize,
    ) -> Result<Self, CliError> {
        let way = match target {
            Target::Server { dialer, publish, .. } => {
                let urls = (0..bench.channels).map(|channel| super::url(publish, &bench.channel(channel)));
                let urls = urls.collect::<Result<Vec<_>, _>>()?;
                let url = urls.first().ok_or(CliError::Usage("--channels is at least 1"))?;
                Way::Server { dialer, sender: dialer.open(url).await?, urls }
            }
            Target::Floor { url } => {
                let addresses = url.socket_addrs(|| None).map_err(CliError::Runtime)?;
                let socket = TcpStream::connect(&*addresses).await.map_err(CliError::Runtime)?;
                socket.set_nodelay(true).map_err(CliError::Runtime)?;
                Way::Floor(socket)
            }
        };
        Ok(Self { bench, way, counted, number, count })
    }

    async fn run(&mut self, start: Instant) -> Result<(), CliError> {
        let Self { bench, number, count, .. } = *self;
        for message in (number..).step_by(count) {
            let due = match bench.rate {
                0 => start.elapsed(),
                rate => Duration::from_secs_f64(message as f64 / rate as f64),
            };
            if due >= bench.seconds {
                return Ok(());
            }
            if bench.rate > 0 {
                tokio::time::sleep_until((start + due).into()).await;
            }
            self.send(message % bench.channels).await?;
        }
        Ok(())
    }

    async fn send(&mut self, channel: usize) -> Result<(), CliError> {
        let Self { bench, way, counted, .. } = self;
        let sent = counted.now();
        let data = format!("{sent} {:.<1$}", "", bench.size.saturating_sub(sent.to_string().len() + 1));
        let taken = match way {
            Way::Server { dialer, sender, urls } => {
                let Some(url) = urls.get(channel) else { return Ok(()) };
                let body = (bench.publish_type.as_str(), bench.publish_body.replace("{data}", &data));
                let response = dialer.send(sender, url, "POST", Some(body)).await?;
                let is_taken = response.status().is_success();
                to_bytes(Body::new(response.into_body()), ANSWER_BYTES)
                    .await
                    .map_err(|error| CliError::Strange { url: url.to_string(), reason: error.to_string() })?;
                note(&counted.acknowledgement, counted.now() - sent);
                is_taken
            }
            Way::Floor(socket) => {
                let size = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                let message = [&floor::head(size(channel), size(data.len())), data.as_bytes()].concat();
                socket.write_all(&message).await.map_err(CliError::Runtime)?;
                true
            }
        };
        if taken {
            let watching = (channel..bench.subscribers).step_by(bench.channels).len();
            counted.messages.fetch_add(1, Ordering::Relaxed);
            counted.expected.fetch_add(watching as u64, Ordering::Relaxed);
        } else {
            counted.refused.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Waits for what is still on its way.
async fn settle(counted: &Counted) {
    let (mut before, mut since) = (0, Instant::now());
    loop {
        let now = counted.deliveries.load(Ordering::Relaxed);
        if now >= counted.expected.load(Ordering::Relaxed) || since.elapsed() > PATIENCE {
            return;
        }
        if now > before {
            (before, since) = (now, Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

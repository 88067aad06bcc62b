//! A server for one test, and a reader of event streams that sees the blocks as they are on the wire.

pub mod certificate;
pub mod figures;
pub mod folder;
pub mod hub;
pub mod load;
pub mod others;
pub mod random;
pub mod raw;
pub mod redis;
pub mod tokens;

use self::random::Random;
use futures::{StreamExt, stream::BoxStream};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use serde_json::Value;
use std::{collections::VecDeque, future::Future, io, time::Duration};
use tidings::server::{self, config::Config};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Only a server that hangs takes this long.
const HANG: Duration = Duration::from_secs(30);

/// Every channel, for the tests that are not about rights.
pub const ALL: &str = r#"[">"]"#;

/// Waits for what must come.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, future).await.unwrap_or_else(|_| panic!("{what}: nothing after {HANG:?}"))
}

/// A server on a free port. It is stopped when this is dropped.
pub struct Server {
    pub url: String,
    pub client: Client,
    pub shutdown: CancellationToken,
    pub running: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Starts one that keeps its messages in memory, with these settings, as `("STREAM_RETRY", "1s")`.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let defaults =
            [("LOG_URL", "memory:"), ("ACCESS_ANONYMOUS_PUBLISH", ALL), ("ACCESS_ANONYMOUS_SUBSCRIBE", ALL)];
        let settings = defaults.iter().chain(settings);
        let variables = settings.map(|(name, value)| (format!("TIDINGS_{name}").into(), value.into()));
        // The whole suite runs over both ways of a stream to its socket: `make unit`.
        let variables =
            variables.chain(std::env::vars_os().filter(|(name, _)| name == "TIDINGS_STREAM_PARKED"));
        let config = Config::load(None, variables).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let server = server::Server::open(config).unwrap();
        let running = tokio::spawn(server.run(listener, shutdown.clone()));
        Self { url, client: client(), shutdown, running }
    }

    /// One whose demo takes no time.
    pub async fn fast() -> Self {
        Self::start(&[("DEMO_INTERVAL", "1ms")]).await
    }

    /// One whose demo stops after the first three events, for longer than any test.
    pub async fn slow() -> Self {
        Self::start(&[("DEMO_INTERVAL", "1m")]).await
    }

    /// Stops it, and waits until it has closed its log.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        soon("the end of the server", &mut self.running).await.unwrap().unwrap();
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    /// Opens a stream that must be one.
    pub async fn stream(&self, path: &str) -> Blocks {
        let response = send(self.get(path)).await;
        assert_eq!(response.status(), 200, "{path}");
        Blocks::of(response)
    }

    /// A figure in its `/metrics`.
    pub async fn figure(&self, name: &str) -> f64 {
        figures::figure(&self.client, &self.url, name).await
    }

    /// Waits until a figure has this value.
    pub async fn reaches(&self, name: &str, expected: f64) {
        figures::reaches(&self.client, &self.url, name, expected).await;
    }

    /// Waits until the server has this many streams open.
    pub async fn has_streams(&self, expected: u64) {
        soon("the number of streams", async {
            loop {
                let health = json(send(self.get("/healthz")).await).await;
                if health["streams"] == expected {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// A port that is free now, and that the system does not give away: a client that connects to a port of its own choice
/// while nobody listens there may be given the same one for its own end, and is then connected to itself.
pub async fn free_port(random: &mut Random) -> u64 {
    loop {
        let port = random.within(20_000..30_000);
        if TcpListener::bind(format!("127.0.0.1:{port}")).await.is_ok() {
            return port;
        }
    }
}

/// A client of HTTP.
pub fn client() -> Client {
    client_builder().build().unwrap()
}

/// The same, to be told more.
pub fn client_builder() -> ClientBuilder {
    // Only https would use it, but the client wants to have one. The first call counts.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder()
}

pub async fn send(request: RequestBuilder) -> Response {
    soon("an answer", request.send()).await.unwrap()
}

pub async fn text(response: Response) -> String {
    soon("a body", response.text()).await.unwrap()
}

pub async fn json(response: Response) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

/// The problem that a refused request gets.
pub async fn problem(request: RequestBuilder, status: u16) -> Value {
    let response = send(request).await;
    assert_eq!(response.status(), status, "{}", response.url());
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem = json(response).await;
    assert_eq!(problem["status"], status);
    assert!(problem["type"].as_str().unwrap().starts_with("urn:tidings:problem:"), "{problem}");
    assert!(
        !problem["title"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty()
    );
    problem
}

/// A stream's blocks, each without the blank line that ends it.
pub struct Blocks {
    chunks: BoxStream<'static, reqwest::Result<Vec<u8>>>,
    read: String,
    ready: VecDeque<String>,
}

impl Blocks {
    pub fn of(response: Response) -> Self {
        let chunks = response.bytes_stream().map(|chunk| chunk.map(|bytes| bytes.to_vec()));
        Self { chunks: chunks.boxed(), read: String::new(), ready: VecDeque::new() }
    }

    /// The next block; None when the stream has ended as it should, with its last chunk.
    pub async fn next(&mut self) -> Option<String> {
        while self.ready.is_empty() {
            let chunk = soon("a block", self.chunks.next()).await?.expect("the stream broke off");
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some((block, rest)) = self.read.split_once("\n\n") {
                self.ready.push_back(block.to_owned());
                self.read = rest.to_owned();
            }
        }
        self.ready.pop_front()
    }

    /// The next `count` blocks.
    pub async fn take(&mut self, count: usize) -> Vec<String> {
        let mut blocks = Vec::new();
        while blocks.len() < count {
            blocks.push(self.next().await.expect("the stream ended early"));
        }
        blocks
    }

    /// The next block that is not a heartbeat; those before it are added to `heartbeats`. One that hangs may go on beating.
    pub async fn next_said(&mut self, heartbeats: &mut Vec<String>) -> Option<String> {
        loop {
            match self.next().await {
                Some(block) if block == ":" => heartbeats.push(block),
                block => return block,
            }
        }
    }

    /// All blocks up to the end.
    pub async fn rest(mut self) -> Vec<String> {
        let mut blocks = Vec::new();
        while let Some(block) = soon("the end of the stream", self.next_said(&mut blocks)).await {
            blocks.push(block);
        }
        assert_eq!(self.read, "", "the stream ended inside a block");
        blocks
    }
}

/// The value of a field of a block.
pub fn field<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The milliseconds and the sequence of a block's id.
pub fn id(block: &str) -> (u64, u64) {
    let id = field(block, "id").unwrap_or_else(|| panic!("no id in {block:?}"));
    let (milliseconds, sequence) = id.split_once('-').unwrap();
    (milliseconds.parse().unwrap(), sequence.parse().unwrap())
}

/// Milliseconds since the Unix epoch.
pub fn now() -> u64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since_epoch.unwrap().as_millis()).unwrap()
}

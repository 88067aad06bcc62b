//! The server: HTTP and what belongs to it. One file a resource.

pub mod config;

mod assets;
mod body;
mod caller;
mod channel_path;
mod chat;
mod connections;
mod docs;
mod event_stream;
mod functions;
mod header;
mod history;
mod limits;
mod observed;
mod openapi;
mod operations;
mod page;
mod parked;
mod people;
mod problem;
mod publish;
mod query;
mod replies;
mod schema;
mod stalls;
mod stats;
mod streams;
mod subscribe;
mod telemetry;
mod tls;
mod watcher;

use crate::{
    access::{Access, OpenError as AccessError, visitor::Publisher},
    app::{SIGN_IN, board, replies as questions, rooms, shell::PageFiles},
    hub::{
        Hub,
        log::{
            self, Log,
            memory::MemoryLog,
            redis::{self, RedisLog},
            sqlite::{OpenError, SqliteLog},
        },
        writer::now,
    },
    model::{DEMO_PATH, NODE_HEADER, channel::Channel, problem::Problem},
    replies::{
        self as answers, Replies,
        engine::Engine,
        openai::{self, OpenAi},
        quoting::Quoting,
    },
    streams::{Streams, nodes::Nodes, stats::Stats},
};
use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method},
    routing::{MethodRouter, any, delete, get, post},
};
use caller::Caller;
use config::{Config, Limits, LogUrl, Network, Origin};
use connections::Acceptor;
use event_stream::Wire;
use leptos::config::LeptosOptions;
use limits::Gate;
use openapi::Description;
use operations::Figures;
use parked::{Fans, Timing};
use std::{io, net::IpAddr, ops::Deref, sync::Arc, time::Duration};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{CompressionLevel, compression::CompressionLayer, cors::CorsLayer};

#[cfg(any(test, fuzzing))]
pub use publish::check::check as check_body;
pub use telemetry::init as init_telemetry;
pub use tls::{Certificate, TlsError};

/// What the handlers share. Each request has a clone, so there is one allocation behind it.
#[derive(Clone)]
struct State(Arc<Shared>);

struct Shared {
    /// For the server itself; what requests do with it they do through their callers' visitors.
    hub: Arc<Hub>,
    access: Arc<Access>,
    gate: Arc<Gate>,
    /// The other origins that may call.
    origins: Vec<Origin>,
    proxies: Vec<Network>,
    replies: Arc<Replies>,
    streams: Arc<Streams>,
    /// What this server is called, for its answers.
    name: Option<HeaderValue>,
    wire: Wire,
    limits: Limits,
    /// How long an idempotency key is remembered.
    key_window: Duration,
    figures: Figures,
    stats: Arc<Stats>,
    description: Description,
    files: PageFiles,
    leptos: LeptosOptions,
    /// What has the streams of plain HTTP/1.1; none where they have bodies as others have.
    fans: Option<Fans>,
    /// Cancelled when the server begins to stop.
    shutdown: CancellationToken,
}

/// What requests and streams have, beyond the time of the drain, to reach their clients.
const FLUSH: Duration = Duration::from_millis(500);

/// A server that is ready to serve: its log is open.
pub struct Server {
    config: Config,
    hub: Arc<Hub>,
    replies: Arc<Replies>,
    access: Arc<Access>,
    certificate: Option<Arc<Certificate>>,
}

/// Why a server could not be made ready.
#[derive(Debug, Error)]
pub enum StartError {
    /// The log cannot be opened.
    #[error("cannot open the log: {0}")]
    Log(#[from] OpenError),
    /// The log that several nodes share cannot be opened.
    #[error("cannot open the log: {0}")]
    SharedLog(#[from] redis::OpenError),
    /// There are no keys to check tokens with.
    #[error("cannot check tokens (access.keys): {0}")]
    Access(#[from] AccessError),
    /// There is no certificate.
    #[error("cannot serve with TLS: {0}")]
    Tls(#[from] TlsError),
    /// There is no way to ask the model.
    #[error("cannot set up connections to the model (replies.base_url): {0}")]
    Model(#[from] reqwest::Error),
    /// The system gives no thread.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

impl Server {
    /// Opens the log. It needs a runtime.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn open(config: Config) -> Result<Self, StartError> {
        let settings =
            log::Settings { retention: config.log.retention.clone(), key_window: config.log.key_window };
        let log = open_log(&config.log.url, settings, now())?;
        let access = Arc::new(Access::open(config.access.sources(), config.access.anonymous())?);
        let has_certificate = !config.tls.cert.as_os_str().is_empty();
        let certificate = has_certificate.then(|| Certificate::read(&config.tls)).transpose()?.map(Arc::new);
        let hub = Hub::start(log)?;
        let replies = open_replies(&config.replies, &hub)?;
        Ok(Self { config, hub, replies, access, certificate })
    }

    /// The same, with a certificate that was not in the settings.
    pub fn with(mut self, certificate: Certificate) -> Self {
        self.certificate = Some(Arc::new(certificate));
        self
    }

    /// Whether it is served with TLS.
    pub const fn is_secure(&self) -> bool {
        self.certificate.is_some()
    }

    /// What reads the keys and the certificate anew, and says in the log how that went.
    pub fn reloader(&self) -> impl Fn() + Send + use<> {
        let (access, certificate) = (self.access.clone(), self.certificate.clone());
        move || {
            match access.reload() {
                Ok(count) => tracing::info!(count, "the keys of tokens were read anew"),
                Err(error) => {
                    tracing::error!(%error, "the keys of tokens could not be read; the old ones hold on")
                }
            }
            match certificate.as_ref().map(|certificate| certificate.reload()) {
                Some(Ok(())) => tracing::info!("the certificate was read anew"),
                Some(Err(error)) => {
                    tracing::error!(%error, "the certificate could not be read; the old one holds on")
                }
                None => {}
            }
        }
    }

    /// Serves on `listener` until `shutdown`. Then it takes nothing new, ends the open streams one after another,
    /// gives other requests as long to finish, writes what waits for the log, and returns.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn run(self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        let Self { config, hub, replies, access, certificate } = self;
        if let Err(error) = replies.recover().await {
            tracing::error!(%error, "replies that the last end of the server broke off could not be ended");
        }
        let state = State::new(&config, hub.clone(), replies.clone(), access, shutdown)?;
        // Rendering needs Leptos' executor. A second server in the same process finds it there already.
        let _ = any_spawner::Executor::init_tokio();
        let streams = state.streams.clone();
        let watched = streams.clone();
        let nodes = Nodes::new(streams.presence.clone());
        let node = nodes.own().to_owned();
        let name = config.server.name().map(str::to_owned);
        let figures =
            state.stats.clone().run(Arc::downgrade(&hub), nodes, name, move || watched.passes.open());
        let figures = tokio::spawn(figures);
        let people = tokio::spawn(streams.presence.clone().run(Arc::downgrade(&hub)));
        let forgetting = tokio::spawn(Gate::forget(Arc::downgrade(&state.gate)));
        let router = with_origins(router(state.clone()), &config.access.origins);
        let finished = Acceptor::new(state.clone(), router, certificate).run(listener).await?;
        let drain = config.server.drain;
        // First the replies: those who watch one may still be told that it is broken off.
        replies.end().await;
        let (finished, ()) =
            tokio::join!(tokio::time::timeout(drain + FLUSH, finished), streams.passes.drain(drain));
        if finished.is_err() {
            tracing::warn!(?drain, "some requests did not finish in time");
        }
        for task in [figures, people, forgetting] {
            task.abort();
            // When it is over it has no part in the hub any more, and the log can be opened anew.
            let _ = task.await;
        }
        if let Some(fans) = &state.fans {
            fans.stop();
        }
        hub.leave(node).await;
        hub.stop().await;
        Ok(())
    }
}

/// The log at this place. A new one begins `now`.
///
/// # Errors
/// When it cannot be opened.
pub fn open_log(url: &LogUrl, settings: log::Settings, now: log::Millis) -> Result<Arc<dyn Log>, StartError> {
    Ok(match url {
        LogUrl::Memory => Arc::new(MemoryLog::new(settings, now)),
        LogUrl::Redis(address) => Arc::new(RedisLog::open(address, settings, now)?),
        LogUrl::Sqlite(path) => Arc::new(SqliteLog::open(path, settings, now)?),
    })
}

/// The replies of this hub, from the engine that the settings name.
fn open_replies(settings: &config::Replies, hub: &Arc<Hub>) -> Result<Arc<Replies>, reqwest::Error> {
    let config::Replies { model, key, connect, silence, concurrent, prompt, length, time, history, .. } =
        settings.clone();
    let engine: Box<dyn Engine> = match settings.base_url.clone() {
        Some(base_url) => Box::new(OpenAi::new(openai::Settings { base_url, model, key, connect, silence })?),
        None => Box::new(Quoting),
    };
    let limits = answers::Limits { concurrent, prompt, length, history, time };
    Ok(Replies::new(hub.clone(), engine, limits))
}

impl State {
    fn new(
        config: &Config,
        hub: Arc<Hub>,
        replies: Arc<Replies>,
        access: Arc<Access>,
        shutdown: CancellationToken,
    ) -> io::Result<Self> {
        let gate = Arc::new(Gate::new(&config.limits));
        let streams = Arc::new(Streams::new(
            config.demo.interval,
            config.stream.retry,
            config.stream.heartbeat,
            config.stream.grace,
        ));
        let timing = Timing { heartbeat: config.stream.heartbeat, stalled: config.limits.stalled };
        let fans = config.stream.parked.then(|| Fans::start(timing, &hub.metrics.deliveries)).transpose()?;
        Ok(Self(Arc::new(Shared {
            description: Description::of(config, &streams),
            streams,
            name: config.server.name().and_then(|name| name.parse().ok()),
            wire: Wire {
                name: config.server.name().map(str::to_owned),
                retry: config.stream.retry,
                heartbeat: config.stream.heartbeat,
                deliveries: hub.metrics.deliveries.clone(),
            },
            limits: config.limits,
            key_window: config.log.key_window,
            figures: Figures::of(&hub, &gate),
            access,
            gate,
            origins: config.access.origins.clone(),
            proxies: config.access.trusted_proxies.clone(),
            stats: Arc::default(),
            hub,
            replies,
            files: assets::page_files(),
            leptos: page::leptos_options(),
            fans,
            shutdown,
        })))
    }

    /// Whether a proxy with this address is believed.
    fn is_trusted(&self, address: &IpAddr) -> bool {
        let address = address.to_canonical();
        self.proxies.iter().any(|network| network.contains(&address))
    }

    /// A place for this caller to publish.
    fn publisher(&self, caller: &Caller, channel: Channel) -> Result<Publisher, Problem> {
        self.gate.publish(&caller.party())?;
        Ok(caller.visitor.publish_to(channel)?)
    }
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Which path is answered by what. Only what is made for a request and may be long is compressed: a stream would be held
/// back, assets come compressed, and the rest is short.
fn router(state: State) -> Router {
    let pages = Router::new()
        .route("/", get(page::live))
        .route(rooms::PATH, get(page::rooms))
        .route(&format!("{}/{{room}}", rooms::PATH), get(page::room))
        .route(board::PATH, get(page::board))
        .route(questions::PATH, get(page::replies))
        .route(&format!("{}/{{thread}}", questions::PATH), get(page::thread))
        .route(SIGN_IN, get(page::sign_in))
        .fallback(page::asset_or_not_found)
        .layer(compression(PAGES));
    let long = Router::new()
        .route("/api/channels", get(history::channels))
        .route("/api/search", get(history::search))
        .route("/api/stats", get(stats::get))
        .route(openapi::PATH, get(openapi::get))
        .route("/docs/api", get(docs::get))
        .layer(compression(DATA));
    Router::new()
        .route(DEMO_PATH, get(streams::demo))
        .route("/api/streams/{name}", get(streams::named))
        .route("/api/events", get(subscribe::get).post(subscribe::post))
        .route("/api/channels/{channel}/messages", compressed(get(history::messages)).post(publish::post))
        .route("/api/channels/{channel}/people", compressed(get(people::get)))
        .route("/api/replies", post(replies::post))
        .route("/api/replies/{reply}", delete(replies::delete))
        .route("/messages", get(chat::get).post(chat::post))
        .route("/api/page/{function}", post(functions::call))
        .route("/api", any(problem::no_such_path))
        .route("/api/", any(problem::no_such_path))
        .route("/api/{*path}", any(problem::no_such_path))
        .route("/healthz", get(operations::health))
        .route("/readyz", get(operations::ready))
        .route("/metrics", get(operations::metrics))
        .merge(pages)
        .merge(long)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(state)
}

/// Lets pages of these origins call the API. Each is named to its own pages alone, so that they may send what says who they
/// are.
fn with_origins(router: Router, origins: &[Origin]) -> Router {
    if origins.is_empty() {
        return router;
    }
    let origins: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| origin.as_str().parse().ok()).collect();
    let allowed = ["authorization", "content-type", "idempotency-key", "last-event-id", "x-request-id"];
    let exposed = ["location", "retry-after", "x-request-id", NODE_HEADER, "www-authenticate"];
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::DELETE])
        .allow_headers(allowed.map(HeaderName::from_static))
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(PREFLIGHT);
    router.layer(layer)
}

/// How long a browser remembers that it may send what it asked about.
const PREFLIGHT: Duration = Duration::from_secs(600);

fn compressed(methods: MethodRouter<State>) -> MethodRouter<State> {
    methods.layer(compression(DATA))
}

/// How hard the compressors try: a page is short and what a visitor waits for; data may be megabytes.
const PAGES: i32 = 7;
const DATA: i32 = 5;

fn compression(quality: i32) -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Precise(quality))
}

//! The server: HTTP and what belongs to it. One file a resource.

pub mod config;

mod assets;
mod event_stream;
mod health;
mod page;
mod problem;
mod streams;
mod telemetry;

use crate::{app::shell::PageFiles, model::DEMO_PATH, streams::Streams};
use axum::{
    Router,
    extract::FromRef,
    middleware,
    routing::{any, get, post},
    serve::ListenerExt,
};
use config::Config;
use event_stream::Wire;
use leptos::config::LeptosOptions;
use std::{io, pin::pin, sync::Arc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

pub use telemetry::init as init_telemetry;

/// What the handlers share.
#[derive(Clone, FromRef)]
struct State {
    streams: Arc<Streams>,
    wire: Wire,
    files: Arc<PageFiles>,
    leptos: LeptosOptions,
}

/// Serves on `listener` until `shutdown`, then ends the open streams, gives other requests the configured time to
/// finish, and returns. A request that takes longer goes on until the runtime ends.
///
/// # Errors
/// When the listener fails for good.
pub async fn run(listener: TcpListener, config: Config, shutdown: CancellationToken) -> io::Result<()> {
    let state = State {
        streams: Arc::new(Streams::new(config.demo.interval, config.stream.retry)),
        wire: Wire {
            retry: config.stream.retry,
            heartbeat: config.stream.heartbeat,
            shutdown: shutdown.clone(),
        },
        files: Arc::new(assets::page_files()),
        leptos: page::leptos_options(),
    };
    // Rendering needs Leptos' executor. A second server in the same process finds it there already.
    let _ = any_spawner::Executor::init_tokio();
    // Without this the kernel holds a small write back until the one before it is acknowledged.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    let serving =
        axum::serve(listener, router(state)).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let mut serving = pin!(serving.into_future());
    tokio::select! {
        result = &mut serving => return result,
        () = shutdown.cancelled() => {}
    }
    tokio::time::timeout(config.server.drain, serving).await.unwrap_or_else(|_| {
        tracing::warn!(drain = ?config.server.drain, "some requests did not finish in time");
        Ok(())
    })
}

fn router(state: State) -> Router {
    Router::new()
        .route("/", get(page::live))
        .route(DEMO_PATH, get(streams::demo))
        .route("/api/streams/{name}", get(streams::named))
        .route("/api/page/{function}", post(page::server_function))
        .route("/api", any(problem::no_such_path))
        .route("/api/", any(problem::no_such_path))
        .route("/api/{*path}", any(problem::no_such_path))
        .route("/healthz", get(health::get))
        .fallback(page::asset_or_not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        // Only what is made for the request: an event stream is left alone, and assets come compressed.
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(telemetry::log_request))
        .with_state(state)
}

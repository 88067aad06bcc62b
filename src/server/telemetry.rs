//! Logs: one line a request, when its response has ended, and nothing secret in it.

use super::{
    caller::Peer,
    config::{LogFormat, Telemetry},
    header,
    observed::{Polled, observed},
};
use crate::model::NODE_HEADER;
use axum::{
    Router,
    body::{Body, HttpBody},
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS},
    },
    response::Response,
};
use bytes::Bytes;
use std::{
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Poll,
    time::Instant,
};
use tower::Service;
use tracing_subscriber::EnvFilter;

/// Sends the process' logs to standard error, as the settings say. The first call counts.
pub fn init(settings: Telemetry) {
    let filter = EnvFilter::new(format!("{level},hyper=info,h2=info", level = settings.level.as_str()));
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second server in one process, as in tests, writes to the log that is there.
    let _ = match settings.format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// Names a request, in its answer and in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Says which of several servers answers.
const NODE: HeaderName = HeaderName::from_static(NODE_HEADER);

/// Answers a request, unless it is refused, and logs it when its response has been sent or given up. The query stays out:
/// it may hold a ticket.
///
/// `name` is what this server is called.
///
/// This stands around the router rather than in it as a layer: a layer costs each request two allocations.
pub(super) async fn answer(
    mut router: Router,
    request: Request,
    refused: Option<Response>,
    name: Option<HeaderValue>,
) -> Response {
    let id = request_id(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let is_secure = request.extensions().get::<Peer>().is_some_and(|peer| peer.is_secure);
    let started = Instant::now();
    let mut response = match refused {
        Some(refusal) => refusal,
        None => router.call(request).await.unwrap_or_else(|never| match never {}),
    };
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id.clone());
    // A browser takes nothing for what it is not said to be, such as data for a script.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Some(name) = name {
        headers.insert(NODE, name);
    }
    let line = Line { id, method, path, status: response.status(), started };
    // A stream counts by itself: a body around its own would cost every event.
    if let Some(record) = response.extensions_mut().remove::<Arc<Record>>() {
        let _ = record.line.set(line);
        return response;
    }
    let record = Record::default();
    let _ = record.line.set(line);
    if response.body().is_end_stream() {
        record.is_complete();
    }
    response.map(|body| observed(body, move |polled, body| record.heard(polled, body)))
}

/// The id that the request came with, from a proxy or a client, if it is a plain one; otherwise a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(REQUEST_ID).filter(|id| header::is_plain(id.as_bytes()));
    given.cloned().unwrap_or_else(|| {
        let number = NEXT_REQUEST.fetch_add(1, Ordering::Relaxed);
        HeaderValue::try_from(format!("{:08x}-{number}", *PROCESS))
            .unwrap_or(HeaderValue::from_static("none"))
    })
}

/// Tells this process' requests from those of others: random.
static PROCESS: LazyLock<u32> = LazyLock::new(|| {
    let mut bits = [0; 4];
    // Without random bits ids repeat in another process, which is no reason to answer nobody.
    let _ = getrandom::fill(&mut bits);
    u32::from_be_bytes(bits)
});

static NEXT_REQUEST: AtomicU64 = AtomicU64::new(1);

/// What is known of a request when its response begins.
#[derive(Debug)]
struct Line {
    id: HeaderValue,
    method: Method,
    path: String,
    status: StatusCode,
    started: Instant,
}

/// A request's line in the making. It is written when this is dropped, so also when the client goes away.
#[derive(Debug, Default)]
pub(super) struct Record {
    line: OnceLock<Line>,
    bytes: AtomicU64,
    /// Whether the response was sent to its end; a stream that its client closes is not.
    complete: AtomicBool,
}

impl Record {
    /// Notes what the body said.
    fn heard(&self, polled: &Polled, body: &Body) {
        match polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.sent(frame.data_ref().map_or(0, Bytes::len));
                if body.is_end_stream() {
                    self.is_complete();
                }
            }
            Poll::Ready(None) => self.is_complete(),
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
    }

    /// Notes that so much of the body was handed over.
    pub(super) fn sent(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Notes that the body was handed over to its end.
    pub(super) fn is_complete(&self) {
        self.complete.store(true, Ordering::Relaxed);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let Some(line) = self.line.get() else { return };
        tracing::info!(
            id = line.id.to_str().unwrap_or_default(),
            method = %line.method,
            path = line.path,
            status = line.status.as_u16(),
            ms = u64::try_from(line.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes = self.bytes.load(Ordering::Relaxed),
            complete = self.complete.load(Ordering::Relaxed),
            "request"
        );
    }
}

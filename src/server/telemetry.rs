//! Logs: one line a request, when its response has ended, and nothing secret in it.

use super::config::{LogFormat, Telemetry};
use axum::{
    Router,
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode},
    response::Response,
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
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

/// Answers a request, and logs it when its response has been sent or given up. The query stays out: it may hold a
/// ticket.
///
/// This stands around the router rather than in it as a layer: a layer costs each request two allocations.
pub(super) async fn answer(mut router: Router, request: Request) -> Response {
    let id = request_id(request.headers());
    let mut line = Line {
        id: id.clone(),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        status: None,
        started: Instant::now(),
        bytes: 0,
        complete: false,
    };
    let Ok(mut response) = router.call(request).await;
    response.headers_mut().insert(REQUEST_ID, id);
    line.status = Some(response.status());
    line.complete = response.body().is_end_stream();
    response.map(|body| Body::new(Logged { body, line }))
}

/// The id that the request came with, from a proxy or a client, if it is a plain one; otherwise a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let given = headers
        .get(REQUEST_ID)
        .filter(|id| (1..=64).contains(&id.len()) && id.as_bytes().iter().all(|b| is_plain(*b)));
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

/// A request's line. It is written when this is dropped, so also when the client goes away.
struct Line {
    id: HeaderValue,
    method: Method,
    path: String,
    status: Option<StatusCode>,
    started: Instant,
    bytes: u64,
    complete: bool,
}

impl Drop for Line {
    fn drop(&mut self) {
        tracing::info!(
            id = self.id.to_str().unwrap_or_default(),
            method = %self.method,
            path = self.path,
            status = self.status.map(|status| status.as_u16()),
            ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes = self.bytes,
            // Whether the response was sent to its end; a stream that its client closes is not.
            complete = self.complete,
            "request"
        );
    }
}

struct Logged {
    body: Body,
    line: Line,
}

impl HttpBody for Logged {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                this.line.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                this.line.complete = this.body.is_end_stream();
            }
            Poll::Ready(None) => this.line.complete = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

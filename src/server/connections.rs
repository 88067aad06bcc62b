//! Connections: accepted, kept within limits of time and number, and finished at the shutdown.

use super::{
    State,
    caller::{FORWARDED_PROTO, Peer},
    telemetry,
    tls::Certificate,
};
use crate::model::problem::Problem;
use axum::{
    Router,
    body::Body,
    http::{
        HeaderValue, Request, Version,
        header::{CONNECTION, HOST},
    },
    response::{IntoResponse, Response},
};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_io_timeout::TimeoutStream;

/// The most that is read of a request's head, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How many requests one connection of HTTP/2 may have at once: more streams than a browser's tabs want.
const MAX_STREAMS: u32 = 256;

/// How often a connection of HTTP/2 is asked whether it is still there, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(20);

/// The pause after the system refused a connection for want of something that others may give back.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// How many connections more than are allowed are told so; any beyond are closed without a word.
const TOLD: usize = 256;

/// Accepts connections.
pub(super) struct Acceptor {
    pub state: State,
    pub router: Router,
    /// None for plain HTTP.
    pub certificate: Option<Arc<Certificate>>,
}

impl Acceptor {
    /// Accepts connections until the shutdown. What is returned resolves when all that were accepted have ended.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn run(self, listener: TcpListener) -> io::Result<impl Future<Output = ()>> {
        let graceful = GracefulShutdown::new();
        let this = Arc::new(self);
        loop {
            let accepted = tokio::select! {
                biased;
                () = this.state.shutdown.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) => this.clone().admit(socket, peer, &graceful),
                Err(error) if is_the_client_s(&error) => {}
                Err(error) if is_exhausted(&error) => {
                    tracing::error!(%error, "a connection could not be accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(graceful.shutdown())
    }

    fn admit(self: Arc<Self>, socket: TcpStream, peer: SocketAddr, graceful: &GracefulShutdown) {
        let open = graceful.count() + 1;
        let is_proxy = self.state.is_trusted(&peer.ip());
        // A proxy has the connections of many.
        let (place, refused) = match self.state.gate.admit(open, (!is_proxy).then(|| peer.ip())) {
            Ok(place) => (Some(place), None),
            Err(_) if open > self.state.limits.connections.saturating_add(TOLD) => return,
            Err(problem) => (None, Some(Arc::new(problem))),
        };
        // Without this the kernel holds a small write back until the one before it is acknowledged.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let watcher = graceful.watcher();
        let mut socket = TimeoutStream::new(socket);
        socket.set_write_timeout(Some(self.state.limits.stalled));
        let socket = Box::pin(socket);
        let caller = Peer { address: peer.ip(), is_proxy, is_secure: self.certificate.is_some() };
        // Two tasks, so that one which is not encrypted does not have the room that the other needs.
        match self.certificate.clone() {
            None => tokio::spawn(async move {
                let _place = place;
                self.http1(socket, caller, refused, watcher).await;
            }),
            Some(certificate) => tokio::spawn(async move {
                let _place = place;
                let handshake = timeout(self.state.limits.header_time, certificate.acceptor().accept(socket));
                match handshake.await {
                    Ok(Ok(socket)) if socket.get_ref().1.alpn_protocol() == Some(b"h2") => {
                        self.http2(socket, caller, refused, watcher).await;
                    }
                    Ok(Ok(socket)) => self.http1(socket, caller, refused, watcher).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                }
            }),
        };
    }

    async fn http1(
        self: Arc<Self>,
        socket: impl Socket,
        peer: Peer,
        refused: Option<Arc<Problem>>,
        watcher: Watcher,
    ) {
        let header_time = self.state.limits.header_time;
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(header_time)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(socket), self.service(peer, refused));
        over(watcher.watch(connection).await);
    }

    async fn http2(
        self: Arc<Self>,
        socket: impl Socket,
        peer: Peer,
        refused: Option<Arc<Problem>>,
        watcher: Watcher,
    ) {
        let stalled = self.state.limits.stalled;
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD_BYTES as u32)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(stalled)
            .serve_connection(TokioIo::new(socket), self.service(peer, refused));
        over(watcher.watch(connection).await);
    }

    /// What answers the requests of a connection.
    fn service(
        self: Arc<Self>,
        peer: Peer,
        refused: Option<Arc<Problem>>,
    ) -> impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + use<> {
        service_fn(move |request: Request<Incoming>| {
            let (router, refused) = (self.router.clone(), refused.clone());
            async move {
                let request = normal(request.map(Body::new), peer);
                Ok(match refused {
                    None => telemetry::answer(router, request).await,
                    Some(problem) => last(Problem::clone(&problem).into_response()),
                })
            }
        })
    }
}

/// What a connection is made of.
trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Socket for T {}

/// Clients break off at any moment; that is theirs to do.
fn over(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// The request as the rest of the server knows it: with the name under which it found the server as its `Host`, whatever
/// the version, and with a scheme that is to be believed.
fn normal(mut request: Request<Body>, peer: Peer) -> Request<Body> {
    request.extensions_mut().insert(peer);
    if request.version() == Version::HTTP_2
        && let Some(name) = request.uri().authority().and_then(|name| name.as_str().parse().ok())
    {
        request.headers_mut().entry(HOST).or_insert(name);
    }
    if peer.is_secure {
        request.headers_mut().insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    } else if !peer.is_proxy {
        request.headers_mut().remove(FORWARDED_PROTO);
    }
    request
}

/// An answer after which the connection is closed.
fn last(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Whether a connection failed before it was accepted, which is no fault of the listener.
fn is_the_client_s(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Whether the system lacks file descriptors or memory for the moment.
fn is_exhausted(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const ENOBUFS: i32 = 105;
    const ENOMEM: i32 = 12;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE | ENOBUFS | ENOMEM))
}

//! Connections: accepted, kept within limits of time and number, and finished at the shutdown.

mod lent;

use super::{
    State,
    caller::{FORWARDED_PROTO, Peer},
    config::Limits,
    limits::Place,
    parked::Slot,
    stalls::Stalls,
    telemetry,
    tls::Certificate,
};
use crate::model::problem::Problem;
use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, HeaderValue, Request, Version,
        header::{CONNECTION, COOKIE, HOST},
        uri::Authority,
    },
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::{Service, service_fn},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use lent::Lent;
use std::{
    convert::Infallible,
    future::{Future, pending, poll_fn},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{interval, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

/// The most that is read of a request's head, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How many requests one connection of HTTP/2 may have at once: more streams than a browser's tabs want.
const MAX_STREAMS: u32 = 128;

/// How often a connection of HTTP/2 is asked whether it is still there, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(20);

/// The pause after the system refused a connection for want of something that others may give back.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// How many connections more than are allowed are told so at once, and for how long at most; any beyond are closed without
/// a word.
const TOLD: usize = 256;
const TELLING: Duration = Duration::from_secs(5);

/// How often, in the time that a client may take nothing, it is looked whether it does.
const LOOKS: u32 = 4;

/// Accepts connections.
pub(super) struct Acceptor {
    state: State,
    router: Router,
    /// None for plain HTTP.
    certificate: Option<Arc<Certificate>>,
    /// Has a permit for each that may be told at once that there are too many.
    told: Arc<Semaphore>,
}

impl Acceptor {
    /// What accepts connections, and answers their requests by this router.
    pub fn new(state: State, router: Router, certificate: Option<Arc<Certificate>>) -> Self {
        Self { state, router, certificate, told: Arc::new(Semaphore::new(TOLD)) }
    }

    /// Accepts connections until the shutdown. What is returned resolves when all that were accepted have ended.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn run(self, listener: TcpListener) -> io::Result<impl Future<Output = ()>> {
        let connections = TaskTracker::new();
        let this = Arc::new(self);
        loop {
            let accepted = tokio::select! {
                biased;
                () = this.state.shutdown.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) => this.clone().admit(socket, peer, connections.token()),
                Err(error) if is_the_client_s(&error) => {}
                Err(error) if is_exhausted(&error) => {
                    tracing::error!(%error, "a connection could not be accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                }
                Err(error) => return Err(error),
            }
        }
        connections.close();
        Ok(async move { connections.wait().await })
    }

    fn admit(self: Arc<Self>, socket: TcpStream, peer: SocketAddr, tracked: TaskTrackerToken) {
        let is_proxy = self.state.is_trusted(&peer.ip());
        // A proxy has the connections of many.
        let (admission, refused) = match self.state.gate.admit((!is_proxy).then(|| peer.ip())) {
            Ok(place) => (Admission::Place(place), None),
            Err(problem) => match self.told.clone().try_acquire_owned() {
                Ok(telling) => (Admission::Telling(telling), Some(Arc::new(problem))),
                Err(_) => return,
            },
        };
        // Without this the kernel holds a small write back until the one before it is acknowledged.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let limit = refused.is_some().then_some(TELLING);
        let held = Held { _admission: admission, _tracked: tracked };
        let peer = Peer { address: peer.ip(), is_proxy, is_secure: self.certificate.is_some() };
        // Tasks of two kinds, so that one which is not encrypted does not have the room that the other needs.
        match self.certificate.clone() {
            None => tokio::spawn(within(limit, self.plain(socket, peer, refused, held))),
            Some(certificate) => {
                tokio::spawn(within(limit, self.encrypted(certificate, socket, peer, refused, held)))
            }
        };
    }

    /// Closes the socket where it takes nothing for too long.
    fn impatient<S: AsyncRead + AsyncWrite>(&self, socket: S) -> Pin<Box<TimeoutStream<S>>> {
        let mut socket = TimeoutStream::new(socket);
        socket.set_write_timeout(Some(self.state.limits.stalled));
        Box::pin(socket)
    }

    async fn plain(
        self: Arc<Self>,
        socket: TcpStream,
        peer: Peer,
        refused: Option<Arc<Problem>>,
        held: Held,
    ) {
        let socket = Lent::new(socket);
        let parking = self.state.fans.is_some().then(|| (Slot::default(), socket.is_flushed()));
        let socket = self.impatient(socket);
        let socket = self.clone().http1(socket, peer, refused, parking.clone()).await;
        let (Some(mut socket), Some((slot, _)), Some(fans)) = (socket, parking, &self.state.fans) else {
            return;
        };
        let Some((socket, (parked, head))) = socket.as_mut().get_pin_mut().get_mut().take().zip(slot.take())
        else {
            return;
        };
        match socket.into_std() {
            Ok(socket) => fans.park(parked, head, socket, held),
            Err(error) => tracing::debug!(%error, "a stream could not be parked"),
        }
    }

    async fn encrypted(
        self: Arc<Self>,
        certificate: Arc<Certificate>,
        socket: TcpStream,
        peer: Peer,
        refused: Option<Arc<Problem>>,
        _held: Held,
    ) {
        let socket = self.impatient(socket);
        match timeout(self.state.limits.header_time, certificate.acceptor().accept(socket)).await {
            Ok(Ok(socket)) if socket.get_ref().1.alpn_protocol() == Some(b"h2") => {
                self.http2(socket, peer, refused).await;
            }
            Ok(Ok(socket)) => {
                self.http1(socket, peer, refused, None).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    /// Answers a connection's requests to its end, or until one of them is for a stream that is to be parked: then the
    /// socket is given back, with nothing left to write to it.
    async fn http1<S: Socket>(
        self: Arc<Self>,
        socket: S,
        peer: Peer,
        refused: Option<Arc<Problem>>,
        parking: Option<(Slot, Arc<AtomicBool>)>,
    ) -> Option<S> {
        let header_time = self.state.limits.header_time;
        let shutdown = self.state.shutdown.clone();
        let slot = parking.as_ref().map(|(slot, _)| slot.clone());
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(header_time)
            .max_header_size(MAX_HEAD_BYTES)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(socket), self.service(peer, refused, None, slot));
        let mut stop = pin!(shutdown.cancelled().fuse());
        let ended = poll_fn(|cx| {
            if stop.as_mut().poll(cx).is_ready() {
                Pin::new(&mut connection).graceful_shutdown();
            }
            match Pin::new(&mut connection).poll(cx) {
                Poll::Ready(ended) => Poll::Ready(Some(ended)),
                Poll::Pending => match &parking {
                    Some((slot, is_flushed)) if slot.is_full() && is_flushed.load(Ordering::Relaxed) => {
                        Poll::Ready(None)
                    }
                    _ => Poll::Pending,
                },
            }
        });
        match ended.await {
            Some(ended) => {
                over(ended);
                None
            }
            None => Some(connection.into_parts().io.into_inner()),
        }
    }

    async fn http2(self: Arc<Self>, socket: impl Socket, peer: Peer, refused: Option<Arc<Problem>>) {
        let Limits { stalled, header_time, .. } = self.state.limits;
        let (stalls, shutdown) = (Stalls::new(), self.state.shutdown.clone());
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD_BYTES as u32)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(stalled)
            .serve_connection(TokioIo::new(socket), self.service(peer, refused, Some(stalls.clone()), None));
        let (mut connection, mut stop) = (pin!(connection), pin!(shutdown.cancelled().fuse()));
        let mut looks = interval(stalled.min(header_time) / LOOKS);
        loop {
            tokio::select! {
                ended = &mut connection => return over(ended),
                () = &mut stop => connection.as_mut().graceful_shutdown(),
                _ = looks.tick() => {
                    if stalls.are_too_long(header_time, stalled) {
                        tracing::debug!("a client asked for nothing, or took nothing, for too long");
                        return;
                    }
                }
            }
        }
    }

    /// What answers the requests of a connection.
    fn service(
        self: Arc<Self>,
        peer: Peer,
        refused: Option<Arc<Problem>>,
        stalls: Option<Arc<Stalls>>,
        slot: Option<Slot>,
    ) -> impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + use<> {
        service_fn(move |request: Request<Incoming>| {
            let (router, refused, stalls) = (self.router.clone(), refused.clone(), stalls.clone());
            let (slot, name) = (slot.clone(), self.state.name.clone());
            async move {
                let mut request = normal(request.map(Body::new), peer);
                if let Some(slot) = &slot {
                    request.extensions_mut().insert(slot.clone());
                }
                let refused = refused.as_deref().cloned().or_else(|| no_one_s(&request));
                let refusal = refused.map(|problem| last(problem.into_response()));
                let response = telemetry::answer(router, request, refusal, name).await;
                let response = match slot {
                    None => response,
                    Some(slot) => match slot.take_head(response) {
                        Some(response) => response,
                        // Somebody else answers, on this socket.
                        None => pending().await,
                    },
                };
                let Some(stalls) = stalls else { return Ok(response) };
                stalls.asked();
                Ok(response.map(|body| stalls.watch(body)))
            }
        })
    }
}

/// What a connection has as long as it lives.
pub(super) struct Held {
    _admission: Admission,
    _tracked: TaskTrackerToken,
}

/// What lets a connection in.
#[expect(dead_code, reason = "to have it is all")]
enum Admission {
    /// A place among those that are allowed.
    Place(Place),
    /// A permit to be told that there are too many.
    Telling(OwnedSemaphorePermit),
}

/// Lets a connection live, for a limited time or not.
async fn within(limit: Option<Duration>, connection: impl Future<Output = ()>) {
    match limit {
        None => connection.await,
        Some(limit) => timeout(limit, connection).await.unwrap_or_default(),
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
    if request.version() == Version::HTTP_2 {
        if let Some(name) = request.uri().authority().and_then(|name| name.as_str().parse().ok()) {
            request.headers_mut().entry(HOST).or_insert(name);
        }
        join_cookies(request.headers_mut());
    }
    if peer.is_secure {
        request.headers_mut().insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    } else if !peer.is_proxy {
        request.headers_mut().remove(FORWARDED_PROTO);
    }
    request
}

/// What is wrong with a request that does not say to whom it goes, or to two: a proxy before this server may have taken it
/// for another one (RFC 9112, section 3.2).
fn no_one_s(request: &Request<Body>) -> Option<Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let fault = match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host) => return None,
        (Some(_), None) => "this is not the name of a server, with or without a port",
        (None, _) if request.version() < Version::HTTP_11 => return None,
        (None, _) => "a request says to which server it goes",
        (Some(_), Some(_)) => "this header is given more than once",
    };
    Some(Problem::bad_request("Host", fault))
}

/// Whether it is a name or an address, with or without a port. Only HTTP/1.0 has none.
fn is_host(host: &HeaderValue) -> bool {
    host.to_str()
        .ok()
        .and_then(|host| host.parse::<Authority>().ok())
        .is_some_and(|host| !host.as_str().contains('@'))
}

/// A browser sends each cookie as a header of its own (RFC 9113, section 8.2.3); in HTTP/1.1 they are one.
fn join_cookies(headers: &mut HeaderMap) {
    let cookies: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if cookies.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&cookies.join(&b"; "[..]))
    {
        headers.insert(COOKIE, joined);
    }
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

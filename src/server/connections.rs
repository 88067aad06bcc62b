//! Connections: accepted, kept within time limits, and finished at the shutdown.

use super::{config::Limits, telemetry};
use axum::{Router, body::Body, http::Request};
use futures::FutureExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use std::{convert::Infallible, io, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

/// The most that is read of a request's head, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The pause after the system refused a connection for want of something that others may give back.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Accepts connections until `shutdown`. What is returned resolves when all that were accepted have ended.
///
/// # Errors
/// When the listener fails for good.
pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: &CancellationToken,
) -> io::Result<impl Future<Output = ()>> {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, _)) => serve(socket, router.clone(), limits, &graceful),
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

fn serve(socket: TcpStream, router: Router, limits: Limits, graceful: &GracefulShutdown) {
    // Without this the kernel holds a small write back until the one before it is acknowledged.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        telemetry::answer(router.clone(), request.map(Body::new)).map(Ok::<_, Infallible>)
    });
    let mut socket = TimeoutStream::new(socket);
    socket.set_write_timeout(Some(limits.stalled));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(socket)), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Clients break off at any moment; that is theirs to do.
            tracing::debug!(%error, "a connection broke");
        }
    });
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

//! `tidings serve`

use super::error::CliError;
use crate::server::{self, Certificate, Server, StartError, config::Config};
use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{io, net::SocketAddr, path::PathBuf};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

pub(super) const HELP: &str = "\
Settings and their defaults: see Leptos.toml. Each can also be set by a variable, as in
TIDINGS_SERVER_ADDRESS=0.0.0.0:8080 tidings serve";

/// How many connections may wait to be accepted, if the system allows as many: after a restart thousands of clients come
/// back at once, and one that the kernel turns away notices it late.
const BACKLOG: u32 = 4_096;

#[derive(Debug, Default, Args)]
pub(super) struct Serve {
    /// A TOML file with the settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Serve with TLS and HTTP/2, with a certificate made for this run alone: to try it on this machine
    #[arg(long)]
    tls_self_signed: bool,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), CliError> {
        let config = Config::load(self.config.as_deref(), std::env::vars_os())?;
        server::init_telemetry(config.telemetry);
        raise_open_files();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.map_err(CliError::Runtime)?.block_on(serve(config, self.tls_self_signed))
    }
}

async fn serve(config: Config, is_self_signed: bool) -> Result<(), CliError> {
    let address = config.server.address;
    // Before the log is open, which may take a moment: else the signal would end the process.
    let hangup = signal(SignalKind::hangup()).map_err(CliError::Serve)?;
    let mut server = Server::open(config)?;
    if is_self_signed {
        let (certificate, fingerprint) = Certificate::self_signed().map_err(StartError::from)?;
        tracing::info!(sha256 = fingerprint, "a certificate was made that no browser knows");
        server = server.with(certificate);
    }
    let listener = listen(address).map_err(|source| CliError::Listen { address, source })?;
    run(server, listener, hangup).await.map_err(CliError::Serve)
}

/// Takes as many open files as the system lets a process have: each stream is one, and the usual first bound of 1,024 is
/// there for programs that cannot do with more.
pub(super) fn raise_open_files() {
    let limits = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, ..limits }) {
        tracing::warn!(%error, "the bound on open files stays as it is");
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart need not wait for the connections of the one before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn run(server: Server, listener: TcpListener, mut hangup: Signal) -> io::Result<()> {
    let shutdown = CancellationToken::new();
    let mut signals =
        Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    let reload = server.reloader();
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            reload();
        }
    });
    let stop = shutdown.clone();
    tokio::spawn(async move {
        let signal = signals.next().await;
        tracing::info!(signal, "stopping");
        stop.cancel();
        let signal = signals.next().await;
        tracing::warn!(signal, "stopping at once");
        std::process::exit(1);
    });
    let scheme = if server.is_secure() { "https" } else { "http" };
    println!("Tidings is ready: {scheme}://{}", listener.local_addr()?);
    server.run(listener, shutdown).await
}

/// The signals that ask for the end: the first for an orderly one, the second for one at once.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Waits for the next; its name.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

//! The command line.

use crate::server::{
    self, Server, StartError,
    config::{Config, ConfigError},
};
use clap::{Args, Parser, Subcommand};
use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode};
use thiserror::Error;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// The exit code for settings that are not valid: EX_CONFIG of sysexits.h.
const EXIT_CONFIG: u8 = 78;

/// Live messages for the web.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the page and its streams; what happens without a command, too
    #[command(
        after_help = "Settings and their defaults: see Leptos.toml. Each can also be set by a variable, as in\n\
        TIDINGS_SERVER_ADDRESS=0.0.0.0:8080 tidings serve"
    )]
    Serve(Serve),
}

#[derive(Debug, Default, Args)]
struct Serve {
    /// A TOML file with the settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Why a command failed.
#[derive(Debug, Error)]
enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot listen on {address} (server.address): {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the server failed: {0}")]
    Serve(#[from] io::Error),
}

impl Cli {
    /// Does what the command line says.
    pub fn run(self) -> ExitCode {
        // `cargo leptos watch` starts the program without arguments.
        let Command::Serve(serve) = self.command.unwrap_or_else(|| Command::Serve(Serve::default()));
        match serve.run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("tidings: {error}");
                if matches!(error, CliError::Config(_)) {
                    ExitCode::from(EXIT_CONFIG)
                } else {
                    ExitCode::FAILURE
                }
            }
        }
    }
}

impl Serve {
    fn run(self) -> Result<(), CliError> {
        let config = Config::load(self.config.as_deref(), std::env::vars_os())?;
        server::init_telemetry(config.telemetry);
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(config))
    }
}

async fn serve(config: Config) -> Result<(), CliError> {
    let address = config.server.address;
    let server = Server::open(config)?;
    let listener = TcpListener::bind(address).await.map_err(|source| CliError::Listen { address, source })?;
    let shutdown = CancellationToken::new();
    let mut signals =
        Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    let stop = shutdown.clone();
    tokio::spawn(async move {
        let signal = signals.next().await;
        tracing::info!(signal, "stopping");
        stop.cancel();
        let signal = signals.next().await;
        tracing::warn!(signal, "stopping at once");
        std::process::exit(1);
    });
    println!("Tidings is ready: http://{}", listener.local_addr()?);
    Ok(server.run(listener, shutdown).await?)
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

//! Why a command failed, said to a person, and as an exit code.

use crate::{
    access::{
        keys::KeyError,
        token::{MintError, TokenError},
    },
    hub::log::{copy::CopyError, sqlite::OpenError},
    model::problem::Problem,
    server::{StartError, config::ConfigError},
    sse::decode::TooLarge,
};
use std::{io, net::SocketAddr, path::PathBuf};
use thiserror::Error;

#[derive(Debug, Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot listen on {address} (server.address): {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the server failed: {0}")]
    Serve(io::Error),
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// Options that do not go together, where clap cannot know it.
    #[error("{0}\n\nFor more information, try '--help'.")]
    Usage(&'static str),
    #[error("cannot set up connections to {url}: {reason}")]
    Connector { url: String, reason: String },
    #[error(
        "{place}cannot reach {url}: {reason}\nIs a server running there? `tidings serve` starts one here; --url or \
         TIDINGS_URL names another."
    )]
    Unreachable { place: String, url: String, reason: String },
    #[error("{place}{url} is not able to answer: {problem}")]
    Unable { place: String, url: String, problem: Box<Problem> },
    /// The server's reason stands in the problem.
    #[error("{place}{problem}{}", field(.problem))]
    Refused { place: String, problem: Box<Problem> },
    #[error("what answers at {url} is not Tidings, or not this version: {reason}")]
    Strange { url: String, reason: String },
    #[error("{place}{reason}")]
    Data { place: String, reason: String },
    #[error(transparent)]
    Event(#[from] TooLarge),
    #[error("there is no file to copy: log.url is \"memory:\", or Redis, which makes backups of its own")]
    NothingKept,
    #[error("no copy was made: {0}")]
    Backup(OpenError),
    #[error("the copy is not whole: {0}")]
    Copy(CopyError),
    #[error("cannot read {}: {source}", file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error(
        "nothing to sign with: set access.secret (TIDINGS_ACCESS_SECRET), or name a private key with --key"
    )]
    NoSigningKey,
    #[error("the token would have {0} bytes, which no server takes; name fewer channels")]
    TokenTooLong(usize),
    #[error(transparent)]
    Mint(#[from] MintError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("cannot read the keys (access.keys): {0}")]
    Keys(#[from] KeyError),
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

fn field(problem: &Problem) -> String {
    problem.field.as_ref().map_or_else(String::new, |field| format!(" ({field})"))
}

impl CliError {
    /// The exit code: one of those that `--help` lists. From 64 on they are those of sysexits.h.
    pub(super) const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Refused { .. } | Self::Data { .. } | Self::Token(_) | Self::TokenTooLong(_) => 65,
            Self::Unreachable { .. } | Self::Unable { .. } => 69,
            Self::Config(_) | Self::NothingKept | Self::Keys(_) | Self::NoSigningKey => 78,
            Self::Listen { .. }
            | Self::Start(_)
            | Self::Serve(_)
            | Self::Runtime(_)
            | Self::Connector { .. }
            | Self::Strange { .. }
            | Self::Event(_)
            | Self::Read { .. }
            | Self::Backup(_)
            | Self::Copy(_)
            | Self::Mint(_)
            | Self::Input(_)
            | Self::Output(_) => 1,
        }
    }
}

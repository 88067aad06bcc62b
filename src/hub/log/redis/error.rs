//! What Redis' errors mean for the log.

use super::super::LogError;
use redis::{ErrorKind, RedisError, ServerErrorKind};
use thiserror::Error;

/// Why a log could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Redis is not there, or does not let us.
    #[error("{address} cannot be used: {reason}. Is it running, and are its name and password right?")]
    Unavailable {
        /// Where it should be.
        address: String,
        /// What the client says.
        reason: String,
    },
    /// It is too old.
    #[error("{address} is Redis {found}, and the log needs Redis {}.{} or newer, or Valkey", least.0, least.1)]
    Old {
        /// Where it is.
        address: String,
        /// Its version.
        found: String,
        /// The oldest that will do.
        least: (u32, u32),
    },
    /// A newer version of the program wrote it.
    #[error(
        "the log at {address} has version {found} of its format, and this program knows version {known}: another one \
         wrote it. Use that, or give this one a log of its own (?name=)"
    )]
    Format {
        /// Where it is.
        address: String,
        /// Its version.
        found: String,
        /// The version that is known here.
        known: &'static str,
    },
    /// The system gives no thread.
    #[error("no thread can be had: {0}")]
    Thread(#[from] std::io::Error),
}

/// What an error of a command means that only reads, or of one that was not sent.
pub fn reading(error: &RedisError) -> LogError {
    match error.kind() {
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => LogError::Damaged(error.to_string()),
        _ => LogError::Away(said(error)),
    }
}

/// What the client says of an error. Of a time that is over it says only what the system does.
fn said(error: &RedisError) -> String {
    if error.is_timeout() { "Redis does not answer in time".to_owned() } else { error.to_string() }
}

/// What an error of a script means that writes.
pub fn writing(error: &RedisError) -> LogError {
    match (error.kind(), error.code()) {
        // The script was refused before it wrote anything.
        (_, Some("OOM")) => LogError::Full,
        (_, Some("LOGFULL")) => LogError::Unavailable(error.to_string()),
        (ErrorKind::Server(_) | ErrorKind::Extension, _) => LogError::Away(error.to_string()),
        _ if error.is_connection_refusal() => LogError::Away(error.to_string()),
        // It was sent, and no answer came.
        _ => LogError::Unsure(said(error)),
    }
}

/// Why something could not be done.
pub enum Failure {
    /// Redis says so, or does not answer.
    Redis(RedisError),
    /// There is no connection, or something that is not ours.
    Log(LogError),
}

impl Failure {
    /// Whether the connection can be used no more: it is cut, what comes next may be the answer to something else, or the server is
    /// not the one that may be written.
    pub fn ends_connection(&self) -> bool {
        let Self::Redis(error) = self else { return false };
        match error.kind() {
            ErrorKind::Server(
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::BusyLoading,
            ) => true,
            ErrorKind::Server(_) => false,
            ErrorKind::Extension => {
                error.code().is_some_and(|code| matches!(code, "LOGGONE" | "NOAUTH" | "UNBLOCKED"))
            }
            _ => true,
        }
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        Self::Redis(error)
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<Failure> for LogError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Redis(error) => reading(&error),
            Failure::Log(error) => error,
        }
    }
}

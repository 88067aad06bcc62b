//! What SQLite's errors mean for the log.

use super::super::LogError;
use rusqlite::{Error, ErrorCode, ffi};
use std::{
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Why a log could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process, or this one, has it open.
    #[error(
        "{} is in use by another process; stop that one, or give this one a log of its own (who has it is the process \
         that holds {}.lock open)",
        .0.display(), .0.display()
    )]
    InUse(PathBuf),
    /// A copy is to be a new file, and there is one.
    #[error("{} exists already; name a new file", .0.display())]
    Exists(PathBuf),
    /// It is some other file.
    #[error("{} is not a log of Tidings; it was left as it is. Name a file that does not exist yet", .0.display())]
    Foreign(PathBuf),
    /// A newer version of the program wrote it.
    #[error(
        "{} has version {found} of the log's format, and this program knows those up to {known}: a newer one wrote \
         it. Use that, or a log of your own",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that is known here.
        known: i64,
    },
    /// It cannot be read any more.
    #[error("{} is damaged: {reason}. Put a backup in its place, or move it away to begin anew", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// There is no room for it.
    #[error("there is no room on the disk for {}", .0.display())]
    Full(PathBuf),
    /// The system does not let us.
    #[error("{} cannot be opened: {reason}", .path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

impl OpenError {
    /// What an error means for this file.
    pub(super) fn new(path: &Path, error: impl Into<LogError>) -> Self {
        let path = path.to_owned();
        match error.into() {
            LogError::Full => Self::Full(path),
            LogError::Damaged(reason) => Self::Damaged { path, reason },
            LogError::Unavailable(reason) | LogError::Away(reason) | LogError::Unsure(reason) => {
                Self::Unavailable { path, reason }
            }
        }
    }

    pub(super) fn io(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull => Self::Full(path.to_owned()),
            _ => Self::Unavailable { path: path.to_owned(), reason: error.to_string() },
        }
    }
}

impl From<Error> for LogError {
    fn from(error: Error) -> Self {
        let reason = error.to_string();
        match &error {
            // The file that readers and the writer share cannot grow: SQLite has no code of its own for that.
            Error::SqliteFailure(code, _) if code.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
            Error::SqliteFailure(code, _) => match code.code {
                ErrorCode::DiskFull => Self::Full,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged(reason),
                _ => Self::Unavailable(reason),
            },
            // What we wrote was valid, so something else is there now.
            Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::QueryReturnedNoRows
            | Error::Utf8Error(..) => Self::Damaged(reason),
            _ => Self::Unavailable(reason),
        }
    }
}

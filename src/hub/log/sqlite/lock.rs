//! One process a log.

use super::error::OpenError;
use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The one name of a log's file, through symbolic links: what stands beside it is found by its name.
///
/// # Errors
/// When the file has a second name that is as real (a hard link), by which it could be opened without our knowing, or the
/// system does not tell.
pub fn real(path: &Path) -> Result<PathBuf, OpenError> {
    let failed = |error: io::Error| OpenError::io(path, &error);
    match fs::canonicalize(path) {
        Ok(real) if fs::metadata(&real).map_err(failed)?.nlink() > 1 && real.is_file() => {
            let reason = "it has a second name (a hard link), and what is published by one would be lost by the other; \
                          remove one"
                .into();
            Err(OpenError::Unavailable { path: path.to_owned(), reason })
        }
        Ok(real) => Ok(real),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
                return Err(failed(error));
            };
            Ok(fs::canonicalize(folder).map_err(failed)?.join(name))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Takes the log for this process, until the file is dropped or the process ends, however it does.
///
/// SQLite would let several processes write, but each would give ids of its own and see only what it published itself.
/// The file stays when the lock is released: if it were removed, two could each lock one of that name.
///
/// # Errors
/// When another has it.
pub fn lock(path: &Path) -> Result<File, OpenError> {
    let name = beside(path, ".lock");
    let file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&name)
        .map_err(|error| OpenError::io(&name, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::io(&name, &error)),
    }
}

/// The file of this name with something after it.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

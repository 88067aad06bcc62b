//! One process a log.

use super::error::OpenError;
use std::{
    ffi::OsString,
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

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

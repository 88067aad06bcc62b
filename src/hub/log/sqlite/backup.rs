//! A copy of a log, made while a server writes it.

use super::{
    error::OpenError,
    lock::beside,
    schema::{check, mark_copied, open, open_reader},
};
use std::{
    fs::{self, File},
    path::Path,
};

/// What a copy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Messages.
    pub messages: u64,
    /// The size of the file.
    pub bytes: u64,
}

/// Copies a log into a new file: all of it as it is at one moment. Whoever publishes meanwhile is not held up. The file has
/// its name only when it is whole and on disk.
///
/// # Errors
/// When it is no log, the new file exists, or there is no room for it.
pub fn backup(from: &Path, to: &Path) -> Result<Copied, OpenError> {
    if to.try_exists().map_err(|error| OpenError::io(to, &error))? {
        return Err(OpenError::Exists(to.to_owned()));
    }
    let log = open_reader(from).map_err(|error| OpenError::new(from, error))?;
    check(&log, from)?;
    let partial = beside(to, ".part");
    // What an earlier try left.
    let _ = fs::remove_file(&partial);
    let copied = write(&log, &partial, to);
    if copied.is_err() {
        let _ = fs::remove_file(&partial);
    }
    copied
}

fn write(log: &rusqlite::Connection, partial: &Path, to: &Path) -> Result<Copied, OpenError> {
    let failed = |error: std::io::Error| OpenError::io(to, &error);
    let name = partial.to_string_lossy();
    log.execute("VACUUM INTO ?1", [&name]).map_err(|error| OpenError::new(to, error))?;
    let copy = open(partial, 0)?;
    mark_copied(&copy).map_err(|error| OpenError::new(to, error))?;
    let messages = copy.query_row("SELECT count(*) FROM messages", (), |row| row.get::<_, i64>(0));
    let messages = messages.map_err(|error| OpenError::new(to, error))?;
    drop(copy);
    let file = File::open(partial).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(partial, to).map_err(failed)?;
    // The new name is on disk, too.
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    Ok(Copied { messages: messages.unsigned_abs(), bytes })
}

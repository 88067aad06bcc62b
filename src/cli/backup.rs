//! `tidings backup`: copies the log while the server runs.

use super::{error::CliError, say};
use crate::{
    hub::log::sqlite::backup,
    server::config::{Config, LogUrl},
};
use clap::Args;
use indicatif::HumanBytes;
use std::path::PathBuf;

pub(super) const HELP: &str = "\
The server need not stop, and nobody who publishes waits. To restore: stop the server, put the copy in the place of
the log's file, remove the files beside it that begin with its name, and start it again.

Example:
  tidings backup --config /etc/tidings/tidings.toml /backup/tidings-$(date +%F).db";

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The new file
    file: PathBuf,
    /// A TOML file with the settings, for log.url
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Backup {
    pub(super) fn run(self) -> Result<(), CliError> {
        let config = Config::load(self.config.as_deref(), std::env::vars_os())?;
        let LogUrl::Sqlite(log) = config.log.url else { return Err(CliError::NothingKept) };
        let copied = backup(&log, &self.file).map_err(CliError::Backup)?;
        let (messages, size, file) = (copied.messages, HumanBytes(copied.bytes), self.file.display());
        say(&format!("{messages} messages, {size}, are in {file}"));
        Ok(())
    }
}

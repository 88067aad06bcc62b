//! `tidings copy`: one log into another, under the same ids.

use super::{error::CliError, say};
use crate::{
    hub::log::{
        Log, Settings,
        copy::{Progress, copy},
    },
    server::{config::LogUrl, open_log},
};
use clap::Args;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::{sync::Arc, time::Duration};

pub(super) const HELP: &str = "\
From a file, no server may have it meanwhile; from Redis, servers may go on, and what they publish before the end is copied
with the rest. If it is cut off, the same command goes on where it was. Idempotency keys are not copied: let publishers
finish what they are sending first.

Example:
  tidings copy --from sqlite:data/tidings.db --to redis://redis.internal:6379";

#[derive(Debug, Args)]
pub(super) struct Copy {
    /// The log to copy, as log.url has it
    #[arg(long, value_name = "URL")]
    from: LogUrl,
    /// The log to copy to: a new one, or one that a copy was begun in
    #[arg(long, value_name = "URL")]
    to: LogUrl,
}

impl Copy {
    pub(super) fn run(self) -> Result<(), CliError> {
        if self.from == self.to {
            return Err(CliError::Usage("a log cannot be copied into itself"));
        }
        if [&self.from, &self.to].into_iter().any(|url| matches!(url, LogUrl::Memory)) {
            return Err(CliError::Usage("a log in memory is not there for another program"));
        }
        let from = open(&self.from)?;
        let to = open(&self.to)?;
        let bar = ProgressBar::new(from.size().messages);
        if let Ok(style) = ProgressStyle::with_template(
            "{bar:30} {human_pos} of {human_len} messages, {per_sec}, {eta} left",
        ) {
            bar.set_style(style);
        }
        let copied = copy(from.as_ref(), to.as_ref(), |Progress { copied, all }| {
            bar.set_length(all);
            bar.set_position(copied);
        });
        bar.finish_and_clear();
        let Progress { copied, .. } = copied.map_err(CliError::Copy)?;
        say(&format!("{} messages are in both", HumanCount(copied)));
        Ok(())
    }
}

/// Opens a log that keeps all that it has: what may go is for the server to say. A new one begins at the beginning of time, so that
/// every id is after it.
fn open(url: &LogUrl) -> Result<Arc<dyn Log>, CliError> {
    let settings = Settings { retention: Vec::new(), key_window: Duration::MAX };
    Ok(open_log(url, settings, 0)?)
}

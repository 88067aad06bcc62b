//! How far a long input is, on standard error where that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::{fs::File, os::fd::AsFd};

/// What is shorter is over before a person wonders.
const LONG: u64 = 1_000;

pub(super) struct Progress {
    /// There is one once the input is long.
    bar: Option<ProgressBar>,
    is_quiet: bool,
    messages: u64,
    bytes: u64,
}

impl Progress {
    pub(super) fn new(is_quiet: bool) -> Self {
        Self { bar: None, is_quiet, messages: 0, bytes: 0 }
    }

    /// Notes what is published.
    pub(super) fn add(&mut self, messages: u64, bytes: u64) {
        self.messages += messages;
        self.bytes += bytes;
        if !self.is_quiet && self.messages > LONG {
            let bar = self.bar.get_or_insert_with(bar);
            bar.set_position(self.bytes);
            bar.set_message(format!("{} messages", self.messages));
        }
    }

    /// Does what writes to the terminal, without the bar in its way.
    pub(super) fn around<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Of a file the end is known. It draws nothing where standard error is not a terminal.
fn bar() -> ProgressBar {
    let (bar, template) = match input_length() {
        Some(length) => (ProgressBar::new(length), "{bar:30} {percent}% of {total_bytes}, {msg}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}, {bytes}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The length of standard input in bytes, if it is a file.
fn input_length() -> Option<u64> {
    let input = File::from(std::io::stdin().as_fd().try_clone_to_owned().ok()?);
    let metadata = input.metadata().ok()?;
    metadata.is_file().then_some(metadata.len())
}

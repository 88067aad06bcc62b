//! What there is to say about the list, for what stands around it.

use crate::client::feed::{Cleared, Feed};

/// What there is to say about the list, and the feed that it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    /// How many events were received, are kept and were dropped.
    pub(super) received: u64,
    pub(super) kept: usize,
    pub(super) dropped: u64,
    /// What was cleared and may come back.
    pub(super) cleared: Option<Cleared>,
    /// How many events are rows.
    pub(super) rows: usize,
    /// Whether some are yet to be looked at.
    pub(super) is_searching: bool,
    /// How many rows below were never in view; none where the end is in view.
    pub(super) below: Option<usize>,
}

impl Summary {
    /// That of a list that shows all of a feed.
    pub(super) fn of(feed: &Feed) -> Self {
        Self {
            received: feed.received(),
            kept: feed.len(),
            dropped: feed.dropped(),
            cleared: feed.cleared(),
            rows: feed.len(),
            is_searching: false,
            below: None,
        }
    }

    /// Whether there are rows, or may yet be.
    pub(super) fn has_rows(&self) -> bool {
        self.rows > 0 || self.is_searching
    }
}

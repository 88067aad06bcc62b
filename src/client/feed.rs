//! What was received, kept for the list: a ring that forgets its oldest rows when it is full.

use std::{collections::VecDeque, sync::Arc};

/// How many rows are kept.
pub const CAPACITY: usize = 1_000;

/// An event that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The last event id when it came; empty where the stream sent none.
    pub id: String,
    /// Its type; `message` where the stream named none.
    pub name: String,
    /// Its data.
    pub data: String,
    /// The channel that it was published to; empty where the stream is none of channels.
    pub channel: String,
    /// When it was published, or where the stream does not say, when it came: in milliseconds since the Unix epoch.
    pub time: u64,
    /// Whether it is no message but says that messages before it are not kept any more.
    pub is_gap: bool,
}

/// An event in the list. Rows are shared with the view, not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The row's number since the feed began: tells rows apart where ids cannot.
    pub number: u64,
    /// What it shows.
    pub event: Arc<Event>,
}

/// A clear that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleared {
    /// Its number since the feed began.
    pub number: u64,
    /// How many rows it took.
    pub rows: usize,
}

/// The rows, and what was cleared last.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    rows: VecDeque<Row>,
    cleared: Vec<Row>,
    clears: u64,
    received: u64,
    dropped: u64,
}

impl FromIterator<Event> for Feed {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        let mut feed = Self::default();
        events.into_iter().for_each(|event| feed.push(event));
        feed
    }
}

impl Feed {
    /// Adds an event at the end; the oldest goes when the feed is full.
    pub fn push(&mut self, event: Event) {
        self.rows.push_back(Row { number: self.received, event: Arc::new(event) });
        self.received += 1;
        self.trim();
    }

    /// Takes all rows out. Until [`Feed::forget_cleared`] they can be brought back, with those of an earlier clear.
    pub fn clear(&mut self) {
        self.cleared.extend(self.rows.drain(..));
        let beyond = self.cleared.len().saturating_sub(CAPACITY);
        self.cleared.drain(..beyond);
        self.dropped += beyond as u64;
        self.clears += 1;
    }

    /// Brings back what was cleared last, before what came since.
    pub fn undo_clear(&mut self) {
        for row in self.cleared.drain(..).rev() {
            self.rows.push_front(row);
        }
        self.trim();
    }

    /// Gives up what was cleared.
    pub fn forget_cleared(&mut self) {
        self.cleared = Vec::new();
    }

    /// The rows, oldest first.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &Row> {
        self.rows.iter()
    }

    /// How many rows are kept.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What [`Feed::undo_clear`] would bring back, if anything.
    pub fn cleared(&self) -> Option<Cleared> {
        let rows = self.cleared.len();
        (rows > 0).then_some(Cleared { number: self.clears, rows })
    }

    /// How many events came, all together.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many were dropped because the feed was full.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The newest row.
    pub fn last(&self) -> Option<&Row> {
        self.rows.back()
    }

    fn trim(&mut self) {
        while self.rows.len() > CAPACITY {
            self.rows.pop_front();
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(events: usize) -> Feed {
        let mut feed = Feed::default();
        for n in 0..events {
            push(&mut feed, n);
        }
        feed
    }

    fn push(feed: &mut Feed, n: usize) {
        feed.push(Event {
            id: n.to_string(),
            name: "message".into(),
            data: String::new(),
            channel: String::new(),
            time: 0,
            is_gap: false,
        });
    }

    fn numbers(feed: &Feed) -> Vec<u64> {
        feed.rows().map(|row| row.number).collect()
    }

    #[test]
    fn a_full_feed_drops_its_oldest_and_counts_them() {
        let feed = feed(CAPACITY + 3);
        assert_eq!((feed.len(), feed.dropped(), feed.received()), (CAPACITY, 3, CAPACITY as u64 + 3));
        assert_eq!(numbers(&feed).first(), Some(&3));
    }

    #[test]
    fn what_was_cleared_comes_back_before_what_came_since() {
        let mut feed = feed(3);
        feed.clear();
        assert_eq!((feed.len(), feed.cleared()), (0, Some(Cleared { number: 1, rows: 3 })));
        push(&mut feed, 3);
        feed.undo_clear();
        assert_eq!((numbers(&feed), feed.cleared()), (vec![0, 1, 2, 3], None));
    }

    #[test]
    fn clears_add_up_within_the_bound_and_forgetting_is_for_good() {
        let mut feed = feed(CAPACITY);
        feed.clear();
        push(&mut feed, 0);
        feed.clear();
        assert_eq!(feed.cleared(), Some(Cleared { number: 2, rows: CAPACITY }));
        feed.undo_clear();
        assert_eq!((numbers(&feed)[0], feed.len(), feed.dropped()), (1, CAPACITY, 1));
        feed.clear();
        feed.forget_cleared();
        feed.undo_clear();
        assert!(feed.is_empty());
    }

    #[test]
    fn bringing_back_keeps_the_bound() {
        let mut feed = feed(CAPACITY);
        feed.clear();
        push(&mut feed, 0);
        feed.undo_clear();
        assert_eq!((feed.len(), feed.dropped()), (CAPACITY, 1));
    }
}

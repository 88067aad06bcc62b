//! What a log is asked to keep, and what it answers.

use super::LogError;
use crate::model::{
    EventId,
    channel::Channel,
    message::{Draft, Message},
};
use thiserror::Error;

/// A request to publish: kept whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Where.
    pub channel: Channel,
    /// What, in order.
    pub entries: Vec<Entry>,
}

/// What a log takes over from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// Messages, in the order of their ids.
    pub messages: Vec<Message>,
    /// How far channels had come, of which all messages were taken over.
    pub marks: Vec<Mark>,
}

/// How far a channel has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its name.
    pub channel: Channel,
    /// The newest id published to it, kept or not.
    pub newest: EventId,
    /// The newest that was kept and is no more.
    pub forgotten: Option<EventId>,
}

impl Import {
    /// The last id that was given before, or with this.
    ///
    /// # Errors
    /// When a message is not after `newest`.
    pub(super) fn last(&self, newest: EventId) -> Result<EventId, LogError> {
        let is_after = self.messages.first().is_none_or(|first| first.id > newest);
        if !is_after || !self.messages.is_sorted_by(|one, next| one.id < next.id) {
            return Err(LogError::Unavailable(
                "it has newer messages than those that it is to take over".into(),
            ));
        }
        let marks = self.marks.iter().map(|mark| mark.newest);
        Ok(self.messages.iter().map(|message| message.id).chain(marks).fold(newest, EventId::max))
    }
}

/// Messages under one idempotency key, or without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The same key, on the same channel and within [`Settings::key_window`](super::Settings::key_window), publishes only once.
    pub key: Option<Key>,
    /// The messages, at least one.
    pub drafts: Vec<Draft>,
}

/// An idempotency key: 1 to 128 bytes of printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(String);

/// Why a text is not a [`Key`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an idempotency key has 1 to {} characters of printable ASCII", Key::MAX_BYTES)]
pub struct KeyError;

impl Key {
    /// The longest key, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let valid =
            (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(|b| (b' '..=b'~').contains(&b));
        if valid { Ok(Self(text.to_owned())) } else { Err(KeyError) }
    }
}

/// What became of a request: a receipt for each of its entries.
pub type Outcome = Result<Vec<Receipt>, KeyReused>;

/// The ids of an entry's messages: the first, and those after it, each one higher in its sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id of the first message.
    pub first: EventId,
    /// How many there are.
    pub count: u64,
    /// Whether they were published before, by an earlier request with the same key, and not now.
    pub duplicate: bool,
}

impl Receipt {
    /// The ids.
    pub fn ids(self) -> impl Iterator<Item = EventId> {
        let Self { first, count, .. } = self;
        (0..count).map(move |n| EventId::new(first.milliseconds(), first.sequence() + n))
    }
}

/// A key was used before, on this channel, for other messages.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the idempotency key {0:?} was used for other messages; a new message needs a new key")]
pub struct KeyReused(pub String);

//! Replies: what a thread and a reply are called, and the events that a reply is made of.

use super::{
    EventName,
    channel::{Channel, is_segment},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// The first segment of every thread's channel.
pub const CHANNELS: &str = "replies";

/// What was asked.
pub const PROMPT: EventName = EventName::literal("prompt");
/// What the answerer does at the moment.
pub const STATUS: EventName = EventName::literal("status");
/// The next piece of the answer's text.
pub const DELTA: EventName = EventName::literal("delta");
/// The answer is over.
pub const DONE: EventName = EventName::literal("done");
/// The answer is over, and not as it should be.
pub const ERROR: EventName = EventName::literal("error");

/// Names a thread, a row of prompts and replies: 1 to 64 of `[A-Za-z0-9_-]`. Its messages are in the channel
/// `replies.{thread}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thread(String);

/// Why a text is not a [`Thread`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a thread's name has 1 to {} letters, digits, _ and - of ASCII", Thread::MAX_BYTES)]
pub struct ThreadError;

impl Thread {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// A name of these 128 bits: 32 hexadecimal digits.
    pub fn of_bits(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of its page, at what is new there.
    pub fn newest(&self) -> String {
        format!("/{CHANNELS}/{self}#newest")
    }

    /// The thread whose messages are in this channel, if it is a thread's.
    pub fn of(channel: &Channel) -> Option<Self> {
        channel.as_str().strip_prefix(CHANNELS)?.strip_prefix('.')?.parse().ok()
    }
}

impl fmt::Display for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Thread {
    type Err = ThreadError;

    fn from_str(text: &str) -> Result<Self, ThreadError> {
        if is_segment(text, Self::MAX_BYTES) { Ok(Self(text.to_owned())) } else { Err(ThreadError) }
    }
}

impl TryFrom<String> for Thread {
    type Error = ThreadError;

    fn try_from(text: String) -> Result<Self, ThreadError> {
        text.parse()
    }
}

impl From<Thread> for String {
    fn from(thread: Thread) -> Self {
        thread.0
    }
}

/// Names a reply: 128 bits as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReplyId(u128);

/// Why a text is not a [`ReplyId`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a reply's id has 32 hexadecimal digits")]
pub struct ReplyIdError;

impl ReplyId {
    /// The id of these bits.
    pub const fn of_bits(bits: u128) -> Self {
        Self(bits)
    }
}

impl fmt::Display for ReplyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for ReplyId {
    type Err = ReplyIdError;

    fn from_str(text: &str) -> Result<Self, ReplyIdError> {
        let digits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        u128::from_str_radix(text, 16).ok().filter(|_| digits).map(Self).ok_or(ReplyIdError)
    }
}

impl TryFrom<String> for ReplyId {
    type Error = ReplyIdError;

    fn try_from(text: String) -> Result<Self, ReplyIdError> {
        text.parse()
    }
}

impl From<ReplyId> for String {
    fn from(id: ReplyId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_has_a_channel_and_only_threads_channels_have_a_thread() {
        for name in ["a", "A-b_9", &"t".repeat(Thread::MAX_BYTES), Thread::of_bits(7).as_str()] {
            let thread: Thread = name.parse().unwrap();
            let channel = Channel::from(&thread);
            assert_eq!(channel.as_str().parse(), Ok(channel.clone()));
            assert_eq!(Thread::of(&channel), Some(thread), "{name}");
        }
        for channel in ["replies", "news.a", "replies.a.b", "repliesa"] {
            assert_eq!(Thread::of(&channel.parse().unwrap()), None, "{channel}");
        }
        for name in ["", "a.b", "*", ">", "线", "a b", &"t".repeat(65)] {
            assert_eq!(name.parse::<Thread>(), Err(ThreadError), "{name}");
        }
    }

    #[test]
    fn a_reply_has_one_text() {
        let id = ReplyId::of_bits(0xabc);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "abc", &"A".repeat(32), &"g".repeat(32), &format!("+{}", "0".repeat(31))] {
            assert_eq!(text.parse::<ReplyId>(), Err(ReplyIdError), "{text}");
        }
    }
}

//! An entry of the feed: something that happened.

use super::super::{LogError, Millis};
use crate::model::{
    EventId, EventName,
    channel::Channel,
    message::{Draft, Message},
};

/// Something that happened.
#[derive(Debug, PartialEq)]
pub enum Entry {
    /// A message was kept.
    Kept(Message),
    /// One is not to be kept.
    Passing {
        /// The channel.
        channel: Channel,
        /// The message.
        draft: Draft,
        /// When it was sent.
        time: Millis,
    },
    /// A channel's oldest messages were forgotten.
    Forgotten {
        /// The channel.
        channel: Channel,
        /// The last of them.
        last: EventId,
        /// How many.
        messages: u64,
        /// Their data, in bytes.
        bytes: u64,
        /// The oldest that is left.
        oldest: Option<EventId>,
    },
    /// A node had seen messages that the log is without.
    Lost,
}

/// An entry as Redis has it: its id, and its fields and values in turn.
pub type Raw = (String, Vec<String>);

/// The number of an entry.
///
/// # Errors
/// When it is none of ours.
pub fn number(id: &str) -> Result<u64, LogError> {
    id.strip_suffix("-0")
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| damaged("the number of an entry", id))
}

impl Entry {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none of ours.
    pub fn read((number, fields): Raw) -> Result<Self, LogError> {
        let (mut channel, mut id, mut time, mut last, mut oldest) = (None, None, None, None, None);
        let (mut event, mut data, mut messages, mut bytes) = (None, String::new(), 0, 0);
        let mut fields = fields.into_iter();
        while let (Some(field), Some(value)) = (fields.next(), fields.next()) {
            match field.as_str() {
                "l" => return Ok(Self::Lost),
                "c" => channel = Some(parse(&value)?),
                "i" => id = Some(parse(&value)?),
                "t" => time = Some(parse(&value)?),
                "e" => event = Some(parse::<EventName>(&value)?),
                "d" => data = value,
                "f" => last = Some(parse(&value)?),
                "n" => messages = parse(&value)?,
                "b" => bytes = parse(&value)?,
                "o" => oldest = optional(&value)?,
                _ => {}
            }
        }
        let channel = channel.ok_or_else(|| damaged("an entry without a channel", &number))?;
        match (id, time, last) {
            (Some(id), ..) => Ok(Self::Kept(Message { channel, id, event, data })),
            (_, Some(time), _) => Ok(Self::Passing { channel, draft: Draft { event, data }, time }),
            (.., Some(last)) => Ok(Self::Forgotten { channel, last, messages, bytes, oldest }),
            _ => Err(damaged("an entry that says nothing", &number)),
        }
    }
}

/// A message of a channel's stream.
///
/// # Errors
/// When it is none of ours.
pub fn message(channel: &Channel, (id, fields): Raw) -> Result<Message, LogError> {
    let (mut event, mut data) = (None, String::new());
    let mut fields = fields.into_iter();
    while let (Some(field), Some(value)) = (fields.next(), fields.next()) {
        match field.as_str() {
            "e" => event = Some(parse(&value)?),
            "d" => data = value,
            _ => {}
        }
    }
    Ok(Message { channel: channel.clone(), id: parse(&id)?, event, data })
}

/// Reads a value.
///
/// # Errors
/// When it is none of ours.
pub fn parse<T: std::str::FromStr>(text: &str) -> Result<T, LogError> {
    text.parse().map_err(|_| damaged("a value", text))
}

/// Reads a value where an empty text is none.
///
/// # Errors
/// When it is none of ours.
pub fn optional<T: std::str::FromStr>(text: &str) -> Result<Option<T>, LogError> {
    (!text.is_empty()).then(|| parse(text)).transpose()
}

/// The log has something that this program would not write.
pub fn damaged(what: &str, found: &str) -> LogError {
    LogError::Damaged(format!("{what} cannot be read: {:?}", found.chars().take(80).collect::<String>()))
}

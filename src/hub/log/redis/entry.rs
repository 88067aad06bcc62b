//! Entries of streams: a channel's messages, and in the feed what happened.

use super::super::{LogError, Millis};
use crate::model::{
    EventId,
    channel::Channel,
    message::{Draft, Message},
};

/// Something that happened.
#[derive(Debug, PartialEq)]
pub enum Item {
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

/// Adds what an entry of the feed tells. A channel is that of all that follows in the entry, up to the next.
///
/// # Errors
/// When it is none of ours.
pub fn read((number, fields): Raw, items: &mut Vec<Item>) -> Result<(), LogError> {
    let mut of: Option<Channel> = None;
    let before = items.len();
    for (field, value) in pairs(fields) {
        let channel = || of.clone().ok_or_else(|| damaged("an entry without a channel", &number));
        match (field.as_str(), items.last_mut()) {
            ("l", _) => items.push(Item::Lost),
            ("c", _) => of = Some(parse(&value)?),
            ("i", _) => {
                let (channel, id) = (channel()?, parse(&value)?);
                items.push(Item::Kept(Message { channel, id, event: None, data: String::new() }));
            }
            ("t", _) => {
                let (channel, time, draft) =
                    (channel()?, parse(&value)?, Draft { event: None, data: String::new() });
                items.push(Item::Passing { channel, draft, time });
            }
            ("f", _) => {
                let (channel, last) = (channel()?, parse(&value)?);
                items.push(Item::Forgotten { channel, last, messages: 0, bytes: 0, oldest: None });
            }
            (
                "e",
                Some(Item::Kept(Message { event, .. }) | Item::Passing { draft: Draft { event, .. }, .. }),
            ) => {
                *event = Some(parse(&value)?);
            }
            (
                "d",
                Some(Item::Kept(Message { data, .. }) | Item::Passing { draft: Draft { data, .. }, .. }),
            ) => *data = value,
            ("n", Some(Item::Forgotten { messages, .. })) => *messages = parse(&value)?,
            ("b", Some(Item::Forgotten { bytes, .. })) => *bytes = parse(&value)?,
            ("o", Some(Item::Forgotten { oldest, .. })) => *oldest = optional(&value)?,
            _ => {}
        }
    }
    if items.len() == before { Err(damaged("an entry that says nothing", &number)) } else { Ok(()) }
}

/// A message of a channel's stream.
///
/// # Errors
/// When it is none of ours.
pub fn message(channel: &Channel, (id, fields): Raw) -> Result<Message, LogError> {
    let (mut event, mut data) = (None, String::new());
    for (field, value) in pairs(fields) {
        match field.as_str() {
            "e" => event = Some(parse(&value)?),
            "d" => data = value,
            _ => {}
        }
    }
    Ok(Message { channel: channel.clone(), id: parse(&id)?, event, data })
}

/// Fields with their values.
fn pairs(fields: Vec<String>) -> impl Iterator<Item = (String, String)> {
    let mut fields = fields.into_iter();
    std::iter::from_fn(move || fields.next().zip(fields.next()))
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

//! What Tidings talks about: event ids, event names, tickets, a stream's address. Each type can hold only what is
//! valid, so code that has one need not check it again.

pub mod board;
pub mod channel;
pub mod endpoint;
pub mod marks;
pub mod message;
pub mod person;
pub mod preferences;
pub mod problem;
pub mod query;
pub mod reply;
pub mod room;
pub mod selection;
pub mod source;

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};
use thiserror::Error;

/// Where the demo of the tutorials is served.
pub const DEMO_PATH: &str = "/api/sse";

/// The header in which one of several servers says what it is called.
pub const NODE_HEADER: &str = "x-tidings-node";

/// The id of an event: when it was made, in milliseconds since the Unix epoch, and its number in that order.
///
/// It is written `<milliseconds>-<sequence>`, decimal, with no leading zeros. To clients it is opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventId {
    milliseconds: u64,
    sequence: u64,
}

impl EventId {
    /// The longest text of an id, in bytes: two numbers of 20 digits and the dash.
    pub const MAX_BYTES: usize = 41;

    /// No id is after this.
    pub const LAST: Self = Self::new(u64::MAX, u64::MAX);

    /// No millisecond has more ids than this.
    pub const PER_MILLISECOND: u64 = 1 << 20;

    /// An id made at `milliseconds` since the Unix epoch with the number `sequence`.
    pub const fn new(milliseconds: u64, sequence: u64) -> Self {
        Self { milliseconds, sequence }
    }

    /// When the event was made, in milliseconds since the Unix epoch.
    pub const fn milliseconds(self) -> u64 {
        self.milliseconds
    }

    /// The event's number.
    pub const fn sequence(self) -> u64 {
        self.sequence
    }

    /// The place right before this id: after it, the id comes first.
    pub const fn before(self) -> Self {
        match self.sequence.checked_sub(1) {
            Some(sequence) => Self::new(self.milliseconds, sequence),
            None => Self::new(self.milliseconds.saturating_sub(1), Self::PER_MILLISECOND - 1),
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.sequence)
    }
}

/// Why a text is not an [`EventId`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EventIdError {
    /// It is longer than any id.
    #[error("an event id has at most {} bytes", EventId::MAX_BYTES)]
    TooLong,
    /// It has bytes that are not ASCII.
    #[error("an event id is plain ASCII")]
    NotAscii,
    /// It is not of the form of an id.
    #[error("an event id has the form <milliseconds>-<sequence>, as in 1767225600000-4")]
    Malformed,
}

impl TryFrom<String> for EventId {
    type Error = EventIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.to_string()
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > Self::MAX_BYTES {
            return Err(EventIdError::TooLong);
        }
        if !text.is_ascii() {
            return Err(EventIdError::NotAscii);
        }
        let id = text
            .split_once('-')
            .and_then(|(milliseconds, sequence)| {
                Some(Self::new(milliseconds.parse().ok()?, sequence.parse().ok()?))
            })
            .ok_or(EventIdError::Malformed)?;
        // One id has one text: "+1-02" parses as numbers but is not what we write.
        if id.to_string() == text { Ok(id) } else { Err(EventIdError::Malformed) }
    }
}

/// The name of an event, the `event:` field: not empty, no line break, no NUL, at most 128 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventName(Cow<'static, str>);

/// Why a text is not an [`EventName`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an event's name has 1 to {} bytes and no line break or NUL", EventName::MAX_BYTES)]
pub struct EventNameError;

impl EventName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// The name that ends a stream for good: a client that receives it does not reconnect.
    pub const END: Self = Self::literal("end");

    /// The name of the event that says that messages are missing, since they are not kept any more.
    pub const GAP: Self = Self::literal("gap");

    /// A name that stands in the source. Use it in a `const`, so that a wrong name does not compile.
    pub const fn literal(name: &'static str) -> Self {
        assert!(Self::is_valid(name), "not an event's name");
        Self(Cow::Borrowed(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    const fn is_valid(name: &str) -> bool {
        let mut bytes = name.as_bytes();
        if bytes.is_empty() || bytes.len() > Self::MAX_BYTES {
            return false;
        }
        while let [first, rest @ ..] = bytes {
            if matches!(first, b'\r' | b'\n' | b'\0') {
                return false;
            }
            bytes = rest;
        }
        true
    }
}

impl TryFrom<String> for EventName {
    type Error = EventNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EventName> for String {
    fn from(name: EventName) -> Self {
        name.0.into_owned()
    }
}

impl FromStr for EventName {
    type Err = EventNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if Self::is_valid(text) { Ok(Self(Cow::Owned(text.to_owned()))) } else { Err(EventNameError) }
    }
}

/// Names one page's stream, through all its reconnects, so that the page can end it on the server.
///
/// 128 random bits as 32 hexadecimal digits: nobody ends a stream whose ticket they were not given. It grants
/// nothing else, and a stream needs none.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ticket([u8; 16]);

/// Why a text is not a [`Ticket`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a ticket has 32 hexadecimal digits, as the page's connect function hands it out")]
pub struct TicketError;

impl Ticket {
    /// A ticket of these 128 bits, which should be random.
    pub const fn new(bits: [u8; 16]) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Who has the ticket can end the stream, so it stays out of logs.
impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

impl FromStr for Ticket {
    type Err = TicketError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match u128::from_str_radix(text, 16) {
            Ok(bits) if digits => Ok(Self(bits.to_be_bytes())),
            _ => Err(TicketError),
        }
    }
}

impl TryFrom<String> for Ticket {
    type Error = TicketError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Ticket> for String {
    fn from(ticket: Ticket) -> Self {
        ticket.to_string()
    }
}

/// Where a client finds a stream, and what it must know of it beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamAddress {
    /// The URL or the path, with the query, the ticket in it.
    pub url: String,
    /// The ticket that ends the stream; none where the server knows of no tickets. A server that does takes the last
    /// event id in the query, as `last_event_id`.
    pub ticket: Option<Ticket>,
    /// The names of the events that the stream sends. A browser's `EventSource` only hears those it listens for.
    pub events: Vec<String>,
    /// The stream's `retry:`, in milliseconds, which `EventSource` does not show.
    pub retry_ms: u32,
    /// The longest silence of the stream before it sends a comment, in milliseconds; none where it promises none.
    pub heartbeat_ms: Option<u32>,
}

impl StreamAddress {
    /// A wait before a reconnect for servers that say nothing of it, as browsers have it.
    const USUAL_RETRY_MS: u32 = 3_000;

    /// The address of a stream of any server, of which no more than its URL is known.
    pub fn plain(url: impl Into<String>) -> Self {
        let url = url.into();
        Self { url, ticket: None, events: vec![], retry_ms: Self::USUAL_RETRY_MS, heartbeat_ms: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_survives_its_text(milliseconds: u64, sequence: u64) {
            let id = EventId::new(milliseconds, sequence);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert!(id.to_string().len() <= EventId::MAX_BYTES);
        }

        #[test]
        fn an_id_has_one_text(text in "[+0-9-]{1,12}|\\PC{0,50}") {
            if let Ok(id) = text.parse::<EventId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }

        #[test]
        fn a_ticket_survives_its_text(bits: [u8; 16]) {
            let ticket = Ticket::new(bits);
            prop_assert_eq!(ticket.to_string().parse(), Ok(ticket));
        }
    }

    #[test]
    fn what_is_no_id_says_why() {
        for (text, error) in [
            ("", EventIdError::Malformed),
            ("1", EventIdError::Malformed),
            ("1-", EventIdError::Malformed),
            ("1-2-3", EventIdError::Malformed),
            ("01-2", EventIdError::Malformed),
            ("+1-2", EventIdError::Malformed),
            ("1-18446744073709551616", EventIdError::Malformed),
            ("一-二", EventIdError::NotAscii),
            (&"1".repeat(42), EventIdError::TooLong),
        ] {
            assert_eq!(text.parse::<EventId>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn names_cannot_break_out_of_their_line() {
        for name in ["", "a\nb", "a\rb", "a\0", &"n".repeat(129)] {
            assert_eq!(name.parse::<EventName>(), Err(EventNameError), "{name:?}");
        }
        assert_eq!("更新".parse::<EventName>().unwrap().as_str(), "更新");
    }

    #[test]
    fn a_ticket_is_32_digits_and_kept_out_of_logs() {
        for text in
            ["", "0", &"0".repeat(33), &"g".repeat(32), &"A".repeat(32), &format!("+{}", "0".repeat(31))]
        {
            assert_eq!(text.parse::<Ticket>(), Err(TicketError), "{text:?}");
        }
        assert!(!format!("{:?}", Ticket::new([7; 16])).contains("07"));
    }
}

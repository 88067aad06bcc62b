//! Decoding: bytes in pieces of any size go in, what they say comes out.
//!
//! The result does not depend on where the pieces are cut, and each byte is looked at once: a line that comes in many
//! pieces costs no more than one that comes whole.

use std::time::Duration;
use thiserror::Error;

/// What a stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An event, dispatched by the blank line after it.
    Event(Event),
    /// How long to wait before a reconnect (`retry:`), in whole milliseconds.
    Retry(Duration),
    /// The text of a comment, after its colon. Heartbeats are comments.
    Comment(String),
}

/// An event as the standard dispatches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its type; `message` where the stream names none.
    pub name: String,
    /// Its `data:` lines, with a line feed between two.
    pub data: String,
    /// The last event id when it was dispatched: its own, or one from before it; empty where there was none.
    pub last_event_id: String,
}

/// An event, or a line, is larger than the decoder's limit.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an event of the stream is larger than {limit} bytes")]
pub struct TooLarge {
    /// The limit, in bytes.
    pub limit: usize,
}

/// The parser of one stream, from its first byte on (HTML standard, section 9.2.6). A new connection needs a new one.
///
/// What has no end of line when the stream ends is, as the standard has it, not there; so nothing is to be done at
/// the end.
///
/// ```
/// use tidings::sse::decode::{Decoder, Item};
///
/// let (mut decoder, mut items) = (Decoder::default(), Vec::new());
/// decoder.feed(b"id: 7\ndata: Hel", &mut items)?;
/// decoder.feed(b"lo\n\n", &mut items)?;
/// let [Item::Event(event)] = items.as_slice() else { panic!("one event") };
/// assert_eq!((event.data.as_str(), decoder.last_event_id()), ("Hello", "7"));
/// # Ok::<(), tidings::sse::decode::TooLarge>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// A BOM can only stand before the first line.
    is_first_line: bool,
    /// A line feed that follows a carriage return ends no second line, also when it comes in the next piece.
    after_return: bool,
    event: Buffers,
    last_event_id: String,
    is_too_large: bool,
}

/// The standard's buffers. The id outlasts the event.
#[derive(Debug, Default)]
struct Buffers {
    /// With a line feed after each line, so that one empty line differs from none.
    data: String,
    name: String,
    id: String,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_limit(Self::DEFAULT_LIMIT)
    }
}

impl Decoder {
    /// The limit of [`Decoder::default`], in bytes: 16 MiB.
    pub const DEFAULT_LIMIT: usize = 16 << 20;

    /// A decoder that refuses an event, or a line, of more than `limit` bytes: so much, and not more than a small
    /// multiple of it, a stream can make it hold.
    pub const fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            is_first_line: true,
            after_return: false,
            event: Buffers { data: String::new(), name: String::new(), id: String::new() },
            last_event_id: String::new(),
            is_too_large: false,
        }
    }

    /// The id to resume with. A block without data sets it, too, and dispatches nothing. Empty before the first.
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Takes the next piece of the stream and appends to `items` what it completes.
    ///
    /// # Errors
    /// When an event is too large. `items` then has what came before it, and the decoder takes no more: every further
    /// call fails in the same way.
    pub fn feed(&mut self, mut piece: &[u8], items: &mut Vec<Item>) -> Result<(), TooLarge> {
        self.check(0)?;
        while let Some(first) = piece.first() {
            if std::mem::take(&mut self.after_return) && *first == b'\n' {
                piece = piece.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = piece.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
                self.check(self.line.len() + piece.len())?;
                self.line.extend_from_slice(piece);
                return Ok(());
            };
            let (text, rest) = piece.split_at(end);
            self.check(self.line.len() + text.len())?;
            self.after_return = rest.first() == Some(&b'\r');
            piece = rest.get(1..).unwrap_or_default();
            self.end_line(text, items);
        }
        self.check(self.line.len())
    }

    /// Whether the event may be held together with a line of this many bytes.
    fn check(&mut self, line: usize) -> Result<(), TooLarge> {
        let Buffers { data, name, id } = &self.event;
        if self.is_too_large || data.len() + name.len() + id.len() + line > self.limit {
            self.is_too_large = true;
            // What cannot be finished need not be held.
            (self.line, self.event) = (Vec::new(), Buffers::default());
            return Err(TooLarge { limit: self.limit });
        }
        Ok(())
    }

    /// Handles the line that ends with `text`.
    fn end_line(&mut self, text: &[u8], items: &mut Vec<Item>) {
        if self.line.is_empty() {
            // The whole line is in this piece: no copy is needed.
            return self.handle_line(text, items);
        }
        let mut line = std::mem::take(&mut self.line);
        line.extend_from_slice(text);
        self.handle_line(&line, items);
        line.clear();
        self.line = line;
    }

    fn handle_line(&mut self, mut line: &[u8], items: &mut Vec<Item>) {
        if std::mem::take(&mut self.is_first_line) {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        if line.is_empty() {
            items.extend(self.dispatch().map(Item::Event));
            return;
        }
        let (field, value) = split_field(line);
        // Decoding a value by itself gives what decoding the whole stream gives: a line's end, a colon and a space
        // are ASCII, which ends every sequence of UTF-8, also one that is cut short.
        let value = String::from_utf8_lossy(value);
        match field {
            b"" => items.push(Item::Comment(value.into_owned())),
            b"data" => {
                self.event.data.push_str(&value);
                self.event.data.push('\n');
            }
            b"event" => self.event.name = value.into_owned(),
            b"id" if !value.contains('\0') => self.event.id = value.into_owned(),
            b"retry" => items.extend(retry(&value).map(Item::Retry)),
            _ => {}
        }
    }

    /// What a blank line does. There is an event only where there was a `data` field.
    fn dispatch(&mut self) -> Option<Event> {
        self.last_event_id.clone_from(&self.event.id);
        let name = std::mem::take(&mut self.event.name);
        let mut data = std::mem::take(&mut self.event.data);
        // Without data there is no line feed to take away, and no event.
        data.pop()?;
        let name = if name.is_empty() { "message".to_owned() } else { name };
        Some(Event { name, data, last_event_id: self.last_event_id.clone() })
    }
}

/// A line's field and its value, without the one space that may stand before it. A comment's field is empty, and its
/// text is all that follows the colon.
fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else { return (line, b"") };
    let (field, rest) = line.split_at(colon);
    let value = rest.strip_prefix(b":").unwrap_or(rest);
    match field {
        b"" => (field, value),
        _ => (field, value.strip_prefix(b" ").unwrap_or(value)),
    }
}

/// The time that digits, and nothing else, say; the longest where they say more than a number can hold.
fn retry(digits: &str) -> Option<Duration> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_millis(digits.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests;

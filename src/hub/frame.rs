//! A message on its way out: encoded once in each form that someone watches, and shared from there on.

use super::log::Millis;
use crate::{
    model::{
        EventId, EventName,
        channel::Channel,
        message::{Draft, Message},
    },
    sse::encode,
};
use bytes::Bytes;
use serde::{Serialize, Serializer};
use std::{
    cell::OnceCell,
    time::{Duration, UNIX_EPOCH},
};

/// What a subscriber's events carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// The message's data as it was published.
    #[default]
    Plain,
    /// JSON with the data in it: `{channel, id, time, event, data}`. The event's name stands there alone, so that an
    /// `EventSource`, which only hears names that it knows, hears everything with one listener.
    Envelope,
}

/// A message as JSON, in envelopes, history and search.
#[derive(Clone, Debug, Serialize)]
pub struct Envelope<'a> {
    /// The channel.
    pub channel: &'a Channel,
    /// The id; null for what is not kept.
    pub id: Option<EventId>,
    /// When it was published; as JSON it is RFC 3339, in UTC.
    #[serde(serialize_with = "as_rfc3339")]
    pub time: Millis,
    /// The event's name; null for a `message`.
    pub event: Option<&'a EventName>,
    /// The data.
    pub data: &'a str,
}

impl<'a> Envelope<'a> {
    /// The envelope of a message that is published at `time`; it has no id where it is not kept.
    pub fn of(channel: &'a Channel, id: Option<EventId>, time: Millis, draft: &'a Draft) -> Self {
        Self { channel, id, time, event: draft.event.as_ref(), data: &draft.data }
    }
}

impl<'a> From<&'a Message> for Envelope<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            channel: &message.channel,
            id: Some(message.id),
            time: message.id.milliseconds(),
            event: message.event.as_ref(),
            data: &message.data,
        }
    }
}

/// Messages after `after` are not kept any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The last event id that the subscriber had.
    pub after: EventId,
    /// The oldest message that is kept; none where nothing is.
    pub oldest: Option<EventId>,
}

impl Gap {
    /// The event that says so. It has no id: until there is a message, the subscriber stands where it stood.
    pub fn frame(self) -> Frame {
        // A gap has only ids in it, so there is always a JSON text.
        Frame::new(&encode::event(
            None,
            Some(&EventName::GAP),
            &serde_json::to_string(&self).unwrap_or_default(),
        ))
    }
}

fn as_rfc3339<S: Serializer>(time: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*time))
}

/// A time in milliseconds since the Unix epoch, as RFC 3339 has it, in UTC.
pub fn rfc3339(milliseconds: Millis) -> String {
    // The last moment of the year 9999: what is later has no such text.
    const LAST: u64 = 253_402_300_799_999;
    let time = UNIX_EPOCH + Duration::from_millis(milliseconds.min(LAST));
    humantime::format_rfc3339_millis(time).to_string()
}

/// An encoded event, with what makes it a chunk of HTTP/1.1 around it (RFC 9112, section 7.1): who writes to a socket needs
/// that, and so it is made once for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    chunk: Bytes,
    /// Where the event begins.
    start: u8,
}

impl Frame {
    /// The frame of an event.
    pub fn new(block: &[u8]) -> Self {
        let size = format!("{:x}\r\n", block.len());
        let chunk = [size.as_bytes(), block, b"\r\n"].concat().into();
        Self { chunk, start: size.len().try_into().unwrap_or_default() }
    }

    /// The event as a chunk.
    pub const fn chunk(&self) -> &Bytes {
        &self.chunk
    }

    /// The event.
    pub fn block(&self) -> Bytes {
        self.chunk.slice(usize::from(self.start)..self.chunk.len() - 2)
    }

    /// The size of the chunk, in bytes.
    pub const fn chunk_len(&self) -> usize {
        self.chunk.len()
    }

    /// The size of the event, in bytes.
    pub const fn block_len(&self) -> usize {
        self.chunk.len() - self.start as usize - 2
    }
}

/// A message that is about to be sent to everyone who watches.
pub struct Outgoing<'a> {
    envelope: Envelope<'a>,
    plain: OnceCell<Frame>,
    enveloped: OnceCell<Frame>,
}

impl<'a> Outgoing<'a> {
    /// A message to send.
    pub fn new(envelope: Envelope<'a>) -> Self {
        Self { envelope, plain: OnceCell::new(), enveloped: OnceCell::new() }
    }

    /// The channel.
    pub fn channel(&self) -> &Channel {
        self.envelope.channel
    }

    /// The id; none for what is not kept.
    pub fn id(&self) -> Option<EventId> {
        self.envelope.id
    }

    /// The event to send. The first call for each form encodes it.
    pub fn frame(&self, form: Form) -> Frame {
        let Envelope { id, event, data, .. } = self.envelope;
        match form {
            Form::Plain => self.plain.get_or_init(|| Frame::new(&encode::event(id, event, data))),
            Form::Envelope => self.enveloped.get_or_init(|| {
                // Strings and ids always have a JSON text.
                let json = serde_json::to_string(&self.envelope).unwrap_or_default();
                Frame::new(&encode::event(id, None, &json))
            }),
        }
        .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_encoded_once_and_is_what_the_wire_says() {
        let message = Message {
            channel: "news".parse().unwrap(),
            id: EventId::new(1_767_225_600_000, 4),
            event: "update".parse().ok(),
            data: "a\n\"b\"".into(),
        };
        let outgoing = Outgoing::new(Envelope::from(&message));
        let plain = outgoing.frame(Form::Plain);
        assert_eq!(plain.block(), "event: update\ndata: a\ndata: \"b\"\nid: 1767225600000-4\n\n");
        assert_eq!(plain.chunk(), "35\r\nevent: update\ndata: a\ndata: \"b\"\nid: 1767225600000-4\n\n\r\n");
        assert_eq!(plain.chunk().as_ptr(), outgoing.frame(Form::Plain).chunk().as_ptr());
        let json = r#"{"channel":"news","id":"1767225600000-4","time":"2026-01-01T00:00:00.000Z","event":"update","data":"a\n\"b\""}"#;
        let expected = format!("data: {json}\nid: 1767225600000-4\n\n");
        assert_eq!(outgoing.frame(Form::Envelope).block(), expected);
    }

    #[test]
    fn any_time_has_a_text() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(u64::MAX), "9999-12-31T23:59:59.999Z");
    }
}

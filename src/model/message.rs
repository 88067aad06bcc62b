//! Messages: what is published, kept and sent.

use super::{EventId, EventName, channel::Channel};
use serde::{Deserialize, Serialize};

/// A message that is kept.
///
/// As JSON, in history, search and envelopes, it is `{channel, id, event, data}`; the server adds `time`, which is in
/// the id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Where it was published.
    pub channel: Channel,
    /// Its place among all messages of the hub.
    pub id: EventId,
    /// Its type; without one it is a `message`.
    #[serde(default)]
    pub event: Option<EventName>,
    /// Its text. Binary data is here as a `data:` URL with its media type (RFC 2397), since the stream carries text.
    pub data: String,
}

/// A message that is to be published: it has no id yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its type; without one it is a `message`.
    pub event: Option<EventName>,
    /// Its text, as in [`Message::data`].
    pub data: String,
}

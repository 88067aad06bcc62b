//! Whose an event of a stream of channels is.

use crate::{
    client::{json, machine::Millis, sharing::Arrival, transport::StreamEvent},
    model::{EventId, EventName, channel::Channel},
};
use js_sys::{Date, JSON};

/// What tells whose an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A message that is kept.
    Kept(Channel, EventId),
    /// One that is not, published at this time.
    Ephemeral(Channel, Millis),
    /// Messages are missing.
    Gap { after: EventId, oldest: Option<EventId> },
}

impl Place {
    /// None where it is no event of a stream of channels.
    pub fn of(event: &StreamEvent) -> Option<Self> {
        let content = JSON::parse(&event.data).ok()?;
        let id = |field| json::text(&content, field).and_then(|id| id.parse().ok());
        if event.name == EventName::GAP.as_str() {
            return Some(Self::Gap { after: id("after")?, oldest: id("oldest") });
        }
        let channel = json::text(&content, "channel")?.parse().ok()?;
        Some(match id("id") {
            Some(id) => Self::Kept(channel, id),
            None => Self::Ephemeral(channel, Date::parse(&json::text(&content, "time")?) as Millis),
        })
    }

    /// The event's id, where it has one.
    pub fn id(&self) -> Option<EventId> {
        if let Self::Kept(_, id) = self { Some(*id) } else { None }
    }

    /// The same for the tab's machine.
    pub fn arrival<'a>(&'a self, event: &'a StreamEvent) -> Arrival<'a> {
        match self {
            Self::Kept(channel, id) => Arrival::Kept { channel, id: *id },
            Self::Ephemeral(channel, time) => Arrival::Ephemeral { channel, time: *time, data: &event.data },
            Self::Gap { after, oldest } => Arrival::Gap { after: *after, oldest: *oldest },
        }
    }
}

//! Rooms: a room is a channel, and who is there is another.

use super::{
    EventName,
    channel::{Channel, is_segment},
    message::Draft,
    person::{Person, PersonId},
    problem::Problem,
    selection::Selection,
};
use serde::Serialize;
use std::{fmt, str::FromStr};
use thiserror::Error;

/// The first segment of every room's channel.
pub const CHANNELS: &str = "chat";

/// The room of the tutorials' chat.
pub const LOBBY: &str = "lobby";

/// The last segment of the channel that says who is in another.
const HERE: &str = ".here";

/// Who came and who left.
pub const PRESENCE: EventName = EventName::literal("presence");
/// Somebody types.
pub const TYPING: EventName = EventName::literal("typing");

/// Names a room: 1 to 64 of `[A-Za-z0-9_-]`. Its messages are in the channel `chat.{room}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Room(String);

/// Why a text is not a [`Room`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a room's name has 1 to {} letters, digits, _ and - of ASCII", Room::MAX_BYTES)]
pub struct RoomError;

impl Room {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The room whose messages are in this channel, if it is a room's.
    pub fn of(channel: &str) -> Option<Self> {
        channel.strip_prefix(CHANNELS)?.strip_prefix('.')?.parse().ok()
    }

    /// The channel of its messages. The name is one segment, and no longer than what is left beside the others.
    pub fn channel(&self) -> Channel {
        Channel::known(format!("{CHANNELS}.{}", self.0))
    }

    /// The channel that says who is here: who watches it, and says who they are, is.
    pub fn here(&self) -> Channel {
        Channel::known(format!("{CHANNELS}.{}{HERE}", self.0))
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Room {
    type Err = RoomError;

    fn from_str(text: &str) -> Result<Self, RoomError> {
        if is_segment(text, Self::MAX_BYTES) { Ok(Self(text.to_owned())) } else { Err(RoomError) }
    }
}

/// All rooms. Up to where they were marked as read all together is where a browser saw them first.
pub fn all() -> Option<Selection> {
    Selection::parse([format!("{CHANNELS}.*").as_str()]).ok()
}

/// The channel of which this one says who is there; none where it says nothing of the kind.
pub fn present_in(here: &Channel) -> Option<Channel> {
    here.as_str().strip_suffix(HERE)?.parse().ok()
}

/// Refuses what only the server says: who is where.
///
/// # Errors
/// When one of these messages would say that.
pub fn refuse_presence<'a>(
    channel: &Channel,
    drafts: impl IntoIterator<Item = &'a Draft>,
) -> Result<(), Problem> {
    let is_told = drafts.into_iter().any(|draft| draft.event.as_ref() == Some(&PRESENCE));
    if is_told && present_in(channel).is_some() {
        return Err(Problem::bad_request(
            "event",
            "who is there is told by the server alone; give another name",
        ));
    }
    Ok(())
}

/// In which channels one is who has this selection, and says who they are.
pub fn places(selection: &Selection) -> impl Iterator<Item = Channel> {
    selection.patterns().iter().filter_map(|pattern| present_in(&pattern.channel()?))
}

/// The channel that says who is in this one.
///
/// # Errors
/// When the name is too long for that.
pub fn here(channel: &Channel) -> Result<Channel, super::channel::ChannelError> {
    format!("{channel}{HERE}").parse()
}

/// Something that was said: the data of a message, as JSON. Anyone may publish to a room's channel, so what is not of this
/// shape is taken for a text that nobody signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Who said it.
    pub from: Person,
    /// The text; empty where there is only a picture.
    pub text: String,
    /// A picture as a `data:` URL (RFC 2397).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The idempotency key with which it was published, by which the page that sent it knows it again; none where it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Who came, and who left, since the last of these events: the data of [`PRESENCE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The version of the change before this one, of this channel; 0 before the first. Who has not heard of that one has
    /// missed something.
    pub after: u64,
    /// Goes up with each change, also over a restart: what a list of people with the same or a higher version has.
    pub version: u64,
    /// Who came, or has another name now.
    pub joined: Vec<Person>,
    /// Who left.
    pub left: Vec<PersonId>,
}

/// Whether this is a picture that is shown: a `data:` URL of a raster image.
pub fn is_picture(url: &str) -> bool {
    const TYPES: [&str; 5] = ["png", "jpeg", "gif", "webp", "avif"];
    let rest = url.strip_prefix("data:image/").and_then(|rest| rest.split_once(";base64,"));
    rest.is_some_and(|(kind, data)| {
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        TYPES.contains(&kind) && !data.is_empty() && data.bytes().all(base64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_room_has_its_channels() {
        for name in ["lobby", "A-b_9", &"r".repeat(Room::MAX_BYTES)] {
            let room: Room = name.parse().unwrap();
            let (channel, people) = (room.channel(), room.here());
            assert_eq!(
                (channel.as_str().parse(), people.as_str().parse()),
                (Ok(channel.clone()), Ok(people.clone()))
            );
            assert_eq!(Room::of(channel.as_str()), Some(room.clone()));
            assert_eq!(here(&channel), Ok(people.clone()));
            assert_eq!(present_in(&people), Some(channel));
            assert_eq!(Room::of(people.as_str()), None, "it is no room of its own");
        }
        for name in ["", "a.b", "*", "大厅", "a b", &"r".repeat(65)] {
            assert_eq!(name.parse::<Room>(), Err(RoomError), "{name:?}");
        }
        for channel in ["here", "news", "chat.here", "heret.her"] {
            let channel = channel.parse().unwrap();
            assert_eq!(
                present_in(&channel),
                (channel.as_str() == "chat.here").then(|| "chat".parse().unwrap())
            );
        }
    }

    #[test]
    fn a_picture_is_a_raster_image_and_nothing_else() {
        for (url, is_one) in [
            ("data:image/png;base64,iVBORw0KGgo=", true),
            ("data:image/webp;base64,AA+/", true),
            ("data:image/svg+xml;base64,AAAA", false),
            ("data:image/png;base64,", false),
            ("data:image/png;base64,A A", false),
            ("data:image/png,AAAA", false),
            ("data:text/html;base64,AAAA", false),
            ("javascript:alert(1)", false),
            ("https://example.org/a.png", false),
        ] {
            assert_eq!(is_picture(url), is_one, "{url}");
        }
    }
}

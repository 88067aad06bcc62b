//! Channels, and the patterns that subscribe to them.

use super::reply::{self, Thread};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};
use thiserror::Error;

/// The name of a channel: segments of `[A-Za-z0-9_-]` with dots between them, at most 128 bytes. `news`, `chat.lobby`.
///
/// Clones share one text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Channel(Arc<str>);

/// Whether a text can be one segment of a channel's name, of at most `most` bytes.
pub(super) fn is_segment(text: &str, most: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=most).contains(&text.len()) && text.bytes().all(allowed)
}

/// Why a text is not a [`Channel`] or a [`ChannelPattern`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ChannelError {
    /// There is nothing.
    #[error("a channel has a name, as in chat.lobby")]
    Empty,
    /// It is too long.
    #[error("a channel's name has at most {} bytes", Channel::MAX_BYTES)]
    TooLong,
    /// A dot at an end, or two in a row.
    #[error("between the dots of a channel's name, before the first and after the last, there is something")]
    EmptySegment,
    /// A byte that no segment has.
    #[error("a channel's name has letters, digits, _ and - of ASCII, and dots between them; not {0:?}")]
    Character(char),
    /// A wildcard where one channel must be named.
    #[error("here one channel is named; * and > are for subscriptions")]
    Wildcard,
    /// A wildcard in a place where it is none.
    #[error("* stands for a whole segment, and > for the rest, as the last one: chat.* or orders.>")]
    MisplacedWildcard,
}

impl Channel {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// The channel of this name, which is known to be one.
    pub(crate) fn known(name: String) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of the hub's own, to which only the server publishes.
    #[cfg(feature = "ssr")]
    pub fn is_own(&self) -> bool {
        self.0.starts_with(OWN)
    }
}

/// What the names of the hub's own channels begin with.
pub(super) const OWN: &str = "hub.";

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Channel {
    type Err = ChannelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pattern: ChannelPattern = text.parse()?;
        pattern.channel().ok_or(ChannelError::Wildcard)
    }
}

impl TryFrom<String> for Channel {
    type Error = ChannelError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A thread's channel. Its name is one segment, and no longer than what is left beside the first one.
impl From<&Thread> for Channel {
    fn from(thread: &Thread) -> Self {
        Self::known(format!("{}.{thread}", reply::CHANNELS))
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.0.as_ref().to_owned()
    }
}

/// What a subscription names: a channel, or many by wildcards. `*` stands for one segment, a last `>` for one or more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChannelPattern(Arc<str>);

impl ChannelPattern {
    /// Every channel.
    #[cfg(feature = "ssr")]
    pub fn all() -> Self {
        Self(">".into())
    }

    /// The pattern as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one channel that it names; none where it has a wildcard.
    pub fn channel(&self) -> Option<Channel> {
        // Segments of a channel have neither character.
        (!self.0.contains(['*', '>'])).then(|| Channel(self.0.clone()))
    }

    /// Whether the channel is one of those that it names.
    pub fn matches(&self, channel: &Channel) -> bool {
        names(&self.0, &channel.0)
    }

    /// Whether it names every channel that `other` names.
    pub fn covers(&self, other: &Self) -> bool {
        names(&self.0, &other.0)
    }
}

/// Whether the pattern names the channel, or all that another pattern names. No segment of a channel is a wildcard.
fn names(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (pattern.split('.'), name.split('.'));
    loop {
        match (pattern.next(), name.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(">")) => return false,
            (Some("*"), Some(_)) => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

impl fmt::Display for ChannelPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ChannelPattern {
    type Err = ChannelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(ChannelError::Empty);
        }
        if text.len() > Channel::MAX_BYTES {
            return Err(ChannelError::TooLong);
        }
        let mut segments = text.split('.').peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            match segment {
                "" => return Err(ChannelError::EmptySegment),
                "*" => {}
                ">" if is_last => {}
                _ => segment.chars().try_for_each(|character| match character {
                    'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '-' => Ok(()),
                    '*' | '>' => Err(ChannelError::MisplacedWildcard),
                    other => Err(ChannelError::Character(other)),
                })?,
            }
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for ChannelPattern {
    type Error = ChannelError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ChannelPattern> for String {
    fn from(pattern: ChannelPattern) -> Self {
        pattern.0.as_ref().to_owned()
    }
}

impl From<Channel> for ChannelPattern {
    fn from(channel: Channel) -> Self {
        Self(channel.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_channel_says_why() {
        for (text, error) in [
            ("", ChannelError::Empty),
            (".", ChannelError::EmptySegment),
            (".a", ChannelError::EmptySegment),
            ("a.", ChannelError::EmptySegment),
            ("a..b", ChannelError::EmptySegment),
            ("a b", ChannelError::Character(' ')),
            ("聊天", ChannelError::Character('聊')),
            ("a\n", ChannelError::Character('\n')),
            ("a/b", ChannelError::Character('/')),
            ("chat.*", ChannelError::Wildcard),
            (">", ChannelError::Wildcard),
            (">.a", ChannelError::MisplacedWildcard),
            ("a*", ChannelError::MisplacedWildcard),
            (&"a".repeat(129), ChannelError::TooLong),
        ] {
            assert_eq!(text.parse::<Channel>(), Err(error), "{text:?}");
        }
        assert!("a".repeat(128).parse::<Channel>().is_ok());
    }

    #[test]
    fn a_wildcard_stands_for_one_segment_or_the_rest() {
        for (pattern, matching, other) in [
            ("chat.lobby", vec!["chat.lobby"], vec!["chat", "chat.lobby.x", "chat.lobb"]),
            ("chat.*", vec!["chat.lobby", "chat.a-b"], vec!["chat", "chat.lobby.x", "news.lobby"]),
            ("*.x", vec!["a.x"], vec!["x", "a.b.x", "a.y"]),
            ("orders.>", vec!["orders.1", "orders.1.paid"], vec!["orders", "order.1"]),
            (">", vec!["a", "a.b.c"], vec![]),
        ] {
            let pattern: ChannelPattern = pattern.parse().unwrap();
            for name in matching {
                assert!(pattern.matches(&name.parse().unwrap()), "{pattern} {name}");
            }
            for name in other {
                assert!(!pattern.matches(&name.parse().unwrap()), "{pattern} {name}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_channel_matches_itself_and_what_is_above_it(name in "[a-c]{1,2}(\\.[a-c]{1,2}){0,3}") {
            let channel: Channel = name.parse().unwrap();
            prop_assert!(ChannelPattern::from(channel.clone()).matches(&channel));
            prop_assert!(">".parse::<ChannelPattern>().unwrap().matches(&channel));
            let stars = name.split('.').map(|_| "*").collect::<Vec<_>>().join(".");
            prop_assert!(stars.parse::<ChannelPattern>().unwrap().matches(&channel));
        }
    }

    proptest! {
        #[test]
        fn what_a_covered_pattern_matches_its_cover_matches(
            pattern in "([ab]|\\*)(\\.([ab]|\\*)){0,2}(\\.>)?",
            covered in "([ab]|\\*)(\\.([ab]|\\*)){0,2}(\\.>)?",
            name in "[ab](\\.[ab]){0,3}",
        ) {
            let [pattern, covered] = [&pattern, &covered].map(|text| text.parse::<ChannelPattern>().unwrap());
            let channel = name.parse().unwrap();
            if pattern.covers(&covered) && covered.matches(&channel) {
                prop_assert!(pattern.matches(&channel));
            }
            prop_assert!(pattern.covers(&pattern));
        }
    }

    #[test]
    fn a_star_covers_no_rest() {
        for (pattern, other, covers) in [
            ("chat.*", "chat.lobby", true),
            ("chat.>", "chat.*", true),
            ("chat.>", "chat.*.>", true),
            (">", "a.>", true),
            ("chat.*", "chat.>", false),
            ("*", ">", false),
            ("chat.lobby", "chat.*", false),
            ("a.>", ">", false),
        ] {
            let [pattern, other] = [pattern, other].map(|text| text.parse::<ChannelPattern>().unwrap());
            assert_eq!(pattern.covers(&other), covers, "{pattern} {other}");
        }
    }
}

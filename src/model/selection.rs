//! Which channels a subscription, a search or a page is about.

use super::{
    channel::{Channel, ChannelError, ChannelPattern, OWN},
    room::present_in,
};
use thiserror::Error;

/// One or more channels and patterns, each once, in alphabetical order: two selections of the same are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selection(Vec<ChannelPattern>);

/// Why texts are not a [`Selection`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SelectionError {
    /// There is none.
    #[error("at least one channel is named, as in channel=news")]
    Empty,
    /// There are too many.
    #[error("at most {} channels and patterns are named at once; a wildcard names many", Selection::MAX)]
    TooMany,
    /// One is no channel and no pattern.
    #[error("{text:?}: {error}")]
    Channel {
        /// What was given, cut short if it is long.
        text: String,
        /// What is wrong with it.
        error: ChannelError,
    },
}

impl Selection {
    /// The most channels and patterns in one.
    pub const MAX: usize = 100;

    /// Every channel but the hub's own.
    #[cfg(feature = "ssr")]
    pub fn all() -> Self {
        Self(vec![ChannelPattern::all()])
    }

    /// A selection of these texts.
    ///
    /// # Errors
    /// When there are none or too many, or one is not valid.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, SelectionError> {
        Self::of(texts, Self::MAX)
    }

    /// The same, of more texts than a request may have.
    ///
    /// # Errors
    /// As for [`Selection::parse`].
    #[cfg(feature = "ssr")]
    pub fn of_wide<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, SelectionError> {
        Self::of(texts, 10 * Self::MAX)
    }

    fn of<'a>(texts: impl IntoIterator<Item = &'a str>, most: usize) -> Result<Self, SelectionError> {
        let mut patterns: Vec<ChannelPattern> = Vec::new();
        for (number, text) in texts.into_iter().enumerate() {
            if number == most {
                return Err(SelectionError::TooMany);
            }
            let pattern = text.parse::<ChannelPattern>().map_err(|error| SelectionError::Channel {
                text: text.chars().take(Channel::MAX_BYTES).collect(),
                error,
            })?;
            // There are few: sorting would be more code in the browser than it saves work.
            if let Err(place) = patterns.binary_search(&pattern) {
                patterns.insert(place, pattern);
            }
        }
        if patterns.is_empty() {
            return Err(SelectionError::Empty);
        }
        Ok(Self(patterns))
    }

    /// The channels and patterns.
    pub fn patterns(&self) -> &[ChannelPattern] {
        &self.0
    }

    /// Whether the channel is one of those selected.
    pub fn matches(&self, channel: &Channel) -> bool {
        self.0.iter().any(|pattern| pattern.matches(channel) && is_meant(pattern, channel.as_str()))
    }

    /// Whether a pattern of this selection, if it fits a channel or a pattern of this name, means it.
    #[cfg(feature = "ssr")]
    pub fn means(&self, pattern: &ChannelPattern, name: &str) -> bool {
        is_meant(pattern, name)
    }

    /// Whether every channel that is selected there is selected here.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|pattern| self.0.iter().any(|own| stands_for(own, pattern)))
    }

    /// What is selected here or there; none where that is too many.
    pub fn with(&self, other: &Self) -> Option<Self> {
        let mut patterns = self.0.clone();
        for pattern in &other.0 {
            if !patterns.iter().any(|own| stands_for(own, pattern)) {
                patterns.push(pattern.clone());
            }
        }
        patterns.sort_unstable();
        (patterns.len() <= Self::MAX).then_some(Self(patterns))
    }

    /// The one channel that it is, if it is one.
    pub fn channel(&self) -> Option<Channel> {
        match self.0.as_slice() {
            [only] => only.channel(),
            _ => None,
        }
    }
}

impl From<Channel> for Selection {
    fn from(channel: Channel) -> Self {
        Self(vec![channel.into()])
    }
}

/// Whether a subscription that has one pattern needs no other for the sake of that. Who watches a channel that says who is
/// where is there, but only by its name.
fn stands_for(own: &ChannelPattern, other: &ChannelPattern) -> bool {
    let tells_presence = || other.channel().is_some_and(|channel| present_in(&channel).is_some());
    own == other || own.covers(other) && is_meant(own, other.as_str()) && !tells_presence()
}

/// Whether a pattern, if it fits a name, means it: the hub's own channels are meant only where `hub` is said. Else who
/// watches everything would have the hub's figures between the messages, each second.
fn is_meant(pattern: &ChannelPattern, name: &str) -> bool {
    let is_own = |name: &str| name.starts_with(OWN);
    !is_own(name) || is_own(pattern.as_str())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_hub_s_own_channels_are_meant_by_name_alone() {
        let [all, star, own, stats] =
            [">", "*.stats", "hub.>", "hub.stats"].map(|text| Selection::parse([text]).unwrap());
        let channel = "hub.stats".parse().unwrap();
        assert!(!all.matches(&channel) && !star.matches(&channel));
        assert!(own.matches(&channel) && stats.matches(&channel));
        assert!(!all.covers(&stats) && own.covers(&stats) && all.covers(&star));
        assert!(all.with(&stats).unwrap().matches(&channel));
        assert!(all.matches(&"hubs".parse().unwrap()) && all.matches(&"a.hub".parse().unwrap()));
    }

    #[test]
    fn a_wildcard_does_not_stand_for_being_somewhere() {
        let [all, here, lobby] =
            [">", "chat.lobby.here", "chat.lobby"].map(|text| Selection::parse([text]).unwrap());
        assert!(all.covers(&lobby) && !all.covers(&here) && here.covers(&here));
        assert_eq!(all.with(&lobby).unwrap(), all);
        assert!(all.with(&here).unwrap().covers(&here));
    }

    use super::*;

    #[test]
    fn the_same_channels_are_the_same_selection() {
        let one = Selection::parse(["b", "a.*", "b"]).unwrap();
        assert_eq!(one, Selection::parse(["a.*", "b"]).unwrap());
        assert!(one.matches(&"a.x".parse().unwrap()) && !one.matches(&"a".parse().unwrap()));
        assert_eq!((one.channel(), Selection::parse(["b"]).unwrap().channel()), (None, "b".parse().ok()));
    }

    #[test]
    fn two_together_select_what_either_does() {
        let selection = |texts: &[&str]| Selection::parse(texts.iter().copied()).unwrap();
        let both = selection(&["chat.*", "news"]).with(&selection(&["chat.lobby", "orders"])).unwrap();
        assert_eq!(both, selection(&["chat.*", "news", "orders"]));
        assert!(both.covers(&selection(&["chat.a", "orders"])) && !both.covers(&selection(&["chat.>"])));
        let numbered = |numbers: std::ops::Range<usize>| {
            let names: Vec<_> = numbers.map(|number| number.to_string()).collect();
            Selection::parse(names.iter().map(String::as_str)).unwrap()
        };
        assert_eq!(numbered(0..60).with(&numbered(40..100)), Some(numbered(0..100)));
        assert_eq!(numbered(0..60).with(&numbered(40..101)), None);
    }

    #[test]
    fn none_too_many_and_wrong_ones_are_refused() {
        assert_eq!(Selection::parse([]), Err(SelectionError::Empty));
        assert_eq!(Selection::parse(["a"; 101]), Err(SelectionError::TooMany));
        assert!(
            matches!(Selection::parse(["a", "b."]), Err(SelectionError::Channel { text, .. }) if text == "b.")
        );
    }
}

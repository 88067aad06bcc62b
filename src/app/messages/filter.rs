//! What a person wants to see of what came. It stands in the fragment of the page's address, so that a link shows the
//! same.

use crate::{client::feed::Event, model::query};

const TEXT: &str = "q";
const PATTERN: &str = "re";
const NAME: &str = "type";
const CHANNEL: &str = "channel";

/// A filter. The default one lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// What the id or the data must have; empty for anything.
    pub(super) text: String,
    /// Whether the text is a regular expression, as JavaScript has them.
    pub(super) is_pattern: bool,
    /// The types, of which it must be one; none for any.
    pub(super) names: Vec<String>,
    /// The channels, likewise.
    pub(super) channels: Vec<String>,
}

/// What a chip of the filter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An event's type.
    Name,
    /// An event's channel.
    Channel,
}

impl Filter {
    /// The filter in a fragment, without its `#`; none where it is about something else, such as a place on the page.
    pub(super) fn from_fragment(fragment: &str) -> Option<Self> {
        let mut filter = Self::default();
        for (name, value) in query::pairs(fragment) {
            match name.as_str() {
                TEXT => filter.text = value,
                PATTERN => (filter.text, filter.is_pattern) = (value, true),
                NAME => filter.names.push(value),
                CHANNEL => filter.channels.push(value),
                _ => return None,
            }
        }
        Some(filter)
    }

    /// The fragment, without a `#`; empty where everything passes.
    pub(super) fn to_fragment(&self) -> String {
        let mut fragment = String::new();
        if !self.text.is_empty() {
            query::push(&mut fragment, if self.is_pattern { PATTERN } else { TEXT }, &self.text);
        }
        for (kind, name) in [(Kind::Name, NAME), (Kind::Channel, CHANNEL)] {
            for value in self.chosen(kind) {
                query::push(&mut fragment, name, value);
            }
        }
        fragment
    }

    /// Whether everything passes.
    pub(super) fn is_open(&self) -> bool {
        self.text.is_empty() && self.names.is_empty() && self.channels.is_empty()
    }

    /// Whether an event's type and channel pass.
    pub(super) fn takes(&self, event: &Event) -> bool {
        let is_one_of = |chosen: &[String], name| chosen.is_empty() || chosen.iter().any(|one| one == name);
        is_one_of(&self.names, &event.name) && is_one_of(&self.channels, &event.channel)
    }

    /// The types or channels that were chosen.
    pub(super) fn chosen(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::Name => &self.names,
            Kind::Channel => &self.channels,
        }
    }

    /// Chooses a type or a channel, or chooses it no more.
    pub(super) fn toggle(&mut self, kind: Kind, name: &str) {
        let chosen = match kind {
            Kind::Name => &mut self.names,
            Kind::Channel => &mut self.channels,
        };
        match chosen.iter().position(|one| one == name) {
            Some(place) => drop(chosen.remove(place)),
            None => chosen.push(name.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_filter_survives_its_fragment(
            text in "\\PC{0,12}",
            is_pattern: bool,
            names in proptest::collection::vec("\\PC{1,8}", 0..4),
            channels in proptest::collection::vec("[a-z.]{1,8}", 0..4),
        ) {
            let is_pattern = is_pattern && !text.is_empty();
            let filter = Filter { text, is_pattern, names, channels };
            prop_assert_eq!(Filter::from_fragment(&filter.to_fragment()), Some(filter));
        }
    }

    #[test]
    fn a_fragment_can_be_written_by_hand_and_may_be_about_something_else() {
        let filter = Filter::from_fragment("re=^a.c%24&type=paid&type=gap&channel=orders.1").unwrap();
        assert_eq!((filter.text.as_str(), filter.is_pattern), ("^a.c$", true));
        assert_eq!(filter.to_fragment(), "re=%5Ea.c%24&type=paid&type=gap&channel=orders.1");
        assert_eq!(Filter::from_fragment(""), Some(Filter::default()));
        assert_eq!(Filter::from_fragment("messages"), None);
    }

    #[test]
    fn types_and_channels_are_one_of_those_chosen() {
        let event = |name: &str, channel: &str| Event {
            name: name.into(),
            channel: channel.into(),
            ..Event::default()
        };
        let mut filter = Filter::default();
        assert!(filter.is_open() && filter.takes(&event("a", "b")));
        filter.toggle(Kind::Name, "a");
        filter.toggle(Kind::Name, "c");
        filter.toggle(Kind::Channel, "b");
        assert!(filter.takes(&event("a", "b")) && filter.takes(&event("c", "b")));
        assert!(!filter.takes(&event("a", "c")) && !filter.takes(&event("b", "b")));
        filter.toggle(Kind::Name, "a");
        assert!(!filter.is_open() && !filter.takes(&event("a", "b")));
    }
}

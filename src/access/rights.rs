//! Rights: to which channels somebody may publish, and which they may watch.

use crate::model::{
    channel::{Channel, ChannelPattern},
    selection::Selection,
};

/// To which channels somebody may publish, and which they may watch. Here a pattern means every channel that it fits, `>`
/// the hub's own, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// To these they may publish.
    pub publish: Vec<ChannelPattern>,
    /// These they may watch: live, and what is kept of them.
    pub subscribe: Vec<ChannelPattern>,
}

impl Rights {
    /// The most patterns for one of both in a token: what somebody may watch is worked out anew for each request.
    pub const MOST: usize = Selection::MAX;

    /// Everything.
    pub fn all() -> Self {
        let all: Vec<_> = ">".parse().into_iter().collect();
        Self { publish: all.clone(), subscribe: all }
    }

    /// These and those.
    pub fn with(mut self, other: &Self) -> Self {
        for (own, more) in [(&mut self.publish, &other.publish), (&mut self.subscribe, &other.subscribe)] {
            own.extend(more.iter().cloned());
            own.sort_unstable();
            own.dedup();
        }
        self
    }

    /// Whether it is allowed to publish there.
    pub fn may_publish(&self, channel: &Channel) -> bool {
        self.publish.iter().any(|pattern| pattern.matches(channel))
    }

    /// Whether it is allowed to watch this.
    pub fn may_watch(&self, channel: &Channel) -> bool {
        self.subscribe.iter().any(|pattern| pattern.matches(channel))
    }

    /// The part of a selection that may be watched: of a wildcard what it has in common with the rights.
    ///
    /// # Errors
    /// The first pattern of which nothing may be watched. Whether there is such a channel plays no part in it.
    pub fn narrow(&self, selection: &Selection) -> Result<Selection, Narrowed> {
        let mut allowed: Vec<String> = Vec::new();
        for pattern in selection.patterns() {
            let before = allowed.len();
            for right in &self.subscribe {
                let common = intersection(pattern.as_str(), right.as_str());
                // No channel has so long a name. And what a wildcard does not mean it does not mean in part either.
                let common = common.filter(|common| common.len() <= Channel::MAX_BYTES);
                allowed.extend(common.filter(|common| selection.means(pattern, common)));
            }
            if allowed.len() == before {
                return Err(Narrowed::Nothing(pattern.clone()));
            }
        }
        Selection::of_wide(allowed.iter().map(String::as_str)).map_err(|_| Narrowed::TooManyParts)
    }
}

/// Why nothing is left of a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrowed {
    /// Nothing that this pattern names may be watched.
    Nothing(ChannelPattern),
    /// The wildcards and the rights have too many channels and patterns in common.
    TooManyParts,
}

/// The pattern of the channels that both patterns name; none where there are none.
fn intersection(one: &str, other: &str) -> Option<String> {
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    let mut common: Vec<&str> = Vec::new();
    loop {
        match (ones.next(), others.next()) {
            (Some(">"), Some(rest)) => {
                common.push(rest);
                common.extend(others);
                break;
            }
            (Some(rest), Some(">")) => {
                common.push(rest);
                common.extend(ones);
                break;
            }
            (Some("*"), Some(segment)) | (Some(segment), Some("*")) => common.push(segment),
            (Some(one), Some(other)) if one == other => common.push(one),
            (None, None) => break,
            _ => return None,
        }
    }
    Some(common.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rights(subscribe: &[&str]) -> Rights {
        Rights {
            publish: Vec::new(),
            subscribe: subscribe.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    fn selection(texts: &[&str]) -> Selection {
        Selection::parse(texts.iter().copied()).unwrap()
    }

    #[test]
    fn a_wildcard_is_narrowed_and_a_name_is_refused() {
        let some = rights(&["chat.*", "news", "hub.stats"]);
        assert_eq!(some.narrow(&selection(&[">"])), Ok(selection(&["chat.*", "news"])));
        assert_eq!(some.narrow(&selection(&["*.lobby"])), Ok(selection(&["chat.lobby"])));
        assert_eq!(some.narrow(&selection(&["hub.>", "news"])), Ok(selection(&["hub.stats", "news"])));
        for refused in ["secret", "chat", "chat.lobby.here", "orders.>", "hub.*.x"] {
            let pattern = Narrowed::Nothing(refused.parse().unwrap());
            assert_eq!(some.narrow(&selection(&["news", refused])), Err(pattern), "{refused}");
        }
        assert_eq!(
            Rights::all().narrow(&selection(&["hub.stats", "a.>"])),
            Ok(selection(&["hub.stats", "a.>"]))
        );
        assert!(Rights::default().narrow(&selection(&[">"])).is_err());
    }

    fn pattern() -> impl Strategy<Value = String> {
        let segments = proptest::collection::vec("[ab*]", 1..4);
        (segments, any::<bool>()).prop_map(|(mut segments, is_open)| {
            if is_open {
                segments.push(">".to_owned());
            }
            segments.join(".")
        })
    }

    proptest! {
        /// What is left of a selection is just what is selected and allowed.
        #[test]
        fn narrowed_is_selected_and_allowed(
            wanted in proptest::collection::vec(pattern(), 1..4),
            allowed in proptest::collection::vec(pattern(), 0..4),
            channel in "(hub\\.)?[ab](\\.[ab]){0,4}",
        ) {
            let channel: Channel = channel.parse().unwrap();
            let selected = selection(&wanted.iter().map(String::as_str).collect::<Vec<_>>());
            let rights = rights(&allowed.iter().map(String::as_str).collect::<Vec<_>>());
            let expected = selected.matches(&channel) && rights.may_watch(&channel);
            match rights.narrow(&selected) {
                Ok(narrowed) => prop_assert_eq!(narrowed.matches(&channel), expected),
                // Refused as a whole for the sake of one pattern, of which nothing at all is allowed.
                Err(Narrowed::Nothing(pattern)) => {
                    prop_assert!(!(pattern.matches(&channel) && selected.means(&pattern, channel.as_str())
                        && rights.may_watch(&channel)));
                }
                Err(Narrowed::TooManyParts) => prop_assert!(false),
            }
        }
    }
}

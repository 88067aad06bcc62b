//! Patterns by their segments: what a channel matches is found without a look at what it does not.

use crate::model::channel::{Channel, ChannelPattern};
use std::collections::HashMap;

/// Values by patterns, a tree with a level for each segment.
#[derive(Debug)]
pub(super) struct Wildcards<T> {
    root: Node<T>,
}

#[derive(Debug)]
struct Node<T> {
    /// Of the patterns that end here.
    here: Vec<T>,
    /// Of those that go on with `>`.
    rest: Vec<T>,
    /// By the next segment; `*` is one.
    next: HashMap<Box<str>, Node<T>>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { here: Vec::new(), rest: Vec::new(), next: HashMap::new() }
    }
}

impl<T> Default for Wildcards<T> {
    fn default() -> Self {
        Self { root: Node::default() }
    }
}

impl<T: PartialEq> Wildcards<T> {
    /// Adds a value.
    pub fn add(&mut self, pattern: &ChannelPattern, value: T) {
        let mut node = &mut self.root;
        for segment in pattern.as_str().split('.') {
            if segment == ">" {
                return node.rest.push(value);
            }
            node = node.next.entry(segment.into()).or_default();
        }
        node.here.push(value);
    }

    /// Takes a value away that was added with this pattern.
    pub fn remove(&mut self, pattern: &ChannelPattern, value: &T) {
        self.root.remove(pattern.as_str().split('.'), value);
    }

    /// Calls `found` for each value whose pattern means this channel: once for each of its patterns.
    pub fn find<'a>(&'a self, channel: &Channel, mut found: impl FnMut(&'a T)) {
        if channel.is_own() {
            // The hub's own channels are meant only by patterns that name their first segment.
            if let Some((own, rest)) = channel.as_str().split_once('.')
                && let Some(node) = self.root.next.get(own)
            {
                node.find(Some(rest), &mut found);
            }
        } else {
            self.root.find(Some(channel.as_str()), &mut found);
        }
    }
}

impl<T: PartialEq> Node<T> {
    /// What is below, by what is left of a channel's name.
    fn find<'a>(&'a self, name: Option<&str>, found: &mut impl FnMut(&'a T)) {
        let Some(name) = name else { return self.here.iter().for_each(found) };
        self.rest.iter().for_each(&mut *found);
        let (segment, rest) = match name.split_once('.') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (name, None),
        };
        for segment in [segment, "*"] {
            if let Some(node) = self.next.get(segment) {
                node.find(rest, found);
            }
        }
    }

    fn remove<'p>(&mut self, mut segments: impl Iterator<Item = &'p str>, value: &T) {
        let from = |values: &mut Vec<T>| {
            if let Some(at) = values.iter().position(|other| other == value) {
                values.swap_remove(at);
            }
        };
        match segments.next() {
            None => from(&mut self.here),
            Some(">") => from(&mut self.rest),
            Some(segment) => {
                if let Some(node) = self.next.get_mut(segment) {
                    node.remove(segments, value);
                    if node.here.is_empty() && node.rest.is_empty() && node.next.is_empty() {
                        self.next.remove(segment);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::selection::Selection;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_matches_and_nothing_else(
            patterns in prop::collection::vec("(\\*|hub|a|b)(\\.(\\*|hub|a|b)){0,2}(\\.>)?|>", 1..12),
            channels in prop::collection::vec("(hub|a|b)(\\.(hub|a|b)){0,3}", 1..8),
            removed in prop::collection::vec(any::<bool>(), 12),
        ) {
            let mut tree = Wildcards::default();
            let patterns: Vec<ChannelPattern> = patterns.iter().map(|text| text.parse().unwrap()).collect();
            for (number, pattern) in patterns.iter().enumerate() {
                tree.add(pattern, number);
            }
            let gone = |number: usize| removed.get(number).copied().unwrap_or_default();
            for (number, pattern) in patterns.iter().enumerate().filter(|(number, _)| gone(*number)) {
                tree.remove(pattern, &number);
            }
            for channel in channels {
                let channel: Channel = channel.parse().unwrap();
                let mut found = Vec::new();
                tree.find(&channel, |number| found.push(*number));
                found.sort_unstable();
                let matching = |number: &usize| {
                    let selection = Selection::parse([patterns[*number].as_str()]).unwrap();
                    selection.matches(&channel) && !gone(*number)
                };
                let expected: Vec<usize> = (0..patterns.len()).filter(matching).collect();
                prop_assert_eq!(found, expected, "{}", channel);
            }
            for (number, pattern) in patterns.iter().enumerate() {
                tree.remove(pattern, &number);
            }
            prop_assert!(tree.root.next.is_empty() && tree.root.rest.is_empty());
        }
    }
}

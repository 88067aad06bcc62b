//! Up to where a person has cleared, or read, which channels, as a cookie remembers it.

use super::{EventId, room, selection::Selection};
use std::fmt;

/// The longest text of it, in bytes. A browser keeps cookies of 4 KB, and sends them with every request.
const MAX_BYTES: usize = 2_048;

/// For each selection of channels an id, up to which it was cleared or read; what was marked last comes last.
///
/// It is written `news:1767225600000-4&chat.*+orders.>:1767225600000-9`, all of which may stand in a cookie
/// (RFC 6265, section 4.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(Vec<(Selection, EventId)>);

impl Marks {
    /// The cookie that remembers up to where channels were cleared.
    pub const CLEARED: &str = "cleared";
    /// The cookie that remembers up to where rooms were read.
    pub const READ: &str = "read";

    /// What a cookie says. Of what is not valid nothing is taken.
    pub fn parse(text: &str) -> Self {
        let mut marks = Self::default();
        for entry in text.split('&') {
            let Some((channels, id)) = entry.split_once(':') else { continue };
            if let (Ok(selection), Ok(id)) = (Selection::parse(channels.split('+')), id.parse()) {
                marks.set(selection, Some(id));
            }
        }
        marks
    }

    /// Up to where this selection was marked.
    pub fn mark(&self, selection: &Selection) -> Option<EventId> {
        self.0.iter().find(|(marked, _)| marked == selection).map(|(_, id)| *id)
    }

    /// Marks this selection, or takes its mark away. When that is too much, the oldest marks are forgotten; whether this
    /// one could be kept.
    pub fn set(&mut self, selection: Selection, mark: Option<EventId>) -> bool {
        self.0.retain(|(marked, _)| *marked != selection);
        self.0.extend(mark.map(|mark| (selection, mark)));
        while self.to_string().len() > MAX_BYTES {
            self.0.remove(0);
        }
        mark.is_none() || !self.0.is_empty()
    }

    /// Marks what was read of a room's channel. The mark of all rooms then counts as
    /// made last, so that it is forgotten last.
    pub fn read(&mut self, channel: Selection, up_to: EventId) {
        self.set(channel, Some(up_to));
        if let Some((all, mark)) = room::all().and_then(|all| self.mark(&all).map(|mark| (all, mark))) {
            self.set(all, Some(mark));
        }
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (selection, id)) in self.0.iter().enumerate() {
            let channels: Vec<_> = selection.patterns().iter().map(|pattern| pattern.as_str()).collect();
            let separator = if index == 0 { "" } else { "&" };
            write!(f, "{separator}{}:{id}", channels.join("+"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn selection(names: &str) -> Selection {
        Selection::parse(names.split(' ')).unwrap()
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_what_is_read_survives(text in "([a-z.*>+&:-]|1-2|\\PC){0,40}") {
            let marks = Marks::parse(&text);
            prop_assert_eq!(Marks::parse(&marks.to_string()), marks);
        }
    }

    #[test]
    fn what_was_cleared_survives_its_cookie() {
        let mut marks = Marks::default();
        assert!(marks.set(selection("news"), Some(EventId::new(5, 1))));
        assert!(marks.set(selection("orders.> chat.*"), Some(EventId::new(6, 0))));
        assert_eq!(marks.to_string(), "news:5-1&chat.*+orders.>:6-0");
        let cookie_octet =
            |byte: u8| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
        assert!(marks.to_string().bytes().all(cookie_octet));
        let mut read = Marks::parse(&marks.to_string());
        assert_eq!(read, marks);
        assert_eq!(read.mark(&selection("chat.* orders.>")), Some(EventId::new(6, 0)));
        assert_eq!(read.mark(&selection("chat.*")), None);
        assert!(read.set(selection("news"), None));
        assert_eq!(read.to_string(), "chat.*+orders.>:6-0");
    }

    #[test]
    fn what_is_not_valid_is_left_out() {
        let marks = Marks::parse("a:1-1&b&:1-1&c:&d:01-1&e e:1-1&新:1-1&f:2-2&a:3-3&+:1-1&g+:1-1");
        assert_eq!(marks.to_string(), "f:2-2&a:3-3");
    }

    #[test]
    fn the_oldest_marks_are_forgotten_when_there_are_too_many() {
        let mut marks = Marks::default();
        for n in 0..500 {
            assert!(marks.set(selection(&format!("channel.{n}")), Some(EventId::new(1_767_225_600_000, n))));
        }
        let length = marks.to_string().len();
        assert!(length <= MAX_BYTES && length > MAX_BYTES - 50, "{length}");
        assert_eq!(marks.mark(&selection("channel.0")), None);
        assert_eq!(marks.mark(&selection("channel.499")), Some(EventId::new(1_767_225_600_000, 499)));
        let many: Vec<_> = (0..30).map(|n| format!("{n}{}", "x".repeat(100))).collect();
        assert!(!marks.set(selection(&many.join(" ")), Some(EventId::new(1, 1))), "one that does not fit");
    }
}

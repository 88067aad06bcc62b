//! The part of a room that is in the page: a stretch of its messages, as long as a browser lays out without a pause.

use super::line::Line;
use crate::model::EventId;
use std::{collections::VecDeque, sync::Arc};

/// The most lines there are, as long as nobody looks at those that would go.
const MOST: usize = 400;

/// A stretch of a room's messages, the oldest first, without a hole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    lines: VecDeque<Arc<Line>>,
    /// The newest message that was heard of, whether it is here or not: a page that was on its way meanwhile may lack it.
    heard: Option<EventId>,
    /// Whether there are messages before it.
    pub has_earlier: bool,
    /// Whether there are messages after it. What comes is not added then.
    pub has_later: bool,
}

impl Window {
    pub(super) fn new(lines: Vec<Line>, has_earlier: bool, has_later: bool) -> Self {
        Self { lines: lines.into_iter().map(Arc::new).collect(), heard: None, has_earlier, has_later }
    }

    /// Shows other lines in the place of these.
    pub(super) fn replace(&mut self, lines: Vec<Line>, has_earlier: bool, has_later: bool) {
        let heard = self.heard.max(self.newest());
        *self = Self { heard, ..Self::new(lines, has_earlier, has_later) };
        self.has_later |= self.newest() < heard;
    }

    /// The lines, the oldest first.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = &Arc<Line>> {
        self.lines.iter()
    }

    /// The id of the oldest message.
    pub(super) fn oldest(&self) -> Option<EventId> {
        self.lines.iter().find_map(|line| line.event_id())
    }

    /// The id of the newest message.
    pub(super) fn newest(&self) -> Option<EventId> {
        self.lines.iter().rev().find_map(|line| line.event_id())
    }

    /// Adds a message that came. Where somebody reads (`is_read`), nothing before it goes; where there is no room for it
    /// then, it is left to be loaded. Whether it is here now.
    pub(super) fn arrive(&mut self, line: Line, is_read: bool) -> bool {
        // Ids go up: one that is not newer has been here.
        if line.event_id().is_some_and(|id| self.newest().is_some_and(|newest| id <= newest)) {
            return false;
        }
        self.heard = self.heard.max(line.event_id());
        self.has_later |= is_read && self.lines.len() >= 2 * MOST;
        if self.has_later {
            return false;
        }
        self.lines.push_back(Arc::new(line));
        if !is_read {
            self.trim_front();
        }
        true
    }

    /// Adds what comes right before it.
    pub(super) fn prepend(&mut self, lines: Vec<Line>, has_earlier: bool) {
        let oldest = self.oldest();
        let new = lines.into_iter().filter(|line| oldest.is_none_or(|oldest| line.event_id() < Some(oldest)));
        for line in new.collect::<Vec<_>>().into_iter().rev() {
            self.lines.push_front(Arc::new(line));
        }
        self.has_earlier = has_earlier;
        if self.lines.len() > MOST {
            self.lines.truncate(MOST);
            self.has_later = true;
        }
    }

    /// Adds what comes right after it.
    pub(super) fn append(&mut self, lines: Vec<Line>, has_later: bool) {
        let newest = self.newest();
        self.lines.extend(lines.into_iter().filter(|line| line.event_id() > newest).map(Arc::new));
        self.has_later = has_later || self.newest() < self.heard;
        self.trim_front();
    }

    fn trim_front(&mut self) {
        while self.lines.len() > MOST {
            self.lines.pop_front();
            self.has_earlier = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Range;

    fn line(number: usize) -> Line {
        Line { id: format!("{number}-0"), key: number.to_string(), ..Line::default() }
    }

    fn lines(numbers: Range<usize>) -> Vec<Line> {
        numbers.map(line).collect()
    }

    /// The first and the last number, and whether there is more before and after.
    fn shape(window: &Window) -> (usize, usize, bool, bool) {
        let number = |line: Option<&Arc<Line>>| line.unwrap().key.parse().unwrap();
        (
            number(window.lines().next()),
            number(window.lines().next_back()),
            window.has_earlier,
            window.has_later,
        )
    }

    #[test]
    fn it_moves_over_a_long_room_without_a_hole() {
        let mut window = Window::new(lines(1_000..1_050), true, false);
        for start in (0..1_000).step_by(50).rev() {
            let before = window.oldest();
            window.prepend(lines(start..start + 50), start > 0);
            assert!(window.lines.len() <= MOST && window.oldest() < before);
        }
        assert_eq!(shape(&window), (0, MOST - 1, false, true));
        assert!(!window.arrive(line(1_050), false), "it is loaded when it is come to");
        for start in (MOST..1_051).step_by(50) {
            window.append(lines(start..(start + 50).min(1_051)), start + 50 < 1_051);
        }
        assert_eq!(shape(&window), (1_051 - MOST, 1_050, true, false));
        let keys: Vec<usize> = window.lines().map(|line| line.key.parse().unwrap()).collect();
        assert!(keys.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    }

    #[test]
    fn what_comes_twice_is_here_once() {
        let mut window = Window::new(lines(5..8), true, false);
        assert!(!window.arrive(line(7), false) && window.arrive(line(8), false));
        window.prepend(lines(3..6), false);
        window.append(lines(8..10), false);
        assert_eq!(shape(&window), (3, 9, false, false));
        assert_eq!(window.lines.len(), 7);
        // What is not kept has no id, and is never the same.
        assert!(window.arrive(Line::default(), false) && window.arrive(Line::default(), false));
        assert_eq!(window.newest(), Some(EventId::new(9, 0)));
    }

    #[test]
    fn what_comes_while_a_page_is_on_its_way_is_loaded_after_it() {
        let mut window = Window::new(lines(0..5), false, true);
        assert!(!window.arrive(line(11), false));
        window.append(lines(5..11), false);
        assert_eq!(shape(&window), (0, 10, false, true));
        window.append(lines(11..12), false);
        assert_eq!(shape(&window), (0, 11, false, false));
        window.replace(lines(8..11), true, false);
        assert_eq!(shape(&window), (8, 10, true, true));
    }

    #[test]
    fn who_reads_loses_nothing_and_a_flood_has_an_end() {
        let mut window = Window::new(lines(0..10), false, false);
        (10..2 * MOST + 5).for_each(|number| _ = window.arrive(line(number), true));
        assert_eq!(shape(&window), (0, 2 * MOST - 1, false, true));
        let mut window = Window::new(lines(0..10), false, false);
        (10..2 * MOST + 5).for_each(|number| _ = window.arrive(line(number), false));
        assert_eq!(shape(&window), (MOST + 5, 2 * MOST + 4, true, false));
    }
}

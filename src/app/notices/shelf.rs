//! The list of notices. Every tab has it; what one does to it the others take over by [`Shelf::merge`], in any order and
//! however often, and all come to the same.

use super::notice::Notice;
use crate::model::EventId;
use std::sync::Arc;

/// How many notices are kept.
pub(super) const MAX_NOTICES: usize = 100;

/// The notices, and up to where they were cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shelf {
    /// Newest first.
    notices: Vec<Arc<Notice>>,
    /// Of the hub's, those up to this id were cleared: a tab that was asleep would bring them back.
    pub(super) cleared_id: Option<EventId>,
    /// Of others, those that came up to this time.
    pub(super) cleared_time: u64,
}

impl Shelf {
    /// An empty one that was cleared up to there.
    pub(super) fn cleared(cleared_id: Option<EventId>, cleared_time: u64) -> Self {
        Self { notices: vec![], cleared_id, cleared_time }
    }

    /// Adds a notice in its place, and whether it is new here: not if it is there already, was cleared, or is older than
    /// all of a full list.
    pub(super) fn add(&mut self, notice: Arc<Notice>) -> bool {
        if self.was_cleared(&notice) || self.notices.iter().any(|other| other.is(&notice)) {
            return false;
        }
        let place = self.notices.partition_point(|other| other.order(&notice).is_gt());
        self.notices.insert(place, notice);
        self.notices.truncate(MAX_NOTICES);
        place < MAX_NOTICES
    }

    /// The notices, newest first.
    pub(super) fn notices(&self) -> &[Arc<Notice>] {
        &self.notices
    }

    /// The one that is the same as this, if it is here.
    pub(super) fn find(&self, notice: &Notice) -> Option<&Arc<Notice>> {
        self.notices.iter().find(|other| other.is(notice))
    }

    /// How many are not read.
    pub(super) fn unread(&self) -> usize {
        self.notices.iter().filter(|notice| !notice.is_read).count()
    }

    /// Those that are chosen are read now.
    pub(super) fn read(&mut self, is_chosen: impl Fn(&Notice) -> bool) {
        for notice in self.notices.iter_mut().filter(|notice| !notice.is_read && is_chosen(notice)) {
            Arc::make_mut(notice).is_read = true;
        }
    }

    /// Takes all out.
    pub(super) fn clear(&mut self, now: u64) {
        let newest = self.notices.iter().filter_map(|notice| notice.hub_id()).max();
        self.cleared_id = self.cleared_id.max(newest);
        self.cleared_time = self.cleared_time.max(now);
        self.notices.clear();
    }

    /// Takes over what another tab has: its notices, which of them are read, and its clears.
    pub(super) fn merge(&mut self, other: &Self) {
        self.cleared_id = self.cleared_id.max(other.cleared_id);
        self.cleared_time = self.cleared_time.max(other.cleared_time);
        let mut notices = std::mem::take(&mut self.notices);
        notices.retain(|notice| !self.was_cleared(notice));
        self.notices = notices;
        for notice in &other.notices {
            self.add(Arc::clone(notice));
        }
        self.read(|notice| other.find(notice).is_some_and(|other| other.is_read));
    }

    /// Whether another tab that has this has still to be told something.
    pub(super) fn is_news_to(&self, other: &Self) -> bool {
        let is_news =
            |notice: &Arc<Notice>| other.find(notice).is_none_or(|other| notice.is_read && !other.is_read);
        self.notices.iter().any(is_news)
            || self.cleared_id > other.cleared_id
            || self.cleared_time > other.cleared_time
    }

    fn was_cleared(&self, notice: &Notice) -> bool {
        match notice.hub_id() {
            Some(id) => Some(id) <= self.cleared_id,
            None => notice.arrived <= self.cleared_time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(number: u64) -> Arc<Notice> {
        let id = EventId::new(number, 0).to_string();
        let title = number.to_string();
        Arc::new(Notice {
            id,
            channel: "news".into(),
            time: number,
            arrived: number,
            title,
            ..Notice::default()
        })
    }

    fn plain(arrived: u64) -> Arc<Notice> {
        Arc::new(Notice { time: arrived, arrived, ..Notice::default() })
    }

    fn shelf(numbers: impl IntoIterator<Item = u64>) -> Shelf {
        let mut shelf = Shelf::default();
        for number in numbers {
            shelf.add(notice(number));
        }
        shelf
    }

    fn times(shelf: &Shelf) -> Vec<u64> {
        shelf.notices().iter().map(|notice| notice.time).collect()
    }

    #[test]
    fn the_newest_is_first_whenever_it_came_and_each_is_there_once() {
        let mut shelf = shelf([2, 1, 3]);
        assert!(!shelf.add(notice(2)));
        assert_eq!(times(&shelf), [3, 2, 1]);
    }

    #[test]
    fn the_oldest_go_and_what_is_older_does_not_come() {
        let mut shelf = shelf(1..=120);
        assert_eq!(shelf.notices().len(), MAX_NOTICES);
        assert!(!shelf.add(notice(20)));
        assert_eq!(times(&shelf).last(), Some(&21));
    }

    #[test]
    fn what_is_read_is_not_counted() {
        let mut shelf = shelf(1..=3);
        shelf.read(|notice| notice.time == 2);
        assert_eq!(shelf.unread(), 2);
        shelf.read(|_| true);
        assert_eq!(shelf.unread(), 0);
        shelf.add(notice(4));
        assert_eq!(shelf.unread(), 1);
    }

    #[test]
    fn what_was_cleared_does_not_come_back() {
        let mut shelf = shelf(1..=3);
        shelf.add(plain(5_000));
        // The clocks of hub and browser need not agree.
        shelf.clear(6_000);
        assert!(!shelf.add(notice(3)) && !shelf.add(plain(5_500)));
        assert!(shelf.add(notice(4)) && shelf.add(plain(6_001)));
    }

    #[test]
    fn tabs_that_have_the_same_have_nothing_to_tell_each_other() {
        let (mut one, mut other) = (shelf([1, 2]), shelf([2, 1]));
        // They received it a moment apart.
        one.add(plain(100));
        other.add(plain(150));
        assert!(!one.is_news_to(&other) && !other.is_news_to(&one));
        one.read(|_| true);
        assert!(one.is_news_to(&other) && !other.is_news_to(&one));
        other.merge(&one);
        assert!(!one.is_news_to(&other) && !other.is_news_to(&one));
    }

    #[test]
    fn tabs_come_to_the_same_in_any_order() {
        let (mut read, mut cleared, behind) = (shelf(1..=5), shelf(1..=2), shelf([1, 6]));
        read.read(|notice| notice.time >= 4);
        cleared.clear(0);
        let parts = [read, cleared, behind];
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for order in orders {
            let mut merged = Shelf::default();
            for part in order {
                merged.merge(&parts[part]);
                merged.merge(&parts[part]);
            }
            assert_eq!(times(&merged), [6, 5, 4, 3], "{order:?}");
            assert_eq!(merged.unread(), 2, "{order:?}");
            assert!(parts.iter().all(|part| merged.is_news_to(part)));
        }
    }
}

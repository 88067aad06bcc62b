//! Which rows are in view, and where the list has to be scrolled to so that what a person reads stays where it is.

#[cfg(test)]
mod tests;

use super::listing::Listing;
use std::ops::Range;

/// The most rows that are in the document at once.
pub(super) const MAX_ROWS: usize = 180;

/// Nearer than this to the end, in pixels, the list follows new rows.
const FOLLOW_WITHIN: f64 = 24.0;

/// A person's place in the list.
///
/// Positions are in pixels from the beginning of the first row. The scroll position differs from them by the slack:
/// while a person scrolls, it is not to be touched, or the browser would stop on the way; what the rows above turn out
/// to be higher or lower than was thought goes into the room before them instead, until the person rests.
#[derive(Clone, Debug)]
pub(super) struct Viewport {
    /// Whether the newest row stays in view.
    pub(super) follows: bool,
    /// Whether a person is scrolling.
    pub(super) is_moving: bool,
    height: f64,
    /// An event at the top, and how far above the top its row begins.
    anchor: (u64, f64),
    slack: f64,
    /// The number after that of the newest event that was in view.
    seen: u64,
}

/// What the document has to be for a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arrangement {
    /// The room before the rows that are in the document.
    pub(super) above: f64,
    /// The room after them.
    pub(super) below: f64,
    /// The scroll position.
    pub(super) top: f64,
}

impl Viewport {
    /// At the end, following.
    pub(super) fn new() -> Self {
        Self { follows: true, is_moving: false, height: 0.0, anchor: (0, 0.0), slack: 0.0, seen: 0 }
    }

    /// Says how high the view is, and whether that has changed.
    pub(super) fn resize(&mut self, height: f64) -> bool {
        std::mem::replace(&mut self.height, height) != height
    }

    /// The number of the event at the top.
    pub(super) fn top(&self) -> u64 {
        self.anchor.0
    }

    /// A person scrolled from one scroll position to another, with these rows in the document.
    pub(super) fn scroll(&mut self, listing: &Listing, rows: &Range<usize>, before: f64, top: f64) {
        let end = listing.heights().total() - self.height;
        // Up is away from the end, however little. That the end has moved on since the list followed it means nothing.
        self.follows = top >= before && (self.follows || top - self.slack > end - FOLLOW_WITHIN);
        self.is_moving = true;
        self.stay(listing, rows, top);
    }

    /// Stays at a scroll position, also where that is the end.
    pub(super) fn stay(&mut self, listing: &Listing, rows: &Range<usize>, top: f64) {
        let position = top - self.slack;
        // A row that can be seen is held rather than one that is only thought to be there.
        let heights = listing.heights();
        let seen = heights.row_at(position).max(rows.start);
        let is_seen = seen < rows.end && heights.offset(seen) < position + self.height;
        self.hold(listing, if is_seen { seen } else { heights.row_at(position) }, position);
    }

    /// Goes to the beginning.
    pub(super) fn go_to_start(&mut self) {
        self.follows = false;
        self.anchor = (0, 0.0);
        self.is_moving = false;
    }

    /// Goes to the end, and follows it.
    pub(super) fn follow(&mut self) {
        self.follows = true;
        self.is_moving = false;
    }

    /// The rows that are to be in the document: those in view, and some around it.
    pub(super) fn rows(&self, listing: &Listing) -> Range<usize> {
        let position = self.position(listing);
        let heights = listing.heights();
        let first = heights.row_at(position - self.height);
        // In view come first, if there is room for few.
        let top = heights.row_at(position);
        let first = first.max(top.saturating_sub(MAX_ROWS / 4));
        let last = heights.row_at(position + 2.0 * self.height);
        first..(last + 1).min(first + MAX_ROWS).min(listing.len())
    }

    /// Where these rows stand, and where the list is to be scrolled to, which is now at `top`.
    pub(super) fn arrange(&mut self, listing: &Listing, rows: &Range<usize>, top: f64) -> Arrangement {
        let heights = listing.heights();
        let position = self.position(listing);
        let first = heights.offset(rows.start);
        let kept = top - position;
        // What stays less than a pixel away need not be scrolled to: the slack takes it.
        let stays = kept.abs() < 1.0 || (self.is_moving && rows.start > 0 && first + kept >= 0.0);
        let top = if stays && !self.follows { top } else { position.round() };
        self.slack = (top - position).max(-first);
        // Where its row is not there, as while older events are yet to be looked at, the place is still wanted.
        if self.follows || listing.number(listing.row(self.anchor.0)) == Some(self.anchor.0) {
            self.hold(listing, heights.row_at(position), position);
        }
        let bottom = heights.row_at(position + self.height);
        self.seen = self.seen.max(listing.number(bottom).map_or(0, |number| number + 1));
        Arrangement { above: first + self.slack, below: heights.total() - heights.offset(rows.end), top }
    }

    /// Whether the end is out of view.
    pub(super) fn is_away(&self, listing: &Listing) -> bool {
        !self.follows && listing.heights().total() > self.height
    }

    /// How many rows below were never in view.
    pub(super) fn unseen(&self, listing: &Listing) -> usize {
        listing.len() - listing.row(self.seen)
    }

    fn hold(&mut self, listing: &Listing, row: usize, position: f64) {
        if let Some(number) = listing.number(row) {
            self.anchor = (number, position - listing.heights().offset(row));
        }
    }

    /// The position of the top of the view.
    fn position(&self, listing: &Listing) -> f64 {
        let heights = listing.heights();
        let end = (heights.total() - self.height).max(0.0);
        if self.follows {
            return end;
        }
        let (number, offset) = self.anchor;
        let row = listing.row(number);
        // Where its row is gone, the one that is first now is at the top.
        let offset = if listing.number(row) == Some(number) { offset } else { 0.0 };
        (heights.offset(row) + offset).clamp(0.0, end)
    }
}

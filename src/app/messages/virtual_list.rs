//! The rows in the document: of all that there are, those in view and some around it.

use super::{
    Layout,
    listing::Listing,
    row::{self, Estimate},
    search::Search,
    summary::Summary,
    viewport::Viewport,
};
use crate::client::{
    clock::monotonic,
    events::Events,
    feed::{Event, Feed},
};
use js_sys::Number;
use leptos::prelude::*;
use std::{any::Any, ops::Range, sync::Arc};
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};

/// Fills the place under an open row with what is to be said about its event. What it answers is kept until the row is
/// closed, and dropped then.
pub(super) type Details = fn(&HtmlElement, Arc<Event>) -> Box<dyn Any>;

/// How long a filter may look at events in one frame, in milliseconds: short of what a person would feel.
const SLICE: u64 = 8;

/// How many events are looked at between two looks at the clock.
const STEP: usize = 32;

/// More rows than this at once are not shown one by one as having just come.
const ARRIVALS: u64 = 20;

/// How often rows that were just measured may bring others into view in one turn.
const ROUNDS: usize = 4;

/// The list's part that the browser sees.
pub(super) struct VirtualList {
    log: HtmlElement,
    rows: HtmlElement,
    events: Events,
    layout: Layout,
    details: Details,
    listing: Listing,
    search: Search,
    viewport: Viewport,
    estimate: Estimate,
    /// What is in the document, in order.
    shown: Vec<Shown>,
    open: Vec<Open>,
    /// The event whose row was opened last, until its details are there and in view.
    opening: Option<u64>,
    /// The event whose row was focused last.
    current: Option<u64>,
    /// What a person gets to from the list with the Tab key.
    tab_stop: Option<Element>,
    /// While it is paused, the number of the first event that waits.
    paused_at: Option<u64>,
    /// Where the list was scrolled to last, by a person or by this.
    last_top: i32,
    /// How many events there had been when it was looked at last.
    received: u64,
    owner: Owner,
}

/// A row that is in the document.
struct Shown {
    number: u64,
    element: Element,
    is_measured: bool,
}

/// A row that a person opened, also while it is out of view.
struct Open {
    number: u64,
    place: HtmlElement,
    _content: Box<dyn Any>,
}

impl VirtualList {
    /// Takes the place of the rows that the server rendered.
    pub(super) fn new(
        log: HtmlElement,
        rows: HtmlElement,
        events: Events,
        layout: Layout,
        details: Details,
    ) -> Self {
        rows.replace_children_with_node_0();
        Self {
            log,
            rows,
            events,
            layout,
            details,
            listing: Listing::default(),
            search: Search::default(),
            viewport: Viewport::new(),
            estimate: Estimate { one: 25.375, line: 19.375, columns: 100 },
            shown: Vec::new(),
            open: Vec::new(),
            opening: None,
            current: None,
            tab_stop: None,
            paused_at: None,
            last_top: 0,
            received: events.with(Feed::received),
            owner: Owner::current().unwrap_or_default(),
        }
    }

    /// Brings what is in the document up to date.
    pub(super) fn update(&mut self) -> Summary {
        let is_done = self.look();
        if self.listing.len() == 0 {
            // There is nothing to read on.
            self.viewport.follow();
        }
        self.viewport.resize(self.log.client_height().into());
        for _ in 0..ROUNDS {
            self.mount();
            if !self.measure() {
                break;
            }
        }
        self.arrange();
        self.received = self.events.with(Feed::received);
        Summary {
            rows: self.listing.len(),
            is_searching: !is_done,
            below: self.viewport.is_away(&self.listing).then(|| self.viewport.unseen(&self.listing)),
            ..self.events.with(Summary::of)
        }
    }

    /// Shows what passes this from now on.
    pub(super) fn search(&mut self, search: Search) {
        self.search = search;
        self.listing.restart();
        self.redraw();
    }

    /// Makes the rows anew, as in another language.
    pub(super) fn redraw(&mut self) {
        for row in std::mem::take(&mut self.shown) {
            self.unmount(&row);
        }
    }

    /// Leaves out what comes from this event on; without one, nothing.
    pub(super) fn pause(&mut self, at: Option<u64>) {
        self.paused_at = at;
    }

    /// Goes to the newest row and follows.
    pub(super) fn follow(&mut self) {
        self.viewport.follow();
    }

    /// Goes to the oldest row.
    pub(super) fn go_to_start(&mut self) {
        self.viewport.go_to_start();
    }

    /// The list was scrolled. Whether a person did it.
    pub(super) fn scroll(&mut self) -> bool {
        let top = self.log.scroll_top();
        let before = std::mem::replace(&mut self.last_top, top);
        if top != before {
            self.opening = None;
            self.viewport.scroll(&self.listing, &self.shown_rows(), before.into(), top.into());
        }
        top != before
    }

    /// The list is scrolled no more.
    pub(super) fn rest(&mut self) {
        self.viewport.is_moving = false;
    }

    /// The list or its rows have another size. They are put right where they are, before they are painted; whether
    /// other rows may have come into view.
    pub(super) fn resize(&mut self) -> bool {
        self.gauge();
        for row in &mut self.shown {
            row.is_measured = false;
        }
        let is_changed = self.measure() || self.viewport.resize(self.log.client_height().into());
        self.reveal_opened();
        if is_changed {
            self.arrange();
        }
        is_changed
    }

    /// Opens a row, or closes it.
    pub(super) fn toggle(&mut self, element: &Element) {
        let Some(number) = self.number_of(element) else { return };
        if let Some(place) = self.open.iter().position(|open| open.number == number) {
            self.open.remove(place).place.remove();
        } else if let Some(open) = self.details_of(number) {
            self.open.push(open);
        }
        self.show_details(number, element);
        self.current = Some(number);
        for row in self.shown.iter_mut().filter(|row| row.number == number) {
            row.is_measured = false;
        }
        self.opening = Some(number);
        self.reveal_opened();
    }

    /// The events that are rows, oldest first, once all were looked at.
    pub(super) fn shown(&mut self) -> Vec<Arc<Event>> {
        while !self.look() {}
        let rows = self.listing.numbers(0..self.listing.len());
        self.events.with(|feed| rows.filter_map(|number| feed.get(number).cloned()).collect())
    }

    /// Focuses the row that is so many after that with this element; from the list itself the one at the end, or
    /// where it does not follow, at the top.
    pub(super) fn focus(&mut self, from: Option<&Element>, step: isize) {
        let place = from.and_then(|element| self.shown.iter().position(|row| row.element == *element));
        let place = match place {
            Some(place) => place.checked_add_signed(step),
            None if self.viewport.follows => self.shown.len().checked_sub(1),
            None => self.shown.iter().position(|row| row.number >= self.viewport.top()),
        };
        let Some(row) = place.and_then(|place| self.shown.get(place)) else { return };
        self.current = Some(row.number);
        let element = row.element.clone();
        self.reveal(&element);
        if let Some(toggle) = toggle_of(&element) {
            let _ = toggle.focus();
        }
    }

    /// Has the row in view that was opened last, again when its details come: they are loaded at the first.
    fn reveal_opened(&mut self) {
        let Some(open) = self.open.iter().find(|open| Some(open.number) == self.opening) else { return };
        if open.place.child_element_count() > 0 {
            self.opening = None;
        }
        let row = self.shown.iter().find(|row| row.number == open.number);
        if let Some(element) = row.map(|row| row.element.clone()) {
            self.reveal(&element);
        }
    }

    /// Has a row in view, and keeps it there whatever comes: it is to be read.
    fn reveal(&mut self, row: &Element) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        row.scroll_into_view_with_scroll_into_view_options(&options);
        self.last_top = self.log.scroll_top();
        self.viewport.follows = false;
        self.viewport.stay(&self.listing, &self.shown_rows(), self.last_top.into());
    }

    fn look(&mut self) -> bool {
        let (started, mut steps) = (monotonic(), 0);
        let has_time = || {
            steps += 1;
            steps % STEP > 0 || monotonic().saturating_sub(started) < SLICE
        };
        let Self { events, listing, search, estimate, paused_at, open, .. } = self;
        events.with(|feed| {
            let mut kept = feed.numbers();
            kept.end = paused_at.unwrap_or(kept.end).clamp(kept.start, kept.end);
            open.retain(|open| kept.contains(&open.number));
            let look = |number| {
                let event = feed.get(number).filter(|event| search.takes(event))?;
                Some(estimate.height(event))
            };
            listing.look(kept, look, has_time)
        })
    }

    /// Has those rows in the document that are to be there.
    fn mount(&mut self) {
        let rows = self.viewport.rows(&self.listing);
        let mut before = std::mem::take(&mut self.shown).into_iter().peekable();
        let mut shown = Vec::with_capacity(rows.len());
        for number in self.listing.numbers(rows) {
            while let Some(row) = before.next_if(|row| row.number < number) {
                self.unmount(&row);
            }
            let row = before.next_if(|row| row.number == number);
            shown.extend(row.or_else(|| self.create(number, before.peek().map(|row| &row.element))));
        }
        before.for_each(|row| self.unmount(&row));
        self.shown = shown;
    }

    fn create(&self, number: u64, next: Option<&Element>) -> Option<Shown> {
        let event = self.events.with(|feed| feed.get(number).cloned())?;
        let came = self.events.with(Feed::received) - self.received;
        let start = self.search.start_in(&event.data);
        let is_new = number >= self.received && came <= ARRIVALS;
        let view = self.owner.with(|| row::closed(number, &event, start, self.layout, is_new).into_view());
        let mut row = view.build();
        row.mount(&self.rows, next.map(|next| &**next));
        let element = row.elements().into_iter().next()?;
        self.search.mark(&element);
        self.show_details(number, &element);
        Some(Shown { number, element, is_measured: false })
    }

    fn unmount(&self, row: &Shown) {
        // Who was at it goes on at the list: with nothing focused, no key would scroll it.
        if row.element.contains(document().active_element().as_deref()) {
            let options = FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = self.log.focus_with_options(&options);
        }
        row.element.remove();
    }

    /// Notes the heights of the rows that were not measured yet, and whether any is another than was thought.
    fn measure(&mut self) -> bool {
        let mut is_changed = false;
        for row in self.shown.iter_mut().filter(|row| !row.is_measured) {
            row.is_measured = true;
            let height = row.element.get_bounding_client_rect().height();
            is_changed |= self.listing.set_height(self.listing.row(row.number), height);
        }
        is_changed
    }

    /// Puts the rows where they belong, and scrolls so that what is read stays where it is.
    fn arrange(&mut self) {
        let (rows, top) = (self.shown_rows(), self.log.scroll_top());
        let arrangement = self.viewport.arrange(&self.listing, &rows, top.into());
        for (side, room) in [("padding-top", arrangement.above), ("padding-bottom", arrangement.below)] {
            let _ = self.rows.style().set_property(side, &pixels(room));
        }
        if arrangement.top as i32 != top {
            self.log.set_scroll_top(arrangement.top as i32);
        }
        self.last_top = self.log.scroll_top();
        self.set_tab_stop();
    }

    /// Which rows of the listing are in the document.
    fn shown_rows(&self) -> Range<usize> {
        let row = |shown: Option<&Shown>| shown.map(|shown| self.listing.row(shown.number));
        let first = row(self.shown.first()).unwrap_or_default();
        first..row(self.shown.last()).map_or(first, |last| last + 1)
    }

    /// Has one row to which the Tab key leads: the one that was focused last, or the newest.
    fn set_tab_stop(&mut self) {
        let current = self.shown.iter().find(|row| Some(row.number) == self.current);
        let row = current.or(self.shown.last()).map(|row| row.element.clone());
        if row != self.tab_stop {
            for (row, index) in [(&self.tab_stop, -1), (&row, 0)] {
                if let Some(toggle) = row.as_ref().and_then(toggle_of) {
                    toggle.set_tab_index(index);
                }
            }
            self.tab_stop = row;
        }
    }

    /// Learns from a row in the document how high others will be. Where that has changed, all are thought anew.
    fn gauge(&mut self) {
        let mut closed =
            self.shown.iter().filter(|row| self.open.iter().all(|open| open.number != row.number));
        let Some(estimate) = closed.next().and_then(|row| Estimate::of(&row.element)) else { return };
        if !estimate.is_like(&self.estimate) {
            self.estimate = estimate;
            let Self { events, listing, .. } = self;
            events.with(|feed| {
                listing.set_heights(|number| feed.get(number).map(|event| estimate.height(event)))
            });
        }
    }

    fn number_of(&self, element: &Element) -> Option<u64> {
        self.shown.iter().find(|row| row.element == *element).map(|row| row.number)
    }

    fn details_of(&self, number: u64) -> Option<Open> {
        let event = self.events.with(|feed| feed.get(number).cloned())?;
        let place: HtmlElement = document().create_element("div").ok()?.unchecked_into();
        place.set_class_name("row-details");
        let content = self.owner.with(|| (self.details)(&place, event));
        Some(Open { number, place, _content: content })
    }

    /// Shows a row as open, with its details, or as closed.
    fn show_details(&self, number: u64, element: &Element) {
        let open = self.open.iter().find(|open| open.number == number);
        if let Some(open) = open {
            let _ = element.append_child(&open.place);
        }
        if let Some(toggle) = toggle_of(element) {
            let _ = toggle.set_attribute("aria-expanded", if open.is_some() { "true" } else { "false" });
        }
    }
}

fn toggle_of(row: &Element) -> Option<HtmlElement> {
    row.first_element_child().map(JsCast::unchecked_into)
}

/// A length as the styles have it. The browser writes the number: it can already.
fn pixels(length: f64) -> String {
    let number = Number::from(length).to_string_with_radix(10).unwrap_or_default();
    String::from(number) + "px"
}

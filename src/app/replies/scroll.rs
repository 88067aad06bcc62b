//! Stays at the newest while a person is there.

use leptos::{html, prelude::*};
use web_sys::Element;

/// Who is so near to the end is at it, in pixels.
const NEAR: i32 = 16;

/// What scrolls: the list, or on a small screen the page.
#[derive(Clone, Copy)]
pub(super) struct Scroll {
    /// The list.
    pub list: NodeRef<html::Div>,
    /// Whether a person is elsewhere than at the newest.
    pub is_away: RwSignal<bool>,
}

impl Scroll {
    pub(super) fn new() -> Self {
        Self { list: NodeRef::new(), is_away: RwSignal::new(false) }
    }

    fn element(self) -> Option<Element> {
        let list: Element = self.list.try_get_untracked()??.into();
        let scrolls = list.scroll_height() > list.client_height() + 1;
        if scrolls { Some(list) } else { document().scrolling_element() }
    }

    /// Notes where the person is now.
    pub(super) fn note(self) {
        let is_away = self.element().is_some_and(|element| {
            element.scroll_height() - element.client_height() - element.scroll_top() > NEAR
        });
        self.is_away.maybe_update(|was_away| std::mem::replace(was_away, is_away) != is_away);
    }

    /// Goes to the newest.
    pub(super) fn to_newest(self) {
        if let Some(element) = self.element() {
            element.set_scroll_top(element.scroll_height());
        }
        self.is_away.maybe_update(std::mem::take);
    }

    /// Goes with what was added, if the person was at the newest.
    pub(super) fn follow(self) {
        if !self.is_away.get_untracked() {
            self.to_newest();
        }
    }
}

//! A room's messages, page by page, and the place that a person looks at while they come.

use super::{chat::Chat, line::Line, window::Window};
use crate::client::{call, envelope::events, json::get};
use leptos::{prelude::*, task::spawn_local};
use std::cell::Cell;
use web_sys::Element;

/// How many messages are loaded at once.
const PAGE: usize = 50;

/// What is to be done when the page that is on its way is here.
type Wish = Box<dyn FnOnce()>;

thread_local! {
    /// Whether a page is on its way: a person who scrolls asks for the same many times.
    static IS_LOADING: Cell<bool> = const { Cell::new(false) };
    static WISH: Cell<Option<Wish>> = const { Cell::new(None) };
}

/// Does this now, or when the page that is on its way is here; what was wished for before it is not done any more.
pub(super) fn wish(act: impl FnOnce() + 'static) {
    if IS_LOADING.get() {
        WISH.set(Some(Box::new(act)));
    } else {
        act();
    }
}

/// Loads the messages that this asks for, and goes on with them, and with whether there are more. Not while others are on
/// their way.
pub(super) fn load(chat: Chat, asked: String, then: impl FnOnce(Vec<Line>, bool) + 'static) {
    if IS_LOADING.replace(true) {
        return;
    }
    spawn_local(async move {
        let channel = chat.channel();
        let between = if asked.is_empty() { "" } else { "&" };
        let answer =
            call::get(&format!("/api/channels/{channel}/messages?limit={PAGE}{between}{asked}")).await;
        IS_LOADING.set(false);
        if chat.is_short.try_set(answer.is_err()).is_some() {
            // The page is gone.
            return;
        }
        if let Ok(answer) = answer {
            let lines = events(&answer, "messages").iter().map(Line::of).collect();
            then(lines, get(&answer, "more").is_truthy());
        }
        if let Some(act) = WISH.take() {
            wish(act);
        }
    });
}

/// Changes what is here, and keeps what a person looks at where it is.
pub(super) fn hold(chat: Chat, change: impl FnOnce(&mut Window)) {
    let timeline = chat.timeline.get_untracked();
    let anchor = timeline.as_ref().and_then(|timeline| in_view(timeline));
    chat.window.update(change);
    if let Some((timeline, (anchor, before))) = timeline.zip(anchor) {
        spawn_local(async move {
            // When the rows are changed, and before they are painted.
            leptos::task::tick().await;
            let moved = anchor.get_bounding_client_rect().top() - before;
            if anchor.is_connected() && moved.abs() >= 1.0 {
                timeline.set_scroll_top(timeline.scroll_top() + moved.round() as i32);
            }
        });
    }
}

/// A line in view, and where it is: the second, since the first may be made anew where its day or its name is above it now.
fn in_view(timeline: &Element) -> Option<(Element, f64)> {
    let top = timeline.get_bounding_client_rect().top();
    let lines = timeline.get_elements_by_class_name("line");
    let mut lines = (0..lines.length()).filter_map(|number| lines.item(number));
    let first = lines.find(|line| line.get_bounding_client_rect().bottom() > top)?;
    let line = lines.next().unwrap_or(first);
    let place = line.get_bounding_client_rect().top();
    Some((line, place))
}

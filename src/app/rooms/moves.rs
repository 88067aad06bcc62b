//! How a person moves in a room: scrolling, to its end, to a certain message, to what a search finds.

use super::{
    HITS,
    chat::{Chat, Found},
    line::Line,
    pages,
    window::Window,
};
use crate::{
    client::{call, envelope::events, json::get},
    model::{EventId, query},
};
use leptos::{prelude::*, task::spawn_local};
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};

/// This near to an end, in pixels, what is beyond is loaded; and the end counts as in view.
const NEAR: i32 = 600;
const AT_END: i32 = 40;

/// Loads what is beyond an end that comes near, and notes whether the end of the room is in view.
pub(super) fn scrolled(chat: Chat) {
    let Some(timeline) = chat.timeline.get_untracked() else { return };
    // The place counts from the end, and is negative before it.
    let from_end = -timeline.scroll_top();
    let from_beginning = timeline.scroll_height() - timeline.client_height() - from_end;
    let (has_earlier, has_later) =
        chat.window.with_untracked(|window| (window.has_earlier, window.has_later));
    let is_following = from_end < AT_END && !has_later;
    if chat.is_following.get_untracked() != is_following {
        chat.is_following.set(is_following);
    }
    if has_earlier && from_beginning < NEAR {
        load_earlier(chat);
    } else if has_later && from_end < NEAR {
        load_later(chat);
    }
}

/// Loads what comes before.
pub(super) fn load_earlier(chat: Chat) {
    let Some(oldest) = chat.window.with_untracked(Window::oldest) else { return };
    pages::load(chat, format!("before={oldest}"), move |lines, more| {
        pages::hold(chat, move |window| window.prepend(lines, more));
    });
}

/// Loads what comes after.
pub(super) fn load_later(chat: Chat) {
    let Some(newest) = chat.window.with_untracked(Window::newest) else { return };
    pages::load(chat, format!("after={newest}"), move |lines, more| {
        pages::hold(chat, move |window| window.append(lines, more));
    });
}

/// Shows the end of the room.
pub(super) fn go_to_newest(chat: Chat) {
    chat.aimed.set(String::new());
    let to_end = move || {
        chat.is_following.set(true);
        chat.unseen.set(0);
        if let Some(timeline) = chat.timeline.get_untracked() {
            timeline.set_scroll_top(0);
        }
    };
    pages::wish(move || {
        if chat.window.with_untracked(|window| window.has_later) {
            pages::load(chat, String::new(), move |lines, more| {
                chat.window.update(|window| window.replace(lines, more, false));
                to_end();
            });
        } else {
            to_end();
        }
    });
}

/// What came is gone, or is not to be had one by one: shows the end of the room as it is now.
pub(super) fn begin_anew(chat: Chat) {
    pages::wish(move || {
        pages::load(chat, String::new(), move |lines, more| {
            chat.window.update(|window| window.replace(lines, more, false));
        });
    });
}

/// Shows a message and what is around it.
pub(super) fn go_to(chat: Chat, id: String) {
    if chat.window.with_untracked(|window| window.lines().any(|line| line.id == id)) {
        return show(chat, id);
    }
    let Ok(place) = id.parse::<EventId>() else { return };
    let after = EventId::new(place.milliseconds(), place.sequence().saturating_add(1));
    pages::wish(move || {
        pages::load(chat, format!("before={after}"), move |lines, has_earlier| {
            chat.is_following.set(false);
            chat.window.update(|window| window.replace(lines, has_earlier, true));
            pages::load(chat, format!("after={place}"), move |lines, more| {
                chat.window.update(|window| window.append(lines, more));
                show(chat, id);
            });
        });
    });
}

/// Brings a line that is here into view.
pub(super) fn show(chat: Chat, id: String) {
    chat.aimed.set(id.clone());
    spawn_local(async move {
        leptos::task::tick().await;
        let line = chat
            .timeline
            .get_untracked()
            .and_then(|timeline| timeline.query_selector(&format!("[data-id=\"{id}\"]")).ok().flatten());
        if let Some(line) = line {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Center);
            line.scroll_into_view_with_scroll_into_view_options(&options);
            // Who goes by keyboard, or listens, is there, too.
            let focus = FocusOptions::new();
            focus.set_prevent_scroll(true);
            if let Ok(line) = line.dyn_into::<HtmlElement>() {
                let _ = line.focus_with_options(&focus);
            }
        }
    });
}

/// Looks for words in the room.
pub(super) fn search(chat: Chat, words: String) {
    thread_local! {
        /// How many searches there were: the answer to an earlier one may come later.
        static SEARCHES: Cell<u32> = const { Cell::new(0) };
    }
    let number = SEARCHES.get() + 1;
    SEARCHES.set(number);
    spawn_local(async move {
        let mut asked = String::new();
        query::push(&mut asked, "q", &words);
        query::push(&mut asked, "channel", &chat.channel());
        query::push(&mut asked, "limit", &HITS.to_string());
        let found = match call::get(&format!("/api/search?{asked}")).await {
            Ok(answer) => {
                let lines = events(&answer, "messages").iter().map(Line::of).collect();
                let has_more = get(&answer, "more").is_truthy();
                Found { words, lines, has_more, problem: None }
            }
            Err(problem) => {
                Found { words, lines: Vec::new(), has_more: false, problem: Some(problem.detail) }
            }
        };
        if SEARCHES.get() == number {
            chat.found.try_set(Some(found));
        }
    });
}

//! What floats over the rows.

use super::{
    super::{cleared::ClearMark, flag, line, texts, words},
    rows::Rows,
};
use crate::client::feed::Feed;
use leptos::prelude::*;
use std::time::Duration;

/// How long a clear can be undone.
const UNDO: Duration = Duration::from_secs(8);

/// All of it.
#[component]
pub(super) fn Floats(rows: Rows, mark: ClearMark) -> impl IntoView {
    view! {
        <Pill rows/>
        <Undo rows mark/>
    }
}

/// What waits while the list is paused, or what is new below; pressed, it leads there.
#[component]
fn Pill(rows: Rows) -> impl IntoView {
    let list = rows.list;
    let text = move || {
        let (texts, summary) = (texts(), list.summary.get());
        match (list.paused_at.get(), summary.below) {
            (Some(at), _) => {
                (texts.waiting_rows)((summary.received.saturating_sub(at)).min(summary.kept as u64))
            }
            (None, Some(0) | None) => texts.newest.to_owned(),
            (None, Some(count)) => (texts.new_rows)(count as u64),
        }
    };
    let press = move |_| {
        if list.paused_at.with_untracked(Option::is_some) {
            list.toggle_pause();
        } else {
            rows.follow();
        }
        // The button goes; who pressed it by keyboard goes on in the list.
        rows.focus();
    };
    view! {
        <button class="pill" r#type="button" class:paused=flag(move || list.is_paused())
            hidden=flag(move || !list.is_paused() && list.summary.get().below.is_none()) on:click=press>
            {line(text)}
        </button>
    }
}

/// Offers to bring back what was cleared, for a while; while a person is at it the time stands still.
#[component]
fn Undo(rows: Rows, mark: ClearMark) -> impl IntoView {
    let list = rows.list;
    let events = list.events;
    let cleared = Memo::new(move |_| list.summary.get().cleared);
    let count = move || cleared.get().map_or(0, |cleared| cleared.events);
    let (held, hold) = signal(false);
    let number = Memo::new(move |_| cleared.get().map(|cleared| cleared.number));
    let is_undone = StoredValue::new(false);
    let forget = move || events.update(Feed::forget_cleared);
    Effect::new(move |before: Option<Option<u64>>| {
        let number = number.get();
        // The time is up, or newer events have taken the room of all that could come back.
        if number.is_none() && before.flatten().is_some() && !is_undone.get_value() {
            mark.settle();
        }
        is_undone.set_value(false);
        if number.is_some()
            && !held.get()
            && let Ok(timer) = set_timeout_with_handle(forget, UNDO)
        {
            on_cleanup(move || timer.clear());
        }
        number
    });
    let undo = move |_| {
        hold.set(false);
        is_undone.set_value(true);
        events.update(Feed::undo_clear);
        mark.undo();
        // The button goes; who pressed it by keyboard goes on at what came back.
        rows.focus();
    };
    view! {
        <div class="undo" role="status" on:focusin=move |_| hold.set(true) on:focusout=move |_| hold.set(false)>
            <Show when=move || cleared.get().is_some()>
                <span>{line(move || (texts().cleared)(count()))}</span>
                <button class="button quiet" r#type="button" on:click=undo>
                    {words(|texts| texts.undo)}
                </button>
            </Show>
        </div>
    }
}

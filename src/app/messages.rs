//! The list of what was received.

use super::texts;
use crate::client::{
    feed::{Feed, Row},
    machine::Status,
};
use leptos::{html, prelude::*};
use std::time::Duration;

/// How long a clear can be undone.
const UNDO: Duration = Duration::from_secs(8);

/// Nearer than this to the end, in pixels, the list follows new rows.
const FOLLOW_WITHIN: i32 = 24;

/// The messages' panel.
#[component]
pub(super) fn Messages(feed: RwSignal<Feed>, status: ReadSignal<Status>) -> impl IntoView {
    let is_empty = Memo::new(move |_| feed.with(Feed::is_empty));
    let log = NodeRef::new();
    let dropped = Memo::new(move |_| feed.with(Feed::dropped));
    view! {
        <section class="panel messages" id="messages" aria-labelledby="messages-title">
            <header class="messages-head">
                <h2 id="messages-title">{move || texts().messages}</h2>
                <span class="count">{move || feed.with(Feed::len)}</span>
                <span class="dropped" hidden=move || dropped.get() == 0>
                    {move || (texts().dropped)(dropped.get())}
                </span>
                <button class="button quiet" r#type="button" data-early aria-disabled=move || is_empty.get().to_string()
                    on:click=move |_| if !is_empty.get() { feed.update(Feed::clear) }>
                    {move || texts().clear}
                </button>
            </header>
            <Log feed log/>
            <div class="empty" hidden=move || !is_empty.get()>
                {move || match status.get() {
                    Status::Connecting | Status::Open { .. } => texts().empty_waiting,
                    _ => texts().empty,
                }}
            </div>
            <Undo feed log/>
        </section>
    }
}

/// The rows. What is new is announced elsewhere, a few at a time: a live region of every row would never be silent.
#[component]
fn Log(feed: RwSignal<Feed>, log: NodeRef<html::Div>) -> impl IntoView {
    let following = StoredValue::new(true);
    Effect::new(move || {
        feed.track();
        if let Some(log) = log.get().filter(|_| following.get_value()) {
            // The rows are in the document once this effect's turn is over.
            request_animation_frame(move || log.set_scroll_top(log.scroll_height()));
        }
    });
    let last_top = StoredValue::new(0);
    let note_position = move |_| {
        let Some(log) = log.get_untracked() else { return };
        let top = log.scroll_top();
        if log.scroll_height() - top - log.client_height() < FOLLOW_WITHIN {
            following.set_value(true);
        } else if top < last_top.get_value() {
            // Only a person scrolls up. That the end has moved on since the list followed it means nothing.
            following.set_value(false);
        }
        last_top.set_value(top);
    };
    let rows = move || feed.with(|feed| feed.rows().cloned().collect::<Vec<_>>());
    view! {
        <div class="log" node_ref=log role="log" aria-live="off" aria-labelledby="messages-title" tabindex="0"
            on:scroll=note_position>
            <For each=rows key=|row| row.number let:row>
                <MessageRow row/>
            </For>
        </div>
    }
}

#[component]
fn MessageRow(row: Row) -> impl IntoView {
    let event = row.event;
    view! {
        <div class="row">
            <time class="row-time">{event.time.clone()}</time>
            <span class="chip" data-name=event.name.clone()>{event.name.clone()}</span>
            <span class="row-text">
                <span class="row-id">{format!("[{}] ", event.id)}</span>
                <span class="row-data">{event.data.clone()}</span>
            </span>
        </div>
    }
}

/// Offers to bring back what was cleared, for a while; while a person is at it the time stands still.
#[component]
fn Undo(feed: RwSignal<Feed>, log: NodeRef<html::Div>) -> impl IntoView {
    let cleared = Memo::new(move |_| feed.with(Feed::cleared));
    let count = move || cleared.get().map_or(0, |cleared| cleared.rows);
    let (held, hold) = signal(false);
    Effect::new(move || {
        if cleared.get().is_some()
            && !held.get()
            && let Ok(timer) = set_timeout_with_handle(move || feed.update(Feed::forget_cleared), UNDO)
        {
            on_cleanup(move || timer.clear());
        }
    });
    let undo = move |_| {
        hold.set(false);
        feed.update(Feed::undo_clear);
        // The button goes; who pressed it by keyboard goes on at what came back.
        if let Some(log) = log.get_untracked() {
            let _ = log.focus();
        }
    };
    view! {
        <div class="undo" role="status" on:focusin=move |_| hold.set(true) on:focusout=move |_| hold.set(false)>
            <Show when=move || cleared.get().is_some()>
                <span>{move || (texts().cleared)(count())}</span>
                <button class="button quiet" r#type="button" on:click=undo>
                    {move || texts().undo}
                </button>
            </Show>
        </div>
    }
}

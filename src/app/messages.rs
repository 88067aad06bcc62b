//! The list of what was received.

mod filter;
mod filter_bar;
mod heights;
mod list;
mod listing;
mod row;
mod search;
mod viewport;
mod virtual_list;

use super::{cleared::ClearMark, composer::Composer, terminal::Command, texts, words};
use crate::{
    api::Clear,
    client::{events::Events, feed::Feed, machine::Status},
    model::source::Source,
};
use filter::Filter;
use filter_bar::FilterBar;
use leptos::{ev, prelude::*, server_fn::ServerFn};
use list::{List, Log};
use std::time::Duration;
use virtual_list::Details;

/// How long a clear can be undone.
const UNDO: Duration = Duration::from_secs(8);

/// What a row has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// The time of day when it came: a stream's rows are all of this visit.
    Stream,
    /// The day and the time when it was published, and its name.
    Channel,
    /// Its channel, too.
    Channels,
}

/// Under an open row: its data, whole.
const WHOLE: Details = |place, event| {
    place.set_text_content(Some(&event.data));
    Box::new(())
};

/// The messages' panel.
#[component]
pub(super) fn Messages(
    events: Events,
    status: ReadSignal<Status>,
    source: Source,
    mark: ClearMark,
) -> impl IntoView {
    let list = List::new(events);
    let channel = source.selection().and_then(|selection| selection.channel());
    let is_channels = source.selection().is_some();
    let layout = match (is_channels, &channel) {
        (true, None) => Layout::Channels,
        (true, Some(_)) => Layout::Channel,
        (false, _) => Layout::Stream,
    };
    let publish = channel.as_ref().map(|channel| format!("/api/channels/{channel}/messages"));
    let dropped = of(events, Feed::dropped);
    view! {
        <section class="panel messages" id="messages" aria-labelledby="messages-title">
            <header class="messages-head">
                <h2 id="messages-title">{words(|texts| texts.messages)}</h2>
                <Count list/>
                <span class="dropped" hidden=move || dropped.get() == 0>
                    {move || (texts().dropped)(dropped.get())}
                </span>
                <PauseButton list/>
                <ClearForms events mark source=source.to_query()/>
            </header>
            <FilterBar list has_channels={layout == Layout::Channels}/>
            <div class="log-frame">
                <Log list layout details=WHOLE/>
                <Empty list status mark is_channels publish/>
                <div class="floats">
                    <Pill list/>
                    <Undo list mark/>
                </div>
            </div>
            {channel.map(|channel| view! { <Composer channel/> })}
        </section>
    }
}

/// How many events are kept, and where there is a filter, how many of them pass.
#[component]
fn Count(list: List) -> impl IntoView {
    let all = of(list.events, Feed::len);
    let count = move || {
        let (texts, all) = (texts(), all.get() as u64);
        if list.filter.with(Filter::is_open) {
            (texts.number)(all)
        } else {
            (texts.count_of)(list.summary.get().rows as u64, all)
        }
    };
    view! { <span class="count" data-searching=move || list.summary.get().is_searching.to_string()>{count}</span> }
}

/// Stops the list and lets it go on.
#[component]
fn PauseButton(list: List) -> impl IntoView {
    let is_paused = move || list.paused_at.with(Option::is_some);
    view! {
        <button class="button quiet pause" r#type="button" data-early aria-keyshortcuts="p" on:click=move |_| list.toggle_pause()>
            {move || if is_paused() { texts().resume } else { texts().pause }}
        </button>
    }
}

/// Why there is no row.
#[component]
fn Empty(
    list: List,
    status: ReadSignal<Status>,
    mark: ClearMark,
    is_channels: bool,
    publish: Option<String>,
) -> impl IntoView {
    let is_empty = of(list.events, Feed::is_empty);
    let has_undo = of(list.events, |feed| feed.cleared().is_some());
    let is_cleared = Memo::new(move |_| is_channels && (mark.has_cleared.get() || has_undo.get()));
    // Until the browser has taken the page over there is no summary, and the server's rows stand.
    let is_none_shown = Memo::new(move |_| {
        is_empty.get()
            || list.summary.with(|summary| summary.is_started && summary.rows == 0 && !summary.is_searching)
    });
    let is_filtered = move || !is_empty.get() && !list.filter.with(Filter::is_open);
    view! {
        <div class="empty" hidden=move || !is_none_shown.get()>
            <p>
                {move || match status.get() {
                    _ if is_filtered() => texts().empty_filter,
                    _ if !is_empty.get() => texts().empty_paused,
                    _ if is_cleared.get() => texts().empty_cleared,
                    _ if is_channels => texts().empty_channel,
                    Status::Connecting | Status::Open { .. } => texts().empty_waiting,
                    _ => texts().empty,
                }}
            </p>
            <button class="button quiet" r#type="button" hidden=move || !is_filtered()
                on:click=move |_| list.filter.set(Filter::default())>
                {words(|texts| texts.filter_clear)}
            </button>
            {publish
                .map(|path| {
                    view! {
                        <div hidden=move || is_cleared.get() || !is_empty.get()>
                            <Command path options="-d 'hello'"/>
                        </div>
                    }
                })}
        </div>
    }
}

/// What waits while the list is paused, or what is new below; pressed, it leads there.
#[component]
fn Pill(list: List) -> impl IntoView {
    let received = of(list.events, Feed::received);
    let below = Memo::new(move |_| list.summary.get().below);
    let text = move || match (list.paused_at.get(), below.get()) {
        (Some(at), _) => (texts().waiting_rows)(received.get() - at),
        (None, Some(0) | None) => texts().newest.to_owned(),
        (None, Some(count)) => (texts().new_rows)(count as u64),
    };
    let press = move |_| {
        if list.paused_at.with_untracked(Option::is_some) {
            list.toggle_pause();
        } else {
            list.follow();
        }
        // The button goes; who pressed it by keyboard goes on in the list.
        list.focus();
    };
    view! {
        <button class="pill" r#type="button" data-early class:paused=move || list.paused_at.with(Option::is_some)
            hidden=move || list.paused_at.with(Option::is_none) && below.get().is_none() on:click=press>
            {text}
        </button>
    }
}

/// Something of the feed, as a signal that changes with it.
fn of<T: PartialEq + Send + Sync + 'static>(
    events: Events,
    look: impl Fn(&Feed) -> T + Send + Sync + 'static,
) -> Memo<T> {
    Memo::new(move |_| {
        events.track();
        events.with(&look)
    })
}

/// Clear, and its opposite after a reload. Without scripts both are plain forms.
#[component]
fn ClearForms(events: Events, mark: ClearMark, source: String) -> impl IntoView {
    let is_empty = of(events, Feed::is_empty);
    let clear = move |event: ev::MouseEvent| {
        event.prevent_default();
        if !is_empty.get_untracked() {
            events.update(Feed::clear);
            mark.clear();
        }
    };
    view! {
        <form class="clear" method="post" action=Clear::PATH>
            <input type="hidden" name="source" value=source/>
            // With nothing in `up_to` the mark is taken away.
            <button class="button quiet" name="up_to" value="" hidden=move || !mark.has_cleared.get()>
                {words(|texts| texts.show_cleared)}
            </button>
            <button class="button quiet" name="up_to" value=mark.newest() data-early
                aria-disabled=move || is_empty.get().to_string() on:click=clear>
                {words(|texts| texts.clear)}
            </button>
        </form>
    }
}

/// Offers to bring back what was cleared, for a while; while a person is at it the time stands still.
#[component]
fn Undo(list: List, mark: ClearMark) -> impl IntoView {
    let events = list.events;
    let cleared = of(events, Feed::cleared);
    let count = move || cleared.get().map_or(0, |cleared| cleared.events);
    let (held, hold) = signal(false);
    let forget = move || {
        events.update(Feed::forget_cleared);
        mark.settle();
    };
    Effect::new(move || {
        if cleared.get().is_some()
            && !held.get()
            && let Ok(timer) = set_timeout_with_handle(forget, UNDO)
        {
            on_cleanup(move || timer.clear());
        }
    });
    let undo = move |_| {
        hold.set(false);
        events.update(Feed::undo_clear);
        mark.undo();
        // The button goes; who pressed it by keyboard goes on at what came back.
        list.focus();
    };
    view! {
        <div class="undo" role="status" on:focusin=move |_| hold.set(true) on:focusout=move |_| hold.set(false)>
            <Show when=move || cleared.get().is_some()>
                <span>{move || (texts().cleared)(count())}</span>
                <button class="button quiet" r#type="button" on:click=undo>
                    {words(|texts| texts.undo)}
                </button>
            </Show>
        </div>
    }
}

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

use super::{
    cleared::ClearMark,
    composer::Composer,
    console::{Console, Exported},
    flag, line,
    terminal::Command,
    texts, words,
};
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

/// Under an open row: what the console says of its event.
const DETAILS: Details = |place, event| Box::new(expect_context::<Console>().show_details(place, event));

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
    let dropped = move || list.summary.get().dropped;
    view! {
        <section class="panel messages" id="messages" aria-labelledby="messages-title">
            <header class="messages-head">
                <h2 id="messages-title">{words(|texts| texts.messages)}</h2>
                <span class="count" data-searching=line(move || list.summary.get().is_searching.to_string())>
                    {line(move || count(list))}
                </span>
                <span class="dropped" hidden=flag(move || dropped() == 0)>
                    {line(move || (texts().dropped)(dropped()))}
                </span>
                <button class="button quiet pause" r#type="button" data-early aria-keyshortcuts="p"
                    on:click=move |_| list.toggle_pause()>
                    {line(move || if list.is_paused() { texts().resume } else { texts().pause }.to_owned())}
                </button>
                <ExportButton list source=source.clone()/>
                <ClearForms list mark source=source.to_query()/>
            </header>
            <FilterBar list has_channels={layout == Layout::Channels}/>
            <div class="log-frame">
                <Log list layout details=DETAILS/>
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
fn count(list: List) -> String {
    let (texts, summary) = (texts(), list.summary.get());
    let all = summary.kept as u64;
    if list.filter.with(Filter::is_open) {
        (texts.number)(all)
    } else {
        (texts.count_of)(summary.rows as u64, all)
    }
}

/// Offers what is kept as a file; where there is a filter, what it shows of that.
#[component]
fn ExportButton(list: List, source: Source) -> impl IntoView {
    let console: Console = expect_context();
    let export = move |_| {
        let is_filtered = !list.filter.with_untracked(Filter::is_open);
        let events: Vec<_> = if is_filtered {
            list.shown()
        } else {
            list.events.with(|feed| feed.events().cloned().collect())
        };
        if !events.is_empty() || is_filtered {
            console.show_export(Exported { source: source.clone(), events, is_filtered });
        }
    };
    view! {
        <button class="button quiet" r#type="button" data-early aria-keyshortcuts="e"
            aria-disabled=line(move || (list.summary.get().kept == 0).to_string()) on:click=export>
            {words(|texts| texts.export)}
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
    let is_empty = move || list.summary.get().kept == 0;
    let is_filtered = move || !is_empty() && !list.filter.with(Filter::is_open);
    let is_cleared = move || is_channels && (mark.has_cleared.get() || list.summary.get().cleared.is_some());
    let reason = move || match status.get() {
        _ if is_filtered() => texts().empty_filter,
        _ if !is_empty() => texts().empty_paused,
        _ if is_cleared() => texts().empty_cleared,
        _ if is_channels => texts().empty_channel,
        Status::Connecting | Status::Open { .. } => texts().empty_waiting,
        _ => texts().empty,
    };
    view! {
        <div class="empty" hidden=flag(move || list.summary.get().has_rows())>
            <p>{line(move || reason().to_owned())}</p>
            <button class="button quiet" r#type="button" hidden=flag(move || !is_filtered())
                on:click=move |_| list.filter.set(Filter::default())>
                {words(|texts| texts.filter_clear)}
            </button>
            {publish
                .map(|path| {
                    view! {
                        <div hidden=flag(move || is_cleared() || !is_empty())>
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
    let text = move || {
        let (texts, summary) = (texts(), list.summary.get());
        match (list.paused_at.get(), summary.below) {
            (Some(at), _) => (texts.waiting_rows)((summary.received - at).min(summary.kept as u64)),
            (None, Some(0) | None) => texts.newest.to_owned(),
            (None, Some(count)) => (texts.new_rows)(count as u64),
        }
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
        <button class="pill" r#type="button" data-early class:paused=flag(move || list.is_paused())
            hidden=flag(move || !list.is_paused() && list.summary.get().below.is_none()) on:click=press>
            {line(text)}
        </button>
    }
}

/// Clear, and its opposite after a reload. Without scripts both are plain forms.
#[component]
fn ClearForms(list: List, mark: ClearMark, source: String) -> impl IntoView {
    let clear = move |event: ev::MouseEvent| {
        event.prevent_default();
        if !list.events.with(Feed::is_empty) {
            list.events.update(Feed::clear);
            mark.clear();
        }
    };
    view! {
        <form class="clear" method="post" action=Clear::PATH>
            <input type="hidden" name="source" value=source/>
            // With nothing in `up_to` the mark is taken away.
            <button class="button quiet" name="up_to" value="" hidden=flag(move || !mark.has_cleared.get())>
                {words(|texts| texts.show_cleared)}
            </button>
            <button class="button quiet" name="up_to" value=mark.newest() data-early
                aria-disabled=line(move || (list.summary.get().kept == 0).to_string()) on:click=clear>
                {words(|texts| texts.clear)}
            </button>
        </form>
    }
}

/// Offers to bring back what was cleared, for a while; while a person is at it the time stands still.
#[component]
fn Undo(list: List, mark: ClearMark) -> impl IntoView {
    let events = list.events;
    let cleared = Memo::new(move |_| list.summary.get().cleared);
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
                <span>{line(move || (texts().cleared)(count()))}</span>
                <button class="button quiet" r#type="button" on:click=undo>
                    {words(|texts| texts.undo)}
                </button>
            </Show>
        </div>
    }
}

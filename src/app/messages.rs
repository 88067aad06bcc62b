//! The list of what was received.

mod filter;
mod filter_bar;
mod floats;
mod heights;
mod list;
mod listing;
mod row;
mod rows;
mod search;
mod summary;
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
use leptos::{ev, prelude::*, server_fn::ServerFn};
use list::{List, Log};

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

/// The messages' panel.
#[component]
pub(super) fn Messages(
    events: Events,
    status: ReadSignal<Status>,
    source: Source,
    mark: ClearMark,
) -> impl IntoView {
    let channel = source.selection().and_then(|selection| selection.channel());
    let is_channels = source.selection().is_some();
    let layout = match (is_channels, &channel) {
        (true, None) => Layout::Channels,
        (true, Some(_)) => Layout::Channel,
        (false, _) => Layout::Stream,
    };
    let list = List::new(events, layout);
    list.start_when_needed(status, mark);
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
                <div class="messages-actions">
                    <button class="button quiet pause" r#type="button" data-early aria-keyshortcuts="p"
                        on:click=move |_| list.toggle_pause()>
                        {line(move || if list.is_paused() { texts().resume } else { texts().pause }.to_owned())}
                    </button>
                    <ExportButton list source=source.clone()/>
                    <ClearForms list mark source=source.to_query()/>
                </div>
            </header>
            <FilterPlace list/>
            <div class="log-frame">
                <Log list/>
                <Empty list status mark is_channels publish/>
                <div class="floats" node_ref=list.floats_place></div>
            </div>
            {channel.map(|channel| view! { <Composer channel/> })}
        </section>
    }
}

/// How many events are kept, and where there is a filter, how many of them pass.
fn count(list: List) -> String {
    let (texts, summary) = (texts(), list.summary.get());
    let all = summary.kept as u64;
    if list.is_filtered() { (texts.count_of)(summary.rows as u64, all) } else { (texts.number)(all) }
}

/// Where the filter is once there is something to filter.
#[component]
fn FilterPlace(list: List) -> impl IntoView {
    view! {
        <div class="filter" role="search" aria-label=words(|texts| texts.filter) node_ref=list.filter_place>
            <span class="filter-field">
                <input class="field" type="search" disabled placeholder=words(|texts| texts.filter_hint)
                    aria-label=words(|texts| texts.filter)/>
            </span>
        </div>
    }
}

/// Offers what is kept as a file; where there is a filter, what it shows of that.
#[component]
fn ExportButton(list: List, source: Source) -> impl IntoView {
    let console: Console = expect_context();
    let export = move |_| {
        let is_filtered = untrack(|| list.is_filtered());
        let events: Vec<_> = if is_filtered {
            list.shown()
        } else {
            list.events.with(|feed| feed.events().cloned().collect())
        };
        if !list.events.with(Feed::is_empty) {
            console.show_export(Exported { source: source.clone(), events, is_filtered });
        }
    };
    view! {
        <button class="button quiet export-button" r#type="button" data-early aria-keyshortcuts="e"
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
    let is_filtered = move || !is_empty() && list.is_filtered();
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
                on:click=move |_| list.filter.set(<_>::default())>
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

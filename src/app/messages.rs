//! The list of what was received.

use super::{cleared::ClearMark, composer::Composer, terminal::Command, texts, words};
use crate::{
    api::Clear,
    client::{
        clock,
        events::Events,
        feed::{Event, Feed},
        machine::Status,
    },
    model::source::Source,
};
use leptos::{either::Either, ev, html, prelude::*, server_fn::ServerFn};
use std::{sync::Arc, time::Duration};

/// How long a clear can be undone.
const UNDO: Duration = Duration::from_secs(8);

/// Nearer than this to the end, in pixels, the list follows new rows.
const FOLLOW_WITHIN: i32 = 24;

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
    let is_empty = of(events, Feed::is_empty);
    let log = NodeRef::new();
    let count = of(events, Feed::len);
    let dropped = of(events, Feed::dropped);
    let has_undo = of(events, |feed| feed.cleared().is_some());
    let channel = source.selection().and_then(|selection| selection.channel());
    let is_channels = source.selection().is_some();
    let layout = match (is_channels, &channel) {
        (true, None) => Layout::Channels,
        (true, Some(_)) => Layout::Channel,
        (false, _) => Layout::Stream,
    };
    let publish = channel.as_ref().map(|channel| format!("/api/channels/{channel}/messages"));
    let is_cleared = Memo::new(move |_| is_channels && (mark.has_cleared.get() || has_undo.get()));
    view! {
        <section class="panel messages" id="messages" aria-labelledby="messages-title">
            <header class="messages-head">
                <h2 id="messages-title">{words(|texts| texts.messages)}</h2>
                <span class="count">{count}</span>
                <span class="dropped" hidden=move || dropped.get() == 0>
                    {move || (texts().dropped)(dropped.get())}
                </span>
                <ClearForms events mark source=source.to_query() is_empty/>
            </header>
            <div class="log-frame">
                <Log events log layout/>
                <div class="empty" hidden=move || !is_empty.get()>
                    <p>
                        {move || match status.get() {
                            _ if is_cleared.get() => texts().empty_cleared,
                            _ if is_channels => texts().empty_channel,
                            Status::Connecting | Status::Open { .. } => texts().empty_waiting,
                            _ => texts().empty,
                        }}
                    </p>
                    {publish
                        .map(|path| {
                            view! {
                                <div hidden=move || is_cleared.get()>
                                    <Command path options="-d 'hello'"/>
                                </div>
                            }
                        })}
                </div>
                <Undo events log mark/>
            </div>
            {channel.map(|channel| view! { <Composer channel/> })}
        </section>
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
fn ClearForms(events: Events, mark: ClearMark, source: String, is_empty: Memo<bool>) -> impl IntoView {
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

/// The rows. What is new is announced elsewhere, a few at a time: a live region of every row would never be silent.
#[component]
fn Log(events: Events, log: NodeRef<html::Div>, layout: Layout) -> impl IntoView {
    // The server does not know the person's clock: its rows have another time until the browser has taken them over.
    let is_local = RwSignal::new(false);
    Effect::new(move || is_local.set(true));
    let following = StoredValue::new(true);
    Effect::new(move || {
        events.track();
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
    let rows = move || {
        events.track();
        events.with(|feed| feed.numbers().zip(feed.events().cloned()).collect::<Vec<_>>())
    };
    view! {
        <div class="log" class:dated=layout != Layout::Stream class:many=layout == Layout::Channels node_ref=log role="log" aria-live="off" aria-labelledby="messages-title" tabindex="0"
            on:scroll=note_position>
            <div class="rows">
                <For each=rows key=|(number, _)| *number let((_, event))>
                    <MessageRow event is_local layout/>
                </For>
            </div>
        </div>
    }
}

/// The day and the time in Greenwich, for the rows that the server renders. The browser leaves them until it knows better.
fn rendered_time(time: u64) -> String {
    #[cfg(feature = "ssr")]
    return crate::hub::frame::rfc3339(time).get(5..23).unwrap_or_default().replace('T', " ");
    #[cfg(not(feature = "ssr"))]
    return time.to_string();
}

#[component]
fn MessageRow(event: Arc<Event>, is_local: RwSignal<bool>, layout: Layout) -> impl IntoView {
    let time = event.time;
    let local = move || match layout {
        Layout::Stream => clock::time_of_day(time),
        Layout::Channel | Layout::Channels => clock::day_and_time(time),
    };
    let is_new = is_local.get_untracked();
    let time = if is_new {
        Either::Left(local())
    } else {
        Either::Right(move || if is_local.get() { local() } else { rendered_time(time) })
    };
    let text = if event.is_gap {
        Either::Left(words(|texts| texts.gap))
    } else {
        let id = format!("[{}] ", event.id);
        Either::Right(view! {
            <span class="row-id">{id}</span>
            <span class="row-data">{event.data.clone()}</span>
        })
    };
    view! {
        <div class="row" class:new=is_new class:gap=event.is_gap>
            <time class="row-time">{time}</time>
            <span class="row-chips">
                <span class="chip" data-name=event.name.clone()>{event.name.clone()}</span>
                {(layout == Layout::Channels).then(|| view! { <span class="chip channel">{event.channel.clone()}</span> })}
            </span>
            <span class="row-text">{text}</span>
        </div>
    }
}

/// Offers to bring back what was cleared, for a while; while a person is at it the time stands still.
#[component]
fn Undo(events: Events, log: NodeRef<html::Div>, mark: ClearMark) -> impl IntoView {
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
        if let Some(log) = log.get_untracked() {
            let _ = log.focus();
        }
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

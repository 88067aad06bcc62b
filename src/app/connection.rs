//! What the connection is doing, and the two buttons.

use super::{console::Console, remembered, texts};
use crate::{
    client::{clock, events::Events, machine::Status, stream::EventStream},
    model::{query, source::Source},
};
use leptos::{html, prelude::*};
use std::time::Duration;

/// Whether the monitor is open, as it is remembered.
const MONITOR: &str = "monitor";
const OPEN: &str = "open";
const CLOSED: &str = "closed";

/// Where there is room for the monitor beside the messages.
const ROOMY: &str = "(min-width: 900px) and (min-height: 720px)";

/// How often the countdown looks at the clock: often enough that no second is seen late.
const COUNTDOWN: Duration = Duration::from_millis(200);

/// The connection's panel.
#[component]
pub(super) fn Connection(stream: EventStream, events: Events, source: Source) -> impl IntoView {
    let is_demo = matches!(source, Source::BuiltIn(_));
    let is_channels = source.selection().is_some();
    let path = source.stream().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let status = stream.status;
    let can_connect = move || !matches!(status.get(), Status::Connecting | Status::Open { .. });
    let can_disconnect =
        move || matches!(status.get(), Status::Connecting | Status::Open { .. } | Status::Waiting { .. });
    let connect_text = move || {
        let waiting = matches!(status.get(), Status::Waiting { .. });
        if waiting { texts().retry_now } else { texts().connect }
    };
    view! {
        <section class="connection" data-status=move || name(&status.get()) aria-label=move || texts().connection>
            <span class="lamp" aria-hidden="true"></span>
            <div class="connection-state">
                <p class="connection-title">{move || title(&status.get())}</p>
                <p class="connection-detail">{detail(status, is_channels)}</p>
            </div>
            // Without scripts it shows the stream itself.
            <form class="buttons" action=path.to_owned()>
                {query::pairs(query)
                    .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
                    .collect_view()}
                <button class="button primary" data-early aria-keyshortcuts="c" aria-disabled=move || (!can_connect()).to_string()
                    on:click=move |event| {
                        event.prevent_default();
                        stream.connect();
                    }>
                    {connect_text}
                </button>
                <button class="button danger" r#type="button" data-early aria-keyshortcuts="d"
                    aria-disabled=move || (!can_disconnect()).to_string() on:click=move |_| stream.disconnect()>
                    {move || texts().disconnect}
                </button>
            </form>
        </section>
        <MonitorPlace events is_demo/>
        <section class="needs" role="alert">
            <p>{move || if is_channels { texts().needs_live } else { texts().needs }}</p>
            <p>{move || if is_channels { texts().needs_live_detail } else { texts().needs_detail }}</p>
        </section>
    }
}

/// Where the stream is shown as it runs, behind a button.
#[component]
fn MonitorPlace(events: Events, is_demo: bool) -> impl IntoView {
    let console: Console = expect_context();
    let place = NodeRef::<html::Div>::new();
    let is_open = RwSignal::new(false);
    let is_there = StoredValue::new(false);
    Effect::new(move || {
        // Who demonstrates a stream wants to see events, who watches channels wants to see all, where there is room.
        let has_room = || window().match_media(ROOMY).ok().flatten().is_some_and(|room| room.matches());
        is_open.set(remembered::get(MONITOR).map_or_else(|| !is_demo && has_room(), |choice| choice == OPEN));
    });
    Effect::new(move || {
        if let Some(place) = place.get().filter(|_| is_open.get() && !is_there.get_value()) {
            is_there.set_value(true);
            console.show_monitor(place.into(), events);
        }
    });
    let toggle = move |_| {
        is_open.update(|is_open| *is_open = !*is_open);
        remembered::set(MONITOR, if is_open.get_untracked() { OPEN } else { CLOSED });
    };
    view! {
        <button class="monitor-toggle" r#type="button" aria-controls="monitor" aria-keyshortcuts="l"
            aria-expanded=move || is_open.get().to_string() on:click=toggle>
            {move || texts().monitor}
        </button>
        <div class="monitor" id="monitor" hidden=move || !is_open.get() node_ref=place></div>
    }
}

/// The status' name for the styles.
fn name(status: &Status) -> &'static str {
    match status {
        Status::Idle => "idle",
        Status::Connecting => "connecting",
        Status::Open { .. } => "open",
        Status::Waiting { .. } => "waiting",
        Status::Closed => "closed",
        Status::Ended => "ended",
        Status::Failed { .. } => "failed",
    }
}

/// The status in two or three words.
pub(super) fn title(status: &Status) -> &'static str {
    let texts = texts();
    match status {
        Status::Idle => texts.idle,
        Status::Connecting => texts.connecting,
        Status::Open { .. } => texts.open,
        Status::Waiting { .. } => texts.waiting,
        Status::Closed => texts.closed,
        Status::Ended => texts.ended,
        Status::Failed { .. } => texts.failed,
    }
}

/// What the status means, or why it is so; with a countdown where something comes next.
fn detail(status: ReadSignal<Status>, is_channels: bool) -> impl Fn() -> String {
    let tick = Trigger::new();
    Effect::new(move || {
        if matches!(status.get(), Status::Waiting { .. })
            && let Ok(interval) = set_interval_with_handle(move || tick.notify(), COUNTDOWN)
        {
            on_cleanup(move || interval.clear());
        }
    });
    move || {
        let texts = texts();
        match status.get() {
            Status::Idle if is_channels => texts.idle_channels.to_owned(),
            Status::Idle => texts.idle_detail.to_owned(),
            Status::Connecting => texts.connecting_detail.to_owned(),
            Status::Open { .. } => texts.open_detail.to_owned(),
            Status::Waiting { attempt, until, reason } => {
                tick.track();
                let seconds = until.saturating_sub(clock::monotonic()).div_ceil(1_000);
                (texts.waiting_detail)(attempt, seconds, &(texts.reason)(reason))
            }
            Status::Closed if is_channels => texts.closed_channels.to_owned(),
            Status::Closed => texts.closed_detail.to_owned(),
            Status::Ended => texts.ended_detail.to_owned(),
            Status::Failed { reason } => (texts.reason)(reason),
        }
    }
}

//! What the connection is doing, and the two buttons.

use super::{console::Console, remembered, texts, words};
use crate::{
    client::{
        clock,
        machine::{Reason, Status},
        stream::EventStream,
    },
    model::{query, source::Source},
};
use leptos::{html, prelude::*};
use std::time::Duration;

/// Whether the monitor is open, as it is remembered.
const MONITOR: &str = "monitor";
const OPEN: &str = "open";
const CLOSED: &str = "closed";

/// Where there is room for the monitor beside the messages.
const ROOMY: &str = "(min-width: 900px) and (min-height: 880px)";

/// How often the countdown looks at the clock: often enough that no second is seen late.
const COUNTDOWN: Duration = Duration::from_millis(200);

/// The connection's panel.
#[component]
pub(super) fn Connection(stream: EventStream, source: Source) -> impl IntoView {
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
        <section class="connection" data-status=move || name(&status.get()) aria-label=words(|texts| texts.connection)>
            <span class="lamp" aria-hidden="true"></span>
            <div class="connection-state">
                <p class="connection-title">{move || title(&status.get())}</p>
                <p class="connection-detail">{detail(status, source.clone())}</p>
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
                    {words(|texts| texts.disconnect)}
                </button>
            </form>
        </section>
        <MonitorPlace stream source/>
        <section class="needs" role="alert">
            <p>{move || if is_channels { texts().needs_live } else { texts().needs }}</p>
            <p>{move || if is_channels { texts().needs_live_detail } else { texts().needs_detail }}</p>
        </section>
    }
}

/// Where the stream is shown as it runs, if a person wants to see it.
#[component]
fn MonitorPlace(stream: EventStream, source: Source) -> impl IntoView {
    let console: Console = expect_context();
    let (details, place) = (NodeRef::<html::Details>::new(), NodeRef::<html::Div>::new());
    let is_elsewhere = matches!(source, Source::Endpoint(_));
    let is_demo = matches!(source, Source::BuiltIn(_));
    Effect::new(move || {
        // How a stream of elsewhere is asked for is said there. Who watches channels wants to see all, where there is
        // room; who looks at a demonstration wants to see its events.
        let has_room = || window().match_media(ROOMY).ok().flatten().is_some_and(|room| room.matches());
        let is_wanted = || is_elsewhere || !is_demo && has_room();
        if let Some(details) = details.get() {
            details.set_open(remembered::get(MONITOR).map_or_else(is_wanted, |choice| choice == OPEN));
        }
    });
    let toggled = move |_| {
        let Some((details, place)) = details.get_untracked().zip(place.get_untracked()) else { return };
        if details.open() && place.child_element_count() == 0 {
            console.show_monitor(place.into(), stream, is_elsewhere);
        }
    };
    let press = move |_| {
        // Before it takes effect.
        let was_open = details.get_untracked().is_some_and(|details| details.open());
        remembered::set(MONITOR, if was_open { CLOSED } else { OPEN });
    };
    view! {
        <details class="monitor" on:toggle=toggled node_ref=details>
            <summary aria-keyshortcuts="l" on:click=press>{words(|texts| texts.monitor)}</summary>
            <div class="monitor-content" node_ref=place></div>
        </details>
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
fn detail(status: ReadSignal<Status>, source: Source) -> impl Fn() -> String {
    let is_channels = source.selection().is_some();
    let is_other_origin = matches!(&source, Source::Endpoint(Some(url)) if !url.as_str().starts_with('/'));
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
        // What the browser keeps from a page it also does not give a reason for.
        let why = |reason| match reason {
            Reason::Network if is_other_origin => format!("{} {}", (texts.reason)(reason), texts.cors),
            _ => (texts.reason)(reason),
        };
        match status.get() {
            Status::Idle if is_channels => texts.idle_channels.to_owned(),
            Status::Idle => texts.idle_detail.to_owned(),
            Status::Connecting => texts.connecting_detail.to_owned(),
            Status::Open { .. } => texts.open_detail.to_owned(),
            Status::Waiting { attempt, until, reason } => {
                tick.track();
                let seconds = until.saturating_sub(clock::monotonic()).div_ceil(1_000);
                (texts.waiting_detail)(attempt, seconds, &why(reason))
            }
            Status::Closed if is_channels => texts.closed_channels.to_owned(),
            Status::Closed => texts.closed_detail.to_owned(),
            Status::Ended => texts.ended_detail.to_owned(),
            Status::Failed { reason } => why(reason),
        }
    }
}

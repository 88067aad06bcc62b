//! What became of the stream's connections: attempts, reasons, waits.

use super::super::text::texts;
use crate::{
    app,
    client::{
        clock,
        journal::{Entry, Journal, What},
        transport::Carrier,
    },
};
use leptos::prelude::*;

/// The entries, the newest first.
#[component]
pub(super) fn JournalList(journal: ReadSignal<Journal>) -> impl IntoView {
    let entries = move || {
        journal.with(|journal| {
            let entries = journal.entries().rev();
            entries.map(|entry| view! { <Line entry=entry.clone()/> }).collect::<Vec<_>>()
        })
    };
    view! {
        <section class="journal" aria-labelledby="journal-title">
            <h2 id="journal-title">{move || texts().journal}</h2>
            <ol reversed tabindex="0" aria-labelledby="journal-title">{entries}</ol>
        </section>
    }
}

#[component]
fn Line(entry: Entry) -> impl IntoView {
    let Entry { time, what } = entry;
    let name = name(&what);
    view! {
        <li data-what=name>
            <time>{clock::time_of_day(time)}</time>
            " "
            <span>{move || line(&what)}</span>
        </li>
    }
}

/// What it was, for the styles.
fn name(what: &What) -> &'static str {
    match what {
        What::Opened { .. } => "opened",
        What::Lost { .. } => "lost",
        What::Failed { .. } => "failed",
        _ => "other",
    }
}

fn line(what: &What) -> String {
    let (texts, reason) = (texts(), app::texts().reason);
    match what {
        What::Asking { attempt } => (texts.asking)(*attempt),
        What::Opening { attempt, carrier, url, last_event_id } => {
            let carrier = match carrier {
                Some(Carrier::EventSource) => "EventSource",
                Some(Carrier::Fetch) => "fetch",
                None => "-",
            };
            let opening = (texts.opening)(*attempt, carrier);
            match last_event_id.as_str() {
                "" => format!("{opening} {url}"),
                id => format!("{opening} {url} {}", (texts.after)(id)),
            }
        }
        What::Answered { node } => (texts.answered)(node),
        What::Opened { after } => (texts.opened)(&span(*after)),
        What::Lost { reason: why, lasted } => {
            let lasted = lasted.map(span);
            format!("{} {}", (texts.lost)(lasted.as_deref()), reason(*why))
        }
        What::Waiting { attempt, wait } => (texts.waiting)(*attempt, &span(*wait)),
        What::Elsewhere => texts.elsewhere.to_owned(),
        What::Frozen => texts.frozen.to_owned(),
        What::Thawed => texts.thawed.to_owned(),
        What::Closed => texts.closed.to_owned(),
        What::Ended => texts.ended.to_owned(),
        What::Failed { reason: why } => format!("{} {}", texts.failed, reason(*why)),
    }
}

/// A span of milliseconds, as a person reads it.
fn span(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{:.1} s", milliseconds as f64 / 1_000.0),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds / 1_000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_the_unit_that_fits() {
        for (given, shown) in
            [(0, "0 ms"), (999, "999 ms"), (1_250, "1.2 s"), (60_000, "1 min 0 s"), (3_725_000, "62 min 5 s")]
        {
            assert_eq!(span(given), shown);
        }
    }
}

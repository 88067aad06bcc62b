//! The stream as it runs: how fast, how much, over what, and what became of its connections.

mod journal;
mod rate;
mod request;

use super::text::texts;
use crate::client::{clock, feed::Feed, stream::EventStream};
use journal::JournalList;
use leptos::prelude::*;
use rate::{Rate, SIZE};
use request::{RequestForm, TransportSwitch};
use std::time::Duration;

/// How often the figures are looked at.
const SAMPLE: Duration = Duration::from_secs(1);

/// The figures, the line of the last minute, the connection's log, and how the stream is asked for.
#[component]
pub(super) fn Monitor(stream: EventStream, is_elsewhere: bool) -> impl IntoView {
    let events = stream.events;
    let rate = RwSignal::new(Rate::default());
    let sample = move || rate.update(|rate| rate.sample(clock::monotonic(), events.with(Feed::received)));
    sample();
    if let Ok(timer) = set_interval_with_handle(sample, SAMPLE) {
        on_cleanup(move || timer.clear());
    }
    // Once a second is often enough for figures that a person reads.
    let figure = move |look: fn(&Feed) -> u64| {
        move || {
            rate.track();
            number(events.with(look) as f64)
        }
    };
    let (width, height) = SIZE;
    view! {
        <figure class="rate">
            <figcaption>{move || texts().rate}</figcaption>
            <svg viewBox=format!("0 0 {width} {height}") preserveAspectRatio="none" aria-hidden="true">
                <path class="rate-area" d=move || rate.with(Rate::area)/>
                <path class="rate-line" d=move || rate.with(Rate::line)/>
            </svg>
            <p class="rate-figures">
                <strong>{move || number(rate.with(Rate::now))}</strong>
                " "
                {move || texts().per_second}
                <span class="rate-peak">{move || (texts().peak)(&number(rate.with(Rate::peak)))}</span>
            </p>
        </figure>
        <div class="figures-box">
        <dl class="figures">
            <div><dt>{move || texts().received}</dt><dd>{figure(Feed::received)}</dd></div>
            <div><dt>{move || texts().kept}</dt><dd>{figure(|feed| feed.len() as u64)}</dd></div>
            <div><dt>{move || texts().dropped}</dt><dd>{figure(Feed::dropped)}</dd></div>
            <div><dt>{move || texts().doubled}</dt><dd>{figure(Feed::doubled)}</dd></div>
            <div>
                <dt>{move || texts().text_kept}</dt>
                <dd>
                    {move || {
                        rate.track();
                        size(events.with(Feed::bytes) as f64)
                    }}
                </dd>
            </div>
        </dl>
        <TransportSwitch stream/>
        </div>
        <JournalList journal=stream.journal/>
        {is_elsewhere.then(|| view! { <RequestForm stream/> })}
    }
}

/// A number with its thousands apart; with a tenth where it is small and not whole.
fn number(number: f64) -> String {
    let tenths = (number * 10.0).round() as u64;
    let digits = if tenths < 100 && !tenths.is_multiple_of(10) { 1 } else { 0 };
    let text = format!("{number:.digits$}");
    let (whole, rest) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(rest) = rest {
        grouped.push('.');
        grouped.push_str(rest);
    }
    grouped
}

/// A size in bytes, as a person reads it.
pub(super) fn size(bytes: f64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let mut bytes = bytes;
    let mut unit = UNITS.iter();
    let mut name = unit.next().copied().unwrap_or_default();
    while bytes >= 1024.0
        && let Some(next) = unit.next()
    {
        (bytes, name) = (bytes / 1024.0, next);
    }
    format!("{} {name}", number(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        for (given, shown) in [
            (0.0, "0"),
            (0.04, "0"),
            (0.96, "1"),
            (1.04, "1"),
            (3.0, "3"),
            (9.5, "9.5"),
            (12.5, "12"),
            (999.0, "999"),
            (1_000.0, "1,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(number(given), shown);
        }
    }

    #[test]
    fn sizes_have_units() {
        for (given, shown) in
            [(0.0, "0 B"), (1_023.0, "1,023 B"), (1_536.0, "1.5 KiB"), (67_108_864.0, "64 MiB")]
        {
            assert_eq!(size(given), shown);
        }
    }
}

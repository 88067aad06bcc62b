//! What an event has beside its data.

use super::{
    super::{super::text::number, text::texts},
    binary::Binary,
};
use crate::client::{clock, feed::Event};
use leptos::prelude::*;
use std::sync::Arc;

/// A latency over this, in milliseconds, is not how long the message was on its way.
const LONG: i64 = 10_000;

/// The fields, each with its name; those that the event does not have are left out.
#[component]
pub(super) fn Fields(event: Arc<Event>, binary: Option<Arc<Binary>>) -> impl IntoView {
    move || {
        let texts = texts();
        let latency = event.published().zip(event.arrived).map(|(published, arrived)| {
            let latency = arrived.cast_signed() - published.cast_signed();
            let hint = match latency {
                ..0 => texts.latency_negative,
                0..LONG => texts.latency_hint,
                _ => texts.latency_long,
            };
            (duration(latency), hint)
        });
        let (latency, hint) = latency.unwrap_or_default();
        let arrived = event.arrived.map_or_else(|| texts.arrived_with_page.to_owned(), clock::date_and_zone);
        let content = binary
            .as_ref()
            .map(|binary| [&binary.media_type, ", ", &(texts.bytes)(binary.bytes.len())].concat());
        let fields = [
            (texts.event_type, event.name.clone(), ""),
            ("ID", event.id.clone(), ""),
            (texts.channel, event.channel.clone(), ""),
            (texts.published, event.published().map(clock::date_and_zone).unwrap_or_default(), ""),
            (texts.arrived, arrived, ""),
            (texts.latency, latency, hint),
            (texts.size, (texts.bytes)(event.data.len()), ""),
            (texts.content, content.unwrap_or_default(), ""),
        ];
        let fields = fields
            .into_iter()
            .filter(|(_, value, _)| !value.is_empty())
            .map(|(name, value, hint)| {
                view! {
                    <div>
                        <dt>{name}</dt>
                        <dd>{value}<small>{hint}</small></dd>
                    </div>
                }
            })
            .collect::<Vec<_>>();
        view! { <dl class="fields">{fields}</dl> }
    }
}

/// So many milliseconds: `12 ms`, `-1,234.567 s`.
fn duration(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    let amount = milliseconds.unsigned_abs();
    if amount < 1_000 {
        return format!("{sign}{amount} ms");
    }
    format!("{sign}{}.{:03} s", number(amount / 1_000), amount % 1_000)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_shown_as_they_are() {
        let texts = [0, 12, -999, 1_000, -1_234_567, 86_400_001].map(duration);
        assert_eq!(texts, ["0 ms", "12 ms", "-999 ms", "1.000 s", "-1,234.567 s", "86,400.001 s"]);
    }
}

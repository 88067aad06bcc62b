//! What is kept, or what a filter shows of it, as a file.

mod csv;
mod instant;
mod jsonl;

use super::{save, text::texts};
use crate::{
    client::{clock, feed::Event},
    model::source::Source,
};
use js_sys::{Array, Promise, Uint8Array};
use leptos::{html, prelude::*, task::spawn_local};
use std::sync::Arc;
use wasm_bindgen_futures::JsFuture;

/// For how long the file is made at a time, in milliseconds: short of what a person would feel.
const SLICE: u64 = 8;

/// The size of a part, in bytes. The clock is looked at after each.
const PART: usize = 128 << 10;

/// What is to be exported: the events as they were when it was asked for, oldest first.
pub(in crate::app) struct Exported {
    /// What the page is about.
    pub(in crate::app) source: Source,
    /// The events.
    pub(in crate::app) events: Vec<Arc<Event>>,
    /// Whether a filter left out others.
    pub(in crate::app) is_filtered: bool,
}

/// A form of the file.
#[derive(Clone, Copy)]
struct Format {
    ending: &'static str,
    media_type: &'static str,
    header: &'static str,
    push: fn(&mut String, &Event),
}

const JSONL: Format =
    Format { ending: "jsonl", media_type: "application/x-ndjson", header: "", push: jsonl::push };

const CSV: Format = Format { ending: "csv", media_type: "text/csv", header: csv::HEADER, push: csv::push };

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Progress {
    None,
    Preparing { percent: usize },
    Done { name: String, bytes: usize },
    Failed,
}

/// The dialog: which messages they are, and how many; a button for each form; and how far it is.
#[component]
pub(super) fn Export(exported: Exported) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            // Fails where it is open already.
            let _ = dialog.show_modal();
        }
    });
    let Exported { source, events, is_filtered } = exported;
    let (count, time) = (events.len(), clock::now());
    // Held while the dialog is open: none of them goes when the feed drops it.
    let events = StoredValue::new(Arc::new(events));
    let source = StoredValue::new(name_of(&source));
    let progress = RwSignal::new(Progress::None);
    let what = move || {
        let text = if is_filtered { texts().export_shown } else { texts().export_kept };
        text(count, clock::time_of_day(time).get(.."00:00:00".len()).unwrap_or_default())
    };
    let save = move |format: Format| {
        if matches!(progress.get_untracked(), Progress::Preparing { .. }) {
            return;
        }
        progress.set(Progress::Preparing { percent: 0 });
        let (events, name) = (events.get_value(), source.get_value());
        let name = ["tidings-", &name, "-", &stamp(time), ".", format.ending].concat();
        spawn_local(async move {
            let Some(parts) = prepare(&events, format, progress).await else { return };
            let saved = save::save(&name, format.media_type, &parts);
            progress.try_set(saved.map_or(Progress::Failed, |bytes| Progress::Done { name, bytes }));
        });
    };
    let choice = move |is_first: bool, format, name: fn() -> &'static str, about: fn() -> &'static str| {
        view! {
            <div class="export-choice">
                <p>{about}</p>
                <button class="button primary" r#type="button" autofocus=is_first on:click=move |_| save(format)>{name}</button>
            </div>
        }
    };
    view! {
        <dialog class="sheet panel export" aria-labelledby="export-title" node_ref=dialog
            on:close=move |_| events.set_value(Arc::default())>
            <header class="sheet-head">
                <h2 id="export-title">{move || super::super::texts().export}</h2>
                <button class="button quiet" r#type="button"
                    on:click=move |_| dialog.get_untracked().map(|dialog| dialog.close()).unwrap_or_default()>
                    {move || texts().close}
                </button>
            </header>
            <p class="export-what">{what}</p>
            {choice(true, JSONL, || texts().export_jsonl, || texts().export_jsonl_about)}
            {choice(false, CSV, || texts().export_csv, || texts().export_csv_about)}
            <p class="export-progress" role="status">
                {move || match progress.get() {
                    Progress::None => String::new(),
                    Progress::Preparing { percent } => (texts().export_preparing)(percent),
                    Progress::Done { name, bytes } => (texts().export_done)(&name, bytes),
                    Progress::Failed => texts().export_failed.to_owned(),
                }}
            </p>
        </dialog>
    }
}

/// Makes the file's parts, a little at a time; none where the dialog is gone by then.
async fn prepare(events: &[Arc<Event>], format: Format, progress: RwSignal<Progress>) -> Option<Array> {
    let parts = Array::new();
    let mut part = format.header.to_owned();
    let mut until = clock::monotonic() + SLICE;
    for (index, event) in events.iter().enumerate() {
        (format.push)(&mut part, event);
        if part.len() < PART {
            continue;
        }
        parts.push(&Uint8Array::from(part.as_bytes()));
        part.clear();
        if clock::monotonic() >= until {
            let percent = index * 100 / events.len();
            // It answers what was not set: the dialog is gone.
            if progress.try_set(Progress::Preparing { percent }).is_some() {
                return None;
            }
            breathe().await;
            until = clock::monotonic() + SLICE;
        }
    }
    parts.push(&Uint8Array::from(part.as_bytes()));
    Some(parts)
}

/// Lets the browser do what waits.
async fn breathe() {
    let timer = Promise::new(&mut |done, _| {
        // Where it fails there is no page any more, and nothing goes on.
        let _ = window().set_timeout_with_callback(&done);
    });
    let _ = JsFuture::from(timer).await;
}

/// What the page is about, as a part of a file's name.
fn name_of(source: &Source) -> String {
    /// Long enough to tell files apart.
    const MAX: usize = 60;
    let name = match source {
        Source::BuiltIn(stream) => stream.name().to_owned(),
        Source::Channels(selection) => {
            selection.patterns().iter().map(|pattern| pattern.as_str()).collect::<Vec<_>>().join("-")
        }
        Source::Endpoint(Some(endpoint)) => {
            let text = endpoint.as_str();
            text.split_once("//").map_or(text, |(_, rest)| rest).trim_start_matches('/').to_owned()
        }
        Source::Endpoint(None) | Source::Directory => String::new(),
    };
    // Not every file system takes the wildcards.
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    name.chars().take(MAX).map(|character| if is_plain(character) { character } else { '_' }).collect()
}

/// A time as a part of a file's name: `20260131-130509`.
fn stamp(time: u64) -> String {
    let text = clock::date_and_zone(time);
    let digits =
        text.chars().take("2026-01-31 13:05:09".len()).filter(|character| !"-:".contains(*character));
    digits.map(|character| if character == ' ' { '-' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Events with whatever a stream may have.
    pub(super) fn events() -> impl Strategy<Value = Vec<Event>> {
        let text = || {
            prop_oneof![
                Just(String::new()),
                any::<String>(),
                // What means something in one of the forms, and what begins a formula.
                "[\"',;\r\n\t\\\\=+@.0-9a{}\u{0}\u{feff}-]{0,12}",
                Just("消息 😀\u{2028}".to_owned()),
            ]
        };
        let time = 0..253_402_300_800_000_u64;
        let event = (text(), text(), text(), text(), time.clone(), proptest::option::of(time)).prop_map(
            |(id, name, channel, data, time, arrived)| Event {
                id,
                name,
                channel,
                data,
                time,
                arrived,
                ..Event::default()
            },
        );
        proptest::collection::vec(event, 0..8)
    }

    #[test]
    fn a_files_name_says_what_is_in_it() {
        for (query, expected) in [
            ("channel=news", "news"),
            ("channel=chat.*&channel=orders.>", "chat._-orders._"),
            ("stream=ticker", "ticker"),
            ("url=https://example.org/feed?a=1", "example.org_feed_a_1"),
            ("url=/api/sse", "api_sse"),
        ] {
            assert_eq!(name_of(&Source::from_query(query).unwrap()), expected);
        }
    }
}

//! The console's texts, in both languages, one file each. They are loaded with it.

mod chinese;
mod english;

use super::super::{language, text::number};
use crate::model::preferences::Language;

/// The texts of one language.
pub(super) struct Texts {
    pub close: &'static str,

    pub shortcuts: &'static str,
    pub shortcuts_on: &'static str,
    pub shortcuts_list: [(&'static str, &'static str); 3],

    pub event_type: &'static str,
    pub channel: &'static str,
    pub published: &'static str,
    pub arrived: &'static str,
    pub arrived_with_page: &'static str,
    pub latency: &'static str,
    pub latency_hint: &'static str,
    pub latency_long: &'static str,
    pub latency_negative: &'static str,
    pub size: &'static str,
    pub bytes: fn(count: usize) -> String,
    pub content: &'static str,

    pub views: &'static str,
    pub picture: &'static str,
    pub text: &'static str,
    pub hex: &'static str,
    pub raw: &'static str,
    pub wrap: &'static str,
    pub more: fn(count: usize, left: usize) -> String,
    pub more_bytes: fn(count: usize, left: usize) -> String,
    pub show_all: fn(characters: usize) -> String,
    pub rounded: fn(read: &str) -> String,
    pub repeated: &'static str,
    pub picture_of: fn(media_type: &str) -> String,
    pub picture_broken: &'static str,
    pub no_frame: &'static str,
    pub no_frame_with_page: &'static str,

    pub copy_data: &'static str,
    pub copy_id: &'static str,
    pub copy_raw: &'static str,
    pub copy_curl: &'static str,
    pub copied: &'static str,
    pub copy_by_hand: &'static str,
    pub download: &'static str,

    pub export_kept: fn(count: usize, time: &str) -> String,
    pub export_shown: fn(count: usize, time: &str) -> String,
    pub export_jsonl: &'static str,
    pub export_jsonl_about: &'static str,
    pub export_csv: &'static str,
    pub export_csv_about: &'static str,
    pub export_preparing: fn(percent: usize) -> String,
    pub export_done: fn(name: &str, bytes: usize) -> String,
    pub export_failed: &'static str,

    pub rate: &'static str,
    pub per_second: &'static str,
    pub peak: fn(peak: &str) -> String,
    pub received: &'static str,
    pub kept: &'static str,
    pub dropped: &'static str,
    pub doubled: &'static str,
    pub text_kept: &'static str,

    pub transport: &'static str,
    pub auto: &'static str,
    pub journal: &'static str,
    pub asking: fn(attempt: u32) -> String,
    pub opening: fn(attempt: u32, carrier: &str) -> String,
    pub after: fn(last_event_id: &str) -> String,
    pub answered: fn(node: &str) -> String,
    pub opened: fn(after: &str) -> String,
    pub lost: fn(lasted: Option<&str>) -> String,
    pub waiting: fn(attempt: u32, wait: &str) -> String,
    pub elsewhere: &'static str,
    pub frozen: &'static str,
    pub thawed: &'static str,
    pub closed: &'static str,
    pub ended: &'static str,
    pub failed: &'static str,

    pub request: &'static str,
    pub method: &'static str,
    pub headers: &'static str,
    pub body: &'static str,
    pub credentials: &'static str,
    pub apply: &'static str,
    pub wrong_header: fn(line: usize) -> String,
}

/// The texts in the language that is chosen now. Call it inside a reactive closure.
pub(super) fn texts() -> &'static Texts {
    match language() {
        Language::Chinese => &chinese::TEXTS,
        Language::English => &english::TEXTS,
    }
}

/// A count with its thousands apart.
fn grouped(count: usize) -> String {
    number(count as u64)
}

//! Every text of the page, in both languages, one file each. A text that is missing in one does not compile.

mod chinese;
mod english;

use crate::{
    client::machine::Reason,
    model::{
        preferences::{Language, Theme},
        problem::Problem,
        source::{BuiltIn, SourceError},
    },
};

/// The texts of one language.
#[expect(missing_docs, reason = "each field is named after what it says")]
pub struct Texts {
    pub title: &'static str,
    pub tagline: &'static str,
    pub skip_to_messages: &'static str,
    pub skip_to_content: &'static str,
    pub pages: &'static str,
    pub live: &'static str,
    pub rooms: &'static str,
    pub replies: &'static str,
    pub board: &'static str,
    pub sign_in: &'static str,

    pub picker: &'static str,
    pub stream_name: fn(BuiltIn) -> &'static str,
    pub interval: &'static str,
    pub apply: &'static str,
    pub channels: &'static str,
    pub channels_hint: &'static str,
    pub elsewhere: &'static str,
    pub endpoint: &'static str,
    pub endpoint_about: &'static str,
    pub watch: &'static str,
    pub source_error: fn(&SourceError) -> String,
    pub directory: &'static str,
    pub directory_empty: &'static str,

    pub connection: &'static str,
    pub connect: &'static str,
    pub retry_now: &'static str,
    pub disconnect: &'static str,
    pub monitor: &'static str,

    pub idle: &'static str,
    pub idle_detail: &'static str,
    pub idle_channels: &'static str,
    pub connecting: &'static str,
    pub connecting_detail: &'static str,
    pub open: &'static str,
    pub open_detail: &'static str,
    pub waiting: &'static str,
    pub waiting_detail: fn(attempt: u32, seconds: u64, reason: &str) -> String,
    pub closed: &'static str,
    pub closed_detail: &'static str,
    pub closed_channels: &'static str,
    pub ended: &'static str,
    pub ended_detail: &'static str,
    pub failed: &'static str,
    pub reason: fn(Reason) -> String,
    pub cors: &'static str,

    pub messages: &'static str,
    pub number: fn(u64) -> String,
    pub count_of: fn(shown: u64, all: u64) -> String,
    pub pause: &'static str,
    pub resume: &'static str,
    pub waiting_rows: fn(count: u64) -> String,
    pub new_rows: fn(count: u64) -> String,
    pub newest: &'static str,
    pub row_details: &'static str,
    pub export: &'static str,
    pub clear: &'static str,
    pub undo: &'static str,
    pub cleared: fn(count: usize) -> String,
    pub dropped: fn(count: u64) -> String,
    pub empty: &'static str,
    pub empty_waiting: &'static str,
    pub empty_channel: &'static str,
    pub empty_cleared: &'static str,
    pub empty_filter: &'static str,
    pub empty_paused: &'static str,
    pub show_cleared: &'static str,
    pub gap: &'static str,
    pub received: fn(count: u64, latest: &str) -> String,

    pub filter: &'static str,
    pub filter_hint: &'static str,
    pub filter_names: &'static str,
    pub filter_clear: &'static str,
    pub pattern: &'static str,
    pub pattern_problem: fn(&str) -> String,

    pub compose: &'static str,
    pub compose_to: fn(channel: &str) -> String,
    pub compose_hint: &'static str,
    pub compose_keys: &'static str,
    pub event_name: &'static str,
    pub send: &'static str,
    pub send_again: &'static str,
    pub sending: &'static str,
    pub sent: &'static str,
    pub not_sent: fn(&Problem) -> String,
    pub problem: fn(&Problem) -> String,

    pub terminal: &'static str,
    pub terminal_publish: &'static str,
    pub api: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,

    pub notices: &'static str,
    pub unread: &'static str,
    pub shortcuts: &'static str,
    pub not_loaded: &'static str,

    pub language: &'static str,
    pub theme: &'static str,
    pub theme_name: fn(Theme) -> &'static str,

    pub needs: &'static str,
    pub needs_detail: &'static str,
    pub needs_live: &'static str,
    pub needs_live_detail: &'static str,

    pub not_found: &'static str,
    pub not_found_detail: &'static str,
    pub not_found_back: &'static str,
    pub refused: &'static str,
    pub refused_back: &'static str,
}

/// A number with its thousands apart, as both languages write it.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Texts {
    /// The texts of this language.
    pub const fn of(language: Language) -> &'static Self {
        match language {
            Language::Chinese => &chinese::TEXTS,
            Language::English => &english::TEXTS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let text = [0, 999, 1_000, 12_345, 100_000, 1_234_567].map(number);
        assert_eq!(text, ["0", "999", "1,000", "12,345", "100,000", "1,234,567"]);
    }
}

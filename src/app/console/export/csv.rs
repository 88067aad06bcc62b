//! Comma-separated values (RFC 4180), safe to open in a spreadsheet. It is the form for people; who wants every byte
//! as it came takes JSON Lines.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, their full-width forms, or white space before them
//! for a formula, and what is published by strangers must not be one. So such a cell gets an apostrophe before it,
//! which makes it text; a plain number with a sign stays as it is. A cell that begins with an apostrophe itself gets
//! one more: without its first apostrophe every cell is what it was.

use super::instant::rfc3339;
use crate::client::feed::Event;

/// The first line, after the mark that tells Excel that the file is UTF-8.
pub(super) const HEADER: &str = "\u{feff}id,event,channel,time,arrived,data\r\n";

/// Appends an event's line. Every cell is in quotes; what an event does not have is an empty one.
pub(super) fn push(lines: &mut String, event: &Event) {
    let [published, arrived] =
        [event.published(), event.arrived].map(|time| time.map(rfc3339).unwrap_or_default());
    for text in [&event.id, &event.name, &event.channel, &published, &arrived] {
        push_cell(lines, text);
        lines.push(',');
    }
    push_cell(lines, &event.data);
    lines.push_str("\r\n");
}

fn push_cell(lines: &mut String, text: &str) {
    lines.push('"');
    if is_dangerous(text) {
        lines.push('\'');
    }
    let mut parts = text.split('"');
    lines.push_str(parts.next().unwrap_or_default());
    for part in parts {
        lines.push_str("\"\"");
        lines.push_str(part);
    }
    lines.push('"');
}

/// Whether a spreadsheet might take it for something else than what it says.
fn is_dangerous(text: &str) -> bool {
    let mut rest = text.chars();
    match rest.next() {
        Some('+' | '-') => !is_number(rest.as_str()),
        first => matches!(first, Some('=' | '@' | '\t' | '\r' | '\n' | '\'' | '＝' | '＋' | '－' | '＠')),
    }
}

fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::events, *};
    use crate::hub::frame;
    use proptest::prelude::*;

    fn of(events: &[Event]) -> String {
        let mut lines = HEADER.to_owned();
        events.iter().for_each(|event| push(&mut lines, event));
        lines
    }

    /// A reader of RFC 4180, section 2, that takes nothing else.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut records, mut record) = (Vec::new(), Vec::new());
        let mut rest = text;
        while !rest.is_empty() {
            let mut cell = String::new();
            if let Some(quoted) = rest.strip_prefix('"') {
                rest = quoted;
                loop {
                    let (before, after) = rest.split_once('"').expect("the quotes end");
                    cell.push_str(before);
                    rest = after;
                    let Some(more) = rest.strip_prefix('"') else { break };
                    cell.push('"');
                    rest = more;
                }
            } else {
                let end = rest.find([',', '\r', '\n', '"']).expect("the line ends");
                cell.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            record.push(cell);
            if let Some(after) = rest.strip_prefix(',') {
                rest = after;
            } else {
                rest = rest.strip_prefix("\r\n").expect("a comma or the end of the line");
                records.push(std::mem::take(&mut record));
            }
        }
        assert!(record.is_empty(), "the last line ends");
        records
    }

    /// What a cell was before it was made safe.
    fn exact(cell: String) -> String {
        cell.strip_prefix('\'').map(str::to_owned).unwrap_or(cell)
    }

    #[test]
    fn cells_are_quoted_and_no_formula_is_left() {
        for (data, cell) in [
            ("", r#""""#),
            ("a,b\r\n\"c\"", "\"a,b\r\n\"\"c\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-2+3", "\"'-2+3\""),
            ("+49 30 1234", "\"'+49 30 1234\""),
            ("-1.", "\"'-1.\""),
            ("-17", "\"-17\""),
            ("+0.5", "\"+0.5\""),
            ("\t=1", "\"'\t=1\""),
            ("＝1", "\"'＝1\""),
            ("'quoted'", "\"''quoted'\""),
            ("1=1", "\"1=1\""),
        ] {
            let event = Event { data: data.into(), ..Event::default() };
            assert_eq!(of(&[event]), format!("{HEADER}\"\",\"\",\"\",\"\",\"\",{cell}\r\n"));
        }
    }

    proptest! {
        #[test]
        fn the_lines_are_read_as_the_same_events(events in events()) {
            let text = of(&events);
            let mut records = read(text.strip_prefix('\u{feff}').unwrap()).into_iter();
            prop_assert_eq!(records.next().unwrap(), ["id", "event", "channel", "time", "arrived", "data"]);
            let time = |time: Option<u64>| time.map(frame::rfc3339).unwrap_or_default();
            for event in events {
                let record: Vec<_> = records.next().unwrap().into_iter().map(exact).collect();
                let (published, arrived) = (time(event.published()), time(event.arrived));
                prop_assert_eq!(record, [event.id, event.name, event.channel, published, arrived, event.data]);
            }
            prop_assert_eq!(records.next(), None);
        }

        #[test]
        fn no_cell_begins_as_a_formula(data in "[=+@\t\r'.0-9a-]{0,6}") {
            let mut cell = String::new();
            push_cell(&mut cell, &data);
            let cell = cell.trim_matches('"');
            let is_number = cell.parse::<f64>().is_ok();
            prop_assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
    }
}

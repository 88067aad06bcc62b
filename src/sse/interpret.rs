//! The event stream interpretation of the standard, section 9.2.6, word for word and therefore slow: what encoder and
//! decoder are tested against.

use super::decode::{Event, Item};
use std::time::Duration;

/// What a stream says from its beginning to its end, and the last event id after it.
pub fn interpret(stream: &[u8]) -> (Vec<Item>, String) {
    let text = String::from_utf8_lossy(stream);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n");
    let (mut items, mut last_event_id) = (Vec::new(), String::new());
    // What comes after the last end of line is not a line.
    let Some((lines, _)) = text.rsplit_once('\n') else { return (items, last_event_id) };
    let (mut data, mut name, mut id) = (String::new(), String::new(), String::new());
    for line in lines.split('\n') {
        if line.is_empty() {
            last_event_id = id.clone();
            if let Some(data) = data.strip_suffix('\n') {
                let name = if name.is_empty() { "message" } else { &name }.to_owned();
                let last_event_id = last_event_id.clone();
                items.push(Item::Event(Event { name, data: data.to_owned(), last_event_id }));
            }
            (data, name) = (String::new(), String::new());
            continue;
        }
        if let Some(comment) = line.strip_prefix(':') {
            items.push(Item::Comment(comment.to_owned()));
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => data.push_str(&format!("{value}\n")),
            "event" => name = value.to_owned(),
            "id" if !value.contains('\0') => id = value.to_owned(),
            "retry" if !value.is_empty() && value.chars().all(|c| c.is_ascii_digit()) => {
                items.push(Item::Retry(Duration::from_millis(value.parse().unwrap_or(u64::MAX))));
            }
            _ => {}
        }
    }
    (items, last_event_id)
}

//! What the bodies of publishes promise for every input: checked for what was found before by the tests, and for what a
//! fuzzer comes up with by `fuzz/`.

use super::content::{Format, MAX_MESSAGES};
use crate::model::EventName;
use serde_json::Value;

/// The most that one message may have here, in bytes.
const LIMIT: usize = 1 << 16;

/// Panics where a body breaks a promise: the first byte of `input` chooses its format.
///
/// # Panics
/// See above.
#[expect(clippy::unwrap_used, reason = "a check fails by panicking")]
pub fn check(input: &[u8]) {
    let Some((first, body)) = input.split_first() else { return };
    let binary = Format::Binary("image/png".to_owned());
    let format = match first % 4 {
        0 => Format::Text,
        1 => Format::Json,
        2 => Format::Batch,
        _ => binary,
    };
    let Ok(content) = format.parse(body, None, None, LIMIT) else { return };
    let drafts: Vec<_> = content.drafts().collect();
    assert!((1..=MAX_MESSAGES).contains(&drafts.len()));
    for draft in &drafts {
        if let Some(event) = &draft.event {
            assert_eq!(event.as_str().parse::<EventName>().as_ref(), Ok(event));
            assert!(!event.as_str().contains(['\r', '\n', '\0']), "{event:?}");
        }
    }
    let data = |number: usize| drafts.get(number).map(|draft| draft.data.as_str());
    match format {
        Format::Text => assert_eq!(data(0).map(str::as_bytes), Some(body)),
        Format::Binary(_) => assert!(data(0).is_some_and(|data| data.starts_with("data:image/png;base64,"))),
        Format::Json => same(data(0), std::str::from_utf8(body).unwrap()),
        Format::Batch => {
            let text = std::str::from_utf8(body).unwrap();
            for (number, line) in text.lines().filter(|line| !line.trim().is_empty()).enumerate() {
                same(data(number), line);
            }
        }
    }
}

/// A string is its text, and anything else its JSON.
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a check fails by panicking")]
fn same(data: Option<&str>, json: &str) {
    // What another reader makes of it, if it can: it may know no numbers as large, or no levels as deep.
    let Ok(message) = serde_json::from_str::<Value>(json) else { return };
    match &message["data"] {
        Value::String(text) => assert_eq!(data, Some(text.as_str())),
        value => assert_eq!(&serde_json::from_str::<Value>(data.unwrap()).unwrap(), value),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_found_before() {
        crate::check::corpus("bodies", super::check);
    }
}

//! Encoding: one block of the stream at a time, as the bytes that go to the socket.
//!
//! The argument types hold only what can be written, so nothing here can fail. Blocks are encoded once and shared:
//! [`Bytes`] is reference counted.

use crate::model::{EventId, EventName};
use bytes::Bytes;
use std::{fmt::Write, time::Duration};

/// An event. `name` is its type; without one it is a `message`. Without an id the client keeps the one it has.
///
/// Each line of `data` becomes a `data:` line. The format knows CR, LF and CRLF as line breaks and gives all three
/// back as LF. The id comes last: some clients remember it as soon as they read it, and would not have an event again
/// that is cut off after it.
pub fn event(id: impl Into<Option<EventId>>, name: Option<&EventName>, data: &str) -> Bytes {
    let mut block = String::with_capacity(data.len() + 64);
    if let Some(name) = name {
        line(&mut block, format_args!("event: {}", name.as_str()));
    }
    for part in lines(data) {
        line(&mut block, format_args!("data: {part}"));
    }
    if let Some(id) = id.into() {
        line(&mut block, format_args!("id: {id}"));
    }
    end(block)
}

/// An id alone: it sets the client's last event id and dispatches nothing.
pub fn id_only(id: EventId) -> Bytes {
    end(format!("id: {id}\n"))
}

/// How long the client is to wait before it reconnects; sent in whole milliseconds.
pub fn retry(after: Duration) -> Bytes {
    end(format!("retry: {}\n", after.as_millis()))
}

/// An [`event`] with a [`retry`] in its block.
pub fn event_with_retry(id: EventId, name: Option<&EventName>, after: Duration, data: &str) -> Bytes {
    let mut block = format!("retry: {}\n", after.as_millis()).into_bytes();
    block.extend_from_slice(&event(id, name, data));
    block.into()
}

/// A comment, for whoever reads the stream as it is; clients ignore it. Each line of `text` becomes one of it.
pub fn comment(text: &str) -> Bytes {
    let mut block = String::with_capacity(text.len() + 8);
    for part in lines(text) {
        line(&mut block, format_args!(": {part}"));
    }
    end(block)
}

/// A comment with no text, for clients to ignore and for proxies to see that the stream lives.
pub const HEARTBEAT: Bytes = Bytes::from_static(b":\n\n");

fn line(block: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(block, "{text}");
}

fn end(mut block: String) -> Bytes {
    block.push('\n');
    block.into()
}

/// The lines of `data`, split at CRLF, LF and CR. There is always at least one.
fn lines(data: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((first, after)) = text.split_once(['\r', '\n']) else {
            rest = None;
            return Some(text);
        };
        let crlf = text.as_bytes().get(first.len()) == Some(&b'\r');
        rest = Some(if crlf { after.strip_prefix('\n').unwrap_or(after) } else { after });
        Some(first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sse::{
        decode::{Event, Item},
        interpret::interpret,
    };
    use proptest::prelude::*;

    fn any_data() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[\r\n :a]{0,12}", "(data|id|event|retry)?: ?[\r\n\0a]{0,5}"]
    }

    proptest! {
        #[test]
        fn any_sequence_of_events_arrives_as_it_was_sent(
            sent in prop::collection::vec((any::<(u64, u64)>(), prop::option::of("[^\r\n\0]{1,20}"), any_data()), 0..8)
        ) {
            let mut stream = Vec::new();
            let mut expected = Vec::new();
            for ((milliseconds, sequence), name, data) in sent {
                let id = EventId::new(milliseconds, sequence);
                let typed: Option<EventName> = name.as_ref().map(|name| name.parse().unwrap());
                stream.extend_from_slice(&event(id, typed.as_ref(), &data));
                stream.extend_from_slice(&HEARTBEAT);
                let data = data.replace("\r\n", "\n").replace('\r', "\n");
                let name = name.unwrap_or("message".into());
                expected.push(Item::Event(Event { name, data, last_event_id: id.to_string() }));
                expected.push(Item::Comment(String::new()));
            }
            prop_assert_eq!(interpret(&stream).0, expected);
        }

        #[test]
        fn a_block_ends_in_one_blank_line(data in any_data()) {
            let block = event(EventId::new(1, 2), None, &data);
            prop_assert!(block.ends_with(b"\n\n"));
            prop_assert_eq!(block.windows(2).filter(|pair| pair == b"\n\n").count(), 1);
            prop_assert!(!block.contains(&b'\r'));
        }

        #[test]
        fn a_comment_says_nothing_to_a_client(text in any_data()) {
            let block = comment(&text);
            let (items, last_event_id) = interpret(&block);
            prop_assert!(items.iter().all(|item| matches!(item, Item::Comment(_))), "{:?}", items);
            prop_assert_eq!(last_event_id, "");
            prop_assert!(block.ends_with(b"\n\n") && !block.contains(&b'\r'));
            prop_assert_eq!(block.windows(2).filter(|pair| pair == b"\n\n").count(), 1);
        }

        #[test]
        fn an_event_with_a_retry_is_the_event_and_the_retry(data in any_data(), milliseconds in 0..u64::MAX) {
            let (id, name) = (EventId::new(1, 2), EventName::literal("a"));
            let both = event_with_retry(id, Some(&name), Duration::from_millis(milliseconds), &data);
            let (mut items, last_event_id) = interpret(&event(id, Some(&name), &data));
            items.insert(0, Item::Retry(Duration::from_millis(milliseconds)));
            prop_assert_eq!(interpret(&both), (items, last_event_id));
        }
    }

    #[test]
    fn a_comment_and_a_retry_stand_in_the_block() {
        assert_eq!(comment("a\r\nb"), ": a\n: b\n\n");
        assert_eq!(
            event_with_retry(EventId::new(7, 1), None, Duration::from_secs(30), "a"),
            "retry: 30000\ndata: a\nid: 7-1\n\n"
        );
    }

    #[test]
    fn blocks_are_what_the_wire_says() {
        let id = EventId::new(1_767_225_600_000, 4);
        assert_eq!(event(id, None, "a"), "data: a\nid: 1767225600000-4\n\n");
        assert_eq!(
            event(id, Some(&EventName::literal("update")), "a\nb"),
            "event: update\ndata: a\ndata: b\nid: 1767225600000-4\n\n"
        );
        assert_eq!(event(id, None, ""), "data: \nid: 1767225600000-4\n\n");
        assert_eq!(retry(Duration::from_millis(2500)), "retry: 2500\n\n");
        assert_eq!(id_only(id), "id: 1767225600000-4\n\n");
    }

    #[test]
    fn an_id_alone_and_a_retry_dispatch_nothing() {
        let stream = [retry(Duration::from_secs(2)), id_only(EventId::new(7, 0)), HEARTBEAT].concat();
        let items = vec![Item::Retry(Duration::from_secs(2)), Item::Comment(String::new())];
        assert_eq!(interpret(&stream), (items, "7-0".to_owned()));
    }
}

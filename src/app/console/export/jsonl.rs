//! JSON Lines: an object for each event, exact. It is the form for programs.

use super::{super::json_string, instant::rfc3339};
use crate::client::feed::Event;

/// Appends an event's line: `{"id", "event", "channel", "time", "arrived", "data"}`. What an event does not have is
/// null; `time` is when it was published; the data is a string, also where that is JSON itself.
pub(super) fn push(lines: &mut String, event: &Event) {
    let texts = [("{\"id\":", &event.id), (",\"event\":", &event.name), (",\"channel\":", &event.channel)];
    for (name, text) in texts {
        lines.push_str(name);
        if text.is_empty() {
            lines.push_str("null");
        } else {
            json_string::push(lines, text);
        }
    }
    for (name, time) in [(",\"time\":", event.published()), (",\"arrived\":", event.arrived)] {
        lines.push_str(name);
        match time {
            Some(time) => json_string::push(lines, &rfc3339(time)),
            None => lines.push_str("null"),
        }
    }
    lines.push_str(",\"data\":");
    json_string::push(lines, &event.data);
    lines.push_str("}\n");
}

#[cfg(test)]
mod tests {
    use super::{super::tests::events, *};
    use crate::hub::frame;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn of(events: &[Event]) -> String {
        let mut lines = String::new();
        events.iter().for_each(|event| push(&mut lines, event));
        lines
    }

    #[test]
    fn a_line_says_what_the_event_has() {
        let event = Event {
            id: "5-1".into(),
            name: "paid".into(),
            data: "a\n\"b\"".into(),
            channel: "orders.17".into(),
            time: 1_769_861_109_120,
            arrived: Some(1_769_861_109_127),
            ..Event::default()
        };
        assert_eq!(
            of(&[event, Event { name: "message".into(), time: 7, ..Event::default() }]),
            concat!(
                r#"{"id":"5-1","event":"paid","channel":"orders.17","time":"2026-01-31T12:05:09.120Z","#,
                r#""arrived":"2026-01-31T12:05:09.127Z","data":"a\n\"b\""}"#,
                "\n",
                r#"{"id":null,"event":"message","channel":null,"time":null,"arrived":null,"data":""}"#,
                "\n",
            )
        );
    }

    proptest! {
        #[test]
        fn the_lines_are_read_as_the_same_events(events in events()) {
            let lines = of(&events);
            let read: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
            let expected: Vec<_> = events
                .iter()
                .map(|event| {
                    json!({
                        "id": text(&event.id),
                        "event": text(&event.name),
                        "channel": text(&event.channel),
                        "time": event.published().map(frame::rfc3339),
                        "arrived": event.arrived.map(frame::rfc3339),
                        "data": event.data,
                    })
                })
                .collect();
            prop_assert_eq!(read, expected);
        }
    }
}

//! Every field of the format once: a `testEvent` with its id, `retry:` and data, an event with no name and a comment.
//! Then the stream ends.

use super::{
    built_in::{BuiltIn, Script, ScriptError},
    parameters::Parameters,
};
use crate::{
    model::{EventId, EventName},
    sse::encode,
};
use bytes::Bytes;
use std::time::Duration;

const TEST_EVENT: EventName = EventName::literal("testEvent");
const RETRY: Duration = Duration::from_secs(30);

/// The stream.
#[derive(Clone, Copy, Debug)]
pub struct Fields;

impl BuiltIn for Fields {
    fn name(&self) -> &'static str {
        "fields"
    }

    fn events(&self) -> &'static [EventName] {
        const { &[TEST_EVENT, EventName::END] }
    }

    fn script(&self, _: &Parameters) -> Result<Box<dyn Script>, ScriptError> {
        Ok(Box::new(*self))
    }
}

impl Script for Fields {
    fn length(&self) -> Option<u64> {
        Some(3)
    }

    fn pause(&self, _: u64) -> Duration {
        Duration::ZERO
    }

    fn encode(&self, id: EventId) -> Bytes {
        match id.sequence() {
            1 => encode::event_with_retry(id, Some(&TEST_EVENT), RETRY, r#"{"a":4}"#),
            2 => {
                let event = encode::event(id, None, "An event with no name is a message.");
                // A comment has no id to resume by, so it travels with the event before it.
                [event, encode::comment("A comment. EventSource does not show it.")].concat().into()
            }
            _ => encode::event(id, Some(&EventName::END), "That was every field."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::built_in::play::{play, times},
        *,
    };

    #[tokio::test(start_paused = true)]
    async fn every_field_comes_at_once_and_then_the_end() {
        let run = play(Box::new(Fields), None, 100).await;
        assert_eq!(times(&run), [0, 0, 0]);
        let text: String = run.into_iter().map(|(_, text)| text).collect();
        let mut lines: Vec<_> = text.lines().collect();
        lines.retain(|line| !line.starts_with("id: "));
        let expected = [
            "retry: 30000",
            "event: testEvent",
            r#"data: {"a":4}"#,
            "",
            "data: An event with no name is a message.",
            "",
            ": A comment. EventSource does not show it.",
            "",
            "event: end",
            "data: That was every field.",
            "",
        ];
        assert_eq!(lines, expected);
    }
}

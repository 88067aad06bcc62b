//! The demo of the SSE tutorials: hello, `update`, `hi`, five numbered messages one interval apart, `end`.

use super::{
    built_in::{self, BuiltIn, Script, ScriptError},
    parameters::Parameters,
};
use crate::{
    model::{EventId, EventName},
    sse::encode,
};
use bytes::Bytes;
use std::time::Duration;

/// The demo's name.
pub const NAME: &str = "demo";

const UPDATE: EventName = EventName::literal("update");
const HI: EventName = EventName::literal("hi");

/// The demo, and its pace.
#[derive(Clone, Copy, Debug)]
pub struct Demo {
    /// The time between two numbered messages.
    pub interval: Duration,
}

impl BuiltIn for Demo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [EventName] {
        const { &[UPDATE, HI, EventName::END] }
    }

    fn script(&self, _: &Parameters) -> Result<Box<dyn Script>, ScriptError> {
        Ok(Box::new(*self))
    }
}

impl Script for Demo {
    fn length(&self) -> Option<u64> {
        Some(9)
    }

    fn pause(&self, number: u64) -> Duration {
        if (4..=8).contains(&number) { self.interval } else { Duration::ZERO }
    }

    fn encode(&self, id: EventId) -> Bytes {
        match id.sequence() {
            1 => encode::event(id, None, &message(id, "Hello, world!")),
            2 => encode::event(id, Some(&UPDATE), "bye-bye"),
            3 => encode::event(id, Some(&HI), "hi"),
            number @ 4..=8 => {
                encode::event(id, None, &message(id, &format!("hi，这是第 {} 条消息。", number - 3)))
            }
            _ => encode::event(id, Some(&EventName::END), "结束通信。"),
        }
    }
}

fn message(id: EventId, text: &str) -> String {
    serde_json::json!({ "id": id.to_string(), "message": text, "timestamp": built_in::time(id) }).to_string()
}

#[cfg(test)]
mod tests {
    use super::{
        super::built_in::play::{now, play, times},
        *,
    };

    const DEMO: Demo = Demo { interval: Duration::from_secs(1) };

    #[tokio::test(start_paused = true)]
    async fn three_at_once_then_one_a_second_then_the_end() {
        let run = play(Box::new(DEMO), None, 100).await;
        assert_eq!(times(&run), [0, 0, 0, 1000, 2000, 3000, 4000, 5000, 5000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_resumed_run_has_the_rest() {
        let run = play(Box::new(DEMO), Some(EventId::new(now() - 60_000, 4)), 100).await;
        assert_eq!(times(&run), [0, 1000, 2000, 3000, 3000]);
        assert!(
            run[0].1.contains("hi，这是第 2 条消息。") && run[4].1.starts_with("event: end\n"),
            "{run:?}"
        );
    }
}

//! The ticker: a welcome, an `update` with a random number every 2 s, and one `notification` after 5 s.

use super::{
    built_in::{self, BuiltIn, Script, ScriptError},
    parameters::Parameters,
};
use crate::{
    model::{EventId, EventName},
    sse::encode,
};
use bytes::Bytes;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

const UPDATE: EventName = EventName::literal("update");
const NOTIFICATION: EventName = EventName::literal("notification");

/// The stream.
#[derive(Clone, Copy, Debug)]
pub struct Ticker;

impl BuiltIn for Ticker {
    fn name(&self) -> &'static str {
        "ticker"
    }

    fn events(&self) -> &'static [EventName] {
        const { &[UPDATE, NOTIFICATION] }
    }

    fn script(&self, _: &Parameters) -> Result<Box<dyn Script>, ScriptError> {
        Ok(Box::new(Ticks { seed: getrandom::u64()? }))
    }
}

struct Ticks {
    seed: u64,
}

impl Ticks {
    /// Evenly spread from 0 to below 1.
    fn random(&self, id: EventId) -> f64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, id).hash(&mut hasher);
        // As many bits as an f64 holds exactly.
        (hasher.finish() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Script for Ticks {
    fn pause(&self, number: u64) -> Duration {
        Duration::from_secs(match number {
            1 => 0,
            // The notification at 5 s stands halfway between the updates at 4 s and at 6 s.
            4 | 5 => 1,
            _ => 2,
        })
    }

    fn encode(&self, id: EventId) -> Bytes {
        let (name, data) = match id.sequence() {
            1 => (None, serde_json::json!({ "message": "Welcome! An update comes every two seconds." })),
            4 => (
                Some(&NOTIFICATION),
                serde_json::json!({
                    "title": "A notification",
                    "message": "You have been watching for five seconds.",
                    "time": built_in::time(id),
                }),
            ),
            _ => (
                Some(&UPDATE),
                serde_json::json!({ "timestamp": built_in::time(id), "random": self.random(id) }),
            ),
        };
        encode::event(id, name, &data.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::built_in::play::{data, now, play, times},
        *,
    };

    async fn ticker(last: Option<EventId>, count: usize) -> Vec<(Duration, String)> {
        play(Ticker.script(&Parameters::default()).unwrap(), last, count).await
    }

    fn name(event: &str) -> &str {
        event.lines().find_map(|line| line.strip_prefix("event: ")).unwrap_or("message")
    }

    #[tokio::test(start_paused = true)]
    async fn a_welcome_then_updates_and_one_notification() {
        let run = ticker(None, 20).await;
        let shown: Vec<_> = run.iter().map(|(at, event)| (at.as_secs(), name(event))).take(7).collect();
        let start = [(0, "message"), (2, "update"), (4, "update"), (5, "notification"), (6, "update")];
        assert_eq!(shown, [&start[..], &[(8, "update"), (10, "update")]].concat());
        assert_eq!(run.iter().filter(|(_, event)| name(event) == "notification").count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_resumed_run_has_the_notification_only_if_it_was_still_to_come() {
        let (before, after) = (EventId::new(now() - 60_000, 3), EventId::new(now() - 60_000, 4));
        let run = ticker(Some(before), 3).await;
        assert_eq!(times(&run), [0, 1000, 3000]);
        assert_eq!(name(&run[0].1), "notification");
        let run = ticker(Some(after), 10).await;
        assert!(run.iter().all(|(_, event)| name(event) == "update"), "{run:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_numbers_are_spread_from_0_to_below_1_and_each_run_has_its_own() {
        let numbers = async || -> Vec<f64> {
            let run = ticker(Some(EventId::new(now(), 4)), 200).await;
            run.iter().map(|(_, event)| data(event)["random"].as_f64().unwrap()).collect()
        };
        let (one, two) = (numbers().await, numbers().await);
        assert!(one.iter().chain(&two).all(|number| (0.0..1.0).contains(number)));
        assert_ne!(one, two);
        // That one of ten equal parts is not hit by 200 numbers happens once in a hundred million runs.
        for part in 0..10 {
            let tenth = f64::from(part) / 10.0..f64::from(part + 1) / 10.0;
            assert!(one.iter().any(|number| tenth.contains(number)), "{part}: {one:?}");
        }
    }
}

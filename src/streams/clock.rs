//! The clock: a greeting, then the time at every interval, for as long as it is watched.

use super::{
    built_in::{self, BuiltIn, Script, ScriptError},
    parameters::{ParameterError, Parameters},
};
use crate::{
    model::{EventId, EventName},
    sse::encode,
};
use bytes::Bytes;
use std::time::Duration;

const INTERVAL: &str = "interval";

/// The stream.
#[derive(Clone, Copy, Debug)]
pub struct Clock;

impl BuiltIn for Clock {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn events(&self) -> &'static [EventName] {
        &[]
    }

    fn parameters(&self) -> &'static [&'static str] {
        &[INTERVAL]
    }

    fn script(&self, parameters: &Parameters) -> Result<Box<dyn Script>, ScriptError> {
        Ok(Box::new(Ticks { seconds: seconds(parameters.get(INTERVAL).unwrap_or("1"))? }))
    }
}

fn seconds(text: &str) -> Result<u64, ParameterError> {
    let seconds = text.parse().ok().filter(|seconds: &u64| (1..=60).contains(seconds));
    // A number has one spelling: "+5" and "05" would parse.
    seconds.filter(|seconds| seconds.to_string() == text).ok_or_else(|| ParameterError::Value {
        name: INTERVAL.to_owned(),
        expected: "a whole number of seconds from 1 to 60",
    })
}

struct Ticks {
    seconds: u64,
}

impl Script for Ticks {
    fn pause(&self, number: u64) -> Duration {
        if number == 1 { Duration::ZERO } else { Duration::from_secs(self.seconds) }
    }

    fn encode(&self, id: EventId) -> Bytes {
        let time = built_in::time(id);
        let data = match id.sequence() {
            1 => serde_json::json!({
                "message": "Hello! From now on you get the time.", "interval": self.seconds, "time": time,
            }),
            _ => serde_json::json!({ "time": time }),
        };
        encode::event(id, None, &data.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::built_in::play::{data, now, play, times},
        *,
    };

    fn clock(interval: &str) -> Result<Box<dyn Script>, ScriptError> {
        Clock.script(&Parameters::new([("interval".to_owned(), interval.to_owned())]).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_greeting_and_then_the_time_at_every_interval() {
        let run = play(Clock.script(&Parameters::default()).unwrap(), None, 4).await;
        assert_eq!(times(&run), [0, 1000, 2000, 3000]);
        let run = play(clock("7").unwrap(), None, 3).await;
        assert_eq!(times(&run), [0, 7000, 14_000]);
        assert_eq!(data(&run[0].1)["interval"], 7);
        assert!(data(&run[0].1)["message"].is_string() && data(&run[0].1)["time"].is_string());
        let tick = data(&run[1].1);
        assert_eq!(tick, serde_json::json!({ "time": tick["time"] }));
        assert!(humantime::parse_rfc3339(tick["time"].as_str().unwrap()).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_missed_is_not_made_up_for() {
        let hours_ago = EventId::new(now() - 10_000_000, 5);
        let run = play(clock("60").unwrap(), Some(hours_ago), 3).await;
        assert_eq!(times(&run), [0, 60_000, 120_000]);
        assert!(run[0].1.starts_with("data: {\"time\":") && run[0].1.ends_with("-6\n\n"), "{run:?}");
    }

    #[test]
    fn an_interval_is_1_to_60_whole_seconds() {
        for good in ["1", "2", "60"] {
            assert!(clock(good).is_ok(), "{good}");
        }
        for bad in ["", "0", "61", "-1", "+5", "05", "1.5", "1s", " 1", "１", "99999999999999999999"] {
            let Err(ScriptError::Parameter(error)) = clock(bad) else { panic!("{bad:?}") };
            assert_eq!(error.name(), "interval");
        }
    }
}

//! What all built-in streams have in common. Each connection has its own run of a stream's [`Script`].
//!
//! The server keeps nothing of a run: an event's id says when it was sent and, in its sequence, which one of
//! the run it was. So any server can resume a run where it was cut, also after a restart.

use super::parameters::{ParameterError, Parameters};
use crate::{
    hub::{CLOCK_TOLERANCE, frame::rfc3339, writer::now},
    model::{EventId, EventName},
};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use std::{fmt, time::Duration};
use thiserror::Error;
use tokio::time::Instant;

/// The least time between two events of an endless stream, on average.
const ENDLESS_PACE: Duration = Duration::from_secs(1);

/// A stream that the server makes by itself.
pub trait BuiltIn: fmt::Debug + Send + Sync {
    /// Its name, the last segment of its path: letters, digits and dashes.
    fn name(&self) -> &'static str;

    /// The names of its events. A browser's `EventSource` only hears those that it listens for.
    fn events(&self) -> &'static [EventName];

    /// The query parameters that it takes, besides those that every stream takes.
    fn parameters(&self) -> &'static [&'static str] {
        &[]
    }

    /// What a run sends that is asked for with these parameters. Only those that the stream takes are given.
    ///
    /// # Errors
    /// When a parameter's value is not allowed, or the system has no random bits to give.
    fn script(&self, parameters: &Parameters) -> Result<Box<dyn Script>, ScriptError>;
}

/// Why a stream has no script for a request.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ScriptError {
    /// A parameter is not one of the stream's, or its value is not allowed.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The system has no random bits.
    #[error("the system has no random bits to give: {0}")]
    Random(#[from] getrandom::Error),
}

/// The events of a run, numbered from one.
pub trait Script: Send + Sync {
    /// How many there are. None: as many as there is time for, at most one a second on average.
    fn length(&self) -> Option<u64> {
        None
    }

    /// How long event `number` comes after the one before it; the first, after the beginning.
    fn pause(&self, number: u64) -> Duration;

    /// The event that gets `id`, as it goes to the socket. The id's sequence is the event's number.
    fn encode(&self, id: EventId) -> Bytes;
}

/// What a client gets that asks for a stream.
pub enum Run {
    /// It has had the last event already.
    Ended,
    /// The rest of the script.
    Going {
        /// The id to resume after if the connection breaks before the first event.
        tail: EventId,
        /// The events, each encoded, each at its time.
        events: BoxStream<'static, Bytes>,
    },
}

/// The last event id is of the right form but no event of the stream had it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no event of this stream had this id")]
pub struct UnknownEventId;

impl Run {
    /// Starts a run, or resumes one after the event `last`.
    ///
    /// A resumed run goes on at its pace: the next event comes as long after `last` as it would have, or at once if
    /// that time has passed. What would have come in between is not made up for.
    ///
    /// # Errors
    /// When no run can have had an event `last`.
    pub fn open(script: Box<dyn Script>, last: Option<EventId>) -> Result<Self, UnknownEventId> {
        let opened = now();
        let tail = last.unwrap_or(EventId::new(opened, 0));
        if !can_be(tail, opened, script.length()) {
            return Err(UnknownEventId);
        }
        if script.length() == Some(tail.sequence()) {
            return Ok(Self::Ended);
        }
        let waited = Duration::from_millis(opened.saturating_sub(tail.milliseconds()));
        let first = Instant::now() + script.pause(tail.sequence() + 1).saturating_sub(waited);
        let events = stream::unfold((script, tail, first), |(script, last, due)| async move {
            if script.length() == Some(last.sequence()) {
                return None;
            }
            // A client that did not read for a while has the next event at once and no burst after it.
            let due = due.max(Instant::now());
            tokio::time::sleep_until(due).await;
            // The clock may step back; ids do not.
            let id = EventId::new(now().max(last.milliseconds()), last.sequence() + 1);
            let next = due + script.pause(id.sequence() + 1);
            Some((script.encode(id), (script, id, next)))
        });
        Ok(Self::Going { tail, events: events.boxed() })
    }
}

fn can_be(id: EventId, now: u64, length: Option<u64>) -> bool {
    let ahead = Duration::from_millis(id.milliseconds().saturating_sub(now));
    let pauses = u128::from(id.sequence().saturating_sub(1));
    // No run began before 1970. This also leaves the sequence far from its largest number.
    let possible = length.map_or(pauses * ENDLESS_PACE.as_millis() <= id.milliseconds().into(), |length| {
        id.sequence() <= length
    });
    ahead <= CLOCK_TOLERANCE && possible
}

/// When the event was sent, as RFC 3339 with milliseconds.
pub fn time(id: EventId) -> String {
    rfc3339(id.milliseconds())
}

/// For the tests of each stream.
#[cfg(test)]
pub(super) mod play {
    use super::*;

    pub use crate::hub::writer::now;

    /// The first `count` events that follow `last`, or all if there are fewer: when each came, and its text.
    pub async fn play(
        script: Box<dyn Script>,
        last: Option<EventId>,
        count: usize,
    ) -> Vec<(Duration, String)> {
        let start = Instant::now();
        let Ok(Run::Going { events, .. }) = Run::open(script, last) else { panic!("nothing left to play") };
        let text = |block: Bytes| String::from_utf8(block.to_vec()).unwrap();
        events.take(count).map(|block| (start.elapsed(), text(block))).collect().await
    }

    /// How many milliseconds after the start each came.
    pub fn times(played: &[(Duration, String)]) -> Vec<u128> {
        played.iter().map(|(at, _)| at.as_millis()).collect()
    }

    /// The data of an event, as JSON.
    pub fn data(event: &str) -> serde_json::Value {
        let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        serde_json::from_str(data).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::{play::play, *};
    use crate::sse::encode;

    /// An event a second; without a length there is no end.
    struct Every(Option<u64>);

    impl Script for Every {
        fn length(&self) -> Option<u64> {
            self.0
        }

        fn pause(&self, _: u64) -> Duration {
            Duration::from_secs(1)
        }

        fn encode(&self, id: EventId) -> Bytes {
            encode::event(id, None, "")
        }
    }

    fn open(length: Option<u64>, last: EventId) -> Result<Run, UnknownEventId> {
        Run::open(Box::new(Every(length)), Some(last))
    }

    #[tokio::test(start_paused = true)]
    async fn a_resumed_run_waits_only_for_what_is_left_of_the_pause() {
        for (ago, wait) in [(0, 1000), (400, 600), (1000, 0), (3_600_000, 0)] {
            let before = now();
            let run = play(Box::new(Every(None)), Some(EventId::new(before - ago, 4)), 3).await;
            // The wall clock moves on while the test runs; the paused clock does not.
            let passed = now() - before;
            let first = u64::try_from(run[0].0.as_millis()).unwrap();
            assert!(first <= wait + 5 && first + passed + 5 >= wait, "{ago}: {first}, {passed}");
            for pair in run.windows(2) {
                assert_eq!((pair[1].0 - pair[0].0).as_millis(), 1000, "{ago}: the pace goes on");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn ids_go_up_by_one_step_even_if_the_clock_steps_back() {
        let ahead = now() + 30_000;
        let run = play(Box::new(Every(Some(9))), Some(EventId::new(ahead, 2)), 100).await;
        let expected: Vec<_> = (3..=9).map(|number| format!("data: \nid: {ahead}-{number}\n\n")).collect();
        assert_eq!(run.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_does_not_slow_the_pace_and_gets_no_burst() {
        let start = Instant::now();
        let Ok(Run::Going { mut events, .. }) = Run::open(Box::new(Every(None)), None) else { panic!() };
        let mut came = Vec::new();
        for busy in [300, 300, 10_250, 0, 0] {
            events.next().await;
            came.push(start.elapsed().as_millis());
            tokio::time::sleep(Duration::from_millis(busy)).await;
        }
        assert_eq!(came, [1000, 2000, 3000, 13_250, 14_250]);
    }

    #[tokio::test]
    async fn an_id_that_no_run_had_is_refused_and_the_last_one_ends() {
        let now = now();
        assert!(matches!(open(Some(9), EventId::new(now, 9)), Ok(Run::Ended)));
        assert!(matches!(open(None, EventId::new(now, now / 1000)), Ok(Run::Going { .. })));
        for (length, id) in [
            (Some(9), EventId::new(now, 10)),
            (Some(9), EventId::new(now, u64::MAX)),
            (Some(9), EventId::new(u64::MAX, 1)),
            (Some(9), EventId::new(now + 3_600_000, 1)),
            (None, EventId::new(now, now / 1000 + 2)),
            (None, EventId::new(now, u64::MAX)),
            (None, EventId::new(u64::MAX, 1)),
            (None, EventId::new(0, 2)),
        ] {
            assert_eq!(open(length, id).err(), Some(UnknownEventId), "{length:?} {id}");
        }
    }
}

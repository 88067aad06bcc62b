//! The demo of the SSE tutorials: hello, `update`, `hi`, five numbered messages one interval apart, `end`.
//!
//! Each connection has its own run, and the server keeps nothing of it: an event's id says when the event was sent
//! and which step of the script it was, so any server can resume a run where it was cut, also after a restart.

use crate::{
    model::{EventId, EventName},
    sse::encode,
};
use bytes::Bytes;
use futures::stream::{self, Stream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;

const UPDATE: EventName = EventName::literal("update");
const HI: EventName = EventName::literal("hi");

/// The names of the demo's events.
pub const EVENTS: [EventName; 3] = [UPDATE, HI, EventName::END];

/// How far ahead of our clock an id may be. More than any clock is corrected by; less than a made-up number.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// The steps in their order. The sequence of an event's id is its place here, counted from one, so the sequence of
/// the last event received is the index of the next.
static SCRIPT: [Step; 9] = [
    Step::Hello,
    Step::Named(UPDATE, "bye-bye"),
    Step::Named(HI, "hi"),
    Step::Numbered(1),
    Step::Numbered(2),
    Step::Numbered(3),
    Step::Numbered(4),
    Step::Numbered(5),
    Step::Named(EventName::END, "结束通信。"),
];

#[derive(Clone, Debug)]
enum Step {
    Hello,
    Named(EventName, &'static str),
    Numbered(u8),
}

impl Step {
    fn encode(&self, id: EventId) -> Bytes {
        match self {
            Self::Hello => encode::event(id, None, &message(id, "Hello, world!")),
            Self::Named(name, data) => encode::event(id, Some(name), data),
            Self::Numbered(n) => encode::event(id, None, &message(id, &format!("hi，这是第 {n} 条消息。"))),
        }
    }
}

fn message(id: EventId, text: &str) -> String {
    let time = UNIX_EPOCH + Duration::from_millis(id.milliseconds());
    let timestamp = humantime::format_rfc3339_millis(time).to_string();
    serde_json::json!({ "id": id.to_string(), "message": text, "timestamp": timestamp }).to_string()
}

/// The demo, and its pace.
#[derive(Clone, Copy, Debug)]
pub struct Demo {
    /// The time between two numbered messages.
    pub interval: Duration,
}

/// What a client gets that asks for the demo.
pub enum Run<S> {
    /// It has had the last event already.
    Ended,
    /// The rest of the script.
    Going {
        /// The id to resume after if the connection breaks before the first event.
        tail: EventId,
        /// The events, each encoded, each at its time.
        events: S,
    },
}

/// The last event id is of the right form but no event of the demo had it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no event of this stream had this id")]
pub struct UnknownEventId;

impl Demo {
    /// Starts a run, or resumes one after the event `last`.
    ///
    /// A resumed run goes on at its pace: the next event comes as long after `last` as it would have, or at once if
    /// that time has passed.
    ///
    /// # Errors
    /// When no run can have had an event `last`.
    pub fn open(
        &self,
        last: Option<EventId>,
    ) -> Result<Run<impl Stream<Item = Bytes> + Send + 'static>, UnknownEventId> {
        let now = now();
        let tail = last.unwrap_or(EventId::new(now, 0));
        let ahead = Duration::from_millis(tail.milliseconds().saturating_sub(now));
        let index = usize::try_from(tail.sequence()).unwrap_or(usize::MAX);
        if ahead > CLOCK_TOLERANCE || index > SCRIPT.len() {
            return Err(UnknownEventId);
        }
        if index == SCRIPT.len() {
            return Ok(Run::Ended);
        }
        let already_waited = Duration::from_millis(now.saturating_sub(tail.milliseconds()));
        let events = stream::unfold((*self, tail, already_waited), |(demo, last, waited)| async move {
            let step = SCRIPT.get(usize::try_from(last.sequence()).ok()?)?;
            let pause = demo.pause_before(step).saturating_sub(waited);
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            // The clock may step back; ids do not.
            let id = EventId::new(self::now().max(last.milliseconds()), last.sequence() + 1);
            Some((step.encode(id), (demo, id, Duration::ZERO)))
        });
        Ok(Run::Going { tail, events })
    }

    fn pause_before(&self, step: &Step) -> Duration {
        match step {
            Step::Numbered(_) => self.interval,
            Step::Hello | Step::Named(..) => Duration::ZERO,
        }
    }
}

fn now() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since_epoch.as_millis().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use tokio::time::Instant;

    const DEMO: Demo = Demo { interval: Duration::from_secs(1) };

    /// The rest of a run: when each event came, and its text.
    async fn play(last: Option<EventId>) -> Vec<(Duration, String)> {
        let start = Instant::now();
        let Ok(Run::Going { events, .. }) = DEMO.open(last) else { panic!("nothing left to play") };
        let text = |block: Bytes| String::from_utf8(block.to_vec()).unwrap();
        events.map(|block| (start.elapsed(), text(block))).collect().await
    }

    #[tokio::test(start_paused = true)]
    async fn three_at_once_then_one_a_second_then_the_end() {
        let seconds: Vec<_> = play(None).await.iter().map(|(at, _)| at.as_secs_f32().round() as u8).collect();
        assert_eq!(seconds, [0, 0, 0, 1, 2, 3, 4, 5, 5]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_resumed_run_waits_only_for_what_is_left_of_the_pause() {
        for (ago, wait) in [(0, 1000), (400, 600), (1000, 0), (60_000, 0)] {
            let before = now();
            let run = play(Some(EventId::new(before - ago, 4))).await;
            // The wall clock moves on while the test runs; the paused clock does not.
            let passed = now() - before;
            let first = u64::try_from(run[0].0.as_millis()).unwrap();
            assert!(first <= wait + 5 && first + passed + 5 >= wait, "{ago}: {first}, {passed}");
            assert_eq!((run[1].0 - run[0].0).as_millis(), 1000, "{ago}: the pace goes on");
            assert_eq!(run.len(), 5);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn ids_go_up_by_one_step_even_if_the_clock_steps_back() {
        let ahead = now() + 30_000;
        for (index, (_, text)) in play(Some(EventId::new(ahead, 2))).await.into_iter().enumerate() {
            assert!(text.starts_with(&format!("id: {ahead}-{}\n", index + 3)), "{text}");
        }
    }

    #[test]
    fn an_id_that_no_run_had_is_refused_and_the_last_one_ends() {
        assert!(matches!(DEMO.open(Some(EventId::new(now(), 9))), Ok(Run::Ended)));
        for id in [EventId::new(now(), 10), EventId::new(now(), u64::MAX), EventId::new(u64::MAX, 1)] {
            assert_eq!(DEMO.open(Some(id)).err(), Some(UnknownEventId), "{id}");
        }
    }
}

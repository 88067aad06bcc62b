//! A timer wheel: the deadlines of many, each set in constant time and met a little late.

use std::time::{Duration, Instant};

/// How many slots it has. A deadline that is further away is looked at on the way.
const SLOTS: usize = 128;

/// A moment, in ticks since the wheel's beginning.
pub(super) type Tick = u32;

/// The deadlines of those that have keys.
#[derive(Debug)]
pub(super) struct Wheel {
    began: Instant,
    tick: Duration,
    now: Tick,
    slots: Vec<Vec<usize>>,
}

impl Wheel {
    /// A wheel that is late by two ticks at most.
    pub fn new(tick: Duration) -> Self {
        Self {
            began: Instant::now(),
            tick: tick.max(Duration::from_millis(1)),
            now: 0,
            slots: vec![Vec::new(); SLOTS],
        }
    }

    /// The present.
    pub const fn now(&self) -> Tick {
        self.now
    }

    /// The first tick that is later than now by this time.
    pub fn after(&self, time: Duration) -> Tick {
        let ticks = time.as_nanos().div_ceil(self.tick.as_nanos());
        self.now.saturating_add(Tick::try_from(ticks).unwrap_or(Tick::MAX)).saturating_add(1)
    }

    /// Has this key come up at this tick, or before it where it is too far away. The answer is the tick that it comes up at.
    pub fn set(&mut self, key: usize, at: Tick) -> Tick {
        let at = at.clamp(self.now.saturating_add(1), self.now.saturating_add(SLOTS as Tick - 1));
        if let Some(slot) = self.slots.get_mut(at as usize % SLOTS) {
            slot.push(key);
        }
        at
    }

    /// Goes on to the present, and says which keys have come up, each with its tick.
    pub fn turn(&mut self, mut come: impl FnMut(usize, Tick)) {
        let present = self.began.elapsed().as_nanos() / self.tick.as_nanos();
        let present = Tick::try_from(present).unwrap_or(Tick::MAX);
        // After a long sleep each slot has come up once.
        self.now = self.now.max(present.saturating_sub(SLOTS as Tick));
        while self.now < present {
            self.now += 1;
            if let Some(slot) = self.slots.get_mut(self.now as usize % SLOTS) {
                slot.drain(..).for_each(|key| come(key, self.now));
            }
        }
    }

    /// How long it is until the next key comes up; none where there are no keys.
    pub fn next(&self) -> Option<Duration> {
        let ticks = 1..SLOTS as Tick;
        let waiting = |ahead: &Tick| {
            self.slots
                .get(self.now.saturating_add(*ahead) as usize % SLOTS)
                .is_some_and(|slot| !slot.is_empty())
        };
        let at = self.now.saturating_add(ticks.clone().find(waiting)?);
        Some((self.tick * at).saturating_sub(self.began.elapsed()))
    }
}

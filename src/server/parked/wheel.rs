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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TICK: Duration = Duration::from_millis(10);

    /// A wheel that is at this tick.
    fn at(tick: u64, wheel: &mut Wheel) -> Vec<(usize, Tick)> {
        wheel.began = Instant::now() - TICK * u32::try_from(tick).unwrap();
        let mut come = Vec::new();
        wheel.turn(|key, tick| come.push((key, tick)));
        come
    }

    proptest! {
        #[test]
        fn each_key_comes_up_at_its_tick_or_before_it_where_it_is_far(
            ahead in prop::collection::vec(0u32..200, 1..40),
            steps in prop::collection::vec(1u64..40, 1..30),
        ) {
            let mut wheel = Wheel::new(TICK);
            let mut due: Vec<(usize, Tick)> =
                ahead.iter().enumerate().map(|(key, ahead)| (key, wheel.set(key, *ahead))).collect();
            let mut now = 0;
            for step in steps {
                now += step;
                let mut come = at(now, &mut wheel);
                prop_assert_eq!(u64::from(wheel.now()), now);
                let mut expected: Vec<_> = due.extract_if(.., |(_, tick)| u64::from(*tick) <= now).collect();
                come.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(come, expected);
                prop_assert_eq!(wheel.next().is_none(), due.is_empty());
            }
        }
    }

    #[test]
    fn a_deadline_is_never_early() {
        let mut wheel = Wheel::new(TICK);
        at(7, &mut wheel);
        for (time, tick) in [(0, 8), (1, 9), (10, 9), (11, 10), (100, 18)] {
            assert_eq!(wheel.after(Duration::from_millis(time)), tick, "{time} ms");
        }
    }

    #[test]
    fn after_a_long_sleep_all_come_up_once() {
        let mut wheel = Wheel::new(TICK);
        for key in 0..100 {
            wheel.set(key, key as Tick);
        }
        let come = at(100_000, &mut wheel);
        assert_eq!(come.len(), 100);
        assert_eq!(wheel.next(), None);
    }
}

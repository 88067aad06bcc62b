//! How a thread that has much to do leaves its core to others: to those that publish and answer, and to the system's own.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long it only yields before it sleeps. Who yields goes behind the other threads of the process, but not always behind those of
/// the system, which say that the disk is done: on Linux 6.18 these waited for up to 0.4 s.
pub(super) const IN_TURNS: Duration = Duration::from_micros(500);

/// The same while a message is given to many, who have it so much later.
pub(super) const IN_SHARES: Duration = Duration::from_millis(5);

/// How long it sleeps at least. Linux makes it some 50 µs.
const NAP: Duration = Duration::from_micros(1);

/// When it gave way, and for how long.
pub(super) struct Pace {
    slept: Instant,
    came_back: Instant,
    was_away: Duration,
}

impl Pace {
    /// Of a thread that has just waited.
    pub fn new() -> Self {
        let now = Instant::now();
        Self { slept: now, came_back: now, was_away: Duration::ZERO }
    }

    /// Lets others have the core, unless they had it just now: beside a thread that takes all it can get, each time may last for
    /// milliseconds, and it goes on for half as long before the next. After so long `awake` it sleeps.
    pub fn give_way(&mut self, awake: Duration) {
        let now = Instant::now();
        if now - self.came_back < self.was_away / 2 {
            return;
        }
        let sleeps = now - self.slept >= awake;
        if sleeps {
            thread::sleep(NAP);
        } else {
            thread::yield_now();
        }
        self.came_back = Instant::now();
        self.was_away = self.came_back - now;
        if sleeps {
            self.slept = self.came_back;
        }
    }
}

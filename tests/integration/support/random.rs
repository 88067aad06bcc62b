//! Chance that can be repeated.

use std::{ops::Range, time::Duration};

/// The SplitMix64 generator: all that follows depends on the seed.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// With the seed in the variable `SEED`, or one of the moment; it is printed, and shown where the test fails.
    pub fn seeded() -> Self {
        let given = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"));
        let seed = given.unwrap_or_else(super::now);
        println!("SEED={seed}");
        Self(seed)
    }

    /// Another generator, so that what runs beside each other has its own.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    pub fn index(&mut self, length: usize) -> usize {
        self.within(0..length as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    /// Whether this is the case that comes once in so many.
    pub fn one_in(&mut self, many: u64) -> bool {
        self.within(0..many) == 0
    }

    pub fn milliseconds(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.within(range))
    }
}

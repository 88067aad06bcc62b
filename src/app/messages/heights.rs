//! Where each of many rows of any height begins.

use std::collections::VecDeque;

/// How many heights are added up together.
const BLOCK: usize = 256;

/// Heights are kept in the browser's own unit of layout, so that sums are exact and add up to what it lays out.
const UNITS_PER_PIXEL: f64 = 64.0;

/// The heights of rows that follow each other, in pixels. Rows come and go at both ends, and any height may change.
///
/// Finding an offset, or the row at one, takes as many steps as there are blocks, and those in one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Heights {
    heights: VecDeque<u32>,
    /// The sum of each block.
    sums: VecDeque<u64>,
    /// How much of the first block is not used.
    unused: usize,
    total: u64,
}

impl Heights {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.heights.len()
    }

    /// The height of all.
    pub(super) fn total(&self) -> f64 {
        pixels(self.total)
    }

    /// Adds a row at the end.
    pub(super) fn push_back(&mut self, height: f64) {
        let height = units(height);
        if (self.unused + self.len()).is_multiple_of(BLOCK) {
            self.sums.push_back(0);
        }
        self.heights.push_back(height);
        self.add(self.len() - 1, 0, height);
    }

    /// Adds a row at the beginning.
    pub(super) fn push_front(&mut self, height: f64) {
        let height = units(height);
        if self.unused == 0 {
            self.sums.push_front(0);
            self.unused = BLOCK;
        }
        self.unused -= 1;
        self.heights.push_front(height);
        self.add(0, 0, height);
    }

    /// Takes the first row away.
    pub(super) fn pop_front(&mut self) {
        let Some(height) = self.heights.front().copied() else { return };
        self.add(0, height, 0);
        self.heights.pop_front();
        self.unused += 1;
        if self.unused == BLOCK || self.heights.is_empty() {
            self.sums.pop_front();
            self.unused = 0;
        }
    }

    /// Says how high a row is, and whether it is another height than was known.
    pub(super) fn set(&mut self, row: usize, height: f64) -> bool {
        let height = units(height);
        let Some(known) = self.heights.get_mut(row) else { return false };
        let before = std::mem::replace(known, height);
        self.add(row, before, height);
        before != height
    }

    /// Where a row begins; for a row that is not there, where all end.
    pub(super) fn offset(&self, row: usize) -> f64 {
        if row >= self.len() {
            return self.total();
        }
        let block = (self.unused + row) / BLOCK;
        let before: u64 = self.sums.iter().take(block).sum();
        let first = self.first_of(block);
        let within: u64 =
            self.heights.iter().skip(first).take(row - first).map(|height| u64::from(*height)).sum();
        pixels(before + within)
    }

    /// The row at an offset: the first one before all, the last one after all.
    pub(super) fn row_at(&self, offset: f64) -> usize {
        let offset = (offset.max(0.0) * UNITS_PER_PIXEL) as u64;
        let mut end = 0;
        for (block, sum) in self.sums.iter().enumerate() {
            if end + sum <= offset {
                end += sum;
                continue;
            }
            let first = self.first_of(block);
            for (row, height) in self.heights.iter().enumerate().skip(first) {
                end += u64::from(*height);
                if end > offset {
                    return row;
                }
            }
        }
        self.len().saturating_sub(1)
    }

    /// The first row of a block.
    fn first_of(&self, block: usize) -> usize {
        (block * BLOCK).saturating_sub(self.unused)
    }

    fn add(&mut self, row: usize, before: u32, after: u32) {
        let (before, after) = (u64::from(before), u64::from(after));
        self.total = self.total - before + after;
        if let Some(sum) = self.sums.get_mut((self.unused + row) / BLOCK) {
            *sum = *sum - before + after;
        }
    }
}

fn units(pixels: f64) -> u32 {
    (pixels * UNITS_PER_PIXEL).round() as u32
}

fn pixels(units: u64) -> f64 {
    units as f64 / UNITS_PER_PIXEL
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Back(u16),
        Front(u16),
        Drop(u16),
        Set(usize, u16),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (1..400u16).prop_map(Step::Back),
            3 => (0..400u16).prop_map(Step::Front),
            1 => (0..300u16).prop_map(Step::Drop),
            2 => (any::<usize>(), 0..9_000u16).prop_map(|(row, height)| Step::Set(row, height)),
        ]
    }

    proptest! {
        /// Beside a plain list that is added up each time. Many rows a step, so that there are many blocks.
        #[test]
        fn offsets_are_what_they_add_up_to(steps in proptest::collection::vec(step(), 0..40), at in 0.0..1.2f64) {
            let (mut heights, mut plain) = (Heights::default(), VecDeque::<f64>::new());
            for step in steps {
                match step {
                    Step::Back(count) => for n in 0..count {
                        heights.push_back(f64::from(n % 7) + 0.25);
                        plain.push_back(f64::from(n % 7) + 0.25);
                    },
                    Step::Front(count) => for n in 0..count {
                        heights.push_front(f64::from(n % 5) + 0.5);
                        plain.push_front(f64::from(n % 5) + 0.5);
                    },
                    Step::Drop(count) => for _ in 0..count {
                        heights.pop_front();
                        plain.pop_front();
                    },
                    Step::Set(row, height) if !plain.is_empty() => {
                        let (row, height) = (row % plain.len(), f64::from(height) / 64.0);
                        prop_assert_eq!(heights.set(row, height), plain[row] != height);
                        plain[row] = height;
                    }
                    Step::Set(row, _) => prop_assert!(!heights.set(row, 1.0)),
                }
            }
            prop_assert_eq!(heights.len(), plain.len());
            prop_assert_eq!(heights.total(), plain.iter().sum::<f64>());
            let mut offset = 0.0;
            for row in 0..=plain.len() {
                if row % 37 == 0 || row + 3 > plain.len() {
                    prop_assert_eq!(heights.offset(row), offset);
                }
                offset += plain.get(row).unwrap_or(&0.0);
            }
            let offset = at * heights.total();
            let row = heights.row_at(offset);
            if offset < heights.total() {
                let start: f64 = plain.iter().take(row).sum();
                prop_assert!(start <= offset + 1.0 / 64.0 && offset < start + plain[row]);
            } else {
                prop_assert_eq!(row, plain.len().saturating_sub(1));
            }
        }
    }

    #[test]
    fn a_row_without_height_is_passed_over() {
        let mut heights = Heights::default();
        for height in [0.0, 10.0, 0.0, 10.0] {
            heights.push_back(height);
        }
        assert_eq!([-5.0, 0.0, 9.9, 10.0, 99.0].map(|offset| heights.row_at(offset)), [1, 1, 1, 3, 3]);
    }
}

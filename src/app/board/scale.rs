//! A chart's scale: which values are marked, and where a value stands.

/// About how many marks a scale has.
const MARKS: f64 = 3.0;

/// From nothing up to a round value above all that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// What stands between two marks.
    pub step: f64,
    /// The value at the top.
    pub top: f64,
}

impl Scale {
    /// One that has room for `highest`, in steps of 1, 2 or 5 times a power of ten; for bytes, of two.
    pub(super) fn of(highest: f64, is_binary: bool) -> Self {
        let highest = if highest.is_finite() && highest > 0.0 { highest } else { 1.0 };
        let rough = highest / MARKS;
        let step = if is_binary {
            rough.max(1.0).log2().ceil().exp2()
        } else {
            let power = 10_f64.powf(rough.log10().floor());
            let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough);
            factor.unwrap_or(10.0) * power
        };
        Self { step, top: step * (highest / step).ceil() }
    }

    /// The values that are marked, the lowest first.
    pub(super) fn marks(self) -> impl Iterator<Item = f64> {
        let count = (self.top / self.step).round() as u32;
        (0..=count).map(move |mark| f64::from(mark) * self.step)
    }

    /// Where a value stands: 0 at the bottom, 1 at the top.
    pub(super) fn place(self, value: f64) -> f64 {
        (value / self.top).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_are_round() {
        let marks = |highest, is_binary| Scale::of(highest, is_binary).marks().collect::<Vec<_>>();
        assert_eq!(marks(10.0, false), [0.0, 5.0, 10.0]);
        assert_eq!(marks(0.0, false), [0.0, 0.5, 1.0]);
        assert_eq!(marks(47_500.0, false), [0.0, 20_000.0, 40_000.0, 60_000.0]);
        let mebibyte = 1_048_576.0;
        assert_eq!(marks(30.0 * mebibyte, true), [0.0, 16.0 * mebibyte, 32.0 * mebibyte]);
    }

    proptest! {
        #[test]
        fn all_fits_below_the_top_with_few_marks(highest in prop_oneof![1e-9..1.0, 1.0..1e12], is_binary: bool) {
            let scale = Scale::of(highest, is_binary);
            prop_assert!(scale.top >= highest * 0.999_999);
            prop_assert!((2..=6).contains(&scale.marks().count()), "{scale:?}");
            prop_assert!(scale.place(highest) <= 1.0 && scale.place(highest) > 0.0);
        }
    }
}

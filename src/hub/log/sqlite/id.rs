//! An event id in 64 bits, as SQLite has them: the milliseconds above, 20 bits of sequence below. Their order is the
//! ids' order.

use super::super::IdClock;
use crate::model::EventId;

const SEQUENCES: u64 = IdClock::PER_MILLISECOND;

/// The last millisecond that fits: in the year 2248.
pub const MAX_MILLISECONDS: u64 = i64::MAX as u64 / SEQUENCES;

/// The highest number that is not above the id: its own, if it fits. No message has an id that does not fit, so a
/// message is up to the id if and only if its number is up to this.
pub const fn up_to(id: EventId) -> i64 {
    if id.milliseconds() > MAX_MILLISECONDS {
        i64::MAX
    } else if id.sequence() >= SEQUENCES {
        number(id.milliseconds(), SEQUENCES - 1)
    } else {
        number(id.milliseconds(), id.sequence())
    }
}

/// The highest number that is below the id. For the first id of all that is -1, which is no message's.
pub const fn below(id: EventId) -> i64 {
    if fits(id) { up_to(id) - 1 } else { up_to(id) }
}

/// Whether a message can have the id.
pub const fn fits(id: EventId) -> bool {
    id.milliseconds() <= MAX_MILLISECONDS && id.sequence() < SEQUENCES
}

/// The id of a number. A negative one, which only a damaged file has, is taken for zero.
pub const fn unpack(number: i64) -> EventId {
    let number = if number < 0 { 0 } else { number.unsigned_abs() };
    EventId::new(number / SEQUENCES, number % SEQUENCES)
}

/// A count, as SQLite has it.
pub fn count_to_sql(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count that SQLite has. A negative one, which only a damaged file has, is taken for zero.
pub fn count_from_sql(count: i64) -> u64 {
    count.max(0).unsigned_abs()
}

const fn number(milliseconds: u64, sequence: u64) -> i64 {
    (milliseconds * SEQUENCES + sequence).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_are_where_the_id_is(
            (milliseconds, sequence) in (0..=MAX_MILLISECONDS, 0..SEQUENCES),
            other in (prop_oneof![0..=MAX_MILLISECONDS, any::<u64>()], prop_oneof![0..SEQUENCES, any::<u64>()]),
        ) {
            let (id, other) = (EventId::new(milliseconds, sequence), EventId::new(other.0, other.1));
            let number = up_to(id);
            prop_assert_eq!(unpack(number), id);
            prop_assert_eq!(number <= up_to(other), id <= other);
            prop_assert_eq!(number <= below(other), id < other);
        }
    }

    #[test]
    fn the_ends_fit() {
        let last = EventId::new(MAX_MILLISECONDS, SEQUENCES - 1);
        assert_eq!((up_to(last), unpack(i64::MAX)), (i64::MAX, last));
        assert_eq!((up_to(EventId::new(0, 0)), below(EventId::new(0, 0))), (0, -1));
        assert_eq!(unpack(-5), EventId::new(0, 0));
        assert!(!fits(EventId::new(MAX_MILLISECONDS + 1, 0)) && !fits(EventId::new(0, SEQUENCES)));
    }
}

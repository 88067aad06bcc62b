//! A time as text, without the browser's help: an export has many.

/// The milliseconds of a day.
const DAY: u64 = 86_400_000;

/// A time in milliseconds since the Unix epoch, as RFC 3339 in UTC: `2026-01-31T12:05:09.120Z`.
pub(super) fn rfc3339(time: u64) -> String {
    let (year, month, day) = date(time / DAY);
    let second = time % DAY / 1_000;
    let mut text = String::with_capacity(24);
    for (value, digits, end) in [
        (year, 4, '-'),
        (month, 2, '-'),
        (day, 2, 'T'),
        (second / 3_600, 2, ':'),
        (second / 60 % 60, 2, ':'),
        (second % 60, 2, '.'),
        (time % 1_000, 3, 'Z'),
    ] {
        for place in (0..digits).rev() {
            let digit = value / 10_u64.pow(place) % 10;
            text.push(char::from(b'0' + digit as u8));
        }
        text.push(end);
    }
    text
}

/// The year, the month and the day, so many days after 1970 began. Counted from March, so that the day which not every
/// year has is a year's last.
fn date(days: u64) -> (u64, u64, u64) {
    // 719,468 days before 1970 began, on the first of March of the year 0, an era of 400 years did.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (day * 5 + 2) / 153;
    let day = day - (month * 153 + 2) / 5 + 1;
    let (next, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
    (era * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::frame;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_what_the_server_says(time in 0..253_402_300_800_000_u64) {
            prop_assert_eq!(rfc3339(time), frame::rfc3339(time));
        }

        #[test]
        fn the_ends_of_months_too(day in 0..2_932_896_u64, millisecond in prop_oneof![Just(0), Just(DAY - 1)]) {
            let time = day * DAY + millisecond;
            prop_assert_eq!(rfc3339(time), frame::rfc3339(time));
        }
    }
}

//! Times of day, as a list of messages shows them.

use js_sys::Date;
use wasm_bindgen::JsValue;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The time of day of a moment, in milliseconds since the Unix epoch, as a clock in Greenwich shows it: `13:05:09.120`.
pub fn utc(time: u64) -> String {
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        time / HOUR % 24,
        time / MINUTE % 60,
        time / SECOND % 60,
        time % SECOND
    )
}

/// The same, as the person's own clock shows it. Only the browser knows.
pub fn local(time: u64) -> String {
    // The offset is that of the moment itself: clocks may have been changed since.
    let date = Date::new(&JsValue::from_f64(time as f64));
    let ahead = -(date.get_timezone_offset() * MINUTE as f64);
    utc(time.saturating_add_signed(ahead as i64))
}

/// The time now, in milliseconds since the Unix epoch. Only the browser may ask.
pub fn now() -> u64 {
    Date::now() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_time_of_day() {
        assert_eq!(utc(0), "00:00:00.000");
        assert_eq!(utc(1_795_261_030_039), "11:37:10.039");
        assert_eq!(utc(u64::MAX).len(), 12);
    }
}

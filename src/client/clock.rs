//! Times, as the person's own clock shows them. Only the browser knows that.

use js_sys::Date;
use wasm_bindgen::JsValue;

/// The time of day of a moment, in milliseconds since the Unix epoch: `13:05:09.120`.
pub fn time_of_day(time: u64) -> String {
    let date = date(time);
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds(),
        date.get_milliseconds()
    )
}

/// The same, with the day: `01-31 13:05:09.120`.
pub fn day_and_time(time: u64) -> String {
    let date = date(time);
    format!("{:02}-{:02} {}", date.get_month() + 1, date.get_date(), time_of_day(time))
}

/// The time now, in milliseconds since the Unix epoch.
pub fn now() -> u64 {
    Date::now() as u64
}

/// The time since the page began, in milliseconds. Unlike the time of day it does not step back.
pub fn monotonic() -> u64 {
    let performance = web_sys::window().and_then(|window| window.performance());
    performance.map_or(0.0, |performance| performance.now()) as u64
}

fn date(time: u64) -> Date {
    Date::new(&JsValue::from_f64(time as f64))
}

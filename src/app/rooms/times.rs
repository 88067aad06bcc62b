//! Times as they stand beside the lines. The server does not know the person's clock: it has UTC, and the browser puts them
//! right.

/// The time of day: `13:05`.
#[cfg(feature = "ssr")]
pub(super) fn time_of_day(time: u64) -> String {
    crate::hub::frame::rfc3339(time).get(11..16).unwrap_or_default().to_owned()
}

/// The time of day: `13:05`.
#[cfg(not(feature = "ssr"))]
pub(super) fn time_of_day(time: u64) -> String {
    crate::client::clock::time_of_day(time).get(..5).unwrap_or_default().to_owned()
}

/// The day, as a number that tells it from others.
#[cfg(feature = "ssr")]
pub(super) fn day(time: u64) -> u64 {
    time / 86_400_000
}

/// The day, as a number that tells it from others.
#[cfg(not(feature = "ssr"))]
pub(super) fn day(time: u64) -> u64 {
    let date = date(time);
    u64::from(date.get_full_year()) * 10_000 + u64::from(date.get_month()) * 100 + u64::from(date.get_date())
}

/// The day in words, in this language.
#[cfg(feature = "ssr")]
pub(super) fn day_name(time: u64, _: &str) -> String {
    crate::hub::frame::rfc3339(time).get(..10).unwrap_or_default().to_owned()
}

/// The day in words, in this language.
#[cfg(not(feature = "ssr"))]
pub(super) fn day_name(time: u64, language: &str) -> String {
    let options = js_sys::Object::new();
    for (part, form) in [("weekday", "long"), ("year", "numeric"), ("month", "long"), ("day", "numeric")] {
        // Fails for no plain object.
        let _ = js_sys::Reflect::set(&options, &part.into(), &form.into());
    }
    date(time).to_locale_date_string(language, &options).into()
}

/// The whole of it, for machines.
pub(super) fn machine(time: u64) -> String {
    #[cfg(feature = "ssr")]
    return crate::hub::frame::rfc3339(time);
    #[cfg(not(feature = "ssr"))]
    return date(time).to_iso_string().into();
}

#[cfg(not(feature = "ssr"))]
fn date(time: u64) -> js_sys::Date {
    js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(time as f64))
}

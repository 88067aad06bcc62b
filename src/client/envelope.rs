//! A channel's message as the server sends it: JSON, read by the browser's own parser, which the page need not carry.

use super::{
    clock,
    feed::Event,
    json::{list, text},
};
use js_sys::{Date, JSON};
use wasm_bindgen::JsValue;

/// The message in an envelope that has just come; none where it is no envelope.
pub fn read(json: &str) -> Option<Event> {
    let event = event(&JSON::parse(json).ok()?)?;
    Some(Event { arrived: Some(clock::now()), ..event })
}

/// The messages in a field of what was parsed with the page, or asked for.
pub fn events(value: &JsValue, field: &str) -> Vec<Event> {
    list(value, field).filter_map(|envelope| event(&envelope)).collect()
}

/// The message in an envelope that was parsed with the page.
pub fn event(envelope: &JsValue) -> Option<Event> {
    Some(Event {
        channel: text(envelope, "channel")?,
        data: text(envelope, "data")?,
        time: Date::parse(&text(envelope, "time")?) as u64,
        // Null where the message is not kept, and where it is just a message.
        id: text(envelope, "id").unwrap_or_default(),
        name: text(envelope, "event").unwrap_or_else(|| "message".to_owned()),
        ..Event::default()
    })
}

//! The list as the browser keeps it, for a reload and for other tabs. What is read is trusted no more than what a stream
//! sends: another version of the page may have written it.

use super::{
    super::remembered,
    KEPT,
    notice::Notice,
    shelf::{MAX_NOTICES, Shelf},
};
use crate::client::json::{get, list, text};
use js_sys::{Array, JSON, Object, Reflect};
use std::sync::Arc;
use wasm_bindgen::JsValue;

/// What is kept; nothing where the browser keeps nothing.
pub(super) fn load() -> Shelf {
    remembered::get(KEPT).and_then(|json| JSON::parse(&json).ok()).map(|kept| read(&kept)).unwrap_or_default()
}

/// Keeps it. Where that fails it holds until the page is left, which is all that can be done.
pub(super) fn save(shelf: &Shelf) {
    let notices: Array = shelf.notices().iter().map(|notice| write(notice)).collect();
    let cleared_id = shelf.cleared_id.map(|id| id.to_string());
    let kept = object(&[
        ("cleared_id", cleared_id.into()),
        ("cleared_time", number(shelf.cleared_time)),
        ("notices", notices.into()),
    ]);
    if let Ok(json) = JSON::stringify(&kept) {
        remembered::set(KEPT, &String::from(json));
    }
}

fn read(kept: &JsValue) -> Shelf {
    let cleared_id = text(kept, "cleared_id").and_then(|id| id.parse().ok());
    let mut shelf = Shelf::cleared(cleared_id, time(kept, "cleared_time"));
    for notice in list(kept, "notices").take(MAX_NOTICES) {
        if let Some(content) = Notice::content(|field| text(&notice, field)) {
            let [id, channel] = ["id", "channel"].map(|field| text(&notice, field).unwrap_or_default());
            let (time, arrived) = (time(&notice, "time"), time(&notice, "arrived"));
            let is_read = get(&notice, "read").is_truthy();
            shelf.add(Arc::new(Notice { id, channel, time, arrived, is_read, ..content }));
        }
    }
    shelf
}

fn write(notice: &Notice) -> JsValue {
    object(&[
        ("id", notice.id.as_str().into()),
        ("channel", notice.channel.as_str().into()),
        ("time", number(notice.time)),
        ("arrived", number(notice.arrived)),
        ("title", notice.title.as_str().into()),
        ("message", notice.message.as_str().into()),
        ("level", notice.level.code().into()),
        ("url", notice.url.clone().into()),
        ("read", notice.is_read.into()),
    ])
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Fails for no plain object.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

fn time(object: &JsValue, field: &str) -> u64 {
    get(object, field).as_f64().unwrap_or_default() as u64
}

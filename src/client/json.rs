//! JSON as the browser's own parser reads it: the page need not carry one.

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The text in a field; none where there is no text.
pub fn text(object: &JsValue, field: &str) -> Option<String> {
    get(object, field).as_string()
}

/// The texts and objects in a field; none where there is no list.
pub fn list(object: &JsValue, field: &str) -> impl Iterator<Item = JsValue> {
    // Of what is no list the browser would throw.
    get(object, field).dyn_into::<Array>().unwrap_or_default().into_iter()
}

/// What is in a field.
pub fn get(object: &JsValue, field: &str) -> JsValue {
    Reflect::get(object, &field.into()).unwrap_or_default()
}

//! The clipboard, also where the browser gives none.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlElement};

/// Writes to the clipboard, and whether it did: there is none where the page did not come over a secure connection.
pub(super) async fn write(text: &str) -> bool {
    let navigator = window().navigator();
    if !js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_truthy()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

/// Copies as a person would, in a field, and whether the browser did. Where it did not, the text is selected there.
pub(super) fn select(field: &web_sys::HtmlTextAreaElement, text: &str) -> bool {
    let document = document();
    let before = document.active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    field.set_value(text);
    field.set_hidden(false);
    field.select();
    let document = document.dyn_into::<HtmlDocument>();
    let is_copied = document.is_ok_and(|document| document.exec_command("copy").unwrap_or_default());
    if is_copied {
        field.set_hidden(true);
        let _ = before.map(|before| before.focus());
    } else {
        let _ = field.focus();
    }
    is_copied
}

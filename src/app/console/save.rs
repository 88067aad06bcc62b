//! A file that the browser saves.

use js_sys::Array;
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url};

/// Hands a file of these parts, which are arrays of bytes, to the browser. How many bytes it has.
///
/// # Errors
/// When there is no memory for it.
pub(super) fn save(name: &str, media_type: &str, parts: &Array) -> Result<usize, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = Blob::new_with_u8_array_sequence_and_options(parts, &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlElement = document().create_element("a")?.unchecked_into();
    link.set_attribute("href", &url)?;
    link.set_attribute("download", name)?;
    link.click();
    // The download has taken the bytes when the click returns.
    Url::revoke_object_url(&url)?;
    Ok(blob.size() as usize)
}

//! What this browser remembers of how a person likes the page, where the server need not know.

use leptos::prelude::window;
use web_sys::Storage;

/// What is remembered under this name; nothing where nothing can be.
pub(super) fn get(name: &str) -> Option<String> {
    storage()?.get_item(&key(name)).ok().flatten()
}

/// Remembers it. Where that fails it holds until the page is left, which is all that can be done.
pub(super) fn set(name: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&key(name), value);
    }
}

fn key(name: &str) -> String {
    format!("tidings.{name}")
}

fn storage() -> Option<Storage> {
    // A browser may forbid it, with an error.
    window().local_storage().ok().flatten()
}

//! What this browser remembers of how a person likes the page, where the server need not know.

use crate::client::transport::Transport;
use leptos::{ev, prelude::*};
use std::rc::Rc;
use web_sys::Storage;

/// The ways to receive a stream, each with the name under which it is remembered.
pub(super) const TRANSPORTS: [(Transport, &str); 3] =
    [(Transport::Auto, "auto"), (Transport::EventSource, "eventsource"), (Transport::Fetch, "fetch")];

const TRANSPORT: &str = "transport";

/// How streams are to be received.
pub(super) fn transport() -> Transport {
    let name = get(TRANSPORT);
    let found = TRANSPORTS.into_iter().find(|(_, other)| Some(*other) == name.as_deref());
    found.map(|(transport, _)| transport).unwrap_or_default()
}

/// Remembers how.
pub(super) fn set_transport(transport: Transport) {
    let found = TRANSPORTS.into_iter().find(|(other, _)| *other == transport);
    set(TRANSPORT, found.map(|(_, name)| name).unwrap_or_default());
}

/// Calls this when another tab of the browser changes how, for as long as the current owner lives.
pub(super) fn on_transport(act: impl Fn(Transport) + 'static) {
    on_change(TRANSPORT, Rc::new(move || act(transport())));
}

/// Calls this when another tab of the browser remembers something else under this name, for as long as the current owner
/// lives. It is of one type, so that the code around it is there once and not for each name.
pub(super) fn on_change(name: &'static str, act: Rc<dyn Fn()>) {
    Effect::new(move || {
        let act = Rc::clone(&act);
        let listener = window_event_listener(ev::storage, move |event| {
            if event.key() == Some(key(name)) {
                act();
            }
        });
        on_cleanup(move || listener.remove());
    });
}

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

/// Forgets what is remembered under this name.
pub(super) fn forget(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&key(name));
    }
}

/// The names that begin like this under which something is remembered.
pub(super) fn names(beginning: &str) -> Vec<String> {
    let Some(storage) = storage() else { return Vec::new() };
    let keys = (0..storage.length().unwrap_or_default()).filter_map(|number| storage.key(number).ok()?);
    let names = keys.filter_map(|key| key.strip_prefix(PREFIX).map(str::to_owned));
    names.filter(|name| name.starts_with(beginning)).collect()
}

/// The name, if it is that of something remembered here.
pub(super) fn name(key: &str) -> Option<&str> {
    key.strip_prefix(PREFIX)
}

/// What the browser's names for it begin with.
const PREFIX: &str = "tidings.";

fn key(name: &str) -> String {
    format!("{PREFIX}{name}")
}

fn storage() -> Option<Storage> {
    // The server remembers nobody.
    if cfg!(not(feature = "hydrate")) {
        return None;
    }
    // A browser may forbid it, with an error.
    window().local_storage().ok().flatten()
}

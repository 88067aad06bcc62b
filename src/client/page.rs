//! What happens to the page that a stream should know of.

use super::machine::Input;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::Event;

/// The browser's words for it. A page that is left may be kept for the way back, and one that is not seen may be put to
/// sleep; either way its connection would go stale.
const EVENTS: [&str; 6] = ["online", "offline", "pagehide", "pageshow", "freeze", "resume"];

/// Listens until it is dropped.
pub struct PageListener {
    events: &'static [&'static str],
    listener: Closure<dyn FnMut(Event)>,
}

impl PageListener {
    /// Tells `sink` what a stream should know, from now on.
    pub fn new(sink: impl Fn(Input) + 'static) -> Self {
        Self::on(&EVENTS, move |event| {
            sink(match event {
                "online" => Input::Online,
                "offline" => Input::Offline,
                "pagehide" | "freeze" => Input::Frozen,
                _ => Input::Thawed,
            });
        })
    }

    /// Tells `sink` of these events, by their names.
    pub fn on(events: &'static [&'static str], sink: impl Fn(&str) + 'static) -> Self {
        let listener = Closure::new(move |event: Event| sink(&event.type_()));
        let listener = Self { events, listener };
        listener.listen(true);
        listener
    }

    fn listen(&self, listens: bool) {
        let Some(window) = web_sys::window() else { return };
        let function = self.listener.as_ref().unchecked_ref();
        for name in self.events {
            // Fails for no name: the callback is a function. Some events come to the document and do not bubble, but
            // whatever comes to it passes the window.
            let _ = if listens {
                window.add_event_listener_with_callback_and_bool(name, function, true)
            } else {
                window.remove_event_listener_with_callback_and_bool(name, function, true)
            };
        }
    }
}

impl Drop for PageListener {
    fn drop(&mut self) {
        self.listen(false);
    }
}

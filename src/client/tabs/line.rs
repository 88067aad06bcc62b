//! What tabs say to each other goes over a `BroadcastChannel`.

use crate::client::json;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, Event, MessagePort};

/// One end of the channel. Dropping it closes it.
pub struct Line {
    /// It does what a port does, which the page's main file names already: names cost weight there.
    channel: MessagePort,
    _listener: Closure<dyn FnMut(Event)>,
}

impl Line {
    /// Opens the channel with this name, and tells `sink` what others say there; none where the browser has no such
    /// channels.
    pub fn open(name: &str, sink: impl Fn(&str) + 'static) -> Option<Self> {
        let channel: MessagePort = BroadcastChannel::new(name).ok()?.unchecked_into();
        let listener = Closure::new(move |event: Event| {
            if let Some(text) = json::text(&event, "data") {
                sink(&text);
            }
        });
        channel.set_onmessage(Some(JsCast::unchecked_ref(AsRef::<JsValue>::as_ref(&listener))));
        Some(Self { channel, _listener: listener })
    }

    /// Says this to all others.
    pub fn post(&self, text: &str) {
        // Fails for what cannot be cloned: a text can.
        let _ = self.channel.post_message(&text.into());
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.channel.close();
    }
}

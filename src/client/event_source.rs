//! The browser's own `EventSource` as a transport.
//!
//! It is closed at the first error and never reconnects by itself: when, how often and with which last event id is
//! the status machine's to say. What it cannot say, the HTTP status of a refusal, is asked for with a HEAD request.

use super::{
    machine::{News, Reason},
    response,
    transport::{Signal, StreamEvent},
};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{EventSource, EventSourceInit, MessageEvent, RequestCredentials, RequestInit, Response};

/// An open `EventSource`. Dropping it closes the connection and silences it.
pub struct EventSourceTransport {
    source: EventSource,
    listener: Closure<dyn FnMut(web_sys::Event)>,
    names: Vec<String>,
}

impl EventSourceTransport {
    /// Opens `url`, listening for messages and for the events with these names.
    ///
    /// # Errors
    /// When the browser does not let it start.
    pub fn open(
        url: &str,
        with_credentials: bool,
        mut names: Vec<String>,
        sink: Rc<dyn Fn(Signal)>,
    ) -> Result<Self, Reason> {
        let init = EventSourceInit::new();
        init.set_with_credentials(with_credentials);
        let source =
            EventSource::new_with_event_source_init_dict(url, &init).map_err(|_| Reason::Unsupported)?;
        // A server may name its events `open` or `error` too. Those come as messages, the browser's own do not, so
        // one listener tells all of them apart.
        names.extend(["open", "message", "error"].map(String::from));
        let listener = {
            let (source, url) = (source.clone(), url.to_owned());
            Closure::new(move |event: web_sys::Event| {
                if let Some(message) = event.dyn_ref::<MessageEvent>() {
                    sink(Signal::Event(StreamEvent {
                        name: message.type_(),
                        data: message.data().as_string().unwrap_or_default(),
                        last_event_id: message.last_event_id(),
                        raw: None,
                    }));
                } else if event.type_() == "open" {
                    // Comments are not shown.
                    sink(Signal::News(News::Opened { hears_all: false }));
                } else if source.ready_state() == EventSource::CLOSED {
                    let (sink, url) = (sink.clone(), url.clone());
                    spawn_local(async move { sink(Signal::News(diagnose(&url, with_credentials).await)) });
                } else {
                    source.close();
                    sink(Signal::News(News::Lost(Reason::Network.into())));
                }
            })
        };
        for name in &names {
            // Fails for no name, the callback is a function; a name that comes twice is listened for once.
            let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
        Ok(Self { source, listener, names })
    }
}

impl Drop for EventSourceTransport {
    fn drop(&mut self) {
        self.source.close();
        for name in &self.names {
            let _ =
                self.source.remove_event_listener_with_callback(name, self.listener.as_ref().unchecked_ref());
        }
    }
}

/// Why the browser gave `url` up: it does so for any answer that is not an event stream, and does not say more.
async fn diagnose(url: &str, with_credentials: bool) -> News {
    let lost = News::Lost(Reason::Network.into());
    let Ok(response) = head(url, with_credentials).await else { return lost };
    // If it is a stream now, whatever it was has passed.
    response::verdict(&response).unwrap_or(lost)
}

async fn head(url: &str, with_credentials: bool) -> Result<Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let options = RequestInit::new();
    options.set_method("HEAD");
    if with_credentials {
        options.set_credentials(RequestCredentials::Include);
    }
    JsFuture::from(window.fetch_with_str_and_init(url, &options)).await?.dyn_into()
}

//! What a stream needs to know of an app.

use super::{
    clock,
    driver::DriverOptions,
    feed::{Event, Feed},
    tabs::Sharing,
    transport::{StreamEvent, Transport},
};
use crate::model::{EventName, StreamAddress, Ticket, problem::Problem, selection::Selection};
use futures::future::LocalBoxFuture;
use std::rc::Rc;

/// What [`use_event_stream`](super::stream::use_event_stream) needs to know.
///
/// ```
/// use tidings::client::options::EventStreamOptions;
///
/// let options = EventStreamOptions::new("https://example.org/prices")
///     .header("Authorization", "Bearer …")
///     .body(r#"{"of": ["tea", "salt"]}"#)
///     .raw(true);
/// ```
pub struct EventStreamOptions {
    pub(super) driver: DriverOptions,
    pub(super) history: Feed,
    pub(super) read: Box<dyn Fn(StreamEvent) -> Event>,
}

impl EventStreamOptions {
    /// The stream of any server at this URL.
    pub fn new(url: impl Into<String>) -> Self {
        let address = StreamAddress::plain(url);
        Self::at(move || {
            let address = address.clone();
            Box::pin(async move { Ok(address) })
        })
    }

    /// The stream whose address this tells. It is asked for every run, and once more where the server then says 401.
    pub fn at(
        address: impl Fn() -> LocalBoxFuture<'static, Result<StreamAddress, Problem>> + 'static,
    ) -> Self {
        Self {
            driver: DriverOptions::new(Box::new(address)),
            history: Feed::default(),
            read: Box::new(received),
        }
    }

    /// How it is received; [`Transport::Auto`] if nothing is said.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.driver.transport = transport;
        self
    }

    /// Asks with this HTTP method; GET if nothing is said, POST with a body.
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.driver.request.method);
        self
    }

    /// Sends this header, too.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.driver.request.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends this body, by POST.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.driver.request.body = Some(body.into());
        self.method("POST")
    }

    /// Whether cookies go to another site's server, too.
    pub fn with_credentials(mut self, with_credentials: bool) -> Self {
        self.driver.request.with_credentials = with_credentials;
        self
    }

    /// Listens for events with these names, besides messages. Only an `EventSource` needs to know, and only where the
    /// address does not say.
    pub fn event_names(mut self, names: &[&str]) -> Self {
        self.driver.event_names = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// The event with this name is the stream's last: it is over then, for good.
    pub fn end_event(mut self, name: EventName) -> Self {
        self.driver.end_event = Some(name);
        self
    }

    /// Goes on after the event with this id, and over Disconnect and Connect. Without one each run starts anew.
    pub fn resume_after(mut self, last_event_id: String) -> Self {
        self.driver.resume_after = Some(last_event_id);
        self
    }

    /// The largest event that is taken, in bytes; 16 MiB if nothing is said. Of an `EventSource` the browser takes all.
    pub fn largest_event(mut self, bytes: usize) -> Self {
        self.driver.largest_event = bytes;
        self
    }

    /// Whether events have their block as it stood in the stream. An `EventSource` does not show it.
    pub fn raw(mut self, raw: bool) -> Self {
        self.driver.raw = raw;
        self
    }

    /// Tells the server that a ticket's stream is not wanted any more.
    pub fn on_end(mut self, end: impl Fn(Ticket) + 'static) -> Self {
        self.driver.end = Box::new(end);
        self
    }

    /// Shares one connection with all tabs of the browser that do so, where the browser can: a stream of these channels
    /// of a hub, after what [`EventStreamOptions::resume_after`] has said; it has no end event. What several tabs want
    /// together is at the address that this tells.
    pub fn share(
        mut self,
        selection: Selection,
        address: impl Fn(&Selection) -> LocalBoxFuture<'static, Result<StreamAddress, Problem>> + 'static,
    ) -> Self {
        self.driver.sharing = Some(Sharing { selection, address: Rc::new(address) });
        self
    }

    /// What is in the list before anything comes.
    pub fn history(mut self, history: Feed) -> Self {
        self.history = history;
        self
    }

    /// What an event is in the list; as [`received`] has it if nothing is said.
    pub fn read(mut self, read: impl Fn(StreamEvent) -> Event + 'static) -> Self {
        self.read = Box::new(read);
        self
    }
}

/// An event as it came, just now.
pub fn received(event: StreamEvent) -> Event {
    let StreamEvent { name, data, last_event_id, raw } = event;
    let time = clock::now();
    let raw = raw.map(String::into_boxed_str);
    Event { id: last_event_id, name, data, raw, time, arrived: Some(time), ..Event::default() }
}

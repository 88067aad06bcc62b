//! A stream in a Leptos app: a driver whose news are signals.

use super::{
    IS_BROWSER,
    driver::{Driver, Heard},
    events::Events,
    feed::Event,
    journal::Journal,
    machine::Status,
    options::EventStreamOptions,
    tabs::SharedStream,
    transport::{StreamRequest, Transport},
};
use leptos::prelude::*;
use std::{rc::Rc, sync::Arc};

/// A stream's handle: what there is to see of it, and what a person can want of it. A copy is the same stream.
#[derive(Clone, Copy)]
pub struct EventStream {
    /// What the stream is doing.
    pub status: ReadSignal<Status>,
    /// What came, bounded; its views are told once a frame, however much comes.
    pub events: Events,
    /// What happened to the connection.
    pub journal: ReadSignal<Journal>,
    // None on the server, which renders the page but opens no stream.
    source: Option<StoredValue<Source, LocalStorage>>,
}

/// Where the stream comes from.
enum Source {
    Own(Rc<Driver>),
    Shared(Rc<SharedStream>),
}

impl EventStream {
    /// Connects, if it is not connected; cuts a wait short.
    pub fn connect(&self) {
        self.tell(Driver::connect, SharedStream::connect);
    }

    /// Disconnects, here and on the server.
    pub fn disconnect(&self) {
        self.tell(Driver::disconnect, SharedStream::disconnect);
    }

    /// How the stream is to be received.
    pub fn transport(&self) -> Transport {
        self.tell(Driver::transport, SharedStream::transport)
    }

    /// Receives the stream like this from now on. One that is open is opened anew, after its last event.
    pub fn set_transport(&self, transport: Transport) {
        self.tell(|own| own.set_transport(transport), |shared| shared.set_transport(transport));
    }

    /// Asks for the stream like this from now on. One that is open is opened anew, after its last event. What tabs share
    /// is asked for in one way alone.
    pub fn set_request(&self, request: StreamRequest) {
        self.tell(|own| own.set_request(request), |_| ());
    }

    /// The event that came last. Subscribes the current reactive scope, which is told once a frame.
    pub fn last_event(&self) -> Option<Arc<Event>> {
        self.events.track();
        self.events.with(|feed| feed.last().cloned())
    }

    fn tell<T: Default>(
        &self,
        own: impl FnOnce(&Driver) -> T,
        shared: impl FnOnce(&SharedStream) -> T,
    ) -> T {
        let told = self.source.map(|source| {
            source.with_value(|source| match source {
                Source::Own(driver) => own(driver),
                Source::Shared(stream) => shared(stream),
            })
        });
        told.unwrap_or_default()
    }
}

/// Makes a stream that lives as long as the current owner. It connects when told to.
pub fn use_event_stream(options: EventStreamOptions) -> EventStream {
    let EventStreamOptions { driver, sharing, history, read } = options;
    let (status, set_status) = signal(Status::default());
    let (journal, set_journal) = signal(Journal::default());
    let events = Events::new(history);
    let source = IS_BROWSER.then(|| {
        // Who reads may be gone a moment before the source is.
        let sink = Rc::new(move |heard| match heard {
            Heard::Event(event) => events.push(read(event)),
            Heard::Status(status) => drop(set_status.try_set(status)),
            Heard::Entry(entry) => drop(set_journal.try_update(|journal| journal.push(entry))),
        });
        StoredValue::new_local(match sharing {
            Some(sharing) => Source::Shared(SharedStream::new(driver, sharing, sink)),
            None => Source::Own(Driver::new(driver, sink)),
        })
    });
    EventStream { status, events, journal, source }
}

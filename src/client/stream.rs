//! A stream in a Leptos app: a driver whose news are signals.

use super::{
    IS_BROWSER,
    driver::{Driver, Heard, Wish},
    events::Events,
    feed::Event,
    journal::Journal,
    machine::Status,
    options::EventStreamOptions,
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
    driver: Option<StoredValue<Rc<Driver>, LocalStorage>>,
}

impl EventStream {
    /// Connects, if it is not connected; cuts a wait short.
    pub fn connect(&self) {
        self.tell(Wish::Connect);
    }

    /// Disconnects, here and on the server.
    pub fn disconnect(&self) {
        self.tell(Wish::Disconnect);
    }

    /// How the stream is to be received.
    pub fn transport(&self) -> Transport {
        self.driver.map_or_else(Transport::default, |driver| driver.with_value(|driver| driver.transport()))
    }

    /// Receives the stream like this from now on. One that is open is opened anew, after its last event.
    pub fn set_transport(&self, transport: Transport) {
        self.tell(Wish::Transport(transport));
    }

    /// Asks for the stream like this from now on. One that is open is opened anew, after its last event. What tabs share
    /// is asked for in one way alone.
    pub fn set_request(&self, request: StreamRequest) {
        self.tell(Wish::Request(request));
    }

    /// The event that came last. Subscribes the current reactive scope, which is told once a frame.
    pub fn last_event(&self) -> Option<Arc<Event>> {
        self.events.track();
        self.events.with(|feed| feed.last().cloned())
    }

    fn tell(&self, wish: Wish) {
        if let Some(driver) = self.driver {
            driver.with_value(|driver| driver.take(wish));
        }
    }
}

/// Makes a stream that lives as long as the current owner. It connects when told to.
pub fn use_event_stream(options: EventStreamOptions) -> EventStream {
    let EventStreamOptions { driver, history, read } = options;
    let (status, set_status) = signal(Status::default());
    let (journal, set_journal) = signal(Journal::default());
    let events = Events::new(history);
    let driver = IS_BROWSER.then(|| {
        // Who reads may be gone a moment before the driver is.
        let sink = Rc::new(move |heard| match heard {
            Heard::Event(event) => events.push(read(event)),
            Heard::Status(status) => drop(set_status.try_set(status)),
            Heard::Entry(entry) => drop(set_journal.try_update(|journal| journal.push(entry))),
        });
        StoredValue::new_local(Driver::new(driver, sink))
    });
    EventStream { status, events, journal, driver }
}

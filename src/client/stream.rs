//! A stream in a Leptos app: a driver whose news are signals.

use super::{
    driver::{Driver, DriverOptions, Heard},
    machine::Status,
    transport::StreamEvent,
};
use leptos::prelude::*;
use std::rc::Rc;

/// What an [`EventStream`] needs from the app.
pub struct StreamOptions {
    /// What its driver needs.
    pub driver: DriverOptions,
    /// Takes each event, in order.
    pub on_event: Box<dyn Fn(StreamEvent)>,
}

/// A stream's handle: its status, and the two things a person can want of it.
#[derive(Clone, Copy)]
pub struct EventStream {
    /// What the stream is doing.
    pub status: ReadSignal<Status>,
    // None on the server, which renders the page but opens no stream.
    driver: Option<StoredValue<Rc<Driver>, LocalStorage>>,
}

impl EventStream {
    /// Connects, if it is not connected; cuts a wait short.
    pub fn connect(&self) {
        self.with_driver(Driver::connect);
    }

    /// Disconnects, here and on the server.
    pub fn disconnect(&self) {
        self.with_driver(Driver::disconnect);
    }

    fn with_driver(&self, tell: impl FnOnce(&Driver)) {
        if let Some(driver) = self.driver {
            driver.with_value(|driver| tell(driver));
        }
    }
}

/// Makes a stream that lives as long as the current owner. It connects when told to.
pub fn use_event_stream(options: StreamOptions) -> EventStream {
    let (status, set_status) = signal(Status::default());
    let driver = cfg!(feature = "hydrate").then(|| {
        let StreamOptions { driver, on_event } = options;
        let sink = Rc::new(move |heard| match heard {
            // Its reader may be gone a moment before the driver is.
            Heard::Status(status) => drop(set_status.try_set(status)),
            Heard::Event(event) => on_event(event),
        });
        StoredValue::new_local(Driver::new(driver, sink))
    });
    EventStream { status, driver }
}

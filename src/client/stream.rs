//! A stream in a Leptos app: the status machine with a transport, the browser's timers and signals.

use super::{
    event_source::{EventSourceTransport, Signal},
    machine::{Command, Connection, Input, Machine, Millis, Status},
};
use crate::model::{EventName, StreamAddress, Ticket, problem::Problem};
use futures::future::LocalBoxFuture;
use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use std::{
    cell::RefCell,
    rc::{Rc, Weak},
    time::Duration,
};

/// What an [`EventStream`] needs from the app.
pub struct StreamOptions {
    /// Asks for the stream's address, once for each run.
    pub address: Box<dyn Fn() -> LocalBoxFuture<'static, Result<StreamAddress, Problem>>>,
    /// The event after which the first run begins, where a new run goes on after the one before. None where each run
    /// starts anew.
    pub resume_after: Option<String>,
    /// Tells the server that a stream is not wanted any more.
    pub end: fn(Ticket),
    /// Takes each event, in order: its type, its data, and the last event id as of it.
    pub on_event: Box<dyn Fn(String, String, String)>,
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
        self.feed(Input::Connect);
    }

    /// Disconnects, here and on the server.
    pub fn disconnect(&self) {
        self.feed(Input::Disconnect);
    }

    fn feed(&self, input: Input) {
        if let Some(driver) = self.driver {
            driver.with_value(|driver| driver.feed(input));
        }
    }
}

/// Makes a stream that lives as long as the current owner. It connects when told to.
pub fn use_event_stream(options: StreamOptions) -> EventStream {
    let (status, set_status) = signal(Status::default());
    let driver = cfg!(feature = "hydrate").then(|| StoredValue::new_local(Driver::new(options, set_status)));
    EventStream { status, driver }
}

/// The time, in milliseconds since the page began. It does not step back.
pub fn now() -> Millis {
    let performance = web_sys::window().and_then(|window| window.performance());
    performance.map_or(0.0, |performance| performance.now()) as Millis
}

/// The machine's hands. All that it starts holds it weakly, so dropping it ends everything.
struct Driver {
    myself: Weak<Self>,
    options: StreamOptions,
    status: WriteSignal<Status>,
    machine: RefCell<Machine>,
    transport: RefCell<Option<EventSourceTransport>>,
    timer: RefCell<Option<TimeoutHandle>>,
    network: RefCell<Option<[WindowListenerHandle; 2]>>,
}

impl Driver {
    fn new(options: StreamOptions, status: WriteSignal<Status>) -> Rc<Self> {
        let machine = options.resume_after.clone().map_or_else(Machine::default, Machine::resuming);
        Rc::new_cyclic(|myself: &Weak<Self>| {
            let (on, off) = (myself.clone(), myself.clone());
            let network = [
                window_event_listener(ev::online, move |_| feed(&on, Input::Online)),
                window_event_listener(ev::offline, move |_| feed(&off, Input::Offline)),
            ];
            Self {
                myself: myself.clone(),
                options,
                status,
                machine: RefCell::new(machine),
                transport: RefCell::default(),
                timer: RefCell::default(),
                network: RefCell::new(Some(network)),
            }
        })
    }

    fn feed(&self, input: Input) {
        let (commands, status) = {
            let mut machine = self.machine.borrow_mut();
            let commands = machine.handle(input, now(), js_sys::Math::random());
            (commands, machine.status().clone())
        };
        self.status.maybe_update(|shown| std::mem::replace(shown, status.clone()) != status);
        for command in commands {
            self.carry_out(command);
        }
    }

    fn carry_out(&self, command: Command) {
        match command {
            Command::FetchAddress(connection) => {
                let (driver, address) = (self.myself.clone(), (self.options.address)());
                spawn_local(async move { feed(&driver, Input::Addressed(connection, address.await)) });
            }
            Command::Open { connection, url, events } => {
                let driver = self.myself.clone();
                let sink = Rc::new(move |signal| {
                    if let Some(driver) = driver.upgrade() {
                        driver.hear(connection, signal);
                    }
                });
                match EventSourceTransport::open(&url, events, sink) {
                    Ok(transport) => drop(self.transport.replace(Some(transport))),
                    Err(reason) => self.feed(Input::Lost(connection, reason)),
                }
            }
            Command::Close => drop(self.transport.take()),
            Command::WakeAt(time) => {
                let driver = self.myself.clone();
                let wait = Duration::from_millis(time.saturating_sub(now()));
                let timer = set_timeout_with_handle(move || feed(&driver, Input::Woken), wait).ok();
                if let Some(earlier) = self.timer.replace(timer) {
                    earlier.clear();
                }
            }
            Command::EndOnServer(ticket) => (self.options.end)(ticket),
        }
    }

    fn hear(&self, connection: Connection, signal: Signal) {
        if !self.machine.borrow().hears(connection) {
            return;
        }
        match signal {
            Signal::Opened => self.feed(Input::Opened(connection)),
            Signal::Over => self.feed(Input::Finished(connection)),
            Signal::Lost(reason) => self.feed(Input::Lost(connection, reason)),
            Signal::Event { name, data, last_event_id } => {
                self.feed(Input::Received(connection, last_event_id.clone()));
                let is_end = name == EventName::END.as_str();
                (self.options.on_event)(name, data, last_event_id);
                if is_end {
                    self.feed(Input::Finished(connection));
                }
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
        for listener in self.network.take().into_iter().flatten() {
            listener.remove();
        }
    }
}

fn feed(driver: &Weak<Driver>, input: Input) {
    if let Some(driver) = driver.upgrade() {
        driver.feed(input);
    }
}

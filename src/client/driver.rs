//! A stream, without signals: the status machine with a transport and the browser's timers.

use super::{
    clock,
    event_source::EventSourceTransport,
    machine::{Command, Connection, Input, Machine, Millis, News, Status},
    transport::{Signal, StreamEvent, resuming_url},
};
use crate::model::{EventName, StreamAddress, Ticket, problem::Problem};
use futures::future::LocalBoxFuture;
use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    time::Duration,
};

/// A browser's timer takes no longer span than this: 31 bits of milliseconds.
const LONGEST_TIMER: Millis = i32::MAX as Millis;

/// Asks for a stream's address.
pub type AskAddress = dyn Fn() -> LocalBoxFuture<'static, Result<StreamAddress, Problem>>;

/// What a [`Driver`] needs to know.
pub struct DriverOptions {
    /// Asks for the stream's address, once for each run, and after a 401.
    pub address: Box<AskAddress>,
    /// The event after which the first run begins, where a new run goes on after the one before. None where each run
    /// starts anew.
    pub resume_after: Option<String>,
    /// Tells the server that a ticket's stream is not wanted any more.
    pub end: Box<dyn Fn(Ticket)>,
}

/// What a driver tells of its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The status is another now.
    Status(Status),
    /// An event, in order.
    Event(StreamEvent),
}

/// The machine's hands. All that it starts holds it weakly, so dropping it closes and silences everything.
pub struct Driver {
    myself: Weak<Self>,
    options: DriverOptions,
    sink: Rc<dyn Fn(Heard)>,
    machine: RefCell<Machine>,
    transports: RefCell<Vec<(Connection, EventSourceTransport)>>,
    timer: Cell<Option<TimeoutHandle>>,
    network: Cell<Option<[WindowListenerHandle; 2]>>,
}

impl Driver {
    /// A driver that tells `sink` what it hears. It does nothing until it is told to connect.
    pub fn new(options: DriverOptions, sink: Rc<dyn Fn(Heard)>) -> Rc<Self> {
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
                sink,
                machine: RefCell::new(machine),
                transports: RefCell::default(),
                timer: Cell::default(),
                network: Cell::new(Some(network)),
            }
        })
    }

    /// Connects, if it is not connected; cuts a wait short.
    pub fn connect(&self) {
        self.feed(Input::Connect);
    }

    /// Disconnects, here and on the server.
    pub fn disconnect(&self) {
        self.feed(Input::Disconnect);
    }

    /// What the stream is doing.
    pub fn status(&self) -> Status {
        self.machine.borrow().status().clone()
    }

    /// Takes what happened.
    pub fn feed(&self, input: Input) {
        let (commands, changed) = {
            let mut machine = self.machine.borrow_mut();
            let before = machine.status().clone();
            let commands = machine.handle(input, clock::monotonic(), js_sys::Math::random());
            (commands, (*machine.status() != before).then(|| machine.status().clone()))
        };
        if let Some(status) = changed {
            (self.sink)(Heard::Status(status));
        }
        for command in commands {
            self.carry_out(command);
        }
    }

    fn carry_out(&self, command: Command) {
        match command {
            Command::FetchAddress(connection) => {
                let (driver, address) = (self.myself.clone(), (self.options.address)());
                spawn_local(async move {
                    let answer = address.await;
                    feed(&driver, Input::From(connection, News::Addressed(answer)));
                });
            }
            Command::Open { connection, address, last_event_id } => {
                self.open(connection, address, &last_event_id)
            }
            Command::Close => drop(self.transports.take()),
            Command::CloseOthers(connection) => {
                self.transports.borrow_mut().retain(|(other, _)| *other == connection)
            }
            Command::WakeAt(time) => self.wake_at(time),
            Command::EndOnServer(ticket) => (self.options.end)(ticket),
        }
    }

    fn open(&self, connection: Connection, address: StreamAddress, last_event_id: &str) {
        let driver = self.myself.clone();
        let sink = Rc::new(move |signal| {
            if let Some(driver) = driver.upgrade() {
                driver.hear(connection, signal);
            }
        });
        match EventSourceTransport::open(&resuming_url(&address, last_event_id), address.events, sink) {
            Ok(transport) => self.transports.borrow_mut().push((connection, transport)),
            Err(reason) => self.feed(Input::From(connection, News::Lost(reason.into()))),
        }
    }

    fn wake_at(&self, time: Millis) {
        let driver = self.myself.clone();
        let wait = time.saturating_sub(clock::monotonic()).min(LONGEST_TIMER);
        let woken = move || feed(&driver, Input::Woken);
        let timer = set_timeout_with_handle(woken, Duration::from_millis(wait)).ok();
        if let Some(earlier) = self.timer.replace(timer) {
            earlier.clear();
        }
    }

    fn hear(&self, connection: Connection, signal: Signal) {
        match signal {
            Signal::News(news) => self.feed(Input::From(connection, news)),
            Signal::Event(event) if self.machine.borrow().hears(connection) => {
                self.feed(Input::From(connection, News::LastEventId(event.last_event_id.clone())));
                let is_end = event.name == EventName::END.as_str();
                (self.sink)(Heard::Event(event));
                if is_end {
                    self.feed(Input::From(connection, News::Finished));
                }
            }
            Signal::Event(_) => {}
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

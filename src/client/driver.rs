//! A stream, without signals: the status machine with a transport and the browser's timers.

use super::{
    clock,
    event_source::EventSourceTransport,
    extras::{self, Extras},
    fetch::{self, Ask, FetchTransport},
    journal::{Clerk, Entry, Step, What},
    machine::{Command, Connection, Input, Machine, Millis, News, Reason, Status},
    page::PageListener,
    tabs::Sharing,
    transport::{Carrier, Signal, StreamEvent, StreamRequest, Transport, resuming_url},
};
use crate::{
    model::{EventName, StreamAddress, Ticket, problem::Problem},
    sse::decode::Decoder,
};
use futures::future::LocalBoxFuture;
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use std::{
    any::Any,
    cell::{Cell, OnceCell, RefCell},
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
    /// How the stream is received, at first.
    pub transport: Transport,
    /// What it is asked for with, at first.
    pub request: StreamRequest,
    /// Names of events that an `EventSource` is to listen for, besides those that the address names.
    pub event_names: Vec<String>,
    /// The name of the event that ends the stream for good, where it has one.
    pub end_event: Option<EventName>,
    /// The event after which the first run begins, where a new run goes on after the one before. None where each run
    /// starts anew.
    pub resume_after: Option<String>,
    /// The largest event that is taken, in bytes, where the transport can tell.
    pub largest_event: usize,
    /// Whether events are to have their blocks, where the transport can tell.
    pub raw: bool,
    /// Tells the server that a ticket's stream is not wanted any more.
    pub end: Box<dyn Fn(Ticket)>,
    /// What there is to share with the other tabs of the browser, where the stream can be shared.
    pub sharing: Option<Sharing>,
}

impl DriverOptions {
    /// What has to be said; the rest is as usual.
    pub fn new(address: Box<AskAddress>) -> Self {
        Self {
            address,
            transport: Transport::default(),
            request: StreamRequest::default(),
            event_names: vec![],
            end_event: None,
            resume_after: None,
            largest_event: Decoder::DEFAULT_LIMIT,
            raw: false,
            end: Box::new(|_| {}),
            sharing: None,
        }
    }
}

/// What a driver tells of its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The status is another now.
    Status(Status),
    /// An event, in order.
    Event(StreamEvent),
    /// Something for the journal.
    Entry(Entry),
}

/// What a person wants of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To connect, if it is not connected; cuts a wait short.
    Connect,
    /// To disconnect, here and on the server.
    Disconnect,
    /// To receive it like this from now on. One that is open is opened anew, after its last event.
    Transport(Transport),
    /// To ask for it like this from now on. One that is open is opened anew, after its last event.
    Request(StreamRequest),
}

/// Takes wishes. Dropping it ends what they are about.
pub type Tell = Box<dyn Fn(Wish)>;

/// On the way to a connection that tabs share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is to be shared, once it is wanted.
    Planned,
    /// The code for that is on its way.
    Loading { wants: bool },
    /// It is shared, or has a connection of its own.
    Settled,
}

/// A transport, whichever it is: dropping it closes it.
type Open = Box<dyn Any>;

/// The machine's hands. All that it starts holds it weakly, so dropping it closes and silences everything.
pub struct Driver {
    myself: Weak<Self>,
    pub(super) options: DriverOptions,
    pub(super) sink: Rc<dyn Fn(Heard)>,
    stage: Cell<Stage>,
    /// Takes the wishes, where the connection is shared.
    part: OnceCell<Tell>,
    machine: RefCell<Machine>,
    clerk: RefCell<Clerk>,
    transport: Cell<Transport>,
    request: RefCell<StreamRequest>,
    open: RefCell<Option<Open>>,
    timer: Cell<Option<TimeoutHandle>>,
    _page: PageListener,
}

impl Driver {
    /// A driver that tells `sink` what it hears. It does nothing until it is told to connect.
    pub fn new(options: DriverOptions, sink: Rc<dyn Fn(Heard)>) -> Rc<Self> {
        let machine = options.resume_after.clone().map_or_else(Machine::default, Machine::resuming);
        Rc::new_cyclic(|myself: &Weak<Self>| {
            let page = myself.clone();
            Self {
                myself: myself.clone(),
                transport: Cell::new(options.transport),
                request: RefCell::new(options.request.clone()),
                stage: Cell::new(if options.sharing.is_some() { Stage::Planned } else { Stage::Settled }),
                part: OnceCell::new(),
                options,
                sink,
                machine: RefCell::new(machine),
                clerk: RefCell::default(),
                open: RefCell::default(),
                timer: Cell::default(),
                _page: PageListener::new(move |input| feed(&page, input)),
            }
        })
    }

    /// Takes a wish, or passes it on to the part that this stream takes in a shared connection.
    pub fn take(&self, wish: Wish) {
        if let Wish::Transport(transport) = wish {
            self.set_transport(transport);
        }
        if let Some(tell) = self.part.get() {
            return tell(wish);
        }
        match wish {
            Wish::Connect => self.want(true),
            Wish::Disconnect => self.want(false),
            Wish::Transport(_) => {}
            Wish::Request(request) => {
                self.request.replace(request);
                self.feed(Input::Reopen);
            }
        }
    }

    fn want(&self, wants: bool) {
        let stage = self.stage.get();
        match stage {
            Stage::Settled if wants => return self.connect(),
            Stage::Settled => return self.disconnect(),
            Stage::Planned if !wants => return,
            _ => self.stage.set(Stage::Loading { wants }),
        }
        (self.sink)(Heard::Status(if wants { Status::Connecting } else { Status::Closed }));
        if stage == Stage::Planned {
            let driver = self.myself.clone();
            extras::load(Box::new(move |extras| {
                if let Some(driver) = driver.upgrade() {
                    driver.share(extras);
                }
            }));
        }
    }

    /// Goes on with what was loaded. Without it, by itself: it needs the same file, so its status says what is wrong.
    fn share(self: &Rc<Self>, extras: Option<Extras>) {
        let stage = self.stage.replace(Stage::Settled);
        if let Some(tell) = extras.and_then(|extras| (extras.share)(self)) {
            // There is none before.
            let _ = self.part.set(tell);
        }
        if stage == (Stage::Loading { wants: true }) {
            self.take(Wish::Connect);
        }
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

    /// How the stream is to be received.
    pub fn transport(&self) -> Transport {
        self.transport.get()
    }

    /// Receives the stream like this from now on. One that is open is opened anew, after its last event.
    pub fn set_transport(&self, transport: Transport) {
        let before = self.carrier();
        self.transport.set(transport);
        if self.carrier() != before {
            self.feed(Input::Reopen);
        }
    }

    /// Takes what happened.
    pub fn feed(&self, input: Input) {
        let now = clock::monotonic();
        let lost = match &input {
            Input::From(_, News::Lost(loss)) => Some(loss.reason),
            _ => None,
        };
        let (before, after, commands) = {
            let mut machine = self.machine.borrow_mut();
            let before = machine.status().clone();
            let commands = machine.handle(input, now, js_sys::Math::random());
            (before, machine.status().clone(), commands)
        };
        // A stream that flows gives nothing to do.
        if commands.is_empty() && before == after {
            return;
        }
        let carrier = self.carrier();
        let step = Step { now, before: &before, after: &after, lost, commands: &commands, carrier };
        let entries = self.clerk.borrow_mut().write(step);
        if before != after {
            (self.sink)(Heard::Status(after));
        }
        entries.into_iter().for_each(|what| self.note(what));
        for command in commands {
            self.carry_out(command);
        }
    }

    fn carrier(&self) -> Option<Carrier> {
        self.transport.get().carrier(&self.request.borrow(), fetch::can_read_pieces())
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
                let opened = self.open(connection, address, last_event_id);
                match opened {
                    Ok(transport) => drop(self.open.replace(Some(transport))),
                    Err(reason) => self.feed(Input::From(connection, News::Lost(reason.into()))),
                }
            }
            Command::Close => drop(self.open.take()),
            Command::WakeAt(time) => self.wake_at(time),
            Command::EndOnServer(ticket) => (self.options.end)(ticket),
        }
    }

    fn open(&self, connection: Connection, address: StreamAddress, last_id: String) -> Result<Open, Reason> {
        let driver = self.myself.clone();
        let sink = Rc::new(move |signal| {
            if let Some(driver) = driver.upgrade() {
                driver.hear(connection, signal);
            }
        });
        let request = self.request.borrow();
        let DriverOptions { event_names, largest_event, raw, .. } = &self.options;
        match self.carrier().ok_or(Reason::Unsupported)? {
            Carrier::EventSource => {
                let url = resuming_url(&address, &last_id);
                let names = address.events.into_iter().chain(event_names.iter().cloned()).collect();
                Ok(Box::new(EventSourceTransport::open(&url, request.with_credentials, names, sink)?))
            }
            Carrier::Fetch => {
                // The header is what every server knows. But other sites' servers have to allow it in an answer of
                // its own, so it is left out where the query does.
                let by_query = address.ticket.is_some();
                let ask = Ask {
                    url: if by_query { resuming_url(&address, &last_id) } else { address.url },
                    last_event_id: if by_query { String::new() } else { last_id },
                    request: request.clone(),
                    largest_event: *largest_event,
                    raw: *raw,
                };
                Ok(Box::new(FetchTransport::open(ask, sink)))
            }
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

    /// Adds to the journal.
    fn note(&self, what: What) {
        (self.sink)(Heard::Entry(Entry { time: clock::now(), what }));
    }

    fn hear(&self, connection: Connection, signal: Signal) {
        match signal {
            Signal::News(news) => self.feed(Input::From(connection, news)),
            _ if !self.machine.borrow().hears(connection) => {}
            Signal::Event(event) => {
                self.feed(Input::From(connection, News::LastEventId(event.last_event_id.clone())));
                let end = self.options.end_event.as_ref();
                let is_end = end.is_some_and(|end| end.as_str() == event.name);
                (self.sink)(Heard::Event(event));
                if is_end {
                    self.feed(Input::From(connection, News::Finished));
                }
            }
            Signal::Node(node) => self.note(What::Answered { node }),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }
}

fn feed(driver: &Weak<Driver>, input: Input) {
    if let Some(driver) = driver.upgrade() {
        driver.feed(input);
    }
}

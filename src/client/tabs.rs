//! One connection for all tabs of a browser: the hands of [`super::sharing`].
//!
//! A lock elects the tab that connects (Web Locks), and a channel between the tabs takes its events to the others
//! (`BroadcastChannel`).

mod lock;

use super::{
    clock,
    driver::{Driver, DriverOptions, Heard},
    json,
    journal::{Entry, What},
    machine::{self, Millis, Status},
    page::PageListener,
    sharing::{Arrival, Input, Message, Output, StreamId, Tab, TabId, wire},
    transport::{StreamEvent, Transport},
};
use crate::model::{
    EventId, EventName, StreamAddress, channel::Channel, problem::Problem, selection::Selection,
};
use futures::future::LocalBoxFuture;
use js_sys::{Array, Date, JSON, Math};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use lock::{Lock, LockNews};
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    time::Duration,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// The name of the lock and of the channel. It changes with what is said there: a page that was opened before the server
/// was renewed must not misunderstand one that was opened after.
const NAME: &str = "tidings-1";

/// What happens to the page that matters here.
const PAGE_EVENTS: [&str; 5] = ["pagehide", "freeze", "pageshow", "resume", "visibilitychange"];

/// Asks for the address of a stream of these channels.
pub type AskSharedAddress = dyn Fn(&Selection) -> LocalBoxFuture<'static, Result<StreamAddress, Problem>>;

/// What there is to share.
pub struct Sharing {
    /// The channels of this tab.
    pub selection: Selection,
    /// Up to where this tab has their messages.
    pub position: EventId,
    /// Asks for an address of what several tabs want together.
    pub address: Rc<AskSharedAddress>,
}

/// A tab's part in the connection. All that it starts holds it weakly, so dropping it ends everything.
pub struct SharedStream {
    myself: Weak<Self>,
    me: TabId,
    address: Rc<AskSharedAddress>,
    options: DriverOptions,
    transport: Cell<Transport>,
    sink: Rc<dyn Fn(Heard)>,
    tab: RefCell<Tab>,
    shown: RefCell<Status>,
    leader: Cell<Option<TabId>>,
    drivers: RefCell<Vec<(u32, Rc<Driver>)>>,
    lock: Option<Lock>,
    channel: RefCell<Option<Line>>,
    /// Events that are yet to be sent to the other tabs, and of which stream.
    batch: RefCell<Option<(u32, Array)>>,
    timer: Cell<Option<TimeoutHandle>>,
    _page: PageListener,
}

/// The channel between the tabs. Dropping it closes it.
struct Line {
    channel: BroadcastChannel,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl SharedStream {
    /// A tab's part that tells `sink` what it hears. It does nothing until it is told to connect.
    pub fn new(options: DriverOptions, sharing: Sharing, sink: Rc<dyn Fn(Heard)>) -> Rc<Self> {
        // 53 random bits: as many as a number of JavaScript has.
        let me = TabId((Math::random() * (1_u64 << 53) as f64) as u64);
        Rc::new_cyclic(|myself: &Weak<Self>| {
            let (page, locked) = (myself.clone(), myself.clone());
            let news = move |news| {
                let input = match news {
                    LockNews::Locked => Input::Locked,
                    LockNews::Unlocked => Input::Unlocked,
                    LockNews::Refused => Input::CannotLock,
                };
                feed(&locked, input);
            };
            let lock = Lock::new(NAME, Rc::new(news));
            let channel = lock.as_ref().and_then(|_| Line::open(myself));
            Self {
                myself: myself.clone(),
                me,
                address: sharing.address,
                transport: Cell::new(options.transport),
                options,
                sink,
                tab: RefCell::new(Tab::new(me, sharing.selection, sharing.position, channel.is_none())),
                shown: RefCell::default(),
                leader: Cell::default(),
                drivers: RefCell::default(),
                lock,
                channel: RefCell::new(channel),
                batch: RefCell::default(),
                timer: Cell::default(),
                _page: PageListener::on(&PAGE_EVENTS, move |name| {
                    if let Some(stream) = page.upgrade() {
                        stream.notice(name);
                    }
                }),
            }
        })
    }

    /// Connects, if it is not connected; cuts a wait short.
    pub fn connect(&self) {
        self.feed(Input::Visible(is_visible()));
        self.feed(Input::Connect);
    }

    /// Disconnects this tab; on the server, where it was the last.
    pub fn disconnect(&self) {
        self.feed(Input::Disconnect);
    }

    /// How the stream is to be received.
    pub fn transport(&self) -> Transport {
        self.transport.get()
    }

    /// Receives the stream like this from now on, where this tab has the connection.
    pub fn set_transport(&self, transport: Transport) {
        self.transport.set(transport);
        let drivers = self.drivers.borrow().clone();
        drivers.iter().for_each(|(_, driver)| driver.set_transport(transport));
    }

    fn feed(&self, input: Input) {
        let outputs = self.tab.borrow_mut().handle(input, clock::monotonic());
        outputs.into_iter().for_each(|output| self.carry_out(output));
        let (status, leader) = (self.tab.borrow().status().clone(), self.tab.borrow().leader());
        if self.shown.replace(status.clone()) != status {
            (self.sink)(Heard::Status(status));
        }
        if self.leader.replace(leader) != leader && leader.is_some_and(|leader| leader != self.me) {
            (self.sink)(Heard::Entry(Entry { time: clock::now(), what: What::Elsewhere }));
        }
    }

    fn carry_out(&self, output: Output) {
        match output {
            Output::Say(message) => self.say(&message),
            Output::Open { number, selection, after } => self.open(number, selection, after),
            Output::Close { number, is_over } => self.close(number, is_over),
            Output::Retry(number) => {
                if let Some(driver) = self.driver(number) {
                    driver.connect();
                }
            }
            Output::Queue => self.with_lock(|lock| lock.request(false)),
            Output::Steal => self.with_lock(|lock| lock.request(true)),
            Output::Release => self.with_lock(Lock::release),
            Output::WakeAt(time) => self.wake_at(time),
        }
    }

    fn with_lock(&self, tell: impl FnOnce(&Lock)) {
        if let Some(lock) = &self.lock {
            tell(lock);
        }
    }

    fn driver(&self, number: u32) -> Option<Rc<Driver>> {
        let drivers = self.drivers.borrow();
        drivers.iter().find(|(known, _)| *known == number).map(|(_, driver)| driver.clone())
    }

    fn open(&self, number: u32, selection: Selection, after: EventId) {
        let (address, ended, heard) = (self.address.clone(), self.myself.clone(), self.myself.clone());
        let options = DriverOptions {
            address: Box::new(move || address(&selection)),
            transport: self.transport.get(),
            request: self.options.request.clone(),
            event_names: self.options.event_names.clone(),
            end_event: self.options.end_event.clone(),
            resume_after: Some(after.to_string()),
            end: Box::new(move |ticket| {
                if let Some(stream) = ended.upgrade() {
                    (stream.options.end)(ticket);
                }
            }),
            ..self.options
        };
        let sink = Rc::new(move |news| {
            if let Some(stream) = heard.upgrade() {
                stream.hear_driver(number, news);
            }
        });
        let driver = Driver::new(options, sink);
        self.drivers.borrow_mut().push((number, driver.clone()));
        driver.connect();
    }

    fn close(&self, number: u32, is_over: bool) {
        if let Some(driver) = self.driver(number).filter(|_| is_over) {
            driver.disconnect();
        }
        self.drivers.borrow_mut().retain(|(known, _)| *known != number);
    }

    fn hear_driver(&self, number: u32, news: Heard) {
        match news {
            Heard::Status(status) => self.feed(Input::Stream(number, status)),
            Heard::Entry(_) => (self.sink)(news),
            Heard::Event(event) => {
                let Some(place) = Place::of(&event) else { return };
                let receipt = self.tab.borrow_mut().receive(number, place.arrival(&event));
                if receipt.is_shared {
                    self.send_later(number, &event);
                }
                if receipt.is_own {
                    self.tell(event, &place);
                }
            }
        }
    }

    /// Tells of an event that is this tab's.
    fn tell(&self, event: StreamEvent, place: &Place) {
        let last_event_id = place.id().map(|id| id.to_string()).unwrap_or_default();
        (self.sink)(Heard::Event(StreamEvent { last_event_id, ..event }));
    }

    /// Sends an event to the other tabs, together with those that come in the same turn.
    fn send_later(&self, number: u32, event: &StreamEvent) {
        if self.batch.borrow().as_ref().is_some_and(|(of, _)| *of != number) {
            self.send();
        }
        let mut batch = self.batch.borrow_mut();
        let (_, events) = batch.get_or_insert_with(|| {
            let stream = self.myself.clone();
            spawn_local(async move {
                if let Some(stream) = stream.upgrade() {
                    stream.send();
                }
            });
            (number, Array::of2(&(self.me.0 as f64).into(), &number.into()))
        });
        events.push(&event.name.as_str().into());
        events.push(&event.data.as_str().into());
        events.push(&event.raw.as_deref().into());
    }

    fn send(&self) {
        if let Some((_, events)) = self.batch.take() {
            self.post(&events);
        }
    }

    fn say(&self, message: &Message) {
        // Events that came before this are said before this.
        self.send();
        let text = wire::write(message, clock::monotonic());
        self.post(&Array::of2(&(self.me.0 as f64).into(), &text.into()));
    }

    fn post(&self, said: &Array) {
        if let Some(line) = &*self.channel.borrow() {
            // Fails for what cannot be cloned: numbers and texts can.
            let _ = line.channel.post_message(said);
        }
    }

    /// Hears what another tab says.
    fn hear(&self, said: &Array) {
        let now = clock::monotonic();
        let Some(from) = said.get(0).as_f64().map(|number| TabId(number as u64)) else { return };
        if let Some(text) = said.get(1).as_string() {
            if let Some(message) = wire::read(&text, now) {
                self.feed(Input::Heard(from, message));
            }
            // A page that is not seen has its timers late, but not its messages: what is due is done now.
            let drivers = self.drivers.borrow().clone();
            return drivers.iter().for_each(|(_, driver)| driver.feed(machine::Input::Woken));
        }
        let Some(number) = said.get(1).as_f64() else { return };
        let stream = StreamId { leader: from, number: number as u32 };
        self.tab.borrow_mut().heard_from_leader(now);
        for index in (2..said.length()).step_by(3) {
            let text = |field| said.get(index + field).as_string();
            let event = StreamEvent {
                name: text(0).unwrap_or_default(),
                data: text(1).unwrap_or_default(),
                last_event_id: String::new(),
                raw: text(2),
            };
            if let Some(place) = Place::of(&event)
                && self.tab.borrow_mut().takes(stream, place.arrival(&event))
            {
                self.tell(event, &place);
            }
        }
    }

    fn notice(&self, event: &str) {
        match event {
            "pagehide" | "freeze" => {
                self.feed(Input::Away);
                // A page with an open channel is not kept for the way back.
                self.channel.take();
            }
            "visibilitychange" => self.feed(Input::Visible(is_visible())),
            _ => {
                if self.lock.is_some() && self.channel.borrow().is_none() {
                    self.channel.replace(Line::open(&self.myself));
                }
                self.feed(Input::Back);
            }
        }
    }

    fn wake_at(&self, time: Option<Millis>) {
        let timer = time.and_then(|time| {
            let (stream, wait) = (self.myself.clone(), time.saturating_sub(clock::monotonic()));
            set_timeout_with_handle(move || feed(&stream, Input::Woken), Duration::from_millis(wait)).ok()
        });
        if let Some(earlier) = self.timer.replace(timer) {
            earlier.clear();
        }
    }
}

impl Drop for SharedStream {
    fn drop(&mut self) {
        self.feed(Input::Away);
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }
}

impl Line {
    fn open(stream: &Weak<SharedStream>) -> Option<Self> {
        let channel = BroadcastChannel::new(NAME).ok()?;
        let stream = stream.clone();
        let listener = Closure::new(move |event: MessageEvent| {
            if let Some(stream) = stream.upgrade() {
                stream.hear(event.data().unchecked_ref());
            }
        });
        channel.set_onmessage(Some(JsCast::unchecked_ref(AsRef::<JsValue>::as_ref(&listener))));
        Some(Self { channel, _listener: listener })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// What tells whose an event is.
enum Place {
    Kept(Channel, EventId),
    Ephemeral(Channel, Millis),
    Gap { after: EventId, oldest: Option<EventId> },
}

impl Place {
    /// None where it is no event of a stream of channels.
    fn of(event: &StreamEvent) -> Option<Self> {
        let content = JSON::parse(&event.data).ok()?;
        let id = |field| json::text(&content, field).and_then(|id| id.parse().ok());
        if event.name == EventName::GAP.as_str() {
            return Some(Self::Gap { after: id("after")?, oldest: id("oldest") });
        }
        let channel = json::text(&content, "channel")?.parse().ok()?;
        Some(match id("id") {
            Some(id) => Self::Kept(channel, id),
            None => Self::Ephemeral(channel, Date::parse(&json::text(&content, "time")?) as Millis),
        })
    }

    fn id(&self) -> Option<EventId> {
        if let Self::Kept(_, id) = self { Some(*id) } else { None }
    }

    fn arrival<'a>(&'a self, event: &'a StreamEvent) -> Arrival<'a> {
        match self {
            Self::Kept(channel, id) => Arrival::Kept { channel, id: *id },
            Self::Ephemeral(channel, time) => {
                Arrival::Ephemeral { channel, time: *time, data: &event.data }
            }
            Self::Gap { after, oldest } => Arrival::Gap { after: *after, oldest: *oldest },
        }
    }
}

fn is_visible() -> bool {
    !document().hidden()
}

fn feed(stream: &Weak<SharedStream>, input: Input) {
    if let Some(stream) = stream.upgrade() {
        stream.feed(input);
    }
}

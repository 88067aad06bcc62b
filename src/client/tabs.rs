//! One connection for all tabs of a browser: the hands of [`super::sharing`].
//!
//! A lock elects the tab that connects (Web Locks), and a channel between the tabs takes its events to the others
//! (`BroadcastChannel`). Who does not share does not load this ([`super::extras`]).

mod line;
mod lock;
mod parcel;
mod place;

use super::{
    clock,
    driver::{Driver, DriverOptions, Heard, Tell, Wish},
    journal::{Entry, What},
    json,
    machine::{self, Millis, Status},
    page::PageListener,
    sharing::{Input, Message, Output, StreamId, Tab, TabId, wire},
    transport::StreamEvent,
};
use crate::model::{EventId, StreamAddress, problem::Problem, selection::Selection};
use futures::future::LocalBoxFuture;
use js_sys::Math;
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use line::Line;
use lock::{Lock, LockNews};
use parcel::Parcel;
use place::Place;
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    time::Duration,
};

/// Asks for the address of a stream of these channels.
pub type AskSharedAddress = dyn Fn(&Selection) -> LocalBoxFuture<'static, Result<StreamAddress, Problem>>;

/// What there is to share.
pub struct Sharing {
    /// The channels of this tab.
    pub selection: Selection,
    /// Asks for an address of what several tabs want together.
    pub address: Rc<AskSharedAddress>,
}

/// The name of the lock and of the channel. It changes with what is said there: a page that was opened before the server
/// was renewed must not misunderstand one that was opened after.
const NAME: &str = "tidings-1";

/// What happens to the page that matters here.
const PAGE_EVENTS: [&str; 5] = ["pagehide", "freeze", "pageshow", "resume", "visibilitychange"];

/// Takes part in the connection of all tabs, and then the wishes for the driver; none where nothing says up to where this
/// tab has the messages.
pub fn share(driver: &Rc<Driver>) -> Option<Tell> {
    let position = driver.options.resume_after.as_deref()?.parse().ok()?;
    let part = Part::new(driver, driver.options.sharing.as_ref()?, position);
    Some(Box::new(move |wish| part.take(wish)))
}

/// A tab's part in the connection. All that it starts holds it weakly, so dropping it ends everything.
struct Part {
    myself: Weak<Self>,
    me: TabId,
    /// The stream whose part it is.
    whole: Weak<Driver>,
    sink: Rc<dyn Fn(Heard)>,
    tab: RefCell<Tab>,
    shown: RefCell<Status>,
    leader: Cell<Option<TabId>>,
    drivers: RefCell<Vec<(u32, Rc<Driver>)>>,
    lock: Option<Lock>,
    line: RefCell<Option<Line>>,
    /// Events that are yet to be sent to the other tabs.
    parcel: RefCell<Option<Parcel>>,
    timer: Cell<Option<TimeoutHandle>>,
    _page: PageListener,
}

impl Part {
    /// The part of a tab that has the channels' messages up to `position`. It does nothing until it is told to connect.
    fn new(whole: &Rc<Driver>, sharing: &Sharing, position: EventId) -> Rc<Self> {
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
            let line = lock.as_ref().and_then(|_| open_line(myself));
            Self {
                myself: myself.clone(),
                me,
                whole: Rc::downgrade(whole),
                sink: whole.sink.clone(),
                tab: RefCell::new(Tab::new(me, sharing.selection.clone(), position, line.is_none())),
                shown: RefCell::default(),
                leader: Cell::default(),
                drivers: RefCell::default(),
                lock,
                line: RefCell::new(line),
                parcel: RefCell::default(),
                timer: Cell::default(),
                _page: PageListener::on(&PAGE_EVENTS, move |name| {
                    if let Some(stream) = page.upgrade() {
                        stream.notice(name);
                    }
                }),
            }
        })
    }

    fn take(&self, wish: Wish) {
        match wish {
            Wish::Connect => {
                self.feed(Input::Visible(is_visible()));
                self.feed(Input::Connect);
            }
            // On the server, too, where this tab was the last.
            Wish::Disconnect => self.feed(Input::Disconnect),
            Wish::Transport(transport) => {
                let drivers = self.drivers.borrow().clone();
                drivers.iter().for_each(|(_, driver)| driver.set_transport(transport));
            }
            // What tabs share is asked for in one way alone.
            Wish::Request(_) => {}
        }
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
        let Some(whole) = self.whole.upgrade() else { return };
        let Some(sharing) = &whole.options.sharing else { return };
        let (address, ended, heard) = (sharing.address.clone(), self.whole.clone(), self.myself.clone());
        let options = DriverOptions {
            address: Box::new(move || address(&selection)),
            transport: whole.transport(),
            request: whole.options.request.clone(),
            event_names: whole.options.event_names.clone(),
            // The hub does not end a stream of channels for good.
            end_event: None,
            resume_after: Some(after.to_string()),
            end: Box::new(move |ticket| {
                if let Some(whole) = ended.upgrade() {
                    (whole.options.end)(ticket);
                }
            }),
            sharing: None,
            ..whole.options
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
                    self.send_later(number, &place, &event);
                }
                if receipt.is_own {
                    self.hand_over(event, &place);
                }
            }
        }
    }

    /// Tells of an event that is this tab's.
    fn hand_over(&self, event: StreamEvent, place: &Place) {
        let last_event_id = place.id().map(|id| id.to_string()).unwrap_or_default();
        (self.sink)(Heard::Event(StreamEvent { last_event_id, ..event }));
    }

    /// Sends an event to the other tabs, together with those that come in the same turn.
    fn send_later(&self, number: u32, place: &Place, event: &StreamEvent) {
        if self.parcel.borrow().as_ref().is_some_and(|parcel| parcel.number != number) {
            self.send();
        }
        let mut parcel = self.parcel.borrow_mut();
        let parcel = parcel.get_or_insert_with(|| {
            let part = self.myself.clone();
            spawn_local(async move {
                if let Some(part) = part.upgrade() {
                    part.send();
                }
            });
            Parcel::new(number)
        });
        parcel.push(place, event);
    }

    fn send(&self) {
        if let Some(parcel) = self.parcel.take() {
            self.post(&parcel.text);
        }
    }

    fn say(&self, message: &Message) {
        // Events that came before this are said before this.
        self.send();
        self.post(&wire::write(message, clock::monotonic()));
    }

    fn post(&self, text: &str) {
        if let Some(line) = &*self.line.borrow() {
            line.post(&[&self.me.0.to_string(), text].join(" "));
        }
    }

    /// Hears what another tab says.
    fn hear(&self, said: &str) -> Option<()> {
        let now = clock::monotonic();
        let (from, text) = said.split_once(' ')?;
        let from = TabId(from.parse().ok()?);
        if let Some((number, events)) = parcel::open(text) {
            self.tab.borrow_mut().heard_from_leader(now);
            let stream = StreamId { leader: from, number };
            for (place, event) in events {
                if self.tab.borrow_mut().takes(stream, place.arrival(&event)) {
                    self.hand_over(event, &place);
                }
            }
        } else {
            self.feed(Input::Heard(from, wire::read(text, now)?));
            // A page that is not seen has its timers late, but not its messages: what is due is done now.
            let drivers = self.drivers.borrow().clone();
            drivers.iter().for_each(|(_, driver)| driver.feed(machine::Input::Woken));
        }
        Some(())
    }

    fn notice(&self, event: &str) {
        match event {
            "pagehide" | "freeze" => {
                self.feed(Input::Away);
                // A page with an open channel is not kept for the way back.
                self.line.take();
            }
            "visibilitychange" => self.feed(Input::Visible(is_visible())),
            _ => {
                if self.lock.is_some() && self.line.borrow().is_none() {
                    self.line.replace(open_line(&self.myself));
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

impl Drop for Part {
    fn drop(&mut self) {
        self.feed(Input::Away);
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }
}

fn open_line(part: &Weak<Part>) -> Option<Line> {
    let part = part.clone();
    Line::open(NAME, move |said| {
        if let Some(part) = part.upgrade() {
            // What cannot be understood is not for this version.
            let _ = part.hear(said);
        }
    })
}

fn is_visible() -> bool {
    !json::get(&document(), "hidden").is_truthy()
}

fn feed(stream: &Weak<Part>, input: Input) {
    if let Some(stream) = stream.upgrade() {
        stream.feed(input);
    }
}

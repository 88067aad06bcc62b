//! A browser full of tabs, a server that publishes, and whatever can happen to them, in an order that a seed decides.

use super::{Arrival, Input, Message, Output, StreamId, Tab, TabId};
use crate::{
    client::machine::{Millis, Reason, Status},
    model::{EventId, channel::Channel, selection::Selection},
};
use std::collections::{BTreeMap, HashSet, VecDeque};

/// A small generator: its numbers need only be many and the same for the same seed.
pub struct Dice(pub u64);

impl Dice {
    /// A number from 0 up to but not `below`.
    pub fn roll(&mut self, below: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }

    fn choose<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.roll(from.len())).cloned()
    }
}

/// What the server has sent or sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Kept(EventId, Channel),
    Ephemeral(Millis, Channel, String),
    Gap { after: EventId, oldest: Option<EventId> },
}

/// What a tab says, on its way to another.
#[derive(Clone, Debug)]
enum Packet {
    Said(Message),
    Event(StreamId, Item),
}

struct Stream {
    number: u32,
    selection: Selection,
    /// The event that the tab has had from it last.
    last: EventId,
    status: Status,
    /// Whether the server has it.
    is_accepted: bool,
    /// What is on its way.
    items: VecDeque<Item>,
}

/// A tab and its browser's hands.
pub struct Page {
    pub tab: Tab,
    pub selection: Selection,
    /// Where the page was rendered.
    pub start: EventId,
    pub taken: Vec<Item>,
    pub is_open: bool,
    pub is_away: bool,
    blocked_until: Millis,
    wake_at: Option<Millis>,
    /// What others have said, by who did.
    inbox: BTreeMap<usize, VecDeque<Packet>>,
    /// What the browser has to tell of the lock.
    notices: VecDeque<Input>,
    streams: Vec<Stream>,
}

impl Page {
    fn next_packet(&mut self, from: usize) -> Packet {
        let said = self.inbox.get_mut(&from).unwrap();
        let packet = said.pop_front().unwrap();
        if said.is_empty() {
            self.inbox.remove(&from);
        }
        packet
    }
}

/// The browser with its tabs, and the server.
pub struct World {
    pub dice: Dice,
    pub now: Millis,
    pub pages: Vec<Page>,
    pub log: Vec<(EventId, Channel)>,
    /// How much of the log was trimmed.
    pub trimmed: usize,
    /// How many events the server's streams have brought.
    pub deliveries: usize,
    sequence: u64,
    holder: Option<usize>,
    queue: VecDeque<usize>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice(seed),
            now: 1_000,
            pages: Vec::new(),
            log: Vec::new(),
            trimmed: 0,
            deliveries: 0,
            sequence: 0,
            holder: None,
            queue: VecDeque::new(),
        }
    }

    pub fn newest(&self) -> EventId {
        EventId::new(1, self.sequence)
    }

    /// Opens a page; it connects. Its number.
    pub fn join(&mut self, selection: Selection) -> usize {
        let index = self.pages.len();
        let start = self.newest();
        self.pages.push(Page {
            tab: Tab::new(TabId(index as u64), selection.clone(), start, false),
            selection,
            start,
            taken: Vec::new(),
            is_open: true,
            is_away: false,
            blocked_until: 0,
            wake_at: None,
            inbox: BTreeMap::new(),
            notices: VecDeque::new(),
            streams: Vec::new(),
        });
        self.tell(index, Input::Connect);
        index
    }

    pub fn publish(&mut self, channel: &str) {
        self.sequence += 1;
        let (id, channel) = (self.newest(), channel.parse::<Channel>().unwrap());
        self.log.push((id, channel.clone()));
        self.send(&Item::Kept(id, channel));
    }

    pub fn publish_ephemeral(&mut self, channel: &str) {
        self.sequence += 1;
        let text = format!("ephemeral {}", self.sequence);
        self.send(&Item::Ephemeral(self.now, channel.parse().unwrap(), text));
    }

    fn send(&mut self, item: &Item) {
        let (Item::Kept(_, channel) | Item::Ephemeral(_, channel, _)) = item else { return };
        for stream in self.pages.iter_mut().flat_map(|page| &mut page.streams) {
            if stream.is_accepted && stream.selection.matches(channel) {
                stream.items.push_back(item.clone());
            }
        }
    }

    /// How many streams the server has.
    pub fn streams(&self) -> usize {
        self.pages.iter().flat_map(|page| &page.streams).filter(|stream| stream.is_accepted).count()
    }

    /// Who has the lock.
    pub fn leader(&self) -> Option<usize> {
        self.holder
    }

    /// A person closes the page.
    pub fn close(&mut self, index: usize) {
        self.tell(index, Input::Away);
        self.forget(index);
    }

    /// The page is gone without a word; what it said last may not have come everywhere.
    pub fn crash(&mut self, index: usize) {
        for page in &mut self.pages {
            if let Some(said) = page.inbox.get_mut(&index) {
                let came = self.dice.roll(said.len() + 1);
                said.truncate(came);
            }
            page.inbox.retain(|_, said| !said.is_empty());
        }
        self.forget(index);
    }

    fn forget(&mut self, index: usize) {
        let page = &mut self.pages[index];
        (page.is_open, page.wake_at) = (false, None);
        page.streams.clear();
        page.notices.clear();
        page.inbox.clear();
        self.release(index);
    }

    pub fn freeze(&mut self, index: usize) {
        self.tell(index, Input::Away);
        let page = &mut self.pages[index];
        page.is_away = true;
        // It hears nothing until it is back.
        page.inbox.clear();
    }

    pub fn thaw(&mut self, index: usize) {
        self.pages[index].is_away = false;
        self.tell(index, Input::Back);
    }

    /// The page's scripts stand still.
    pub fn block(&mut self, index: usize, time: Millis) {
        self.pages[index].blocked_until = self.now + time;
    }

    pub fn unblock(&mut self) {
        self.pages.iter_mut().for_each(|page| page.blocked_until = 0);
    }

    /// The network loses a stream of the page.
    pub fn cut(&mut self, index: usize) {
        let which = self.dice.roll(self.pages[index].streams.len());
        let Some(stream) = self.pages[index].streams.get_mut(which) else { return };
        stream.items.clear();
        stream.is_accepted = false;
        stream.status = Status::Waiting { attempt: 1, until: self.now + 100, reason: Reason::Network };
        let (number, status) = (stream.number, stream.status.clone());
        self.tell(index, Input::Stream(number, status));
    }

    pub fn tell(&mut self, index: usize, input: Input) {
        let outputs = self.pages[index].tab.handle(input, self.now);
        for output in outputs {
            self.carry_out(index, output);
        }
    }

    fn carry_out(&mut self, index: usize, output: Output) {
        match output {
            Output::Say(message) => self.say(index, &Packet::Said(message)),
            Output::Open { number, selection, after } => {
                let status = Status::Connecting;
                let (is_accepted, items) = (false, VecDeque::new());
                self.pages[index].streams.push(Stream {
                    number,
                    selection,
                    last: after,
                    status,
                    is_accepted,
                    items,
                });
            }
            Output::Close { number, .. } => {
                self.pages[index].streams.retain(|stream| stream.number != number);
            }
            Output::Retry(number) => {
                let page = &mut self.pages[index];
                let stream = page.streams.iter_mut().find(|stream| stream.number == number).unwrap();
                if matches!(stream.status, Status::Waiting { .. }) {
                    stream.status = Status::Connecting;
                    self.tell(index, Input::Stream(number, Status::Connecting));
                }
            }
            Output::Queue if !self.queue.contains(&index) => {
                self.queue.push_back(index);
                self.grant();
            }
            Output::Queue => {}
            Output::Steal => {
                self.queue.retain(|waiting| *waiting != index);
                if let Some(holder) = self.holder.replace(index) {
                    self.pages[holder].notices.push_back(Input::Unlocked);
                }
                self.pages[index].notices.push_back(Input::Locked);
            }
            Output::Release => self.release(index),
            Output::WakeAt(time) => self.pages[index].wake_at = time,
        }
    }

    fn say(&mut self, from: usize, packet: &Packet) {
        for (index, page) in self.pages.iter_mut().enumerate() {
            if index != from && page.is_open && !page.is_away {
                page.inbox.entry(from).or_default().push_back(packet.clone());
            }
        }
    }

    fn release(&mut self, index: usize) {
        self.queue.retain(|waiting| *waiting != index);
        self.pages[index].notices.retain(|notice| *notice != Input::Locked);
        if self.holder == Some(index) {
            self.holder = None;
            self.grant();
        }
    }

    fn grant(&mut self) {
        if self.holder.is_none()
            && let Some(next) = self.queue.pop_front()
        {
            self.holder = Some(next);
            self.pages[next].notices.push_back(Input::Locked);
        }
    }

    fn runs(&self, index: usize) -> bool {
        let page = &self.pages[index];
        page.is_open && !page.is_away && page.blocked_until <= self.now
    }

    /// Lets one thing happen that is due; whether there was one.
    pub fn step(&mut self) -> bool {
        let mut due = Vec::new();
        for index in (0..self.pages.len()).filter(|index| self.runs(*index)) {
            let page = &self.pages[index];
            due.extend(page.inbox.keys().map(|from| (index, Due::Packet(*from))));
            due.extend(page.notices.front().map(|_| (index, Due::Notice)));
            due.extend(page.wake_at.filter(|at| *at <= self.now).map(|_| (index, Due::Timer)));
            let streams = page.streams.iter().enumerate().filter(|(_, stream)| match stream.status {
                Status::Open { .. } => !stream.items.is_empty(),
                Status::Waiting { until, .. } => until <= self.now,
                _ => true,
            });
            due.extend(streams.map(|(which, _)| (index, Due::Stream(which))));
        }
        let Some((index, what)) = self.dice.choose(&due) else { return false };
        match what {
            Due::Packet(from) => match self.pages[index].next_packet(from) {
                Packet::Said(message) => self.tell(index, Input::Heard(TabId(from as u64), message)),
                Packet::Event(stream, item) => {
                    let page = &mut self.pages[index];
                    page.tab.heard_from_leader(self.now);
                    if page.tab.takes(stream, arrival(&item)) {
                        page.taken.push(item);
                    }
                }
            },
            Due::Notice => {
                let notice = self.pages[index].notices.pop_front().unwrap();
                self.tell(index, notice);
            }
            Due::Timer => {
                self.pages[index].wake_at = None;
                self.tell(index, Input::Woken);
            }
            Due::Stream(which) => self.run_stream(index, which),
        }
        true
    }

    fn run_stream(&mut self, index: usize, which: usize) {
        let stream = &mut self.pages[index].streams[which];
        let number = stream.number;
        match stream.status {
            Status::Waiting { .. } => {
                stream.status = Status::Connecting;
                self.tell(index, Input::Stream(number, Status::Connecting));
            }
            Status::Open { .. } => {
                let item = stream.items.pop_front().unwrap();
                self.deliveries += 1;
                if let Item::Kept(id, _) = item {
                    stream.last = id;
                }
                let page = &mut self.pages[index];
                let receipt = page.tab.receive(number, arrival(&item));
                if receipt.is_own {
                    page.taken.push(item.clone());
                }
                if receipt.is_shared {
                    let leader = TabId(index as u64);
                    self.say(index, &Packet::Event(StreamId { leader, number }, item));
                }
            }
            _ if stream.is_accepted => {
                stream.status = Status::Open { since: self.now };
                self.tell(index, Input::Stream(number, Status::Open { since: self.now }));
            }
            _ => {
                let after = stream.last;
                let wanted =
                    |(id, channel): &&(EventId, Channel)| *id > after && stream.selection.matches(channel);
                let (lost, kept) = self.log.split_at(self.trimmed);
                if lost.iter().any(|entry| wanted(&entry)) {
                    let mut matching = kept.iter().filter(|(_, channel)| stream.selection.matches(channel));
                    let oldest = matching.next().map(|(id, _)| *id);
                    stream.items.push_back(Item::Gap { after, oldest });
                }
                let missed = kept.iter().filter(wanted);
                stream.items.extend(missed.map(|(id, channel)| Item::Kept(*id, channel.clone())));
                stream.is_accepted = true;
            }
        }
    }

    /// Lets everything happen that is due, and time go by, for so long.
    pub fn run(&mut self, time: Millis) {
        let end = self.now + time;
        while self.now < end {
            let steps = (0..20_000).take_while(|_| self.step()).count();
            assert!(steps < 20_000, "the tabs do not come to rest");
            let waits = self.pages.iter().flat_map(|page| {
                let streams = page.streams.iter().filter_map(|stream| match stream.status {
                    Status::Waiting { until, .. } => Some(until),
                    _ => None,
                });
                streams.chain(page.wake_at).chain([page.blocked_until])
            });
            self.now = waits.filter(|wait| *wait > self.now).fold(end, Millis::min);
        }
    }

    /// Every open page has what it should have, once and in order, or was told that it may be missing.
    pub fn check(&self) {
        for (index, page) in self.pages.iter().enumerate().filter(|(_, page)| page.is_open) {
            let has =
                format!("page {index} of {:?} from {} has {:?}", page.selection, page.start, page.taken);
            let wanted =
                self.log.iter().filter(|(id, channel)| *id > page.start && page.selection.matches(channel));
            let mut wanted = wanted.map(|(id, _)| *id).peekable();
            let mut ephemerals = HashSet::new();
            let (mut excused, mut is_hole) = (EventId::new(0, 0), false);
            for item in &page.taken {
                match item {
                    Item::Kept(id, _) => {
                        let is_told = |wanted: &EventId| wanted < id && (is_hole || *wanted < excused);
                        while wanted.next_if(is_told).is_some() {}
                        assert_eq!(wanted.next(), Some(*id), "{has}");
                        is_hole = false;
                    }
                    Item::Ephemeral(_, channel, text) => {
                        assert!(page.selection.matches(channel) && ephemerals.insert(text), "{text}: {has}");
                    }
                    Item::Gap { oldest, .. } => {
                        (excused, is_hole) = (excused.max(oldest.unwrap_or(self.newest())), true);
                    }
                }
            }
            let kept = self.log.get(self.trimmed).map(|(id, _)| *id);
            let is_told = |wanted: &EventId| *wanted < excused || is_hole && Some(*wanted) < kept;
            assert_eq!(wanted.find(|wanted| !is_told(wanted)), None, "{has}");
        }
    }
}

#[derive(Clone, Copy)]
enum Due {
    Packet(usize),
    Notice,
    Timer,
    Stream(usize),
}

fn arrival(item: &Item) -> Arrival<'_> {
    match item {
        Item::Kept(id, channel) => Arrival::Kept { channel, id: *id },
        Item::Ephemeral(time, channel, data) => Arrival::Ephemeral { channel, time: *time, data },
        Item::Gap { after, oldest } => Arrival::Gap { after: *after, oldest: *oldest },
    }
}

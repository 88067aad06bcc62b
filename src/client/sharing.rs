//! One connection for all tabs of a browser: what one tab does for it.
//!
//! The tab that holds a lock leads: it opens a stream of all that the tabs want and hands its events on. Each tab knows
//! for itself up to where it has taken what it wants, its position, and takes only what is newer. So a stream may
//! begin further back than some need, two may send the same, and nothing comes twice. That nothing is missed rests on
//! one rule: a tab takes events only of a stream that was announced to it as having its channels, from its position on
//! or before. A tab that an announcement leaves out says what it wants, and the leader opens the next stream with it,
//! from the furthest position back, before it closes the one that it has.
//!
//! Nobody keeps accounts of others that must be right: a leader that is gone takes nothing with it, and the next one
//! begins at its own position and calls the roll. A leader that does not answer has its lock stolen; that it may wake
//! up and go on for a moment does no harm.
//!
//! Pure like [`super::machine`]: what happens goes in, what is to be done comes out. Where the browser lacks what
//! sharing needs, or a leader cannot take one tab more, the tab goes by itself: it leads, and speaks with nobody.

mod lead;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
pub mod wire;
mod words;

use super::machine::{Millis, Status};
use crate::model::{EventId, selection::Selection};
pub use lead::Receipt;
use lead::{Lead, Member};
pub use words::{Announcement, Arrival, Input, Message, Output, StreamId, TabId};

/// A tab that a person looks at asks whether anyone leads when it has heard nothing for this long.
const SILENCE: Millis = 250;
/// A leader that does not answer for this long does not lead.
const PATIENCE: Millis = 450;
/// One tab has so much more patience than another: they do not all steal the lock at once.
const PATIENCE_SPREAD: Millis = 200;
/// A timer that is later than this was held up together with the answers it waited for.
const LATE: Millis = 250;

/// One tab. See the module.
#[derive(Debug)]
pub struct Tab {
    me: TabId,
    selection: Selection,
    /// All of the selection up to this event has been taken, or is gone.
    position: EventId,
    wants: bool,
    /// What is shown while nothing is wanted.
    idle: Status,
    is_visible: bool,
    is_away: bool,
    /// Whether it goes by itself because the browser lacks what sharing needs.
    is_alone: bool,
    /// Whether it goes by itself until the next disconnect.
    is_apart: bool,
    /// What it has as leader.
    lead: Option<Lead>,
    /// How many streams it has opened.
    opened: u32,
    /// The tabs that want something, as far as it heard; itself first.
    members: Vec<Member>,
    /// The stream that was announced last, and what it is doing.
    latest: Option<(StreamId, Status)>,
    /// The streams that have all that it wants from its position on, one for each leader there was: one that was
    /// superseded may not know it yet.
    followed: Vec<StreamId>,
    ephemerals: Ephemerals,
    /// The position at which it was last told that messages are missing.
    gap_at: Option<EventId>,
    heard_at: Millis,
    pinged_at: Option<Millis>,
    wake_at: Option<Millis>,
    outputs: Vec<Output>,
}

/// The ephemeral messages that were taken last: they have no ids, but a time, and come in its order.
#[derive(Debug, Default)]
struct Ephemerals {
    stream: Option<StreamId>,
    time: Millis,
    /// The envelopes of that time.
    data: Vec<String>,
}

impl Tab {
    /// A tab that has had all of the selection up to the event `position`. It does nothing until it is told to connect.
    pub fn new(me: TabId, selection: Selection, position: EventId, is_alone: bool) -> Self {
        Self {
            me,
            selection,
            position,
            wants: false,
            idle: Status::Idle,
            is_visible: true,
            is_away: false,
            is_alone,
            is_apart: false,
            lead: None,
            opened: 0,
            members: Vec::new(),
            latest: None,
            followed: Vec::new(),
            ephemerals: Ephemerals::default(),
            gap_at: None,
            heard_at: 0,
            pinged_at: None,
            wake_at: None,
            outputs: Vec::new(),
        }
    }

    /// What a person sees. The times in it are those of this tab's clock.
    pub fn status(&self) -> &Status {
        match &self.latest {
            _ if !self.wants => &self.idle,
            // It is open, but not for this tab yet.
            Some((stream, Status::Open { .. })) if !self.followed.contains(stream) => &Status::Connecting,
            Some((_, status)) => status,
            None => &Status::Connecting,
        }
    }

    /// The tab that has the connection, as far as is known.
    pub fn leader(&self) -> Option<TabId> {
        self.latest.as_ref().map(|(stream, _)| stream.leader)
    }

    /// Takes what happened at the time `now` and says what to do.
    pub fn handle(&mut self, input: Input, now: Millis) -> Vec<Output> {
        match input {
            Input::Connect => self.connect(now),
            Input::Disconnect => self.disconnect(),
            Input::Locked if self.takes_part() => self.lead(now),
            Input::Locked => self.outputs.push(Output::Release),
            Input::Unlocked => self.lose_lock(now),
            Input::CannotLock => self.go_apart(now),
            Input::Heard(from, message) if self.shares() && !self.is_away => self.hear(from, message, now),
            Input::Heard(..) => {}
            Input::Stream(number, status) => self.note(number, status, now),
            Input::Visible(is_visible) => self.is_visible = is_visible,
            Input::Away => self.go_away(),
            Input::Back => self.come_back(now),
            Input::Woken => {
                self.wake_at = None;
                self.wake(now);
            }
        }
        let wake_at = self.next_wake();
        if wake_at != self.wake_at {
            self.wake_at = wake_at;
            self.outputs.push(Output::WakeAt(wake_at));
        }
        std::mem::take(&mut self.outputs)
    }

    /// Whether an event of this stream is new to this tab, and for it. Call it once for each: it counts as taken.
    pub fn takes(&mut self, stream: StreamId, arrival: Arrival) -> bool {
        if !self.followed.contains(&stream) {
            return false;
        }
        match arrival {
            Arrival::Kept { id, .. } if id <= self.position => false,
            Arrival::Kept { channel, id } => {
                // Also where it is of another tab's channel: the stream had all of this tab's up to here.
                self.position = id;
                self.selection.matches(channel)
            }
            Arrival::Ephemeral { channel, time, data } => {
                self.selection.matches(channel) && self.ephemerals.take(stream, time, data)
            }
            // It is the stream's. What this tab has had is not missing here.
            Arrival::Gap { after, oldest } => {
                let before = oldest.map(EventId::before);
                let is_missing = self.position <= after || before.is_none_or(|before| self.position < before);
                // Each stream that goes on from here says it again.
                let is_news = is_missing && self.gap_at != Some(self.position);
                self.position = before.map_or(self.position, |before| self.position.max(before));
                if is_missing {
                    self.gap_at = Some(self.position);
                }
                is_news
            }
        }
    }

    fn shares(&self) -> bool {
        !self.is_alone && !self.is_apart
    }

    fn takes_part(&self) -> bool {
        self.wants && self.shares() && !self.is_away
    }

    fn say(&mut self, message: Message) {
        if self.shares() {
            self.outputs.push(Output::Say(message));
        }
    }

    fn connect(&mut self, now: Millis) {
        if !self.wants {
            self.wants = true;
            if !self.shares() {
                return self.lead(now);
            }
            self.begin(now);
        }
        match &self.lead {
            Some(lead) => self.outputs.push(Output::Retry(lead.number())),
            None => self.say(Message::Retry),
        }
    }

    fn begin(&mut self, now: Millis) {
        self.heard_from_leader(now);
        self.enlist(self.me, self.selection.clone(), self.position, None);
        self.say_want(None);
        if self.lead.is_some() {
            self.settle();
        } else {
            self.outputs.push(Output::Queue);
        }
    }

    fn say_want(&mut self, served_by: Option<TabId>) {
        self.say(Message::Want { selection: self.selection.clone(), after: self.position, served_by });
    }

    fn disconnect(&mut self) {
        if !self.wants {
            return;
        }
        (self.wants, self.idle) = (false, Status::Closed);
        self.followed.clear();
        self.dismiss(self.me);
        self.say(Message::Left);
        if self.shares() && self.lead.is_some() {
            self.settle();
        } else {
            self.resign(true);
            self.is_apart = false;
        }
    }

    fn lose_lock(&mut self, now: Millis) {
        if self.lead.is_some() {
            self.resign(false);
            // What it said since it has lost the lock is void: this makes the leader say what is.
            self.say(Message::Left);
        }
        if self.takes_part() {
            self.begin(now);
        }
    }

    fn go_away(&mut self) {
        self.is_away = true;
        // By itself it has no lock that others wait for, and its stream looks after itself.
        if self.shares() {
            self.say(Message::Left);
            self.resign(false);
            self.latest = None;
            self.followed.clear();
            self.members.clear();
        }
    }

    fn come_back(&mut self, now: Millis) {
        if std::mem::take(&mut self.is_away) && self.takes_part() {
            self.begin(now);
        }
    }

    /// Goes by itself from here.
    fn go_apart(&mut self, now: Millis) {
        if self.shares() {
            self.say(Message::Left);
            self.resign(false);
            self.is_apart = true;
            self.followed.clear();
            self.members.retain(|member| member.tab == self.me);
            if self.wants {
                self.lead(now);
            }
        }
    }

    fn hear(&mut self, from: TabId, message: Message, now: Millis) {
        match message {
            Message::Want { selection, after, served_by } => {
                self.enlist(from, selection, after, served_by);
                self.settle();
            }
            Message::Left => {
                self.dismiss(from);
                self.settle();
                self.announce(false);
            }
            Message::Stream(announcement) => {
                self.heard_from_leader(now);
                let was_served = self.followed.iter().any(|stream| stream.leader == from);
                let is_served = self.follow(from, &announcement);
                // Who was left out before has said so before.
                if self.wants && (announcement.is_roll_call || was_served && !is_served) {
                    self.say_want(is_served.then_some(from));
                }
            }
            Message::Status(status) => {
                self.heard_from_leader(now);
                self.show(from, status);
            }
            Message::Ping if self.lead.is_some() => self.say(Message::Pong),
            // The answer is for all.
            Message::Ping => drop(self.pinged_at.get_or_insert(now)),
            Message::Pong => self.heard_from_leader(now),
            Message::Retry => {
                if let Some(lead) = &self.lead {
                    self.outputs.push(Output::Retry(lead.number()));
                }
            }
            Message::Refused(tab) if tab == self.me && self.wants => self.go_apart(now),
            Message::Refused(tab) => self.dismiss(tab),
        }
    }

    /// Follows the stream, if it has all that this tab wants; whether it does.
    fn follow(&mut self, leader: TabId, announcement: &Announcement) -> bool {
        let stream = StreamId { leader, number: announcement.number };
        let is_followed = self.followed.contains(&stream);
        self.latest = Some((stream, announcement.status.clone()));
        self.followed.retain(|followed| followed.leader != leader);
        let serves = is_followed
            || self.wants
                && self.position >= announcement.at
                && announcement.selection.covers(&self.selection);
        if serves {
            self.followed.push(stream);
        }
        serves
    }

    fn show(&mut self, leader: TabId, status: Status) {
        if let Some((_, shown)) = self.latest.as_mut().filter(|(stream, _)| stream.leader == leader) {
            *shown = status;
        }
    }

    /// Notes that another tab's stream was heard, so somebody leads.
    pub fn heard_from_leader(&mut self, now: Millis) {
        (self.heard_at, self.pinged_at) = (now, None);
    }

    /// Whether it is for this tab to see that somebody leads: its timers come in time, and it has a person's eye.
    fn watches(&self) -> bool {
        self.takes_part() && self.is_visible && self.lead.is_none()
    }

    fn next_wake(&self) -> Option<Millis> {
        match &self.lead {
            Some(lead) => self.shares().then(|| lead.calls_roll_at()),
            None if self.watches() => {
                let patience = PATIENCE + self.me.0 % PATIENCE_SPREAD;
                Some(self.pinged_at.map_or(self.heard_at + SILENCE, |pinged_at| pinged_at + patience))
            }
            None => None,
        }
    }

    fn wake(&mut self, now: Millis) {
        let due = self.next_wake().filter(|due| *due <= now);
        match due {
            Some(_) if self.lead.is_some() => self.call_roll(now),
            Some(due) if self.pinged_at.is_some() && now <= due + LATE => {
                self.heard_from_leader(now);
                self.outputs.push(Output::Steal);
            }
            Some(_) => {
                self.pinged_at = Some(now);
                self.say(Message::Ping);
            }
            None => {}
        }
    }
}

impl Ephemerals {
    /// Another stream may send again what one has sent.
    fn take(&mut self, stream: StreamId, time: Millis, data: &str) -> bool {
        let is_repeated =
            time < self.time || time == self.time && self.data.iter().any(|taken| taken == data);
        if is_repeated && self.stream.is_some_and(|last| last != stream) {
            return false;
        }
        if time != self.time {
            self.data.clear();
        }
        (self.stream, self.time) = (Some(stream), time);
        self.data.push(data.to_owned());
        true
    }
}

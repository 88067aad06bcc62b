//! A thread that has parked streams, and gives them what comes.

use super::{
    Arrival, Inbox, Timing, Wake,
    member::{Member, Turn},
    pace::{IN_SHARES, IN_TURNS, Pace},
    wheel::Wheel,
};
use crate::hub::ring::{Crowd, Entry};
use mio::{Events, Interest, Poll, Registry, Token, event::Event, net::TcpStream};
use prometheus_client::metrics::counter::Counter;
use slab::Slab;
use std::{
    collections::{HashMap, VecDeque},
    io::{self, ErrorKind},
    mem,
    ops::ControlFlow,
    sync::Arc,
    task::{self, Context, Waker},
    thread,
    time::{Duration, Instant},
};

/// What the inbox rings; members have their keys.
pub(super) const BELL: Token = Token(usize::MAX);

/// How many events of sockets are taken at once.
const EVENTS: usize = 1024;

/// How long streams go on by themselves, and sockets are closed, before it is looked what else there is.
const SLICE: Duration = Duration::from_micros(20);

/// The pause after the system failed to say what there is.
const FAILED: Duration = Duration::from_millis(100);

/// How many of a group are given what came before it is looked what else there is.
const SHARE: usize = 64;

/// Members of one audience that have all there is.
struct Group {
    crowd: Crowd,
    members: Vec<usize>,
    waker: Waker,
    telling: Option<Telling>,
}

/// What came to an audience, and who is yet to be given it.
struct Telling {
    entries: Vec<Entry>,
    /// Those before this place. Where one of them leaves, the last of all takes its place, who has it: the places are gone through from
    /// behind, and who joins in the meantime has taken it by itself.
    untold: usize,
}

/// Parked streams and what they wait for.
pub(super) struct Fan {
    poll: Poll,
    inbox: Arc<Inbox>,
    timing: Timing,
    deliveries: Counter,
    wheel: Wheel,
    members: Slab<Member>,
    /// By their audiences.
    groups: HashMap<usize, Group>,
    /// The groups for which something came.
    news: VecDeque<usize>,
    /// The members that go on by themselves now.
    turns: VecDeque<usize>,
    /// The sockets of streams that are over. To close one takes longer than most else here.
    gone: VecDeque<TcpStream>,
    /// Room for what comes next.
    entries: Vec<Entry>,
}

impl Fan {
    pub fn new(poll: Poll, inbox: Arc<Inbox>, timing: Timing, deliveries: Counter) -> Self {
        Self {
            poll,
            inbox,
            wheel: Wheel::new(timing.heartbeat.min(timing.stalled) / 64),
            timing,
            deliveries,
            members: Slab::new(),
            groups: HashMap::new(),
            news: VecDeque::new(),
            turns: VecDeque::new(),
            gone: VecDeque::new(),
            entries: Vec::new(),
        }
    }

    /// Serves the streams until the inbox is closed.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        let mut pace = Pace::new();
        loop {
            let is_idle = self.news.is_empty() && !self.has_turns();
            let wait = if is_idle { self.wheel.next() } else { Some(Duration::ZERO) };
            match self.poll.poll(&mut events, wait) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    tracing::error!(%error, "parked streams cannot be looked at");
                    thread::sleep(FAILED);
                }
            }
            self.turn_wheel();
            let mut is_rung = false;
            for event in &events {
                match event.token() {
                    BELL => is_rung = true,
                    Token(key) => self.heard(key, event),
                }
            }
            if is_rung && self.open_inbox().is_break() {
                return;
            }
            let mut is_telling = false;
            for _ in 0..self.news.len() {
                is_telling |= self.news.pop_front().is_some_and(|audience| self.tell(audience));
            }
            if is_idle && (is_telling || self.has_turns()) {
                pace = Pace::new();
            }
            if self.has_turns() {
                self.take_turns();
            }
            if self.has_turns() {
                pace.give_way(IN_TURNS);
            } else if is_telling {
                pace.give_way(IN_SHARES);
            }
        }
    }

    fn has_turns(&self) -> bool {
        !self.gone.is_empty() || !self.turns.is_empty()
    }

    /// For a slice of time has streams that go by themselves go on, and closes sockets.
    fn take_turns(&mut self) {
        let start = Instant::now();
        while start.elapsed() < SLICE {
            let (closed, turn) = (self.gone.pop_front(), self.turns.pop_front());
            if let Some(key) = turn {
                self.advance(key);
            } else if closed.is_none() {
                break;
            }
        }
    }

    /// What a socket says.
    fn heard(&mut self, key: usize, event: &Event) {
        if event.is_error() || event.is_read_closed() || event.is_write_closed() {
            self.remove(key);
        } else if event.is_writable() {
            self.queue(key);
        }
    }

    /// Takes what came; it breaks off when no more will come.
    fn open_inbox(&mut self) -> ControlFlow<()> {
        let Some((wakes, arrivals)) = self.inbox.take() else { return ControlFlow::Break(()) };
        for arrival in arrivals {
            if let Err(error) = self.admit(arrival) {
                tracing::debug!(%error, "a stream could not be parked");
            }
        }
        for wake in wakes {
            match wake {
                Wake::Audience(audience) => self.news.push_back(audience),
                Wake::Member(key) => self.woken(key),
            }
        }
        ControlFlow::Continue(())
    }

    /// Has a new stream.
    fn admit(&mut self, arrival: Arrival) -> io::Result<()> {
        let Arrival { parked, head, socket, held } = arrival;
        let mut socket = TcpStream::from_std(socket);
        let entry = self.members.vacant_entry();
        let key = entry.key();
        self.poll.registry().register(&mut socket, Token(key), Interest::READABLE | Interest::WRITABLE)?;
        let waker = self.inbox.waker(Wake::Member(key));
        let now = self.wheel.now();
        let mut member = Member::new(parked, &head, socket, held, waker, now);
        member.due = self.wheel.set(key, self.wheel.after(self.timing.heartbeat));
        entry.insert(member);
        self.queue(key);
        Ok(())
    }

    /// The log was read for it, or it must end.
    fn woken(&mut self, key: usize) {
        let Some(member) = self.members.get_mut(key) else { return };
        if member.at.is_some() && member.must_end() {
            self.leave_group(key);
        }
        self.queue(key);
    }

    /// It has a turn, where it goes by itself.
    fn queue(&mut self, key: usize) {
        if let Some(member) =
            self.members.get_mut(key).filter(|member| member.at.is_none() && !member.is_queued)
        {
            member.is_queued = true;
            self.turns.push_back(key);
        }
    }

    /// One that goes by itself goes on.
    fn advance(&mut self, key: usize) {
        let now = self.wheel.now();
        let Some(member) = self.members.get_mut(key) else { return };
        member.is_queued = false;
        if member.at.is_some() {
            return;
        }
        let (turn, events) = member.advance(now);
        self.deliveries.inc_by(events);
        match turn {
            Turn::Live => {
                // Where its socket was full, its deadline may be a later one.
                self.set_deadline(key);
                self.join_group(key);
            }
            Turn::Waits => self.set_deadline(key),
            Turn::More => self.queue(key),
            Turn::Over => self.remove(key),
        }
    }

    /// Gives a share of a group what came to its audience. The answer is whether others of it still wait for that.
    fn tell(&mut self, audience: usize) -> bool {
        let Self { groups, members, entries, wheel, .. } = self;
        let Some(group) = groups.get_mut(&audience) else { return false };
        let telling = match &mut group.telling {
            Some(telling) => telling,
            none => match group.crowd.poll_take(entries, &Context::from_waker(&group.waker)) {
                task::Poll::Pending => return false,
                task::Poll::Ready(Err(_)) => {
                    let leaving = group.members.clone();
                    self.send_on(audience, leaving);
                    return false;
                }
                task::Poll::Ready(Ok(())) => {
                    none.insert(Telling { entries: mem::take(entries), untold: group.members.len() })
                }
            },
        };
        let (first, now) = (group.crowd.next(), wheel.now());
        let end = first + telling.entries.len() as u64;
        let upto = telling.untold.min(group.members.len());
        telling.untold = upto.saturating_sub(SHARE);
        let (mut leaving, mut seats, mut events) = (Vec::new(), 0, 0);
        for key in group.members.get(telling.untold..upto).unwrap_or_default() {
            let Some(member) = members.get_mut(*key) else { continue };
            if member.cursor.seat().next() >= end {
                continue;
            }
            let given = member.give(member.cursor.fresh(&telling.entries, first), end, now);
            events += given.unwrap_or(0);
            let is_behind = member.cursor.seat().next() < end;
            seats += usize::from(!is_behind);
            if given.is_none() || is_behind || member.is_blocked() {
                leaving.push(*key);
            }
        }
        self.deliveries.inc_by(events);
        group.crowd.gave(end, seats);
        let is_telling = telling.untold > 0;
        if !is_telling {
            group.crowd.go_on(end);
            *entries = group.telling.take().map(|telling| telling.entries).unwrap_or_default();
            entries.clear();
        }
        self.send_on(audience, leaving);
        is_telling
    }

    /// Has these go by themselves, and the others of their audience be told on: until there is nothing more, and it waits.
    fn send_on(&mut self, audience: usize, leaving: Vec<usize>) {
        for key in leaving {
            self.leave_group(key);
            self.queue(key);
        }
        self.news.push_back(audience);
    }

    fn join_group(&mut self, key: usize) {
        let Some(member) = self.members.get_mut(key) else { return };
        let seat = member.cursor.seat();
        let audience = seat.audience();
        let group = self.groups.entry(audience).or_insert_with(|| Group {
            crowd: seat.crowd(),
            members: Vec::new(),
            waker: self.inbox.waker(Wake::Audience(audience)),
            telling: None,
        });
        if group.members.is_empty() {
            self.news.push_back(audience);
        }
        member.at = Some(group.members.len());
        group.members.push(key);
    }

    fn leave_group(&mut self, key: usize) {
        let Some(member) = self.members.get_mut(key) else { return };
        let (Some(at), audience) = (member.at.take(), member.cursor.seat().audience()) else { return };
        let Some(group) = self.groups.get_mut(&audience) else { return };
        group.members.swap_remove(at);
        match group.members.get(at).copied() {
            Some(moved) => {
                if let Some(moved) = self.members.get_mut(moved) {
                    moved.at = Some(at);
                }
            }
            None if group.members.is_empty() => {
                self.groups.remove(&audience);
            }
            None => {}
        }
    }

    fn remove(&mut self, key: usize) {
        self.leave_group(key);
        if let Some(mut member) = self.members.try_remove(key) {
            deregister(self.poll.registry(), &mut member);
            self.gone.push_back(member.socket);
        }
    }

    /// Has it looked at when it has been silent, or its socket has taken nothing, for too long.
    fn set_deadline(&mut self, key: usize) {
        let Some(member) = self.members.get_mut(key) else { return };
        let time = if member.is_blocked() { self.timing.stalled } else { self.timing.heartbeat };
        let at = self.wheel.after(time) - (self.wheel.now() - member.spoke);
        if at < member.due || member.due <= self.wheel.now() {
            member.due = self.wheel.set(key, at);
        }
    }

    fn turn_wheel(&mut self) {
        let mut come: Vec<usize> = Vec::new();
        let members = &self.members;
        // A key that was given to another stream by now comes up again when that one's deadline does.
        self.wheel.turn(|key, tick| {
            if members.get(key).is_some_and(|member| member.due == tick) {
                come.push(key);
            }
        });
        for key in come {
            self.come(key);
        }
    }

    /// A deadline has come, or was too far away to be set.
    fn come(&mut self, key: usize) {
        let now = self.wheel.now();
        let Some(member) = self.members.get_mut(key) else { return };
        let silence = now - member.spoke;
        let ticks = |time: Duration| self.wheel.after(time) - now - 1;
        if member.is_blocked() {
            if silence >= ticks(self.timing.stalled) {
                tracing::debug!("a client took nothing for too long");
                return self.remove(key);
            }
        } else if silence >= ticks(self.timing.heartbeat) {
            if member.beat(now).is_err() {
                return self.remove(key);
            }
            if member.is_blocked() {
                self.leave_group(key);
            }
        }
        self.set_deadline(key);
    }
}

fn deregister(registry: &Registry, member: &mut Member) {
    if let Err(error) = registry.deregister(&mut member.socket) {
        tracing::debug!(%error, "a socket was not registered");
    }
}

//! What a tab does that leads: the stream that it has, and the one that is to take its place.

use super::{Announcement, Arrival, Message, Output, StreamId, Tab, TabId};
use crate::{
    client::machine::{Millis, Status},
    model::{EventId, selection::Selection},
};

/// How often a leader asks who is there: a tab that crashed does not say that it has left.
const ROLL_CALL: Millis = 15_000;

/// The streams of a tab that leads.
#[derive(Debug)]
pub(super) struct Lead {
    current: Stream,
    /// The one that is opened to take its place, while that is open.
    next: Option<Stream>,
    roll_call_at: Millis,
}

#[derive(Debug)]
struct Stream {
    number: u32,
    selection: Selection,
    /// The event that it has sent last, or goes on after.
    at: EventId,
    /// Whether it has said since then that messages are missing.
    has_gap: bool,
    status: Status,
}

/// A tab that wants something, as it said last.
#[derive(Debug)]
pub(super) struct Member {
    pub tab: TabId,
    selection: Selection,
    after: EventId,
    /// Whether a stream was announced that has what it wants.
    is_served: bool,
    /// Whether it was heard since the roll was called.
    is_heard: bool,
}

/// Who is to have an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// This tab.
    pub is_own: bool,
    /// The other tabs: they choose for themselves.
    pub is_shared: bool,
}

impl Lead {
    pub fn number(&self) -> u32 {
        self.current.number
    }

    pub fn calls_roll_at(&self) -> Millis {
        self.roll_call_at
    }
}

impl Stream {
    /// The position from which on it has everything. After a gap that is what comes next: who joins now has not heard
    /// of the gap.
    fn joins_at(&self) -> EventId {
        if self.has_gap { EventId::new(u64::MAX, 0) } else { self.at }
    }

    fn serves(&self, member: &Member) -> bool {
        member.after >= self.joins_at() && self.selection.covers(&member.selection)
    }

    fn pass(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Kept { id, .. } => (self.at, self.has_gap) = (id, false),
            Arrival::Ephemeral { .. } => {}
            Arrival::Gap { .. } => self.has_gap = true,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.status, Status::Open { .. })
    }
}

impl Tab {
    /// Takes an event of the stream with this number, which this tab opened.
    pub fn receive(&mut self, number: u32, arrival: Arrival) -> Receipt {
        let is_shared = self.shares();
        match &mut self.lead {
            Some(lead) if lead.current.number == number => {
                lead.current.pass(arrival);
                let stream = StreamId { leader: self.me, number };
                Receipt { is_own: self.takes(stream, arrival), is_shared }
            }
            _ => Receipt { is_own: false, is_shared: false },
        }
    }

    /// The channels of the stream with this number.
    pub fn channels_of(&self, number: u32) -> Option<&Selection> {
        let lead = self.lead.as_ref()?;
        let mut streams = [Some(&lead.current), lead.next.as_ref()].into_iter().flatten();
        streams.find(|stream| stream.number == number).map(|stream| &stream.selection)
    }

    /// Notes what a tab wants, in the place of what it wanted before. This tab comes first.
    pub(super) fn enlist(
        &mut self,
        tab: TabId,
        selection: Selection,
        after: EventId,
        served_by: Option<TabId>,
    ) {
        let known = self.members.iter_mut().find(|known| known.tab == tab);
        let is_served = match served_by {
            // What it says to another leader says nothing of this one's stream.
            Some(leader) if leader != self.me => known.as_ref().is_none_or(|known| known.is_served),
            served_by => served_by.is_some(),
        };
        let member = Member { tab, selection, after, is_served, is_heard: true };
        match known {
            Some(known) => *known = member,
            None if tab == self.me => self.members.insert(0, member),
            None => self.members.push(member),
        }
    }

    pub(super) fn dismiss(&mut self, tab: TabId) {
        self.members.retain(|member| member.tab != tab);
    }

    /// Opens the first stream, with what it knows.
    pub(super) fn lead(&mut self, now: Millis) {
        self.enlist(self.me, self.selection.clone(), self.position, Some(self.me));
        for member in &mut self.members {
            // Who is as far as this tab can go on with it; who is not says so when the roll is called.
            (member.is_served, member.is_heard) = (true, member.tab == self.me);
        }
        let current = self.open(self.union(), self.position);
        self.lead = Some(Lead { current, next: None, roll_call_at: now + ROLL_CALL });
        self.announce(true);
    }

    /// Gives up the lead and the lock, if it has them or waits for it.
    pub(super) fn resign(&mut self, is_over: bool) {
        if let Some(Lead { current, next, .. }) = self.lead.take() {
            self.close(Some(current), is_over);
            self.close(next, is_over);
        }
        if self.shares() {
            self.outputs.push(Output::Release);
        }
    }

    /// Sees to it that every member is served. While a stream is on its way it waits: one more serves all that came
    /// meanwhile.
    pub(super) fn settle(&mut self) {
        let Some(lead) = &self.lead else { return };
        if self.members.is_empty() {
            return self.resign(true);
        }
        if self.members.iter().any(|member| !member.is_served && lead.current.serves(member)) {
            self.announce(false);
        }
        let Some(Lead { current, next, .. }) = &self.lead else { return };
        let (next, at) = (next.as_ref(), current.at);
        let is_busy = [Some(current), next].into_iter().flatten().any(|it| it.status == Status::Connecting);
        let is_coming = |member: &Member| next.is_some_and(|next| next.serves(member));
        if is_busy || self.members.iter().all(|member| member.is_served || is_coming(member)) {
            return;
        }
        let selection = self.union();
        self.refuse(|member| !selection.covers(&member.selection));
        let unserved = self.members.iter().filter(|member| !member.is_served);
        if let Some(after) = unserved.map(|member| member.after).min() {
            self.move_to(selection, after.min(at));
        }
    }

    /// Says which stream there is.
    pub(super) fn announce(&mut self, is_roll_call: bool) {
        let Some(Lead { current, .. }) = &self.lead else { return };
        for member in &mut self.members {
            member.is_served |= current.serves(member);
        }
        let announcement = Announcement {
            number: current.number,
            selection: current.selection.clone(),
            at: current.joins_at(),
            status: current.status.clone(),
            is_roll_call,
        };
        self.follow(self.me, &announcement);
        self.say(Message::Stream(announcement));
    }

    /// Takes what the stream with this number is doing now.
    pub(super) fn note(&mut self, number: u32, status: Status, now: Millis) {
        let Some(Lead { current, next, .. }) = &mut self.lead else { return };
        let is_up = matches!(status, Status::Open { .. });
        let is_over = !is_up && !matches!(status, Status::Connecting | Status::Waiting { .. });
        if current.number == number {
            if std::mem::replace(&mut current.status, status.clone()) == status {
                return;
            }
            if !is_up && next.is_some() {
                self.promote();
            } else {
                self.show(self.me, status.clone());
                self.say(Message::Status(status));
            }
        } else if let Some(next) = next.as_mut().filter(|next| next.number == number) {
            next.status = status;
            if is_up {
                self.promote();
            } else if is_over {
                return self.do_without_next(now);
            }
        }
        self.settle();
    }

    /// Asks who is there; who did not answer the last time is not.
    pub(super) fn call_roll(&mut self, now: Millis) {
        let me = self.me;
        self.members.retain_mut(|member| std::mem::take(&mut member.is_heard) || member.tab == me);
        self.settle();
        let union = self.union();
        let Some(Lead { current, next, roll_call_at }) = &mut self.lead else { return };
        *roll_call_at = now + ROLL_CALL;
        // What nobody wants any more is left out now: it was not worth a new connection when it was left.
        if next.is_none() && current.is_open() && current.selection != union {
            let at = current.at;
            self.move_to(union, at);
        }
        self.announce(true);
    }

    /// What all members want together, as far as it fits in one stream.
    fn union(&self) -> Selection {
        let mut selections = self.members.iter().map(|member| &member.selection);
        let first = selections.next().unwrap_or(&self.selection).clone();
        selections.fold(first, |union, selection| union.with(selection).unwrap_or(union))
    }

    fn open(&mut self, selection: Selection, after: EventId) -> Stream {
        self.opened += 1;
        let number = self.opened;
        self.outputs.push(Output::Open { number, selection: selection.clone(), after });
        Stream { number, selection, at: after, has_gap: false, status: Status::Connecting }
    }

    fn close(&mut self, stream: Option<Stream>, is_over: bool) {
        self.outputs.extend(stream.map(|stream| Output::Close { number: stream.number, is_over }));
    }

    fn move_to(&mut self, selection: Selection, after: EventId) {
        let stream = self.open(selection, after);
        let Some(lead) = &mut self.lead else { return };
        let earlier = lead.next.replace(stream);
        let is_open = lead.current.is_open();
        self.close(earlier, false);
        // One that is not open has nothing to lose.
        if !is_open {
            self.promote();
        }
    }

    fn promote(&mut self) {
        let Some(lead) = &mut self.lead else { return };
        if let Some(next) = lead.next.take() {
            let earlier = std::mem::replace(&mut lead.current, next);
            self.close(Some(earlier), false);
            self.announce(false);
        }
    }

    /// The next stream cannot be had. Whatever is wrong with it came with those that have no other.
    fn do_without_next(&mut self, now: Millis) {
        let next = self.lead.as_mut().and_then(|lead| lead.next.take());
        self.close(next, false);
        if self.members.iter().any(|member| member.tab == self.me && !member.is_served) {
            return self.go_apart(now);
        }
        self.refuse(|_| true);
    }

    /// Lets those go by themselves who are not served and of whom this is true.
    fn refuse(&mut self, is_refused: impl Fn(&Member) -> bool) {
        let me = self.me;
        let members = std::mem::take(&mut self.members);
        for member in members {
            if member.is_served || member.tab == me || !is_refused(&member) {
                self.members.push(member);
            } else {
                self.say(Message::Refused(member.tab));
            }
        }
    }
}

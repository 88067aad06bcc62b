//! Who is to get what: subscribers with the same selection and form are one audience, with one ring of events.

use super::{
    frame::{Form, Outgoing},
    ring::{Audience, Entry, Seat},
    wildcards::Wildcards,
};
use crate::model::{EventId, channel::Channel, selection::Selection};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

/// What an audience has in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Interest {
    /// The channels.
    pub selection: Selection,
    /// The form of the blocks.
    pub form: Form,
}

/// All audiences.
#[derive(Debug)]
pub struct Audiences(Mutex<Index>);

// A std Mutex: it is not held over an await or while something is woken.
#[derive(Debug)]
struct Index {
    /// The newest message that every ring has which should.
    head: EventId,
    all: HashMap<Interest, Arc<Audience>>,
    /// The audiences of a channel that name their channels one by one.
    named: HashMap<Channel, Vec<Arc<Audience>>>,
    /// Those that have a wildcard.
    wild: Wildcards<ByAddress>,
}

impl Audiences {
    /// None yet. `head` is the newest message there is.
    pub fn new(head: EventId) -> Self {
        let index = Index { head, all: HashMap::new(), named: HashMap::new(), wild: Wildcards::default() };
        Self(Mutex::new(index))
    }

    /// Joins the audience with this interest: everything that is sent after the head is received, nothing before.
    pub fn join(self: &Arc<Self>, interest: Interest) -> (Seat, EventId) {
        let mut index = self.index();
        let audience = match index.all.get(&interest) {
            Some(audience) => audience.clone(),
            None => index.add(interest),
        };
        (Seat::new(self.clone(), audience), index.head)
    }

    /// Puts messages into the rings of their audiences, in order, and returns those who wait for them.
    pub fn send(&self, messages: &[Outgoing<'_>]) -> Vec<Waker> {
        let mut index = self.index();
        let mut waiting = Vec::new();
        for message in messages {
            let mut wild = Vec::new();
            index.wild.find(message.channel(), |audience| wild.push(&audience.0));
            // Several patterns of one audience may mean the same channel.
            wild.sort_unstable_by_key(|audience| Arc::as_ptr(audience));
            wild.dedup_by_key(|audience| Arc::as_ptr(audience));
            let named = index.named.get(message.channel()).into_iter().flatten();
            for audience in named.chain(wild) {
                let frame = message.frame(audience.interest.form);
                audience.push(Entry { id: message.id(), frame }, &mut waiting);
            }
            if let Some(id) = message.id() {
                index.head = id;
            }
        }
        waiting
    }

    /// Something up to this message was not sent: everyone reads the log up to it. Returns those who wait.
    pub fn go_on_after(&self, head: EventId) -> Vec<Waker> {
        let mut index = self.index();
        index.head = head;
        let mut waiting = Vec::new();
        for audience in index.all.values() {
            audience.go_on_after(head, &mut waiting);
        }
        waiting
    }

    /// What is watched, and by how many.
    pub fn watched(&self) -> Vec<(Selection, usize)> {
        let audiences: Vec<_> = self.index().all.values().cloned().collect();
        audiences.iter().map(|it| (it.interest.selection.clone(), it.seats())).collect()
    }

    /// How many have something to take that they have not taken yet.
    pub fn behind(&self) -> usize {
        self.index().all.values().map(|audience| audience.behind()).sum()
    }

    /// One has left; an audience that nobody is in is forgotten.
    pub(super) fn leave(&self, audience: &Arc<Audience>, leave: impl FnOnce(&Audience)) {
        let mut index = self.index();
        leave(audience);
        if audience.seats() == 0 {
            index.remove(audience);
        }
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        // No operation leaves the index half changed, so a panic elsewhere does not make it wrong.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn add(&mut self, interest: Interest) -> Arc<Audience> {
        let audience = Arc::new(Audience::new(interest.clone()));
        match interest.channels() {
            Some(channels) => {
                for channel in channels {
                    self.named.entry(channel).or_default().push(audience.clone());
                }
            }
            None => {
                for pattern in interest.selection.patterns() {
                    self.wild.add(pattern, ByAddress(audience.clone()));
                }
            }
        }
        self.all.insert(interest, audience.clone());
        audience
    }

    fn remove(&mut self, audience: &Arc<Audience>) {
        self.all.remove(&audience.interest);
        let Some(channels) = audience.interest.channels() else {
            for pattern in audience.interest.selection.patterns() {
                self.wild.remove(pattern, &ByAddress(audience.clone()));
            }
            return;
        };
        for channel in channels {
            if let Some(named) = self.named.get_mut(&channel) {
                named.retain(|other| !Arc::ptr_eq(other, audience));
                if named.is_empty() {
                    self.named.remove(&channel);
                }
            }
        }
    }
}

/// An audience, which is equal only to itself.
#[derive(Debug)]
struct ByAddress(Arc<Audience>);

impl PartialEq for ByAddress {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Interest {
    /// The channels one by one; none where there is a wildcard.
    fn channels(&self) -> Option<Vec<Channel>> {
        self.selection.patterns().iter().map(|pattern| pattern.channel()).collect()
    }
}

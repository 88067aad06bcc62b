//! What a node knows of the log without asking Redis: as much as the feed told it so far.

use super::{
    super::{
        Arrived, LogError, Millis, Settings, Sink, Size, Standing,
        catalog::{Catalog, Kept},
    },
    entry::Item,
    link::Hello,
    writer::Beyond,
};
use crate::model::{EventId, channel::Channel};
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long a reader waits for the feed to have told what happened before.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known, and who is told.
pub struct State {
    /// The settings.
    pub settings: Settings,
    // Std Mutexes: held to look something up, or while one piece of the feed is taken in. The sink is locked first.
    sink: Mutex<Option<Sink>>,
    known: Mutex<Known>,
    changed: Condvar,
}

/// What is known.
pub struct Known {
    /// The channels.
    pub catalog: Catalog<()>,
    /// The newest message that the feed told.
    pub head: EventId,
    /// The newest id that there is: of the feed, or of what this node published.
    pub newest: EventId,
    /// What was published between these is lost.
    pub lost: Option<(EventId, EventId)>,
    /// The number of the last entry of the feed that was taken in.
    pub position: u64,
    /// How this node is connected: whether the feed is followed at the moment.
    pub standing: Standing,
}

/// What is kept of a channel, as Redis told it.
pub struct Loaded {
    /// Its name.
    pub channel: Channel,
    /// The newest id published to it.
    pub newest: EventId,
    /// The newest that was kept and is no more.
    pub forgotten: Option<EventId>,
    /// The oldest that is kept.
    pub oldest: Option<EventId>,
    /// How many messages are kept.
    pub messages: u64,
    /// Their data, in bytes.
    pub bytes: u64,
}

impl State {
    /// Nothing is known yet.
    pub fn new(settings: Settings) -> Self {
        let catalog = Catalog::new(&settings);
        let none = EventId::new(0, 0);
        let known = Known {
            catalog,
            head: none,
            newest: none,
            lost: None,
            position: 0,
            standing: Standing::default(),
        };
        Self { settings, sink: Mutex::default(), known: Mutex::new(known), changed: Condvar::new() }
    }

    /// What is known.
    pub fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing is done under the lock that could leave a half-done state behind.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on this is told what arrives.
    pub fn tell(&self, mut sink: Sink) {
        let mut place = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let head = self.known().head;
        sink(vec![Arrived::Anew(head)]);
        *place = Some(sink);
    }

    /// The feed is followed from here on: all that Redis has is known, and who watches goes on from the log.
    pub fn begin(&self, hello: &Hello, channels: Vec<Loaded>) {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.known();
        let mut catalog = Catalog::new(&self.settings);
        // A number of a forgetting from before is none from now on.
        catalog.go_on_after(&known.catalog);
        for Loaded { channel, newest, forgotten, oldest, messages, bytes } in channels {
            let retention = catalog.retention(&channel);
            let kept =
                Kept { newest, forgotten, oldest, messages, bytes, ..Kept::new((), newest, retention) };
            catalog.put(channel, kept);
        }
        known.catalog = catalog;
        known.head = hello.newest;
        // What was published here since the greeting is newer.
        known.newest = known.newest.max(hello.newest);
        known.lost = hello.lost;
        known.position = hello.fed;
        known.standing.is_up = true;
        drop(known);
        self.changed.notify_all();
        if let Some(sink) = sink.as_mut() {
            sink(vec![Arrived::Anew(hello.newest)]);
        }
    }

    /// The feed is followed on from where it was.
    pub fn go_on(&self) {
        self.known().standing.is_up = true;
        self.changed.notify_all();
    }

    /// It is not followed at the moment.
    pub fn cut(&self) {
        let mut known = self.known();
        if std::mem::take(&mut known.standing.is_up) {
            known.standing.cuts.inc();
        }
        drop(known);
        self.changed.notify_all();
    }

    /// Takes in what happened, up to the entry with the number `position`, and tells it.
    pub fn take_in(&self, items: Vec<Item>, position: u64) {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.known();
        for item in &items {
            known.take_in(item);
        }
        known.position = position;
        drop(known);
        self.changed.notify_all();
        if let Some(sink) = sink.as_mut() {
            sink(items.into_iter().filter_map(arrived).collect());
        }
    }

    /// Waits until the feed has told all up to this entry.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn wait_for(&self, position: u64) -> Result<MutexGuard<'_, Known>, LogError> {
        let is_behind = |known: &mut Known| known.standing.is_up && known.position < position;
        let (known, _) = self
            .changed
            .wait_timeout_while(self.known(), PATIENCE, is_behind)
            .unwrap_or_else(PoisonError::into_inner);
        if known.position < position {
            return Err(LogError::Away("this node does not know yet what the others did".into()));
        }
        Ok(known)
    }
}

impl Known {
    /// How much is kept.
    pub fn size(&self) -> Size {
        Size { messages: self.catalog.messages(), bytes: self.catalog.bytes(), unindexed: 0 }
    }

    /// The channels that have more than their rules let them.
    pub fn beyond(&self, now: Millis) -> Vec<Beyond> {
        let rule = |channel: &Channel| self.catalog.get(channel).and_then(|kept| kept.retention.clone());
        let beyond = self.catalog.beyond_retention(now).into_iter();
        beyond.filter_map(|channel| rule(&channel).map(|rule| Beyond { channel, rule })).collect()
    }

    /// What the channels were read with may have some of this already.
    fn take_in(&mut self, item: &Item) {
        match item {
            Item::Kept(message) => {
                let mut kept = match self.catalog.take(&message.channel) {
                    Some(kept) => kept,
                    None => Kept::new((), EventId::new(0, 0), self.catalog.retention(&message.channel)),
                };
                if kept.newest < message.id {
                    kept.add(message.id, message.data.len() as u64);
                }
                self.catalog.put(message.channel.clone(), kept);
                self.head = self.head.max(message.id);
                self.newest = self.newest.max(message.id);
            }
            Item::Forgotten { channel, last, messages, bytes, oldest } => {
                let Some(mut kept) = self.catalog.take(channel) else { return };
                if kept.forgotten < Some(*last) {
                    kept.forgotten = Some(*last);
                    kept.oldest = *oldest;
                    kept.messages = kept.messages.saturating_sub(*messages);
                    kept.bytes = kept.bytes.saturating_sub(*bytes);
                }
                self.catalog.put(channel.clone(), kept);
            }
            Item::Passing { .. } | Item::Lost => {}
        }
    }
}

fn arrived(item: Item) -> Option<Arrived> {
    match item {
        Item::Kept(message) => Some(Arrived::Kept(message)),
        Item::Passing { channel, draft, time } => Some(Arrived::Passing { channel, draft, time }),
        Item::Forgotten { .. } | Item::Lost => None,
    }
}

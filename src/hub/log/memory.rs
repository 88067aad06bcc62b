//! The log in memory: for tests, and for who needs no message after a restart.

use super::{
    ChannelSummary, Coverage, IdClock, Import, Key, Log, LogError, Millis, Outcome, Publish, Settings, Size,
    catalog::{Catalog, Kept},
    merge::merge,
    page_of,
    plan::{Plan, Used},
};
use crate::model::{EventId, channel::Channel, message::Message, selection::Selection};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, VecDeque},
    convert::Infallible,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// A log in memory.
#[derive(Debug)]
pub struct MemoryLog {
    settings: Settings,
    /// One lock over everything, so that who reads sees all of a step or nothing. Many read at a time; no one holds it
    /// for longer than a page or a batch takes.
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    clock: IdClock,
    catalog: Catalog<VecDeque<EventId>>,
    messages: BTreeMap<EventId, Message>,
    keys: HashMap<(Channel, Key), Used>,
    /// The keys by the id of their first message, the oldest first.
    key_times: BTreeMap<EventId, (Channel, Key)>,
}

impl MemoryLog {
    /// An empty log that begins `now`.
    pub fn new(settings: Settings, now: Millis) -> Self {
        let state = State {
            clock: IdClock::after(EventId::new(now, 0)),
            catalog: Catalog::new(&settings),
            messages: BTreeMap::new(),
            keys: HashMap::new(),
            key_times: BTreeMap::new(),
        };
        Self { settings, state: RwLock::new(state) }
    }

    // A step that panicked would be a bug in this file. The others go on with what there is.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for MemoryLog {
    fn append(&self, requests: &[Publish], now: Millis) -> Result<Vec<Outcome>, LogError> {
        let mut state = self.write();
        let used = |channel: &Channel, key: &Key| {
            Ok::<_, Infallible>(state.keys.get(&(channel.clone(), key.clone())).copied())
        };
        let Ok(plan) = Plan::new(requests, state.clock, now, self.settings.remembered(now), used);
        Ok(state.carry_out(plan))
    }

    fn newest(&self) -> EventId {
        self.read().clock.last()
    }

    fn read_after(
        &self,
        selection: &Selection,
        after: EventId,
        until: EventId,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        let state = self.read();
        let sources = state.catalog.selected(selection).into_iter().map(|(_, kept)| {
            let start = kept.handle.partition_point(|id| *id <= after);
            let end = kept.handle.partition_point(|id| *id <= until).max(start);
            kept.handle.range(start..end).map(|id| Ok::<_, Infallible>(*id))
        });
        let Ok(ids) = merge(sources, limit);
        Ok(state.page(ids.into_iter()))
    }

    fn read_before(
        &self,
        selection: &Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        let state = self.read();
        let mut page = state.page(state.newest_before(selection, before, limit).into_iter());
        page.reverse();
        Ok(page)
    }

    fn nth_newest(&self, selection: &Selection, newer: usize) -> Result<Option<EventId>, LogError> {
        Ok(self.read().newest_before(selection, None, newer + 1).get(newer).copied())
    }

    fn count_after(&self, selection: &Selection, after: EventId, most: usize) -> Result<usize, LogError> {
        let state = self.read();
        let selected = state.catalog.selected(selection).into_iter();
        let newer = selected
            .map(|(_, kept)| kept.handle.len() - kept.handle.partition_point(|id| *id <= after))
            .sum::<usize>();
        Ok(newer.min(most))
    }

    fn coverage(&self, selection: &Selection) -> Result<Coverage, LogError> {
        Ok(self.read().catalog.coverage(selection))
    }

    fn forgotten_after(&self, selection: &Selection, after: EventId) -> Result<u64, LogError> {
        Ok(self.read().catalog.forgotten_after(selection, after))
    }

    fn channels(&self) -> Result<Vec<ChannelSummary>, LogError> {
        Ok(self.read().catalog.summaries())
    }

    fn trim(&self, now: Millis, limit: usize) -> Result<usize, LogError> {
        let mut state = self.write();
        let forgotten = state.trim_messages(now, limit);
        let keys = state.trim_keys(self.settings.remembered(now), limit - forgotten);
        Ok(forgotten + keys)
    }

    fn import(&self, import: &Import) -> Result<(), LogError> {
        let mut state = self.write();
        let last = import.last(state.clock.last())?;
        state.carry_out(Plan::to_import(&import.messages, last));
        for mark in &import.marks {
            let mut kept = state.take(&mark.channel, mark.newest);
            kept.mark(mark);
            state.catalog.put(mark.channel.clone(), kept);
        }
        Ok(())
    }

    fn size(&self) -> Size {
        let state = self.read();
        Size { messages: state.catalog.messages(), bytes: state.catalog.bytes(), unindexed: 0 }
    }
}

impl State {
    /// The ids of the newest selected messages before `before`, or of all: the newest first, at most `limit`.
    fn newest_before(&self, selection: &Selection, before: Option<EventId>, limit: usize) -> Vec<EventId> {
        let sources = self.catalog.selected(selection).into_iter().map(|(_, kept)| {
            let end =
                before.map_or(kept.handle.len(), |before| kept.handle.partition_point(|id| *id < before));
            kept.handle.range(..end).rev().map(|id| Ok::<_, Infallible>(Reverse(*id)))
        });
        let Ok(ids) = merge(sources, limit);
        ids.into_iter().map(|Reverse(id)| id).collect()
    }

    fn page(&self, ids: impl Iterator<Item = EventId>) -> Vec<Message> {
        let messages = ids.filter_map(|id| self.messages.get(&id).cloned());
        let Ok(page) = page_of(messages.map(Ok::<_, Infallible>));
        page
    }

    /// Takes a channel out, or makes it, to be put back changed.
    fn take(&mut self, channel: &Channel, first: EventId) -> Kept<VecDeque<EventId>> {
        let known = self.catalog.take(channel);
        known.unwrap_or_else(|| Kept::new(VecDeque::new(), first, self.catalog.retention(channel)))
    }

    fn carry_out(&mut self, plan: Plan<'_>) -> Vec<Outcome> {
        self.clock = plan.clock;
        for row in plan.rows {
            let mut kept = self.take(row.channel, row.id);
            kept.add(row.id, row.data.len() as u64);
            kept.handle.push_back(row.id);
            self.catalog.put(row.channel.clone(), kept);
            let (event, data) = (row.event.cloned(), row.data.to_owned());
            self.messages.insert(row.id, Message { channel: row.channel.clone(), id: row.id, event, data });
        }
        for ((channel, key), used) in plan.keys {
            let place = (channel.clone(), key.clone());
            if let Some(expired) = self.keys.insert(place.clone(), used) {
                self.key_times.remove(&expired.first);
            }
            self.key_times.insert(used.first, place);
        }
        plan.outcomes
    }

    fn trim_messages(&mut self, now: Millis, limit: usize) -> usize {
        let mut forgotten = 0;
        for channel in self.catalog.beyond_retention(now) {
            let Some(mut kept) = self.catalog.take(&channel) else { continue };
            while forgotten < limit
                && let Some(oldest) = kept.beyond_retention(now)
            {
                let bytes = self.messages.remove(&oldest).map_or(0, |message| message.data.len() as u64);
                kept.handle.pop_front();
                kept.forget(oldest, bytes, kept.handle.front().copied());
                forgotten += 1;
            }
            self.catalog.put(channel, kept);
        }
        forgotten
    }

    fn trim_keys(&mut self, remembered: Millis, limit: usize) -> usize {
        let remembered = EventId::new(remembered, 0);
        let expired: Vec<EventId> =
            self.key_times.range(..remembered).map(|(first, _)| *first).take(limit).collect();
        for first in &expired {
            if let Some(place) = self.key_times.remove(first) {
                self.keys.remove(&place);
            }
        }
        expired.len()
    }
}

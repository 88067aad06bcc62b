//! Who is where, derived from the streams that are open: who watches the channel `X.here`, and says who they are, is in
//! `X`. Whoever comes and goes is told to that channel, as events that are not kept.
//!
//! Nothing of it is remembered beyond the streams, so it is right after a crash, too: who is there comes back.

#[cfg(test)]
mod tests;

use crate::{
    hub::{Hub, writer},
    model::{
        channel::Channel,
        message::Draft,
        person::{Name, Person, PersonId},
        room::{self, Change},
        selection::Selection,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

/// In how many channels a stream may say that somebody is.
pub const MOST_CHANNELS: usize = 16;

/// Who comes and goes within this time is told in one event: where all come at once, each event goes to all.
const TOGETHER: Duration = Duration::from_millis(100);

/// For how long the other nodes are told of a new name: some of them may miss it once.
const NAMES_HOLD: Duration = Duration::from_secs(5);

/// Who is where. Clones share one state.
#[derive(Clone, Debug)]
pub struct Presence(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    // A std Mutex: it is never held over an await.
    state: Mutex<State>,
    /// Something is to be told, or will be.
    changed: Notify,
    /// How long somebody may be gone before they have left.
    grace: Duration,
}

#[derive(Debug)]
struct State {
    version: u64,
    channels: HashMap<Channel, People>,
    /// Who was gone when, the earliest first.
    gone: VecDeque<(Instant, Channel, PersonId)>,
    /// Who has a stream at which of the other nodes.
    elsewhere: HashMap<String, BTreeSet<(Channel, PersonId)>>,
    /// The names that were given here lately, for the other nodes.
    renamed: VecDeque<(Instant, Channel, Person)>,
}

/// The people in a channel.
#[derive(Debug, Default)]
struct People {
    here: BTreeMap<PersonId, Here>,
    /// Whose coming or going is not told yet.
    untold: BTreeSet<PersonId>,
    /// The version that was told last.
    told: u64,
}

#[derive(Debug)]
struct Here {
    name: Option<Name>,
    streams: usize,
    /// At how many other nodes.
    nodes: usize,
    /// Since when there is no stream anywhere.
    gone: Option<Instant>,
}

/// What one node tells the others of people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Who has a stream at it.
    here: Vec<(Channel, Vec<Person>)>,
    /// The names that were given at it lately.
    renamed: Vec<(Channel, Person)>,
}

/// Who is in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// How many there are.
    pub count: usize,
    /// Changes with a version that is not higher are in it.
    pub version: u64,
    /// The first of them, in the order of their ids.
    pub people: Vec<Person>,
}

/// A stream's part in it, for as long as it lives.
#[derive(Debug)]
pub struct Stay {
    presence: Presence,
    person: PersonId,
    channels: Vec<Channel>,
}

impl Presence {
    /// Nobody yet. Whose streams are all gone for `grace` has left.
    pub fn new(grace: Duration) -> Self {
        let state = State {
            version: writer::now(),
            channels: HashMap::new(),
            gone: VecDeque::new(),
            elsewhere: HashMap::new(),
            renamed: VecDeque::new(),
        };
        Self(Arc::new(Shared { state: Mutex::new(state), changed: Notify::new(), grace }))
    }

    /// Notes that a person has a stream of this; none where it says nothing of who is where.
    pub fn enter(&self, person: Person, selection: &Selection) -> Option<Stay> {
        let channels: Vec<_> = room::places(selection).collect();
        if channels.is_empty() {
            return None;
        }
        let Person { id, name } = person;
        let mut state = self.state();
        for channel in &channels {
            state.channels.entry(channel.clone()).or_default().come(&id, name.as_ref()).streams += 1;
        }
        drop(state);
        self.0.changed.notify_one();
        Some(Stay { presence: self.clone(), person: id, channels })
    }

    /// Gives a person another name, wherever they are and whoever says so may tell it.
    pub fn rename(&self, person: &Person, may: impl Fn(&Channel) -> bool) {
        let mut state = self.state();
        let State { channels, renamed, .. } = &mut *state;
        for (channel, people) in channels.iter_mut().filter(|(channel, _)| may(channel)) {
            if people.rename(person) {
                renamed.push_back((Instant::now(), channel.clone(), person.clone()));
            }
        }
        drop(state);
        self.0.changed.notify_one();
    }

    /// What the other nodes are to know.
    pub fn told(&self) -> Told {
        let mut state = self.state();
        let now = Instant::now();
        while state.renamed.pop_front_if(|(since, ..)| *since + NAMES_HOLD < now).is_some() {}
        let here = state.channels.iter().map(|(channel, people)| {
            let here = people.here.iter().filter(|(_, here)| here.streams > 0);
            let people = here.map(|(id, here)| Person { id: id.clone(), name: here.name.clone() }).collect();
            (channel.clone(), people)
        });
        let mut here: Vec<(_, Vec<_>)> =
            here.filter(|(_, people): &(_, Vec<_>)| !people.is_empty()).collect();
        here.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Told {
            here,
            renamed: state
                .renamed
                .iter()
                .map(|(_, channel, person)| (channel.clone(), person.clone()))
                .collect(),
        }
    }

    /// What another node tells.
    pub fn hear(&self, node: &str, told: Told) {
        let mut state = self.state();
        let State { channels, gone, elsewhere, .. } = &mut *state;
        let before = elsewhere.remove(node).unwrap_or_default();
        let mut now = BTreeSet::new();
        for (channel, people) in told.here {
            for Person { id, name } in people {
                let place = (channel.clone(), id);
                let here = channels.entry(channel.clone()).or_default().come(&place.1, name.as_ref());
                here.nodes += usize::from(!before.contains(&place));
                now.insert(place);
            }
        }
        for (channel, person) in before.difference(&now) {
            if let Some(here) = channels.get_mut(channel).and_then(|people| people.here.get_mut(person)) {
                here.nodes = here.nodes.saturating_sub(1);
                here.leave(channel, person, gone);
            }
        }
        if !now.is_empty() {
            elsewhere.insert(node.to_owned(), now);
        }
        for (channel, person) in told.renamed {
            if let Some(people) = channels.get_mut(&channel) {
                people.rename(&person);
            }
        }
        drop(state);
        self.0.changed.notify_one();
    }

    /// The other nodes that told of somebody.
    pub fn heard_of(&self) -> Vec<String> {
        self.state().elsewhere.keys().cloned().collect()
    }

    /// Who is in this channel: how many, and the first `most` of them.
    pub fn people(&self, channel: &Channel, most: usize) -> List {
        let state = self.state();
        let people = state.channels.get(channel);
        let here = people.into_iter().flat_map(|people| &people.here).take(most);
        List {
            version: state.version,
            count: people.map_or(0, |people| people.here.len()),
            people: here.map(|(id, here)| Person { id: id.clone(), name: here.name.clone() }).collect(),
        }
    }

    /// Tells who comes and who goes, until the hub is gone.
    pub async fn run(self, hub: Weak<Hub>) {
        loop {
            let next = self.state().gone.front().map(|(since, ..)| *since + self.0.grace);
            let expiry = async {
                match next {
                    Some(next) => sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.0.changed.notified() => sleep(TOGETHER).await,
                () = expiry => {}
            }
            let changes = self.take(Instant::now());
            let Some(hub) = hub.upgrade() else { return };
            for (channel, change) in changes {
                // Texts and numbers always have a JSON text.
                let data = serde_json::to_string(&change).unwrap_or_default();
                let draft = Draft { event: Some(room::PRESENCE), data };
                hub.tell(&channel, &draft);
            }
        }
    }

    /// What is to be told now, and to which channels.
    fn take(&self, now: Instant) -> Vec<(Channel, Change)> {
        let mut state = self.state();
        let State { version, channels, gone, .. } = &mut *state;
        while let Some((since, channel, person)) =
            gone.pop_front_if(|(since, ..)| *since + self.0.grace <= now)
        {
            let Some(people) = channels.get_mut(&channel) else { continue };
            // Who came back meanwhile is not gone, or not since then.
            if people.here.get(&person).is_some_and(|here| here.gone == Some(since)) {
                people.here.remove(&person);
                people.untold.insert(person);
            }
        }
        let mut changes = Vec::new();
        for (channel, people) in channels.iter_mut().filter(|(_, people)| !people.untold.is_empty()) {
            let (mut joined, mut left) = (Vec::new(), Vec::new());
            for id in std::mem::take(&mut people.untold) {
                match people.here.get(&id) {
                    Some(here) => joined.push(Person { id, name: here.name.clone() }),
                    None => left.push(id),
                }
            }
            *version = writer::now().max(*version + 1);
            let after = std::mem::replace(&mut people.told, *version);
            // Whoever is here watched it, so its name is not too long.
            if let Ok(here) = room::here(channel) {
                changes.push((here, Change { after, version: *version, joined, left }));
            }
        }
        channels.retain(|_, people| !people.here.is_empty());
        changes
    }

    fn leave(&self, person: &PersonId, channels: &[Channel]) {
        let mut state = self.state();
        let State { channels: all, gone, .. } = &mut *state;
        for channel in channels {
            let people = all.get_mut(channel);
            let Some(here) = people.and_then(|people| people.here.get_mut(person)) else { continue };
            here.streams -= 1;
            here.leave(channel, person, gone);
        }
        drop(state);
        self.0.changed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No operation leaves the state half changed, so a panic elsewhere does not make it wrong.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl People {
    /// Somebody is here, with this name if it is known.
    fn come(&mut self, id: &PersonId, name: Option<&Name>) -> &mut Here {
        let is_new = !self.here.contains_key(id);
        let here = self.here.entry(id.clone()).or_insert_with(|| Here {
            name: name.cloned(),
            streams: 0,
            nodes: 0,
            gone: None,
        });
        if is_new || name.is_some() && here.name.as_ref() != name {
            self.untold.insert(id.clone());
        }
        here.gone = None;
        here.name = name.cloned().or(here.name.take());
        here
    }

    /// Gives somebody a name; whether they are here and had another.
    fn rename(&mut self, person: &Person) -> bool {
        let Some(here) = self.here.get_mut(&person.id).filter(|here| here.name != person.name) else {
            return false;
        };
        here.name.clone_from(&person.name);
        self.untold.insert(person.id.clone());
        true
    }
}

impl Here {
    /// Notes since when there is no stream, if there is none.
    fn leave(
        &mut self,
        channel: &Channel,
        person: &PersonId,
        gone: &mut VecDeque<(Instant, Channel, PersonId)>,
    ) {
        if self.streams == 0 && self.nodes == 0 {
            let now = Instant::now();
            self.gone = Some(now);
            gone.push_back((now, channel.clone(), person.clone()));
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.presence.leave(&self.person, &self.channels);
    }
}

//! What this browser has said and the server has not acknowledged. It is kept over a reload, and sent again under the same
//! key until it is acknowledged: so it is published, and published once.

use super::{super::remembered, line::Line, people::Shown};
use crate::{
    api::Say,
    client::{call, clock},
    model::{problem::Problem, query, room::Room},
};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, server_fn::ServerFn, task::spawn_local};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// The first wait after a server that could not be reached, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Something that was said here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pending {
    pub key: String,
    pub text: String,
    pub picture: String,
    /// When, in milliseconds since the Unix epoch.
    pub time: u64,
    pub state: State,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// It waits for its turn, or for the connection.
    #[default]
    Waiting,
    /// It is on its way.
    Sending,
    /// The server has it.
    Sent,
    /// The server refused it, or it is too old to be sent by itself.
    Failed(Option<Problem>),
}

/// What was said here in one room.
#[derive(Clone, Copy)]
pub(super) struct Outbox {
    room: StoredValue<String>,
    pending: RwSignal<Vec<Pending>>,
    /// Whether one is on its way: they are sent one after another, in their order.
    is_sending: StoredValue<bool>,
    wait: StoredValue<Duration>,
    /// What was said longer ago is not sent by itself: the server may have forgotten its key.
    fresh: u64,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Outbox {
    /// The server remembers a key for `key_window`, in milliseconds.
    pub(super) fn new(room: Option<&Room>, key_window: u64) -> Self {
        Self {
            room: StoredValue::new(room.map(Room::to_string).unwrap_or_default()),
            pending: RwSignal::default(),
            is_sending: StoredValue::new(false),
            wait: StoredValue::new(FIRST_WAIT),
            fresh: key_window / 2,
            timer: StoredValue::new(None),
        }
    }

    /// Takes up what an earlier page of this room has left, but for what is known to be there.
    pub(super) fn take_up(self, is_there: impl Fn(&str) -> bool) {
        let place = self.place("");
        let mut left: Vec<Pending> = Vec::new();
        for name in remembered::names(&place) {
            let key = name.strip_prefix(&place).unwrap_or_default().to_owned();
            match remembered::get(&name).and_then(|text| read(key, &text)) {
                Some(pending) if !is_there(&pending.key) => left.push(pending),
                _ => remembered::forget(&name),
            }
        }
        left.sort_by_key(|pending| pending.time);
        self.pending.set(left);
        on_cleanup(move || self.stop_timer());
        self.send_now();
    }

    /// Says something.
    pub(super) fn say(self, key: String, text: String, picture: String) {
        let pending = Pending { key, text, picture, time: clock::now(), state: State::Waiting };
        remembered::set(&self.place(&pending.key), &written(&pending));
        self.pending.update(|all| all.push(pending));
        self.send_now();
    }

    /// The connection is back, or somebody wants to know: sends what waits.
    pub(super) fn send_now(self) {
        self.wait.set_value(FIRST_WAIT);
        self.stop_timer();
        self.send_next();
    }

    /// Sends once more what was refused, or is old; from now on it counts as said now.
    pub(super) fn retry(self, key: &str) {
        self.pending.update(|all| {
            if let Some(pending) = all.iter_mut().find(|pending| pending.key == key) {
                (pending.state, pending.time) = (State::Waiting, clock::now());
            }
        });
        self.send_now();
    }

    /// Whether anything was refused, or is too old. Subscribes the current reactive scope.
    pub(super) fn has_failed(self) -> bool {
        self.pending.with(|all| all.iter().any(|pending| matches!(pending.state, State::Failed(_))))
    }

    /// Gives up what was said under this key, or it has come back from the server.
    pub(super) fn remove(self, key: &str) {
        if self.pending.with_untracked(|all| all.iter().any(|pending| pending.key == key)) {
            self.pending.update(|all| all.retain(|pending| pending.key != key));
            remembered::forget(&self.place(key));
        }
    }

    /// What became of what was said under this key; none where it is not here. Subscribes the current reactive scope.
    pub(super) fn state(self, key: &str) -> Option<State> {
        let found = |all: &Vec<Pending>| {
            all.iter().find(|pending| pending.key == key).map(|pending| pending.state.clone())
        };
        self.pending.with(found)
    }

    /// What is here, as lines. Subscribes the current reactive scope.
    pub(super) fn lines(self, me: &Shown) -> Vec<Arc<Line>> {
        let line = |pending: &Pending| {
            Arc::new(Line {
                key: pending.key.clone(),
                from: me.id.clone(),
                name: me.name.clone(),
                text: pending.text.clone(),
                picture: pending.picture.clone(),
                time: pending.time,
                ..Line::default()
            })
        };
        self.pending.with(|all| all.iter().map(line).collect())
    }

    fn send_next(self) {
        self.expire();
        let next = self
            .pending
            .with_untracked(|all| all.iter().find(|pending| pending.state == State::Waiting).cloned());
        let Some(next) = next.filter(|_| !self.is_sending.get_value()) else { return };
        self.is_sending.set_value(true);
        self.set(&next.key, State::Sending);
        let room = self.room.get_value();
        spawn_local(async move {
            let said =
                [("room", &*room), ("text", &next.text), ("picture", &next.picture), ("key", &next.key)];
            let answer = call::call(Say::PATH, &said).await;
            // The page may be gone by now; what it kept is taken up by the next.
            if self.is_sending.try_set_value(false).is_some() {
                return;
            }
            let is_late = match answer {
                Ok(_) => {
                    self.set(&next.key, State::Sent);
                    remembered::forget(&self.place(&next.key));
                    false
                }
                // Published before, when the person had another name.
                Err(problem) if problem.kind.ends_with(":key-reused") => {
                    self.remove(&next.key);
                    false
                }
                Err(problem) if is_passing(problem.status) => {
                    self.set(&next.key, State::Waiting);
                    true
                }
                Err(problem) => {
                    self.set(&next.key, State::Failed(Some(problem)));
                    false
                }
            };
            if is_late {
                self.send_later();
            } else {
                self.wait.set_value(FIRST_WAIT);
                self.send_next();
            }
        });
    }

    /// What is too old by now waits for the person.
    fn expire(self) {
        let now = clock::now();
        let is_old = |pending: &Pending| pending.state == State::Waiting && pending.time + self.fresh < now;
        if self.pending.with_untracked(|all| all.iter().any(is_old)) {
            self.pending.update(|all| {
                for pending in all.iter_mut().filter(|pending| is_old(pending)) {
                    pending.state = State::Failed(None);
                }
            });
        }
    }

    fn send_later(self) {
        let wait = self.wait.get_value();
        self.wait.set_value((wait * 2).min(LONGEST_WAIT));
        self.stop_timer();
        self.timer.set_value(set_timeout_with_handle(move || self.send_next(), wait).ok());
    }

    fn stop_timer(self) {
        if let Some(Some(timer)) = self.timer.try_update_value(Option::take) {
            timer.clear();
        }
    }

    fn set(self, key: &str, state: State) {
        self.pending.update(|all| {
            if let Some(pending) = all.iter_mut().find(|pending| pending.key == key) {
                pending.state = state;
            }
        });
    }

    fn place(self, key: &str) -> String {
        format!("outbox.{}.{key}", self.room.get_value())
    }
}

/// The rooms in which this browser has said something that the server may not have.
pub(super) fn rooms() -> Vec<Room> {
    let names = remembered::names("outbox.");
    let rooms = names.iter().filter_map(|name| name.split('.').nth(1)?.parse().ok());
    rooms.collect::<BTreeSet<Room>>().into_iter().collect()
}

/// Whether the same request may well be answered in a moment: no answer came, or one that says so.
fn is_passing(status: u16) -> bool {
    matches!(status, 0 | 408 | 425 | 429 | 500..)
}

fn written(pending: &Pending) -> String {
    let mut text = String::new();
    query::push(&mut text, "time", &pending.time.to_string());
    query::push(&mut text, "text", &pending.text);
    query::push(&mut text, "picture", &pending.picture);
    text
}

fn read(key: String, text: &str) -> Option<Pending> {
    let mut pending = Pending { key, ..Pending::default() };
    for (name, value) in query::pairs(text) {
        match name.as_str() {
            "time" => pending.time = value.parse().ok()?,
            "text" => pending.text = value,
            "picture" => pending.picture = value,
            _ => return None,
        }
    }
    Some(pending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_answered_in_a_moment_is_sent_again() {
        for (status, again) in [(0, true), (429, true), (503, true), (507, true), (400, false), (413, false)]
        {
            assert_eq!(is_passing(status), again, "{status}");
        }
    }
}

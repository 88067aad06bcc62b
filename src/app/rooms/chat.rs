//! A room as the page has it: what its parts share.

use super::{
    line::{Line, Row, rows},
    outbox::Outbox,
    people::{People, Shown, Typists},
    picture::Refusal,
    times::day,
    window::Window,
};
use crate::{
    client::{feed::Event, machine::Status},
    model::{EventId, room::Room},
};
use leptos::{html, prelude::*};
use std::collections::HashSet;

/// A room in the list of rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// How many of its messages this browser has not read; no more than are counted one by one, and one.
    pub unread: usize,
}

/// What the server knew when it rendered the page.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The room; none where one is to be chosen.
    pub room: Option<Room>,
    /// Whether a room was asked for whose name is none.
    pub is_wrong: bool,
    /// The id and the name of this browser's person; an empty name where none was given.
    pub me: (String, String),
    /// The rooms, those in which something was said last first.
    pub rooms: Vec<Entry>,
    /// The messages, the oldest first.
    pub events: Vec<Event>,
    /// Whether there are messages before and after them.
    pub has_earlier: bool,
    /// See `has_earlier`.
    pub has_later: bool,
    /// Up to where this browser had read the room.
    pub read: Option<EventId>,
    /// Who is here: ids and names.
    pub people: Vec<(String, String)>,
    /// How many are here.
    pub people_count: usize,
    /// The version of that.
    pub people_version: u64,
    /// The id of the newest event there was, of any channel: what comes is after it.
    pub tail: String,
    /// The largest picture that can be sent, in bytes.
    pub largest_picture: usize,
    /// How long the hub remembers an idempotency key, in milliseconds.
    pub key_window: u64,
    /// The words that were searched for, and what has them, the newest first.
    pub found: Option<(String, Vec<Event>)>,
    /// Whether there is more than that.
    pub has_found_more: bool,
    /// The id of the message that the page was opened for.
    pub aimed: String,
}

/// What was searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub words: String,
    pub lines: Vec<Line>,
    /// Whether there is more than that.
    pub has_more: bool,
    /// Why there is nothing, if the search failed.
    pub problem: Option<String>,
}

/// The room's handle.
#[derive(Clone, Copy)]
pub(super) struct Chat {
    pub room: StoredValue<Option<Room>>,
    pub me: Signal<Shown>,
    pub rooms: RwSignal<Vec<Entry>>,
    pub window: RwSignal<Window>,
    pub outbox: Outbox,
    pub people: RwSignal<People>,
    pub typists: RwSignal<Typists>,
    pub status: Signal<Status>,
    pub found: RwSignal<Option<Found>>,
    /// The id of the message that a person went to.
    pub aimed: RwSignal<String>,
    /// Whether the end of the room is in view, and stays there.
    pub is_following: RwSignal<bool>,
    /// How many messages came while it was not in view.
    pub unseen: RwSignal<usize>,
    /// Whether messages could not be loaded when they were last asked for.
    pub is_short: RwSignal<bool>,
    /// What is said to those who do not see it.
    pub said: RwSignal<String>,
    /// What was new when the page was opened is parted from what was read before; none where nothing was.
    pub read: Option<EventId>,
    pub largest_picture: usize,
    /// The picture that goes with what is said next; empty where there is none. Why another was not taken.
    pub picture: RwSignal<String>,
    /// See `picture`.
    pub refusal: RwSignal<Option<Refusal>>,
    /// The element that scrolls.
    pub timeline: NodeRef<html::Div>,
}

impl Chat {
    /// The room as the server knew it.
    pub(super) fn new(content: &Content, status: Signal<Status>) -> Self {
        let (id, name) = content.me.clone();
        let lines = content.events.iter().map(Line::of).collect();
        let found = content.found.as_ref().map(|(words, events)| Found {
            words: words.clone(),
            has_more: content.has_found_more,
            lines: events.iter().map(Line::of).collect(),
            problem: None,
        });
        let here = content.people.iter().map(|(id, name)| Shown { id: id.clone(), name: name.clone() });
        let people = People::listed(content.people_version, here.collect(), content.people_count);
        Self {
            room: StoredValue::new(content.room.clone()),
            me: Signal::stored(Shown { id, name }),
            rooms: RwSignal::new(content.rooms.clone()),
            window: RwSignal::new(Window::new(lines, content.has_earlier, content.has_later)),
            outbox: Outbox::new(content.room.as_ref(), content.key_window),
            people: RwSignal::new(people),
            typists: RwSignal::default(),
            status,
            found: RwSignal::new(found),
            aimed: RwSignal::new(content.aimed.clone()),
            is_following: RwSignal::new(!content.has_later),
            unseen: RwSignal::new(0),
            is_short: RwSignal::new(false),
            said: RwSignal::default(),
            read: content.read.filter(|read| {
                content.events.iter().any(|event| event.id.parse::<EventId>().is_ok_and(|id| id > *read))
            }),
            largest_picture: content.largest_picture,
            picture: RwSignal::default(),
            refusal: RwSignal::new(None),
            timeline: NodeRef::new(),
        }
    }

    /// The rows: the messages, and after them what was said here and has not come back yet.
    pub(super) fn rows(self) -> Vec<Row> {
        let pending = self.outbox.lines(&self.me.get());
        self.window.with(|window| {
            let keys: HashSet<&str> = match pending.is_empty() {
                true => HashSet::new(),
                false => window.lines().map(|line| line.key.as_str()).collect(),
            };
            let pending = pending.iter().filter(|line| !keys.contains(line.key.as_str()));
            rows(window.lines().chain(pending), self.read, day)
        })
    }

    /// Says something to those who do not see it. The same twice is said twice.
    pub(super) fn say(self, text: &str) {
        // A live region that does not change is not read again.
        let is_same = self.said.with_untracked(|said| said == text);
        self.said.set(if is_same { format!("{text}\u{200b}") } else { text.to_owned() });
    }

    /// The channel of the room.
    pub(super) fn channel(self) -> String {
        self.room.with_value(|room| room.as_ref().map(|room| room.channel().to_string()).unwrap_or_default())
    }

    /// The room's name; empty where there is none.
    pub(super) fn name(self) -> String {
        self.room.with_value(|room| room.as_ref().map(Room::to_string).unwrap_or_default())
    }
}

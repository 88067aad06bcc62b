//! What comes: collected as it comes, and taken together once a frame.

use super::{chat::Chat, json, line::Line, live, moves, pages, text::texts, window::Window};
use crate::{
    client::{clock, feed::Event},
    model::{
        EventId,
        channel::Channel,
        room::{PRESENCE, Room, TYPING},
    },
};
use leptos::prelude::*;

/// The events that came since the last frame.
#[derive(Clone, Copy)]
pub(super) struct Incoming {
    events: StoredValue<Vec<Event>>,
    /// The newest message of any room that was taken. Ids go up, so what is not newer has been here.
    newest: StoredValue<Option<EventId>>,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self { events: StoredValue::default(), newest: StoredValue::new(None) }
    }

    /// Adds an event.
    pub(super) fn push(self, event: Event) {
        let id = event.id.parse::<EventId>().ok();
        let is_new = self.newest.try_update_value(|newest| {
            let is_new = id.is_none() || id > *newest;
            *newest = id.max(*newest);
            is_new
        });
        if is_new == Some(true) {
            self.events.update_value(|events| events.push(event));
        }
    }

    /// Takes what has come into the room, in its order.
    pub(super) fn take(self, chat: Chat) {
        let events = self.events.try_update_value(std::mem::take).unwrap_or_default();
        if !events.is_empty() {
            take(chat, events);
        }
    }
}

/// Takes events: those of the room into its lines, those of others as unread.
fn take(chat: Chat, events: Vec<Event>) {
    let room = chat.room.get_value();
    let (channel, here) = room.as_ref().map(|room| (room.channel(), room.here())).unzip();
    let is_of = |channel: &Option<Channel>, event: &Event| {
        channel.as_ref().is_some_and(|channel| channel.as_str() == event.channel)
    };
    let (mut lines, mut has_gap) = (Vec::new(), false);
    for event in events {
        if event.is_gap {
            // Messages are gone that should come next; of which room is not said.
            has_gap = room.is_some();
            lines.clear();
            continue;
        }
        if is_of(&channel, &event) {
            lines.push(Line::of(&event));
        } else if is_of(&here, &event) {
            note(chat, &event);
        } else if let Some(other) = Room::of(&event.channel) {
            let id = event.id.parse::<EventId>().ok();
            // Another tab, which is in view and so is faster, may have read it by now.
            if id > live::read_up_to(other.as_str()) {
                live::set_unread(chat, other.as_str(), |unread| unread + 1);
            }
        }
    }
    if has_gap {
        moves::begin_anew(chat);
        live::list_people(chat);
    } else if !lines.is_empty() {
        arrive(chat, lines);
    }
}

/// Who comes, who goes, who types.
fn note(chat: Chat, event: &Event) {
    if event.name == PRESENCE.as_str() {
        if let Some(change) = json::change(&event.data) {
            for id in &change.left {
                chat.typists.maybe_update(|typists| typists.clear(id));
            }
            if chat.people.try_update(|people| people.change(change)) == Some(true) {
                live::list_people(chat);
            }
        }
    } else if event.name == TYPING.as_str()
        && let Some(person) = js_sys::JSON::parse(&event.data).ok().and_then(|person| json::person(&person))
        && chat.me.with_untracked(|me| me.id != person.id)
    {
        chat.typists.update(|typists| typists.note(person, clock::monotonic()));
    }
}

/// Takes what was said in the room.
fn arrive(chat: Chat, lines: Vec<Line>) {
    let me = chat.me.get_untracked();
    let is_read = !chat.is_following.get_untracked();
    let mut others = lines.iter().filter(|line| line.from != me.id || line.from.is_empty());
    let (count, last) = (others.clone().count(), others.next_back().cloned());
    for line in &lines {
        chat.typists.maybe_update(|typists| typists.clear(&line.from));
        chat.outbox.remove(&line.key);
    }
    let mut number = 0;
    let add = |window: &mut Window| {
        for mut line in lines {
            if line.id.is_empty() {
                // It is not kept, so nothing tells it from others but when it came.
                number += 1;
                line.key = format!("{}.{number}", clock::monotonic());
            }
            window.arrive(line, is_read);
        }
    };
    if is_read {
        pages::hold(chat, add);
    } else {
        chat.window.update(add);
    }
    if is_read || !live::is_visible() {
        chat.unseen.update(|unseen| *unseen += count);
        live::set_unread(chat, &chat.name(), |unread| unread + count);
    }
    if let Some(last) = last {
        let name = if last.name.is_empty() { texts().anyone } else { &last.name };
        let said = if last.text.is_empty() { (texts().picture_of)(name) } else { last.text.clone() };
        chat.say(&(texts().said)(name, &said, count));
    }
}

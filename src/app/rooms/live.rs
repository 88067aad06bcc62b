//! What a room does: the stream that it is fed from, and what a person does in it.

use super::{
    Content, View,
    chat::{Chat, Entry},
    incoming::Incoming,
    json::{number, shown},
    moves,
    outbox::{self, Outbox},
    people::People,
    text::{MANY, many, texts},
    window::Window,
};
use crate::{
    api::{Read, Typing},
    app::{address_of, composer::key, notices::Notices, published, remembered},
    client::{
        call, clock,
        feed::{Event, Feed},
        machine::Status,
        options::EventStreamOptions,
        stream::{EventStream, use_event_stream},
    },
    model::{
        EventId,
        room::{CHANNELS, Room},
        selection::Selection,
        source::Source,
    },
};
use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*, server_fn::ServerFn, task::spawn_local};
use std::{cell::Cell, time::Duration};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDetailsElement, HtmlElement, VisibilityState};

/// The most rooms in the list. Anyone can make one.
const MOST_ROOMS: usize = 100;

/// How often others are told that one types.
const TYPING_EVERY: u64 = 3_000;

/// Who is here is asked again after this long where no answer came.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// How often is looked who has stopped typing.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What was read is remembered at once, but not more often than this.
const READ_EVERY: u64 = 700;

/// The page as the server renders it.
#[cfg(feature = "ssr")]
#[component]
pub(super) fn Still(content: Content) -> impl IntoView {
    let chat = Chat::new(&content, Signal::stored(Status::Connecting));
    view! { <View chat is_wrong=content.is_wrong/> }
}

/// The page, connected.
#[component]
pub(super) fn Live(content: Content) -> impl IntoView {
    let is_wrong = content.is_wrong;
    let incoming = Incoming::new();
    // A room's name always fits.
    let stream = channels(content.room.as_ref()).map(|selection| watch(selection, &content.tail, incoming));
    let status = stream.map_or_else(|| Signal::stored(Status::Idle), |stream| stream.status.into());
    let chat = Chat::new(&content, status);
    if let Some(stream) = stream {
        Effect::new(move || {
            stream.events.track();
            incoming.take(chat);
        });
        Effect::new(move || stream.connect());
    }
    if content.room.is_some() {
        keep_up(chat);
    }
    // What was said elsewhere and waits is sent, whichever room is looked at.
    for room in outbox::rooms().into_iter().filter(|room| Some(room) != content.room.as_ref()) {
        Outbox::new(Some(&room), content.key_window).take_up(|_| false);
    }
    keep_title(chat);
    view! { <View chat is_wrong/> }
}

/// The room, who is there, and the other rooms.
fn channels(room: Option<&Room>) -> Option<Selection> {
    let own = room.into_iter().flat_map(|room| [room.channel(), room.here()].map(String::from));
    let channels: Vec<_> = own.chain([format!("{CHANNELS}.*")]).collect();
    Selection::parse(channels.iter().map(String::as_str)).ok()
}

/// The stream of these channels, after what the page began with.
fn watch(selection: Selection, tail: &str, incoming: Incoming) -> EventStream {
    let notices: Notices = expect_context();
    let source = Source::Channels(selection.clone());
    let options = EventStreamOptions::at(move || address_of(&source))
        .resume_after(tail.to_owned())
        .share(selection, |selection| address_of(&Source::Channels(selection.clone())))
        // What comes is kept in the window. The feed only tells when: it has no copy of each picture.
        .history(Feed::bounded(1, 1))
        .read(move |event| {
            let event = published(event);
            notices.take(&event);
            incoming.push(event);
            Event::default()
        });
    use_event_stream(options)
}

/// What goes on in a room while it is open.
fn keep_up(chat: Chat) {
    let is_there =
        |key: &str| chat.window.with_untracked(|window| window.lines().any(|line| line.key == key));
    chat.outbox.take_up(is_there);
    // Each time that the connection is there: what was sent while it was not may have been missed, and who is here.
    Effect::new(move || {
        if matches!(chat.status.get(), Status::Open { .. }) {
            chat.outbox.send_now();
            list_people(chat);
        }
    });
    // A page that lacks what came while it was on its way is followed by the next one.
    Effect::new(move || {
        if chat.window.with(|window| window.has_later) && chat.is_following.get() {
            moves::load_later(chat);
        }
    });
    Effect::new(move |had: Option<bool>| {
        let has_failed = chat.outbox.has_failed();
        if has_failed && had == Some(false) {
            chat.say(texts().not_sent);
        }
        has_failed
    });
    let looks = set_interval_with_handle(
        move || {
            let now = clock::monotonic();
            chat.typists.maybe_update(|typists| typists.expire(now));
        },
        LOOK_EVERY,
    );
    on_cleanup(move || {
        if let Ok(looks) = looks {
            looks.clear();
        }
    });
    keep_read(chat);
    if let Some(place) = untrack(|| chat.aimed.with(|aimed| (!aimed.is_empty()).then(|| aimed.clone()))) {
        moves::show(chat, place);
    }
}

/// Remembers what was read: what is here while its end is in view, and the page is.
fn keep_read(chat: Chat) {
    let seen = RwSignal::new(is_visible());
    let watching = window_event_listener_untyped("visibilitychange", move |_| seen.set(is_visible()));
    let other = window_event_listener(ev::storage, move |event| {
        // Another tab has read a room.
        let key = event.key().unwrap_or_default();
        let room = remembered::name(&key).and_then(|name| name.strip_prefix("read."));
        if let Some(room) = room {
            set_unread(chat, room, |_| 0);
        }
    });
    on_cleanup(move || {
        watching.remove();
        other.remove();
    });
    let (told, told_at) = (StoredValue::new(chat.window.with_untracked(Window::newest)), StoredValue::new(0));
    let tell = move || {
        told_at.try_set_value(clock::monotonic());
        let Some(newest) = chat.window.try_with_untracked(Window::newest).flatten() else { return };
        let (room, id) = (chat.name(), newest.to_string());
        // For the other tabs.
        remembered::set(&format!("read.{room}"), &id);
        // The server knows what it rendered.
        if told.try_update_value(|told| told.replace(newest)).flatten() == Some(newest) {
            return;
        }
        spawn_local(async move {
            // If it fails the room counts as unread with the next page, which is all that happens.
            let _ = call::call(Read::PATH, &[("room", &room), ("up_to", &id)]).await;
        });
    };
    Effect::new(move |timer: Option<Option<TimeoutHandle>>| {
        chat.window.track();
        if let Some(Some(timer)) = timer {
            timer.clear();
        }
        if !(seen.get() && chat.is_following.get()) {
            return None;
        }
        chat.unseen.set(0);
        set_unread(chat, &chat.name(), |_| 0);
        let wait = (told_at.get_value() + READ_EVERY).saturating_sub(clock::monotonic());
        if wait == 0 {
            tell();
            return None;
        }
        set_timeout_with_handle(tell, Duration::from_millis(wait)).ok()
    });
}

/// The page's title says how much is unread.
fn keep_title(chat: Chat) {
    Effect::new(move || {
        let unread: usize = chat.rooms.with(|rooms| rooms.iter().map(|room| room.unread).sum());
        let count = if unread == 0 { String::new() } else { format!("({}) ", many(unread)) };
        let name = if chat.name().is_empty() { texts().title.to_owned() } else { chat.name() };
        document().set_title(&format!("{count}{name} · Tidings"));
    });
}

/// Changes how many messages of a room are unread.
pub(super) fn set_unread(chat: Chat, name: &str, change: impl Fn(usize) -> usize) {
    chat.rooms.maybe_update(|rooms| {
        if let Some(room) = rooms.iter_mut().find(|room| room.name == name) {
            let unread = change(room.unread).min(MANY + 1);
            return std::mem::replace(&mut room.unread, unread) != unread;
        }
        let has_room = rooms.len() < MOST_ROOMS;
        if has_room {
            rooms.push(Entry { name: name.to_owned(), unread: change(0) });
        }
        has_room
    });
}

/// Up to where a tab of this browser has read a room.
pub(super) fn read_up_to(room: &str) -> Option<EventId> {
    remembered::get(&format!("read.{room}"))?.parse().ok()
}

/// Whether the person sees the page.
pub(super) fn is_visible() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// Asks who is here.
pub(super) fn list_people(chat: Chat) {
    chat.people.update(People::ask);
    spawn_local(async move {
        let Ok(answer) = call::get(&format!("/api/channels/{}/people", chat.channel())).await else {
            chat.people.try_update(People::give_up);
            if chat.status.try_get_untracked().is_some_and(|status| matches!(status, Status::Open { .. })) {
                set_timeout(move || list_people(chat), ASK_AGAIN);
            }
            return;
        };
        let (version, count) = (number(&answer, "version"), number(&answer, "count"));
        let people = People::listed(version, shown(&answer, "people"), count as usize);
        chat.people.try_update(|all| all.take(people));
    });
}

/// Says something, and shows it at once.
pub(super) fn say(chat: Chat, text: String, picture: String) {
    chat.outbox.say(key(), text, picture);
    moves::go_to_newest(chat);
}

/// Tells the others that one types, not too often.
pub(super) fn types(chat: Chat) {
    thread_local! {
        static TOLD: Cell<Option<u64>> = const { Cell::new(None) };
    }
    let now = clock::monotonic();
    if TOLD.get().is_some_and(|told| now < told + TYPING_EVERY) {
        return;
    }
    TOLD.set(Some(now));
    let room = chat.name();
    spawn_local(async move {
        // Nobody misses it.
        let _ = call::call(Typing::PATH, &[("room", &room)]).await;
    });
}

/// Closes the disclosure in which Escape is pressed.
pub(super) fn close_on_escape(event: ev::KeyboardEvent) {
    let target = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    if event.key() == "Escape"
        && let Some(details) = target.and_then(|target| target.dyn_into::<HtmlDetailsElement>().ok())
    {
        details.set_open(false);
        if let Some(summary) = details.query_selector("summary").ok().flatten()
            && let Ok(summary) = summary.dyn_into::<HtmlElement>()
        {
            let _ = summary.focus();
        }
    }
}

//! What a room does: the stream that it is fed from, and what a person does in it.

use super::{
    Content, View,
    chat::{Chat, Entry, Found},
    incoming::Incoming,
    line::Line,
    pages,
    people::{Change, People, Shown},
    text::{MANY, many, texts},
    window::Window,
};
use crate::{
    api::{Read, Typing},
    app::{address_of, published, remembered},
    client::{
        call, clock,
        feed::Feed,
        json::{get, list, text},
        machine::Status,
        options::EventStreamOptions,
        stream::use_event_stream,
    },
    model::{EventId, query, room::Room, selection::Selection, source::Source},
};
use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlDetailsElement};

/// How often others are told that one types.
const TYPING_EVERY: u64 = 3_000;

/// How often is looked who has stopped typing.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What was read is remembered at once, but not more often than this.
const READ_EVERY: u64 = 700;

/// This near to an end, in pixels, what is beyond is loaded; and the end counts as in view.
const NEAR: i32 = 600;
const AT_END: i32 = 40;

/// The page on the server, and in the browser before it is connected.
#[component]
pub(super) fn Still(content: Content) -> impl IntoView {
    let chat = Chat::new(&content, Signal::stored(Status::Connecting));
    view! { <View chat is_wrong=content.is_wrong/> }
}

/// The page, connected.
#[component]
pub(super) fn Live(content: Content) -> impl IntoView {
    let is_wrong = content.is_wrong;
    let (incoming, wanted) = (Incoming::new(), channels(content.room.as_ref()));
    let Ok(selection) = Selection::parse(wanted.iter().map(String::as_str)) else {
        return view! { <Still content/> }.into_any();
    };
    let source = Source::Channels(selection.clone());
    let options = EventStreamOptions::at(move || address_of(&source))
        .resume_after(content.tail.clone())
        .share(selection, |selection| address_of(&Source::Channels(selection.clone())))
        .history(Feed::bounded(1, 1))
        .read(move |event| {
            let event = published(event);
            incoming.push(event.clone());
            event
        });
    let stream = use_event_stream(options);
    let chat = Chat::new(&content, stream.status.into());
    Effect::new(move || {
        stream.events.track();
        incoming.take(|event| super::incoming::take(chat, event));
    });
    Effect::new(move || stream.connect());
    if content.room.is_some() {
        keep_up(chat);
    }
    keep_title(chat);
    view! { <View chat is_wrong/> }.into_any()
}

/// The room, who is there, and the other rooms.
fn channels(room: Option<&Room>) -> Vec<String> {
    let own = room.into_iter().flat_map(|room| [room.channel(), room.here()]);
    own.chain([format!("{}.*", crate::model::room::CHANNELS)]).collect()
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
        show(chat, place);
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
        if told.try_update_value(|told| told.replace(newest)).flatten() == Some(newest) {
            return;
        }
        let (room, id) = (chat.name(), newest.to_string());
        remembered::set(&format!("read.{room}"), &id);
        spawn_local(async move {
            // If it fails the room counts as unread with the next page, which is all that happens.
            let _ = call::call(Read::PATH, &[("room", &room), ("up_to", &id)]).await;
        });
    };
    Effect::new(move |timer: Option<Option<leptos::leptos_dom::helpers::TimeoutHandle>>| {
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
    chat.rooms.maybe_update(|rooms| match rooms.iter_mut().find(|room| room.name == name) {
        Some(room) => {
            let unread = change(room.unread).min(MANY + 1);
            std::mem::replace(&mut room.unread, unread) != unread
        }
        None => {
            rooms.push(Entry { name: name.to_owned(), unread: change(0) });
            true
        }
    });
}

/// Whether the person sees the page.
pub(super) fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// What the server put into the document.
pub(super) fn rendered() -> Option<Content> {
    let json = document().get_element_by_id(super::super::rendered::ELEMENT)?.text_content()?;
    let page = js_sys::JSON::parse(&json).ok()?;
    let events = |page: &JsValue, field: &str| {
        list(page, field).filter_map(|event| crate::client::envelope::event(&event)).collect::<Vec<_>>()
    };
    let number = |value: &JsValue, field: &str| get(value, field).as_f64().unwrap_or_default() as u64;
    let (me, people) = (get(&page, "me"), get(&page, "people"));
    let words = text(&page, "words");
    Some(Content {
        room: text(&page, "room").and_then(|room| room.parse().ok()),
        is_wrong: get(&page, "is_wrong").is_truthy(),
        me: (text(&me, "id")?, text(&me, "name").unwrap_or_default()),
        rooms: list(&page, "rooms")
            .filter_map(|room| {
                Some(Entry { name: text(&room, "name")?, unread: number(&room, "unread") as usize })
            })
            .collect(),
        events: events(&page, "messages"),
        has_earlier: get(&page, "has_earlier").is_truthy(),
        has_later: get(&page, "has_later").is_truthy(),
        read: text(&page, "read").and_then(|id| id.parse().ok()),
        people: shown(&people, "people").into_iter().map(|person| (person.id, person.name)).collect(),
        people_count: number(&people, "count") as usize,
        people_version: number(&people, "version"),
        tail: text(&page, "tail")?,
        largest_picture: number(&page, "largest_picture") as usize,
        found: words.map(|words| (words, events(&page, "found"))),
        aimed: text(&page, "aimed").unwrap_or_default(),
    })
}

/// A person in JSON.
pub(super) fn person(value: &JsValue) -> Option<Shown> {
    Some(Shown { id: text(value, "id")?, name: text(value, "name").unwrap_or_default() })
}

fn shown(value: &JsValue, field: &str) -> Vec<Shown> {
    list(value, field).filter_map(|value| person(&value)).collect()
}

/// The change that an event tells.
pub(super) fn change(data: &str) -> Option<Change> {
    let data = js_sys::JSON::parse(data).ok()?;
    Some(Change {
        version: get(&data, "version").as_f64()? as u64,
        joined: shown(&data, "joined"),
        left: list(&data, "left").filter_map(|id| id.as_string()).collect(),
    })
}

/// Asks who is here.
fn list_people(chat: Chat) {
    chat.people.update(People::ask);
    spawn_local(async move {
        let path = format!("/api/channels/{}.{}/people", crate::model::room::CHANNELS, chat.name());
        let Ok(answer) = call::get(&path).await else { return };
        let number = |field| get(&answer, field).as_f64().unwrap_or_default();
        let people =
            People::listed(number("version") as u64, shown(&answer, "people"), number("count") as usize);
        chat.people.try_update(|all| all.take(people));
    });
}

/// Says something, and shows it at once.
pub(super) fn say(chat: Chat, text: String, picture: String) {
    let bits = || (js_sys::Math::random() * 2f64.powi(53)) as u64;
    chat.outbox.say(format!("room-{:x}-{:x}", bits(), bits()), text, picture);
    go_to_newest(chat);
}

/// Tells the others that one types, not too often.
pub(super) fn types(chat: Chat) {
    thread_local! {
        static TOLD: std::cell::Cell<Option<u64>> = const { std::cell::Cell::new(None) };
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

/// Loads what is beyond an end that comes near, and notes whether the end of the room is in view.
pub(super) fn scrolled(chat: Chat) {
    let Some(timeline) = chat.timeline.get_untracked() else { return };
    // The place counts from the end, and is negative before it.
    let from_end = -timeline.scroll_top();
    let from_beginning = timeline.scroll_height() - timeline.client_height() - from_end;
    let (has_earlier, has_later) =
        chat.window.with_untracked(|window| (window.has_earlier, window.has_later));
    let is_following = from_end < AT_END && !has_later;
    if chat.is_following.get_untracked() != is_following {
        chat.is_following.set(is_following);
    }
    if has_earlier && from_beginning < NEAR {
        load_earlier(chat);
    } else if has_later && from_end < NEAR {
        load_later(chat);
    }
}

/// Loads what comes before.
pub(super) fn load_earlier(chat: Chat) {
    let Some(oldest) = chat.window.with_untracked(Window::oldest) else { return };
    pages::load(chat, format!("before={oldest}"), move |lines, more| {
        pages::hold(chat, move |window| window.prepend(lines, more));
    });
}

/// Loads what comes after.
pub(super) fn load_later(chat: Chat) {
    let Some(newest) = chat.window.with_untracked(Window::newest) else { return };
    pages::load(chat, format!("after={newest}"), move |lines, more| {
        pages::hold(chat, move |window| window.append(lines, more));
    });
}

/// Shows the end of the room.
pub(super) fn go_to_newest(chat: Chat) {
    chat.aimed.set(String::new());
    let to_end = move || {
        chat.is_following.set(true);
        chat.unseen.set(0);
        if let Some(timeline) = chat.timeline.get_untracked() {
            timeline.set_scroll_top(0);
        }
    };
    if chat.window.with_untracked(|window| window.has_later) {
        pages::load(chat, String::new(), move |lines, more| {
            chat.window.set(Window::new(lines, more, false));
            to_end();
        });
    } else {
        to_end();
    }
}

/// What came is gone, or is not to be had one by one: shows the end of the room as it is now.
pub(super) fn begin_anew(chat: Chat) {
    pages::load(chat, String::new(), move |lines, more| {
        chat.window.set(Window::new(lines, more, false));
    });
}

/// Shows a message and what is around it.
pub(super) fn go_to(chat: Chat, id: String) {
    if chat.window.with_untracked(|window| window.lines().any(|line| line.id == id)) {
        return show(chat, id);
    }
    let Ok(place) = id.parse::<EventId>() else { return };
    let after = EventId::new(place.milliseconds(), place.sequence().saturating_add(1));
    pages::load(chat, format!("before={after}"), move |lines, has_earlier| {
        chat.is_following.set(false);
        chat.window.set(Window::new(lines, has_earlier, true));
        pages::load(chat, format!("after={place}"), move |lines, more| {
            chat.window.update(|window| window.append(lines, more));
            show(chat, id);
        });
    });
}

/// Brings a line that is here into view.
fn show(chat: Chat, id: String) {
    chat.aimed.set(id.clone());
    spawn_local(async move {
        leptos::task::tick().await;
        let line = chat
            .timeline
            .get_untracked()
            .and_then(|timeline| timeline.query_selector(&format!("[data-id=\"{id}\"]")).ok().flatten());
        if let Some(line) = line {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Center);
            line.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}

/// Looks for words in the room.
pub(super) fn search(chat: Chat, words: String) {
    spawn_local(async move {
        let mut asked = String::new();
        query::push(&mut asked, "q", &words);
        query::push(&mut asked, "channel", &format!("{}.{}", crate::model::room::CHANNELS, chat.name()));
        query::push(&mut asked, "limit", &super::HITS.to_string());
        let found = match call::get(&format!("/api/search?{asked}")).await {
            Ok(answer) => {
                let events = list(&answer, "messages").filter_map(|it| crate::client::envelope::event(&it));
                Found { words, lines: events.map(|event| Line::of(&event)).collect(), problem: None }
            }
            Err(problem) => Found { words, lines: Vec::new(), problem: Some(problem.detail) },
        };
        chat.found.try_set(Some(found));
    });
}

/// Closes the disclosure in which Escape is pressed.
pub(super) fn close_on_escape(event: ev::KeyboardEvent) {
    let target = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    if event.key() == "Escape"
        && let Some(details) = target.and_then(|target| target.dyn_into::<HtmlDetailsElement>().ok())
    {
        details.set_open(false);
    }
}

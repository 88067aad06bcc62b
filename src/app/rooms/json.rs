//! What the page reads of the server's JSON.

use super::{
    Content,
    chat::Entry,
    people::{Change, Shown},
};
use crate::{
    app::rendered::ELEMENT,
    client::{
        envelope::events,
        json::{get, list, text},
    },
};
use leptos::prelude::document;
use wasm_bindgen::JsValue;

/// What the server put into the document.
pub(super) fn rendered() -> Option<Content> {
    let json = document().get_element_by_id(ELEMENT)?.text_content()?;
    let page = js_sys::JSON::parse(&json).ok()?;
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
        key_window: number(&page, "key_window"),
        has_found_more: get(&page, "has_found_more").is_truthy(),
        found: words.map(|words| (words, events(&page, "found"))),
        aimed: text(&page, "aimed").unwrap_or_default(),
    })
}

/// The number in a field; 0 where there is none.
pub(super) fn number(value: &JsValue, field: &str) -> u64 {
    get(value, field).as_f64().unwrap_or_default() as u64
}

/// A person in JSON.
pub(super) fn person(value: &JsValue) -> Option<Shown> {
    Some(Shown { id: text(value, "id")?, name: text(value, "name").unwrap_or_default() })
}

/// The people in a field.
pub(super) fn shown(value: &JsValue, field: &str) -> Vec<Shown> {
    list(value, field).filter_map(|value| person(&value)).collect()
}

/// The change that an event tells.
pub(super) fn change(data: &str) -> Option<Change> {
    let data = js_sys::JSON::parse(data).ok()?;
    Some(Change {
        after: number(&data, "after"),
        version: get(&data, "version").as_f64()? as u64,
        joined: shown(&data, "joined"),
        left: list(&data, "left").filter_map(|id| id.as_string()).collect(),
    })
}

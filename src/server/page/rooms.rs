//! `GET /rooms` and `GET /rooms/{room}`: the rooms.

use super::{
    super::{State, caller::Caller, header::text, people::People},
    content::{beyond, cut_front, event, fitting, newest},
    refused, shell,
};
use crate::{
    access::Visitor,
    api,
    app::{
        Page,
        rooms::{Content, Entry, HITS, MOST_UNREAD, PATH},
        shell::Title,
    },
    hub::{
        frame::Envelope,
        log::{LogError, is_full, words::Query},
    },
    model::{
        EventId,
        marks::Marks,
        message::Message,
        person::Person,
        preferences::cookie,
        problem::Problem,
        query,
        room::{self, LOBBY, Room},
        selection::Selection,
    },
};
use axum::{
    body::Body,
    extract::{self, Path, rejection::PathRejection},
    http::{
        HeaderMap, Request, StatusCode, Uri,
        header::{COOKIE, SET_COOKIE},
    },
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde_json::json;
use std::cmp::Reverse;

/// The most rooms in the list.
const ROOMS: usize = 50;

/// How many messages there are before and after one that the page is opened for.
const AROUND: usize = 25;

/// Of the largest request, so much is a picture at most: as a form's field in base64 it is a third longer, and more where
/// characters are escaped.
const OF_LARGEST: (usize, usize) = (65, 100);

/// `GET /rooms`: the list of rooms; with `?room=` from its form, the way to that room.
pub(in crate::server) async fn rooms(
    extract::State(state): extract::State<State>,
    caller: Caller,
    request: Request<Body>,
) -> Response {
    let asked = parameter(request.uri(), "room").map(|name| name.trim().parse::<Room>());
    match asked {
        Some(Ok(room)) => Redirect::to(&format!("{PATH}/{room}")).into_response(),
        asked => answer(&state, &caller, request.headers(), request.uri(), None, asked.is_some()).await,
    }
}

/// `GET /rooms/{room}`: a room. With `?at=` from a certain message on, with `?q=` with what has these words.
pub(in crate::server) async fn room(
    extract::State(state): extract::State<State>,
    caller: Caller,
    name: Result<Path<String>, PathRejection>,
    request: Request<Body>,
) -> Response {
    let room = name.ok().and_then(|Path(name)| name.parse::<Room>().ok());
    let is_wrong = room.is_none();
    answer(&state, &caller, request.headers(), request.uri(), room, is_wrong).await
}

async fn answer(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    uri: &Uri,
    room: Option<Room>,
    is_wrong: bool,
) -> Response {
    let cookies = text(headers, COOKIE);
    let known = Person::parse(cookie(cookies, Person::COOKIE));
    let mut marks = Marks::parse(cookie(cookies, Marks::READ));
    let found = gather(state, &caller.visitor, uri, room, known.clone(), &marks).await;
    let (content, messages, hits) = match found {
        Ok(found) => found,
        Err(problem) => return refused(state, caller, headers, uri, &problem).await,
    };
    let content = Content { is_wrong, ..content };
    let json = json(&content, &messages, &hits);
    let mut remembered = Vec::new();
    if known.is_none() && content.room.is_some() {
        remembered.push((Person::COOKIE, format!("{}.", content.me.0)));
    }
    // Of a room that is empty it is remembered, too, that it was opened: what comes from now on is unread.
    if let Some(selection) = content.room.as_ref().map(|room| Selection::from(room.channel()))
        && let Some(last) = messages.last().map_or_else(|| content.tail.parse().ok(), |last| Some(last.id))
        && marks.mark(&selection).is_none_or(|mark| mark < last && !messages.is_empty())
    {
        marks.read(selection, last);
    }
    // What was said in any room before this browser saw the first of them is not unread.
    if let Some(all) = room::all().filter(|all| marks.mark(all).is_none()) {
        marks.set(all, content.tail.parse().ok());
    }
    let marks = marks.to_string();
    if marks != cookie(cookies, Marks::READ) {
        remembered.push((Marks::READ, marks));
    }
    let status = if is_wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let title = content.room.as_ref().map(|room| Title(format!("{room} · Tidings")));
    let provide = move || {
        provide_context(content.clone());
        if let Some(title) = &title {
            provide_context(title.clone());
        }
    };
    let mut response = shell(state, headers, Page::Rooms, None, provide, json).await;
    for (name, value) in remembered {
        // Ids, numbers and encoded names: always valid in a header.
        if let Ok(cookie) = api::set_cookie(name, &value) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    (status, response).into_response()
}

/// What there is for the page; with the messages themselves, and those that were searched for.
async fn gather(
    state: &State,
    visitor: &Visitor,
    uri: &Uri,
    room: Option<Room>,
    known: Option<Person>,
    marks: &Marks,
) -> Result<(Content, Vec<Message>, Vec<Message>), Problem> {
    // Before anything is read: what comes later comes over the stream.
    let tail = visitor.newest();
    // Without random bits nobody is told apart, which is all that happens.
    let me = known.or_else(|| Some(Person { id: api::new_person().ok()?, name: None }));
    let me = me.map(|person| (person.id.to_string(), person.name().to_owned())).unwrap_or_default();
    let (numerator, denominator) = OF_LARGEST;
    let mut content = Content {
        me,
        rooms: list(visitor, room.as_ref(), marks).await?,
        tail: tail.to_string(),
        largest_picture: state.limits.message / denominator * numerator,
        key_window: state.key_window.as_millis().try_into().unwrap_or(u64::MAX),
        ..Content::default()
    };
    let Some(room) = room else { return Ok((content, Vec::new(), Vec::new())) };
    let selection = Selection::from(room.channel());
    let view = visitor.watch(&selection)?;
    // Who may see what is said and not who is there would not find the stream that the page wants.
    visitor.watch(&room.here().into())?;
    content.read = marks.mark(&selection);
    let people = People::of(state, room.channel());
    content.room = Some(room);
    content.people_count = people.count;
    content.people_version = people.version;
    content.people =
        people.people.iter().map(|person| (person.id.to_string(), person.name().to_owned())).collect();
    let at = parameter(uri, "at").and_then(|id| id.parse::<EventId>().ok());
    let messages = match at {
        Some(at) => {
            let mut around = view.before(Some(beyond(at)), AROUND).await?;
            cut_front(&mut around);
            let mut after = view.after(at, AROUND + 1).await?;
            let fitting = fitting(after.iter()).min(AROUND);
            content.has_later = after.len() > fitting || is_full(&after);
            after.truncate(fitting);
            around.append(&mut after);
            content.aimed = at.to_string();
            around
        }
        None => newest(&view, tail).await?,
    };
    if let Some(first) = messages.first() {
        content.has_earlier = !view.before(Some(first.id), 1).await?.is_empty();
    }
    content.events = messages.iter().map(event).collect();
    let mut hits = Vec::new();
    if let Some(words) = parameter(uri, "q") {
        if let Ok(wanted) = words.parse::<Query>() {
            hits = view.search(wanted, None, HITS + 1).await?;
            content.has_found_more = hits.len() > HITS || is_full(&hits);
            hits.truncate(HITS);
        }
        content.found = Some((words, hits.iter().map(event).collect()));
    }
    Ok((content, messages, hits))
}

/// The rooms, those in which something was said last first, with how much of each was not read; of one that was never
/// opened in this browser, what came since it saw any of them. The room that is opened is among them, and the lobby.
async fn list(visitor: &Visitor, current: Option<&Room>, marks: &Marks) -> Result<Vec<Entry>, LogError> {
    let mut rooms: Vec<_> = visitor
        .channels()
        .await?
        .into_iter()
        .filter_map(|summary| Some((Room::of(summary.channel.as_str())?, summary.newest)))
        .collect();
    rooms.sort_by_key(|(_, newest)| Reverse(*newest));
    rooms.truncate(ROOMS);
    let lobby = LOBBY.parse().ok().filter(|lobby: &Room| visitor.may_watch(&lobby.channel()));
    for room in [current.cloned(), lobby].into_iter().flatten() {
        if !rooms.iter().any(|(known, _)| *known == room) {
            rooms.push((room, EventId::new(0, 0)));
        }
    }
    let first = room::all().and_then(|all| marks.mark(&all));
    let mut entries = Vec::new();
    for (room, newest) in rooms {
        let selection = Selection::from(room.channel());
        let unread = match marks.mark(&selection).max(first) {
            Some(mark) if Some(&room) != current && mark < newest => match visitor.watch(&selection) {
                Ok(view) => view.count_after(mark, MOST_UNREAD).await?,
                Err(_) => 0,
            },
            _ => 0,
        };
        entries.push(Entry { name: room.to_string(), unread });
    }
    Ok(entries)
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let mut pairs = query::pairs(uri.query().unwrap_or_default());
    pairs.find(|(given, _)| given == name).map(|(_, value)| value).filter(|value| !value.is_empty())
}

fn json(content: &Content, messages: &[Message], hits: &[Message]) -> String {
    let person = |(id, name): &(String, String)| json!({ "id": id, "name": name });
    let envelopes = |messages: &[Message]| json!(messages.iter().map(Envelope::from).collect::<Vec<_>>());
    let rooms = content.rooms.iter().map(|room| json!({ "name": room.name, "unread": room.unread }));
    json!({
        "room": content.room.as_ref().map(Room::as_str),
        "is_wrong": content.is_wrong,
        "me": person(&content.me),
        "rooms": rooms.collect::<Vec<_>>(),
        "messages": envelopes(messages),
        "has_earlier": content.has_earlier,
        "has_later": content.has_later,
        "read": content.read,
        "people": {
            "version": content.people_version,
            "count": content.people_count,
            "people": content.people.iter().map(person).collect::<Vec<_>>(),
        },
        "tail": content.tail,
        "largest_picture": content.largest_picture,
        "key_window": content.key_window,
        "has_found_more": content.has_found_more,
        "words": content.found.as_ref().map(|(words, _)| words),
        "found": envelopes(hits),
        "aimed": content.aimed,
    })
    .to_string()
}

//! The server's half of the functions.

use crate::{
    hub::{
        Hub,
        log::{Entry, Key, Publish},
    },
    model::{
        EventId, EventName, StreamAddress,
        channel::Channel,
        marks::Marks,
        message::Draft,
        person::{Person, PersonId},
        preferences::cookie,
        problem::Problem,
        reply::{ReplyId, Thread},
        room::{Room, Said, TYPING, is_picture, refuse_presence},
        source::{BuiltIn, Source},
    },
    replies::{Ask, Replies},
    streams::{Streams, parameters::Parameters},
};
use axum::http::{HeaderValue, header::SET_COOKIE};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use std::{
    fmt::Display,
    str::FromStr,
    sync::{Arc, OnceLock},
};

const YEAR_SECONDS: u32 = 365 * 24 * 60 * 60;

/// The request's cookies: the text of its header.
#[derive(Clone, Debug, Default)]
pub struct Cookies(pub String);

/// Where a plain form leads, if not back to its page: a path of this server.
#[derive(Clone, Debug, Default)]
pub struct Onward(pub Arc<OnceLock<String>>);

fn context<T: Clone + 'static>(what: &str) -> Result<T, Problem> {
    use_context().ok_or_else(|| Problem::internal(format!("called without {what} in the context")))
}

pub(super) fn streams() -> Result<Arc<Streams>, Problem> {
    context("streams")
}

pub(super) fn hub() -> Result<Arc<Hub>, Problem> {
    context("a hub")
}

pub(super) fn replies() -> Result<Arc<Replies>, Problem> {
    context("replies")
}

pub(super) fn prompt(prompt: &str, thread: &str, key: &str) -> Result<Ask, Problem> {
    let thread = parse_given("thread", thread)?;
    Ok(Ask { prompt: prompt.replace("\r\n", "\n"), thread, key: parse_given("key", key)? })
}

pub(super) fn stop(reply: &str) -> Result<(), Problem> {
    let reply: ReplyId = parse("reply", reply)?;
    replies()?.stop(reply);
    Ok(())
}

/// A plain form leads to what is new in this thread.
pub(super) fn lead_to(thread: &Thread) -> Result<(), Problem> {
    // One form leads to one place.
    let _ = context::<Onward>("a way onward")?.0.set(thread.newest());
    Ok(())
}

fn source(query: &str) -> Result<Source, Problem> {
    Source::from_query(query).map_err(|error| Problem::bad_request("source", error))
}

pub(super) fn address(query: &str) -> Result<StreamAddress, Problem> {
    let streams = streams()?;
    let address = match &source(query)? {
        Source::BuiltIn(stream) => {
            let mut parameters = Parameters::default();
            if let BuiltIn::Clock(Some(interval)) = stream {
                parameters = parameters.with("interval", interval.seconds().to_string());
            }
            streams.connect(stream.name(), &parameters)
        }
        Source::Channels(selection) => streams.connect_channels(selection, person()?.as_ref()),
        Source::Endpoint(_) | Source::Directory => {
            return Err(Problem::bad_request("source", "this is no stream of the server's"));
        }
    };
    Ok(address?)
}

pub(super) fn message(channel: &str, data: &str, event: &str, key: &str) -> Result<Publish, Problem> {
    let channel: Channel = parse("channel", channel)?;
    let event: Option<EventName> = parse_given("event", event)?;
    let key: Option<Key> = parse_given("key", key)?;
    // A form sends every line break as CR LF, a script as it was typed.
    let draft = Draft { event, data: data.replace("\r\n", "\n") };
    refuse_presence(&channel, [&draft])?;
    Ok(Publish { channel, entries: vec![Entry { key, drafts: vec![draft] }] })
}

/// Who this browser's person is; none where it does not say.
fn person() -> Result<Option<Person>, Problem> {
    let cookies: Cookies = context("cookies")?;
    Ok(Person::parse(cookie(&cookies.0, Person::COOKIE)))
}

/// The person who says something: they have a name.
fn speaker() -> Result<Person, Problem> {
    let person = person()?.filter(|person| person.name.is_some());
    person.ok_or_else(|| Problem::bad_request("name", "say first what you are called"))
}

pub(super) fn introduce(name: &str) -> Result<(), Problem> {
    let id = match person()? {
        Some(person) => person.id,
        None => new_person().map_err(Problem::internal)?,
    };
    let person = Person { id, name: Some(parse("name", name)?) };
    streams()?.presence.rename(&person);
    remember(Person::COOKIE, &person.to_string())
}

/// The id of somebody who has none yet.
///
/// # Errors
/// When the system has no random bits to give.
pub fn new_person() -> Result<PersonId, getrandom::Error> {
    let mut bits = [0; 8];
    getrandom::fill(&mut bits)?;
    Ok(PersonId::of_bits(u64::from_be_bytes(bits)))
}

pub(super) fn said(room: &str, text: &str, picture: &str, key: &str) -> Result<Publish, Problem> {
    let from = speaker()?;
    let room: Room = parse("room", room)?;
    let text = text.replace("\r\n", "\n").trim_end().to_owned();
    if !picture.is_empty() && !is_picture(picture) {
        let detail = "a picture is a data: URL of a PNG, JPEG, GIF, WebP or AVIF image, in base64";
        return Err(Problem::bad_request("picture", detail));
    }
    if text.trim().is_empty() && picture.is_empty() {
        return Err(Problem::bad_request("text", "there is nothing to say"));
    }
    let idempotency_key: Option<Key> = parse_given("key", key)?;
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let said = Said { from, text, picture: given(picture), key: given(key) };
    let data = serde_json::to_string(&said).map_err(Problem::internal)?;
    let entries = vec![Entry { key: idempotency_key, drafts: vec![Draft { event: None, data }] }];
    Ok(Publish { channel: room.channel(), entries })
}

pub(super) fn typing(room: &str) -> Result<(Channel, Draft), Problem> {
    let room: Room = parse("room", room)?;
    let data = serde_json::to_string(&speaker()?).map_err(Problem::internal)?;
    Ok((room.here(), Draft { event: Some(TYPING), data }))
}

pub(super) fn read(room: &str, up_to: &str) -> Result<(), Problem> {
    let room: Room = parse("room", room)?;
    let up_to: EventId = parse("up_to", up_to)?;
    let cookies: Cookies = context("cookies")?;
    let mut marks = Marks::parse(cookie(&cookies.0, Marks::READ));
    marks.read(room.channel().into(), up_to.min(hub()?.newest()));
    remember(Marks::READ, &marks.to_string())
}

pub(super) fn clear(query: &str, up_to: &str) -> Result<(), Problem> {
    let Source::Channels(selection) = source(query)? else { return Ok(()) };
    // What is not published yet cannot be cleared.
    let newest = hub()?.newest();
    let mark: Option<EventId> = parse_given("up_to", up_to)?;
    let cookies: Cookies = context("cookies")?;
    let mut marks = Marks::parse(cookie(&cookies.0, Marks::CLEARED));
    if !marks.set(selection, mark.map(|mark| mark.min(newest))) {
        let detail = "so many channels at once are too long for the cookie that remembers them";
        return Err(Problem::bad_request("source", detail));
    }
    remember(Marks::CLEARED, &marks.to_string())
}

/// The header that makes a browser remember this for a year.
///
/// # Errors
/// When the value cannot stand in a header.
pub fn set_cookie(name: &str, value: &str) -> Result<HeaderValue, Problem> {
    let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Lax");
    HeaderValue::try_from(cookie).map_err(Problem::internal)
}

pub(super) fn remember(name: &str, value: &str) -> Result<(), Problem> {
    let cookie = set_cookie(name, value)?;
    context::<ResponseOptions>("response options")?.append_header(SET_COOKIE, cookie);
    Ok(())
}

fn parse<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error| Problem::bad_request(field, error))
}

/// None where nothing is given: a form sends its empty fields, too.
fn parse_given<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<Option<T>, Problem> {
    if text.is_empty() { Ok(None) } else { parse(field, text).map(Some) }
}

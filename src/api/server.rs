//! The server's half of the functions.

use crate::{
    access::{Access, Visitor, token::now},
    hub::log::{Entry, Key},
    model::{
        EventId, EventName, StreamAddress,
        channel::Channel,
        marks::Marks,
        message::Draft,
        person::{Person, PersonId},
        preferences::cookie,
        problem::Problem,
        reply::{ReplyId, Thread},
        room::{Room, Said, TYPING, here, is_picture, refuse_presence},
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

/// The cookie with the token of who signed in on the page.
pub const TOKEN_COOKIE: &str = "token";

/// Browsers drop cookies that have more than 4,096 bytes with their name and attributes.
const LONGEST_COOKIE: usize = 3_900;

const YEAR_SECONDS: u32 = 365 * 24 * 60 * 60;

/// What a function knows of its request.
#[derive(Clone)]
pub struct Call {
    /// Who calls.
    pub visitor: Visitor,
    /// The request's cookies: the text of its header.
    pub cookies: String,
    /// Whether the page is loaded by https.
    pub is_secure: bool,
    /// Whether a stream needs a permit in its address, because its client cannot show in another way who it is.
    pub needs_permit: bool,
}

/// Where a plain form leads, if not back to its page: a path of this server.
#[derive(Clone, Debug, Default)]
pub struct Onward(pub Arc<OnceLock<String>>);

fn context<T: Clone + 'static>(what: &str) -> Result<T, Problem> {
    use_context().ok_or_else(|| Problem::internal(format!("called without {what} in the context")))
}

pub(super) fn streams() -> Result<Arc<Streams>, Problem> {
    context("streams")
}

fn call() -> Result<Call, Problem> {
    context("its request")
}

fn visitor() -> Result<Visitor, Problem> {
    Ok(call()?.visitor)
}

fn access() -> Result<Arc<Access>, Problem> {
    context("the keys")
}

pub(super) fn replies() -> Result<Arc<Replies>, Problem> {
    context("replies")
}

pub(super) fn prompt(prompt: &str, thread: &str, key: &str) -> Result<Ask, Problem> {
    let thread = parse_given("thread", thread)?;
    let prompt = prompt.replace("\r\n", "\n");
    Ok(Ask { prompt, thread, key: parse_given("key", key)?, asker: visitor()? })
}

pub(super) fn stop(reply: &str) -> Result<(), Problem> {
    let reply: ReplyId = parse("reply", reply)?;
    replies()?.stop(reply, &visitor()?);
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
        Source::Channels(selection) => {
            let call = call()?;
            // What would be refused gets no address.
            call.visitor.watch(selection)?;
            let permit = call.needs_permit.then(|| access()?.permit(&call.visitor, selection)).transpose()?;
            streams.connect_channels(selection, person()?.as_ref(), permit.as_deref())
        }
        Source::Endpoint(_) | Source::Directory => {
            return Err(Problem::bad_request("source", "this is no stream of the server's"));
        }
    };
    Ok(address?)
}

pub(super) async fn publish(channel: &str, data: &str, event: &str, key: &str) -> Result<(), Problem> {
    let channel: Channel = parse("channel", channel)?;
    let event: Option<EventName> = parse_given("event", event)?;
    let key: Option<Key> = parse_given("key", key)?;
    // A form sends every line break as CR LF, a script as it was typed.
    let draft = Draft { event, data: data.replace("\r\n", "\n") };
    refuse_presence(&channel, [&draft])?;
    visitor()?.publish_to(channel)?.publish(vec![Entry { key, drafts: vec![draft] }]).await?;
    Ok(())
}

/// Who this browser's person is; none where it does not say.
fn person() -> Result<Option<Person>, Problem> {
    Ok(Person::parse(cookie(&call()?.cookies, Person::COOKIE)))
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
    let visitor = visitor()?;
    // Where they may not look they have nothing to say.
    let may = |channel: &Channel| here(channel).is_ok_and(|here| visitor.may_watch(&here));
    streams()?.presence.rename(&person, may);
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

pub(super) async fn say(room: &str, text: &str, picture: &str, key: &str) -> Result<(), Problem> {
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
    visitor()?.publish_to(room.channel())?.publish(entries).await?;
    Ok(())
}

pub(super) async fn typing(room: &str) -> Result<(), Problem> {
    let room: Room = parse("room", room)?;
    let data = serde_json::to_string(&speaker()?).map_err(Problem::internal)?;
    visitor()?.publish_to(room.here())?.send(Draft { event: Some(TYPING), data }).await?;
    Ok(())
}

pub(super) fn read(room: &str, up_to: &str) -> Result<(), Problem> {
    let room: Room = parse("room", room)?;
    let up_to: EventId = parse("up_to", up_to)?;
    let Call { visitor, cookies, .. } = call()?;
    let mut marks = Marks::parse(cookie(&cookies, Marks::READ));
    marks.read(room.channel().into(), up_to.min(visitor.newest()));
    remember(Marks::READ, &marks.to_string())
}

pub(super) fn clear(query: &str, up_to: &str) -> Result<(), Problem> {
    let Source::Channels(selection) = source(query)? else { return Ok(()) };
    // What is not published yet cannot be cleared.
    let Call { visitor, cookies, .. } = call()?;
    let newest = visitor.newest();
    let mark: Option<EventId> = parse_given("up_to", up_to)?;
    let mut marks = Marks::parse(cookie(&cookies, Marks::CLEARED));
    if !marks.set(selection, mark.map(|mark| mark.min(newest))) {
        let detail = "so many channels at once are too long for the cookie that remembers them";
        return Err(Problem::bad_request("source", detail));
    }
    remember(Marks::CLEARED, &marks.to_string())
}

pub(super) fn sign_in(token: &str, back: &str) -> Result<(), Problem> {
    let token = token.trim();
    if token.len() > LONGEST_COOKIE {
        let detail =
            format!("a browser keeps {LONGEST_COOKIE} characters at most; ask for a token that allows less");
        return Err(Problem::bad_request("token", detail));
    }
    let grant = access()?.of_token(token).map_err(|error| Problem::from(error).at("token"))?;
    let seconds = grant.until.unwrap_or_default().saturating_sub(now().as_secs());
    keep_token(token, seconds)?;
    onward(back)
}

pub(super) fn sign_out(back: &str) -> Result<(), Problem> {
    keep_token("", 0)?;
    onward(back)
}

fn keep_token(token: &str, seconds: u64) -> Result<(), Problem> {
    let secure = if call()?.is_secure { "; Secure" } else { "" };
    let cookie = format!("{TOKEN_COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let cookie = HeaderValue::try_from(cookie).map_err(Problem::internal)?;
    context::<ResponseOptions>("response options")?.append_header(SET_COOKIE, cookie);
    Ok(())
}

/// Whether this is a path of this server and nothing else to any browser, which take a backslash for a slash and leave line
/// breaks out.
pub fn is_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    text.starts_with('/') && !text.starts_with("//") && text.bytes().all(is_plain)
}

/// A plain form leads there, if it is a path of this server.
fn onward(back: &str) -> Result<(), Problem> {
    if is_path(back) {
        // One form leads to one place.
        let _ = context::<Onward>("a way onward")?.0.set(back.to_owned());
    }
    Ok(())
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

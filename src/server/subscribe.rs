//! `GET` and `POST /api/events`: subscribes to channels.

use super::{
    State, body, header,
    query::{StrictQuery, in_range},
    schema,
    watcher::{LastEventId, Watcher},
};
use crate::streams::presence::MOST_CHANNELS;
use crate::{
    hub::{Start, SubscribeError, frame::Form},
    model::{
        person::{Person, PersonId},
        preferences::cookie,
        problem::Problem,
        room::places,
        selection::Selection,
    },
};
use axum::{
    body::Body,
    extract,
    http::{HeaderMap, Request, Uri, header::COOKIE},
    response::Response,
};
use serde::Deserialize;
use serde_json::Number;
use utoipa::ToSchema;

/// The parameters by which a subscriber says who they are.
const PERSON: [&str; 2] = ["person", "name"];

/// The furthest back that `last` goes, in messages.
pub(super) const MAX_LAST: usize = 10_000;

/// The body of a subscription that is sent by POST.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionBody {
    /// The channels and patterns.
    #[schema(value_type = schema::ChannelPatterns)]
    channels: Vec<String>,
    /// Begin so many messages back. Not together with `from`.
    #[schema(value_type = Option<schema::Last>)]
    last: Option<Number>,
    /// `earliest`: begin with the oldest message that is kept. Not together with `last`.
    #[schema(value_type = Option<schema::Beginning>)]
    from: Option<String>,
    /// `json`: each event's data is the message as JSON.
    #[schema(value_type = Option<schema::EnvelopeForm>)]
    envelope: Option<String>,
    /// The last event id, where it comes neither in the header nor in the query.
    #[schema(value_type = Option<schema::LastEventId>)]
    last_event_id: Option<String>,
}

/// Subscribes to what the query names.
pub(super) async fn get(
    extract::State(state): extract::State<State>,
    mut watcher: Watcher,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = ["channel", "last", "from", "envelope"];
    let query = StrictQuery::of(&uri, &[&known[..], &PERSON, &Watcher::PARAMETERS].concat())?;
    let count = query.number("last", 1..=MAX_LAST)?;
    let (from, envelope) = (query.one::<String>("from")?, query.one::<String>("envelope")?);
    let selection = selection("channel", query.all("channel"))?;
    let (form, start) = (form(envelope.as_deref())?, start(&watcher.last, count, from.as_deref())?);
    watcher.person = present(&query, &headers, &selection)?;
    respond(&state, &selection, form, start, watcher).await
}

/// Subscribes to what the body names: for clients that send POST.
pub(super) async fn post(
    extract::State(state): extract::State<State>,
    mut watcher: Watcher,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let query = StrictQuery::of(request.uri(), &[&PERSON[..], &Watcher::PARAMETERS].concat())?;
    let headers = request.headers().clone();
    let body = body::read(&state, request, state.limits.message).await?;
    let given: SubscriptionBody = body::json(body::text(&body)?)?;
    if let Some(id) = given.last_event_id.as_deref().filter(|id| !id.is_empty()) {
        let last = LastEventId::parse("last_event_id", Ok(id))?;
        if watcher.last.id.is_none() {
            watcher.last = last;
        }
    }
    let count = given.last.map(|last| in_range("last", body::whole(&last), 1..=MAX_LAST)).transpose()?;
    let selection = selection("channels", given.channels.iter().map(String::as_str))?;
    let form = form(given.envelope.as_deref())?;
    let start = start(&watcher.last, count, given.from.as_deref())?;
    watcher.person = present(&query, &headers, &selection)?;
    respond(&state, &selection, form, start, watcher).await
}

/// The stream of a subscription: of what the watcher may watch of the selection.
pub(super) async fn respond(
    state: &State,
    selection: &Selection,
    form: Form,
    start: Start,
    watcher: Watcher,
) -> Result<Response, Problem> {
    let view = watcher.caller.visitor.watch(selection)?;
    let subscribed = view.subscribe(form, start).await.map_err(|error| match error {
        SubscribeError::FutureId => Problem::bad_request(&watcher.last.field, error),
        SubscribeError::Log(error) => error.into(),
    })?;
    Ok(watcher.watch(state, subscribed))
}

/// Who subscribes, and where they are then, if they say so.
fn present(
    query: &StrictQuery,
    headers: &HeaderMap,
    selection: &Selection,
) -> Result<Option<(Person, Selection)>, Problem> {
    let Some(mut person) = person(query)? else { return Ok(None) };
    if places(selection).count() > MOST_CHANNELS {
        let detail = format!("nobody is in more than {MOST_CHANNELS} channels by one stream");
        return Err(Problem::bad_request("channel", detail));
    }
    // A browser's address of a stream may be from before its person took another name; its cookie is not.
    let remembered = Person::parse(cookie(header::text(headers, COOKIE), Person::COOKIE));
    if let Some(remembered) = remembered.filter(|remembered| remembered.id == person.id) {
        person.name = remembered.name;
    }
    Ok(Some((person, selection.clone())))
}

/// Who subscribes, where they say so.
fn person(query: &StrictQuery) -> Result<Option<Person>, Problem> {
    let (id, name) = (query.one::<PersonId>("person")?, query.one::<String>("name")?);
    // An empty name is none: who gave none yet is there, too.
    let name = name.filter(|name| !name.trim().is_empty()).map(|name| name.parse()).transpose();
    let name = name.map_err(|error| Problem::bad_request("name", error))?;
    match (id, name) {
        (Some(id), name) => Ok(Some(Person { id, name })),
        (None, Some(_)) => {
            Err(Problem::bad_request("person", "who has a name has an id, too: give one of your own"))
        }
        (None, None) => Ok(None),
    }
}

fn selection<'a>(field: &str, texts: impl Iterator<Item = &'a str>) -> Result<Selection, Problem> {
    Selection::parse(texts).map_err(|error| Problem::bad_request(field, error))
}

fn form(envelope: Option<&str>) -> Result<Form, Problem> {
    match envelope {
        None => Ok(Form::Plain),
        Some("json") => Ok(Form::Envelope),
        Some(_) => Err(Problem::bad_request("envelope", "the one envelope that there is: json")),
    }
}

/// A client that comes back wants what it missed, wherever it began: its last event id wins.
fn start(last: &LastEventId, count: Option<usize>, from: Option<&str>) -> Result<Start, Problem> {
    let start = match (count, from) {
        (Some(_), Some(_)) => {
            return Err(Problem::bad_request("from", "last and from are two beginnings; give one of them"));
        }
        (Some(count), None) => Start::Last(count),
        (None, Some("earliest")) => Start::Earliest,
        (None, Some(_)) => return Err(Problem::bad_request("from", "the one place that there is: earliest")),
        (None, None) => Start::Now,
    };
    Ok(last.id.map_or(start, Start::After))
}

//! `GET` and `POST /api/events`: subscribes to channels.

use super::{
    State, body,
    demo::OptionalTicket,
    event_stream::{LAST_EVENT_ID_PARAMETERS, LastEventId, Wire},
    parameters::Parameters,
};
use crate::{
    hub::{Start, SubscribeError, Subscription, frame::Form},
    model::{EventName, problem::Problem, selection::Selection},
    sse::encode,
};
use axum::{
    body::Body,
    extract::{self, FromRequestParts},
    http::{Method, Request},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

/// The furthest back that `last` goes, in messages.
const MAX_LAST: usize = 10_000;

/// The event that says that messages are missing.
const GAP: EventName = EventName::literal("gap");

/// The body of a subscription that is sent by POST.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionBody {
    channels: Vec<String>,
    last: Option<usize>,
    from: Option<String>,
    envelope: Option<String>,
    last_event_id: Option<String>,
}

/// Subscribes to what the query names.
pub(super) async fn get(
    extract::State(state): extract::State<State>,
    method: Method,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let known = ["channel", "last", "from", "envelope", "ticket"];
    let parameters = Parameters::of(&parts.uri, &[&known[..], &LAST_EVENT_ID_PARAMETERS].concat())?;
    let last = LastEventId::from_request_parts(&mut parts, &state).await?;
    let ticket = OptionalTicket::from_request_parts(&mut parts, &state).await?;
    let given = parameters.one::<String>("last")?.is_some();
    let count = parameters.number("last", 1, MAX_LAST, 1)?;
    let from = parameters.one::<String>("from")?;
    let envelope = parameters.one::<String>("envelope")?;
    let subscription = Subscription {
        selection: selection("channel", parameters.all("channel"))?,
        form: form(envelope.as_deref())?,
        start: start(&last, given.then_some(count), from.as_deref())?,
    };
    respond(&state, &method, subscription, &last, ticket).await
}

/// Subscribes to what the body names: for clients that send POST.
pub(super) async fn post(
    extract::State(state): extract::State<State>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    Parameters::of(&parts.uri, &["ticket"])?;
    let mut last = LastEventId::from_request_parts(&mut parts, &state).await?;
    let ticket = OptionalTicket::from_request_parts(&mut parts, &state).await?;
    let read = body::read(&parts.headers, body, state.limits.message, state.limits.body_time).await?;
    let given: SubscriptionBody = body::json(body::text(&read)?)?;
    if let Some(id) = given.last_event_id.as_deref().filter(|id| last.id.is_none() && !id.is_empty()) {
        last = LastEventId::parse("last_event_id", Ok(id))?;
    }
    if given.last.is_some_and(|last| !(1..=MAX_LAST).contains(&last)) {
        let detail = format!("this is a whole number from 1 to {MAX_LAST}");
        return Err(Problem::bad_request("last", detail));
    }
    let subscription = Subscription {
        selection: selection("channels", given.channels.iter().map(String::as_str))?,
        form: form(given.envelope.as_deref())?,
        start: start(&last, given.last, given.from.as_deref())?,
    };
    respond(&state, &Method::POST, subscription, &last, ticket).await
}

/// The stream of a subscription; to HEAD, only whether there would be one.
pub(super) async fn respond(
    state: &State,
    method: &Method,
    subscription: Subscription,
    last: &LastEventId,
    OptionalTicket(ticket): OptionalTicket,
) -> Result<Response, Problem> {
    let subscribed = state.hub.subscribe(subscription).await.map_err(|error| match error {
        SubscribeError::FutureId => Problem::bad_request(&last.field, error),
        SubscribeError::Log(error) => {
            tracing::error!(%error, "the log cannot be read");
            Problem::unavailable("the log cannot be read at the moment")
        }
    })?;
    if method == Method::HEAD {
        // Not a stream, so it does not take the ticket from the stream that has it.
        let asked = state.streams.passes.check(ticket.as_ref());
        return Ok(asked.map_or_else(|_| Wire::over(), |()| Wire::headers().into_response()));
    }
    let Ok(pass) = state.streams.passes.enter(ticket) else { return Ok(Wire::over()) };
    let gap = subscribed.gap.map(|gap| {
        // A gap has only ids in it, so there is always a JSON text.
        encode::event(None, Some(&GAP), &serde_json::to_string(&gap).unwrap_or_default())
    });
    Ok(state.wire.respond_with(subscribed.tail, gap, subscribed.events, pass))
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

//! `GET` and `POST /messages`: the chat of the tutorials, as another name of the channel `chat.lobby`.
//!
//! A tutorial's page sends its messages as JSON of its own shape and expects them back as they were, so here the whole
//! body is the data.

use super::{
    State, body,
    demo::OptionalTicket,
    event_stream::{LAST_EVENT_ID_PARAMETERS, LastEventId},
    parameters::Parameters,
    publish::{self, Content},
    subscribe,
};
use crate::{
    hub::{Start, Subscription, frame::Form, log::Entry},
    model::{channel::Channel, message::Draft, problem::Problem},
};
use axum::{
    body::Body,
    extract::{self, FromRequestParts},
    http::{Method, Request},
    response::Response,
};

/// The channel that the chat is.
const LOBBY: &str = "chat.lobby";

fn lobby() -> Result<Channel, Problem> {
    LOBBY.parse().map_err(Problem::internal)
}

/// The messages from now on.
pub(super) async fn get(
    extract::State(state): extract::State<State>,
    method: Method,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    Parameters::of(&parts.uri, &[&["ticket"][..], &LAST_EVENT_ID_PARAMETERS].concat())?;
    let last = LastEventId::from_request_parts(&mut parts, &state).await?;
    let ticket = OptionalTicket::from_request_parts(&mut parts, &state).await?;
    let start = last.id.map_or(Start::Now, Start::After);
    let subscription = Subscription { selection: lobby()?.into(), form: Form::Plain, start };
    subscribe::respond(&state, &method, subscription, &last, ticket).await
}

/// Says something.
pub(super) async fn post(
    extract::State(state): extract::State<State>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    Parameters::of(&parts.uri, &[])?;
    let read = body::read(&parts.headers, body, state.limits.message, state.limits.body_time).await?;
    let data = body::text(&read)?.to_owned();
    let entry = Entry { key: None, drafts: vec![Draft { event: None, data }] };
    publish::publish(&state, lobby()?, Content::One(entry)).await
}

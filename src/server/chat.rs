//! `GET` and `POST /messages`: the chat of the tutorials, as another name of the channel `chat.lobby`.
//!
//! A tutorial's page sends its messages as JSON of its own shape and expects them back as they were, so here the whole
//! body is the data.

use super::{
    State, body,
    caller::Caller,
    publish::{self, Format},
    query::StrictQuery,
    subscribe,
    watcher::Watcher,
};
use crate::{
    hub::{Start, frame::Form},
    model::{channel::Channel, problem::Problem},
};
use axum::{
    body::Body,
    extract,
    http::{Request, Uri},
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
    watcher: Watcher,
    uri: Uri,
) -> Result<Response, Problem> {
    StrictQuery::of(&uri, &Watcher::PARAMETERS)?;
    let start = watcher.last.id.map_or(Start::Now, Start::After);
    subscribe::respond(&state, &lobby()?.into(), Form::Plain, start, watcher).await
}

/// Says something.
pub(super) async fn post(
    extract::State(state): extract::State<State>,
    caller: Caller,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let publisher = state.publisher(&caller, lobby()?)?;
    StrictQuery::of(request.uri(), &[])?;
    let key = publish::idempotency_key(request.headers())?;
    let body = body::read(&state, request, state.limits.message).await?;
    let content = Format::Text.parse(&body, key, None, state.limits.message)?;
    publish::publish(&publisher, content).await
}

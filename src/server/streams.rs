//! `GET /api/streams/{name}`: the built-in streams. `GET /api/sse` is the demo among them.

use super::{
    State,
    event_stream::{LAST_EVENT_ID_PARAMETERS, LastEventId, Wire, query},
};
use crate::{
    model::{Ticket, problem::Problem},
    streams::{ChoiceError, DEMO, built_in::Run, parameters::Parameters},
};
use axum::{
    extract::{self, FromRequestParts, Path, rejection::PathRejection},
    http::{Method, request::Parts},
    response::{IntoResponse, Response},
};

/// The demo, where the tutorials look for it.
pub(super) async fn demo(
    extract::State(state): extract::State<State>,
    asked: Asked,
) -> Result<Response, Problem> {
    answer(&state, DEMO, asked)
}

/// The stream that the path names.
pub(super) async fn named(
    extract::State(state): extract::State<State>,
    name: Result<Path<String>, PathRejection>,
    asked: Asked,
) -> Result<Response, Problem> {
    // What is not UTF-8 is no stream's name, and neither is the empty text.
    let name = name.map(|Path(name)| name).unwrap_or_default();
    answer(&state, &name, asked)
}

/// Starts a run, or resumes it after the last event id.
fn answer(state: &State, name: &str, asked: Asked) -> Result<Response, Problem> {
    let Asked { method, last, ticket, parameters } = asked;
    let script = state.streams.script(name, &parameters)?;
    let run = Run::open(script, last.id).map_err(|error| Problem::bad_request(&last.field, error))?;
    let Run::Going { tail, events } = run else { return Ok(Wire::over()) };
    if method == Method::HEAD {
        // Not a stream, so it does not take the ticket from the stream that has it.
        let asked = state.streams.passes.check(ticket.as_ref());
        return Ok(asked.map_or_else(|_| Wire::over(), |()| Wire::headers().into_response()));
    }
    let Ok(pass) = state.streams.passes.enter(ticket) else { return Ok(Wire::over()) };
    Ok(state.wire.respond(tail, events, pass))
}

/// What a request asks of a stream, whichever it is.
pub(super) struct Asked {
    method: Method,
    last: LastEventId,
    ticket: Option<Ticket>,
    /// The rest of the query: the stream's own.
    parameters: Parameters,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let last = LastEventId::from_request_parts(parts, state).await?;
        let mut pairs = query(parts)?;
        pairs.retain(|(name, _)| !LAST_EVENT_ID_PARAMETERS.contains(&name.as_str()));
        let mut parameters = Parameters::new(pairs).map_err(ChoiceError::from)?;
        let ticket = parameters.take("ticket").map(|text| text.parse()).transpose();
        let ticket = ticket.map_err(|error| Problem::bad_request("ticket", error))?;
        Ok(Self { method: parts.method.clone(), last, ticket, parameters })
    }
}

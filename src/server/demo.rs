//! `GET /api/sse`: the demo.

use super::{
    State,
    event_stream::{LastEventId, Wire, query},
};
use crate::{
    model::{Ticket, problem::Problem},
    streams::demo::Run,
};
use axum::{
    extract::{self, FromRequestParts},
    http::{Method, request::Parts},
    response::{IntoResponse, Response},
};

/// Starts a run, or resumes it after the last event id.
pub(super) async fn get(
    extract::State(state): extract::State<State>,
    method: Method,
    last: LastEventId,
    OptionalTicket(ticket): OptionalTicket,
) -> Result<Response, Problem> {
    let run = state.streams.demo.open(last.id).map_err(|error| Problem::bad_request(&last.field, error))?;
    let Run::Going { tail, events } = run else { return Ok(Wire::over()) };
    if method == Method::HEAD {
        // Not a stream, so it does not take the ticket from the stream that has it.
        let asked = state.streams.passes.check(ticket.as_ref());
        return Ok(asked.map_or_else(|_| Wire::over(), |()| Wire::headers().into_response()));
    }
    let Ok(pass) = state.streams.passes.enter(ticket) else { return Ok(Wire::over()) };
    Ok(state.wire.respond(tail, events, pass))
}

/// The query's ticket.
pub(super) struct OptionalTicket(pub Option<Ticket>);

impl<S: Send + Sync> FromRequestParts<S> for OptionalTicket {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let ticket = query(parts)?.into_iter().find_map(|(name, value)| (name == "ticket").then_some(value));
        let ticket = ticket.map(|text| text.parse()).transpose();
        ticket.map(Self).map_err(|error| Problem::bad_request("ticket", error))
    }
}

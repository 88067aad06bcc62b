//! `GET /api/streams/{name}`: the built-in streams. `GET /api/sse` is the demo among them.

use super::{State, event_stream::Wire, query, watcher::Watcher};
use crate::{
    model::problem::Problem,
    streams::{ChoiceError, DEMO, built_in::Run, parameters::Parameters},
};
use axum::{
    extract::{self, FromRequestParts, Path, rejection::PathRejection},
    http::request::Parts,
    response::Response,
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
fn answer(state: &State, name: &str, Asked { watcher, parameters }: Asked) -> Result<Response, Problem> {
    let script = state.streams.script(name, &parameters)?;
    let run = Run::open(script, watcher.last.id);
    match run.map_err(|error| Problem::bad_request(&watcher.last.field, error))? {
        Run::Ended => Ok(Wire::over()),
        Run::Going { tail, events } => Ok(watcher.open(state, tail, events)),
    }
}

/// What a request asks of a built-in stream.
pub(super) struct Asked {
    watcher: Watcher,
    /// The rest of the query: the stream's own.
    parameters: Parameters,
}

impl FromRequestParts<State> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let mut pairs = query::pairs(&parts.uri)?;
        pairs.retain(|(name, _)| !Watcher::PARAMETERS.contains(&name.as_str()));
        let parameters = Parameters::new(pairs).map_err(ChoiceError::from)?;
        Ok(Self { watcher: Watcher::from_request_parts(parts, state).await?, parameters })
    }
}

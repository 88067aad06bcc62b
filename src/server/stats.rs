//! `GET /api/stats`: the hub's own figures of the last ten minutes. What comes next is on the channel `hub.stats`.

use super::{State, caller::Caller, header::NO_STORE, query::StrictQuery};
use crate::{
    model::problem::Problem,
    streams::stats::{INTERVAL, Sample},
};
use axum::{Json, extract, http::Uri, response::IntoResponse};
use serde::Serialize;
use utoipa::ToSchema;

/// The hub's own figures.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Figures {
    /// How far apart they are, in milliseconds.
    pub interval: u64,
    /// One for each second, the oldest first.
    pub samples: Vec<Sample>,
}

impl Figures {
    /// Those that are kept.
    pub(super) fn of(state: &State) -> Self {
        Self { interval: INTERVAL.as_millis() as u64, samples: state.stats.samples() }
    }
}

/// The figures.
pub(super) async fn get(
    extract::State(state): extract::State<State>,
    caller: Caller,
    uri: Uri,
) -> Result<impl IntoResponse, Problem> {
    StrictQuery::of(&uri, &[])?;
    caller.may_see_figures()?;
    Ok(([NO_STORE], Json(Figures::of(&state))))
}

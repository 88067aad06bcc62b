//! The channel that a path names.

use crate::model::{channel::Channel, problem::Problem};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

/// The channel in a path's one parameter.
pub(super) struct ChannelPath(pub Channel);

impl<S: Send + Sync> FromRequestParts<S> for ChannelPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text: Result<Path<String>, _> = Path::from_request_parts(parts, state).await;
        let Path(text) = text.map_err(|error| Problem::bad_request("channel", error.body_text()))?;
        text.parse().map(Self).map_err(|error| Problem::bad_request("channel", error))
    }
}

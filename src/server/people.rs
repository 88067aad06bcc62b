//! `GET /api/channels/{channel}/people`: who is there.

use super::{State, caller::Caller, channel_path::ChannelPath, header::NO_STORE, query::StrictQuery};
use crate::{
    model::{channel::Channel, person::Person, problem::Problem, room},
    streams::presence::List,
};
use axum::{
    Json, extract,
    http::Uri,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// The most people that are named.
pub(super) const MOST: usize = 1_000;

/// Who is in a channel: who watches the channel `{channel}.here` and says who they are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct People {
    /// The channel.
    pub channel: Channel,
    /// Goes up with each change. Of the events `presence`, those with a version that is not higher are in this list.
    pub version: u64,
    /// How many there are.
    pub count: usize,
    /// The people, the first 1,000 in the order of their ids.
    pub people: Vec<Person>,
}

/// Who is there.
pub(super) async fn get(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ChannelPath(channel): ChannelPath,
    uri: Uri,
) -> Result<Response, Problem> {
    StrictQuery::of(&uri, &[])?;
    // Nobody is in a channel whose name has no room for more.
    let told_by = room::here(&channel).unwrap_or_else(|_| channel.clone());
    caller.visitor.watch(&told_by.into())?;
    Ok(([NO_STORE], Json(People::of(&state, channel))).into_response())
}

impl People {
    /// Who is in this channel now.
    pub(super) fn of(state: &State, channel: Channel) -> Self {
        let List { version, count, people } = state.streams.presence.people(&channel, MOST);
        Self { channel, version, count, people }
    }
}

//! `POST /api/channels/{channel}/messages`: publishes one message, or many in one request.

mod content;

use super::{State, body, channel_path::ChannelPath, header, query::StrictQuery, schema};
use crate::{
    hub::{
        frame::rfc3339,
        log::{Entry, Publish, Receipt},
    },
    model::{EventId, channel::Channel, problem::Problem, room},
};
use axum::{
    Json,
    body::Body,
    extract,
    http::{HeaderMap, Request, StatusCode},
    response::{IntoResponse, Response},
};
pub(super) use content::{Content, Format, JsonMessage, MAX_MESSAGES, unsupported};
use serde::Serialize;
use utoipa::ToSchema;

/// The header with a request's idempotency key.
pub(super) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// One message was published.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Published<'a> {
    /// Its id.
    pub id: EventId,
    /// The channel.
    pub channel: &'a Channel,
    /// When.
    #[schema(value_type = schema::Time)]
    pub time: String,
}

/// Many messages were published.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublishedBatch<'a> {
    /// The channel.
    pub channel: &'a Channel,
    /// One for each line, in order.
    pub messages: Vec<PublishedId>,
}

/// One of many.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublishedId {
    /// Its id.
    pub id: EventId,
    /// When.
    #[schema(value_type = schema::Time)]
    pub time: String,
}

/// A message was sent to those who watch now. It is not kept and has no id.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sent<'a> {
    /// The channel.
    pub channel: &'a Channel,
    /// When.
    #[schema(value_type = schema::Time)]
    pub time: String,
}

/// Publishes what the body holds.
pub(super) async fn post(
    extract::State(state): extract::State<State>,
    ChannelPath(channel): ChannelPath,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let event = StrictQuery::of(request.uri(), &["event"])?.one("event")?;
    let (format, key) = (Format::of(request.headers())?, idempotency_key(request.headers())?);
    let limit = if format == Format::Batch { state.limits.batch } else { state.limits.message };
    let body = body::read(request, limit, state.limits.body_time).await?;
    publish(&state, channel, format.parse(&body, key, event, state.limits.message)?).await
}

/// Publishes to a channel, and answers as its content asks for.
pub(super) async fn publish(state: &State, channel: Channel, content: Content) -> Result<Response, Problem> {
    room::refuse_presence(&channel, content.drafts())?;
    match content {
        Content::Ephemeral(draft) => {
            let time = state.hub.publish_ephemeral(channel.clone(), draft).await.map_err(Problem::from)?;
            Ok((StatusCode::ACCEPTED, Json(Sent { channel: &channel, time: rfc3339(time) })).into_response())
        }
        Content::One(entry) => {
            let receipts = keep(state, &channel, vec![entry]).await?;
            let id = ids(&receipts).next().ok_or_else(|| Problem::internal("the log gave no id"))?;
            let published = Published { id, channel: &channel, time: time_of(id) };
            Ok((status(&receipts), Json(published)).into_response())
        }
        Content::Many(entries) => {
            let receipts = keep(state, &channel, entries).await?;
            let messages = ids(&receipts).map(|id| PublishedId { id, time: time_of(id) }).collect();
            Ok((status(&receipts), Json(PublishedBatch { channel: &channel, messages })).into_response())
        }
    }
}

async fn keep(state: &State, channel: &Channel, entries: Vec<Entry>) -> Result<Vec<Receipt>, Problem> {
    state.hub.publish(Publish { channel: channel.clone(), entries }).await.map_err(Problem::from)
}

fn ids(receipts: &[Receipt]) -> impl Iterator<Item = EventId> {
    receipts.iter().flat_map(|receipt| receipt.ids())
}

fn time_of(id: EventId) -> String {
    rfc3339(id.milliseconds())
}

/// 201; 200 where nothing was new.
fn status(receipts: &[Receipt]) -> StatusCode {
    let is_new = receipts.iter().any(|receipt| !receipt.duplicate);
    if is_new { StatusCode::CREATED } else { StatusCode::OK }
}

/// The key in the request's header.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = header::once(headers, IDEMPOTENCY_KEY)? else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::bad_request(IDEMPOTENCY_KEY, "a key is plain ASCII"))?;
    Ok(Some(text.to_owned()))
}

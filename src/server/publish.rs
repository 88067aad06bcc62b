//! `POST /api/channels/{channel}/messages`: publishes one message, or many in one request.

#[cfg(any(test, fuzzing))]
pub mod check;
mod content;

use super::{State, body, caller::Caller, channel_path::ChannelPath, header, query::StrictQuery, schema};
use crate::{
    access::visitor::Publisher,
    hub::{frame::rfc3339, log::Receipt},
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
    caller: Caller,
    ChannelPath(channel): ChannelPath,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let publisher = state.publisher(&caller, channel)?;
    let event = StrictQuery::of(request.uri(), &["event"])?.one("event")?;
    let (format, key) = (Format::of(request.headers())?, idempotency_key(request.headers())?);
    let limit = if format == Format::Batch { state.limits.batch } else { state.limits.message };
    let body = body::read(&state, request, limit).await?;
    publish(&publisher, format.parse(&body, key, event, state.limits.message)?).await
}

/// Publishes to a channel, and answers as its content asks for.
pub(super) async fn publish(publisher: &Publisher, content: Content) -> Result<Response, Problem> {
    let channel = publisher.channel();
    room::refuse_presence(channel, content.drafts())?;
    match content {
        Content::Ephemeral(draft) => {
            let time = publisher.send(draft).await?;
            Ok((StatusCode::ACCEPTED, Json(Sent { channel, time: rfc3339(time) })).into_response())
        }
        Content::One(entry) => {
            let receipts = publisher.publish(vec![entry]).await?;
            let id = ids(&receipts).next().ok_or_else(|| Problem::internal("the log gave no id"))?;
            let published = Published { id, channel, time: time_of(id) };
            Ok((status(&receipts), Json(published)).into_response())
        }
        Content::Many(entries) => {
            let receipts = publisher.publish(entries).await?;
            let messages = ids(&receipts).map(|id| PublishedId { id, time: time_of(id) }).collect();
            Ok((status(&receipts), Json(PublishedBatch { channel, messages })).into_response())
        }
    }
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

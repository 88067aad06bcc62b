//! What is kept: `GET /api/channels`, `GET /api/channels/{channel}/messages`, `GET /api/search`.

use super::{caller::Caller, channel_path::ChannelPath, header::NO_STORE, query::StrictQuery, schema};
use crate::{
    hub::{
        frame::{Envelope, rfc3339},
        log::{is_full, words::Query},
    },
    model::{EventId, channel::Channel, message::Message, problem::Problem, selection::Selection},
};
use axum::{
    Json,
    http::Uri,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// The messages of a page where no limit is given, and the most.
pub(super) const LIMIT: usize = 50;
pub(super) const MAX_LIMIT: usize = 1_000;

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<'a> {
    /// The messages.
    pub messages: Vec<Envelope<'a>>,
    /// Whether there are more, further on in the direction that was asked for.
    pub more: bool,
}

/// Every channel, in alphabetical order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Channels {
    /// The channels.
    pub channels: Vec<ChannelEntry>,
}

/// A channel.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChannelEntry {
    /// Its name.
    pub channel: Channel,
    /// The newest id published to it, whether it is kept or not.
    pub newest: EventId,
    /// When that was.
    #[schema(value_type = schema::Time)]
    pub time: String,
    /// How many messages are kept.
    pub messages: u64,
    /// Their data, in bytes.
    pub bytes: u64,
    /// How many streams watch it.
    pub subscribers: usize,
}

/// A channel's messages, the oldest of the page first: the newest, those before an id, or those after one.
pub(super) async fn messages(
    caller: Caller,
    ChannelPath(channel): ChannelPath,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = StrictQuery::of(&uri, &["before", "after", "limit"])?;
    let view = caller.visitor.watch(&channel.into())?;
    let limit = query.number("limit", 1..=MAX_LIMIT)?.unwrap_or(LIMIT);
    let (before, after) = (query.one("before")?, query.one("after")?);
    // One more than is wanted tells whether there are more.
    let mut found = match (before, after) {
        (Some(_), Some(_)) => {
            return Err(Problem::bad_request(
                "after",
                "before and after are two directions; give one of them",
            ));
        }
        (before, None) => view.before(before, limit + 1).await?,
        (None, Some(after)) => view.after(after, limit + 1).await?,
    };
    let (is_long, is_full) = (found.len() > limit, is_full(&found));
    if after.is_some() {
        found.truncate(limit);
    } else if is_long {
        found.remove(0);
    }
    Ok(page(&found, is_long || is_full))
}

/// The kept messages that have all words of `q`, the newest first.
pub(super) async fn search(caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let query = StrictQuery::of(&uri, &["q", "channel", "before", "limit"])?;
    let Some(wanted) = query.one::<Query>("q")? else {
        return Err(Problem::bad_request("q", "what is to be searched for, as in q=hello"));
    };
    let limit = query.number("limit", 1..=MAX_LIMIT)?.unwrap_or(LIMIT);
    let mut channels: Vec<&str> = query.all("channel").collect();
    if channels.is_empty() {
        channels.push(">");
    }
    let selection = Selection::parse(channels).map_err(|error| Problem::bad_request("channel", error))?;
    let before = query.one("before")?;
    let mut found = caller.visitor.watch(&selection)?.search(wanted, before, limit + 1).await?;
    let more = found.len() > limit || is_full(&found);
    found.truncate(limit);
    Ok(page(&found, more))
}

/// Every channel that something was published to.
pub(super) async fn channels(caller: Caller, uri: Uri) -> Result<Response, Problem> {
    StrictQuery::of(&uri, &[])?;
    let channels = caller.visitor.watched_channels().await?;
    let channels = channels
        .into_iter()
        .map(|(summary, subscribers)| ChannelEntry {
            channel: summary.channel,
            newest: summary.newest,
            time: rfc3339(summary.newest.milliseconds()),
            messages: summary.messages,
            bytes: summary.bytes,
            subscribers,
        })
        .collect();
    Ok(([NO_STORE], Json(Channels { channels })).into_response())
}

fn page(messages: &[Message], more: bool) -> Response {
    let messages = messages.iter().map(Envelope::from).collect();
    ([NO_STORE], Json(Page { messages, more })).into_response()
}

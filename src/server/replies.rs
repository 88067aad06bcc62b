//! `POST /api/replies`, `DELETE /api/replies/{reply}`: streamed answers.

use super::{State, body, caller::Caller, header, publish, query::StrictQuery};
use crate::{
    hub::log::Key,
    model::{
        channel::Channel,
        problem::Problem,
        query,
        reply::{ReplyId, Thread},
    },
    replies::{Ask, StartError, Started},
};
use axum::{
    Json,
    body::Body,
    extract::{self, Path},
    http::{Request, StatusCode, Uri, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most bytes that one byte of text has as JSON: `\u0000`.
const ESCAPED: usize = 6;
/// What a body may have besides its prompt, in bytes.
const AROUND: usize = 1 << 10;

/// What is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Prompt {
    /// The prompt: what a person would ask, or a command such as `/help`.
    #[schema(min_length = 1, pattern = r"\S")]
    prompt: String,
    /// The thread that it is in. Without one a new thread begins.
    #[schema(value_type = Option<Thread>)]
    thread: Option<String>,
}

/// A reply that runs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reply {
    /// Its thread.
    pub thread: Thread,
    /// Itself.
    pub reply: ReplyId,
    /// The channel in which its events are.
    pub channel: Channel,
}

impl Reply {
    /// A reply in this thread.
    pub(super) fn of(thread: Thread, reply: ReplyId) -> Self {
        Self { channel: Channel::from(&thread), thread, reply }
    }
}

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Empty => Self::bad_request("prompt", error),
            StartError::TooLarge(limit) => too_large(limit),
            StartError::Busy(_) => {
                Self::new(409, "thread-busy", "The thread has a reply that is not over", error).at("thread")
            }
            StartError::Full(_) => Self::new(429, "too-many-replies", "Too many replies at once", error),
            StartError::Publish(error) => error.into(),
            StartError::Log(error) => error.into(),
            StartError::Forbidden(error) => error.into(),
            StartError::Random(error) => Self::internal(error),
        }
    }
}

/// 413 for a prompt of more than `limit` bytes.
pub(super) fn too_large(limit: usize) -> Problem {
    let detail = StartError::TooLarge(limit);
    Problem::new(413, "too-large", "The request is too large", detail).at("prompt")
}

/// 404 for a reply that does not run.
fn not_running() -> Problem {
    let detail = "no reply of this id runs: it is over, or there never was one";
    Problem::new(404, "not-found", "No such reply", detail).at("reply")
}

/// Starts a reply.
pub(super) async fn post(
    extract::State(state): extract::State<State>,
    caller: Caller,
    request: Request<Body>,
) -> Result<Response, Problem> {
    state.gate.publish(&caller.party())?;
    StrictQuery::of(request.uri(), &[])?;
    let key = publish::idempotency_key(request.headers())?;
    let key: Option<Key> = key
        .map(|key| key.parse())
        .transpose()
        .map_err(|error| Problem::bad_request(publish::IDEMPOTENCY_KEY, error))?;
    let media_type = header::once(request.headers(), "Content-Type")?;
    let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    // Another site's page may send any text without asking first, but no JSON: it shall not spend a model's time.
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = format!("{media_type:?} is no prompt. Send application/json");
        let problem = Problem::new(415, "unsupported-media-type", "Not a media type for prompts", detail);
        return Err(problem.at("Content-Type"));
    }
    let limit = state.replies.limits().prompt;
    let body = body::read(&state, request, ESCAPED * limit + AROUND).await?;
    let Prompt { prompt, thread } = body::json(body::text(&body)?)?;
    let thread = thread.map(|thread| thread.parse()).transpose();
    let thread = thread.map_err(|error| Problem::bad_request("thread", error))?;
    let started = state.replies.start(Ask { prompt, thread, key, asker: caller.visitor }).await?;
    let location = stream_of(&started);
    let status = if started.duplicate { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, [(LOCATION, location)], Json(Reply::of(started.thread, started.reply))).into_response())
}

/// The stream of a reply, from its first event on.
fn stream_of(started: &Started) -> String {
    let mut stream = String::new();
    query::push(&mut stream, "channel", Channel::from(&started.thread).as_str());
    query::push(&mut stream, "last_event_id", &started.before.to_string());
    format!("/api/events?{stream}")
}

/// Stops a reply.
pub(super) async fn delete(
    extract::State(state): extract::State<State>,
    caller: Caller,
    reply: Result<Path<String>, extract::rejection::PathRejection>,
    uri: Uri,
) -> Result<Response, Problem> {
    state.gate.publish(&caller.party())?;
    StrictQuery::of(&uri, &[])?;
    // What is no id at all is no running reply's either.
    let reply: ReplyId = reply.ok().and_then(|Path(text)| text.parse().ok()).ok_or_else(not_running)?;
    let thread = state.replies.stop(reply, &caller.visitor).ok_or_else(not_running)?;
    Ok((StatusCode::ACCEPTED, Json(Reply::of(thread, reply))).into_response())
}

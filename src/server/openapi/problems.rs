//! The refusals: each kind of problem with its status and an example, which the code that refuses makes itself.

use super::super::{
    body, caller,
    config::{Limits, Replies},
    history::MAX_LIMIT,
    limits, publish, schema,
};
use crate::{
    access::{Forbidden, token::TokenError},
    hub::{
        log::{KeyReused, LogError},
        writer::PublishError,
    },
    model::problem::{MEDIA_TYPE, Problem},
    replies::StartError,
    streams::{Streams, parameters::Parameters},
};
use std::sync::Arc;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ResponseBuilder,
    schema::{AllOfBuilder, ObjectBuilder, Type},
};

pub(super) const BAD_REQUEST: &str = "BadRequest";
pub(super) const NOT_FOUND: &str = "NotFound";
pub(super) const METHOD_NOT_ALLOWED: &str = "MethodNotAllowed";
pub(super) const TOO_SLOW: &str = "TooSlow";
pub(super) const THREAD_BUSY: &str = "ThreadBusy";
pub(super) const UNAUTHORIZED: &str = "Unauthorized";
pub(super) const FORBIDDEN: &str = "Forbidden";
pub(super) const TOO_MANY: &str = "TooMany";
pub(super) const TOO_LARGE: &str = "TooLarge";
pub(super) const UNSUPPORTED_MEDIA_TYPE: &str = "UnsupportedMediaType";
pub(super) const KEY_REUSED: &str = "KeyReused";
pub(super) const INTERNAL: &str = "Internal";
pub(super) const UNAVAILABLE: &str = "Unavailable";
pub(super) const DISK_FULL: &str = "DiskFull";

/// All of them, by their names among the components.
pub(super) fn all(
    settings: &Limits,
    replies: &Replies,
    streams: &Streams,
) -> impl Iterator<Item = (&'static str, ResponseBuilder)> {
    let number = format!("this is a whole number from 1 to {MAX_LIMIT}");
    let key = KeyReused("order-17".to_owned());
    [
        (
            BAD_REQUEST,
            Problem::bad_request("limit", number),
            "A header, a parameter, or something in the body is not valid; `field` names it.",
        ),
        (
            NOT_FOUND,
            no_such_stream(streams),
            "There is nothing at this path, no stream of this name, or no reply of this id that runs.",
        ),
        (
            METHOD_NOT_ALLOWED,
            super::super::problem::not_allowed(),
            "The path is right, the method is not. `Allow` names those that are.",
        ),
        (TOO_SLOW, body::too_slow(settings.body_time), "The body did not come in time."),
        (
            THREAD_BUSY,
            Problem::from(StartError::Busy(schema::EXAMPLE_REPLY)),
            "The thread has a reply that is not over: its next prompt is for after that.",
        ),
        (
            TOO_LARGE,
            body::too_large(settings.message),
            "The body has more bytes than it may. It is not read any further.",
        ),
        (
            UNSUPPORTED_MEDIA_TYPE,
            publish::unsupported("text/html"),
            "Messages are not published in this media type, or not in this charset.",
        ),
        (
            KEY_REUSED,
            Problem::from(PublishError::KeyReused(key)),
            "The idempotency key was used on this channel for something else.",
        ),
        (INTERNAL, Problem::internal("the system has no random bits to give"), "A fault of the server."),
        (
            DISK_FULL,
            Problem::from(PublishError::Log(Arc::new(LogError::Full))),
            "There is no room to keep the message. It was not published.",
        ),
    ]
    .into_iter()
    .map(|(name, problem, when)| (name, answer(&[problem], when)))
    .chain([
        (UNAUTHORIZED, answer(&unauthorized(), "Without a token this is not allowed, or the token is not taken.")),
        (
            FORBIDDEN,
            answer(
                &forbidden(),
                "The token does not allow this, the channel is one of the server's own, or the request was sent by \
                 another site's page.",
            ),
        ),
        (
            TOO_MANY,
            answer(
                &[
                    limits::too_fast("limits.publishes_per_address", 2),
                    limits::too_many("limits.streams_per_address", 5, "streams are open"),
                    Problem::from(StartError::Full(replies.concurrent)),
                ],
                "More than a limit allows; `field` and `detail` name it.",
            ),
        ),
        (
            UNAVAILABLE,
            answer(
                &[Problem::from(PublishError::Stopping), limits::no_room(), limits::all_taken(50_000)],
                "Not at the moment: the server is stopping, has too much to do, or its log cannot be used. Nothing was \
                 changed.",
            ),
        ),
    ])
}

fn refused(rights: &[&str], is_anonymous: bool) -> Option<Problem> {
    let allowed = rights.iter().filter_map(|text| text.parse().ok()).collect();
    Some(Forbidden::Publish { channel: "orders.eu".parse().ok()?, allowed, is_anonymous }.into())
}

fn unauthorized() -> Vec<Problem> {
    refused(&["news"], true).into_iter().chain([TokenError::Expired.into()]).collect()
}

fn forbidden() -> Vec<Problem> {
    refused(&["orders.us"], false).into_iter().chain([caller::cross_site("Origin")]).collect()
}

fn no_such_stream(streams: &Streams) -> Problem {
    let none = streams.script("nothing", &Parameters::default());
    none.err().map_or_else(|| Problem::internal(""), Problem::from)
}

/// An answer that is one of these problems. All have the same status; the first is the example.
fn answer(problems: &[Problem], when: &str) -> ResponseBuilder {
    let mut kinds: Vec<_> = problems.iter().map(|problem| problem.kind.as_str()).collect();
    kinds.dedup();
    let problem = problems.first();
    let of_this_kind = ObjectBuilder::new().property("type", schema::one_of(&kinds)).property(
        "status",
        ObjectBuilder::new().schema_type(Type::Integer).enum_values(problem.map(|problem| [problem.status])),
    );
    let schema = AllOfBuilder::new().item(schema::named::<Problem>()).item(of_this_kind);
    let content = ContentBuilder::new().schema(Some(schema)).example(serde_json::to_value(problem).ok());
    let answer = ResponseBuilder::new().description(when).content(MEDIA_TYPE, content.build());
    let header = |schema: ObjectBuilder, says: &str| {
        HeaderBuilder::new().schema(Some(schema)).description(Some(says)).build()
    };
    match problem.map_or(0, |problem| problem.status) {
        401 => answer
            .header("WWW-Authenticate", header(schema::text(), "`Bearer`: how to show a token (RFC 6750).")),
        405 => answer.header("Allow", header(schema::text(), "The methods that the path takes.")),
        429 | 503 => {
            answer.header("Retry-After", header(schema::integer(), "Seconds after which to try again."))
        }
        _ => answer,
    }
}

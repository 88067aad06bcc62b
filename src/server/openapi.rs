//! The API's description: an OpenAPI 3.1 document with this very server's limits in it, at `GET /api/openapi.json`.
//!
//! What is sent and received is described where it is defined, by `ToSchema`; what an operation does, beside its
//! handler's module, in the file of the same name here.

mod chat;
mod history;
mod operations;
mod parts;
mod problems;
mod publish;
mod replies;
mod security;
mod streams;
mod subscribe;

use super::{
    State,
    config::Config,
    operations as figures,
    publish::{JsonMessage, Published, PublishedBatch, PublishedId, Sent},
    replies::{Prompt, Reply},
    schema::{Beginning, ChannelPatterns, EnvelopeForm, GivenName, Last, LastEventId, Time},
    subscribe::SubscriptionBody,
};
use crate::model::person::{Name, Person, PersonId};
use crate::{
    hub::{
        frame::{Envelope, Gap},
        log::Key,
    },
    model::{
        EventId, EventName, Ticket,
        channel::{Channel, ChannelPattern},
        problem::Problem,
        reply::{ReplyId, Thread},
    },
    streams::Streams,
};
use axum::{
    extract,
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::IntoResponse,
};
use bytes::Bytes;
use parts::{REQUEST_ID, refusal, time_span};
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, PathsBuilder, Ref, RefOr,
    Server,
    path::{Operation, PathItem},
    tag::{Tag, TagBuilder},
};

pub(super) use parts::{ORIGIN, SAMPLES};

/// Where the document is served.
pub(super) const PATH: &str = "/api/openapi.json";

/// The document as it is sent.
pub(super) async fn get(extract::State(state): extract::State<State>) -> impl IntoResponse {
    const HEADERS: [(HeaderName, HeaderValue); 2] = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (HEADERS, state.description.json.clone())
}

/// The description in the forms in which it is served.
#[derive(Debug)]
pub(super) struct Description {
    /// The document.
    pub json: Bytes,
    /// What people read.
    pub docs: crate::app::api_docs::ApiDocs,
}

impl Description {
    /// The description of a server with these settings and streams.
    pub(super) fn of(config: &Config, streams: &Streams) -> Self {
        // Its keys are texts, so it always has a JSON text.
        let json = serde_json::to_value(document(config, streams)).unwrap_or_default();
        Self { docs: super::docs::api_docs(&json), json: format!("{json:#}\n").into() }
    }
}

/// The document.
fn document(config: &Config, streams: &Streams) -> OpenApi {
    let paths = PathsBuilder::new()
        .path("/api/channels/{channel}/messages", publish::channel_messages(config))
        .path("/api/channels/{channel}/messages", history::channel_messages())
        .path("/api/events", subscribe::events(config))
        .path("/api/channels/{channel}/people", history::people())
        .path("/api/channels", history::channels())
        .path("/api/search", history::search())
        .path("/api/sse", streams::demo(config, streams))
        .path("/api/streams/{name}", streams::named(config, streams))
        .path("/api/replies", replies::replies(config))
        .path("/api/replies/{reply}", replies::reply_path())
        .path("/messages", chat::messages(config))
        .path("/healthz", operations::health())
        .path("/readyz", operations::ready())
        .path("/metrics", operations::metrics())
        .path("/api/stats", operations::stats())
        .path(PATH, operations::description());
    let info = InfoBuilder::new()
        .title("Tidings")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(introduction(config)))
        .license(Some(License::new("MIT")));
    let mut document = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components(config, streams)))
        .tags(Some(tags()))
        .build();
    document.paths.paths.values_mut().for_each(add_what_all_have);
    document.security = Some(security::requirements());
    document
}

fn introduction(config: &Config) -> String {
    let headers = time_span(config.limits.header_time);
    let stalled = time_span(config.limits.stalled);
    format!(
        "Live messages over HTTP: publish with one request, watch with Server-Sent Events.\n\n\
         Requests are read strictly. A query parameter or a JSON field that is not described here is refused, and so \
         is a parameter that is given more often than it may be. A refusal is `application/problem+json` (RFC 9457), \
         names the place at fault in `field`, and has changed nothing.\n\n\
         What may be done without a token is the operator's choice. A token is a JSON Web Token with the claim \
         `tidings`, which has the channels and patterns to `publish` to and to `subscribe` to. Of a wildcard there comes \
         what may be seen; what may not be seen is nowhere: not in a stream, a page, a list or a count.\n\n\
         HEAD is answered as GET would be, without the body; it opens no stream. A method that a path does not take \
         gets 405, and a path under `/api` that is not here 404. The limits are those of this server's settings: a \
         request's headers have to come within {headers}, and a connection whose client takes no byte for {stalled} \
         is closed."
    )
}

fn tags() -> Vec<Tag> {
    let tags = [
        (parts::PUBLISH, "A message is on disk when its publish is answered."),
        (
            parts::SUBSCRIBE,
            "One connection watches any number of channels, and resumes without a gap or a repeat.",
        ),
        (parts::HISTORY, "What is kept, how much, and where a word stands in it."),
        (parts::STREAMS, "Streams that the server makes by itself, a run of its own for each connection."),
        (
            parts::REPLIES,
            "Streamed answers, as AI applications have them: each is messages of its thread's channel.",
        ),
        (parts::CHAT, "The chat of the tutorials: another name of the channel `chat.lobby`."),
        (parts::OPERATIONS, "For those who run the server, and for programs that read this."),
    ];
    tags.map(|(name, says)| TagBuilder::new().name(name).description(Some(says)).build()).into()
}

fn components(config: &Config, streams: &Streams) -> Components {
    let schemas = ComponentsBuilder::new()
        .schema_from::<Channel>()
        .schema_from::<ChannelPattern>()
        .schema_from::<super::history::Channels>()
        .schema_from::<super::history::ChannelEntry>()
        .schema_from::<super::history::Page>()
        .schema_from::<super::people::People>()
        .schema_from::<Person>()
        .schema_from::<PersonId>()
        .schema_from::<Name>()
        .schema_from::<Envelope>()
        .schema_from::<EventId>()
        .schema_from::<EventName>()
        .schema_from::<figures::Health>()
        .schema_from::<figures::Readiness>()
        .schema_from::<super::stats::Figures>()
        .schema_from::<crate::streams::stats::Sample>()
        .schema_from::<Gap>()
        .schema_from::<JsonMessage>()
        .schema_from::<Key>()
        .schema_from::<Problem>()
        .schema_from::<Prompt>()
        .schema_from::<Published>()
        .schema_from::<PublishedBatch>()
        .schema_from::<PublishedId>()
        .schema_from::<Reply>()
        .schema_from::<ReplyId>()
        .schema_from::<Sent>()
        .schema_from::<SubscriptionBody>()
        .schema_from::<Thread>()
        .schema_from::<Ticket>()
        .schema_from::<Time>()
        .schema_from::<ChannelPatterns>()
        .schema_from::<Last>()
        .schema_from::<LastEventId>()
        .schema_from::<GivenName>()
        .schema_from::<Beginning>()
        .schema_from::<EnvelopeForm>();
    let responses = problems::all(&config.limits, &config.replies, streams).map(|(name, response)| {
        let response = response.header_ref(REQUEST_ID, Ref::new(parts::REQUEST_ID_HEADER));
        let response = response.header_ref(parts::NODE, Ref::new(parts::NODE_HEADER));
        (name, response)
    });
    security::schemes(schemas)
        .responses_from_iter(responses)
        .parameter("RequestId", parts::request_id())
        .header("RequestId", parts::request_id_header())
        .header("Node", parts::node_header())
        .build()
}

/// Who may do what, and how much.
fn add_who_may(path: &mut PathItem) {
    let PathItem { get, post, delete, .. } = path;
    for (operation, changes) in [(get, false), (post, true), (delete, true)] {
        let Some(operation) = operation else { continue };
        // Whether the server lives, and what it offers, everyone may know.
        if ["health", "ready", "openapi"].map(Some).contains(&operation.operation_id.as_deref()) {
            continue;
        }
        let responses = &mut operation.responses.responses;
        let is_stream = responses.contains_key("204");
        responses.insert("401".to_owned(), refusal(problems::UNAUTHORIZED).into());
        responses.insert("403".to_owned(), refusal(problems::FORBIDDEN).into());
        if changes || is_stream {
            responses.insert("429".to_owned(), refusal(problems::TOO_MANY).into());
        }
    }
}

/// Every request may have an id, and every answer has it.
fn add_what_all_have(path: &mut PathItem) {
    path.parameters = Some(vec![RefOr::Ref(Ref::new("#/components/parameters/RequestId"))]);
    add_who_may(path);
    let operations = [&mut path.get, &mut path.post, &mut path.delete].into_iter().flatten();
    for response in operations.flat_map(|Operation { responses, .. }| responses.responses.values_mut()) {
        if let RefOr::T(response) = response {
            for (name, header) in [(REQUEST_ID, parts::REQUEST_ID_HEADER), (parts::NODE, parts::NODE_HEADER)]
            {
                response.headers.insert(name.to_owned(), RefOr::Ref(Ref::new(header)));
            }
        }
    }
}

//! What the descriptions of the operations are put together from.

use super::super::{
    header::LONGEST_PLAIN,
    schema::{self, EXAMPLE_ID, LastEventId, named, text},
};
use crate::model::Ticket;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;
use utoipa::{
    ToSchema,
    openapi::{
        Content, ContentBuilder, Header, HeaderBuilder, Ref, RefOr, Required, Response, ResponseBuilder,
        Schema,
        example::ExampleBuilder,
        extensions::Extensions,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
    },
};

pub(super) const PUBLISH: &str = "Publish";
pub(super) const SUBSCRIBE: &str = "Subscribe";
pub(super) const HISTORY: &str = "History";
pub(super) const STREAMS: &str = "Built-in streams";
pub(super) const CHAT: &str = "Chat";
pub(super) const REPLIES: &str = "Replies";
pub(super) const OPERATIONS: &str = "Operations";

/// Where the sample commands find the server. The page for people has its own address there.
pub(in super::super) const ORIGIN: &str = "http://127.0.0.1:3000";

/// The extension that has an operation's sample commands, as several renderers of OpenAPI read it.
pub(in super::super) const SAMPLES: &str = "x-codeSamples";

/// The header that names a request.
pub(super) const REQUEST_ID: &str = "X-Request-Id";

/// The same as a header of answers, among the components.
pub(super) const REQUEST_ID_HEADER: &str = "#/components/headers/RequestId";

/// An operation, still without parameters and answers.
pub(super) fn operation(
    tag: &str,
    id: &str,
    summary: &str,
    description: impl Into<String>,
) -> OperationBuilder {
    let described = OperationBuilder::new().tag(tag).operation_id(Some(id)).summary(Some(summary));
    described.description(Some(description))
}

/// Commands that do it: what each is for, its options, and its path with the query, quoted where a shell needs that.
pub(super) fn samples<const N: usize>(commands: [(&str, &str, &str); N]) -> Option<Extensions> {
    let samples = commands.map(|(label, options, path)| {
        let options = if options.is_empty() { String::new() } else { format!("{options} ") };
        let address = format!("{ORIGIN}{path}");
        let address = if path.contains(['?', '*', '>']) { format!("'{address}'") } else { address };
        json!({ "lang": "Shell", "label": label, "source": format!("curl {options}{address}") })
    });
    Some(Extensions::from_iter([(SAMPLES, Value::from(samples.to_vec()))]))
}

/// A query parameter that need not be given.
pub(super) fn query(
    name: &str,
    schema: impl Into<RefOr<Schema>>,
    description: impl Into<String>,
) -> ParameterBuilder {
    parameter(name, ParameterIn::Query, schema, description)
}

/// A header of the request that need not be given.
pub(super) fn header(
    name: &str,
    schema: impl Into<RefOr<Schema>>,
    description: impl Into<String>,
) -> ParameterBuilder {
    parameter(name, ParameterIn::Header, schema, description)
}

/// A part of the path.
pub(super) fn in_path(name: &str, schema: impl Into<RefOr<Schema>>, description: &str) -> ParameterBuilder {
    parameter(name, ParameterIn::Path, schema, description).required(Required::True)
}

fn parameter(
    name: &str,
    place: ParameterIn,
    schema: impl Into<RefOr<Schema>>,
    description: impl Into<String>,
) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .schema(Some(schema))
        .description(Some(description))
}

/// The id of a request.
pub(super) fn request_id() -> Parameter {
    let says = "Names the request in its answer and in the server's log. Where it is not given, or is not 1 to 64 \
                of `A-Z a-z 0-9 . _ -`, the server makes one up.";
    header(REQUEST_ID, text(), says).example(Some(json!("6f1e-42"))).build()
}

/// The id of a request in its answer.
pub(super) fn request_id_header() -> Header {
    HeaderBuilder::new().schema(Some(request_id_text())).description(Some("The request's id.")).build()
}

/// The header that says which of several servers answers.
pub(super) const NODE: &str = "X-Tidings-Node";

/// The same among the components.
pub(super) const NODE_HEADER: &str = "#/components/headers/Node";

/// What a server is called.
pub(super) fn node_header() -> Header {
    let says = "What the server is called that answers, where its settings name it.";
    HeaderBuilder::new().schema(Some(plain_text())).description(Some(says)).build()
}

fn request_id_text() -> utoipa::openapi::schema::ObjectBuilder {
    plain_text().min_length(Some(1))
}

fn plain_text() -> utoipa::openapi::schema::ObjectBuilder {
    text().max_length(Some(LONGEST_PLAIN)).pattern(Some(format!("^[A-Za-z0-9._-]{{1,{LONGEST_PLAIN}}}$")))
}

/// What every event stream takes: the last event id in each of its spellings, and the ticket.
pub(super) fn watcher() -> [Parameter; 6] {
    let last = |place: ParameterIn, name: &str, says: &str| {
        parameter(name, place, named::<LastEventId>(), says).example(Some(json!(EXAMPLE_ID))).build()
    };
    let alias = "Another spelling of `last_event_id`.";
    [
        last(
            ParameterIn::Header,
            "Last-Event-ID",
            "The id of the last event that the client has: the stream goes on after it. An `EventSource` sends it by \
             itself. It wins over the query.",
        ),
        last(ParameterIn::Query, "last_event_id", "The same for clients that cannot send headers."),
        last(ParameterIn::Query, "lastEventId", alias),
        last(ParameterIn::Query, "lastEventID", alias),
        query(
            "ticket",
            named::<Ticket>(),
            "Names the stream. A second connection with the same ticket takes over from the first.",
        )
        .example(Some(json!("5f0c2d7be1a94c3682d4b7f09e6a1c58")))
        .build(),
        query(
            "permit",
            text(),
            "What an `EventSource`, which can send no headers, has in its address in the place of a token. It opens a \
             stream of certain channels, and for a minute.",
        )
        .build(),
    ]
}

/// An answer in JSON.
pub(super) fn json_answer<T: ToSchema>(description: &str, example: Option<Value>) -> Response {
    let answer = ResponseBuilder::new().description(description);
    answer.content("application/json", json_content::<T>(example)).build()
}

/// An answer in JSON that no cache keeps.
pub(super) fn uncached_json<T: ToSchema>(description: &str, example: Option<Value>) -> Response {
    uncached(description).content("application/json", json_content::<T>(example)).build()
}

fn json_content<T: ToSchema>(example: Option<Value>) -> Content {
    ContentBuilder::new().schema(Some(named::<T>())).example(example).build()
}

/// An answer that no cache keeps.
pub(super) fn uncached(description: &str) -> ResponseBuilder {
    ResponseBuilder::new()
        .description(description)
        .header("Cache-Control", fixed("no-store", "No cache keeps it."))
}

/// An event stream: examples by their names, each of these blocks.
pub(super) fn stream_answer<const N: usize>(
    description: &str,
    examples: [(&str, &str, Vec<Bytes>); N],
) -> Response {
    let examples = examples.map(|(name, summary, blocks)| {
        let stream = String::from_utf8_lossy(&blocks.concat()).into_owned();
        (name, ExampleBuilder::new().summary(summary).value(Some(json!(stream))))
    });
    let content = ContentBuilder::new()
        .schema(Some(text().description(Some("Blocks, each of fields a line and a blank line at its end."))))
        .examples_from_iter(examples);
    ResponseBuilder::new()
        .description(description)
        .header(
            "Cache-Control",
            fixed("no-cache, no-transform", "No cache keeps it, and no proxy compresses it."),
        )
        .header("X-Accel-Buffering", fixed("no", "No proxy holds it back."))
        .content("text/event-stream", content.build())
        .build()
}

/// 204 for a stream that is over.
pub(super) fn over() -> Response {
    uncached(
        "The stream is over for good: it was sent to its end, or ended by its ticket. An `EventSource` does not come \
         back after this.",
    )
    .build()
}

/// A header that is always the same.
pub(super) fn fixed(value: &str, description: &str) -> Header {
    HeaderBuilder::new().schema(Some(schema::one_of(&[value]))).description(Some(description)).build()
}

/// A body in a form with an example.
pub(super) fn form(schema: impl Into<RefOr<Schema>>, summary: &str, example: impl Into<Value>) -> Content {
    let example = ExampleBuilder::new().summary(summary).value(Some(example.into()));
    ContentBuilder::new().schema(Some(schema)).examples_from_iter([("example", example)]).build()
}

/// A refusal, by its name among the components.
pub(super) fn refusal(name: &str) -> Ref {
    Ref::from_response_name(name)
}

/// A value as JSON.
pub(super) fn as_json(value: impl Serialize) -> Option<Value> {
    serde_json::to_value(value).ok()
}

/// A time in words: `30 s`, `1 day`.
pub(super) fn time_span(time: Duration) -> String {
    let (mut words, mut last) = (String::new(), ' ');
    for character in humantime::format_duration(time).to_string().chars() {
        if last.is_ascii_digit() && character.is_alphabetic() {
            words.push(' ');
        }
        words.push(character);
        last = character;
    }
    words
}

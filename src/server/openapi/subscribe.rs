//! `GET` and `POST /api/events`.

use super::{
    super::{
        config::Config,
        schema::{
            Beginning, ChannelPatterns, EXAMPLE_ID, EXAMPLE_TIME, EnvelopeForm, GivenName, Last, named,
        },
        subscribe::SubscriptionBody,
    },
    parts::{SUBSCRIBE, form, operation, over, query, refusal, samples, stream_answer, time_span, watcher},
    problems::{BAD_REQUEST, TOO_LARGE, TOO_SLOW, UNAVAILABLE},
};
use crate::{
    hub::frame::{Envelope, Form, Gap, Outgoing},
    model::{EventId, message::Message, person::PersonId},
    sse::encode,
};
use bytes::Bytes;
use serde_json::json;
use utoipa::openapi::{
    HttpMethod, PathItem, Required, Response,
    path::{OperationBuilder, Parameter, ParameterStyle},
    request_body::RequestBodyBuilder,
};

pub(super) fn events(config: &Config) -> PathItem {
    let mut path = PathItem::new(HttpMethod::Get, get(config));
    path.merge_operations(PathItem::new(HttpMethod::Post, post(config)));
    path
}

fn get(config: &Config) -> OperationBuilder {
    let get = operation(
        SUBSCRIBE,
        "subscribe",
        "Watch channels",
        "Sends every message of the channels as an event, from now on or from an earlier one. A client that comes back \
         with the last event id gets what it missed, wherever it began, without a gap or a repeat. Where some of that \
         is not kept any more, the first event is `gap` and says so.",
    )
    .parameter(
        query("channel", named::<ChannelPatterns>(), "A channel or a pattern; give the parameter once for each.")
            .required(Required::True)
            .style(Some(ParameterStyle::Form))
            .explode(Some(true))
            .example(Some(json!(["news", "chat.*"]))),
    )
    .parameter(
        query("last", named::<Last>(), "Begin so many messages back. Not together with `from`.")
            .example(Some(json!(10))),
    )
    .parameter(
        query(
            "from",
            named::<Beginning>(),
            "Begin with the oldest message that is kept. Not together with `last`. Without either it begins now.",
        )
        .example(Some(json!("earliest"))),
    )
    .parameter(
        query(
            "envelope",
            named::<EnvelopeForm>(),
            "Each event's data is the message as JSON, with its channel and its time; the event's name stands there \
             and not in the event.",
        )
        .example(Some(json!("json"))),
    )
    .parameters(Some(watcher()))
    .parameters(Some(person()))
    .extensions(samples([
        ("A channel", "--no-buffer", "/api/events?channel=news"),
        ("Several, each message with its channel", "--no-buffer", "/api/events?channel=news&channel=chat.*&envelope=json"),
        ("The last ten messages and what follows", "--no-buffer", "/api/events?channel=news&last=10"),
        (
            "Go on after an event",
            "--no-buffer --header 'Last-Event-ID: 1767225600000-4'",
            "/api/events?channel=news",
        ),
    ]));
    answers(get, config)
}

/// Who subscribes.
fn person() -> [Parameter; 2] {
    [
        query("person", named::<PersonId>(), "Who you are: whoever watches `X.here` and says so is in `X`.")
            .example(Some(json!("5f2c9a")))
            .build(),
        query("name", named::<GivenName>(), "What you are called. Only with `person`.")
            .example(Some(json!("Ann")))
            .build(),
    ]
}

fn post(config: &Config) -> OperationBuilder {
    let (limit, time) = (config.limits.message, time_span(config.limits.body_time));
    let body = RequestBodyBuilder::new()
        .description(Some(format!(
            "At most {limit} bytes of JSON, sent within {time}. Its media type is not asked for."
        )))
        .required(Some(Required::True))
        .content(
            "application/json",
            form(
                named::<SubscriptionBody>(),
                "Two channels, ten messages back",
                json!({ "channels": ["news", "chat.*"], "last": 10, "envelope": "json" }),
            ),
        );
    let post = operation(
        SUBSCRIBE,
        "subscribeByPost",
        "Watch channels, asked for by a body",
        "The same stream, for clients that send POST. The last event id and the ticket may stand in the header and the \
         query as well.",
    )
    .parameters(Some(watcher()))
    .parameters(Some(person()))
    .request_body(Some(body.build()))
    .extensions(samples([(
        "Two channels, ten messages back",
        r#"--no-buffer --json '{"channels": ["news", "chat.*"], "last": 10}'"#,
        "/api/events",
    )]));
    answers(post, config).response("408", refusal(TOO_SLOW)).response("413", refusal(TOO_LARGE))
}

fn answers(operation: OperationBuilder, config: &Config) -> OperationBuilder {
    operation
        .response("200", stream(config))
        .response("204", over())
        .response("400", refusal(BAD_REQUEST))
        .response("503", refusal(UNAVAILABLE))
}

/// The stream, also that of the chat.
pub(super) fn stream(config: &Config) -> Response {
    let silence = time_span(config.stream.heartbeat);
    let description = format!(
        "The stream. It begins with `retry`, how many milliseconds to wait before coming back, and with an id alone, \
         which sets the last event id before there is an event. After {silence} of silence it sends a comment."
    );
    let stream = |tail, blocks: &[Bytes]| {
        [&[encode::retry(config.stream.retry), encode::id_only(tail)], blocks].concat()
    };
    let now = EventId::new(EXAMPLE_TIME, 0);
    let gap = Gap { after: EventId::new(EXAMPLE_TIME - 60_000, 0), oldest: Some(EXAMPLE_ID) };
    let after = gap.after;
    stream_answer(
        &description,
        [
            ("data", "A message, and silence", stream(now, &[message(Form::Plain), encode::HEARTBEAT])),
            ("envelope", "The same message in an envelope", stream(now, &[message(Form::Envelope)])),
            (
                "gap",
                "Some of what was missed is not kept any more",
                stream(after, &[gap.frame().block(), message(Form::Plain)]),
            ),
        ],
    )
}

fn message(form: Form) -> Bytes {
    let frame = |message| Outgoing::new(Envelope::from(&message)).frame(form);
    example_message().map(|message| frame(message).block()).unwrap_or_default()
}

/// The message of the examples.
pub(super) fn example_message() -> Option<Message> {
    let event = "update".parse().ok();
    Some(Message {
        channel: "news".parse().ok()?,
        id: EXAMPLE_ID,
        event,
        data: r#"{"price": 12.5}"#.to_owned(),
    })
}

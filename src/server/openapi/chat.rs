//! `GET` and `POST /messages`.

use super::{
    super::{
        config::Config,
        publish::Published,
        schema::{EXAMPLE_ID, EXAMPLE_TIME, text},
    },
    parts::{CHAT, as_json, form, json_answer, operation, over, refusal, samples, time_span, watcher},
    problems::{BAD_REQUEST, DISK_FULL, INTERNAL, TOO_LARGE, TOO_SLOW, UNAVAILABLE},
    subscribe::stream,
};
use crate::hub::frame::rfc3339;
use serde_json::{Value, json};
use utoipa::openapi::{
    HttpMethod, PathItem, Required,
    path::OperationBuilder,
    request_body::RequestBodyBuilder,
    schema::{ObjectBuilder, SchemaType},
};

pub(super) fn messages(config: &Config) -> PathItem {
    let mut path = PathItem::new(HttpMethod::Get, get(config));
    path.merge_operations(PathItem::new(HttpMethod::Post, post(config)));
    path
}

fn get(config: &Config) -> OperationBuilder {
    operation(
        CHAT,
        "watchChat",
        "Watch the chat",
        "The messages of the channel `chat.lobby`, from now on or after the last event id.",
    )
    .parameters(Some(watcher()))
    .response("200", stream(config))
    .response("204", over())
    .response("400", refusal(BAD_REQUEST))
    .response("500", refusal(INTERNAL))
    .response("503", refusal(UNAVAILABLE))
    .extensions(samples([("Watch it", "--no-buffer", "/messages")]))
}

fn post(config: &Config) -> OperationBuilder {
    let (limit, time) = (config.limits.message, time_span(config.limits.body_time));
    let any = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
    let example = json!({ "name": "ann", "text": "Hello!" });
    let body = RequestBodyBuilder::new()
        .description(Some(format!(
            "The whole body is the message, in UTF-8, whatever its media type says: at most {limit} bytes, sent within \
             {time}."
        )))
        .required(Some(Required::False))
        .content("application/json", form(any, "Any JSON, kept as it was written", example))
        .content("*/*", form(text().max_length(Some(limit)), "Any text", "Hello!"));
    operation(
        CHAT,
        "say",
        "Say something in the chat",
        "Publishes the body to the channel `chat.lobby`, so that everyone who watches gets it as it was sent.",
    )
    .request_body(Some(body.build()))
    .response("201", json_answer::<Published>("Said, and on disk.", published()))
    .response("400", refusal(BAD_REQUEST))
    .response("408", refusal(TOO_SLOW))
    .response("413", refusal(TOO_LARGE))
    .response("500", refusal(INTERNAL))
    .response("503", refusal(UNAVAILABLE))
    .response("507", refusal(DISK_FULL))
    .extensions(samples([("Say hello", r#"--json '{"name": "ann", "text": "Hello!"}'"#, "/messages")]))
}

fn published() -> Option<Value> {
    let channel = "chat.lobby".parse().ok()?;
    as_json(Published { id: EXAMPLE_ID, channel: &channel, time: rfc3339(EXAMPLE_TIME) })
}

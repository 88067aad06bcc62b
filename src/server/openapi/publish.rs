//! `POST /api/channels/{channel}/messages`.

use super::{
    super::{
        config::Config,
        publish::{JsonMessage, MAX_MESSAGES, Published, PublishedBatch, PublishedId, Sent},
        schema::{EXAMPLE_ID, EXAMPLE_TIME, named, text},
    },
    parts::{
        PUBLISH, as_json, form, header, in_path, json_answer, operation, query, refusal, samples, time_span,
    },
    problems::{
        BAD_REQUEST, DISK_FULL, INTERNAL, KEY_REUSED, TOO_LARGE, TOO_SLOW, UNAVAILABLE,
        UNSUPPORTED_MEDIA_TYPE,
    },
};
use crate::{
    hub::{frame::rfc3339, log::Key},
    model::{EventId, EventName, channel::Channel},
};
use serde_json::{Value, json};
use utoipa::openapi::{
    ContentBuilder, HttpMethod, PathItem, RefOr, Required, Response, Schema,
    example::ExampleBuilder,
    request_body::{RequestBody, RequestBodyBuilder},
    schema::{ObjectBuilder, OneOfBuilder, SchemaType},
};

pub(super) fn channel_messages(config: &Config) -> PathItem {
    let window = time_span(config.log.key_window);
    let post = operation(
        PUBLISH,
        "publish",
        "Publish a message, or many",
        format!(
            "The answer comes when the messages are on disk; nobody is sent one that is not. The media type says what \
             the body is: the data itself as text, a JSON object with the data in it, such an object on each line, or \
             bytes. Without a media type it is text.\n\n\
             With an idempotency key a message is published only once, however often it is sent: for {window} the same \
             key on the same channel gets the first answer again, with 200 instead of 201. A key in the header of a \
             batch is for the whole of it."
        ),
    )
    .parameter(in_path("channel", named::<Channel>(), "The channel. It need not be there before.").example(Some(json!("news"))))
    .parameter(
        query("event", named::<EventName>(), "The event's name, for text and bytes; in JSON it stands in the body.")
            .example(Some(json!("update"))),
    )
    .parameter(
        header("Idempotency-Key", named::<Key>(), "The key. In a JSON body it may stand as `key` instead, not in both.")
            .example(Some(json!("order-17"))),
    )
    .request_body(Some(body(config)))
    .response("201", answer("Published: all of it is on disk."))
    .response("200", answer("Published before, with the same key. This is the first answer again."))
    .response("202", json_answer::<Sent>("Sent to those who watch now, and not kept.", sent()))
    .extensions(samples([
        ("Text", "--data 'Hello!'", "/api/channels/news/messages"),
        ("JSON", r#"--json '{"data": {"price": 12.5}, "event": "update", "key": "order-17"}'"#, "/api/channels/news/messages"),
        ("To those who watch now", r#"--json '{"data": "ann is typing", "ephemeral": true}'"#, "/api/channels/chat.lobby/messages"),
        (
            "Many, from a file or a pipe",
            "--data-binary @messages.ndjson --header 'Content-Type: application/x-ndjson'",
            "/api/channels/news/messages",
        ),
        ("A picture", "--data-binary @picture.png --header 'Content-Type: image/png'", "/api/channels/demo.pictures/messages"),
    ]));
    let refusals = [
        ("400", BAD_REQUEST),
        ("408", TOO_SLOW),
        ("413", TOO_LARGE),
        ("415", UNSUPPORTED_MEDIA_TYPE),
        ("422", KEY_REUSED),
        ("500", INTERNAL),
        ("503", UNAVAILABLE),
        ("507", DISK_FULL),
    ];
    let post = refusals.into_iter().fold(post, |post, (status, name)| post.response(status, refusal(name)));
    PathItem::new(HttpMethod::Post, post)
}

fn body(config: &Config) -> RequestBody {
    let (one, many) = (config.limits.message, config.limits.batch);
    let time = time_span(config.limits.body_time);
    let line = r#"{"data": "one", "event": "update"}"#;
    RequestBodyBuilder::new()
        .description(Some(format!(
            "At most {one} bytes, for a batch at most {many}, sent within {time}. Text is UTF-8, and a `charset` that \
             is another one is refused. A batch, `application/x-ndjson`, has a message as JSON on each line, at most \
             {MAX_MESSAGES} of them, all of which are published or none; empty lines are skipped. Bytes are kept as a \
             `data:` URL in base64, since an event stream carries text. `application/x-www-form-urlencoded`, which \
             `curl --data` sends by itself, is taken for text."
        )))
        .required(Some(Required::False))
        .content("text/plain", form(text().max_length(Some(one)), "The data itself", "Hello!"))
        .content("application/x-www-form-urlencoded", form(text().max_length(Some(one)), "The data itself", "Hello!"))
        .content("application/json", form(named::<JsonMessage>(), "A message with its event's name", json!({ "data": { "price": 12.5 }, "event": "update", "key": "order-17" })))
        .content("application/x-ndjson", form(text().max_length(Some(many)), "Two messages", format!("{line}\n{{\"data\": \"two\"}}\n")))
        .content("application/octet-stream", ContentBuilder::new().schema(Some(bytes(one))).build())
        .content("image/*", ContentBuilder::new().schema(Some(bytes(one))).build())
        .build()
}

/// At most so many bytes.
fn bytes(limit: usize) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).max_length(Some(limit)).into()
}

fn answer(description: &str) -> Response {
    let mut answer = json_answer::<Published>(description, None);
    let schema = OneOfBuilder::new().item(named::<Published>()).item(named::<PublishedBatch>());
    let example = |summary: &str, value| ExampleBuilder::new().summary(summary).value(value);
    let examples =
        [("one", example("A message", published())), ("batch", example("A batch", published_batch()))];
    let content = ContentBuilder::new().schema(Some(schema)).examples_from_iter(examples);
    answer.content.insert("application/json".to_owned(), content.into());
    answer
}

fn published() -> Option<Value> {
    let channel = "news".parse().ok()?;
    as_json(Published { id: EXAMPLE_ID, channel: &channel, time: rfc3339(EXAMPLE_TIME) })
}

fn published_batch() -> Option<Value> {
    let channel = "news".parse().ok()?;
    let ids = [4, 5].map(|number| EventId::new(EXAMPLE_TIME, number));
    let messages = ids.map(|id| PublishedId { id, time: rfc3339(EXAMPLE_TIME) }).into();
    as_json(PublishedBatch { channel: &channel, messages })
}

fn sent() -> Option<Value> {
    let channel = "chat.lobby".parse().ok()?;
    as_json(Sent { channel: &channel, time: rfc3339(EXAMPLE_TIME) })
}

//! `POST /api/replies`, `DELETE /api/replies/{reply}`.

use super::{
    super::{
        config::Config,
        replies::{Prompt, Reply},
        schema::{EXAMPLE_REPLY, named, text},
    },
    parts::{REPLIES, as_json, form, header, in_path, json_answer, operation, refusal, samples, time_span},
    problems::{
        BAD_REQUEST, DISK_FULL, INTERNAL, KEY_REUSED, NOT_FOUND, THREAD_BUSY, TOO_LARGE, TOO_SLOW,
        UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE,
    },
};
use crate::{hub::log::Key, model::reply::ReplyId};
use serde_json::{Value, json};
use utoipa::openapi::{
    HeaderBuilder, HttpMethod, PathItem, Required, Response, path::OperationBuilder,
    request_body::RequestBodyBuilder,
};

pub(super) fn replies(config: &Config) -> PathItem {
    let settings = &config.replies;
    let (length, time) = (settings.length, time_span(settings.time));
    let answerer = match settings.base_url {
        Some(_) => "A model answers",
        None => "The built-in engine answers, which quotes the hub's own messages and does not think",
    };
    let post = operation(
        REPLIES,
        "ask",
        "Start a reply",
        format!(
            "{answerer}. The answer comes as messages of the channel `replies.{{thread}}`, which are kept like all \
             others, so it is watched, resumed and read again as any channel is. Each has JSON with the reply's id, in \
             `reply`:\n\n\
             - `prompt`: what was asked, in `prompt`;\n\
             - `status`: what the answerer does, in `state`: `thinking`, `searching` with the `words`, or `tool` with \
             its `name`;\n\
             - `delta`: the next piece of the answer, in `text`, and how many bytes came before it, in `at`;\n\
             - `done`: the end, with the `reason` (`finished`, `stopped`, `length`) and the whole text's `length` in \
             bytes of UTF-8;\n\
             - `error`: the end of a reply that failed, with its `kind` for programs, a `detail` for people, and maybe \
             `retry_after` in seconds and `length`.\n\n\
             An answer has at most {length} bytes and takes at most {time}. What was said before in the thread goes with \
             the prompt. A thread has one reply at a time.\n\n\
             With an idempotency key the same prompt starts one reply only: sent again, it gets the first answer, with \
             200 instead of 202."
        ),
    )
    .parameter(header("Idempotency-Key", named::<Key>(), "The key.").example(Some(json!("question-17"))))
    .request_body(Some(body(config)))
    .response("202", started("Started: the prompt is on disk, and its reply is on its way."))
    .response("200", started("Started before, with the same key. This is the first answer again."))
    .extensions(samples([
        ("Ask", r#"--json '{"prompt": "What is new?"}'"#, "/api/replies"),
        (
            "Go on in a thread",
            r#"--json '{"prompt": "/summary news", "thread": "monday"}'"#,
            "/api/replies",
        ),
    ]));
    let refusals = [
        ("400", BAD_REQUEST),
        ("408", TOO_SLOW),
        ("409", THREAD_BUSY),
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

fn body(config: &Config) -> utoipa::openapi::request_body::RequestBody {
    let (limit, time) = (config.replies.prompt, time_span(config.limits.body_time));
    let example = json!({ "prompt": "What is new?", "thread": "monday" });
    RequestBodyBuilder::new()
        .description(Some(format!("The prompt has at most {limit} bytes. All is to be sent within {time}.")))
        .required(Some(Required::True))
        .content("application/json", form(named::<Prompt>(), "A prompt in a thread", example))
        .build()
}

fn started(description: &str) -> Response {
    let mut answer = json_answer::<Reply>(description, reply());
    let says = "The stream of the reply, from its first event on.";
    let location = HeaderBuilder::new().schema(Some(text())).description(Some(says)).build();
    answer.headers.insert("Location".to_owned(), location.into());
    answer
}

pub(super) fn reply_path() -> PathItem {
    PathItem::new(HttpMethod::Delete, delete())
}

fn delete() -> OperationBuilder {
    let path = format!("/api/replies/{EXAMPLE_REPLY}");
    operation(
        REPLIES,
        "stop",
        "Stop a reply",
        "Ends the work on it, here and where the model is. The reply ends with `done` and the reason `stopped`; what was \
         said of it stays.",
    )
    .parameter(in_path("reply", named::<ReplyId>(), "The reply.").example(Some(json!(EXAMPLE_REPLY))))
    .response("202", json_answer::<Reply>("It is being stopped.", reply()))
    .response("400", refusal(BAD_REQUEST))
    .response("404", refusal(NOT_FOUND))
    .extensions(samples([("Stop it", "--request DELETE", &path)]))
}

fn reply() -> Option<Value> {
    as_json(Reply::of("monday".parse().ok()?, EXAMPLE_REPLY))
}

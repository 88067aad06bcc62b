//! `GET /api/sse` and `GET /api/streams/{name}`.

use super::{
    super::{
        config::Config,
        schema::{self, EXAMPLE_TIME},
    },
    parts::{STREAMS, in_path, operation, over, query, refusal, samples, stream_answer, time_span, watcher},
    problems::{BAD_REQUEST, INTERNAL, NOT_FOUND},
};
use crate::{
    model::EventId,
    sse::encode,
    streams::{DEMO, Streams, parameters::Parameters},
};
use bytes::Bytes;
use serde_json::json;
use utoipa::openapi::{HttpMethod, PathItem, path::OperationBuilder};

pub(super) fn demo(config: &Config, streams: &Streams) -> PathItem {
    let pace = time_span(config.demo.interval);
    let get = operation(
        STREAMS,
        "demo",
        "Watch the demo",
        format!(
            "The script of the tutorials: a greeting, the events `update` and `hi`, five numbered messages {pace} \
             apart, and `end`. A client that comes back goes on where it was cut off."
        ),
    )
    .parameters(Some(watcher()))
    .response("200", stream_answer("The stream.", [("demo", "The whole script", run(config, streams, DEMO, 9))]))
    .extensions(samples([("Watch it", "--no-buffer", "/api/sse")]));
    PathItem::new(HttpMethod::Get, others(get))
}

pub(super) fn named(config: &Config, streams: &Streams) -> PathItem {
    let names: Vec<_> = streams.names().collect();
    let examples = [
        ("clock", "`clock`: a greeting, then the time at every interval", run(config, streams, "clock", 2)),
        ("fields", "`fields`: every field of the format", run(config, streams, "fields", 3)),
        (
            "ticker",
            "`ticker`: a welcome, then `update` every two seconds and a `notification`",
            run(config, streams, "ticker", 1),
        ),
    ];
    let get = operation(
        STREAMS,
        "stream",
        "Watch a built-in stream",
        "`demo` is what `GET /api/sse` sends. `clock` greets and then says the time, for as long as it is watched. \
         `ticker` welcomes, sends `update` with a random number every two seconds, and one `notification` after five. \
         `fields` sends every field of the format once, and ends. A run that is resumed goes on at its pace; an endless \
         one leaves out what would have come in between.",
    )
    .parameter(in_path("name", schema::one_of(&names), "The stream.").example(Some(json!("clock"))))
    .parameter(
        query(
            "interval",
            schema::range(1, 60).default(Some(json!(1))),
            "Of `clock` alone: whole seconds between two times.",
        )
        .example(Some(json!(5))),
    )
    .parameters(Some(watcher()))
    .response("200", stream_answer("The stream.", examples))
    .response("404", refusal(NOT_FOUND))
    .extensions(samples([
        ("The time, every five seconds", "--no-buffer", "/api/streams/clock?interval=5"),
        ("Every field of the format", "--no-buffer", "/api/streams/fields"),
    ]));
    PathItem::new(HttpMethod::Get, others(get))
}

fn others(operation: OperationBuilder) -> OperationBuilder {
    let answered = operation.response("204", over());
    answered.response("400", refusal(BAD_REQUEST)).response("500", refusal(INTERNAL))
}

/// How a run of a stream begins: its own events, as its script encodes them.
fn run(config: &Config, streams: &Streams, name: &str, count: u64) -> Vec<Bytes> {
    let start = EventId::new(EXAMPLE_TIME, 0);
    let mut blocks = vec![encode::retry(config.stream.retry), encode::id_only(start)];
    if let Ok(script) = streams.script(name, &Parameters::default()) {
        let times = (1..=count).scan(EXAMPLE_TIME, |time, number| {
            *time += u64::try_from(script.pause(number).as_millis()).unwrap_or_default();
            Some(EventId::new(*time, number))
        });
        blocks.extend(times.map(|id| script.encode(id)));
    }
    blocks
}

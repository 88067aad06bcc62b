//! `GET /healthz`, `GET /readyz`, `GET /metrics`, `GET /api/stats`, and the document itself.

use super::{
    super::{
        operations::{Health, OPEN_METRICS, Readiness},
        schema::{EXAMPLE_TIME, text},
        stats::Figures,
    },
    parts::{OPERATIONS, as_json, fixed, operation, refusal, samples, uncached, uncached_json},
    problems::{INTERNAL, UNAVAILABLE},
};
use crate::streams::stats::Sample;
use serde_json::json;
use utoipa::openapi::{ContentBuilder, HttpMethod, PathItem, ResponseBuilder, schema::ObjectBuilder};

pub(super) fn health() -> PathItem {
    let example = as_json(Health { status: "ok", streams: Some(2) });
    let get = operation(OPERATIONS, "health", "Is it alive?", "Answers for as long as the process does.")
        .response("200", uncached_json::<Health>("It is alive.", example))
        .extensions(samples([("Ask", "", "/healthz")]));
    PathItem::new(HttpMethod::Get, get)
}

pub(super) fn ready() -> PathItem {
    let get = operation(
        OPERATIONS,
        "ready",
        "Are new requests welcome?",
        "For a load balancer: 503 from the moment that the server begins to stop.",
    )
    .response("200", uncached_json::<Readiness>("They are.", as_json(Readiness { status: "ready" })))
    .response("503", refusal(UNAVAILABLE))
    .extensions(samples([("Ask", "", "/readyz")]));
    PathItem::new(HttpMethod::Get, get)
}

pub(super) fn metrics() -> PathItem {
    const EXAMPLE: &str = "# HELP tidings_subscribers Open streams.\n# TYPE tidings_subscribers gauge\n\
                           tidings_subscribers 2\n# EOF\n";
    let content = ContentBuilder::new().schema(Some(text())).example(Some(json!(EXAMPLE)));
    let get = operation(
        OPERATIONS,
        "metrics",
        "Read the figures",
        "For Prometheus: open streams and how many are behind, messages published and delivered, the time of commits \
         and of fan-outs, how much is kept, and how far search is behind.",
    )
    .response("200", uncached("The figures, as OpenMetrics text.").content(OPEN_METRICS, content.build()))
    .response("500", refusal(INTERNAL))
    .extensions(samples([("Read them", "", "/metrics")]));
    PathItem::new(HttpMethod::Get, get)
}

pub(super) fn stats() -> PathItem {
    let sample = Sample {
        time: EXAMPLE_TIME,
        subscribers: 2,
        published: 40.0,
        delivered: 80.0,
        fan_out_p50: Some(0.041),
        fan_out_p99: Some(0.09),
        commit_p50: Some(0.35),
        commit_p99: Some(1.2),
        memory: Some(31_457_280),
        cpu: Some(0.021),
        nodes: 1,
        node: None,
    };
    let get = operation(
        OPERATIONS,
        "stats",
        "Read the last ten minutes",
        "The hub's own figures, one set for each second. The next ones are on the channel `hub.stats`, as events named \
         `stats`, which are not kept: watch it as any other.",
    )
    .response("200", uncached_json::<Figures>("The figures.", as_json(Figures { interval: 1_000, samples: vec![sample] })))
    .extensions(samples([("Read them", "", "/api/stats")]));
    PathItem::new(HttpMethod::Get, get)
}

pub(super) fn description() -> PathItem {
    let document = ObjectBuilder::new().description(Some("An OpenAPI 3.1 document."));
    let answer = ResponseBuilder::new()
        .description("This document.")
        .header("Cache-Control", fixed("no-cache", "It is asked for anew each time."))
        .content("application/json", ContentBuilder::new().schema(Some(document)).build());
    let get = operation(
        OPERATIONS,
        "openapi",
        "Read this description",
        "The API as OpenAPI 3.1, with the limits of this server's settings. People read it at `/docs/api`.",
    )
    .response("200", answer)
    .extensions(samples([("Read it", "", super::PATH)]));
    PathItem::new(HttpMethod::Get, get)
}

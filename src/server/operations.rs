//! For operators: `GET /healthz`, `GET /readyz`, `GET /metrics`.

use super::{State, caller::Caller, header::NO_STORE, limits::Gate, schema};
use crate::{hub::Hub, model::problem::Problem, streams::Streams};
use axum::{
    Json, extract,
    http::{HeaderValue, header::CONTENT_TYPE},
    response::IntoResponse,
};
use prometheus_client::{
    encoding::text,
    metrics::gauge::Gauge,
    registry::{Registry, Unit},
};
use serde::Serialize;
use utoipa::ToSchema;

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`.
    #[schema(schema_with = schema::ok)]
    pub status: &'static str,
    /// How many streams are open, for those who may watch `hub.stats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streams: Option<usize>,
}

/// Whether new requests are welcome.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// `ready`.
    #[schema(schema_with = schema::ready)]
    pub status: &'static str,
}

/// The media type of the figures.
pub(super) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What Prometheus reads: the hub's counters and histograms, and the gauges that are read off when it asks.
#[derive(Debug)]
pub(super) struct Figures {
    registry: Registry,
    subscribers: Gauge,
    behind: Gauge,
    messages: Gauge,
    bytes: Gauge,
    unindexed: Gauge,
    /// Whether there is a connection to the log that several nodes share.
    connected: Option<Gauge>,
}

impl Figures {
    /// The figures of this hub.
    pub(super) fn of(hub: &Hub, gate: &Gate) -> Self {
        let mut registry = Registry::with_prefix("tidings");
        hub.metrics.register(&mut registry);
        registry.register("refused", "Refused for the sake of a limit", gate.refused.clone());
        if let Some(standing) = hub.standing() {
            registry.register("log_cuts", "Times that the shared log was cut off", standing.cuts);
            registry.register(
                "log_losses",
                "Times that the shared log lost what was seen here",
                standing.losses,
            );
        }
        let mut gauge = |name: &str, help: &str, unit: Option<Unit>| {
            let gauge = Gauge::default();
            match unit {
                Some(unit) => registry.register_with_unit(name, help, unit, gauge.clone()),
                None => registry.register(name, help, gauge.clone()),
            }
            gauge
        };
        Self {
            subscribers: gauge("subscribers", "Open streams", None),
            behind: gauge("subscribers_behind", "Subscribers that have not taken all there is", None),
            messages: gauge("log_messages", "Messages kept", None),
            bytes: gauge("log_size", "Data of the messages kept", Some(Unit::Bytes)),
            unindexed: gauge("search_lag_messages", "Messages kept that search does not find yet", None),
            connected: hub
                .standing()
                .map(|_| gauge("log_connected", "Whether the shared log can be reached: 1 or 0", None)),
            registry,
        }
    }

    fn encode(&self, hub: &Hub, streams: &Streams) -> Result<String, std::fmt::Error> {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let size = hub.size();
        self.subscribers.set(count(streams.passes.open() as u64));
        self.behind.set(count(hub.behind() as u64));
        self.messages.set(count(size.messages));
        self.bytes.set(count(size.bytes));
        self.unindexed.set(count(size.unindexed));
        if let Some((connected, standing)) = self.connected.as_ref().zip(hub.standing()) {
            connected.set(standing.is_up.into());
        }
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// 200 as long as the process answers, with how many streams are open.
pub(super) async fn health(
    extract::State(state): extract::State<State>,
    caller: Result<Caller, Problem>,
) -> impl IntoResponse {
    // Who only wants to know whether it lives is told so, whatever they show.
    let may_see = caller.is_ok_and(|caller| caller.may_see_figures().is_ok());
    ([NO_STORE], Json(Health { status: "ok", streams: may_see.then(|| state.streams.passes.open()) }))
}

/// 200 as long as new requests are welcome, 503 while the server stops.
pub(super) async fn ready(
    extract::State(state): extract::State<State>,
) -> Result<impl IntoResponse, Problem> {
    if state.shutdown.is_cancelled() {
        return Err(Problem::unavailable("the server is stopping"));
    }
    if !state.hub.is_running() {
        return Err(Problem::unavailable("nothing can be published: the log's writer has ended"));
    }
    Ok(([NO_STORE], Json(Readiness { status: "ready" })))
}

/// The figures, as OpenMetrics text.
pub(super) async fn metrics(
    extract::State(state): extract::State<State>,
    caller: Caller,
) -> Result<impl IntoResponse, Problem> {
    caller.may_see_figures()?;
    let text = state.figures.encode(&state.hub, &state.streams).map_err(Problem::internal)?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS)), NO_STORE], text))
}

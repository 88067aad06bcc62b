//! `GET /board`: the hub's own figures, and any number that messages have.

use super::{super::State, shell, unreadable};
use crate::{
    app::{
        Page,
        board::{Content, Moment, moment},
    },
    hub::{Hub, log::LogError},
    model::{board::Charted, source::Source},
    streams::stats::Sample,
};
use axum::{
    body::Body,
    extract,
    http::{Request, StatusCode},
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use serde_json::{Value, json};

/// The most messages that are looked at for numbers.
const MESSAGES: usize = 600;

/// The board.
pub(in crate::server) async fn board(
    extract::State(state): extract::State<State>,
    request: Request<Body>,
) -> Response {
    let charted = Charted::from_query(request.uri().query().unwrap_or_default());
    let tail = state.hub.newest();
    let values = match &charted {
        Ok(Some(charted)) => numbers(&state.hub, charted).await,
        _ => Ok(Vec::new()),
    };
    let values = match values {
        Ok(values) => values,
        Err(error) => return unreadable(&state, request.headers(), request.uri(), &error).await,
    };
    let samples = state.stats.samples();
    let status = if charted.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let content = Content {
        charted,
        figures: samples.iter().filter_map(figures).collect(),
        values: values
            .iter()
            .map(|(time, value)| Moment { time: *time, values: vec![Some(*value)] })
            .collect(),
        tail: tail.to_string(),
    };
    let values: Vec<_> = values.iter().map(|(time, value)| json!({ "time": time, "value": value })).collect();
    let json = json!({ "samples": samples, "values": values, "tail": content.tail }).to_string();
    let provide = move || provide_context(content.clone());
    (status, shell(&state, request.headers(), Page::Board, provide, json).await).into_response()
}

fn figures(sample: &Sample) -> Option<Moment> {
    let sample = serde_json::to_value(sample).ok()?;
    moment(|field| sample.get(field)?.as_f64())
}

/// The times and the numbers of a channel's newest messages, the oldest first. Built-in streams keep none.
async fn numbers(hub: &Hub, charted: &Charted) -> Result<Vec<(u64, f64)>, LogError> {
    let Source::Channels(selection) = &charted.source else { return Ok(Vec::new()) };
    let messages = hub.before(selection.clone(), None, MESSAGES).await?;
    let number = |data: &str| {
        let data: Value = serde_json::from_str(data).ok()?;
        charted.path().try_fold(&data, |value, name| value.get(name))?.as_f64()
    };
    Ok(messages
        .iter()
        .filter_map(|message| Some((message.id.milliseconds(), number(&message.data)?)))
        .collect())
}

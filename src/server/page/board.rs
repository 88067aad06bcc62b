//! `GET /board`: the hub's own figures, and any number that messages have.

use super::{
    super::{State, caller::Caller},
    refused, shell,
};
use crate::{
    access::Visitor,
    app::{
        Page,
        board::{Content, Moment, Nodes, moment},
    },
    model::{board::Charted, problem::Problem, source::Source},
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
    caller: Caller,
    request: Request<Body>,
) -> Response {
    let charted = Charted::from_query(request.uri().query().unwrap_or_default());
    let tail = caller.visitor.newest();
    let values = match (caller.may_see_figures(), &charted) {
        (Err(problem), _) => Err(problem),
        (Ok(()), Ok(Some(charted))) => numbers(&caller.visitor, charted).await,
        (Ok(()), _) => Ok(Vec::new()),
    };
    let values = match values {
        Ok(values) => values,
        Err(problem) => return refused(&state, &caller, request.headers(), request.uri(), &problem).await,
    };
    let samples = state.stats.samples();
    let status = if charted.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let content = Content {
        charted,
        figures: samples.iter().filter_map(figures).collect(),
        nodes: samples.last().map(nodes).unwrap_or_default(),
        values: values
            .iter()
            .map(|(time, value)| Moment { time: *time, values: vec![Some(*value)] })
            .collect(),
        tail: tail.to_string(),
    };
    let values: Vec<_> = values.iter().map(|(time, value)| json!({ "time": time, "value": value })).collect();
    let json = json!({ "samples": samples, "values": values, "tail": content.tail }).to_string();
    let provide = move || provide_context(content.clone());
    (status, shell(&state, request.headers(), Page::Board, None, provide, json).await).into_response()
}

fn figures(sample: &Sample) -> Option<Moment> {
    let sample = serde_json::to_value(sample).ok()?;
    moment(|field| sample.get(field)?.as_f64())
}

fn nodes(sample: &Sample) -> Nodes {
    Nodes { count: sample.nodes, own: sample.node.clone().unwrap_or_default() }
}

/// The times and the numbers of a channel's newest messages, the oldest first. Built-in streams keep none.
async fn numbers(visitor: &Visitor, charted: &Charted) -> Result<Vec<(u64, f64)>, Problem> {
    let Source::Channels(selection) = &charted.source else { return Ok(Vec::new()) };
    let messages = visitor.watch(selection)?.before(None, MESSAGES).await?;
    let number = |data: &str| {
        let data: Value = serde_json::from_str(data).ok()?;
        charted.path().try_fold(&data, |value, name| value.get(name))?.as_f64()
    };
    Ok(messages
        .iter()
        .filter_map(|message| Some((message.id.milliseconds(), number(&message.data)?)))
        .collect())
}

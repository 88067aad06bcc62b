//! `GET /healthz`: alive, and how many streams are open.

use crate::streams::Streams;
use axum::{
    extract::State,
    http::{HeaderValue, header::CACHE_CONTROL},
    response::IntoResponse,
};
use std::sync::Arc;

/// 200 as long as the process answers.
pub(super) async fn get(State(streams): State<Arc<Streams>>) -> impl IntoResponse {
    let health = serde_json::json!({ "status": "ok", "streams": streams.passes.open() });
    ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], axum::Json(health))
}

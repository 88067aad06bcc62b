//! A request's body: read within a limit of size and of time.

use super::State;
use crate::model::problem::Problem;
use axum::{
    body::Body,
    http::{Request, header::CONTENT_LENGTH},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Number;
use std::{ops::Deref, time::Duration};
use tokio::sync::OwnedSemaphorePermit;

/// A body that was read, and the room that it takes until it is dropped.
pub(super) struct Read {
    bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl Deref for Read {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.bytes
    }
}

/// Reads a body of at most `limit` bytes, within `limits.body_time`.
///
/// # Errors
/// 413 when it is larger: at once if the client says so beforehand, otherwise when the limit is reached. 408 when it
/// does not come in time. 503 when there is no room for it.
pub(super) async fn read(state: &State, request: Request<Body>, limit: usize) -> Result<Read, Problem> {
    let time = state.limits.body_time;
    let said =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > limit as u64) {
        return Err(too_large(limit));
    }
    let reading = async {
        let mut chunks = request.into_body().into_data_stream();
        let (mut bytes, mut room) = (BytesMut::new(), state.gate.room()?);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| {
                Problem::bad_request("body", format!("the body could not be read to its end: {error}"))
            })?;
            if bytes.len() + chunk.len() > limit {
                return Err(too_large(limit));
            }
            // As much as has come, and not as was announced: else whoever sends nothing would keep others out.
            state.gate.widen(&mut room, bytes.len() + chunk.len())?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(Read { bytes: bytes.freeze(), _room: room })
    };
    tokio::time::timeout(time, reading).await.unwrap_or_else(|_| Err(too_slow(time)))
}

/// Reads a body that must be text.
///
/// # Errors
/// When it is not UTF-8, and names the first byte that is not.
pub(super) fn text(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|error| {
        let detail = format!("text is UTF-8, and byte {} of the body is not", error.valid_up_to());
        Problem::bad_request("body", detail)
    })
}

/// Reads JSON.
///
/// # Errors
/// When it is not JSON, or not of the shape that is wanted; the field is named.
pub(super) fn json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    // A struct may also be read from an array of its fields, which nobody means.
    if text.trim_start().starts_with('[') {
        return Err(Problem::bad_request("body", "a JSON object is expected, not an array"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let (path, error) = (error.path().to_string(), error.into_inner().to_string());
        // A field that is missing or there twice is named in the text alone.
        let named = error.strip_prefix("missing field `").or(error.strip_prefix("duplicate field `"));
        // A dot is the whole; a question mark, a place that has no name yet when the JSON breaks off.
        let field = match named.and_then(|text| text.split_once('`')) {
            Some((field, _)) => field,
            None if path == "." || path.ends_with('?') => "body",
            None => &path,
        };
        Problem::bad_request(field, &error)
    })?;
    deserializer.end().map_err(|error| Problem::bad_request("body", error))?;
    Ok(value)
}

/// A number of JSON that is whole, however it is written: 10 and 10.0 are the same one.
pub(super) fn whole(number: &Number) -> Option<usize> {
    let text = number.to_string();
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

/// 413 for a body of more than `limit` bytes.
pub(super) fn too_large(limit: usize) -> Problem {
    let detail = format!("the body may have {limit} bytes here; send less, or in several requests");
    Problem::new(413, "too-large", "The request is too large", detail).at("body")
}

/// 408 for a body that did not come in this time.
pub(super) fn too_slow(time: Duration) -> Problem {
    let detail = format!("the whole body is to be sent within {} s", time.as_secs_f32());
    Problem::new(408, "too-slow", "The request took too long", detail).at("body")
}

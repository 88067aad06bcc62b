//! Problems as HTTP responses. Every refusal of the API is one.

use crate::{
    hub::log::LogError,
    model::problem::{MEDIA_TYPE, Problem},
};
use axum::{
    http::{
        HeaderValue, StatusCode, Uri,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};

/// When what was refused for the moment may be tried again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(kind = self.kind, detail = self.detail, "a request failed");
        }
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response =
            (status, [(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], body).into_response();
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
        }
        response
    }
}

/// 503 where the log cannot be read.
pub(super) fn unreadable_log(error: &LogError) -> Problem {
    tracing::error!(%error, "the log cannot be read");
    Problem::unavailable("the log cannot be read at the moment")
}

/// 404 for a path under `/api` that is none of ours.
pub(super) async fn no_such_path(uri: Uri) -> Problem {
    let detail = format!("There is nothing at {}. Is the path spelled right?", uri.path());
    Problem::new(404, "not-found", "No such path", detail)
}

/// 405; the router adds which methods are allowed.
pub(super) async fn method_not_allowed() -> Problem {
    not_allowed()
}

/// The problem of a method that the path does not take.
pub(super) fn not_allowed() -> Problem {
    let detail = "This path does not take this method. The Allow header names those that it takes.";
    Problem::new(405, "method-not-allowed", "Method not allowed", detail)
}

//! Problems as HTTP responses. Every refusal of the API is one.

use crate::{
    hub::log::LogError,
    model::problem::{MEDIA_TYPE, Problem},
};
use axum::{
    http::{
        HeaderValue, StatusCode, Uri,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};

/// When what was refused for the moment may be tried again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// How to show who one is (RFC 6750, section 3).
const TOKEN: HeaderValue = HeaderValue::from_static("Bearer");
const WRONG_TOKEN: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // What is not possible at the moment is said where it comes from, and once; there may be thousands who ask.
        if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
            tracing::error!(kind = self.kind, detail = self.detail, "a request failed");
        }
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response =
            (status, [(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], body).into_response();
        let headers = response.headers_mut();
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(RETRY_AFTER, self.retry_after.map_or(RETRY_SECONDS, HeaderValue::from));
        }
        if status == StatusCode::UNAUTHORIZED {
            let is_wrong = self.kind.ends_with(":invalid-token");
            headers.insert(WWW_AUTHENTICATE, if is_wrong { WRONG_TOKEN } else { TOKEN });
        }
        response
    }
}

/// 503 where the log cannot be read.
impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        tracing::error!(%error, "the log cannot be read");
        Self::unavailable("the log cannot be read at the moment")
    }
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

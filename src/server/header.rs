//! Headers: those that several answers have, and those of a request that mean one thing or nothing.

use crate::model::problem::Problem;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header::CACHE_CONTROL};

/// For answers that hold only now.
pub(super) const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// The text of a header; empty where it is not there, or no text.
pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The value of a header that is given once or not at all; `name` as people write it.
///
/// # Errors
/// When it is given more often.
pub(super) fn once<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    if values.next().is_some() {
        return Err(Problem::bad_request(name, "this header is given more than once"));
    }
    Ok(value)
}

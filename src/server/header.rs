//! Headers: those that several answers have, and those of a request that mean one thing or nothing.

use crate::model::problem::Problem;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header::CACHE_CONTROL};

/// For answers that hold only now.
pub(super) const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// The longest plain text, in bytes.
pub(super) const LONGEST_PLAIN: usize = 64;

/// Whether a text can stand in a header, a line of the log and a page as it is: 1 to 64 of `A-Z a-z 0-9 . _ -`.
pub(super) fn is_plain(text: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=LONGEST_PLAIN).contains(&text.len()) && text.iter().all(is_plain)
}

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

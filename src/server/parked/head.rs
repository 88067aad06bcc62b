//! The head of a response, as HTTP/1.1 writes it (RFC 9112, section 4).

use axum::http::{
    HeaderMap, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING},
};
use std::time::SystemTime;

/// The head of a response whose body comes in chunks, and after which the connection is closed.
pub(super) fn head(status: StatusCode, headers: &HeaderMap) -> Vec<u8> {
    let reason = status.canonical_reason().unwrap_or_default();
    let date = httpdate::fmt_http_date(SystemTime::now());
    let mut head = format!("HTTP/1.1 {} {reason}\r\n{DATE}: {date}\r\n", status.as_u16()).into_bytes();
    for (name, value) in headers {
        if ![CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING].contains(name) {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                head.extend_from_slice(part);
            }
        }
    }
    head.extend_from_slice(format!("{CONNECTION}: close\r\n{TRANSFER_ENCODING}: chunked\r\n\r\n").as_bytes());
    head
}

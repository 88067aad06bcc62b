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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn it_says_how_the_body_comes() {
        let mut headers = HeaderMap::new();
        headers.insert("x-a", HeaderValue::from_static("b c"));
        headers.append("vary", HeaderValue::from_static("origin"));
        headers.append("vary", HeaderValue::from_static("cookie"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        headers.insert(CONNECTION, HeaderValue::from_static("keep-alive"));
        let head = String::from_utf8(head(StatusCode::OK, &headers)).unwrap();
        let mut lines = head.split("\r\n");
        assert_eq!(lines.next(), Some("HTTP/1.1 200 OK"));
        assert!(lines.next().is_some_and(|date| date.starts_with("date: ") && date.ends_with(" GMT")));
        let rest = [
            "x-a: b c",
            "vary: origin",
            "vary: cookie",
            "connection: close",
            "transfer-encoding: chunked",
            "",
            "",
        ];
        assert_eq!(lines.collect::<Vec<_>>(), rest);
    }
}

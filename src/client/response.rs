//! What the server's answer to the request for a stream means (HTML standard, section 9.2.3).

use super::machine::{Loss, Millis, News, Reason};
use js_sys::Date;
use web_sys::Response;

/// What this answer means; none where it is a stream.
pub fn verdict(response: &Response) -> Option<News> {
    let header = |name| response.headers().get(name).ok().flatten().unwrap_or_default();
    let now = Date::now();
    let wait = |date: &str| (Date::parse(date) - now) as Millis;
    judge(response.status(), &header("content-type"), &header("retry-after"), wait)
}

/// The same of its parts. `wait` is the time until a date in the HTTP format, zero where it is none.
fn judge(
    status: u16,
    content_type: &str,
    retry_after: &str,
    wait: impl FnOnce(&str) -> Millis,
) -> Option<News> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let reason = match status {
        200 if media_type.eq_ignore_ascii_case("text/event-stream") => return None,
        200 => Reason::NotAStream,
        204 => return Some(News::Finished),
        status => Reason::Refused(status),
    };
    let retry_after = match retry_after.parse::<Millis>() {
        _ if !matches!(status, 429 | 503) => 0,
        Ok(seconds) => seconds.saturating_mul(1_000),
        Err(_) => wait(retry_after),
    };
    Some(News::Lost(Loss { reason, retry_after }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(status: u16, content_type: &str, retry_after: &str) -> Option<News> {
        judge(status, content_type, retry_after, |date| if date.ends_with("GMT") { 7_000 } else { 0 })
    }

    #[test]
    fn a_stream_has_status_200_and_its_own_type() {
        for content_type in ["text/event-stream", "Text/Event-Stream; charset=utf-8", "text/event-stream;x"] {
            assert_eq!(means(200, content_type, ""), None);
        }
        for content_type in ["", "text/html", "text/event-streams", "application/text/event-stream"] {
            assert_eq!(means(200, content_type, ""), Some(News::Lost(Reason::NotAStream.into())));
        }
        assert_eq!(means(204, "text/event-stream", ""), Some(News::Finished));
        for status in [0, 201, 304, 401, 404, 500] {
            let refused = Some(News::Lost(Reason::Refused(status).into()));
            assert_eq!(means(status, "text/event-stream", "9"), refused);
        }
    }

    #[test]
    fn a_server_that_is_busy_says_for_how_long() {
        for (text, retry_after) in [
            ("", 0),
            ("120", 120_000),
            ("Sat, 21 Nov 2026 11:37:09 GMT", 7_000),
            ("soon", 0),
            ("18446744073709551615", Millis::MAX),
        ] {
            for status in [429, 503] {
                let reason = Reason::Refused(status);
                assert_eq!(means(status, "", text), Some(News::Lost(Loss { reason, retry_after })));
            }
        }
    }
}

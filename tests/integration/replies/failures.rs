//! What the model's server may do wrong, said as what it is.

use super::{Upstream, started, watch, with_model};
use crate::support::Server;
use serde_json::json;

const KEY: &str = "sk-very-secret";

#[tokio::test]
async fn a_refusal_is_said_as_what_it_is() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[("REPLIES_KEY", KEY)]).await;
    let with_key = format!(r#"{{"error":{{"message":"the key {KEY} is wrong"}}}}"#);
    let json_type = "content-type: application/json\r\n";
    for (status, headers, body, kind, detail, retry_after) in [
        (
            "401 Unauthorized",
            json_type,
            with_key.as_str(),
            "unauthorized",
            "does not take this server's key",
            None,
        ),
        ("403 Forbidden", "", "", "unauthorized", "does not take this server's key", None),
        ("429 Too Many Requests", "retry-after: 7\r\n", "{}", "rate-limited", "try again in 7 s", Some(7)),
        ("429 Too Many Requests", "", "slow down", "rate-limited", "try again later", None),
        ("500 Internal Server Error", "", &with_key, "unavailable", "status 500", None),
        ("503 Service Unavailable", "retry-after: 60\r\n", "<html>", "unavailable", "status 503", Some(60)),
        ("400 Bad Request", "", r#"{"error":{"message":"too\nlong"}}"#, "refused", "It says: too long", None),
        ("404 Not Found", "", r#"{"detail":"no such model"}"#, "refused", "It says: no such model", None),
        ("307 Temporary Redirect", "location: /other\r\n", "", "refused", "status 307", None),
        ("200 OK", json_type, r#"{"error":"overloaded"}"#, "upstream", "It says: overloaded", None),
        ("200 OK", json_type, r#"{"choices":[]}"#, "strange", "it is no event stream", None),
    ] {
        let reply = started(&server, "q", Some("t")).await;
        upstream.asked().await.refuses(status, headers, body).await;
        let watched = watch(&server, &reply).await;
        assert_eq!(watched.names, ["prompt", "status", "error"], "{status}");
        assert_eq!(watched.end["kind"], kind, "{status}");
        let said = watched.end["detail"].as_str().unwrap();
        assert!(said.contains(detail) && !said.contains("sk-") && !said.contains("127.0.0.1"), "{said}");
        assert_eq!(watched.end.get("retry_after"), retry_after.map(|wait| json!(wait)).as_ref(), "{status}");
        assert_eq!(watched.end["length"], 0, "{status}");
    }
}

#[tokio::test]
async fn what_goes_wrong_in_mid_answer_leaves_what_was_said() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[("REPLIES_KEY", KEY)]).await;
    let error = format!("data: {{\"error\":{{\"message\":\"crash, {KEY}\"}}}}\n\n");
    let filtered =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\n";
    let large = format!("data: {}", "x".repeat(2 << 20));
    for (sent, kind) in [
        (error.as_str(), "upstream"),
        (filtered, "filtered"),
        ("data: nonsense\n\n", "strange"),
        (&large, "strange"),
        // Without the blank line it was never said.
        ("data: [DONE]\n", "cut"),
        ("", "cut"),
    ] {
        let reply = started(&server, "q", Some("t")).await;
        let mut asked = upstream.asked().await;
        asked.opens().await;
        asked.says("half").await;
        if !sent.is_empty() {
            asked.sends(sent).await;
        }
        if kind == "cut" {
            asked.writes("0\r\n\r\n").await;
        }
        let watched = watch(&server, &reply).await;
        assert_eq!((watched.text.as_str(), &watched.end["kind"]), ("half", &json!(kind)), "{sent:.80}");
        assert!(!watched.end["detail"].as_str().unwrap().contains(KEY));
        asked.is_closed().await;
    }
    // The connection breaks, in the stream and before it.
    for is_open in [true, false] {
        let reply = started(&server, "q", Some("t")).await;
        let mut asked = upstream.asked().await;
        if is_open {
            asked.opens().await;
        }
        drop(asked);
        let kind = if is_open { "cut" } else { "unreachable" };
        assert_eq!(watch(&server, &reply).await.end["kind"], kind);
    }
}

#[tokio::test]
async fn an_end_counts_with_or_without_its_last_event() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[]).await;
    let finish = |reason: &str| {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]}}\n\n")
    };
    for (sent, reason) in [
        (finish("stop"), "finished"),
        (finish("length"), "length"),
        ("data: [DONE]\n\n".to_owned(), "finished"),
    ] {
        let reply = started(&server, "q", Some("t")).await;
        let mut asked = upstream.asked().await;
        asked.opens().await;
        asked.says("all").await;
        asked.sends(&sent).await;
        let watched = watch(&server, &reply).await;
        assert_eq!((watched.text.as_str(), &watched.end["reason"]), ("all", &json!(reason)), "{sent}");
        // It is not left open for what would come after the end.
        asked.is_closed().await;
    }
}

#[tokio::test]
async fn a_silence_ends_it_before_the_answer_and_in_it() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[("REPLIES_SILENCE", "200ms")]).await;
    let mut texts = vec!["half", ""];
    // On a busy machine the test itself may be silent for too long before it says anything; then it tries again.
    for _ in 0..20 {
        let Some(text) = texts.last().copied() else { return };
        let reply = started(&server, "q", Some("t")).await;
        let mut asked = upstream.asked().await;
        if !text.is_empty() {
            asked.tries_to_say(text).await;
        }
        let watched = watch(&server, &reply).await;
        assert_eq!(watched.end["kind"], "silence");
        assert!(watched.end["detail"].as_str().unwrap().contains("200ms"));
        asked.is_closed().await;
        if watched.text == text {
            texts.pop();
        }
    }
    assert!(texts.is_empty(), "what was said before the silence is missing");
}

#[tokio::test]
async fn where_nothing_answers_that_is_said() {
    let upstream = Upstream::start().await;
    let url = upstream.url.clone();
    drop(upstream);
    let server = Server::start(&[("REPLIES_BASE_URL", &url)]).await;
    let reply = started(&server, "q", None).await;
    assert_eq!(watch(&server, &reply).await.end["kind"], "unreachable");
}

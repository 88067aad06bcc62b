//! What is refused, what is cut short, and what a repeated request does.

use super::{Upstream, ask, reply, started, watch, with_model};
use crate::support::{Server, folder::Folder, hub::texts, json, problem, send};
use futures::future::join_all;
use serde_json::json;

#[tokio::test]
async fn what_is_no_prompt_is_refused() {
    let server = Server::start(&[("REPLIES_PROMPT", "1KiB")]).await;
    let post = |body: &str| {
        server.post("/api/replies").header("content-type", "application/json").body(body.to_owned())
    };
    for (body, field) in [
        ("", "body"),
        ("[]", "body"),
        ("{}", "prompt"),
        (r#"{"prompt":""}"#, "prompt"),
        (r#"{"prompt":" \n"}"#, "prompt"),
        (r#"{"prompt":1}"#, "prompt"),
        (r#"{"prompt":"a","thread":"a.b"}"#, "thread"),
        (r#"{"prompt":"a","thread":""}"#, "thread"),
        (r#"{"prompt":"a","model":"b"}"#, "model"),
    ] {
        assert_eq!(problem(post(body), 400).await["field"], field, "{body}");
    }
    let long = "字".repeat(341);
    assert_eq!(send(ask(&server, &format!("{long}x"), None)).await.status(), 202);
    assert_eq!(problem(ask(&server, &format!("{long}xy"), None), 413).await["field"], "prompt");
    assert_eq!(problem(ask(&server, &"x".repeat(1 << 20), None), 413).await["field"], "body");
    // As much as may be, in the longest way to write it.
    let escaped = format!(r#"{{"prompt":"x{}"}}"#, r"\u0001".repeat(1_023));
    assert_eq!(send(post(&escaped)).await.status(), 202);
    assert_eq!(problem(server.post("/api/replies").body("hello"), 415).await["field"], "Content-Type");
    problem(server.post("/api/replies?x=1"), 400).await;
    problem(server.get("/api/replies"), 405).await;
    let bad_key = ask(&server, "q", None).header("idempotency-key", "");
    assert_eq!(problem(bad_key, 400).await["field"], "Idempotency-Key");
    let channels = server.channels().await;
    assert_eq!(channels.len(), 2, "what was refused left nothing: {channels:?}");
}

#[tokio::test]
async fn a_thread_has_one_reply_at_a_time_and_the_server_so_many() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[("REPLIES_CONCURRENT", "2")]).await;
    let first = started(&server, "1", Some("a")).await;
    let mut asked = upstream.asked().await;
    let busy = problem(ask(&server, "2", Some("a")), 409).await;
    assert_eq!(
        (&busy["type"], &busy["field"]),
        (&json!("urn:tidings:problem:thread-busy"), &json!("thread"))
    );
    assert!(busy["detail"].as_str().unwrap().contains(&first.id));
    started(&server, "1", Some("b")).await;
    let _waiting = upstream.asked().await;
    let full = send(ask(&server, "1", Some("c"))).await;
    assert_eq!((full.status().as_u16(), full.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    assert_eq!(json(full).await["type"], "urn:tidings:problem:too-many-replies");
    asked.answers("over").await;
    watch(&server, &first).await;
    started(&server, "2", Some("a")).await;
    assert_eq!(upstream.asked().await.messages().len(), 3);
    assert_eq!(server.channels().await.len(), 2, "what was refused left nothing");
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_cut_at_a_character() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[("REPLIES_LENGTH", "1KiB")]).await;
    let reply = started(&server, "q", None).await;
    let mut asked = upstream.asked().await;
    asked.opens().await;
    asked.says(&"字".repeat(340)).await;
    asked.says("字字").await;
    asked.is_closed().await;
    let watched = watch(&server, &reply).await;
    assert_eq!(watched.text, "字".repeat(341));
    assert_eq!(watched.end, json!({ "reply": reply.id, "reason": "length", "length": 1023 }));
    // One that is as long as it may be is whole.
    let reply = started(&server, "q", None).await;
    upstream.asked().await.answers(&"x".repeat(1_024)).await;
    assert_eq!(watch(&server, &reply).await.end["reason"], "finished");
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_ended() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[("REPLIES_TIME", "1s")]).await;
    let reply = started(&server, "q", None).await;
    let mut asked = upstream.asked().await;
    asked.is_closed().await;
    assert_eq!(watch(&server, &reply).await.end["kind"], "time-limit");
}

#[tokio::test]
async fn a_key_starts_one_reply_also_over_a_restart() {
    let (folder, upstream) = (Folder::new(), Upstream::start().await);
    let settings = [("REPLIES_BASE_URL", upstream.url.as_str()), ("REPLIES_CONCURRENT", "1")];
    let server = Server::on_disk(&folder, &settings).await;
    let keyed = |server: &Server, prompt: &str| ask(server, prompt, None).header("idempotency-key", "k 1");
    let answers = join_all((0..8).map(|_| send(keyed(&server, "q")))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 202]);
    let first = reply(keyed(&server, "q"), 200).await;
    for answer in answers {
        assert_eq!(answer.headers()["location"].to_str().unwrap(), first.stream);
        assert_eq!(json(answer).await["reply"], first.id);
    }
    assert_eq!(problem(keyed(&server, "other"), 422).await["field"], "key");
    upstream.asked().await.answers("once").await;
    let watched = watch(&server, &first).await;
    // In another thread the same key is another one.
    let elsewhere = reply(ask(&server, "q", Some("t")).header("idempotency-key", "k 1"), 202).await;
    assert_ne!(elsewhere.id, first.id);
    upstream.asked().await.answers("twice").await;
    watch(&server, &elsewhere).await;
    server.stop().await;

    let server = Server::on_disk(&folder, &settings).await;
    let again = reply(keyed(&server, "q"), 200).await;
    assert_eq!((again.id.as_str(), again.stream.as_str()), (first.id.as_str(), first.stream.as_str()));
    assert_eq!(watch(&server, &again).await, watched);
    assert!(upstream.is_left_alone().await);
    let kept = server.page(&format!("/api/channels/{}/messages", first.channel)).await;
    assert_eq!(texts(&kept, "event").iter().filter(|event| *event == "prompt").count(), 1);
}

//! `POST /api/replies` and what comes of it: a real server, and beside it the server of a model that the test plays.

mod failures;
mod limits;
mod page;
mod restart;
mod upstream;

use crate::support::{Blocks, Server, field, hub::texts, json, problem, raw::Raw, send, soon};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use upstream::{Upstream, delta};

/// A reply as its start is answered.
struct Reply {
    thread: String,
    id: String,
    channel: String,
    /// The path of its stream.
    stream: String,
}

fn ask(server: &Server, prompt: &str, thread: Option<&str>) -> RequestBuilder {
    let mut body = json!({ "prompt": prompt });
    if let Some(thread) = thread {
        body["thread"] = thread.into();
    }
    server.post("/api/replies").header("content-type", "application/json").body(body.to_string())
}

/// Sends a request that starts a reply, or says again which one it started.
async fn reply(request: RequestBuilder, status: u16) -> Reply {
    let answer = send(request).await;
    assert_eq!(answer.status(), status);
    let stream = answer.headers()["location"].to_str().unwrap().to_owned();
    let body = json(answer).await;
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
    Reply { thread: text("thread"), id: text("reply"), channel: text("channel"), stream }
}

async fn started(server: &Server, prompt: &str, thread: Option<&str>) -> Reply {
    reply(ask(server, prompt, thread), 202).await
}

async fn with_model(upstream: &Upstream, settings: &[(&str, &str)]) -> Server {
    let model = [("REPLIES_BASE_URL", upstream.url.as_str()), ("REPLIES_MODEL", "tiny")];
    Server::start(&model.iter().chain(settings).copied().collect::<Vec<_>>()).await
}

/// The next event of a stream: its block, its name and its data.
async fn next(stream: &mut Blocks) -> (String, String, Value) {
    soon("an event", async {
        loop {
            let block = stream.next().await.expect("the stream ended early");
            if let Some(name) = field(&block, "event") {
                let data = serde_json::from_str(field(&block, "data").unwrap()).unwrap();
                return (block.clone(), name.to_owned(), data);
            }
        }
    })
    .await
}

/// A reply as it was watched.
#[derive(Debug, Default, PartialEq)]
struct Watched {
    /// The blocks, as they came.
    blocks: Vec<String>,
    /// The names of its events, `delta` once for a row of them.
    names: Vec<String>,
    prompt: String,
    states: Vec<Value>,
    text: String,
    deltas: usize,
    /// The data of its end.
    end: Value,
}

impl Watched {
    /// Takes an event; whether it is the last.
    fn take(&mut self, id: &str, (block, name, data): (String, String, Value)) -> bool {
        self.blocks.push(block);
        assert_eq!(data["reply"], id);
        match name.as_str() {
            "prompt" => data["prompt"].as_str().unwrap().clone_into(&mut self.prompt),
            "status" => self.states.push(data["state"].clone()),
            "delta" => {
                assert_eq!(data["at"], self.text.len(), "nothing is missing and nothing comes twice");
                self.text.push_str(data["text"].as_str().unwrap());
                self.deltas += 1;
            }
            _ => self.end = data,
        }
        if name != "delta" || self.names.last() != Some(&name) {
            self.names.push(name);
        }
        if self.end["length"].is_u64() {
            assert_eq!(self.end["length"], self.text.len());
        }
        !self.end.is_null()
    }
}

/// Watches a reply to its end.
async fn watch(server: &Server, reply: &Reply) -> Watched {
    let mut stream = server.stream(&reply.stream).await;
    rest(&mut stream, &reply.id).await
}

async fn rest(stream: &mut Blocks, id: &str) -> Watched {
    let mut watched = Watched::default();
    while !watched.take(id, next(stream).await) {}
    watched
}

#[tokio::test]
async fn an_answer_comes_as_it_is_said_whatever_the_model_s_server_does() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[("REPLIES_KEY", "sk-1")]).await;
    let reply = started(&server, "为什么?", Some("t-1")).await;
    assert_eq!((reply.thread.as_str(), reply.channel.as_str()), ("t-1", "replies.t-1"));
    let mut stream = server.stream(&reply.stream).await;
    let mut asked = upstream.asked().await;
    assert!(asked.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{}", asked.head);
    assert!(asked.head.contains("authorization: Bearer sk-1") && asked.body["stream"] == true);
    assert_eq!(
        (&asked.body["model"], asked.messages()),
        (&json!("tiny"), vec![("user".to_owned(), "为什么?".to_owned())])
    );
    let mut watched = Watched::default();
    asked.opens().await;
    asked.sends(": a comment\n\n").await;
    asked.sends("data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n").await;
    asked.sends("data: {\"choices\":[],\"usage\":null}\r\n\r\n").await;
    asked.says("").await;
    assert!(!watched.take(&reply.id, next(&mut stream).await));
    assert!(!watched.take(&reply.id, next(&mut stream).await));
    assert_eq!((watched.prompt.as_str(), &watched.states), ("为什么?", &vec![json!("thinking")]));
    // Each is there before the next is sent, also where a character comes in parts.
    for (text, cut) in [("因", 3), ("a\"\n", 7), ("为😀", 60)] {
        let bytes = delta(text).into_bytes();
        let place = bytes.windows(3).position(|window| window == &text.as_bytes()[..3]);
        let (first, last) = bytes.split_at(place.map_or(cut, |place| place + 1));
        asked.sends(first).await;
        asked.sends(last).await;
        assert!(!watched.take(&reply.id, next(&mut stream).await));
        assert!(watched.text.ends_with(text), "{watched:?}");
    }
    asked.ends().await;
    assert!(watched.take(&reply.id, next(&mut stream).await));
    assert_eq!(watched.names, ["prompt", "status", "delta", "done"]);
    assert_eq!(watched.text, "因a\"\n为😀");
    assert_eq!(watched.end, json!({ "reply": reply.id, "reason": "finished", "length": 13 }));
    asked.is_closed().await;
    assert_eq!(watch(&server, &reply).await, watched, "who comes later has the same");
}

#[tokio::test]
async fn tokens_that_come_fast_are_put_together() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[]).await;
    let reply = started(&server, "count", None).await;
    let mut asked = upstream.asked().await;
    asked.opens().await;
    let tokens: Vec<String> = (0..2_000).map(|number| format!("{number} ")).collect();
    for token in &tokens {
        asked.says(token).await;
    }
    asked.ends().await;
    let watched = watch(&server, &reply).await;
    assert_eq!(watched.text, tokens.concat());
    assert!(watched.deltas < tokens.len() / 4, "{} messages", watched.deltas);
}

#[tokio::test]
async fn who_was_away_in_mid_answer_has_the_same_bytes() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[]).await;
    let reply = started(&server, "go on", None).await;
    let (mut all, mut broken) = (server.stream(&reply.stream).await, server.stream(&reply.stream).await);
    let mut asked = upstream.asked().await;
    asked.opens().await;
    let (mut watched, mut blocks) = (Watched::default(), Vec::new());
    for number in 0..12 {
        asked.says(&format!("{number} 段\n")).await;
        while watched.text.lines().count() <= number {
            assert!(!watched.take(&reply.id, next(&mut all).await));
        }
        if number % 3 == 0 {
            // It takes some of what there is, and goes away; what comes now it has to get afterwards.
            while blocks.len() < watched.blocks.len() - 1 {
                blocks.push(next(&mut broken).await.0);
            }
            let last = blocks.last().and_then(|block| field(block, "id")).unwrap().to_owned();
            drop(broken);
            let back = server.get(&reply.stream).header("last-event-id", last);
            broken = Blocks::of(send(back).await);
        }
    }
    asked.ends().await;
    while !watched.take(&reply.id, next(&mut all).await) {}
    while blocks.len() < watched.blocks.len() {
        blocks.push(next(&mut broken).await.0);
    }
    assert_eq!(blocks, watched.blocks);
    let kept = server.page(&format!("/api/channels/{}/messages", reply.channel)).await;
    let events: Vec<_> = texts(&kept, "event");
    assert_eq!(events.len(), blocks.len());
}

#[tokio::test]
async fn a_stop_ends_the_work_here_and_there() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[]).await;
    let stop = |id: &str| server.client.delete(format!("{}/api/replies/{id}", server.url));
    // Before the model's server has answered, and in the middle of the answer.
    for text in ["", "half of 一"] {
        let reply = started(&server, "long", Some("t")).await;
        let mut asked = upstream.asked().await;
        if !text.is_empty() {
            asked.opens().await;
            asked.says(text).await;
            let mut stream = server.stream(&reply.stream).await;
            while next(&mut stream).await.1 != "delta" {}
        }
        let answer = send(stop(&reply.id)).await;
        assert_eq!(answer.status(), 202);
        assert_eq!(json(answer).await, json!({ "thread": "t", "reply": reply.id, "channel": reply.channel }));
        asked.is_closed().await;
        let watched = watch(&server, &reply).await;
        assert_eq!(watched.text, text);
        assert_eq!(watched.end, json!({ "reply": reply.id, "reason": "stopped", "length": text.len() }));
        assert_eq!(problem(stop(&reply.id), 404).await["field"], "reply", "it is over");
    }
    for unknown in ["00000000000000000000000000000000", "x", "%ff"] {
        problem(stop(unknown), 404).await;
    }
}

#[tokio::test]
async fn a_thread_s_history_goes_with_the_prompt_as_far_as_it_may() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[("REPLIES_HISTORY", "20")]).await;
    let said = |said: &[(&str, &str)]| -> Vec<(String, String)> {
        said.iter().map(|(role, text)| ((*role).to_owned(), (*text).to_owned())).collect()
    };
    for (prompt, answer, expected) in [
        ("one", "一二三", said(&[("user", "one")])),
        ("two", "四五", said(&[("user", "one"), ("assistant", "一二三"), ("user", "two")])),
        (
            "three",
            "0123456789",
            said(&[
                ("user", "one"),
                ("assistant", "一二三"),
                ("user", "two"),
                ("assistant", "四五"),
                ("user", "three"),
            ]),
        ),
        (
            "four",
            "",
            // 15 of the last exchange, and 2 of the answer before it.
            said(&[
                ("user", "two"),
                ("assistant", "四五"),
                ("user", "three"),
                ("assistant", "0123456789"),
                ("user", "four"),
            ]),
        ),
    ] {
        let reply = started(&server, prompt, Some("t")).await;
        // What others publish there is not taken for something that was said.
        server.says("replies.t", "noise").await;
        let mut asked = upstream.asked().await;
        assert_eq!(asked.messages(), expected);
        asked.answers(answer).await;
        watch(&server, &reply).await;
    }
    // Another thread knows nothing of it.
    started(&server, "one", None).await;
    assert_eq!(upstream.asked().await.messages(), said(&[("user", "one")]));
}

#[tokio::test]
async fn a_reply_goes_on_when_the_client_that_asked_goes_away() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[]).await;
    let mut raw = Raw::open(&server).await;
    let body = r#"{"prompt":"q","thread":"t"}"#;
    let length = body.len();
    raw.say(&format!(
        "POST /api/replies HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    ))
    .await;
    let mut asked = upstream.asked().await;
    drop(raw);
    asked.answers("still here").await;
    let mut stream = server.stream("/api/events?channel=replies.t&from=earliest").await;
    loop {
        let (_, name, data) = next(&mut stream).await;
        if name == "done" {
            assert_eq!(data["reason"], "finished");
            return;
        }
    }
}

#[tokio::test]
async fn without_a_model_the_hub_s_own_messages_are_quoted() {
    let server = Server::fast().await;
    let id = server.says("news", "The lighthouse is lit again").await;
    let reply = started(&server, "What about the lighthouse?", None).await;
    assert_eq!((reply.thread.len(), reply.id.len()), (32, 32));
    let watched = watch(&server, &reply).await;
    assert_eq!(watched.names, ["prompt", "status", "delta", "done"]);
    assert_eq!(watched.states, ["searching"]);
    assert!(
        watched.text.starts_with("I quote and do not think.")
            && watched.text.contains("> The lighthouse is lit again")
            && watched.text.contains(&format!("— news · {id} · ")),
        "{watched:?}"
    );
    // Its own answers, which are full of the word now, are no sources; and who has heard the end may ask at once.
    for _ in 0..10 {
        let next = started(&server, "lighthouse", Some(&reply.thread)).await;
        assert_eq!(watch(&server, &next).await.text.matches("\n— ").count(), 1);
    }
    let help = started(&server, "/help 好", None).await;
    let help = watch(&server, &help).await;
    assert!(help.states.is_empty() && help.text.contains("/summary 频道"), "{help:?}");
}

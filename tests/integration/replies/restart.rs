//! The server ends in mid-answer, in an orderly way and by force.

use super::{Reply, Upstream, Watched, next, rest, started, watch, with_model};
use crate::{
    process::{program, starts},
    support::{Blocks, Server, client, folder::Folder, json, send},
};
use serde_json::json;

#[tokio::test]
async fn a_server_that_stops_says_so_to_who_watches() {
    let (folder, upstream) = (Folder::new(), Upstream::start().await);
    let server = Server::on_disk(&folder, &[("REPLIES_BASE_URL", &upstream.url)]).await;
    let reply = started(&server, "q", None).await;
    let mut asked = upstream.asked().await;
    asked.opens().await;
    asked.says("half").await;
    let mut stream = server.stream(&reply.stream).await;
    let mut watched = Watched::default();
    while watched.text.is_empty() {
        watched.take(&reply.id, next(&mut stream).await);
    }
    server.shutdown.cancel();
    while !watched.take(&reply.id, next(&mut stream).await) {}
    assert_eq!((watched.text.as_str(), &watched.end["kind"]), ("half", &json!("interrupted")));
    stream.rest().await;
    asked.is_closed().await;
    server.stop().await;

    let server = Server::on_disk(&folder, &[]).await;
    assert_eq!(watch(&server, &reply).await, watched, "it has one end, also after the restart");
}

#[tokio::test]
async fn after_a_kill_no_reply_hangs() {
    let (folder, upstream) = (Folder::new(), Upstream::start().await);
    let log_url = folder.log_url();
    let settings = [
        ("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"),
        ("TIDINGS_LOG_URL", log_url.as_str()),
        ("TIDINGS_REPLIES_BASE_URL", upstream.url.as_str()),
    ];
    let (mut child, url) = starts(program(&settings)).await;
    let post = |prompt: &str, thread: &str| {
        let body = json!({ "prompt": prompt, "thread": thread }).to_string();
        client().post(format!("{url}/api/replies")).header("content-type", "application/json").body(body)
    };
    let open = async |request| {
        let body = json(send(request).await).await;
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        let channel = text("channel");
        let stream = format!("/api/events?channel={channel}&from=earliest");
        Reply { thread: text("thread"), id: text("reply"), channel, stream }
    };
    // One that is over, one in the middle of its text, one that has said nothing, and one that somebody talks over.
    let over = open(post("q", "over")).await;
    upstream.asked().await.answers("all").await;
    let events = async |reply: &Reply| Blocks::of(send(client().get(format!("{url}{}", reply.stream))).await);
    let whole = rest(&mut events(&over).await, &over.id).await;
    let half = open(post("q", "half")).await;
    let mut asked = upstream.asked().await;
    asked.opens().await;
    asked.says("half").await;
    let mut watched = Watched::default();
    let mut stream = events(&half).await;
    while watched.text.is_empty() {
        assert!(!watched.take(&half.id, next(&mut stream).await));
    }
    let silent = open(post("q", "silent")).await;
    let mut silence = upstream.asked().await;
    let noisy = open(post("q", "noisy")).await;
    let _noise = upstream.asked().await;
    send(client().post(format!("{url}/api/channels/replies.noisy/messages")).body("noise")).await;
    child.kill().await.unwrap();
    asked.is_closed().await;
    silence.is_closed().await;

    let server = Server::on_disk(&folder, &[("REPLIES_BASE_URL", &upstream.url)]).await;
    assert_eq!(watch(&server, &over).await, whole, "what was over is as it was");
    for (reply, text) in [(&half, "half"), (&silent, ""), (&noisy, "")] {
        let watched = watch(&server, reply).await;
        assert_eq!((watched.text.as_str(), &watched.end["kind"]), (text, &json!("interrupted")));
        assert!(watched.end.get("length").is_none(), "nobody knows it: {watched:?}");
    }
    // What came before the kill is what comes after it.
    let after = watch(&server, &half).await;
    assert_eq!(after.blocks[..watched.blocks.len()], watched.blocks);
    let next = started(&server, "go on", Some("half")).await;
    let mut asked = upstream.asked().await;
    assert_eq!(asked.messages().len(), 3, "the half answer is a part of the thread");
    asked.answers("on").await;
    assert_eq!(watch(&server, &next).await.text, "on");
    server.stop().await;
    // A second start has nothing left to end.
    let server = with_model(&upstream, &[("LOG_URL", &log_url)]).await;
    let kept = server.page("/api/channels/replies.silent/messages").await;
    assert_eq!(kept["messages"].as_array().unwrap().iter().filter(|it| it["event"] == "error").count(), 1);
}

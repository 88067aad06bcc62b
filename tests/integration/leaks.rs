//! That nothing of what somebody may not see comes to them by any way: not in a stream, a replay, a page, a search, a list,
//! a count or an error.

use crate::support::{
    Blocks, Server, field,
    random::Random,
    send, soon, text,
    tokens::{claims, signed},
};
use serde_json::json;
use std::time::Duration;
use tidings::model::channel::ChannelPattern;

/// The first segments; some of them are those of rooms and replies.
const FIRST: [&str; 4] = ["chat", "replies", "a", "b"];
const ROUNDS: usize = 25;
const HOUR: Duration = Duration::from_secs(3_600);

fn channels() -> Vec<String> {
    let of = |first: &str| ["", ".x", ".y", ".x.deep", ".y.deep"].map(|rest| format!("{first}{rest}"));
    FIRST.iter().flat_map(|first| of(first)).collect()
}

fn pattern(random: &mut Random) -> String {
    let first = random.pick(&FIRST);
    let rest = random.pick(&["", ".x", ".y", ".*", ".>", ".x.*", ".x.here", ".*.here", ".x.deep.here"]);
    if random.one_in(8) { format!("*{}", random.pick(&[".x", ".*.deep"])) } else { format!("{first}{rest}") }
}

/// What is said in a channel and nowhere else.
fn word(channel: &str) -> String {
    format!("zz{}zz", channel.replace('.', "qq"))
}

/// Who is there and nowhere else.
fn person(channel: &str) -> String {
    format!("pp{}pp", channel.replace('.', "qq"))
}

/// All that there is to ask.
fn paths(channels: &[String]) -> Vec<String> {
    let mut paths: Vec<String> = [
        "/",
        "/api/channels",
        "/rooms",
        "/rooms/x",
        "/rooms/y",
        "/replies",
        "/replies/x",
        "/board",
        "/metrics",
        "/api/stats",
        "/healthz",
        "/sign-in",
        "/?channel=%3E",
        "/?channel=a.%3E",
        "/?channels",
        "/api/search?q=nothing",
        "/rooms/x?q=zzchatqqyzz",
        "/board?channel=a.x&field=v",
        "/api/openapi.json",
    ]
    .map(str::to_owned)
    .into();
    for channel in channels {
        paths.push(format!("/api/channels/{channel}/messages"));
        paths.push(format!("/api/channels/{channel}/people"));
        paths.push(format!("/?channel={channel}"));
        paths.push(format!("/api/search?q={}", word(channel)));
        paths.push(format!("/api/search?q={}&channel=%3E", word(channel)));
    }
    paths
}

/// The channels of the next messages of a stream.
async fn read(stream: &mut Blocks, count: usize) -> Vec<String> {
    let mut seen = Vec::new();
    while seen.len() < count {
        let block = soon("a message", stream.next()).await.unwrap();
        let Some(data) = field(&block, "data") else { continue };
        let message: serde_json::Value = serde_json::from_str(data).unwrap();
        if message["event"] != "presence" {
            seen.push(message["channel"].as_str().unwrap().to_owned());
        }
    }
    seen.sort();
    seen
}

#[tokio::test]
async fn what_may_not_be_seen_is_nowhere() {
    let mut random = Random::seeded();
    let server = Server::closed(&[("LIMITS_CONNECTS_PER_PRINCIPAL", "0")]).await;
    let all = signed(&claims(&[">"], &[">"], HOUR));
    let mut channels = channels();
    channels.sort();
    let mut here = Vec::new();
    for channel in &channels {
        let said = send(server.publish(channel, word(channel)).bearer_auth(&all)).await;
        assert_eq!(said.status(), 201, "{channel}");
        let person = person(channel);
        let path = format!("/api/events?channel={channel}.here&person={person}&name={person}");
        here.push(send(server.get(&path).bearer_auth(&all)).await);
    }
    for _ in 0..ROUNDS {
        let patterns: Vec<String> = (0..=random.index(3)).map(|_| pattern(&mut random)).collect();
        let texts: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let token = signed(&claims(&[], &texts, HOUR));
        let rights: Vec<ChannelPattern> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let may = |channel: &str| rights.iter().any(|right| right.matches(&channel.parse().unwrap()));
        let visible: Vec<String> = channels.iter().filter(|channel| may(channel)).cloned().collect();

        let mut found = String::new();
        for path in paths(&channels) {
            let answer = send(server.get(&path).bearer_auth(&token)).await;
            let (status, body) = (answer.status(), text(answer).await);
            assert!(!status.is_server_error(), "{path}: {body}");
            for channel in channels.iter().filter(|channel| !may(channel)) {
                // What was asked for may be named in the answer.
                let said = body.contains(&word(channel)) && !path.contains(&word(channel));
                let named =
                    body.contains(&format!("\"channel\":\"{channel}\"")) && !path.contains(&**channel);
                assert!(!said && !named, "{patterns:?} {path} has {channel}: {body}");
            }
            for channel in channels.iter().filter(|channel| !may(&format!("{channel}.here"))) {
                assert!(!body.contains(&person(channel)), "{patterns:?} {path}: {body}");
            }
            found.push_str(&body);
        }
        for channel in &visible {
            assert!(found.contains(&word(channel)), "{patterns:?}: {channel} is found");
        }

        let path = "/api/events?channel=%3E&from=earliest&envelope=json";
        let stream = send(server.get(path).bearer_auth(&token)).await;
        if stream.status() == 403 {
            assert!(visible.is_empty(), "{patterns:?}");
            continue;
        }
        let mut stream = Blocks::of(stream);
        stream.tail().await;
        assert_eq!(read(&mut stream, visible.len()).await, visible, "{patterns:?}: what is kept");
        for channel in &channels {
            let body = json!({ "data": "live", "ephemeral": true }).to_string();
            send(server.publish_as("application/json", channel, body).bearer_auth(&all)).await;
        }
        assert_eq!(read(&mut stream, visible.len()).await, visible, "{patterns:?}: what is live");
    }
    drop(here);
}

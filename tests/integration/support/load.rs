//! Many who publish and watch while something fails, and what must be true after it: what was acknowledged was received by
//! every subscriber exactly once and in order; what was sent again after a failure is there once.

use super::{client, field, hub::texts, json, random::Random, send, soon};
use futures::StreamExt;
use reqwest::RequestBuilder;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::model::selection::Selection;
use tokio::task::JoinSet;

const CHANNELS: [&str; 4] = ["crash.a", "crash.b", "crash.b.c", "other"];
const SELECTIONS: [&[&str]; 5] = [&[">"], &["crash.*"], &["crash.a"], &["crash.b.c", "other"], &["crash.>"]];
const PUBLISHERS: usize = 8;
/// The last message of every channel: who has it has all.
const END: &str = "the end";

/// What publishers and subscribers share.
struct Scene {
    /// Any of them will do.
    urls: Vec<String>,
    /// Whether a publish may be refused for a while.
    may_refuse: bool,
    acknowledged: AtomicUsize,
    /// Set when there was enough of everything.
    enough: AtomicBool,
}

impl Scene {
    fn any(&self, random: &mut Random) -> &str {
        &self.urls[random.within(0..self.urls.len() as u64) as usize]
    }
}

/// The publishers and subscribers.
pub struct Load {
    scene: Arc<Scene>,
    publishers: JoinSet<Vec<Acknowledged>>,
    subscribers: JoinSet<Received>,
}

impl Load {
    /// Starts them, at any of these servers. Where `may_refuse` is set, they may be told to come again with a message.
    pub fn start(urls: Vec<String>, may_refuse: bool, random: &mut Random) -> Self {
        let (acknowledged, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
        let scene = Arc::new(Scene { urls, may_refuse, acknowledged, enough });
        let mut publishers = JoinSet::new();
        for number in 0..PUBLISHERS {
            publishers.spawn(publish(scene.clone(), number, random.fork()));
        }
        let mut subscribers = JoinSet::new();
        for selection in SELECTIONS.iter().chain(&SELECTIONS) {
            subscribers.spawn(subscribe(scene.clone(), selection, random.fork()));
        }
        Self { scene, publishers, subscribers }
    }

    /// How many messages were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.scene.acknowledged.load(Relaxed)
    }

    /// Waits until this many were acknowledged.
    pub async fn reaches(&self, messages: usize) {
        soon("enough messages", async {
            while self.acknowledged() < messages {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// Ends it, and looks at what was acknowledged, kept and received; what it was, in words.
    pub async fn end(self) -> String {
        let Self { scene, publishers, subscribers } = self;
        scene.enough.store(true, Relaxed);
        let acknowledged = publishers.join_all().await.concat();
        let url = &scene.urls[0];
        for channel in CHANNELS {
            let end = client().post(format!("{url}/api/channels/{channel}/messages")).body(END);
            until_acknowledged(end.header("idempotency-key", END), 1, scene.may_refuse).await;
        }
        let kept = everything(url).await;
        assert_eq!(
            kept.len(),
            acknowledged.len() + CHANNELS.len(),
            "kept is what was acknowledged, each once"
        );
        for (channel, id, data) in &acknowledged {
            assert_eq!(kept.get(id), Some(&(channel.to_string(), data.clone())), "{id:?} was acknowledged");
        }
        let count = subscribers.len();
        for (selection, received) in subscribers.join_all().await {
            let expected = kept.iter().filter(|(_, (channel, _))| is_in(selection, channel));
            let expected: Vec<_> = expected.map(|(id, (_, data))| (*id, data.clone())).collect();
            let first = expected.iter().zip(&received).position(|(expected, received)| expected != received);
            assert!(
                received == expected,
                "{selection:?}: {} of {}, wrong at {first:?}",
                received.len(),
                expected.len()
            );
        }
        format!("{} messages, {count} subscribers", acknowledged.len())
    }
}

/// An id as two numbers, so that it has its order.
type Id = (u64, u64);
/// What a subscriber wanted, and what it received.
type Received = (&'static [&'static str], Vec<(Id, String)>);
/// A channel, an id, the data.
type Acknowledged = (&'static str, Id, String);

fn id(text: &str) -> Id {
    let (milliseconds, sequence) = text.split_once('-').unwrap();
    (milliseconds.parse().unwrap(), sequence.parse().unwrap())
}

fn is_in(selection: &[&str], channel: &str) -> bool {
    Selection::parse(selection.iter().copied()).unwrap().matches(&channel.parse().unwrap())
}

/// Everything that is kept, as history has it.
async fn everything(url: &str) -> BTreeMap<Id, (String, String)> {
    let mut kept = BTreeMap::new();
    for channel in CHANNELS {
        let mut after = "0-0".to_owned();
        loop {
            let path = format!("{url}/api/channels/{channel}/messages?limit=1000&after={after}");
            let page = json(send(client().get(path)).await).await;
            for (found, data) in texts(&page, "id").into_iter().zip(texts(&page, "data")) {
                assert_eq!(
                    kept.insert(id(&found), (channel.to_owned(), data)),
                    None,
                    "{found} is there twice"
                );
                after = found;
            }
            if page["more"] == false {
                break;
            }
        }
    }
    kept
}

/// Publishes one message, or a batch, after the other, each with a key of its own, and again until it is acknowledged.
async fn publish(scene: Arc<Scene>, publisher: usize, mut random: Random) -> Vec<Acknowledged> {
    let client = client();
    let mut acknowledged = Vec::new();
    let mut number = 0;
    while !scene.enough.load(Relaxed) {
        let channel = random.pick(&CHANNELS);
        let count = if random.one_in(8) { random.within(2..20) } else { 1 };
        let texts: Vec<String> =
            (number..number + count).map(|number| format!("{publisher}-{number}")).collect();
        let url = format!("{}/api/channels/{channel}/messages", scene.any(&mut random));
        let request = client.post(url).header("idempotency-key", format!("{publisher}-{number}"));
        let request = if count == 1 {
            request.body(texts[0].clone())
        } else {
            let lines: Vec<String> = texts.iter().map(|text| format!("{{\"data\":\"{text}\"}}")).collect();
            request.header("content-type", "application/x-ndjson").body(lines.join("\n"))
        };
        let ids = until_acknowledged(request, count, scene.may_refuse).await;
        acknowledged.extend(ids.into_iter().zip(texts).map(|(id, text)| (channel, id, text)));
        scene.acknowledged.fetch_add(usize::try_from(count).unwrap(), Relaxed);
        number += count;
    }
    acknowledged
}

async fn until_acknowledged(request: RequestBuilder, count: u64, may_refuse: bool) -> Vec<Id> {
    loop {
        let answer = soon("an answer or a failure", request.try_clone().unwrap().send()).await;
        if let Ok(answer) = answer
            && let status = answer.status()
            && !(may_refuse && status == 503 && answer.headers().contains_key("retry-after"))
            // It may be killed while it answers.
            && let Ok(body) = answer.text().await
        {
            assert!(status.is_success(), "{status}: {body}");
            let body: Value = serde_json::from_str(&body).unwrap();
            let ids =
                if count == 1 { vec![body["id"].as_str().unwrap().to_owned()] } else { texts(&body, "id") };
            assert_eq!(ids.len() as u64, count);
            return ids.iter().map(|text| id(text)).collect();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Receives until the last message of every channel, and comes back with the last id after every end.
async fn subscribe(scene: Arc<Scene>, selection: &'static [&'static str], mut random: Random) -> Received {
    let client = client();
    let ends = CHANNELS.iter().filter(|channel| is_in(selection, channel)).count();
    let query: Vec<String> = selection.iter().map(|channel| format!("channel={channel}")).collect();
    // The first one begins at the beginning.
    let (mut last, mut received) = ("0-0".to_owned(), Vec::new());
    loop {
        // Some go away by themselves after a while.
        let patience = if random.one_in(3) { random.within(1..300) as usize } else { usize::MAX };
        let request = client.get(format!("{}/api/events?{}", scene.any(&mut random), query.join("&")));
        receive(request.header("last-event-id", last.clone()), &mut last, &mut received, patience).await;
        if received.iter().filter(|(_, data)| data == END).count() == ends {
            return (selection, received);
        }
        tokio::time::sleep(random.milliseconds(0..20)).await;
    }
}

/// Reads one stream to its end, whatever ends it, as the standard tells a client to.
async fn receive(
    request: RequestBuilder,
    last: &mut String,
    received: &mut Vec<(Id, String)>,
    patience: usize,
) {
    let Ok(answer) = soon("a stream or a failure", request.send()).await else { return };
    assert_eq!(answer.status(), 200);
    let mut chunks = answer.bytes_stream();
    let mut text = String::new();
    let (before, enough) = (received.len(), received.len().saturating_add(patience));
    while let Some(Ok(chunk)) = soon("a block", chunks.next()).await {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        // What comes after the last blank line is not a whole event, and counts for nothing.
        while let Some((block, rest)) = text.split_once("\n\n") {
            assert!(field(block, "event").is_none(), "{block}");
            if let Some(id) = field(block, "id") {
                *last = id.to_owned();
            }
            if let Some(data) = field(block, "data") {
                received.push((id(last), data.to_owned()));
            }
            text = rest.to_owned();
        }
        if received.len() >= enough || received[before..].iter().any(|(_, data)| data == END) {
            return;
        }
    }
}

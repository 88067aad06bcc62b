//! Publishing and subscribing, as the tests of the hub do it.

use super::{Blocks, Server, field, folder::Folder, json, send, soon};
use reqwest::RequestBuilder;
use serde_json::Value;

/// A message as a subscriber sees it: the event's name, its id and its data.
pub type Seen = (Option<String>, Option<String>, String);

impl Server {
    /// One that keeps its messages in a file in this folder.
    pub async fn on_disk(folder: &Folder, settings: &[(&str, &str)]) -> Self {
        let url = folder.log_url();
        let log = [("LOG_URL", url.as_str())];
        Self::start(&log.iter().chain(settings).copied().collect::<Vec<_>>()).await
    }

    /// A request that publishes text.
    pub fn publish(&self, channel: &str, data: impl Into<String>) -> RequestBuilder {
        self.post(&format!("/api/channels/{channel}/messages")).body(data.into())
    }

    /// A request that publishes a body of this media type.
    pub fn publish_as(&self, media_type: &str, channel: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
        let request = self.post(&format!("/api/channels/{channel}/messages")).body(body.into());
        request.header("content-type", media_type)
    }

    /// Publishes text, and returns its id.
    pub async fn says(&self, channel: &str, data: &str) -> String {
        let answer = send(self.publish(channel, data)).await;
        assert_eq!(answer.status(), 201);
        json(answer).await["id"].as_str().unwrap().to_owned()
    }

    /// Publishes the numbers from 1 to `count`, and returns their ids.
    pub async fn counts(&self, channel: &str, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for number in 1..=count {
            ids.push(self.says(channel, &number.to_string()).await);
        }
        ids
    }

    /// A page of history or a search.
    pub async fn page(&self, path: &str) -> Value {
        let answer = send(self.get(path)).await;
        assert_eq!(answer.status(), 200, "{path}");
        json(answer).await
    }

    /// The data of all messages that a channel keeps.
    pub async fn kept(&self, channel: &str) -> Vec<String> {
        texts(&self.page(&format!("/api/channels/{channel}/messages?limit=1000")).await, "data")
    }

    /// Every channel with what it keeps.
    pub async fn channels(&self) -> Vec<Value> {
        self.page("/api/channels").await["channels"].as_array().unwrap().clone()
    }

    /// Waits until a channel keeps this many messages.
    pub async fn keeps(&self, channel: &str, count: u64) {
        soon("the trimming", async {
            while !self.channels().await.iter().any(|it| it["channel"] == channel && it["messages"] == count)
            {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

/// The same field of every message of a page.
pub fn texts(page: &Value, field: &str) -> Vec<String> {
    let messages = page["messages"].as_array().unwrap().iter();
    messages.map(|message| message[field].as_str().unwrap().to_owned()).collect()
}

impl Blocks {
    /// Skips what every stream begins with, and returns the id in it.
    pub async fn tail(&mut self) -> String {
        let preamble = self.take(2).await;
        assert!(preamble[0].starts_with("retry: "), "{preamble:?}");
        let tail = field(&preamble[1], "id").unwrap().to_owned();
        assert_eq!(preamble[1], format!("id: {tail}"), "an id and nothing else");
        tail
    }

    /// The next `count` messages.
    pub async fn messages(&mut self, count: usize) -> Vec<Seen> {
        let mut messages = Vec::new();
        while messages.len() < count {
            let block = soon("a message", self.next_said(&mut Vec::new())).await;
            messages.push(message(&block.expect("the stream ended early")));
        }
        messages
    }

    /// The JSON of the next event of this name, which is none that is kept.
    pub async fn passing(&mut self, name: &str) -> Value {
        loop {
            let block = self.next().await.expect("the stream ended early");
            if field(&block, "event") == Some(name) {
                assert_eq!(field(&block, "id"), None, "it is not kept");
                return serde_json::from_str(field(&block, "data").unwrap()).unwrap();
            }
        }
    }

    /// The data of the next `count` messages.
    pub async fn data(&mut self, count: usize) -> Vec<String> {
        self.messages(count).await.into_iter().map(|(.., data)| data).collect()
    }
}

fn message(block: &str) -> Seen {
    let owned = |name| field(block, name).map(str::to_owned);
    let lines = block.lines().filter_map(|line| line.strip_prefix("data: "));
    (owned("event"), owned("id"), lines.collect::<Vec<_>>().join("\n"))
}

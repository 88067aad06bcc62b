//! `tidings publish`

mod lines;
mod progress;
mod sender;

use super::{
    error::CliError,
    remote::{Remote, RemoteArgs},
};
use crate::{
    hub::log::Key,
    model::{EventName, channel::Channel},
};
use clap::Args;
use lines::{Batch, Lines};
use progress::Progress;
use sender::{Content, Outgoing, Sender};
use serde::{Deserialize, Serialize};
use std::{
    io::{self, Write},
    time::Duration,
};

pub(super) const HELP: &str = "\
Prints the id of each message that is kept. None is published twice, whatever is tried again.

Examples:
  tidings publish chat.lobby 'Hello, world!'
  tidings publish orders.17 '{\"paid\": true}' --event update --key order-17-paid
  tail -f app.log | tidings publish demo.logs -";

#[derive(Debug, Args)]
pub(super) struct Publish {
    /// Where, as in chat.lobby
    channel: Channel,
    /// The message; - publishes each line of standard input, as soon as it is there
    #[arg(value_name = "DATA|-", default_value = "-")]
    data: String,
    /// The type of the event; without one it is a message
    #[arg(long, value_name = "NAME")]
    event: Option<EventName>,
    /// Publish only once, however often it is said with this key
    #[arg(long, value_name = "KEY")]
    key: Option<Key>,
    /// To those who watch now; it is not kept and has no id
    #[arg(long)]
    ephemeral: bool,
    /// Print the server's whole answer, a JSON object a line
    #[arg(long)]
    json: bool,
    /// Print no ids and no progress
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// How long to try again when the server cannot be reached or is busy, as in 250ms or 2m
    ///
    /// Without it: 30s, but not at all where no connection was ever made, since then the address may be wrong.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    patience: Option<Duration>,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// A message as the server takes it, also as a line of a batch.
#[derive(Serialize)]
struct Body<'a> {
    data: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ephemeral: bool,
}

/// What the server answers to a message; an ephemeral one has no id.
#[derive(Deserialize)]
struct Published {
    id: Option<String>,
}

/// What the server answers to a batch.
#[derive(Deserialize)]
struct PublishedBatch {
    messages: Vec<Published>,
}

impl Publish {
    pub(super) async fn run(self) -> Result<(), CliError> {
        if self.data == "-" && (self.key.is_some() || self.ephemeral) {
            return Err(CliError::Usage("--key and --ephemeral are for one message, not for standard input"));
        }
        let remote = self.remote.open()?;
        let sender = Sender::new(&remote, &self.channel, self.patience);
        if self.data == "-" {
            self.publish_lines(&remote, sender).await
        } else {
            self.publish_one(&remote, sender).await
        }
    }

    async fn publish_one(&self, remote: &Remote, mut sender: Sender<'_>) -> Result<(), CliError> {
        let body = Body {
            key: self.key.as_ref().map(Key::as_str),
            ephemeral: self.ephemeral,
            ..self.body(&self.data)
        };
        let outgoing = Outgoing {
            content: Content::Message,
            // A key of the person's own is in the body; what is not kept cannot be known again by a key.
            key: (self.key.is_none() && !self.ephemeral).then(|| sender.next_key()),
            is_repeatable: !self.ephemeral,
            body: json(&body),
        };
        let answer = sender.post(outgoing, super::say).await;
        let answer = answer.map_err(|failure| failure.into_error(remote, String::new()))?;
        let published: Published = understood(remote, &answer)?;
        self.print(&answer, published.id.as_slice())
    }

    async fn publish_lines(&self, remote: &Remote, mut sender: Sender<'_>) -> Result<(), CliError> {
        let (mut lines, mut progress) = (Lines::of_stdin(), Progress::new(self.quiet));
        while let Some(batch) = lines.next_batch(|line| json(&self.body(line))).await? {
            let outgoing = Outgoing {
                content: Content::Batch,
                key: Some(sender.next_key()),
                is_repeatable: true,
                body: batch.body.clone(),
            };
            let answer = sender.post(outgoing, |text| progress.around(|| super::say(text))).await;
            let answer = answer.map_err(|failure| {
                let place = batch.place(&failure);
                failure.into_error(remote, place)
            })?;
            let published: PublishedBatch = understood(remote, &answer)?;
            let ids: Vec<String> = published.messages.into_iter().filter_map(|message| message.id).collect();
            progress.around(|| self.print(&answer, &ids))?;
            let Batch { count, input_bytes, .. } = batch;
            progress.add(count, input_bytes);
        }
        Ok(())
    }

    fn body<'a>(&'a self, data: &'a str) -> Body<'a> {
        Body { data, event: self.event.as_ref().map(EventName::as_str), key: None, ephemeral: false }
    }

    fn print(&self, answer: &str, ids: &[String]) -> Result<(), CliError> {
        if self.quiet {
            return Ok(());
        }
        let text = if self.json {
            format!("{}\n", answer.trim())
        } else {
            ids.iter().map(|id| format!("{id}\n")).collect()
        };
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Output)
    }
}

fn json(body: &Body<'_>) -> Vec<u8> {
    // Text and a flag are always JSON.
    serde_json::to_vec(body).unwrap_or_default()
}

fn understood<'a, T: Deserialize<'a>>(remote: &Remote, answer: &'a str) -> Result<T, CliError> {
    serde_json::from_str(answer)
        .map_err(|error| CliError::Strange { url: remote.url(), reason: error.to_string() })
}

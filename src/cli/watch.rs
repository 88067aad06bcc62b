//! `tidings watch`

mod connection;
mod printer;

use super::{
    error::CliError,
    remote::{Remote, RemoteArgs},
};
use crate::{
    backoff::Backoff,
    model::{EventId, channel::ChannelPattern},
};
use clap::Args;
use connection::{Connection, Ended, Position};
use printer::{Format, Printer};
use std::{
    io,
    os::fd::AsFd,
    str::FromStr,
    time::{Duration, Instant},
};
use tokio::{io::Interest, net::unix::pipe};

pub(super) const HELP: &str = "\
A connection that breaks is opened again, after the last message that came. What is not a message is said on
standard error. It ends when the server ends the stream or refuses it, or when nobody reads the output any more.

Examples:
  tidings watch chat.lobby --from 20
  tidings watch 'orders.>' --json | jq .data
  tidings watch news 'chat.*' --from 1767225600000-4";

/// A connection that has lasted this long, or has brought a message, was a good one: the next loss starts with the
/// shortest wait again.
const STABLE: Duration = Duration::from_secs(5);
/// How long to wait before a reconnect, until the server has said it.
const DEFAULT_RETRY: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Watch {
    /// What to watch: channels, or patterns as chat.* and orders.>
    #[arg(value_name = "CHANNEL", required = true)]
    channels: Vec<ChannelPattern>,
    /// Where to begin: earliest, so many messages back, or after the message with this id; without it, now
    #[arg(long, value_name = "earliest|N|ID")]
    from: Option<Start>,
    /// Print a JSON object a line: channel, id, time, event, data
    #[arg(long)]
    json: bool,
    /// Do not say how the connection is
    #[arg(long, short)]
    quiet: bool,
    /// Open the connection anew when nothing has come for so long; more than the server's stream.heartbeat
    #[arg(long, value_name = "DURATION", default_value = "45s", value_parser = humantime::parse_duration)]
    silence: Duration,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// Where to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Start {
    Earliest,
    Last(u32),
    After(EventId),
}

impl FromStr for Start {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "earliest" {
            return Ok(Self::Earliest);
        }
        let id = || text.parse().map(Self::After);
        text.parse()
            .map(Self::Last)
            .or_else(|_| id())
            .map_err(|_| "it is earliest, a number of messages, or an id as in 1767225600000-4")
    }
}

impl Watch {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let remote = self.remote.open()?;
        tokio::select! {
            // What has come is printed first.
            biased;
            end = self.follow(&remote) => end,
            () = output_closed() => Ok(()),
        }
    }

    /// Prints what comes, over as many connections as it takes.
    async fn follow(&self, remote: &Remote) -> Result<(), CliError> {
        let mut printer = Printer::new(if self.json { Format::Json } else { Format::Text });
        let mut position = Position { last_id: None, retry: DEFAULT_RETRY };
        let mut backoff = Backoff::default();
        self.say(format_args!("connecting to {}", remote.url()));
        loop {
            let (start, resumed_after) = (Instant::now(), position.last_id.clone());
            let (reason, retry_after) = match self.connect(remote, &mut position, &mut printer).await {
                Ended::ForGood => return Ok(()),
                Ended::Failed(error) => return Err(error),
                Ended::Lost { reason, retry_after } => (reason, retry_after.unwrap_or_default()),
            };
            if start.elapsed() >= STABLE || position.last_id != resumed_after {
                backoff.reset();
            }
            let wait = backoff.next(position.retry.max(retry_after));
            let wait_text = format!("{:.1} s", wait.as_secs_f64());
            self.say(format_args!(
                "no connection to {}: {reason}; trying again in {wait_text}",
                remote.url()
            ));
            tokio::time::sleep(wait).await;
        }
    }

    /// One connection, from its beginning to its end.
    async fn connect(&self, remote: &Remote, position: &mut Position, printer: &mut Printer) -> Ended {
        let query = self.query(position.last_id.as_deref());
        let connection = match Connection::open(remote, &query, self.silence).await {
            Ok(connection) => connection,
            Err(ended) => return ended,
        };
        let channels: Vec<_> = self.channels.iter().map(ChannelPattern::as_str).collect();
        let resumed =
            position.last_id.as_ref().map_or_else(String::new, |id| format!(", resumed after {id}"));
        self.say(format_args!("watching {} at {}{resumed}", channels.join(" "), remote.url()));
        connection.read(position, printer).await
    }

    fn query(&self, last_id: Option<&str>) -> Vec<(&'static str, String)> {
        let channels = self.channels.iter().map(|channel| ("channel", channel.to_string()));
        let start = match (last_id, &self.from) {
            (Some(id), _) => Some(("last_event_id", id.to_owned())),
            (None, Some(Start::After(id))) => Some(("last_event_id", id.to_string())),
            (None, Some(Start::Earliest)) => Some(("from", "earliest".to_owned())),
            (None, Some(Start::Last(count))) => Some(("last", count.to_string())),
            (None, None) => None,
        };
        channels.chain([("envelope", "json".to_owned())]).chain(start).collect()
    }

    /// Tells the person how the connection is.
    fn say(&self, text: std::fmt::Arguments<'_>) {
        if !self.quiet {
            super::say(&text.to_string());
        }
    }
}

/// Waits until nobody reads standard output any more, also while nothing is written. Where the system cannot tell,
/// as of a file, that is for ever.
async fn output_closed() {
    let output = io::stdout().as_fd().try_clone_to_owned();
    // It is watched as a pipe and not written to, so it may stay blocking.
    let watched = output.and_then(|output| pipe::Sender::from_file_unchecked(output.into()));
    match watched {
        Ok(output) if output.ready(Interest::ERROR).await.is_ok_and(|ready| ready.is_error()) => {}
        _ => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_a_word_a_number_or_an_id() {
        assert_eq!("earliest".parse(), Ok(Start::Earliest));
        assert_eq!("20".parse(), Ok(Start::Last(20)));
        assert_eq!("7-3".parse(), Ok(Start::After(EventId::new(7, 3))));
        for text in ["", "-1", "latest", "7-", "99999999999"] {
            assert!(text.parse::<Start>().is_err(), "{text}");
        }
    }
}

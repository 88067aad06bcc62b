//! `tidings bench`

mod connection;
mod figures;
mod floor;
mod process;
mod work;

use super::{
    error::CliError,
    remote::{TOKEN_VARIABLE, bearer},
};
use clap::{Args, Subcommand};
use connection::Dialer;
use figures::{Figures, Report};
use floor::{Floor, Running};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use indicatif::{ProgressBar, ProgressStyle};
use process::Process;
use reqwest::Url;
use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::Duration,
};
use work::Target;

pub(super) const HELP: &str = "\
Any server of Server-Sent Events that messages can be posted to can be measured. {channel} in an address is the name
of a channel. A server's limits may get in the way: Tidings takes what comes from one address with
TIDINGS_LIMITS_STREAMS_PER_ADDRESS, _CONNECTS_PER_ADDRESS, _CONNECTIONS_PER_ADDRESS and _PUBLISHES_PER_ADDRESS at 0.

Examples:
  tidings bench --subscribers 5000 --rate 20 --floor
  tidings bench --subscribers 0 --publishers 64 --rate 0
  tidings bench --url 'http://127.0.0.1:8080/sub/{channel}' --publish-url 'http://127.0.0.1:8080/pub/{channel}' --json";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Bench {
    #[command(subcommand)]
    part: Option<Part>,
    /// Where events come from; where several nodes have one log, each of them: subscribers are spread over them
    #[arg(
        long = "url",
        value_name = "URL",
        default_value = "http://127.0.0.1:3000/api/events?channel={channel}"
    )]
    urls: Vec<String>,
    /// Where messages are posted to
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000/api/channels/{channel}/messages")]
    publish_url: String,
    /// What is posted; {data} is the message
    #[arg(long, value_name = "TEXT", default_value = "{data}")]
    publish_body: String,
    /// Its media type
    #[arg(long, value_name = "TYPE", default_value = "text/plain")]
    publish_type: String,
    /// A header of each request, as in 'Authorization: Bearer x'
    #[arg(long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// A token for it; better in the variable, where other users of the machine do not see it
    #[arg(long, value_name = "TOKEN", env = TOKEN_VARIABLE, hide_env_values = true, value_parser = bearer)]
    token: Option<HeaderValue>,
    /// How many watch
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    subscribers: usize,
    /// How many channels there are; each subscriber watches one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    channels: usize,
    /// How many publish, each one message after the other
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    publishers: usize,
    /// How many messages all of them publish in a second; 0: as many as are acknowledged
    #[arg(long, value_name = "N", default_value_t = 40)]
    rate: u64,
    /// The size of a message, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 256)]
    size: usize,
    /// How long they publish, in each round
    #[arg(long = "time", value_name = "DURATION", default_value = "5s", value_parser = humantime::parse_duration)]
    seconds: Duration,
    /// How often all of it is done; the figures are medians
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    rounds: usize,
    /// Watch over HTTP/2, by https alone
    #[arg(long)]
    http2: bool,
    /// Do the same work with a program that only writes to sockets, in turns: what is least possible on this machine
    #[arg(long)]
    floor: bool,
    /// The server's process, if it is of this machine; without it: the one that listens there, or all that do
    #[arg(long = "pid", value_name = "PID")]
    pids: Vec<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Part {
    #[command(hide = true)]
    Floor(Floor),
}

fn at_least_one(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|number| *number > 0).ok_or("it is a whole number from 1 on")
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let (name, value) = text.split_once(':').ok_or("it looks like Name: value")?;
    let name = name.trim().parse().map_err(|_| "this is no header's name")?;
    Ok((name, value.trim().parse().map_err(|_| "this is no header's value")?))
}

/// The address for a channel.
fn url(template: &str, channel: &str) -> Result<Url, CliError> {
    let url = template.replace("{channel}", channel);
    let strange = |reason: String| CliError::Connector { url: url.clone(), reason };
    let url = Url::parse(&url).map_err(|error| strange(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(strange("it begins with http:// or https://".to_owned()));
    }
    Ok(url)
}

impl Bench {
    pub(super) fn run(self) -> Result<(), CliError> {
        match &self.part {
            Some(Part::Floor(floor)) => floor.run().map_err(CliError::Runtime),
            None => super::wait_for(self.measure()),
        }
    }

    /// The name of a channel.
    fn channel(&self, number: usize) -> String {
        if self.channels == 1 { "bench".to_owned() } else { format!("bench.{number}") }
    }

    async fn measure(&self) -> Result<(), CliError> {
        // A subscriber is a socket, and there may be more of them than files are allowed.
        super::serve::raise_open_files();
        let mut headers: HeaderMap = self.headers.iter().cloned().collect();
        headers.extend(self.token.clone().map(|token| (AUTHORIZATION, token)));
        let dialer = Dialer::new(headers, self.http2);
        let server = Target::Server { dialer, watch: self.urls.clone(), publish: self.publish_url.clone() };
        let processes = self.processes();
        let bar = bar();
        let (mut served, mut floored) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            if self.floor {
                let floor = Running::start(self.subscribers, processes.first().copied())?;
                let target = Target::Floor { url: url(&floor.url, "")? };
                floored.push(work::round(self, &target, &[floor.process()], &bar).await?);
            }
            served.push(work::round(self, &server, &processes, &bar).await?);
        }
        bar.finish_and_clear();
        let floor = self.floor.then(|| Figures::median(&floored));
        let report = Report::of(Figures::median(&served), floor);
        let text = if self.json {
            let mut text = serde_json::to_string(&report).unwrap_or_default();
            text.push('\n');
            text
        } else {
            report.to_string()
        };
        io::stdout().write_all(text.as_bytes()).map_err(CliError::Output)
    }

    /// The processes that are measured, where they are of this machine: all of them, or none.
    fn processes(&self) -> Vec<Process> {
        if !self.pids.is_empty() {
            return self.pids.iter().copied().map(Process).collect();
        }
        let listener = |url: &String| {
            let addresses = self::url(url, "").ok()?.socket_addrs(|| None).ok()?;
            addresses.into_iter().filter(|address| address.ip().is_loopback()).find_map(Process::at)
        };
        // A process may have several addresses.
        let all: Option<BTreeMap<u32, Process>> =
            self.urls.iter().map(|url| listener(url).map(|process| (process.0, process))).collect();
        all.unwrap_or_default().into_values().collect()
    }
}

/// It draws nothing where standard error is not a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    match ProgressStyle::with_template("{bar:30} {pos} of {len}: {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

//! What answers: the trait of an engine, and what can go wrong with one.

use super::event::Activity;
use crate::{access::Visitor, model::channel::Channel};
use futures::stream::BoxStream;
use std::time::Duration;
use thiserror::Error;

/// Answers prompts.
pub trait Engine: Send + Sync + 'static {
    /// Begins to answer. Work that nobody takes any more ends when the stream is dropped, and what it had open is closed.
    /// What it finds in the hub it finds as the one who asks.
    fn answer(&self, question: Question, asker: Visitor) -> Answer;
}

/// The pieces of an answer. The last one is [`Piece::End`] or a failure; without either it was cut off.
pub type Answer = BoxStream<'static, Result<Piece, Failure>>;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Where it was asked.
    pub channel: Channel,
    /// What was said before, the oldest first.
    pub history: Vec<Exchange>,
    /// What is asked now.
    pub prompt: String,
}

/// A prompt that was answered, all of it or in part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// What was asked.
    pub prompt: String,
    /// What was answered.
    pub answer: String,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What the engine does at the moment.
    Status(Activity),
    /// The next part of the text.
    Text(String),
    /// The end, as the engine wants it.
    End(End),
}

/// How an engine ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All is said.
    Finished,
    /// It has a limit of its own, and is there.
    Length,
}

/// Why an answer is not whole. What it says is for the person who asked: it names no address and no secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// Nothing answers there.
    #[error("the model's server cannot be reached; an operator has to see whether it runs")]
    Unreachable,
    /// It was silent.
    #[error("the model's server said nothing for {}; try again", humantime::format_duration(*.0))]
    Silence(Duration),
    /// It took longer than an answer may.
    #[error("the answer took longer than {}, which is the limit here", humantime::format_duration(*.0))]
    TimeLimit(Duration),
    /// The stream ended in the middle.
    #[error("the model's server broke off in the middle of the answer; try again")]
    Cut,
    /// Too many requests.
    #[error("the model has too much to do{}", later(*.wait))]
    RateLimited {
        /// When to try again.
        wait: Option<Duration>,
    },
    /// The key is none, or not enough.
    #[error("the model's server does not take this server's key; an operator has to set the right one")]
    Unauthorized,
    /// The request was refused.
    #[error("the model's server refused the request with status {status}{}", said(.message))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
    },
    /// It is not able to answer now.
    #[error("the model's server failed with status {status}; try again later{}", said(.message))]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
        /// When to try again.
        wait: Option<Duration>,
    },
    /// It reported an error in the middle of the answer.
    #[error("the model's server reported an error in the middle of the answer{}", said(.message))]
    Upstream {
        /// What it said.
        message: String,
    },
    /// Its content filter.
    #[error("the model's server held the rest of the answer back: its content filter does not pass it")]
    Filtered,
    /// What came is not what such a server sends.
    #[error("what came from the model's server is no streamed answer: {0}")]
    Strange(&'static str),
    /// The hub's own log cannot be read or written.
    #[error("the server's log cannot be used at the moment; try again")]
    Log,
    /// The server stopped or died.
    #[error("the server stopped before the answer was whole; ask again")]
    Interrupted,
}

impl Failure {
    /// What kind it is, for programs. It does not change.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Silence(_) => "silence",
            Self::TimeLimit(_) => "time-limit",
            Self::Cut => "cut",
            Self::RateLimited { .. } => "rate-limited",
            Self::Unauthorized => "unauthorized",
            Self::Refused { .. } => "refused",
            Self::Unavailable { .. } => "unavailable",
            Self::Upstream { .. } => "upstream",
            Self::Filtered => "filtered",
            Self::Strange(_) => "strange",
            Self::Log => "log",
            Self::Interrupted => "interrupted",
        }
    }

    /// When another try may do better, where the engine says so.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { wait } | Self::Unavailable { wait, .. } => *wait,
            _ => None,
        }
    }
}

fn later(wait: Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("; try again in {} s", wait.as_secs()),
        None => "; try again later".to_owned(),
    }
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(". It says: {message}") }
}

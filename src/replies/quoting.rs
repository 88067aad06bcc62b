//! The engine that needs no model: it quotes the hub's own messages, found by full-text search, and says that it does no
//! more than that. It never quotes replies, neither its own nor a model's.

mod summary;
mod terms;
mod text;

use super::{
    engine::{Answer, End, Engine, Failure, Piece, Question},
    event::Activity,
};
use crate::{
    access::{Visitor, visitor::View},
    hub::log::{LogError, words::Query},
    model::{EventId, channel::Channel, message::Message, reply, selection::Selection},
};
use futures::{StreamExt, stream};
use std::{cmp::Reverse, collections::BTreeMap};
use text::Language;

/// How many messages it quotes to a question, and to `/search`.
const QUOTES: usize = 5;
const SEARCH_QUOTES: usize = 10;
/// How many messages are looked for at once, and how often, where most of what is found are replies.
const PAGE: usize = 50;
const PAGES: usize = 10;

/// Answers from what is in the hub, as far as the one who asks may see it.
pub struct Quoting;

impl Engine for Quoting {
    fn answer(&self, question: Question, asker: Visitor) -> Answer {
        let language = Language::of(&question.prompt);
        let command = Command::of(&question.prompt);
        let searching = command.words().map(|words| Ok(Piece::Status(Activity::Searching { words })));
        let answering = async move {
            let said = command.answer(&asker, language).await.map_err(|error| {
                tracing::error!(%error, "the built-in engine cannot read the log");
                Failure::Log
            });
            let (texts, end) = match said {
                Ok(texts) => (texts, Ok(Piece::End(End::Finished))),
                Err(failure) => (Vec::new(), Err(failure)),
            };
            stream::iter(texts.into_iter().map(|text| Ok(Piece::Text(text))).chain([end]))
        };
        stream::iter(searching).chain(stream::once(answering).flatten()).boxed()
    }
}

/// What a prompt wants.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Help,
    /// Messages with these words.
    Search(String),
    /// What a channel has.
    Summary(String),
    /// Something that there is not.
    Unknown(String),
    /// Anything else: the words of it that tell something.
    Question(Vec<String>),
}

impl Command {
    fn of(prompt: &str) -> Self {
        let prompt = prompt.trim();
        if !prompt.starts_with('/') {
            return Self::Question(terms::terms(prompt));
        }
        let (name, rest) = prompt.split_once(char::is_whitespace).unwrap_or((prompt, ""));
        let rest = rest.trim().to_owned();
        match name {
            "/help" => Self::Help,
            "/search" => Self::Search(rest),
            "/summary" => Self::Summary(rest),
            _ => Self::Unknown(name.to_owned()),
        }
    }

    /// What it searches for, if it does.
    fn words(&self) -> Option<String> {
        match self {
            Self::Search(words) => Some(words.clone()),
            Self::Question(terms) if !terms.is_empty() => Some(terms.join(" ")),
            _ => None,
        }
    }

    /// The answer, piece by piece.
    async fn answer(&self, asker: &Visitor, language: Language) -> Result<Vec<String>, LogError> {
        match self {
            Self::Help => Ok(vec![language.help()]),
            Self::Unknown(name) => Ok(vec![language.unknown(name), language.help()]),
            Self::Summary(channel) => summary::summary(asker, channel, language).await,
            Self::Search(words) => match words.parse() {
                Ok(query) => {
                    let found = find(asker, query, SEARCH_QUOTES).await?;
                    Ok(quotes(found, language.found(words), language.nothing(words)))
                }
                Err(error) => Ok(vec![language.no_search(&error)]),
            },
            Self::Question(terms) if terms.is_empty() => Ok(vec![language.no_words()]),
            Self::Question(terms) => {
                let words = terms.join(" ");
                let with_all = match words.parse() {
                    Ok(query) => find(asker, query, QUOTES).await?,
                    Err(_) => Vec::new(),
                };
                if !with_all.is_empty() {
                    return Ok(quotes(with_all, language.found(&words), String::new()));
                }
                let some = find_some(asker, terms).await?;
                Ok(quotes(some, language.found_some(&words), language.nothing(&words)))
            }
        }
    }
}

/// An introduction and each message, or what to say where there is none.
fn quotes(messages: Vec<Message>, introduction: String, nothing: String) -> Vec<String> {
    if messages.is_empty() {
        return vec![nothing];
    }
    std::iter::once(introduction).chain(messages.iter().map(text::quote)).collect()
}

/// The newest messages that have what the query wants.
async fn find(asker: &Visitor, query: Query, wanted: usize) -> Result<Vec<Message>, LogError> {
    let Some(view) = quotable(asker).await? else { return Ok(Vec::new()) };
    let (mut found, mut before): (Vec<Message>, Option<EventId>) = (Vec::new(), None);
    for _ in 0..PAGES {
        let page = view.search(query.clone(), before, PAGE).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        found.extend(page.into_iter().filter(|message| is_quotable(&message.channel)));
        if found.len() >= wanted {
            break;
        }
    }
    found.truncate(wanted);
    Ok(found)
}

/// The messages that have the most of these words, the newest first among those that have as many.
async fn find_some(asker: &Visitor, terms: &[String]) -> Result<Vec<Message>, LogError> {
    let queries: Vec<Query> = terms::parts(terms).iter().filter_map(|part| part.parse().ok()).collect();
    let mut found = BTreeMap::new();
    for query in &queries {
        for message in find(asker, query.clone(), PAGE).await? {
            found.insert(message.id, message);
        }
    }
    let mut found: Vec<Message> = found.into_values().collect();
    found.sort_by_cached_key(|message| {
        let having = queries.iter().filter(|query| query.matches(&message.data)).count();
        Reverse((having, message.id))
    });
    found.truncate(QUOTES);
    Ok(found)
}

/// Whether a channel has something else than replies.
fn is_quotable(channel: &Channel) -> bool {
    channel.as_str().split('.').next() != Some(reply::CHANNELS)
}

/// The channels to search in, so that replies, of which there may be many, are not found to be left out. None where there
/// are no others.
async fn quotable(asker: &Visitor) -> Result<Option<View>, LogError> {
    let channels = asker.channels().await?;
    let names = channels.iter().map(|summary| &summary.channel).filter(|channel| is_quotable(channel));
    let patterns: std::collections::BTreeSet<String> = names
        .map(|channel| match channel.as_str().split_once('.') {
            Some((first, _)) => format!("{first}.>"),
            None => channel.to_string(),
        })
        .collect();
    if patterns.is_empty() {
        return Ok(None);
    }
    // Where even the first segments are too many, what is found is sorted out.
    let selected = Selection::parse(patterns.iter().map(String::as_str)).or_else(|_| Selection::parse([">"]));
    Ok(selected.ok().and_then(|selected| asker.watch(&selected).ok()))
}

#[cfg(test)]
mod tests;

//! What the body of a publish holds, by its media type.

use super::{
    super::{body, header},
    IDEMPOTENCY_KEY,
};
use crate::{
    hub::log::{Entry, Key},
    model::{EventName, message::Draft, problem::Problem},
};
use axum::http::HeaderMap;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// The most messages in one request.
pub(in super::super) const MAX_MESSAGES: usize = 10_000;

/// What is to be published.
#[derive(Debug)]
pub(in super::super) enum Content {
    /// A message.
    One(Entry),
    /// Many, all or none.
    Many(Vec<Entry>),
    /// A message for those who watch now.
    Ephemeral(Draft),
}

impl Content {
    /// Its messages.
    pub(in super::super) fn drafts(&self) -> impl Iterator<Item = &Draft> {
        let (entries, ephemeral) = match self {
            Self::One(entry) => (std::slice::from_ref(entry), None),
            Self::Many(entries) => (entries.as_slice(), None),
            Self::Ephemeral(draft) => (&[][..], Some(draft)),
        };
        entries.iter().flat_map(|entry| &entry.drafts).chain(ephemeral)
    }
}

/// How a body is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Format {
    /// The data itself.
    Text,
    /// An object with the data in it.
    Json,
    /// Such an object on each line.
    Batch,
    /// Bytes of this media type.
    Binary(String),
}

/// A message as JSON.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct JsonMessage {
    /// The message. A string is its text; anything else is kept as its JSON, as it was written.
    #[schema(value_type = serde_json::Value)]
    data: Box<RawValue>,
    /// The event's name; without one it is a `message`.
    #[schema(value_type = Option<EventName>)]
    event: Option<String>,
    /// The idempotency key: the same key, within its time and on the same channel, publishes only once.
    #[schema(value_type = Option<Key>)]
    key: Option<String>,
    /// To those who watch now, never kept, without an id. It has no key, and no place in a batch.
    ephemeral: Option<bool>,
}

impl Format {
    pub(in super::super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = header::once(headers, "Content-Type")? else { return Ok(Self::Text) };
        let text = value.to_str().unwrap_or_default();
        let (media_type, parameters) = text.split_once(';').unwrap_or((text, ""));
        let media_type = media_type.trim().to_ascii_lowercase();
        let format = match media_type.as_str() {
            // The form type is what `curl --data` sends without being asked for it.
            "text/plain" | "application/x-www-form-urlencoded" => Self::Text,
            "application/json" => Self::Json,
            "application/x-ndjson" => Self::Batch,
            "application/octet-stream" => Self::Binary(media_type),
            _ if is_image(&media_type) => Self::Binary(media_type),
            _ => return Err(unsupported(text)),
        };
        let parameters = parameters.to_ascii_lowercase();
        let charset = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("charset="));
        if charset.is_some_and(|charset| charset.trim_matches('"') != "utf-8") {
            return Err(unsupported(text));
        }
        Ok(format)
    }

    /// `key` and `event` are those that stand outside of the body; `limit` is the most that one message may have of it,
    /// in bytes.
    pub(in super::super) fn parse(
        &self,
        body: &[u8],
        key: Option<String>,
        event: Option<EventName>,
        limit: usize,
    ) -> Result<Content, Problem> {
        if event.is_some() && matches!(self, Self::Json | Self::Batch) {
            let detail = "in JSON the event's name stands in the body; give it there alone";
            return Err(Problem::bad_request("event", detail));
        }
        match self {
            Self::Text => {
                let data = body::text(body)?.to_owned();
                Ok(Content::One(entry(Draft { event, data }, parse_key(key, IDEMPOTENCY_KEY)?)))
            }
            Self::Binary(media_type) => {
                let data = format!("data:{media_type};base64,{}", BASE64_STANDARD.encode(body));
                Ok(Content::One(entry(Draft { event, data }, parse_key(key, IDEMPOTENCY_KEY)?)))
            }
            Self::Json => body::json::<JsonMessage>(body::text(body)?)?.content(key),
            Self::Batch => batch(body::text(body)?, key, limit),
        }
    }
}

impl JsonMessage {
    fn content(self, header_key: Option<String>) -> Result<Content, Problem> {
        if self.key.is_some() && header_key.is_some() {
            return Err(Problem::bad_request(
                "key",
                "the key is given in the header and in the body; give it once",
            ));
        }
        let is_ephemeral = self.ephemeral.unwrap_or_default();
        let field = if header_key.is_some() { IDEMPOTENCY_KEY } else { "key" };
        let key = parse_key(header_key.or(self.key.clone()), field)?;
        let draft = self.draft()?;
        match (is_ephemeral, key) {
            (false, key) => Ok(Content::One(entry(draft, key))),
            (true, None) => Ok(Content::Ephemeral(draft)),
            (true, Some(_)) => Err(Problem::bad_request(
                "key",
                "an ephemeral message is not kept, so nothing can be told by its key",
            )),
        }
    }

    fn draft(self) -> Result<Draft, Problem> {
        let event = self.event.map(|event| event.parse()).transpose();
        let event = event.map_err(|error| Problem::bad_request("event", error))?;
        let raw = self.data.get();
        // A string is its text; anything else is its JSON, as it was written.
        let data = if raw.starts_with('"') { serde_json::from_str(raw) } else { Ok(raw.to_owned()) };
        Ok(Draft { event, data: data.map_err(|error| Problem::bad_request("data", error))? })
    }
}

fn batch(text: &str, header_key: Option<String>, limit: usize) -> Result<Content, Problem> {
    let mut messages = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        if messages.len() == MAX_MESSAGES {
            let detail = format!("one request publishes at most {MAX_MESSAGES} messages");
            return Err(Problem::bad_request(&format!("line {number}"), detail));
        }
        let message = batch_line(line, header_key.is_some(), limit).map_err(|problem| {
            let field = problem.field.unwrap_or_default();
            // The line is that of the batch, not of the text that was read.
            let detail = problem.detail.split(" at line 1 column ").next().unwrap_or_default();
            let detail = format!("line {number}, {field}: {detail}");
            Problem { detail, field: Some(format!("line {number}")), ..problem }
        })?;
        messages.push(message);
    }
    if messages.is_empty() {
        return Err(Problem::bad_request(
            "body",
            "there is no message in it: one JSON object a line is expected",
        ));
    }
    let entries = match parse_key(header_key, IDEMPOTENCY_KEY)? {
        Some(key) => {
            let drafts = messages.into_iter().flat_map(|entry| entry.drafts).collect();
            vec![Entry { key: Some(key), drafts }]
        }
        None => messages,
    };
    Ok(Content::Many(entries))
}

fn batch_line(line: &str, has_header_key: bool, limit: usize) -> Result<Entry, Problem> {
    if line.len() > limit {
        return Err(body::too_large(limit));
    }
    let message: JsonMessage = body::json(line)?;
    if has_header_key && message.key.is_some() {
        return Err(Problem::bad_request("key", "the request has a key for all its messages; give only one"));
    }
    match message.content(None)? {
        Content::One(entry) => Ok(entry),
        Content::Many(_) | Content::Ephemeral(_) => {
            Err(Problem::bad_request("ephemeral", "ephemeral messages are published one by one"))
        }
    }
}

fn entry(draft: Draft, key: Option<Key>) -> Entry {
    Entry { key, drafts: vec![draft] }
}

fn parse_key(key: Option<String>, field: &str) -> Result<Option<Key>, Problem> {
    key.map(|key| key.parse()).transpose().map_err(|error| Problem::bad_request(field, error))
}

/// Whether it is an image's media type, of characters that need no escape in a `data:` URL.
fn is_image(media_type: &str) -> bool {
    media_type.strip_prefix("image/").is_some_and(|subtype| {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-');
        !subtype.is_empty() && subtype.len() <= 64 && subtype.bytes().all(is_plain)
    })
}

/// 415 for a media type that no message has.
pub(in super::super) fn unsupported(given: &str) -> Problem {
    let detail = format!(
        "{given:?} cannot be published. Send text/plain in UTF-8, application/json, application/x-ndjson, \
         application/octet-stream or image/*"
    );
    Problem::new(415, "unsupported-media-type", "Not a media type for messages", detail).at("Content-Type")
}

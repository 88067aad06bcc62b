//! What a page of channels shows from the beginning.

use crate::{
    access::{Visitor, visitor::View},
    app::{Choice, rendered::Rendered},
    client::feed::Event,
    hub::{frame::Envelope, log::LogError},
    model::{
        EventId,
        marks::Marks,
        message::Message,
        problem::Problem,
        source::{Source, SourceError},
    },
};
use serde_json::json;
use std::cmp::Reverse;

/// How many messages a page begins with.
const MESSAGES: usize = 50;

/// How much data a page begins with, in bytes; of larger messages it begins with fewer.
const BYTES: usize = 256 * 1024;

/// How many channels are suggested: those that were published to last.
const SUGGESTIONS: usize = 100;

/// What is rendered, and the same as JSON for the browser's part.
pub(super) struct Content {
    pub rendered: Rendered,
    pub json: String,
}

impl Content {
    /// What there is for a page about this.
    ///
    /// # Errors
    /// When it may not be watched, or the log cannot be read.
    pub(super) async fn gather(visitor: &Visitor, choice: &Choice, cleared: &Marks) -> Result<Self, Problem> {
        let tail = visitor.newest();
        let (channels, mut messages, mut mark) = match &choice.source {
            Ok(Source::Channels(selection)) => {
                let messages = newest(&visitor.watch(selection)?, tail).await?;
                (suggestions(visitor).await?, messages, cleared.mark(selection))
            }
            Ok(Source::Directory) | Err(SourceError::Channels(_)) => {
                (suggestions(visitor).await?, Vec::new(), None)
            }
            Ok(Source::BuiltIn(_) | Source::Endpoint(_)) | Err(_) => (Vec::new(), Vec::new(), None),
        };
        // A mark from before a loss of the log would hide what is yet to come.
        mark = mark.filter(|mark| *mark <= tail);
        let all = messages.len();
        messages.retain(|message| Some(message.id) > mark);
        let rendered = Rendered {
            tail: tail.to_string(),
            has_cleared: messages.len() < all,
            mark: mark.map(|mark| mark.to_string()).unwrap_or_default(),
            events: messages.iter().map(event).collect(),
            channels,
        };
        let json = json!({
            "tail": rendered.tail,
            "mark": rendered.mark,
            "has_cleared": rendered.has_cleared,
            "messages": messages.iter().map(Envelope::from).collect::<Vec<_>>(),
            "channels": rendered.channels,
        });
        Ok(Self { rendered, json: json.to_string() })
    }
}

/// The newest messages up to `tail`: the stream goes on after it, so nothing is missed and nothing comes twice.
pub(super) async fn newest(view: &View, tail: EventId) -> Result<Vec<Message>, LogError> {
    let mut messages = view.before(Some(beyond(tail)), MESSAGES).await?;
    cut_front(&mut messages);
    Ok(messages)
}

/// Leaves the newest of these that a page begins with.
pub(super) fn cut_front(messages: &mut Vec<Message>) {
    // The newest is shown whatever its size.
    let shown = fitting(messages.iter().rev()).max(1);
    messages.drain(..messages.len().saturating_sub(shown));
}

/// How many of these a page begins with, counted from the first.
pub(super) fn fitting<'a>(messages: impl Iterator<Item = &'a Message>) -> usize {
    let mut bytes = 0;
    let fitting = messages.take_while(|message| {
        bytes += message.data.len();
        bytes <= BYTES
    });
    fitting.count()
}

/// The place right after this id.
pub(super) const fn beyond(id: EventId) -> EventId {
    EventId::new(id.milliseconds(), id.sequence().saturating_add(1))
}

async fn suggestions(visitor: &Visitor) -> Result<Vec<String>, LogError> {
    let mut channels = visitor.channels().await?;
    channels.sort_by_key(|summary| Reverse(summary.newest));
    channels.truncate(SUGGESTIONS);
    let mut names: Vec<_> = channels.into_iter().map(|summary| summary.channel.to_string()).collect();
    names.sort_unstable();
    Ok(names)
}

/// A message as the page has it.
pub(super) fn event(message: &Message) -> Event {
    Event {
        id: message.id.to_string(),
        name: message.event.as_ref().map_or("message", |name| name.as_str()).to_owned(),
        data: message.data.clone(),
        channel: message.channel.to_string(),
        time: message.id.milliseconds(),
        ..Event::default()
    }
}

//! `/summary CHANNEL`: what a channel has.

use super::{
    is_quotable,
    text::{Language, quote},
};
use crate::{
    access::{Visitor, visitor::View},
    hub::{frame::rfc3339, log::LogError},
    model::{EventId, message::Message},
};
use std::{cmp::Reverse, collections::HashMap};

/// How many of the newest messages are looked at for their types, and how many at once.
const REACH: usize = 10_000;
const PAGE: usize = 1_000;
/// How many messages are quoted, types listed and channels named.
const QUOTES: usize = 3;
const TYPES: usize = 12;
const NAMES: usize = 20;

pub(super) async fn summary(
    asker: &Visitor,
    given: &str,
    language: Language,
) -> Result<Vec<String>, LogError> {
    let mut channels = asker.channels().await?;
    channels.retain(|summary| is_quotable(&summary.channel));
    let Some(channel) = channels.iter().find(|summary| summary.channel.as_str() == given) else {
        let names: Vec<_> = channels.iter().take(NAMES).map(|summary| summary.channel.to_string()).collect();
        return Ok(vec![language.no_channel(given, &names)]);
    };
    let mut said = vec![language.counts(given, channel.messages, channel.bytes)];
    let Ok(view) = asker.watch(&channel.channel.clone().into()) else { return Ok(said) };
    let oldest = view.after(EventId::new(0, 0), 1).await?;
    let newest = view.before(None, QUOTES).await?;
    let (Some(first), Some(last)) = (oldest.first(), newest.last()) else { return Ok(said) };
    let time = |message: &Message| rfc3339(message.id.milliseconds());
    said.push(language.span(&time(first), &time(last)));
    let (types, seen) = types(&view).await?;
    said.push(language.types(&types, (seen < channel.messages).then_some(seen)));
    said.push(language.newest());
    said.extend(newest.iter().rev().map(quote));
    Ok(said)
}

/// The types of the newest messages, the most frequent first, and among how many messages.
async fn types(view: &View) -> Result<(Vec<(String, u64)>, u64), LogError> {
    let (mut counts, mut seen, mut before) = (HashMap::new(), 0, None);
    while seen < REACH {
        let page = view.before(before, PAGE).await?;
        let Some(oldest) = page.first() else { break };
        before = Some(oldest.id);
        seen += page.len();
        for message in page {
            let name = message.event.map_or_else(|| "message".to_owned(), String::from);
            *counts.entry(name).or_insert(0) += 1;
        }
    }
    let mut types: Vec<(String, u64)> = counts.into_iter().collect();
    types.sort_by(|(one, few), (other, many)| (Reverse(few), one).cmp(&(Reverse(many), other)));
    types.truncate(TYPES);
    Ok((types, seen as u64))
}

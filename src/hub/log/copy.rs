//! One log into another: all messages, under the ids that they have. Idempotency keys stay behind.

use super::{Import, Log, LogError, Mark};
use crate::model::{EventId, channel::Channel, message::Message, selection::Selection};
use thiserror::Error;

/// How many messages are taken over in one step.
const STEP: usize = 512;

/// Why a log was not copied, or not all of it.
#[derive(Debug, Error)]
pub enum CopyError {
    /// A log cannot be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The other log has something of its own.
    #[error(
        "the log to copy to has messages of its own, or gave ids; name a new one, or one that a copy was begun in"
    )]
    Used,
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many messages the copy has.
    pub copied: u64,
    /// How many there are.
    pub all: u64,
}

/// Copies a log into one that is new, or goes on where an earlier copy of it was cut off. Calls `tell` after each step.
///
/// # Errors
/// When the other log is no copy of this one, or one of them cannot be used. What was copied by then stays.
pub fn copy(from: &dyn Log, to: &dyn Log, mut tell: impl FnMut(Progress)) -> Result<Progress, CopyError> {
    let all = Selection::all();
    let mut after = begun(from, to)?;
    let mut progress = Progress { copied: to.size().messages, all: from.size().messages };
    loop {
        let messages = from.read_after(&all, after, EventId::LAST, STEP)?;
        let Some(last) = messages.last() else { break };
        after = last.id;
        progress.copied += messages.len() as u64;
        to.import(&Import { messages, marks: Vec::new() })?;
        progress.all = from.size().messages.max(progress.copied);
        tell(progress);
    }
    let mut marks = Vec::new();
    for summary in from.channels()? {
        let forgotten = forgotten(from, &summary.channel)?;
        marks.push(Mark { channel: summary.channel, newest: summary.newest, forgotten });
    }
    to.import(&Import { messages: Vec::new(), marks })?;
    tell(progress);
    Ok(progress)
}

/// After which message to go on.
fn begun(from: &dyn Log, to: &dyn Log) -> Result<EventId, CopyError> {
    let Some(last) = to.read_before(&Selection::all(), None, 1)?.pop() else {
        let is_new =
            to.newest() == EventId::new(0, 0) || to.newest() <= from.newest() && to.channels()?.is_empty();
        let first = from.read_after(&Selection::all(), EventId::new(0, 0), EventId::LAST, 1)?.pop();
        let fits = first.is_none_or(|first: Message| first.id > to.newest());
        return if is_new && fits { Ok(to.newest()) } else { Err(CopyError::Used) };
    };
    let same = from.read_after(&Selection::from(last.channel.clone()), last.id.before(), last.id, 1)?.pop();
    // Where it is not kept any more nobody can tell, and what comes after it is the same.
    let is_forgotten = || Ok::<_, LogError>(forgotten(from, &last.channel)? >= Some(last.id));
    if same.as_ref() == Some(&last) || same.is_none() && is_forgotten()? {
        return Ok(last.id);
    }
    Err(CopyError::Used)
}

fn forgotten(log: &dyn Log, channel: &Channel) -> Result<Option<EventId>, LogError> {
    Ok(log.coverage(&Selection::from(channel.clone()))?.forgotten)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            suite::{
                Engine, Open, START, all, channel, entry, keep_all, publish, publish_one, receipts, select,
            },
            *,
        },
        *,
    };

    fn rules() -> Settings {
        let rule = Retention { channels: "short".parse().unwrap(), count: Some(2), age: None, bytes: None };
        Settings { retention: vec![rule], ..keep_all() }
    }

    fn facts(log: &dyn Log) -> (Vec<Message>, Vec<ChannelSummary>, Vec<Coverage>, u64) {
        let channels = log.channels().unwrap();
        let coverage = |channel: &ChannelSummary| log.coverage(&channel.channel.clone().into()).unwrap();
        let coverages = channels.iter().map(coverage).collect();
        (all(log, &[">"]), channels, coverages, log.size().bytes)
    }

    #[test]
    fn a_copy_has_everything_and_goes_on_after_it_between_any_two_engines() {
        for (from, to) in [
            (Engine::Memory, Engine::Sqlite),
            (Engine::Sqlite, Engine::Redis),
            (Engine::Redis, Engine::Sqlite),
            (Engine::Redis, Engine::Memory),
        ] {
            let from = Open::new(from, rules(), START);
            for number in 0..700 {
                let name = ["a", "b.c", "short"][number % 3];
                receipts(&*from, &publish(name, &[&format!("消息 {number}")]), START + number as u64);
            }
            let named =
                Entry { drafts: vec![Draft { event: "e".parse().ok(), data: String::new() }], key: None };
            receipts(&*from, &Publish { channel: channel("named"), entries: vec![named] }, START + 800);
            // The newest of all is not kept.
            receipts(
                &*from,
                &Publish { channel: channel("short"), entries: vec![entry(None, &["x"; 9])] },
                START + 900,
            );
            while from.trim(START + 900, 4_096).unwrap() > 0 {}
            let mut to = Open::new(to, rules(), 0);
            // It is cut off after the first step.
            let first = from.read_after(&Selection::all(), EventId::new(0, 0), EventId::LAST, 100).unwrap();
            to.import(&Import { messages: first, marks: Vec::new() }).unwrap();
            let (mut told, count) = (Vec::new(), from.size().messages);
            let progress = copy(&*from, &*to, |progress| told.push(progress)).unwrap();
            assert_eq!(progress, Progress { copied: count, all: count });
            assert!(told.len() >= 2 && told.is_sorted_by_key(|progress| progress.copied));
            to.indexed();
            assert_eq!(facts(&*to), facts(&*from));
            to.reopen(0);
            assert_eq!(facts(&*to), facts(&*from));
            assert_eq!(to.newest(), from.newest());
            // Once more there is nothing to do.
            copy(&*from, &*to, |_| ()).unwrap();
            assert_eq!(facts(&*to), facts(&*from));
            assert!(publish_one(&*to, "a", "new", START) > from.newest());
            assert!(to.forgotten_after(&select(&["short"]), EventId::new(START, 0)).unwrap() > 0);
        }
    }

    #[test]
    fn a_log_with_something_of_its_own_stays_as_it_is() {
        for engine in [Engine::Memory, Engine::Sqlite, Engine::Redis] {
            let [from, to] = [Open::new(engine, keep_all(), START), Open::new(engine, keep_all(), START)];
            publish_one(&*from, "a", "one", START);
            publish_one(&*to, "a", "another", START);
            let before = facts(&*to);
            assert!(matches!(copy(&*from, &*to, |_| ()), Err(CopyError::Used)));
            let earlier = from.read_after(&Selection::all(), EventId::new(0, 0), EventId::LAST, 1).unwrap();
            assert!(to.import(&Import { messages: earlier, marks: Vec::new() }).is_err());
            assert_eq!(facts(&*to), before);
        }
    }
}

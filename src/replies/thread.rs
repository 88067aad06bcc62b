//! What was said in a thread before: read from the hub's log, and kept nowhere else.

use super::{
    engine::Exchange,
    event::{Event, Prompt},
};
use crate::{
    hub::{Hub, log::LogError},
    model::{
        EventId,
        channel::Channel,
        message::Message,
        reply::{ReplyId, Thread},
    },
};
use std::collections::HashMap;

/// How many messages are read at once.
const PAGE: usize = 500;
/// How many messages back a prompt is looked for that has the same key.
const KEY_REACH: usize = 1_000;

/// The exchanges before the message `before`, the oldest first: the newest ones that fit into `limit` characters. Of the
/// one that does not fit whole there is the end of its answer.
///
/// # Errors
/// When the log cannot be read.
pub(super) async fn history(
    hub: &Hub,
    thread: &Thread,
    before: EventId,
    limit: usize,
) -> Result<Vec<Exchange>, LogError> {
    let mut fitting = Fitting { room: limit, exchanges: Vec::new(), answers: HashMap::new() };
    let mut before = before;
    while fitting.room > 0 {
        let page = hub.before(Channel::from(thread).into(), Some(before), PAGE).await?;
        let Some(oldest) = page.first() else { break };
        before = oldest.id;
        for event in page.iter().rev().filter_map(Event::of) {
            fitting.take(event);
        }
    }
    fitting.exchanges.reverse();
    Ok(fitting.exchanges)
}

/// Takes a thread's events from the newest back, and keeps what fits.
struct Fitting {
    /// How many characters there is still room for.
    room: usize,
    /// The newest first.
    exchanges: Vec<Exchange>,
    /// The answers whose prompt has not come yet: their pieces, the last first, and how many characters these have.
    answers: HashMap<ReplyId, (Vec<String>, usize)>,
}

impl Fitting {
    fn take(&mut self, event: Event) {
        match event {
            Event::Delta(delta) => {
                let (pieces, length) = self.answers.entry(delta.reply).or_default();
                // What is before this cannot fit.
                if *length <= self.room {
                    *length += delta.text.chars().count();
                    pieces.push(delta.text);
                }
            }
            Event::Prompt(Prompt { reply, prompt }) => {
                // A prompt that was not answered is left out: models expect the two in turn.
                let Some((pieces, length)) = self.answers.remove(&reply) else { return };
                let Some(room) = self.room.checked_sub(prompt.chars().count()).filter(|room| *room > 0)
                else {
                    self.room = 0;
                    return;
                };
                let mut answer: String = pieces.into_iter().rev().collect();
                if length > room {
                    answer = answer.chars().skip(length - room).collect();
                }
                self.room = room.saturating_sub(length);
                self.exchanges.push(Exchange { prompt, answer });
            }
            Event::Status(_) | Event::Done(_) | Event::Error(_) => {}
        }
    }
}

/// The prompt with which this reply began, and its message's id, if it is among the newest of the thread.
///
/// # Errors
/// When the log cannot be read.
pub(super) async fn prompt(
    hub: &Hub,
    thread: &Thread,
    reply: ReplyId,
) -> Result<Option<(EventId, String)>, LogError> {
    let page = hub.before(Channel::from(thread).into(), None, KEY_REACH).await?;
    Ok(page.iter().rev().find_map(|message| match Event::of(message) {
        Some(Event::Prompt(prompt)) if prompt.reply == reply => Some((message.id, prompt.prompt)),
        _ => None,
    }))
}

/// The reply that is not over in a thread, as far as its newest messages say: what the last event of a reply among them is
/// about, if that is no end.
///
/// # Errors
/// When the log cannot be read.
pub(super) async fn unfinished(hub: &Hub, thread: &Thread) -> Result<Option<ReplyId>, LogError> {
    let page: Vec<Message> = hub.before(Channel::from(thread).into(), None, PAGE).await?;
    let last = page.iter().rev().find_map(Event::of);
    Ok(last.filter(|event| !event.is_end()).map(|event| event.reply()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replies::event::Delta;

    /// What fits of exchanges that are `(prompt, pieces of the answer)`, the oldest first.
    fn fit(limit: usize, exchanges: &[(&str, &[&str])]) -> Vec<(String, String)> {
        let mut events = Vec::new();
        for (number, (prompt, pieces)) in (0..).zip(exchanges) {
            let reply = ReplyId::of_bits(number);
            events.push(Event::Prompt(Prompt { reply, prompt: (*prompt).to_owned() }));
            let delta = |text: &&str| Event::Delta(Delta { reply, at: 0, text: (*text).to_owned() });
            events.extend(pieces.iter().map(delta));
        }
        let mut fitting = Fitting { room: limit, exchanges: Vec::new(), answers: HashMap::new() };
        for event in events.into_iter().rev() {
            fitting.take(event);
        }
        fitting.exchanges.into_iter().rev().map(|exchange| (exchange.prompt, exchange.answer)).collect()
    }

    #[test]
    fn the_newest_that_fit_are_there_and_the_end_of_the_next() {
        let said: [(&str, &[&str]); 4] =
            [("一", &["二"]), ("no answer", &[]), ("abc", &["d", "ef", "g"]), ("x", &["yz"])];
        let own = |texts: &[(&str, &str)]| -> Vec<(String, String)> {
            texts.iter().map(|(prompt, answer)| ((*prompt).to_owned(), (*answer).to_owned())).collect()
        };
        assert_eq!(fit(100, &said), own(&[("一", "二"), ("abc", "defg"), ("x", "yz")]));
        assert_eq!(fit(12, &said), own(&[("一", "二"), ("abc", "defg"), ("x", "yz")]));
        assert_eq!(fit(11, &said), own(&[("abc", "defg"), ("x", "yz")]));
        assert_eq!(fit(8, &said), own(&[("abc", "fg"), ("x", "yz")]));
        assert_eq!(fit(6, &said), own(&[("x", "yz")]));
        assert_eq!(fit(2, &said), own(&[("x", "z")]));
        assert_eq!(fit(0, &said), own(&[]));
    }

    #[test]
    fn a_long_answer_costs_no_more_than_there_is_room_for() {
        let pieces = vec!["0123456789"; 1_000];
        assert_eq!(fit(16, &[("q", &pieces)]), [("q".to_owned(), "567890123456789".into())]);
    }
}

//! How tabs write their messages: a letter that says what it is, then words with a space between them.
//!
//! Times are spans from now on, since each tab has a clock of its own.

use super::{Announcement, Message, TabId};
use crate::{
    client::machine::{Millis, Reason, Status},
    model::selection::Selection,
};
use std::str::{FromStr, Split};

/// The message as text, sent at the time `now`.
pub fn write(message: &Message, now: Millis) -> String {
    let mut text = Text(String::new());
    match message {
        Message::Want { selection, after, served_by } => {
            let served_by = served_by.map_or_else(String::new, |tab| tab.0.to_string());
            text.word("W").word(&after.to_string()).word(&served_by).selection(selection);
        }
        Message::Left => text.0.push('L'),
        Message::Stream(Announcement { number, selection, at, status, is_roll_call }) => {
            text.word(if *is_roll_call { "A" } else { "S" }).number((*number).into()).word(&at.to_string());
            text.selection(selection).status(status, now);
        }
        Message::Status(status) => text.word("T").status(status, now),
        Message::Ping => text.0.push('P'),
        Message::Pong => text.0.push('O'),
        Message::Retry => text.0.push('R'),
        Message::Refused(tab) => {
            text.word("X").number(tab.0);
        }
    }
    text.0
}

/// The message in a text that came at the time `now`; none where it is no message.
pub fn read(text: &str, now: Millis) -> Option<Message> {
    let mut words = text.split(' ');
    let message = match words.next()? {
        "W" => Message::Want {
            after: number(&mut words)?,
            served_by: number(&mut words).map(TabId),
            selection: selection(&mut words)?,
        },
        "L" => Message::Left,
        letter @ ("A" | "S") => Message::Stream(Announcement {
            is_roll_call: letter == "A",
            number: number(&mut words)?,
            at: number(&mut words)?,
            selection: selection(&mut words)?,
            status: status(&mut words, now)?,
        }),
        "T" => Message::Status(status(&mut words, now)?),
        "P" => Message::Ping,
        "O" => Message::Pong,
        "R" => Message::Retry,
        "X" => Message::Refused(TabId(number(&mut words)?)),
        _ => return None,
    };
    Some(message)
}

struct Text(String);

impl Text {
    fn word(&mut self, word: &str) -> &mut Self {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(word);
        self
    }

    fn number(&mut self, number: u64) -> &mut Self {
        self.word(&number.to_string())
    }

    /// No channel has a comma.
    fn selection(&mut self, selection: &Selection) -> &mut Self {
        let names: Vec<_> = selection.patterns().iter().map(|pattern| pattern.as_str()).collect();
        self.word(&names.join(","))
    }

    fn status(&mut self, status: &Status, now: Millis) {
        match status {
            Status::Idle => self.word("i"),
            Status::Connecting => self.word("c"),
            Status::Open { since } => self.word("o").number(now.saturating_sub(*since)),
            Status::Waiting { attempt, until, reason } => {
                self.word("w").number((*attempt).into()).number(until.saturating_sub(now)).reason(*reason)
            }
            Status::Closed => self.word("x"),
            Status::Ended => self.word("e"),
            Status::Failed { reason } => self.word("f").reason(*reason),
        };
    }

    fn reason(&mut self, reason: Reason) -> &mut Self {
        match reason {
            Reason::Network => self.word("n"),
            Reason::Silence => self.word("s"),
            Reason::Frozen => self.word("f"),
            Reason::Refused(status) => self.word("r").number(status.into()),
            Reason::NotAStream => self.word("t"),
            Reason::TooLarge(bytes) => self.word("l").number(bytes as u64),
            Reason::Unsupported => self.word("u"),
        }
    }
}

fn number<T: FromStr>(words: &mut Split<char>) -> Option<T> {
    words.next()?.parse().ok()
}

fn selection(words: &mut Split<char>) -> Option<Selection> {
    Selection::parse(words.next()?.split(',')).ok()
}

fn status(words: &mut Split<char>, now: Millis) -> Option<Status> {
    Some(match words.next()? {
        "i" => Status::Idle,
        "c" => Status::Connecting,
        "o" => Status::Open { since: now.saturating_sub(number(words)?) },
        "w" => Status::Waiting {
            attempt: number(words)?,
            until: now.saturating_add(number(words)?),
            reason: reason(words)?,
        },
        "x" => Status::Closed,
        "e" => Status::Ended,
        "f" => Status::Failed { reason: reason(words)? },
        _ => return None,
    })
}

fn reason(words: &mut Split<char>) -> Option<Reason> {
    Some(match words.next()? {
        "n" => Reason::Network,
        "s" => Reason::Silence,
        "f" => Reason::Frozen,
        "r" => Reason::Refused(number(words)?),
        "t" => Reason::NotAStream,
        "l" => Reason::TooLarge(number(words)?),
        "u" => Reason::Unsupported,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EventId;
    use proptest::prelude::*;

    const NOW: Millis = 1 << 40;

    fn reasons() -> impl Strategy<Value = Reason> {
        prop_oneof![
            Just(Reason::Network),
            Just(Reason::Silence),
            Just(Reason::Frozen),
            any::<u16>().prop_map(Reason::Refused),
            Just(Reason::NotAStream),
            any::<u32>().prop_map(|bytes| Reason::TooLarge(bytes as usize)),
            Just(Reason::Unsupported),
        ]
    }

    fn statuses() -> impl Strategy<Value = Status> {
        prop_oneof![
            Just(Status::Idle),
            Just(Status::Connecting),
            (0..NOW).prop_map(|since| Status::Open { since }),
            (any::<u32>(), NOW..2 * NOW, reasons()).prop_map(|(attempt, until, reason)| Status::Waiting {
                attempt,
                until,
                reason
            }),
            Just(Status::Closed),
            Just(Status::Ended),
            reasons().prop_map(|reason| Status::Failed { reason }),
        ]
    }

    fn messages() -> impl Strategy<Value = Message> {
        let ids = (any::<u64>(), any::<u64>()).prop_map(|(time, number)| EventId::new(time, number));
        let pattern = "([a-z0-9_-]{1,5}|\\*)(\\.([A-Z]{1,3}|\\*)){0,2}(\\.>)?";
        let selections = proptest::collection::vec(pattern, 1..5)
            .prop_map(|names| Selection::parse(names.iter().map(String::as_str)).unwrap());
        let tabs = any::<u64>().prop_map(TabId);
        let wants = (selections.clone(), ids.clone(), proptest::option::of(tabs.clone()))
            .prop_map(|(selection, after, served_by)| Message::Want { selection, after, served_by });
        let streams = (any::<u32>(), selections, ids, statuses(), any::<bool>());
        let streams = streams.prop_map(|(number, selection, at, status, is_roll_call)| {
            Message::Stream(Announcement { number, selection, at, status, is_roll_call })
        });
        prop_oneof![
            wants,
            Just(Message::Left),
            streams,
            statuses().prop_map(Message::Status),
            Just(Message::Ping),
            Just(Message::Pong),
            Just(Message::Retry),
            tabs.prop_map(Message::Refused),
        ]
    }

    proptest! {
        #[test]
        fn a_message_survives_its_text(message in messages()) {
            prop_assert_eq!(read(&write(&message, NOW), NOW), Some(message));
        }

        #[test]
        fn any_text_can_be_read(text in "[WLASTPORXwof] ([-0-9a>,] ?){0,12}") {
            read(&text, NOW);
        }
    }

    #[test]
    fn times_are_those_of_the_tab_that_reads() {
        let waiting = |until| Message::Status(Status::Waiting { attempt: 1, until, reason: Reason::Network });
        assert_eq!(read(&write(&waiting(5_000), 3_000), 70_000), Some(waiting(72_000)));
    }
}

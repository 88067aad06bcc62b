//! What happened to a connection, for those who want to know. Pure: made from what the status machine takes and says.

use super::{
    machine::{Command, Millis, Reason, Status},
    transport::Carrier,
};
use std::collections::VecDeque;

/// How many entries are kept. A connection that fails all night has as many as one wants to read.
pub const MAX_ENTRIES: usize = 200;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, in milliseconds since the Unix epoch.
    pub time: u64,
    /// What.
    pub what: What,
}

/// What can happen to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The server is asked for the stream's address.
    Asking {
        /// Which attempt this is, counted from one.
        attempt: u32,
    },
    /// The stream is being opened.
    Opening {
        /// Which attempt this is, counted from one.
        attempt: u32,
        /// How; none where this browser cannot.
        carrier: Option<Carrier>,
        /// Where, without the ticket, which is nobody else's business.
        url: String,
        /// After which event; empty for none.
        last_event_id: String,
    },
    /// One of several servers answers.
    Answered {
        /// What it calls itself.
        node: String,
    },
    /// The stream is open. So the status was 200.
    Opened {
        /// How long the opening took.
        after: Millis,
    },
    /// The connection is gone.
    Lost {
        /// Why.
        reason: Reason,
        /// How long it had been open; none where it had not.
        lasted: Option<Millis>,
    },
    /// The next attempt waits.
    Waiting {
        /// Which it is, counted from one.
        attempt: u32,
        /// How long it waits.
        wait: Millis,
    },
    /// Another tab of the browser has the connection, for this one, too.
    Elsewhere,
    /// The browser stops the page's scripts; the connection is closed.
    Frozen,
    /// The page's scripts run again.
    Thawed,
    /// A person closed the stream.
    Closed,
    /// The server ended the stream, for good.
    Ended,
    /// It was given up.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// The newest entries, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Journal(VecDeque<Entry>);

impl Journal {
    /// Adds an entry; the oldest goes when there are too many.
    pub fn push(&mut self, entry: Entry) {
        if self.0.len() == MAX_ENTRIES {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    /// The entries, the oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.0.iter()
    }
}

/// What a machine made of an input.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The machine's time.
    pub now: Millis,
    /// The status before.
    pub before: &'a Status,
    /// The status after.
    pub after: &'a Status,
    /// Why a connection is gone, where that is what went in.
    pub lost: Option<Reason>,
    /// What came out.
    pub commands: &'a [Command],
    /// How streams are opened now.
    pub carrier: Option<Carrier>,
}

/// Writes what goes into the journal of one stream.
#[derive(Debug, Default)]
pub struct Clerk {
    attempt: u32,
    /// When the opening began.
    opening: Millis,
}

impl Clerk {
    /// What there is to write of this step, in order.
    pub fn write(&mut self, step: Step) -> Vec<What> {
        let mut said = Vec::new();
        self.write_end(step, &mut said);
        for command in step.commands {
            self.write_beginning(step, command, &mut said);
        }
        if let (Status::Connecting, Status::Open { .. }) = (step.before, step.after) {
            said.push(What::Opened { after: step.now.saturating_sub(self.opening) });
        }
        said
    }

    /// What is over.
    fn write_end(&mut self, step: Step, said: &mut Vec<What>) {
        let lasted = match step.before {
            Status::Open { since } => Some(step.now.saturating_sub(*since)),
            _ => None,
        };
        let was_there = matches!(step.before, Status::Connecting | Status::Open { .. });
        if step.before == step.after && step.lost.is_none() {
            return;
        }
        match *step.after {
            Status::Waiting { attempt, reason: Reason::Frozen, .. } => {
                self.attempt = attempt;
                said.push(What::Frozen);
            }
            Status::Waiting { attempt, until, reason } => {
                self.attempt = attempt;
                if was_there {
                    said.push(What::Lost { reason, lasted });
                    said.push(What::Waiting { attempt, wait: until.saturating_sub(step.now) });
                }
            }
            Status::Connecting => {
                match step.before {
                    Status::Waiting { reason: Reason::Frozen, .. } => said.push(What::Thawed),
                    Status::Idle | Status::Closed | Status::Ended | Status::Failed { .. } => self.attempt = 1,
                    _ => {}
                }
                said.extend(step.lost.map(|reason| What::Lost { reason, lasted }));
            }
            Status::Closed => said.push(What::Closed),
            Status::Ended => said.push(What::Ended),
            Status::Failed { reason } => said.push(What::Failed { reason }),
            Status::Idle | Status::Open { .. } => {}
        }
    }

    /// What begins.
    fn write_beginning(&mut self, step: Step, command: &Command, said: &mut Vec<What>) {
        let attempt = self.attempt;
        match command {
            Command::FetchAddress(_) => said.push(What::Asking { attempt }),
            Command::Open { address, last_event_id, .. } => {
                self.opening = step.now;
                let ticket = address.ticket.as_ref().map(ToString::to_string);
                said.push(What::Opening {
                    attempt,
                    carrier: step.carrier,
                    url: ticket
                        .map_or_else(|| address.url.clone(), |ticket| address.url.replace(&ticket, "…")),
                    last_event_id: last_event_id.clone(),
                });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::machine::{Connection, Input, Machine, News},
        model::{StreamAddress, Ticket},
    };

    const CARRIER: Option<Carrier> = Some(Carrier::Fetch);

    /// A machine whose clerk writes; the time goes on by 100 ms with each step.
    #[derive(Default)]
    struct Bench {
        machine: Machine,
        clerk: Clerk,
        now: Millis,
        open: Connection,
    }

    impl Bench {
        fn does(&mut self, input: Input) -> Vec<What> {
            self.now += 100;
            let lost = match &input {
                Input::From(_, News::Lost(loss)) => Some(loss.reason),
                _ => None,
            };
            let before = self.machine.status().clone();
            let commands = self.machine.handle(input, self.now, 0.0);
            for command in &commands {
                if let Command::FetchAddress(connection) | Command::Open { connection, .. } = command {
                    self.open = *connection;
                }
            }
            let (now, after, commands) = (self.now, self.machine.status(), &commands);
            self.clerk.write(Step { now, before: &before, after, lost, commands, carrier: CARRIER })
        }

        fn says(&mut self, news: News) -> Vec<What> {
            self.does(Input::From(self.open, news))
        }

        fn loses(&mut self, reason: Reason) -> Vec<What> {
            self.says(News::Lost(reason.into()))
        }

        fn open() -> Self {
            let mut bench = Self::default();
            bench.does(Input::Connect);
            bench.says(News::Addressed(Ok(address())));
            bench.says(News::Opened { hears_all: true });
            bench
        }
    }

    fn address() -> StreamAddress {
        let ticket = Ticket::new([0xab; 16]);
        StreamAddress { ticket: Some(ticket.clone()), ..StreamAddress::plain(format!("/s?ticket={ticket}")) }
    }

    fn opening(attempt: u32, id: &str) -> What {
        let (url, last_event_id) = ("/s?ticket=…".into(), id.into());
        What::Opening { attempt, carrier: CARRIER, url, last_event_id }
    }

    #[test]
    fn a_connection_s_life_is_written_down_without_its_ticket() {
        let mut bench = Bench::default();
        assert_eq!(bench.does(Input::Connect), [What::Asking { attempt: 1 }]);
        assert_eq!(bench.says(News::Addressed(Ok(address()))), [opening(1, "")]);
        assert_eq!(bench.says(News::Opened { hears_all: true }), [What::Opened { after: 100 }]);
        for news in [News::Alive, News::LastEventId("5-0".into()), News::Retry(1_000)] {
            assert_eq!(bench.says(news), []);
        }
        assert_eq!(
            bench.loses(Reason::Network),
            [
                What::Lost { reason: Reason::Network, lasted: Some(400) },
                What::Waiting { attempt: 1, wait: 1_000 }
            ]
        );
        assert_eq!(bench.does(Input::Woken), []);
        assert_eq!(bench.does(Input::Online), [opening(1, "5-0")]);
        assert_eq!(
            bench.loses(Reason::Refused(503)),
            [
                What::Lost { reason: Reason::Refused(503), lasted: None },
                What::Waiting { attempt: 2, wait: 1_000 }
            ]
        );
        assert_eq!(bench.does(Input::Connect), [opening(2, "5-0")]);
        assert_eq!(bench.does(Input::Disconnect), [What::Closed]);
        assert_eq!(bench.does(Input::Connect), [What::Asking { attempt: 1 }]);
    }

    #[test]
    fn ends_and_failures_are_written_down() {
        assert_eq!(Bench::open().says(News::Finished), [What::Ended]);
        let reason = Reason::NotAStream;
        assert_eq!(Bench::open().loses(reason), [What::Failed { reason }]);
        let mut unauthorized = Bench::open();
        let reason = Reason::Refused(401);
        let lost = What::Lost { reason, lasted: Some(100) };
        assert_eq!(unauthorized.loses(reason), [lost, What::Asking { attempt: 1 }]);
    }

    #[test]
    fn sleep_is_written_down() {
        let mut bench = Bench::open();
        assert_eq!(bench.does(Input::Frozen), [What::Frozen]);
        assert_eq!(bench.does(Input::Frozen), []);
        assert_eq!(bench.does(Input::Thawed), [What::Thawed, opening(1, "")]);
    }

    #[test]
    fn the_newest_entries_are_kept() {
        let mut journal = Journal::default();
        for time in 0..MAX_ENTRIES as u64 + 5 {
            journal.push(Entry { time, what: What::Closed });
        }
        let times: Vec<_> = journal.entries().map(|entry| entry.time).collect();
        assert_eq!(times, Vec::from_iter(5..MAX_ENTRIES as u64 + 5));
    }
}

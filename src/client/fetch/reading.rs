//! The bytes of a stream become signals. Pure.

use crate::{
    client::{
        machine::{News, Reason},
        transport::{Signal, StreamEvent},
    },
    sse::{
        blocks::Blocks,
        decode::{Decoder, Item, TooLarge},
    },
};

/// Reads one connection's bytes, from the first on.
pub struct Reading {
    decoder: Decoder,
    items: Vec<Item>,
    /// Where raw blocks are wanted.
    blocks: Option<Blocks>,
    /// The last event id, as told last.
    told: String,
}

impl Reading {
    /// A reading that refuses events of more than `limit` bytes, and shows their blocks if they are wanted `raw`.
    pub fn new(limit: usize, raw: bool) -> Self {
        Self {
            decoder: Decoder::with_limit(limit),
            items: Vec::new(),
            blocks: raw.then(|| Blocks::with_limit(limit)),
            told: String::new(),
        }
    }

    /// Appends to `signals` what this piece says. It says something, if it is only that the connection lives.
    pub fn read(&mut self, mut piece: &[u8], signals: &mut Vec<Signal>) {
        let mut end = Ok(());
        while !piece.is_empty() && end.is_ok() {
            let (taken, mut raw) = match &mut self.blocks {
                Some(blocks) => blocks.feed(piece),
                None => (piece.len(), None),
            };
            let (block, rest) = piece.split_at(taken);
            piece = rest;
            end = self.decoder.feed(block, &mut self.items);
            for item in self.items.drain(..) {
                match item {
                    // With raw blocks there is one event in a block at most.
                    Item::Event(event) => {
                        self.told.clone_from(&event.last_event_id);
                        signals.push(Signal::Event(StreamEvent {
                            name: event.name,
                            data: event.data,
                            last_event_id: event.last_event_id,
                            raw: raw.take(),
                        }));
                    }
                    Item::Retry(wait) => {
                        let wait = wait.as_millis().try_into().unwrap_or(u64::MAX);
                        signals.push(Signal::News(News::Retry(wait)));
                    }
                    Item::Comment(_) => {}
                }
            }
        }
        signals.push(Signal::News(match end {
            Err(TooLarge { limit }) => News::Lost(Reason::TooLarge(limit).into()),
            // An id alone, in a block without data.
            Ok(()) if self.decoder.last_event_id() != self.told => {
                self.decoder.last_event_id().clone_into(&mut self.told);
                News::LastEventId(self.told.clone())
            }
            Ok(()) => News::Alive,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str], raw: bool) -> Vec<Signal> {
        let (mut reading, mut signals) = (Reading::new(100, raw), vec![]);
        for piece in pieces {
            reading.read(piece.as_bytes(), &mut signals);
        }
        signals
    }

    fn event(name: &str, data: &str, id: &str, raw: Option<&str>) -> Signal {
        Signal::Event(StreamEvent {
            name: name.into(),
            data: data.into(),
            last_event_id: id.into(),
            raw: raw.map(String::from),
        })
    }

    fn id(id: &str) -> Signal {
        Signal::News(News::LastEventId(id.into()))
    }

    const ALIVE: Signal = Signal::News(News::Alive);

    #[test]
    fn a_stream_of_the_hub_says_how_long_to_wait_where_it_begins_and_what_it_has() {
        let pieces = ["retry: 2000\n\nid: 7-0\n\n", "data: a\nid: 7-1\n\nevent: e\nda", "ta: b\n\n", ":\n\n"];
        let said = [
            Signal::News(News::Retry(2_000)),
            id("7-0"),
            event("message", "a", "7-1", None),
            ALIVE,
            event("e", "b", "7-1", None),
            ALIVE,
            ALIVE,
        ];
        assert_eq!(read(&pieces, false), said);
    }

    #[test]
    fn an_event_has_its_block_where_it_is_wanted() {
        let pieces = ["id: 7-0\n\n:c\ndata: a\nid: 7-1\n\ndata:b\nx", ": y\n\n"];
        let said = [
            event("message", "a", "7-1", Some(":c\ndata: a\nid: 7-1")),
            ALIVE,
            event("message", "b", "7-1", Some("data:b\nx: y")),
            ALIVE,
        ];
        assert_eq!(read(&pieces, true), said);
    }

    #[test]
    fn what_is_cut_off_is_no_event_and_no_place() {
        assert_eq!(
            read(&["data: a\nid: 7-1\n\ndata: b\nid: 7-2\n"], false),
            [event("message", "a", "7-1", None), ALIVE]
        );
    }

    #[test]
    fn what_is_too_large_ends_the_stream_after_what_came_before() {
        for raw in [false, true] {
            let long = "x".repeat(100);
            let signals = read(&["data: a\n\ndata: ", &long], raw);
            let block = raw.then_some("data: a");
            assert_eq!(
                signals,
                [
                    event("message", "a", "", block),
                    ALIVE,
                    Signal::News(News::Lost(Reason::TooLarge(100).into()))
                ]
            );
        }
    }
}

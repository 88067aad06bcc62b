//! Events as a tab sends them to the others, several in one text: of each whose it is, so that those who do not want it
//! need not read it, then how many bytes its parts have, then these.

use super::place::Place;
use crate::client::transport::StreamEvent;
use std::str::FromStr;

/// Events that are yet to be sent, of one stream.
pub struct Parcel {
    /// The stream's number.
    pub number: u32,
    /// The text, as far as it has come.
    pub text: String,
}

impl Parcel {
    /// What the text of every parcel begins with, and no other that tabs send.
    pub const MARK: &str = "E ";

    /// An empty one.
    pub fn new(number: u32) -> Self {
        let mut parcel = Self { number, text: Self::MARK.to_owned() };
        parcel.word(&number.to_string());
        parcel
    }

    /// Adds an event.
    pub fn push(&mut self, place: &Place, event: &StreamEvent) {
        match place {
            Place::Kept(channel, id) => {
                self.word("K");
                self.word(channel.as_str());
                self.word(&id.to_string());
            }
            Place::Ephemeral(channel, time) => {
                self.word("E");
                self.word(channel.as_str());
                self.word(&time.to_string());
            }
            Place::Gap { after, oldest } => {
                self.word("G");
                self.word(&after.to_string());
                self.word(&oldest.map_or_else(String::new, |oldest| oldest.to_string()));
            }
        }
        let parts = [Some(&event.name), Some(&event.data), event.raw.as_ref()];
        for part in parts {
            self.word(&part.map_or_else(String::new, |part| part.len().to_string()));
        }
        for part in parts.into_iter().flatten() {
            self.text.push_str(part);
        }
    }

    fn word(&mut self, word: &str) {
        self.text.push_str(word);
        self.text.push(' ');
    }
}

/// The number of the stream in a text, and what it has sent.
pub fn open(text: &str) -> Option<(u32, Events<'_>)> {
    let mut rest = text.strip_prefix(Parcel::MARK)?;
    let number = value(&mut rest)?;
    Some((number, Events { rest }))
}

/// The events in a text, in order.
pub struct Events<'a> {
    rest: &'a str,
}

impl Iterator for Events<'_> {
    type Item = (Place, StreamEvent);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &mut self.rest;
        let place = match word(rest)? {
            "K" => Place::Kept(value(rest)?, value(rest)?),
            "E" => Place::Ephemeral(value(rest)?, value(rest)?),
            "G" => Place::Gap { after: value(rest)?, oldest: value(rest) },
            _ => return None,
        };
        let (name, data, raw) = (value(rest)?, value(rest)?, value(rest));
        let mut part = |bytes| {
            let (part, after) = rest.split_at_checked(bytes)?;
            *rest = after;
            Some(part.to_owned())
        };
        let (name, data) = (part(name)?, part(data)?);
        let raw = raw.and_then(part);
        Some((place, StreamEvent { name, data, last_event_id: String::new(), raw }))
    }
}

fn word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (word, after) = rest.split_once(' ')?;
    *rest = after;
    Some(word)
}

fn value<T: FromStr>(rest: &mut &str) -> Option<T> {
    word(rest)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EventId;
    use proptest::prelude::*;

    fn places() -> impl Strategy<Value = Place> {
        let ids = || (any::<u64>(), any::<u64>()).prop_map(|(time, number)| EventId::new(time, number));
        let channels = || "[a-z]{1,3}(\\.[0-9]{1,3})?".prop_map(|name| name.parse().unwrap());
        prop_oneof![
            (channels(), ids()).prop_map(|(channel, id)| Place::Kept(channel, id)),
            (channels(), any::<u64>()).prop_map(|(channel, time)| Place::Ephemeral(channel, time)),
            (ids(), proptest::option::of(ids())).prop_map(|(after, oldest)| Place::Gap { after, oldest }),
        ]
    }

    fn events() -> impl Strategy<Value = StreamEvent> {
        let (name, data, raw) = ("[ a一\\n]{0,3}", any::<String>(), proptest::option::of(any::<String>()));
        (name, data, raw).prop_map(|(name, data, raw)| StreamEvent {
            name,
            data,
            last_event_id: String::new(),
            raw,
        })
    }

    proptest! {
        #[test]
        fn what_is_sent_arrives(
            number in any::<u32>(),
            sent in proptest::collection::vec((places(), events()), 0..5),
        ) {
            let mut parcel = Parcel::new(number);
            sent.iter().for_each(|(place, event)| parcel.push(place, event));
            let (of, events) = open(&parcel.text).unwrap();
            prop_assert_eq!((of, events.collect::<Vec<_>>()), (number, sent));
        }

        #[test]
        fn any_text_can_be_opened(text in "E ([0-9]{1,3} )?([KEG] [a1-]{0,3} [0-9-]{0,3} ([0-9]{0,2} ){0,3}[a一]{0,9}){0,3}") {
            if let Some((_, events)) = open(&text) {
                prop_assert!(events.count() <= 3);
            }
        }
    }
}

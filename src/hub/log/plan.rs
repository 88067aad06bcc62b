//! What becomes of a batch of requests, the same for every engine: who gets which ids, and what the idempotency keys
//! say. Nothing is kept here; an engine carries the plan out, all of it or nothing.

use super::{Entry, IdClock, Key, KeyReused, Millis, Outcome, Publish, Receipt};
use crate::{
    hub::fnv::Fnv,
    model::{
        EventId, EventName,
        channel::Channel,
        message::{Draft, Message},
    },
};
use std::collections::HashMap;

/// What a key was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The id of the first message. Its time is the key's.
    pub first: EventId,
    /// How many messages there were.
    pub count: u64,
    /// What they were: see [`fingerprint`].
    pub fingerprint: u128,
}

/// A message with its id.
#[derive(Debug)]
pub struct Row<'a> {
    /// Its id.
    pub id: EventId,
    /// Its channel.
    pub channel: &'a Channel,
    /// Its event's name.
    pub event: Option<&'a EventName>,
    /// Its data.
    pub data: &'a str,
}

/// What is to be kept, and what to answer.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The messages, in the order of their ids.
    pub rows: Vec<Row<'a>>,
    /// The keys that were used now.
    pub keys: HashMap<(&'a Channel, &'a Key), Used>,
    /// The outcome of each request.
    pub outcomes: Vec<Outcome>,
    /// The clock afterwards.
    pub clock: IdClock,
}

impl<'a> Plan<'a> {
    /// Makes a plan. `used` finds a key that was used in an earlier batch; one whose first id was made before
    /// `remembered` counts as never used.
    ///
    /// # Errors
    /// When `used` has one.
    pub fn new<E>(
        requests: &'a [Publish],
        clock: IdClock,
        now: Millis,
        remembered: Millis,
        used: impl Fn(&Channel, &Key) -> Result<Option<Used>, E>,
    ) -> Result<Self, E> {
        let used = |channel: &Channel, key: &Key| {
            Ok(used(channel, key)?.filter(|used| used.first.milliseconds() >= remembered))
        };
        let mut plan = Self {
            rows: Vec::new(),
            keys: HashMap::new(),
            outcomes: Vec::with_capacity(requests.len()),
            clock,
        };
        for request in requests {
            let outcome = plan.request(request, now, &used)?;
            plan.outcomes.push(outcome);
        }
        Ok(plan)
    }

    /// A plan to keep these under the ids that they have.
    pub fn to_import(messages: &'a [Message], last: EventId) -> Self {
        let rows = messages.iter().map(|message| Row {
            id: message.id,
            channel: &message.channel,
            event: message.event.as_ref(),
            data: &message.data,
        });
        let clock = IdClock::after(last);
        Self { rows: rows.collect(), keys: HashMap::new(), outcomes: Vec::new(), clock }
    }

    /// Plans a request, or leaves the plan as it was if one of its keys was used for something else.
    fn request<E>(
        &mut self,
        request: &'a Publish,
        now: Millis,
        used: &impl Fn(&Channel, &Key) -> Result<Option<Used>, E>,
    ) -> Result<Outcome, E> {
        let (rows, clock) = (self.rows.len(), self.clock);
        let mut keys = Vec::new();
        let mut receipts = Vec::with_capacity(request.entries.len());
        for Entry { key, drafts } in &request.entries {
            let Some(key) = key else {
                receipts.push(self.publish(&request.channel, drafts, now));
                continue;
            };
            let place = (&request.channel, key);
            let fingerprint = fingerprint(drafts);
            let earlier = match self.keys.get(&place) {
                Some(used) => Some(*used),
                None => used(&request.channel, key)?,
            };
            match earlier {
                None => {
                    let receipt = self.publish(&request.channel, drafts, now);
                    self.keys.insert(place, Used { first: receipt.first, count: receipt.count, fingerprint });
                    keys.push(place);
                    receipts.push(receipt);
                }
                Some(used) if used.fingerprint == fingerprint => {
                    receipts.push(Receipt { first: used.first, count: used.count, duplicate: true });
                }
                Some(_) => {
                    self.rows.truncate(rows);
                    self.clock = clock;
                    for place in keys {
                        self.keys.remove(&place);
                    }
                    return Ok(Err(KeyReused(key.as_str().to_owned())));
                }
            }
        }
        Ok(Ok(receipts))
    }

    fn publish(&mut self, channel: &'a Channel, drafts: &'a [Draft], now: Millis) -> Receipt {
        let count = drafts.len() as u64;
        let receipt = Receipt { first: self.clock.next(now, count), count, duplicate: false };
        let row = |(id, draft): (EventId, &'a Draft)| Row {
            id,
            channel,
            event: draft.event.as_ref(),
            data: &draft.data,
        };
        self.rows.extend(receipt.ids().zip(drafts).map(row));
        receipt
    }
}

/// Tells messages from others: a hash of their texts and the lengths of these. It is written to disk.
///
/// It keeps apart what differs by chance; a publisher who makes two messages collide on purpose only
/// keeps its own second one from being published.
pub fn fingerprint(drafts: &[Draft]) -> u128 {
    let mut hash = Fnv::new();
    for Draft { event, data } in drafts {
        match event {
            Some(event) => hash.text(event.as_str()),
            // No text is as long as this.
            None => hash.bytes(&u64::MAX.to_le_bytes()),
        }
        hash.text(data);
    }
    hash.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(event: Option<&str>, data: &str) -> Draft {
        Draft { event: event.map(|event| event.parse().unwrap()), data: data.into() }
    }

    #[test]
    fn a_fingerprint_tells_apart_what_is_different() {
        let all = [
            vec![],
            vec![draft(None, "")],
            vec![draft(None, ""), draft(None, "")],
            vec![draft(None, "ab")],
            vec![draft(None, "a"), draft(None, "b")],
            vec![draft(Some("a"), "b")],
            vec![draft(Some("ab"), "")],
        ];
        let prints: std::collections::HashSet<u128> = all.iter().map(|drafts| fingerprint(drafts)).collect();
        assert_eq!(prints.len(), all.len());
        assert_eq!(fingerprint(&[draft(Some("a"), "b")]), fingerprint(&[draft(Some("a"), "b")]));
    }

    #[test]
    fn a_fingerprint_is_what_it_was_in_files_that_are_there() {
        assert_eq!(fingerprint(&[draft(Some("a"), "消息")]), 0xe8ecbd4d31f24827def57b1d5c31b40f);
    }
}

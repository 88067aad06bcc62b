//! Random steps on both engines, and on a model that is too simple to be wrong.

use super::{
    suite::{Engine, Open, START},
    *,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use std::{collections::BTreeSet, time::Duration};

const CHANNELS: [&str; 4] = ["a", "a.b", "a.c", "d"];
const WORDS: [&str; 4] = ["one", "two", "消息", "消"];
const PATTERNS: [&str; 7] = ["a", "a.b", "d", "a.*", "*", ">", "nothing"];

/// Long enough for steps to be inside and outside of it.
const WINDOW: u64 = 1_000;

#[derive(Clone, Debug)]
enum Step {
    Append { requests: Vec<Publish>, now: Millis },
    Trim { now: Millis, limit: usize },
    Read { selection: Selection, after: EventId, until: EventId, limit: usize },
    Back { selection: Selection, before: Option<EventId>, limit: usize },
    Search { query: Query, selection: Selection, before: Option<EventId>, limit: usize },
    Reopen { now: Millis },
}

/// The log as a list.
#[derive(Clone)]
struct Model {
    settings: Settings,
    newest: EventId,
    messages: Vec<Message>,
    keys: Vec<(Channel, Key, Vec<Draft>, Receipt)>,
    /// With the newest id, and the newest that was trimmed.
    channels: Vec<(Channel, EventId, Option<EventId>)>,
}

impl Model {
    fn new(settings: Settings) -> Self {
        let newest = EventId::new(START, 0);
        Self { settings, newest, messages: vec![], keys: vec![], channels: vec![] }
    }

    fn append(&mut self, request: &Publish, now: Millis) -> Outcome {
        let before = self.clone();
        let receipts = request.entries.iter().map(|entry| self.entry(&request.channel, entry, now)).collect();
        if Outcome::is_err(&receipts) {
            *self = before;
        }
        receipts
    }

    fn entry(&mut self, channel: &Channel, entry: &Entry, now: Millis) -> Result<Receipt, KeyReused> {
        if let Some(key) = &entry.key {
            let earlier = self.keys.iter().rev().find(|(of, used, ..)| of == channel && used == key);
            if let Some((_, _, drafts, receipt)) = earlier
                && receipt.first.milliseconds() + WINDOW >= now
            {
                let same = *drafts == entry.drafts;
                let receipt = Receipt { duplicate: true, ..*receipt };
                return if same { Ok(receipt) } else { Err(KeyReused(key.as_str().into())) };
            }
        }
        let mut ids = Vec::new();
        for Draft { event, data } in &entry.drafts {
            let (milliseconds, sequence) = (self.newest.milliseconds(), self.newest.sequence());
            self.newest = if now > milliseconds {
                EventId::new(now, 0)
            } else {
                EventId::new(milliseconds, sequence + 1)
            };
            ids.push(self.newest);
            let (event, data) = (event.clone(), data.clone());
            self.messages.push(Message { channel: channel.clone(), id: self.newest, event, data });
            match self.channels.iter_mut().find(|(of, ..)| of == channel) {
                Some((_, newest, _)) => *newest = self.newest,
                None => self.channels.push((channel.clone(), self.newest, None)),
            }
        }
        let receipt = Receipt { first: ids[0], count: ids.len() as u64, duplicate: false };
        if let Some(key) = &entry.key {
            self.keys.retain(|(of, used, ..)| !(of == channel && used == key));
            self.keys.push((channel.clone(), key.clone(), entry.drafts.clone(), receipt));
        }
        Ok(receipt)
    }

    fn trim(&mut self, now: Millis, limit: usize) -> usize {
        let mut count = 0;
        self.channels.sort();
        for (channel, _, forgotten) in &mut self.channels {
            let Some(rule) = self.settings.retention.iter().find(|rule| rule.channels.matches(channel))
            else {
                continue;
            };
            while count < limit {
                let of: Vec<&Message> = self.messages.iter().filter(|m| m.channel == *channel).collect();
                let Some(oldest) = of.first().map(|message| message.id) else { break };
                let bytes: usize = of.iter().map(|message| message.data.len()).sum();
                let beyond = rule.count.is_some_and(|most| of.len() as u64 > most)
                    || rule.bytes.is_some_and(|most| bytes as u64 > most)
                    || rule.age.is_some_and(|most| oldest.milliseconds() + (most.as_millis() as u64) < now);
                if !beyond {
                    break;
                }
                self.messages.retain(|message| message.id != oldest);
                *forgotten = Some(oldest);
                count += 1;
            }
        }
        self.keys.sort_by_key(|(.., receipt)| receipt.first);
        while count < limit && self.keys.first().is_some_and(|(.., r)| r.first.milliseconds() + WINDOW < now)
        {
            self.keys.remove(0);
            count += 1;
        }
        count
    }

    fn selected(&self, selection: &Selection) -> Vec<Message> {
        self.messages.iter().filter(|message| selection.matches(&message.channel)).cloned().collect()
    }

    fn before(&self, selection: &Selection, before: Option<EventId>) -> Vec<Message> {
        let mut messages = self.selected(selection);
        messages.retain(|message| before.is_none_or(|before| message.id < before));
        messages.reverse();
        messages
    }

    fn coverage(&self, selection: &Selection) -> Coverage {
        let forgotten = self.channels.iter().filter(|(channel, ..)| selection.matches(channel));
        Coverage {
            forgotten: forgotten.filter_map(|(.., id)| *id).max(),
            oldest: self.selected(selection).first().map(|message| message.id),
        }
    }

    fn summaries(&self) -> Vec<ChannelSummary> {
        let channels: BTreeSet<_> = self.channels.iter().collect();
        let summary = |(channel, newest, _): &(Channel, EventId, Option<EventId>)| {
            let of: Vec<&Message> =
                self.messages.iter().filter(|message| message.channel == *channel).collect();
            let bytes = of.iter().map(|message| message.data.len() as u64).sum();
            ChannelSummary { channel: channel.clone(), newest: *newest, messages: of.len() as u64, bytes }
        };
        channels.into_iter().map(summary).collect()
    }
}

fn times() -> impl Strategy<Value = Millis> {
    prop_oneof![4 => START..START + 50, 1 => START..START + 3 * WINDOW, 1 => 0..START]
}

fn ids() -> impl Strategy<Value = EventId> {
    let sequences = prop_oneof![4 => 0..20_u64, 1 => any::<u64>()];
    let milliseconds = prop_oneof![8 => START..START + 50, 1 => any::<u64>()];
    (milliseconds, sequences).prop_map(|(milliseconds, sequence)| EventId::new(milliseconds, sequence))
}

fn limits() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..9_usize, 1 => Just(usize::MAX)]
}

fn selections() -> impl Strategy<Value = Selection> {
    vec(select(&PATTERNS), 1..3).prop_map(|patterns| Selection::parse(patterns).unwrap())
}

fn requests() -> impl Strategy<Value = Publish> {
    let texts = vec(select(&WORDS), 0..4).prop_map(|words| words.join(" "));
    let events = option::weighted(0.2, Just("e".parse().unwrap()));
    let drafts = (events, texts).prop_map(|(event, data)| Draft { event, data });
    let keys = option::weighted(0.4, select(&["k", "l"][..]).prop_map(|key| key.parse().unwrap()));
    let entries = (keys, vec(drafts, 1..3)).prop_map(|(key, drafts)| Entry { key, drafts });
    (select(&CHANNELS), vec(entries, 0..3))
        .prop_map(|(channel, entries)| Publish { channel: channel.parse().unwrap(), entries })
}

fn queries() -> impl Strategy<Value = Query> {
    let texts = (vec(select(&WORDS), 1..3), any::<bool>());
    texts.prop_map(|(words, phrase)| {
        let text = words.join(" ");
        if phrase { format!("\"{text}\"") } else { text }.parse().unwrap()
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let before = || option::of(ids());
    prop_oneof![
        6 => (vec(requests(), 0..4), times()).prop_map(|(requests, now)| Step::Append { requests, now }),
        2 => (times(), limits()).prop_map(|(now, limit)| Step::Trim { now, limit }),
        3 => (selections(), ids(), ids(), limits())
            .prop_map(|(selection, after, until, limit)| Step::Read { selection, after, until, limit }),
        3 => (selections(), before(), limits())
            .prop_map(|(selection, before, limit)| Step::Back { selection, before, limit }),
        1 => (queries(), selections(), before(), limits())
            .prop_map(|(query, selection, before, limit)| Step::Search { query, selection, before, limit }),
        1 => times().prop_map(|now| Step::Reopen { now }),
    ]
}

fn rules() -> impl Strategy<Value = Vec<Retention>> {
    let (counts, bytes) = (option::of(0..5_u64), option::of(0..40_u64));
    let ages = option::of((0..60_u64).prop_map(Duration::from_millis));
    let rule = (select(&PATTERNS), counts, bytes, ages).prop_map(|(channels, count, bytes, age)| Retention {
        channels: channels.parse().unwrap(),
        count,
        age,
        bytes,
    });
    vec(rule, 0..3)
}

/// Does a step on the model and an engine, and compares what they say.
fn check(step: &Step, model: &mut Model, log: &mut Open) -> Result<(), TestCaseError> {
    match step {
        Step::Append { requests, now } => {
            let expected: Vec<Outcome> = requests.iter().map(|request| model.append(request, *now)).collect();
            prop_assert_eq!(log.append(requests, *now).unwrap(), expected);
        }
        Step::Trim { now, limit } => {
            prop_assert_eq!(log.trim(*now, *limit).unwrap(), model.trim(*now, *limit))
        }
        Step::Read { selection, after, until, limit } => {
            let mut expected = model.selected(selection);
            expected.retain(|message| message.id > *after && message.id <= *until);
            expected.truncate(*limit);
            prop_assert_eq!(log.read_after(selection, *after, *until, *limit).unwrap(), expected);
        }
        Step::Back { selection, before, limit } => {
            let mut expected = model.before(selection, *before);
            expected.truncate(*limit);
            expected.reverse();
            prop_assert_eq!(log.read_before(selection, *before, *limit).unwrap(), expected);
            prop_assert_eq!(log.coverage(selection).unwrap(), model.coverage(selection));
        }
        Step::Search { query, selection, before, limit } => {
            let mut expected = model.before(selection, *before);
            expected.retain(|message| query.matches(&message.data));
            expected.truncate(*limit);
            prop_assert_eq!(log.indexed().search(query, selection, *before, *limit).unwrap(), expected);
        }
        Step::Reopen { now } => log.reopen(*now),
    }
    prop_assert_eq!(log.newest(), model.newest);
    prop_assert_eq!(log.channels().unwrap(), model.summaries());
    let bytes = model.messages.iter().map(|message| message.data.len() as u64).sum();
    let size = log.size();
    prop_assert_eq!((size.messages, size.bytes), (model.messages.len() as u64, bytes));
    Ok(())
}

fn compare(engine: Engine, retention: Vec<Retention>, steps: &[Step]) -> Result<(), TestCaseError> {
    let settings = Settings { retention, key_window: Duration::from_millis(WINDOW) };
    let mut model = Model::new(settings.clone());
    let mut log = Open::new(engine, settings, START);
    // In memory there is nothing to open again.
    let of_engine = |step: &&Step| !matches!((engine, step), (Engine::Memory, Step::Reopen { .. }));
    steps.iter().filter(of_engine).try_for_each(|step| check(step, &mut model, &mut log))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn memory_does_what_the_model_does(rules in rules(), steps in vec(steps(), 1..40)) {
        compare(Engine::Memory, rules, &steps)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sqlite_does_what_the_model_does(rules in rules(), steps in vec(steps(), 1..40)) {
        compare(Engine::Sqlite, rules, &steps)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn redis_does_what_the_model_does(rules in rules(), steps in vec(steps(), 1..40)) {
        compare(Engine::Redis, rules, &steps)?;
    }
}

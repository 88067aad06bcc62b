//! The hub against a model of it: whatever is published, and however often a subscriber is cut off and comes back, it
//! gets what is kept of its selection in order, each message once.

use super::{
    Hub, Start, Subscription,
    cursor::Cursor,
    frame::{Form, rfc3339},
    log::{Entry, Millis, Publish, Receipt, Settings, memory::MemoryLog},
    ring::RING_EVENTS,
    writer::now,
};
use crate::model::{EventId, channel::Channel, message::Draft, selection::Selection};
use futures::StreamExt;
use proptest::prelude::*;
use std::{collections::VecDeque, sync::Arc, time::Duration};

const CHANNELS: [&str; 4] = ["a", "b", "b.x", "b.y"];
const SELECTIONS: [&[&str]; 6] = [&["a"], &["b.*"], &[">"], &["a", "b.x"], &["*"], &["b", "b.>"]];
/// Only a hub that hangs takes this long, on a clock that waits for nobody.
const HANG: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
enum Step {
    Publish {
        channel: usize,
        count: usize,
        keyed: bool,
    },
    /// The same request with the same key once more.
    Repeat,
    Ephemeral {
        channel: usize,
    },
    Watch {
        selection: usize,
        form: Form,
        start: Begin,
    },
    Take {
        who: usize,
        count: usize,
    },
    /// Cut off; it comes back with its last id.
    Cut {
        who: usize,
    },
    /// The hub begins anew on the same log: everyone is cut off.
    Restart,
}

#[derive(Clone, Debug)]
enum Begin {
    Now,
    Earliest,
    Last(usize),
    After(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    let channel = 0..CHANNELS.len();
    let count = prop_oneof![8 => 1..6_usize, 1 => 500..1_500_usize];
    let begin = prop_oneof![
        Just(Begin::Now),
        Just(Begin::Earliest),
        (1..2_000_usize).prop_map(Begin::Last),
        any::<prop::sample::Index>().prop_map(Begin::After),
    ];
    let form = prop_oneof![Just(Form::Plain), Just(Form::Envelope)];
    let take = prop_oneof![1..10_usize, 10..3_000_usize];
    prop_oneof![
        6 => (channel.clone(), count, any::<bool>())
            .prop_map(|(channel, count, keyed)| Step::Publish { channel, count, keyed }),
        1 => Just(Step::Repeat),
        2 => channel.prop_map(|channel| Step::Ephemeral { channel }),
        3 => (0..SELECTIONS.len(), form, begin)
            .prop_map(|(selection, form, start)| Step::Watch { selection, form, start }),
        6 => (any::<usize>(), take).prop_map(|(who, count)| Step::Take { who, count }),
        2 => any::<usize>().prop_map(|who| Step::Cut { who }),
        1 => Just(Step::Restart),
    ]
}

/// A message that the model has.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    channel: Channel,
    /// None where it is not kept.
    id: Option<EventId>,
    time: Millis,
    data: String,
}

/// A message that a subscriber is to get.
#[derive(Debug)]
struct Due {
    message: Known,
    /// It may be left out: it was not kept, and the subscriber has fallen behind.
    optional: bool,
}

struct Subscriber {
    selection: Selection,
    form: Form,
    cursor: Cursor,
    last: EventId,
    due: VecDeque<Due>,
    fell_behind: bool,
}

impl Subscriber {
    async fn begin(hub: &Hub, kept: &[Known], selection: Selection, form: Form, start: Start) -> Self {
        let subscribed =
            hub.subscribe(Subscription { selection: selection.clone(), form, start }).await.unwrap();
        let matching = || kept.iter().filter(|message| selection.matches(&message.channel));
        let skipped = match start {
            Start::Now => matching().count(),
            Start::Earliest => 0,
            Start::Last(count) => matching().count().saturating_sub(count),
            Start::After(id) => matching().filter(|message| message.id <= Some(id)).count(),
        };
        let due = matching().skip(skipped).map(|message| Due { message: message.clone(), optional: false });
        let due = due.collect();
        let last = subscribed.tail;
        Self { selection, form, cursor: subscribed.events, last, due, fell_behind: false }
    }

    fn is_sent(&mut self, message: &Known) {
        if !self.selection.matches(&message.channel) {
            return;
        }
        self.due
            .push_back(Due { message: message.clone(), optional: self.fell_behind && message.id.is_none() });
        if self.due.len() > RING_EVENTS {
            self.fell_behind = true;
            for due in &mut self.due {
                due.optional = due.message.id.is_none();
            }
        }
    }

    /// Takes the next message, if one is due.
    async fn take(&mut self) -> bool {
        if self.due.iter().all(|due| due.optional) {
            self.fell_behind = false;
            return false;
        }
        let block = tokio::time::timeout(HANG, self.cursor.next()).await;
        let block = block.unwrap_or_else(|_| panic!("nothing came, but {:?} is due", self.due.front()));
        let block = String::from_utf8(block.expect("the stream ended").block().to_vec()).unwrap();
        loop {
            let due = self.due.pop_front().unwrap_or_else(|| panic!("nothing was due, but {block:?} came"));
            if block == due.message.block(self.form) {
                self.last = due.message.id.unwrap_or(self.last);
                return true;
            }
            assert!(due.optional, "{:?} was due, but {block:?} came", due.message);
        }
    }
}

impl Known {
    /// What is on the wire, without the help of the code that is tested.
    fn block(&self, form: Form) -> String {
        let Self { channel, id, time, data } = self;
        let id_line = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
        match form {
            Form::Plain => format!("data: {data}\n{id_line}\n"),
            Form::Envelope => {
                let time = rfc3339(*time);
                let id = id.map_or("null".to_owned(), |id| format!("\"{id}\""));
                format!(
                    "data: {{\"channel\":\"{channel}\",\"id\":{id},\"time\":\"{time}\",\"event\":null,\
                     \"data\":\"{data}\"}}\n{id_line}\n"
                )
            }
        }
    }
}

struct Run {
    log: Arc<MemoryLog>,
    hub: Arc<Hub>,
    /// Everything that was kept.
    kept: Vec<Known>,
    subscribers: Vec<Subscriber>,
    /// The number of the next message: its data.
    number: usize,
    keyed: Option<(Publish, Vec<Receipt>)>,
}

impl Run {
    fn new() -> Self {
        let settings = Settings { retention: Vec::new(), key_window: Duration::from_secs(3_600) };
        let log = Arc::new(MemoryLog::new(settings, now()));
        let hub = Hub::start(log.clone()).unwrap();
        Self { log, hub, kept: Vec::new(), subscribers: Vec::new(), number: 0, keyed: None }
    }

    async fn does(&mut self, step: Step) {
        match step {
            Step::Publish { channel, count, keyed } => self.publish(channel, count, keyed).await,
            Step::Repeat => {
                let Some((publish, first)) = &self.keyed else { return };
                let repeated = self.hub.publish(publish.clone()).await.unwrap();
                let expected: Vec<_> =
                    first.iter().map(|receipt| Receipt { duplicate: true, ..*receipt }).collect();
                assert_eq!(repeated, expected);
            }
            Step::Ephemeral { channel } => {
                let (channel, draft) = (channel_of(channel), self.draft());
                let time = self.hub.publish_ephemeral(channel.clone(), draft.clone()).await.unwrap();
                self.is_sent(&Known { channel, id: None, time, data: draft.data });
            }
            Step::Watch { selection, form, start } => {
                let selection = Selection::parse(SELECTIONS[selection].iter().copied()).unwrap();
                let start = match start {
                    Begin::Now => Start::Now,
                    Begin::Earliest => Start::Earliest,
                    Begin::Last(count) => Start::Last(count),
                    Begin::After(_) if self.kept.is_empty() => Start::Now,
                    Begin::After(index) => Start::After(index.get(&self.kept).id.unwrap()),
                };
                self.subscribers.push(Subscriber::begin(&self.hub, &self.kept, selection, form, start).await);
            }
            Step::Take { who, count } => {
                let Some(who) = self.index(who) else { return };
                for _ in 0..count {
                    if !self.subscribers[who].take().await {
                        return;
                    }
                }
            }
            Step::Cut { who } => {
                let Some(who) = self.index(who) else { return };
                let cut = self.subscribers.swap_remove(who);
                self.comes_back(cut).await;
            }
            Step::Restart => {
                self.hub.stop().await;
                self.hub = Hub::start(self.log.clone()).unwrap();
                for cut in std::mem::take(&mut self.subscribers) {
                    self.comes_back(cut).await;
                }
            }
        }
    }

    async fn publish(&mut self, channel: usize, count: usize, keyed: bool) {
        let channel = channel_of(channel);
        let drafts: Vec<Draft> = (0..count).map(|_| self.draft()).collect();
        let key = keyed.then(|| format!("key {}", self.number).parse().unwrap());
        let publish =
            Publish { channel: channel.clone(), entries: vec![Entry { key, drafts: drafts.clone() }] };
        let receipts = self.hub.publish(publish.clone()).await.unwrap();
        let ids: Vec<EventId> = receipts.iter().flat_map(|receipt| receipt.ids()).collect();
        assert_eq!(ids.len(), count);
        for (id, draft) in ids.into_iter().zip(drafts) {
            assert!(self.kept.last().is_none_or(|last| last.id < Some(id)), "{id} is not the highest");
            let time = id.milliseconds();
            let message = Known { channel: channel.clone(), id: Some(id), time, data: draft.data };
            self.is_sent(&message);
            self.kept.push(message);
        }
        if keyed {
            self.keyed = Some((publish, receipts));
        }
    }

    async fn comes_back(&mut self, cut: Subscriber) {
        let Subscriber { selection, form, last, due, .. } = cut;
        let back = Subscriber::begin(&self.hub, &self.kept, selection, form, Start::After(last)).await;
        // What it had not taken it is to get now, except what is not kept.
        let missed = due.iter().filter(|due| due.message.id.is_some()).map(|due| &due.message);
        assert!(missed.eq(back.due.iter().map(|due| &due.message)), "its last id does not say what it had");
        self.subscribers.push(back);
    }

    fn is_sent(&mut self, message: &Known) {
        for subscriber in &mut self.subscribers {
            subscriber.is_sent(message);
        }
    }

    fn draft(&mut self) -> Draft {
        self.number += 1;
        Draft { event: None, data: self.number.to_string() }
    }

    fn index(&self, who: usize) -> Option<usize> {
        who.checked_rem(self.subscribers.len())
    }
}

fn channel_of(index: usize) -> Channel {
    CHANNELS[index].parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_subscriber_gets_its_messages_once_and_in_order(steps in prop::collection::vec(step(), 1..60)) {
        // The clock moves on by itself when all wait, so that a hang takes no time.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut run = Run::new();
            for step in steps {
                run.does(step).await;
            }
            // One more everywhere, and everyone up to it: nothing comes that is not due, also not late.
            for channel in 0..CHANNELS.len() {
                run.publish(channel, 1, false).await;
            }
            for subscriber in &mut run.subscribers {
                while subscriber.take().await {}
                assert!(futures::poll!(subscriber.cursor.next()).is_pending());
            }
            run.hub.stop().await;
        });
    }
}

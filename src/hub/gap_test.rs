//! What is trimmed while a subscriber is on its way: said in its place, and never of another channel's account.

use super::{
    Hub, Start, Subscribed, Subscription,
    frame::Form,
    log::{Entry, Log, Publish, Retention, Settings, memory::MemoryLog},
    writer::now,
};
use crate::model::{EventId, message::Draft, selection::Selection};
use futures::StreamExt;
use std::{sync::Arc, time::Duration};

/// A hub that keeps 60 messages of `a`, and one of `b`.
fn hub() -> (Arc<MemoryLog>, Arc<Hub>) {
    let rule = |channels: &str, count| Retention {
        channels: channels.parse().unwrap(),
        count: Some(count),
        age: None,
        bytes: None,
    };
    let retention = vec![rule("a", 60), rule("b", 1)];
    let log = Arc::new(MemoryLog::new(Settings { retention, key_window: Duration::from_secs(1) }, now()));
    let hub = Hub::start(log.clone()).unwrap();
    (log, hub)
}

async fn publish(hub: &Hub, channel: &str, numbers: std::ops::RangeInclusive<u32>) {
    let drafts = numbers.map(|n| Draft { event: None, data: format!("{channel}{n}") }).collect();
    let entries = vec![Entry { key: None, drafts }];
    hub.publish(Publish { channel: channel.parse().unwrap(), entries }).await.unwrap();
}

async fn subscribe(hub: &Hub, start: Start) -> Subscribed {
    let selection = Selection::parse(["a", "b"]).unwrap();
    hub.subscribe(Subscription { selection, form: Form::Plain, start }).await.unwrap()
}

/// The next `count` events: the data of a message, or `gap`.
async fn take(subscribed: &mut Subscribed, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    for _ in 0..count {
        let block = String::from_utf8(subscribed.events.next().await.unwrap().block().to_vec()).unwrap();
        let (first, _) = block.split_once('\n').unwrap();
        taken.push(if first == "event: gap" { "gap".into() } else { first.replace("data: ", "") });
    }
    taken
}

#[tokio::test]
async fn a_channel_that_is_trimmed_hides_nothing_of_another() {
    let (log, hub) = hub();
    publish(&hub, "a", 1..=2).await;
    publish(&hub, "b", 1..=5).await;
    log.trim(now(), 99).unwrap();
    for start in [Start::Earliest, Start::Last(10), Start::Last(3)] {
        assert_eq!(take(&mut subscribe(&hub, start).await, 3).await, ["a1", "a2", "b5"], "{start:?}");
    }
    let mut last = subscribe(&hub, Start::Last(1)).await;
    publish(&hub, "a", 3..=3).await;
    assert_eq!(take(&mut last, 2).await, ["b5", "a3"]);
}

#[tokio::test]
async fn what_is_trimmed_under_a_subscriber_is_said_whatever_was_trimmed_before() {
    let (log, hub) = hub();
    let begin = EventId::new(hub.newest().milliseconds(), 0);
    publish(&hub, "a", 1..=60).await;
    // The newest that is forgotten is of `b`, and stays so.
    publish(&hub, "b", 1..=3).await;
    log.trim(now(), 99).unwrap();
    let mut slow = subscribe(&hub, Start::After(begin)).await;
    let first = take(&mut slow, 9).await;
    assert_eq!((first[0].as_str(), first[1].as_str(), first[8].as_str()), ("gap", "a1", "a8"));
    publish(&hub, "a", 61..=100).await;
    log.trim(now(), 99).unwrap();
    let rest = take(&mut slow, 62).await;
    let kept =
        (41..=60).map(|n| format!("a{n}")).chain(["b3".into()]).chain((61..=100).map(|n| format!("a{n}")));
    let expected: Vec<_> = std::iter::once("gap".to_owned()).chain(kept).collect();
    assert_eq!(rest, expected);
}

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A stream's event, whose id is not known to be its own.
fn event(data: &str) -> Event {
    Event { id: "7".into(), name: "message".into(), data: data.into(), ..Event::default() }
}

/// A hub's message.
fn message(id: &str) -> Event {
    Event { id: id.into(), channel: "news".into(), ..event("") }
}

fn feed(max_events: usize, events: usize) -> Feed {
    let mut feed = Feed::bounded(max_events, MAX_BYTES);
    for n in 0..events {
        feed.push(event(&n.to_string()));
    }
    feed
}

fn data(feed: &Feed) -> Vec<&str> {
    feed.events().map(|event| event.data.as_str()).collect()
}

#[test]
fn a_full_feed_drops_its_oldest_and_counts_them() {
    let feed = feed(5, 8);
    assert_eq!((feed.len(), feed.dropped(), feed.received()), (5, 3, 8));
    assert_eq!((data(&feed), feed.numbers()), (vec!["3", "4", "5", "6", "7"], 3..8));
    assert_eq!((feed.get(2), feed.get(3).unwrap().data.as_str(), feed.get(8)), (None, "3", None));
}

#[test]
fn text_is_bounded_but_the_newest_is_kept() {
    let mut feed = Feed::bounded(100, 100);
    for _ in 0..5 {
        feed.push(event(&"x".repeat(25)));
    }
    // Each has its data, its id and its name: 33 bytes.
    assert_eq!((feed.len(), feed.bytes(), feed.dropped()), (3, 99, 2));
    feed.push(Event { raw: Some("r".repeat(500).into()), ..event("") });
    assert_eq!((feed.len(), feed.bytes(), feed.dropped()), (1, 508, 5));
    feed.push(event("small"));
    assert_eq!(data(&feed), ["small"]);
}

#[test]
fn a_hubs_message_is_taken_once() {
    let mut feed = Feed::default();
    assert!(feed.push(message("5-1")));
    for old in ["5-1", "5-0", "4-9"] {
        assert!(!feed.push(message(old)), "{old}");
    }
    // What is not kept has no id and is sent once; a gap has the id of nothing.
    assert!(feed.push(message("")) && feed.push(message("")));
    assert!(feed.push(Event { is_gap: true, channel: String::new(), ..message("1-1") }));
    feed.clear();
    assert!(!feed.push(message("5-1")), "also one that was cleared");
    assert!(feed.push(message("10-0")), "ids are numbers, not texts");
    assert_eq!((feed.received(), feed.doubled(), feed.len()), (5, 4, 1));
}

#[test]
fn other_streams_may_use_an_id_twice() {
    let feed: Feed = [event("a"), event("b"), event("b")].into_iter().collect();
    assert_eq!((data(&feed), feed.doubled()), (vec!["a", "b", "b"], 0));
}

#[test]
fn what_was_cleared_comes_back_before_what_came_since() {
    let mut feed = feed(10, 3);
    feed.clear();
    assert_eq!((feed.len(), feed.cleared()), (0, Some(Cleared { number: 1, events: 3 })));
    assert_eq!((feed.last(), feed.get(2), feed.numbers()), (None, None, 3..3));
    feed.push(event("3"));
    feed.undo_clear();
    assert_eq!((data(&feed), feed.cleared()), (vec!["0", "1", "2", "3"], None));
}

#[test]
fn clears_add_up_within_the_bound_and_forgetting_is_for_good() {
    let mut feed = feed(5, 5);
    feed.clear();
    feed.push(event("5"));
    feed.clear();
    assert_eq!(feed.cleared(), Some(Cleared { number: 2, events: 5 }));
    feed.undo_clear();
    assert_eq!((feed.numbers(), feed.dropped()), (1..6, 1));
    feed.clear();
    feed.forget_cleared();
    feed.undo_clear();
    assert_eq!((feed.is_empty(), feed.bytes(), feed.received()), (true, 0, 6));
}

#[derive(Clone, Debug)]
enum Step {
    Push { id: u64, name: &'static str, size: usize },
    Clear,
    Undo,
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let name = proptest::sample::select(vec!["message", "paid", "新"]);
    prop_oneof![
        12 => (0..40u64, name, 0..30usize).prop_map(|(id, name, size)| Step::Push { id, name, size }),
        1 => Just(Step::Clear),
        1 => Just(Step::Undo),
        1 => Just(Step::Forget),
    ]
}

proptest! {
    /// Beside a model that keeps everything and looks at all of it.
    #[test]
    fn every_event_is_accounted_for(steps in proptest::collection::vec(step(), 0..200), max in 1..20usize) {
        let mut feed = Feed::bounded(max, 200);
        let (mut all, mut shown, mut hidden) = (Vec::<(u64, Event)>::new(), Vec::new(), Vec::new());
        let (mut came, mut forgotten) = (0, 0);
        for step in steps {
            match step {
                Step::Push { id, name, size } => {
                    came += 1;
                    let is_new = all.iter().all(|(there, _)| *there < id);
                    let event = Event { name: name.into(), data: "x".repeat(size), ..message(&format!("{id}-0")) };
                    prop_assert_eq!(feed.push(event.clone()), is_new);
                    if is_new {
                        shown.push(all.len() as u64);
                        all.push((id, event));
                    }
                }
                Step::Clear => {
                    feed.clear();
                    hidden.append(&mut shown);
                }
                Step::Undo => {
                    feed.undo_clear();
                    hidden.append(&mut shown);
                    std::mem::swap(&mut hidden, &mut shown);
                }
                Step::Forget => {
                    feed.forget_cleared();
                    forgotten += hidden.len() as u64;
                    hidden.clear();
                }
            }
            let bytes = |numbers: &[u64]| -> usize { numbers.iter().map(|n| all[*n as usize].1.bytes()).sum() };
            while hidden.len() + shown.len() > max || bytes(&hidden) + bytes(&shown) > 200 {
                if hidden.is_empty() { shown.remove(0) } else { hidden.remove(0) };
            }
            prop_assert_eq!(feed.numbers().collect::<Vec<_>>(), shown.clone());
            for number in 0..=all.len() as u64 {
                let expected = shown.contains(&number).then(|| &all[number as usize].1);
                prop_assert_eq!(feed.get(number).map(|event| &**event), expected);
            }
            prop_assert_eq!(feed.bytes(), bytes(&hidden) + bytes(&shown));
            prop_assert_eq!(feed.received() + feed.doubled(), came);
            let here = (hidden.len() + shown.len()) as u64;
            prop_assert_eq!(feed.received(), here + feed.dropped() + forgotten);
            let mut names = BTreeMap::new();
            for number in &shown {
                *names.entry(all[*number as usize].1.name.as_str()).or_insert(0) += 1;
            }
            prop_assert_eq!(feed.names().iter().collect::<Vec<_>>(), names.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(feed.channels().get("news"), shown.len());
        }
    }
}

//! What Redis adds: several nodes, and a server that fails.

use super::{
    super::{
        suite::{START, all, keep_all, next_number, publish, receipts, select, shared, texts},
        *,
    },
    *,
};
use std::{sync::mpsc, thread, time::Duration};

/// A log of its own in the Redis of all tests.
fn address() -> Address {
    format!("{}?name=own{}", shared().url(), next_number()).parse().unwrap()
}

fn open(address: &Address) -> RedisLog {
    RedisLog::open(address, keep_all(), START).unwrap()
}

fn set(address: &Address, field: &str, value: u64) {
    let mut connection = shared().connect();
    ::redis::cmd("HSET").arg(address.key("log")).arg(field).arg(value).exec(&mut connection).unwrap();
}

#[test]
fn a_request_stays_in_one_millisecond_and_a_full_one_gives_way_to_the_next() {
    let address = address();
    let log = open(&address);
    set(&address, "ms", START + 1);
    set(&address, "seq", IdClock::PER_MILLISECOND - 11);
    // Nine more have room in it; the tenth would be the one too many.
    let first = receipts(&log, &publish("a", &[""; 9]), START + 1).remove(0).first;
    assert_eq!(first, EventId::new(START + 1, IdClock::PER_MILLISECOND - 10));
    let next = receipts(&log, &publish("a", &["", "last"]), START + 1).remove(0).first;
    assert_eq!(next, EventId::new(START + 2, 0));
    assert_eq!(log.read_before(&select(&["a"]), None, 2).unwrap()[1].data, "last");
}

#[test]
fn the_last_ids_fit_and_after_them_there_are_none() {
    let address = address();
    let log = open(&address);
    receipts(&log, &publish("a", &["x"]), START);
    let error = log.append(&[publish("a", &["y"])], Millis::MAX).unwrap_err();
    assert!(matches!(error, LogError::Unavailable(_)), "{error}");
    assert_eq!(texts(&all(&log, &["a"])), ["x"]);
}

#[test]
fn what_one_node_does_the_others_see_in_the_same_order() {
    let address = address();
    let nodes = [open(&address), open(&address)];
    let (sender, arrived) = mpsc::channel();
    nodes[1].follow(Box::new(move |some| some.into_iter().for_each(|one| drop(sender.send(one)))));
    let mut ids = Vec::new();
    for round in 0..20 {
        let request = publish(["a", "b"][round % 2], &["1", "2"]);
        ids.extend(receipts(&nodes[round % 2], &request, START + 1).remove(0).ids());
        let channel = "a".parse().unwrap();
        nodes[0].pass(&[(&channel, &suite::draft("passing"))], START).unwrap();
    }
    assert!(ids.is_sorted() && ids.len() == 40);
    assert_eq!(arrived.recv().unwrap(), Arrived::Anew(EventId::new(START, 0)));
    let (mut kept, mut passing) = (Vec::new(), 0);
    while kept.len() < 40 || passing < 20 {
        match arrived.recv().unwrap() {
            Arrived::Kept(message) => kept.push(message.id),
            Arrived::Passing { .. } => passing += 1,
            Arrived::Anew(id) => panic!("{id}"),
        }
    }
    assert_eq!(kept, ids);
    for node in &nodes {
        assert_eq!(all(node, &[">"]).iter().map(|message| message.id).collect::<Vec<_>>(), ids);
        assert_eq!((node.newest(), node.size().messages), (*ids.last().unwrap(), 40));
    }
}

/// What is published together is few entries of the feed, and arrives as it was published.
#[test]
fn what_comes_together_arrives_as_it_was_published() {
    let address = address();
    let (node, other) = (open(&address), open(&address));
    let (sender, arrived) = mpsc::channel();
    other.follow(Box::new(move |some| some.into_iter().for_each(|one| drop(sender.send(one)))));
    assert_eq!(arrived.recv().unwrap(), Arrived::Anew(EventId::new(START, 0)));
    let drafts: Vec<Draft> = (0..300)
        .map(|number: usize| Draft {
            event: [Some("update"), None, Some("=e")][number % 3].map(|name| name.parse().unwrap()),
            data: [String::new(), number.to_string(), "x".repeat(number * 20)][number % 7 % 3].clone(),
        })
        .collect();
    let requests = ["a", "b", "a"].map(|channel| Publish {
        channel: channel.parse().unwrap(),
        entries: drafts.chunks(70).map(|drafts| Entry { key: None, drafts: drafts.to_vec() }).collect(),
    });
    node.append(&requests, START + 1).unwrap();
    let channel: Channel = "passing".parse().unwrap();
    let passing: Vec<_> = drafts.iter().map(|draft| (&channel, draft)).collect();
    node.pass(&passing, START + 2).unwrap();

    let kept: Vec<Message> = (0..900)
        .map(|_| match arrived.recv().unwrap() {
            Arrived::Kept(message) => message,
            other => panic!("{other:?}"),
        })
        .collect();
    let published = requests.iter().flat_map(|request| {
        let drafts = request.entries.iter().flat_map(|entry| &entry.drafts);
        drafts.map(|draft| (request.channel.clone(), draft.clone()))
    });
    let told = kept.iter().map(|message| {
        let draft = Draft { event: message.event.clone(), data: message.data.clone() };
        (message.channel.clone(), draft)
    });
    assert!(told.eq(published));
    assert_eq!(kept, all(&node, &[">"]));
    for draft in drafts {
        assert_eq!(
            arrived.recv().unwrap(),
            Arrived::Passing { channel: channel.clone(), draft, time: START + 2 }
        );
    }
    let entries: usize =
        ::redis::cmd("XLEN").arg(address.key("feed")).query(&mut shared().connect()).unwrap();
    assert!((100..700).contains(&entries), "{entries}");
}

/// A node that was not told for so long that the feed does not go back so far reads the log.
#[test]
fn a_feed_that_does_not_go_back_so_far_is_noticed() {
    let address = address();
    let node = open(&address);
    let (sender, arrived) = mpsc::channel();
    node.follow(Box::new(move |some| some.into_iter().for_each(|one| drop(sender.send(one)))));
    assert_eq!(arrived.recv().unwrap(), Arrived::Anew(EventId::new(START, 0)));
    let mut connection = shared().connect();
    // In one step, so that the node cannot follow.
    let script = "local fed = redis.call('HGET', KEYS[1], 'fed')
        for n = 1, 3 do
            redis.call('XADD', KEYS[2], string.format('%.0f-0', fed + n), 'c', 'a', 'i', string.format('%.0f-0', ARGV[1] + n), 'd', 'x')
            redis.call('XADD', KEYS[3], string.format('%.0f-0', ARGV[1] + n), 'd', 'x')
        end
        redis.call('XTRIM', KEYS[2], 'MAXLEN', '=', 1)
        redis.call('SADD', KEYS[5], 'a')
        redis.call('HSET', KEYS[4], 'newest', string.format('%.0f-0', ARGV[1] + 3), 'messages', 3, 'bytes', 3)
        redis.call('HINCRBY', KEYS[1], 'fed', 3)
        redis.call('HSET', KEYS[1], 'ms', string.format('%.0f', ARGV[1] + 3), 'seq', 0)";
    let mut call = ::redis::cmd("EVAL");
    call.arg(script).arg(5);
    for key in ["log", "feed", "messages:a", "channel:a", "channels"] {
        call.arg(address.key(key));
    }
    call.arg(START).exec(&mut connection).unwrap();
    assert_eq!(arrived.recv().unwrap(), Arrived::Anew(EventId::new(START + 3, 0)));
    assert_eq!((all(&node, &[">"]).len(), node.size().messages), (3, 3));
    receipts(&node, &publish("a", &["next"]), START);
    let Arrived::Kept(next) = arrived.recv().unwrap() else { panic!("it is not followed any more") };
    assert_eq!(next.data, "next");
}

/// Redis is emptied and another node makes a log in it, before this one has noticed: what it publishes then it must not take for
/// something that it had seen in the log before, and that is lost.
#[test]
fn what_is_published_after_a_loss_is_not_lost() {
    // A log that is copied from elsewhere begins at zero.
    for begins in [START, 0] {
        let address = address();
        let node = RedisLog::open(&address, keep_all(), begins).unwrap();
        receipts(&node, &publish("a", &["before"]), START + 1);
        let seen = node.newest();
        let mut connection = shared().connect();
        let script =
            "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. ':*')) do redis.call('DEL', key) end";
        ::redis::cmd("EVAL").arg(script).arg(0).arg(&address.prefix).exec(&mut connection).unwrap();
        let _other = RedisLog::open(&address, keep_all(), begins).unwrap();
        let outcomes = at_last(|| node.append(&[publish("a", &["after"])], START + 3));
        let published = outcomes[0].as_ref().unwrap()[0].first;
        let kept = at_last(|| node.read_after(&select(&["a"]), EventId::new(0, 0), EventId::LAST, 9));
        assert_eq!(texts(&kept), ["after"]);
        let (_, until) = node.lost().unwrap();
        assert!(seen < until && until < published, "{seen} {until} {published}");
    }
}

/// What is answered when the log is not away any more.
fn at_last<T>(mut ask: impl FnMut() -> Result<T, LogError>) -> T {
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(LogError::Away(_)) => thread::sleep(Duration::from_millis(10)),
            Err(error) => panic!("{error}"),
        }
    }
}

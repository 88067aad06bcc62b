//! Retention.

use super::*;

fn rule(channels: &str) -> Retention {
    Retention { channels: channels.parse().unwrap(), count: None, age: None, bytes: None }
}

fn with(engine: Engine, retention: Vec<Retention>) -> Open {
    Open::new(engine, Settings { retention, ..keep_all() }, START)
}

fn the_newest_of_a_count_stay(engine: Engine) {
    let mut log = with(engine, vec![Retention { count: Some(2), ..rule("a") }]);
    let ids: Vec<EventId> = (0..5).map(|n| publish_one(&*log, "a", &n.to_string(), START)).collect();
    publish_one(&*log, "b", "b", START);
    assert_eq!(
        [log.trim(START, 2).unwrap(), log.trim(START, 2).unwrap(), log.trim(START, 2).unwrap()],
        [2, 1, 0]
    );
    for _ in 0..2 {
        assert_eq!(texts(&all(&*log, &[">"])), ["3", "4", "b"]);
        let coverage = Coverage { forgotten: Some(ids[2]), oldest: Some(ids[3]) };
        assert_eq!(log.coverage(&select(&["a"])).unwrap(), coverage);
        assert_eq!(log.coverage(&select(&["*"])).unwrap(), coverage);
        assert_eq!(
            log.coverage(&select(&["b"])).unwrap(),
            Coverage { forgotten: None, oldest: Some(log.newest()) }
        );
        assert_eq!(log.indexed().size(), Size { messages: 3, bytes: 3, unindexed: 0 });
        log.reopen(START);
    }
}

fn what_is_too_old_goes(engine: Engine) {
    let log = with(engine, vec![Retention { age: Some(Duration::from_secs(1)), ..rule("a") }]);
    for now in [START, START + 1, START + 2] {
        publish_one(&*log, "a", &(now - START).to_string(), now);
    }
    assert_eq!(log.trim(START + 1_000, 9).unwrap(), 0, "it is not older than a second yet");
    assert_eq!(log.trim(START + 1_001, 9).unwrap(), 1);
    assert_eq!(log.trim(0, 9).unwrap(), 0);
    assert_eq!(log.trim(Millis::MAX, 1).unwrap(), 1);
    assert_eq!(texts(&all(&*log, &["a"])), ["2"]);
}

fn data_beyond_the_bytes_goes(engine: Engine) {
    let log = with(engine, vec![Retention { bytes: Some(10), ..rule("a") }]);
    log.append(&[publish("a", &["12345", "消", "12", "123"])], START).unwrap();
    assert_eq!((log.indexed().size().bytes, log.trim(START, 9).unwrap()), (13, 1));
    assert_eq!(texts(&all(&*log, &["a"])), ["消", "12", "123"]);
    publish_one(&*log, "a", "12345678901", START);
    assert_eq!(log.trim(START, 9).unwrap(), 4, "one that is too large goes, too");
    assert_eq!(
        log.coverage(&select(&["a"])).unwrap(),
        Coverage { forgotten: Some(log.newest()), oldest: None }
    );
}

fn the_first_rule_that_matches_counts(engine: Engine) {
    let rules = [("a.keep", None), ("a.*", Some(1)), (">", Some(2))];
    let log = with(engine, rules.map(|(channels, count)| Retention { count, ..rule(channels) }).into());
    for name in ["a.keep", "a.b", "c", "a.b.c"] {
        log.append(&[publish(name, &["1", "2", "3"])], START).unwrap();
    }
    assert_eq!(log.trim(START, 99).unwrap(), 4);
    let kept: Vec<u64> = log.channels().unwrap().iter().map(|channel| channel.messages).collect();
    assert_eq!(kept, [1, 2, 3, 2]);
}

fn a_channel_stays_when_it_is_empty_and_its_ids_go_on(engine: Engine) {
    let mut log = with(engine, vec![Retention { count: Some(0), ..rule(">") }]);
    let first = publish_one(&*log, "a", "x", START + 9);
    assert_eq!(log.trim(START, 9).unwrap(), 1);
    log.reopen(START);
    assert_eq!(log.newest(), first);
    let summary = ChannelSummary { channel: channel("a"), newest: first, messages: 0, bytes: 0 };
    assert_eq!(log.channels().unwrap(), [summary]);
    assert_eq!(log.coverage(&select(&["a"])).unwrap(), Coverage { forgotten: Some(first), oldest: None });
    assert_eq!(all(&*log, &["a"]), []);
    let second = publish_one(&*log, "a", "y", START);
    assert!(second > first);
    assert_eq!(
        log.coverage(&select(&["a"])).unwrap(),
        Coverage { forgotten: Some(first), oldest: Some(second) }
    );
}

/// Who reads and then asks what was forgotten never misses a message without being told.
fn nothing_is_missed_unnoticed_while_trimming(engine: Engine) {
    let log = with(engine, vec![Retention { count: Some(3), ..rule(">") }]);
    thread::scope(|scope| {
        let (reader, log) = (&log, &log);
        let reading = scope.spawn(move || {
            let (mut after, mut last, mut told) = (EventId::new(START, 0), 0, 0);
            while last < 1_000 {
                let page = reader.read_after(&select(&["a"]), after, EventId::new(u64::MAX, 0), 2).unwrap();
                let forgotten = reader.coverage(&select(&["a"])).unwrap().forgotten;
                for message in &page {
                    let number: u64 = message.data.parse().unwrap();
                    let is_gap = number != last + 1;
                    assert!(!is_gap || forgotten.is_some_and(|id| id > after), "{number} after {last}");
                    told += u64::from(is_gap);
                    (after, last) = (message.id, number);
                }
            }
            told
        });
        for number in 1..=1_000 {
            publish_one(&**log, "a", &number.to_string(), START);
            log.trim(START, 2).unwrap();
        }
        reading.join().unwrap();
    });
}

on_each_engine!(
    the_newest_of_a_count_stay,
    what_is_too_old_goes,
    data_beyond_the_bytes_goes,
    the_first_rule_that_matches_counts,
    a_channel_stays_when_it_is_empty_and_its_ids_go_on,
    nothing_is_missed_unnoticed_while_trimming,
);

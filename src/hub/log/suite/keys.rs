//! Idempotency keys.

use super::*;

fn keyed(name: &str, entries: &[(Option<&str>, &[&str])]) -> Publish {
    let entries = entries.iter().map(|(key, data)| entry(*key, data)).collect();
    Publish { channel: channel(name), entries }
}

fn one(name: &str, key: &str, data: &str) -> Publish {
    keyed(name, &[(Some(key), &[data])])
}

fn the_same_key_publishes_once(engine: Engine) {
    let mut log = Open::new(engine, keep_all(), START);
    let request = keyed("a", &[(Some("k"), &["1", "2"])]);
    let first = receipts(&*log, &request, START).remove(0);
    assert!(!first.duplicate);
    publish_one(&*log, "a", "between", START);
    log.reopen(START);
    let newest = log.newest();
    assert_eq!(receipts(&*log, &request, START + 9), [Receipt { duplicate: true, ..first }]);
    assert_eq!((log.newest(), texts(&all(&*log, &["a"]))), (newest, vec!["1", "2", "between"]));
    // Another channel's keys are others.
    assert!(!receipts(&*log, &one("b", "k", "other"), START).remove(0).duplicate);
}

fn a_key_for_other_messages_is_refused_and_changes_nothing(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    receipts(&*log, &one("a", "k", "x"), START);
    let event = Draft { event: Some("e".parse().unwrap()), data: "x".into() };
    let others = [
        one("a", "k", "y"),
        keyed("a", &[(Some("k"), &["x", "x"])]),
        Publish {
            channel: channel("a"),
            entries: vec![Entry { key: "k".parse().ok(), drafts: vec![event] }],
        },
        // All of the request, also what came before, and the key that it would have used.
        keyed("a", &[(None, &["no"]), (Some("new"), &["no"]), (Some("k"), &["no"])]),
    ];
    let newest = log.newest();
    for request in &others {
        let outcomes = log.append(slice::from_ref(request), START).unwrap();
        assert_eq!(outcomes, [Err(KeyReused("k".into()))]);
    }
    assert_eq!((log.newest(), texts(&all(&*log, &[">"]))), (newest, vec!["x"]));
    assert!(!receipts(&*log, &one("a", "new", "yes"), START).remove(0).duplicate);
}

fn a_refused_request_does_not_hinder_the_others(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    let batch = [
        one("a", "k", "1"),
        keyed("a", &[(Some("new"), &["no"]), (Some("k"), &["no"])]),
        one("a", "new", "2"),
        one("a", "k", "1"),
        publish("a", &["3"]),
    ];
    let outcomes = log.append(&batch, START).unwrap();
    let receipt = |sequence, duplicate| Receipt { first: EventId::new(START, sequence), count: 1, duplicate };
    assert_eq!(
        outcomes,
        [
            Ok(vec![receipt(1, false)]),
            Err(KeyReused("k".into())),
            Ok(vec![receipt(2, false)]),
            Ok(vec![receipt(1, true)]),
            Ok(vec![receipt(3, false)]),
        ]
    );
    assert_eq!(texts(&all(&*log, &["a"])), ["1", "2", "3"]);
}

fn a_key_may_be_repeated_in_a_request(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    let request = keyed("a", &[(Some("k"), &["1"]), (None, &["2"]), (Some("k"), &["1"])]);
    let receipts = receipts(&*log, &request, START);
    assert_eq!(receipts.iter().map(|receipt| receipt.duplicate).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(receipts.first().unwrap().first, receipts.last().unwrap().first);
    assert_eq!(texts(&all(&*log, &["a"])), ["1", "2"]);
    let other = keyed("a", &[(Some("l"), &["1"]), (Some("l"), &["2"])]);
    assert_eq!(log.append(&[other], START).unwrap(), [Err(KeyReused("l".into()))]);
    assert_eq!(log.indexed().size().messages, 2);
}

fn a_key_is_forgotten_after_its_time(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    let hour = 3_600_000;
    let first = receipts(&*log, &one("a", "k", "1"), START + 1).remove(0);
    assert!(receipts(&*log, &one("a", "k", "1"), START + 1 + hour).remove(0).duplicate);
    // It is used for something else then, and that counts.
    let second = receipts(&*log, &one("a", "k", "2"), START + 2 + hour).remove(0);
    assert!(!second.duplicate && second.first > first.first);
    assert_eq!(receipts(&*log, &one("a", "k", "2"), START + hour), [Receipt { duplicate: true, ..second }]);
    // A clock that steps back makes nothing too old.
    assert!(receipts(&*log, &one("a", "k", "2"), 0).remove(0).duplicate);
}

fn old_keys_are_trimmed_a_few_at_a_time(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    for key in ["1", "2", "3"] {
        receipts(&*log, &one("a", key, "x"), START + 1);
    }
    receipts(&*log, &one("a", "4", "x"), START + 2);
    let now = START + 2 + 3_600_000;
    assert_eq!([log.trim(now - 1, 9).unwrap(), log.trim(now, 2).unwrap()], [0, 2]);
    // With the clock back they would count; those that were trimmed do not.
    assert!(!receipts(&*log, &one("a", "1", "x"), START).remove(0).duplicate);
    assert!(receipts(&*log, &one("a", "3", "x"), START).remove(0).duplicate);
    assert_eq!([log.trim(now, 2).unwrap(), log.trim(now, 2).unwrap()], [1, 0]);
    assert!(receipts(&*log, &one("a", "4", "x"), now).remove(0).duplicate);
    assert_eq!(log.indexed().size().messages, 5);
}

fn a_key_outlives_its_messages(engine: Engine) {
    let rule = Retention { channels: ">".parse().unwrap(), count: Some(0), age: None, bytes: None };
    let log = Open::new(engine, Settings { retention: vec![rule], ..keep_all() }, START);
    let first = receipts(&*log, &one("a", "k", "x"), START).remove(0);
    assert_eq!(log.trim(START, 9).unwrap(), 1);
    assert_eq!(receipts(&*log, &one("a", "k", "x"), START), [Receipt { duplicate: true, ..first }]);
}

on_each_engine!(
    the_same_key_publishes_once,
    a_key_for_other_messages_is_refused_and_changes_nothing,
    a_refused_request_does_not_hinder_the_others,
    a_key_may_be_repeated_in_a_request,
    a_key_is_forgotten_after_its_time,
    old_keys_are_trimmed_a_few_at_a_time,
    a_key_outlives_its_messages,
);

//! Search.

use super::*;

fn find(log: &Open, query: &str, patterns: &[&str], before: Option<EventId>, limit: usize) -> Vec<Message> {
    log.indexed().search(&query.parse().unwrap(), &select(patterns), before, limit).unwrap()
}

fn words_and_phrases_are_found_the_newest_first(engine: Engine) {
    let mut log = Open::new(engine, keep_all(), START);
    let data = [
        "The quick brown fox, 2026",
        "brown QUICK",
        "新消息来了",
        r#"{"消息":"quick"}"#,
        "这是第 5 条消息。ÄRGER",
        "data:image/png;base64,quick",
        "words channel AND OR NOT NEAR 1",
        "",
    ];
    log.append(&[publish("a", &data)], START).unwrap();
    for _ in 0..2 {
        for (query, expected) in [
            ("quick", vec![3, 1, 0]),
            ("BROWN quick", vec![1, 0]),
            ("\"quick brown\"", vec![0]),
            ("\"brown, quick\"", vec![1]),
            ("消息", vec![4, 3, 2]),
            ("息来", vec![2]),
            ("息消", vec![]),
            ("第5条", vec![4]),
            ("ärger 这是", vec![4]),
            ("quic", vec![]),
            ("image png", vec![]),
            // What means something to SQLite means nothing here.
            ("and or not near", vec![6]),
            ("quick*", vec![3, 1, 0]),
            ("words:quick", vec![]),
            ("channel 1", vec![6]),
            ("NOT fox", vec![]),
            ("^quick -fox {words}", vec![]),
        ] {
            let found = find(&log, query, &["a"], None, 99);
            let expected: Vec<&str> = expected.into_iter().map(|n: usize| data[n]).collect();
            assert_eq!(texts(&found), expected, "{query}");
        }
        log.reopen(START);
    }
}

fn channels_limits_and_bounds_hold(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    let names = ["a.x", "a.y", "b"].into_iter().cycle();
    let ids: Vec<EventId> = names
        .zip(0..9)
        .map(|(name, n)| publish_one(&*log, name, &format!("word{n} hit"), START + n))
        .collect();
    let last = EventId::new(u64::MAX, u64::MAX);
    for (patterns, before, limit, expected) in [
        (vec![">"], None, 99, vec![8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (vec!["b"], None, 99, vec![8, 5, 2]),
        (vec!["a.*"], None, 3, vec![7, 6, 4]),
        (vec!["a.x", "b"], Some(ids[6]), 2, vec![5, 3]),
        (vec![">"], Some(ids[0]), 9, vec![]),
        (vec![">"], Some(last), 1, vec![8]),
        (vec!["nothing"], None, 9, vec![]),
        (vec![">"], None, 0, vec![]),
    ] {
        let found = find(&log, "hit", &patterns, before, limit);
        let expected: Vec<EventId> = expected.into_iter().map(|n: usize| ids[n]).collect();
        let found: Vec<EventId> = found.iter().map(|message| message.id).collect();
        assert_eq!(found, expected, "{patterns:?} {before:?} {limit}");
    }
}

fn a_rare_channel_among_many_is_found(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    let rare: Vec<Publish> = (0..40).map(|n| publish(&format!("rare.{n}"), &["hit"])).collect();
    log.append(&rare, START).unwrap();
    log.append(&[publish("often", &["hit"; 1_000])], START).unwrap();
    assert_eq!(find(&log, "hit", &["rare.*"], None, 99).len(), 40);
    assert_eq!(find(&log, "hit", &["rare.*"], None, 7).len(), 7);
    assert_eq!(find(&log, "hit", &["rare.1"], None, 7).len(), 1);
}

fn what_is_trimmed_is_not_found(engine: Engine) {
    let rule = Retention { channels: ">".parse().unwrap(), count: Some(2), age: None, bytes: None };
    let mut log = Open::new(engine, Settings { retention: vec![rule], ..keep_all() }, START);
    log.append(&[publish("a", &["hit 1", "hit 2", "hit 3", "hit 4"])], START).unwrap();
    assert_eq!(find(&log, "hit", &["a"], None, 9).len(), 4);
    log.trim(START, 9).unwrap();
    for _ in 0..2 {
        assert_eq!(texts(&find(&log, "hit", &["a"], None, 9)), ["hit 4", "hit 3"]);
        assert_eq!(texts(&find(&log, "2", &["a"], None, 9)), [""; 0]);
        log.reopen(START);
    }
}

fn the_longest_queries_are_taken(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    let words = "a b ".repeat(128);
    let phrase = format!("\"{}\"", "消".repeat(170));
    log.append(&[publish("c", &[&words, &"消".repeat(171), "a"])], START).unwrap();
    assert_eq!(texts(&find(&log, &words, &[">"], None, 9)), [&words]);
    assert_eq!(find(&log, &phrase, &[">"], None, 9).len(), 1);
    assert_eq!(find(&log, &"x".repeat(512), &[">"], None, 9), []);
}

on_each_engine!(
    words_and_phrases_are_found_the_newest_first,
    channels_limits_and_bounds_hold,
    a_rare_channel_among_many_is_found,
    what_is_trimmed_is_not_found,
    the_longest_queries_are_taken,
);

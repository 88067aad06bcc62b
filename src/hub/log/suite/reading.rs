//! Pages, forwards and back.

use super::*;

/// Ten messages in turn on three channels: 0 to 9.
fn ten(engine: Engine) -> (Open, Vec<EventId>) {
    let log = Open::new(engine, keep_all(), START);
    let channels = ["chat.a", "chat.b", "news"].into_iter().cycle();
    let ids = channels
        .zip(0..10)
        .map(|(name, n)| publish_one(&*log, name, &n.to_string(), START + n / 4))
        .collect();
    (log, ids)
}

fn numbers(messages: &[Message]) -> String {
    texts(messages).concat()
}

fn a_page_has_what_is_selected_after_an_id(engine: Engine) {
    let (log, ids) = ten(engine);
    let none = EventId::new(0, 0);
    let last = EventId::new(u64::MAX, u64::MAX);
    for (patterns, after, until, limit, expected) in [
        (vec![">"], none, last, 99, "0123456789"),
        (vec!["chat.*"], none, last, 99, "0134679"),
        (vec!["news"], none, last, 99, "258"),
        (vec!["chat.b", "news", "nothing"], none, last, 99, "124578"),
        (vec!["news", "*"], none, last, 99, "258"),
        (vec!["nothing", "chat", "chat.a.>"], none, last, 99, ""),
        (vec![">"], none, last, 3, "012"),
        (vec!["chat.*"], none, last, 3, "013"),
        (vec![">"], none, last, 0, ""),
        (vec![">"], ids[3], last, 99, "456789"),
        (vec![">"], ids[3], ids[6], 99, "456"),
        (vec!["news"], ids[3], ids[6], 99, "5"),
        (vec![">"], ids[3], ids[3], 99, ""),
        (vec![">"], ids[6], ids[3], 99, ""),
        (vec![">"], ids[9], last, 99, ""),
        // Ids that no message has: between, before and after all.
        (vec![">"], EventId::new(START, 99), last, 99, "456789"),
        (vec![">"], EventId::new(START, u64::MAX), EventId::new(START + 1, u64::MAX), 99, "4567"),
        (vec![">"], last, last, 99, ""),
        (vec![">"], none, none, 99, ""),
    ] {
        let page = log.read_after(&select(&patterns), after, until, limit).unwrap();
        assert_eq!(numbers(&page), expected, "{patterns:?} {after} {until} {limit}");
    }
}

fn a_page_back_has_the_newest_before_an_id_in_order(engine: Engine) {
    let (log, ids) = ten(engine);
    let last = EventId::new(u64::MAX, u64::MAX);
    for (patterns, before, limit, expected) in [
        (vec![">"], None, 99, "0123456789"),
        (vec![">"], None, 3, "789"),
        (vec!["chat.*"], None, 3, "679"),
        (vec!["news"], Some(ids[8]), 1, "5"),
        (vec![">"], Some(ids[4]), 2, "23"),
        (vec![">"], Some(ids[0]), 2, ""),
        (vec![">"], Some(EventId::new(START, u64::MAX)), 2, "23"),
        (vec![">"], Some(EventId::new(0, 0)), 2, ""),
        (vec![">"], Some(last), 2, "89"),
        (vec![">"], None, 0, ""),
        (vec!["nothing"], None, 9, ""),
    ] {
        let page = log.read_before(&select(&patterns), before, limit).unwrap();
        assert_eq!(numbers(&page), expected, "{patterns:?} {before:?} {limit}");
    }
}

/// Rare channels among many, so that a page is not found where the log is read first.
fn many_channels_are_read_to_the_end(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    let many: Vec<String> = (0..100).map(|n| format!("rare.{n}")).collect();
    let requests = |round: usize| {
        let rare = many.iter().enumerate().map(move |(n, name)| publish(name, &[&*format!("{round}-{n}")]));
        rare.chain([publish("often", &["x"; 3_000])])
    };
    let batch: Vec<Publish> = (0..3).flat_map(requests).collect();
    log.append(&batch, START).unwrap();
    let expected: Vec<String> =
        (0..3).flat_map(|round| (0..100).map(move |n| format!("{round}-{n}"))).collect();

    let mut forwards = Vec::new();
    let mut after = EventId::new(START, 0);
    loop {
        let page = log.read_after(&select(&["rare.*"]), after, log.newest(), 70).unwrap();
        let Some(last) = page.last() else { break };
        after = last.id;
        forwards.extend(page);
    }
    assert_eq!(texts(&forwards), expected);

    let (mut backwards, mut before) = (Vec::new(), None);
    loop {
        let mut page = log.read_before(&select(&["rare.*"]), before, 70).unwrap();
        let Some(first) = page.first() else { break };
        before = Some(first.id);
        page.extend(backwards);
        backwards = page;
    }
    assert_eq!(texts(&backwards), expected);
}

fn what_comes_after_an_id_is_counted_up_to_a_limit(engine: Engine) {
    let (log, ids) = ten(engine);
    let none = EventId::new(0, 0);
    for (patterns, after, most, expected) in [
        (vec![">"], none, 99, 10),
        (vec![">"], none, 4, 4),
        (vec![">"], none, 0, 0),
        (vec!["chat.a"], none, 99, 4),
        (vec!["chat.a"], ids[3], 99, 2),
        (vec!["chat.*"], ids[3], 99, 4),
        (vec!["nothing"], none, 99, 0),
        (vec![">"], ids[9], 99, 0),
    ] {
        let count = log.count_after(&select(&patterns), after, most).unwrap();
        assert_eq!(count, expected, "{patterns:?} {after} {most}");
    }
}

/// Readers see every message once and in order while it is published.
fn reading_goes_on_while_something_is_published(engine: Engine) {
    const COUNT: usize = 2_000;
    let log = Open::new(engine, keep_all(), START);
    thread::scope(|scope| {
        for patterns in [vec![">"], vec!["c.*"], vec!["c.0", "c.1", "c.2", "c.3", "c.4", "c.5", "c.6"]] {
            let log = &log;
            scope.spawn(move || {
                let (mut after, mut seen) = (EventId::new(START, 0), Vec::new());
                while seen.last() != Some(&(COUNT - 1)) {
                    let page =
                        log.read_after(&select(&patterns), after, EventId::new(u64::MAX, 0), 64).unwrap();
                    after = page.last().map_or(after, |message| message.id);
                    seen.extend(page.iter().map(|message| message.data.parse::<usize>().unwrap()));
                }
                assert!(seen.iter().copied().eq(0..COUNT), "{patterns:?}");
            });
        }
        let mut numbers = (0..COUNT).map(|n| publish(&format!("c.{}", n % 7), &[&*n.to_string()]));
        loop {
            let batch: Vec<Publish> = numbers.by_ref().take(5).collect();
            if batch.is_empty() {
                break;
            }
            log.append(&batch, START).unwrap();
        }
    });
}

on_each_engine!(
    a_page_has_what_is_selected_after_an_id,
    a_page_back_has_the_newest_before_an_id_in_order,
    many_channels_are_read_to_the_end,
    what_comes_after_an_id_is_counted_up_to_a_limit,
    reading_goes_on_while_something_is_published,
);

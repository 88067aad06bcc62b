use super::*;
use crate::sse::check::check;
use proptest::prelude::*;
use std::{fs, time::Instant};

const BOM: &str = "\u{feff}";

/// What a stream in these pieces says, and the last event id after it.
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Item>, String) {
    let (mut decoder, mut items) = (Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.feed(piece, &mut items).unwrap();
    }
    (items, decoder.last_event_id)
}

/// The same, after checking that it does not depend on the pieces: whole, every cut in two, and byte by byte.
fn decode_all_ways(stream: &[u8]) -> (Vec<Item>, String) {
    let whole = decode([stream]);
    assert_eq!(decode(stream.chunks(1)), whole, "byte by byte: {:?}", String::from_utf8_lossy(stream));
    for cut in 0..=stream.len() {
        let (one, other) = stream.split_at(cut);
        assert_eq!(decode([one, other]), whole, "cut at {cut}: {:?}", String::from_utf8_lossy(stream));
    }
    whole
}

fn events(stream: &str) -> Vec<Event> {
    let event = |item| if let Item::Event(event) = item { Some(event) } else { None };
    decode_all_ways(stream.as_bytes()).0.into_iter().filter_map(event).collect()
}

fn retries(stream: &str) -> Vec<u64> {
    let millis = |item| if let Item::Retry(after) = item { Some(after.as_millis() as u64) } else { None };
    decode_all_ways(stream.as_bytes()).0.into_iter().filter_map(millis).collect()
}

#[test]
fn the_data_is_what_browsers_see() {
    let long = "x".repeat(2048);
    for (stream, expected) in [
        (format!("{BOM}data:1\n\n{BOM}data:2\n\ndata:3\n\n"), vec!["1", "3"]),
        (format!("{BOM}{BOM}data:1\n\ndata:2\n\ndata:3\n\n"), vec!["2", "3"]),
        (
            format!("data:1\r:\0\n:\r\ndata:2\n:{long}\rdata:3\n:data:fail\r:{long}\ndata:4\n\n"),
            vec!["1\n2\n3\n4"],
        ),
        ("retry:1000\ndata:test1\n\nid:test\ndata:test2".into(), vec!["test1"]),
        ("data:\n\ndata\ndata\n\ndata:test\n\n".into(), vec!["", "\n", "test"]),
        (
            "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\n\
             data:4\n\n"
                .into(),
            vec!["\0\n 2\n1\n3\n\n4"],
        ),
        (
            "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n".into(),
            vec!["test\n\ntest"],
        ),
        ("data:\ttest\rdata: \ndata:test\n\n".into(), vec!["\ttest\n\ntest"]),
        ("data:test\r\ndata\ndata:test\r\n\r".into(), vec!["test\n\ntest"]),
        ("data:\0\n\n".into(), vec!["\0"]),
        (String::new(), vec![]),
        ("\n\n\r\r\n".into(), vec![]),
    ] {
        let data: Vec<_> = events(&stream).into_iter().map(|event| event.data).collect();
        assert_eq!(data, expected, "{stream:?}");
    }
}

#[test]
fn the_name_is_a_message_unless_the_event_has_its_own() {
    for (stream, expected) in [
        ("event: \ndata:data\n\n", vec![("message", "data")]),
        ("event:test\ndata:x\n\ndata:x\n\n", vec![("test", "x"), ("message", "x")]),
        ("event:test\n\ndata:x\n\n", vec![("message", "x")]),
        ("event:a\nevent:b\ndata:x\n\n", vec![("b", "x")]),
    ] {
        let events = events(stream);
        let seen: Vec<_> = events.iter().map(|event| (event.name.as_str(), event.data.as_str())).collect();
        assert_eq!(seen, expected, "{stream:?}");
    }
}

#[test]
fn an_id_stays_until_the_next() {
    for (stream, expected) in [
        ("id: 1\ndata: 1\n\ndata:2\n\nid: 2\ndata:3\n\ndata:4\n\n", vec!["1", "1", "2", "2"]),
        ("id: 1\ndata: 1\n\nid:\ndata:2\n\ndata:3\n\n", vec!["1", "", ""]),
        ("id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3\n\n", vec!["1", "", ""]),
        ("id:\0\0\ndata:a\n\n", vec![""]),
        ("id:x\0\ndata:a\n\n", vec![""]),
        ("id:\0x\ndata:a\n\n", vec![""]),
        ("id:x\0x\ndata:a\n\n", vec![""]),
        ("id: \0\ndata:a\n\n", vec![""]),
        ("id: 7\n\ndata:a\n\n", vec!["7"]),
    ] {
        let ids: Vec<_> = events(stream).into_iter().map(|event| event.last_event_id).collect();
        assert_eq!(ids, expected, "{stream:?}");
    }
}

#[test]
fn an_id_counts_once_its_block_is_whole() {
    for (stream, expected) in [
        ("id: 7\n\n", "7"),
        ("id: 7\n", ""),
        ("id:1\n\nid:2\ndata:x\n", "1"),
        ("retry:1\ndata:a\n\nid:b\ndata:c", ""),
    ] {
        assert_eq!(decode_all_ways(stream.as_bytes()).1, expected, "{stream:?}");
    }
}

#[test]
fn a_retry_is_digits_and_nothing_else() {
    for (stream, expected) in [
        ("retry:3000\nretry:1000x\n", vec![3000]),
        ("retry:03000\n", vec![3000]),
        ("retry\nretry:\nretry: \nretry:-1\nretry:1.5\nretry:٣\n", vec![]),
        ("retry:99999999999999999999\n", vec![u64::MAX]),
        ("retry:5", vec![]),
    ] {
        assert_eq!(retries(stream), expected, "{stream:?}");
    }
}

#[test]
fn a_comment_is_seen_at_once() {
    let comments =
        |texts: &[&str]| texts.iter().map(|text| Item::Comment((*text).to_owned())).collect::<Vec<_>>();
    assert_eq!(decode_all_ways(b":\n").0, comments(&[""]));
    assert_eq!(decode_all_ways(b": a:b\n:\r\n\n").0, comments(&[" a:b", ""]));
}

#[test]
fn what_is_not_utf_8_is_replaced() {
    for (bytes, expected) in [
        (b"data:\xE4\xB8\xAD\xF0\x9F\x8E\x89\n\n".as_slice(), "中🎉"),
        (b"data:a\xFFb\n\n", "a\u{fffd}b"),
        (b"data:\xE4\xB8\ndata:\xADx\n\n", "\u{fffd}\n\u{fffd}x"),
        (b"data:\xF0\x9F\x8E\r\r", "\u{fffd}"),
        (b"data:\xC0\xAF\xED\xA0\x80\n\n", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        (b"\xEF\xBB\xBFdata:\xEF\xBB\xBF\n\n", "\u{feff}"),
    ] {
        let event = Event { name: "message".into(), data: expected.into(), last_event_id: String::new() };
        assert_eq!(decode_all_ways(bytes).0, [Item::Event(event)], "{bytes:?}");
    }
    assert_eq!(decode_all_ways(b"\xEF\xBBdata:x\n\n").0, [], "half a BOM is none");
}

#[test]
fn an_event_has_a_largest_size() {
    const LIMIT: usize = 64;
    let fits = ["data:".to_owned() + &"x".repeat(59) + "\n\n", ":".to_owned() + &"x".repeat(63) + "\n"];
    let does_not = [
        "data:".to_owned() + &"x".repeat(60),
        ":".repeat(65),
        "data:x\n".repeat(33),
        "event:".to_owned() + &"x".repeat(40) + "\ndata:" + &"x".repeat(20) + "\n",
        "id:".to_owned() + &"x".repeat(40) + "\n\ndata:" + &"x".repeat(20) + "\n",
    ];
    let limited = |stream: &str, size: usize| {
        let (mut decoder, mut items) = (Decoder::with_limit(LIMIT), Vec::new());
        let fed = stream.as_bytes().chunks(size).try_for_each(|piece| decoder.feed(piece, &mut items));
        (fed, items, decoder)
    };
    for size in 1..=70 {
        for stream in &fits {
            let (fed, items, _) = limited(&stream.repeat(3), size);
            assert_eq!((fed, items.len()), (Ok(()), 3), "{stream:?} in pieces of {size}");
        }
        for stream in &does_not {
            let (fed, items, mut decoder) = limited(&format!("data:first\n\n{stream}"), size);
            assert_eq!(
                (fed, items.len()),
                (Err(TooLarge { limit: LIMIT }), 1),
                "{stream:?} in pieces of {size}"
            );
            assert_eq!(decoder.feed(b"", &mut Vec::new()), Err(TooLarge { limit: LIMIT }));
        }
    }
}

#[test]
fn a_line_in_small_pieces_takes_time_in_proportion_to_its_length() {
    const MIB: usize = 1 << 20;
    const PIECE: usize = 1460;
    /// Shorter than a turn of the scheduler. What else the machine does only adds to a time, so the best of some
    /// rounds counts, of each part by itself: some part of a long line is always interrupted.
    const PART: usize = 50 * PIECE;
    let line = |length| {
        let line = [b"data:", &*vec![b'x'; length], b"\n\n"].concat();
        let best = vec![Duration::MAX; line.len().div_ceil(PART)];
        (line, best)
    };
    let time = |(line, best): &mut (Vec<u8>, Vec<Duration>)| -> Duration {
        let (mut decoder, mut items) = (Decoder::default(), Vec::new());
        for (part, best) in line.chunks(PART).zip(&mut *best) {
            let start = Instant::now();
            part.chunks(PIECE).for_each(|piece| decoder.feed(piece, &mut items).unwrap());
            *best = start.elapsed().min(*best);
        }
        assert_eq!(items.len(), 1);
        best.iter().sum()
    };
    let (mut short, mut long) = (line(4 * MIB), line(8 * MIB));
    let start = Instant::now();
    for round in 1.. {
        let (short, long) = (time(&mut short), time(&mut long));
        // Where every piece makes the line be seen anew, it is four times as much, however often it is tried. Twice as much it is only
        // where both lines fit into the same cache.
        if round >= 3 && long <= short * 3 {
            return;
        }
        let patient = round < 10 || start.elapsed() < Duration::from_secs(60);
        assert!(patient, "4 MiB take {short:?}, 8 MiB {long:?}");
    }
}

/// Streams that are mostly made of what matters to the parser, in pieces.
fn any_stream() -> impl Strategy<Value = Vec<u8>> {
    let token = prop::sample::select(vec![
        b"data".as_slice(),
        b"event",
        b"id",
        b"retry",
        b":",
        b": ",
        b" ",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\0",
        b"12",
        b"x",
        b"\xEF\xBB\xBF",
        b"\xEF",
        b"\xF0\x9F",
        b"\x8E\x89",
        b"\xFF",
        b"|",
    ]);
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn it_keeps_its_promises_with_random_streams(stream in any_stream()) {
        check(&stream);
    }
}

#[test]
fn it_keeps_its_promises_with_the_fuzzers_corpus() {
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/decode")).unwrap();
    let inputs: Vec<_> = files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(inputs.len() >= 50, "the corpus is there");
    inputs.iter().for_each(|input| check(input));
}

#[cfg(feature = "ssr")]
proptest! {
    #[test]
    fn it_reads_what_the_encoder_writes(
        sent in prop::collection::vec((any::<(u64, u64)>(), prop::option::of("[^\r\n\0]{1,20}"), any::<String>()), 0..8),
        size in 1usize..50,
    ) {
        use crate::{model::{EventId, EventName}, sse::encode};
        let (mut stream, mut expected) = (encode::retry(Duration::from_millis(1234)).to_vec(), Vec::new());
        expected.push(Item::Retry(Duration::from_millis(1234)));
        for ((milliseconds, sequence), name, data) in sent {
            let id = EventId::new(milliseconds, sequence);
            let typed: Option<EventName> = name.as_ref().map(|name| name.parse().unwrap());
            stream.extend_from_slice(&encode::event(id, typed.as_ref(), &data));
            stream.extend_from_slice(&encode::HEARTBEAT);
            let data = data.replace("\r\n", "\n").replace('\r', "\n");
            let name = name.unwrap_or("message".into());
            expected.push(Item::Event(Event { name, data, last_event_id: id.to_string() }));
            expected.push(Item::Comment(String::new()));
        }
        prop_assert_eq!(decode(stream.chunks(size)).0, expected);
    }
}

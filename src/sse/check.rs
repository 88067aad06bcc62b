//! What the decoder promises for every stream: checked for random ones and for the fuzzer's corpus by the tests, and for
//! what the fuzzer comes up with by `fuzz/`, which includes this file.

use super::{
    decode::{Decoder, Item, TooLarge},
    interpret::interpret,
};

/// Stands between two pieces. A stream under test cannot have it in it, and misses nothing: to the parser it is a
/// letter like any other.
const CUT: u8 = b'|';

/// Panics where the decoder breaks a promise with the stream that is written in `input`, in pieces with a `|` between
/// two of them. The size of the first piece is also a limit to try, so that the fuzzer chooses one.
pub fn check(input: &[u8]) {
    let pieces: Vec<&[u8]> = input.split(|byte| *byte == CUT).collect();
    let stream = pieces.concat();
    let in_all_ways = |limit| {
        let decoded = decode(limit, &[&stream]);
        assert_eq!(decode(limit, &pieces), decoded, "in pieces, limit {limit}");
        assert_eq!(
            decode(limit, &stream.chunks(1).collect::<Vec<_>>()),
            decoded,
            "byte by byte, limit {limit}"
        );
        decoded
    };

    let (expected, last_event_id) = interpret(&stream);
    // A byte that is not UTF-8 becomes a character of three.
    let roomy = in_all_ways(3 * stream.len());
    assert_eq!(roomy, (expected.clone(), Ok(last_event_id)));

    let limit = pieces.first().map_or(0, |piece| piece.len());
    let (items, end) = in_all_ways(limit);
    assert!(expected.starts_with(&items), "{items:?} is not what {expected:?} begins with");
    assert!(items == expected || end.is_err(), "limit {limit}: nothing is left out silently");
    let longest = stream.split(|byte| matches!(byte, b'\r' | b'\n')).map(<[u8]>::len).max();
    assert!(longest <= Some(limit) || end.is_err(), "limit {limit}: a line of {longest:?} bytes was held");
    for item in items {
        if let Item::Event(event) = item {
            assert!(event.data.len() + event.last_event_id.len() <= limit, "limit {limit}: {event:?}");
        }
    }
}

/// What the stream in these pieces says, and the last event id after it, or that something was too large.
fn decode(limit: usize, pieces: &[&[u8]]) -> (Vec<Item>, Result<String, TooLarge>) {
    let (mut decoder, mut items) = (Decoder::with_limit(limit), Vec::new());
    let fed = pieces.iter().try_for_each(|piece| decoder.feed(piece, &mut items));
    if fed.is_err() {
        let before = items.len();
        assert_eq!(decoder.feed(b"data:x\n\n", &mut items), fed, "it takes no more");
        assert_eq!(items.len(), before);
    }
    let last_event_id = decoder.last_event_id().to_owned();
    (items, fed.map(|()| last_event_id))
}

//! Streams that are as hard on a parser as chance and malice can make them.

use crate::support::random::Random;

type Text = &'static [u8];

const BOM: Text = b"\xEF\xBB\xBF";

const ENDS: &[Text] = &[b"\n", b"\r", b"\r\n"];

/// The first seven are those that there are; a comment's is empty.
#[rustfmt::skip] // a list is read in lines
const FIELDS: &[Text] = &[
    b"data", b"data", b"data", b"event", b"id", b"retry", b"", b"Data", b"da-ta", b"data ", b" data", b"\0data", b"data\0", b"dat",
    b"datax", b"EVENT", b" event", b"event\0", b"ids", b"i", b"retry ", b"\xEF\xBB\xBFdata", b"\xEF\xBB\xBF",
    b"\xFFdata", b"data\xE4\xB8", "事件".as_bytes(),
];

/// The first two are as they should be.
const SEPARATORS: &[Text] = &[b":", b": ", b":  ", b":\t", b"", b" :", b"::", b": :", b":\0"];

#[rustfmt::skip]
const TEXTS: &[Text] = &[
    b"", b"x", b"some words", b" ", b"  ", b"\t", b":", b"a:b", b"\0", b"12", b"\x0B", b"\x0C", b"\x1F", b"\x7F",
    b"data:x", b"\\n", b"\"", "中🎉".as_bytes(), "\u{feff}".as_bytes(), "\u{fffd}".as_bytes(), "\u{2028}".as_bytes(),
    "\u{85}".as_bytes(), "٣".as_bytes(), "\u{10ffff}".as_bytes(), "e\u{301}".as_bytes(),
    // Not UTF-8: no beginning, cut short, too long, half of a surrogate pair, beyond the last character.
    b"\xFF", b"\xFE", b"\x80", b"\x8E\x89", b"\xC3", b"\xE4\xB8", b"\xF0\x9F", b"\xF0\x9F\x8E", b"\xEF", b"\xEF\xBB",
    b"\xC0\xAF", b"\xE0\x80\xAF", b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"\xF8\x88\x80\x80\x80",
];

#[rustfmt::skip]
const NAMES: &[Text] = &[
    b"message", b"open", b"error", b"close", b"test", b"two words", b"", b"Message", b"constructor", b"__proto__",
    b"a:b", b"x\0y", b"\0", "事件".as_bytes(), "\u{feff}test".as_bytes(), b"test\xFF", b"test ",
];

#[rustfmt::skip]
const IDS: &[Text] = &[
    b"1", b"2-0", b"", b"x\0", b"\0x", b"x\0y", b"\0", b"two words", b"3 ", b"\xFF", b"a:b", "中🎉".as_bytes(),
    "\u{feff}".as_bytes(),
];

#[rustfmt::skip]
const RETRIES: &[Text] = &[
    b"0", b"1", b"10", b"007", b"3000", b"1000x", b"x", b"-1", b"+1", b"1.5", b"1e1", b"0x1", b" 1", b"1 ",
    b"1\0", "٣".as_bytes(), b"99999999999999999999",
];

/// Longer than the buffers through which a browser gets its bytes.
const LONG: std::ops::Range<u64> = 65_536..200_000;

/// One stream.
pub fn any(random: &mut Random) -> Vec<u8> {
    let mut stream = beginning(random);
    let end = [random.pick(ENDS)];
    let ends = if random.one_in(2) { ENDS } else { &end };
    for _ in 0..random.index(40) {
        if random.one_in(10) {
            // A piece of a line.
            let parts = random.pick(&[FIELDS, SEPARATORS, TEXTS, ENDS]);
            stream.extend_from_slice(random.pick(parts));
            continue;
        }
        stream.extend(line(random));
        stream.extend_from_slice(random.pick(ends));
        if random.one_in(3) {
            (0..=random.index(3)).for_each(|_| stream.extend_from_slice(random.pick(ends)));
        }
    }
    if random.one_in(3) {
        stream.truncate(random.index(stream.len() + 1));
    }
    stream
}

/// With a BOM, or two, or a part of one, or none.
fn beginning(random: &mut Random) -> Vec<u8> {
    match random.index(8) {
        0 | 1 => BOM.to_vec(),
        2 => BOM.repeat(2),
        3 => BOM[..=random.index(2)].to_vec(),
        _ => Vec::new(),
    }
}

/// A line without its end: mostly one of a field that there is, with a value that is meant for it.
fn line(random: &mut Random) -> Vec<u8> {
    let (fields, separators) =
        if random.one_in(4) { (FIELDS, SEPARATORS) } else { (&FIELDS[..7], &SEPARATORS[..2]) };
    let field = random.pick(fields);
    let separator = random.pick(separators);
    let values = match field {
        b"event" => NAMES,
        b"id" => IDS,
        b"retry" => RETRIES,
        _ => TEXTS,
    };
    let mut value = if random.one_in(4) { text(random) } else { random.pick(values).to_vec() };
    if random.one_in(200) {
        value.push(b'x');
        value = value.repeat(random.within(LONG) as usize / value.len() + 1);
    }
    [field, separator, &value].concat()
}

fn text(random: &mut Random) -> Vec<u8> {
    (0..random.index(6)).flat_map(|_| random.pick(TEXTS).to_vec()).collect()
}

//! Bytes as a person reads them: their place, their values, and what is ASCII.

/// The digits.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// How many bytes are shown at once.
pub(super) const SLICE: usize = 4 << 10;

/// A slice of the bytes, as lines of so many.
pub(super) fn lines(bytes: &[u8], start: usize, columns: usize) -> String {
    let slice = bytes.get(start..).unwrap_or_default();
    let slice = slice.get(..SLICE).unwrap_or(slice);
    let mut lines = String::with_capacity((slice.len() / columns.max(1) + 1) * (columns * 4 + 13));
    for (row, chunk) in slice.chunks(columns.max(1)).enumerate() {
        let place = (start + row * columns) as u32;
        place.to_be_bytes().into_iter().for_each(|byte| push(&mut lines, byte));
        for column in 0..columns {
            lines.push_str(if column % 8 == 0 { "  " } else { " " });
            match chunk.get(column) {
                Some(byte) => push(&mut lines, *byte),
                None => lines.push_str("  "),
            }
        }
        lines.push_str("  ");
        lines.extend(chunk.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        }));
        lines.push('\n');
    }
    lines
}

fn push(lines: &mut String, byte: u8) {
    let digits = [byte >> 4, byte & 15].into_iter().filter_map(|digit| DIGITS.get(usize::from(digit)));
    lines.extend(digits.map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_values_and_ascii_stand_in_columns() {
        assert_eq!(
            lines("Tidings: 消息\n".as_bytes(), 0, 16),
            "00000000  54 69 64 69 6e 67 73 3a  20 e6 b6 88 e6 81 af 0a  Tidings: .......\n"
        );
        assert_eq!(
            lines(b"0123456789", 0, 8),
            "00000000  30 31 32 33 34 35 36 37  01234567\n00000008  38 39                    89\n"
        );
        assert_eq!(lines(b"", 0, 16), "");
    }

    proptest! {
        #[test]
        fn the_slices_together_are_the_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..3 * SLICE)) {
            let mut read = Vec::new();
            for start in (0..bytes.len()).step_by(SLICE) {
                for line in lines(&bytes, start, 16).lines() {
                    let (place, rest) = line.split_at(8);
                    prop_assert_eq!(usize::from_str_radix(place, 16).unwrap(), read.len());
                    let values = rest.get(..51).unwrap();
                    read.extend(values.split_whitespace().map(|value| u8::from_str_radix(value, 16).unwrap()));
                }
            }
            prop_assert_eq!(read, bytes);
        }
    }
}

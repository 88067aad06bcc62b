//! The query of a URL, as forms write it (URL Standard, application/x-www-form-urlencoded).

/// The pairs of a query, decoded, in order. What is not UTF-8 is replaced, and then is no name of anything.
pub fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let text = |text| String::from_utf8_lossy(&decode(text)).into_owned();
    split(query).map(move |(name, value)| (text(name), text(value)))
}

/// The pairs of a query as they stand in it, in order.
pub fn split(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Appends `name=value`, after an `&` where something stands before it.
pub fn push(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    encode(name, query);
    query.push('=');
    encode(value, query);
}

/// Appends `text` with everything percent-encoded that a form would encode; a space is `%20`.
pub fn encode(text: &str, query: &mut String) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'*') {
            query.push(byte.into());
        } else {
            query.push('%');
            query.extend([byte >> 4, byte & 15].into_iter().filter_map(|digit| HEX.get(usize::from(digit))));
        }
    }
}

/// The bytes that a name or a value stands for. A percent sign without two digits after it is one.
pub fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = after;
                digit(*high) << 4 | digit(*low)
            }
            _ => *first,
        });
    }
    bytes
}

fn digit(byte: u8) -> u8 {
    (byte as char).to_digit(16).and_then(|digit| digit.try_into().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str) -> Vec<(String, String)> {
        pairs(query).collect()
    }

    proptest! {
        #[test]
        fn a_pair_survives_its_query(value: String, other: String) {
            let mut query = String::new();
            push(&mut query, "a", &value);
            push(&mut query, "b", &other);
            prop_assert!(query.is_ascii());
            prop_assert_eq!(read(&query), [("a".to_owned(), value), ("b".to_owned(), other)]);
        }

        #[test]
        fn any_text_can_be_read(query in "[%+&=0-9a-f\\PC]{0,30}") {
            read(&query);
        }
    }

    #[test]
    fn a_query_is_read_as_a_form_writes_it() {
        let expected = [("a", "1 2"), ("a", "中"), ("b", ""), ("", "x"), ("c", "%4")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read("a=1+2&&a=%e4%B8%ad&b&=x&c=%4"), expected);
    }
}

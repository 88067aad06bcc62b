//! A text as JSON writes it.

/// Appends the text as a JSON string. Control characters are escaped, all others stand as they are.
pub(super) fn push(json: &mut String, text: &str) {
    json.push('"');
    let mut rest = text;
    // Runs are copied whole: most texts are one.
    while let Some((at, character)) = rest.char_indices().find(|(_, character)| is_escaped(*character)) {
        let (before, after) = rest.split_at_checked(at).unwrap_or_default();
        json.push_str(before);
        escape(json, character);
        rest = after.get(character.len_utf8()..).unwrap_or_default();
    }
    json.push_str(rest);
    json.push('"');
}

fn is_escaped(character: char) -> bool {
    matches!(character, '"' | '\\') || character.is_control()
}

fn escape(json: &mut String, character: char) {
    json.push('\\');
    match character {
        '\n' => json.push('n'),
        '\r' => json.push('r'),
        '\t' => json.push('t'),
        '"' | '\\' => json.push(character),
        _ => {
            // No control character is beyond the first 256.
            json.push_str("u00");
            let code = u32::from(character);
            json.extend([code >> 4, code & 15].into_iter().filter_map(|digit| char::from_digit(digit, 16)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> String {
        let mut json = String::new();
        push(&mut json, text);
        json
    }

    #[test]
    fn what_must_be_escaped_is_and_nothing_else() {
        assert_eq!(of(""), r#""""#);
        assert_eq!(of("a\"b\\c\n\r\t\0\u{1b}\u{7f}\u{9f}"), r#""a\"b\\c\n\r\t\u0000\u001b\u007f\u009f""#);
        assert_eq!(of("消息 😀 /\u{a0}"), "\"消息 😀 /\u{a0}\"");
    }

    proptest! {
        #[test]
        fn it_is_read_as_the_same_text(text: String, controls in "[\\x00-\\x20\"\\\\\\x7f-\\xa0]{0,20}") {
            for text in [&text, &controls] {
                prop_assert_eq!(&serde_json::from_str::<String>(&of(text)).unwrap(), text);
            }
        }
    }
}

//! The structure of a JSON text as it is written.
//!
//! The browser's parser says whether a text is JSON, but what it makes of it is not what was sent: it rounds large
//! numbers, keeps the last of several members with one name and moves names that are numbers to the front. So this
//! finds the values in the text itself, a level at a time, and changes nothing.

use std::ops::Range;

/// What is blank between values (RFC 8259, section 2).
const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// Integers beyond this are not all numbers of JavaScript, which has 53 bits for them.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Number,
    /// `true`, `false` or `null`.
    Word,
}

/// A value: where it stands in a text that is valid JSON. In any other text it is something, without a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value(pub(super) Range<usize>);

impl Value {
    /// The value that is the whole text.
    pub(super) fn of(text: &str) -> Self {
        let start = text.len() - text.trim_start_matches(BLANK).len();
        Self(start..start + text.trim_matches(BLANK).len())
    }

    /// The value as it is written.
    pub(super) fn text<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.0.clone()).unwrap_or_default()
    }

    /// What it is, which its first character says.
    pub(super) fn kind(&self, text: &str) -> Kind {
        match self.text(text).bytes().next() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f' | b'n') => Kind::Word,
            _ => Kind::Number,
        }
    }

    /// What is in an object or an array; nothing is in any other value.
    pub(super) fn members<'a>(&self, text: &'a str) -> Members<'a> {
        let is_container = matches!(self.kind(text), Kind::Object | Kind::Array);
        Members { text, rest: self.0.start + 1..if is_container { self.0.end } else { self.0.start } }
    }
}

/// What is in an object or an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name as it is written, in quotes; none in an array.
    pub(super) name: Option<Value>,
    /// The value.
    pub(super) value: Value,
}

/// The members in their order. Each is found by reading over it once.
#[derive(Clone, Debug)]
pub(super) struct Members<'a> {
    text: &'a str,
    rest: Range<usize>,
}

impl<'a> Members<'a> {
    /// Goes on where others stopped.
    pub(super) fn resume(text: &'a str, rest: Range<usize>) -> Self {
        Self { text, rest }
    }

    /// Where the members are that were not taken yet.
    pub(super) fn rest(&self) -> Range<usize> {
        self.rest.clone()
    }

    fn ahead(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.rest.clone()).unwrap_or_default()
    }

    /// Leaves out what stands between values.
    fn skip(&mut self) {
        let between =
            self.ahead().iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':'));
        self.rest.start += between.count();
    }

    fn take(&mut self) -> Value {
        let start = self.rest.start;
        self.rest.start += length(self.ahead());
        Value(start..self.rest.start)
    }
}

impl Iterator for Members<'_> {
    type Item = Member;

    fn next(&mut self) -> Option<Member> {
        self.skip();
        let first = *self.ahead().first()?;
        if matches!(first, b'}' | b']') {
            self.rest.start = self.rest.end;
            return None;
        }
        let value = self.take();
        // Between a name and its value there is nothing but blanks and a colon.
        let mut ahead = self.ahead().iter().skip_while(|byte| byte.is_ascii_whitespace());
        if first != b'"' || ahead.next() != Some(&b':') {
            return Some(Member { name: None, value });
        }
        self.skip();
        Some(Member { name: Some(value), value: self.take() })
    }
}

/// How long the value is that stands here.
fn length(text: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at += string_length(text.get(at..).unwrap_or_default()),
            b'{' | b'[' => (depth, at) = (depth + 1, at + 1),
            b'}' | b']' if depth > 0 => (depth, at) = (depth - 1, at + 1),
            b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            _ => at += 1,
        }
        // A string and a container end by themselves.
        if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
            return at;
        }
    }
    at
}

/// How long the string is whose opening quote stands here.
fn string_length(text: &[u8]) -> usize {
    let mut is_escaped = false;
    let is_end = |byte: &u8| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    };
    text.iter().skip(1).position(is_end).map_or(text.len(), |end| end + 2)
}

/// Whether a number, as it is written, is one that JavaScript and many programs would round.
pub(super) fn is_rounded(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    // What is not an integer is rounded by nearly everyone, and expects it.
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.parse::<u64>().map_or(true, |integer| integer > MAX_SAFE_INTEGER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value as Json};

    /// What the text says, as the spans have it, without blanks.
    fn read(text: &str, value: &Value) -> String {
        let inside = || {
            let one = |Member { name, value }| match name {
                Some(name) => format!("{}:{}", name.text(text), read(text, &value)),
                None => read(text, &value),
            };
            value.members(text).map(one).collect::<Vec<_>>().join(",")
        };
        match value.kind(text) {
            Kind::Object => format!("{{{}}}", inside()),
            Kind::Array => format!("[{}]", inside()),
            _ => value.text(text).to_owned(),
        }
    }

    fn of(text: &str) -> String {
        read(text, &Value::of(text))
    }

    #[test]
    fn everything_stays_as_it_is_written() {
        for (text, expected) in [
            (r#"{"b": 1, "2": 2, "b": 3}"#, r#"{"b":1,"2":2,"b":3}"#),
            (" [ ] ", "[]"),
            ("{\n}", "{}"),
            ("[12345678901234567890, 1e400, -0.10]", "[12345678901234567890,1e400,-0.10]"),
            (r#"["a,\"]}", "\\", {"":[null]}]"#, r#"["a,\"]}","\\",{"":[null]}]"#),
            ("\t\"\\u4e2d\" ", "\"\\u4e2d\""),
            ("true", "true"),
        ] {
            assert_eq!(of(text), expected);
        }
    }

    #[test]
    fn it_is_read_on_where_it_stopped() {
        let text = "[1, 2, 3]";
        let mut members = Value::of(text).members(text);
        members.next();
        let rest: Vec<_> =
            Members::resume(text, members.rest()).map(|member| member.value.text(text)).collect();
        assert_eq!(rest, ["2", "3"]);
    }

    #[test]
    fn numbers_that_are_rounded_are_known() {
        for (number, expected) in [
            ("9007199254740991", false),
            ("9007199254740992", true),
            ("-9007199254740993", true),
            ("123456789012345678901234567890", true),
            ("0.1", false),
            ("1e30", false),
        ] {
            assert_eq!(is_rounded(number), expected, "{number}");
        }
    }

    #[test]
    fn depth_needs_no_stack() {
        let text = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        let inner = Value::of(&text).members(&text).next().unwrap();
        assert_eq!(inner.value, Value(1..text.len() - 1));
    }

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<String>().prop_map(Json::from),
            "[\\\\\"{}\\[\\],: ]{0,8}".prop_map(Json::from),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                proptest::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| Json::Object(members.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_spans_say_what_the_text_says(json in json()) {
            let compact = json.to_string();
            let pretty = serde_json::to_string_pretty(&json).unwrap();
            prop_assert_eq!(of(&compact), compact.clone());
            prop_assert_eq!(of(&pretty), compact);
        }

        /// Whatever the text is, every span is in it, and the members end.
        #[test]
        fn what_is_no_json_is_read_too(text in r#"[\[\]{},:"\\a1 消]{0,40}"#) {
            let value = Value::of(&text);
            prop_assert!(value.members(&text).take(100).count() < 100);
            for member in value.members(&text) {
                prop_assert!(text.get(member.value.0).is_some());
            }
        }
    }
}

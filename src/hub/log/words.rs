//! What search sees of a text: its words, the same for every engine.
//!
//! Chinese, Japanese and Korean are written without spaces, or with few, so each of their characters is a word, and
//! what a person types is looked for as a phrase: 消息 finds 新消息来了.

use std::str::FromStr;
use thiserror::Error;

/// The words of a text, in order and in lower case. Binary data, a `data:` URL in base64 (RFC 2397), has none.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let mut rest = if is_binary(text) { "" } else { text.trim_start_matches(is_gap) };
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = if is_ideograph(first) {
            first.len_utf8()
        } else {
            rest.find(|c| is_gap(c) || is_ideograph(c)).unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at_checked(end)?;
        rest = after.trim_start_matches(is_gap);
        Some(word.to_lowercase())
    })
}

fn is_binary(text: &str) -> bool {
    let in_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    text.strip_prefix("data:")
        .and_then(|url| url.split_once(','))
        .and_then(|(kind, data)| kind.ends_with(";base64").then_some(data))
        .is_some_and(|data| data.bytes().all(in_base64))
}

fn is_gap(character: char) -> bool {
    !character.is_alphanumeric()
}

/// Whether a character is a word by itself: Han, kana, Hangul.
fn is_ideograph(character: char) -> bool {
    matches!(character,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// What to look for: phrases, each a row of words. A message has them all.
///
/// Written as words with spaces between them; what stands in double quotes is one phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Vec<Vec<String>>);

/// Why a text is not a [`Query`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum QueryError {
    /// There is no word in it.
    #[error(
        "a search has at least one word: letters or digits, or a character of Chinese, Japanese or Korean"
    )]
    NoWords,
    /// It is too long.
    #[error("a search has at most {} bytes", Query::MAX_BYTES)]
    TooLong,
}

impl Query {
    /// The longest query, in bytes.
    pub const MAX_BYTES: usize = 512;

    /// The phrases, each with at least one word.
    pub fn phrases(&self) -> &[Vec<String>] {
        &self.0
    }

    /// Whether a text has all phrases.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<String> = words(text).collect();
        self.0.iter().all(|phrase| text.windows(phrase.len()).any(|window| window == phrase))
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        if text.len() > Self::MAX_BYTES {
            return Err(QueryError::TooLong);
        }
        let mut phrases = Vec::new();
        for (index, part) in text.split('"').enumerate() {
            let quoted = index % 2 == 1;
            let texts: Vec<&str> = if quoted { vec![part] } else { part.split_whitespace().collect() };
            phrases.extend(
                texts.into_iter().map(|text| words(text).collect::<Vec<_>>()).filter(|p| !p.is_empty()),
            );
        }
        if phrases.is_empty() { Err(QueryError::NoWords) } else { Ok(Self(phrases)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_where_people_see_them() {
        for (text, expected) in [
            ("", ""),
            ("  Hello,  wörld! ", "hello|wörld"),
            ("新消息abc来了", "新|消|息|abc|来|了"),
            (r#"{"price":12.5,"name":"BTC_USD"}"#, "price|12|5|name|btc|usd"),
            ("ÄÖ ΣΊΣΥΦΟΣ", "äö|σίσυφος"),
            ("🎉", ""),
            ("data:image/png;base64,iVBORw0KGgo=", ""),
            ("data:image/png;base64,iVBORw0KGgo= and text", "data|image|png|base64|ivborw0kggo|and|text"),
            ("data: text;base64", "data|text|base64"),
        ] {
            assert_eq!(words(text).collect::<Vec<_>>().join("|"), expected, "{text}");
        }
    }

    #[test]
    fn a_query_wants_all_of_its_phrases() {
        for (query, text, found) in [
            ("消息", "新消息来了", true),
            ("息消", "新消息来了", false),
            ("hello world", "world, hello", true),
            ("\"hello world\"", "world, hello", false),
            ("\"hello world\"", "Hello - World!", true),
            ("hello moon", "hello world", false),
            ("hell", "hello", false),
            ("第5条", "这是第 5 条消息。", true),
        ] {
            assert_eq!(query.parse::<Query>().unwrap().matches(text), found, "{query} in {text}");
        }
    }

    #[test]
    fn a_query_without_words_says_so() {
        for text in ["", "  ", "!?", "\"\""] {
            assert_eq!(text.parse::<Query>(), Err(QueryError::NoWords), "{text:?}");
        }
        assert_eq!("a".repeat(513).parse::<Query>(), Err(QueryError::TooLong));
    }
}

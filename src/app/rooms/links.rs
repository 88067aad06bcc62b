//! What is in a text besides words: web addresses, and texts that are nothing but emoji.

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Words.
    Text(&'a str),
    /// An address of the web.
    Link(&'a str),
}

/// What an address begins with. Others, as `javascript:`, are words.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// The most emoji that are shown large.
const FEW: usize = 6;

/// The text in parts, in order; together they are the text.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(start) = next_link(rest) {
        let (words, link) = rest.split_at(start);
        let (link, after) = link.split_at(length(link));
        if !words.is_empty() {
            parts.push(Part::Text(words));
        }
        parts.push(Part::Link(link));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// Where the next address begins: at a scheme with something after it, which is no part of a word.
fn next_link(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        // What both begin with: to look for each would be to read the rest again for the one that is not there.
        let start = rest.find("http")? + from;
        let link = text.get(start..)?;
        let scheme = SCHEMES.iter().find(|scheme| link.starts_with(**scheme));
        let is_in_word = text.get(..start)?.chars().next_back().is_some_and(char::is_alphanumeric);
        if scheme.is_some_and(|scheme| !is_in_word && length(link) > scheme.len()) {
            return Some(start);
        }
        from = start + scheme.map_or("http".len(), |scheme| scheme.len());
    }
}

/// How much of the text, which begins with an address, is the address: up to a space or a character that no address has,
/// without what ends the sentence that it stands in.
fn length(link: &str) -> usize {
    let ends = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(
                character,
                '<' | '>' | '"' | '，' | '。' | '！' | '？' | '、' | '；' | '：' | '）' | '」' | '』' | '》'
            )
    };
    let mut link = link.split(ends).next().unwrap_or_default();
    // How many brackets are closed that were not opened in the address: those are the sentence's.
    let balance = |open, close| {
        link.chars().fold(0_isize, |balance, character| match character {
            _ if character == close => balance + 1,
            _ if character == open => balance - 1,
            _ => balance,
        })
    };
    let (mut round, mut square) = (balance('(', ')'), balance('[', ']'));
    while let Some((end, last)) = link.char_indices().next_back() {
        match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' => {}
            ')' if round > 0 => round -= 1,
            ']' if square > 0 => square -= 1,
            _ => break,
        }
        link = link.get(..end).unwrap_or_default();
    }
    link.len()
}

/// Whether a text is nothing but a few emoji.
pub(super) fn is_emoji(text: &str) -> bool {
    let is_part = |character: char| {
        // Joiners, variation selectors, skin tones, tags: they change the emoji before them.
        matches!(character, '\u{200d}' | '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
    };
    let is_symbol = |character: char| {
        matches!(character, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{2300}'..='\u{23ff}'
            | '\u{2190}'..='\u{21ff}')
    };
    let symbols = text.chars().filter(|character| is_symbol(*character) && !is_part(*character)).count();
    let is_other =
        |character: char| !is_part(character) && !is_symbol(character) && !character.is_whitespace();
    (1..=FEW).contains(&symbols) && !text.contains(is_other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links(text: &str) -> Vec<&str> {
        let link = |part| if let Part::Link(link) = part { Some(link) } else { None };
        parts(text).into_iter().filter_map(link).collect()
    }

    #[test]
    fn an_address_ends_where_its_sentence_goes_on() {
        for (text, expected) in [
            ("see https://example.org/a?b=1#c.", vec!["https://example.org/a?b=1#c"]),
            ("(http://example.org/a_(b)) and https://x.y!", vec!["http://example.org/a_(b)", "https://x.y"]),
            ("看 https://example.org/中文。好", vec!["https://example.org/中文"]),
            ("https://a.b\nhttps://c.d", vec!["https://a.b", "https://c.d"]),
            ("<https://a.b>", vec!["https://a.b"]),
            ("javascript:alert(1) data:text/html,x https:// http://...", vec![]),
            ("xhttps://a.b", vec![]),
            ("http://http://a", vec!["http://http://a"]),
            ("", vec![]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }

    #[test]
    fn few_emoji_alone_are_shown_large() {
        for text in ["😀", "👍🏽 🎉", "👨‍👩‍👧", "❤️", "🇨🇳"] {
            assert!(is_emoji(text), "{text}");
        }
        for text in ["", " ", "a😀", "1", "😀😀😀😀😀😀😀", "\u{200d}", "。"] {
            assert!(!is_emoji(text), "{text}");
        }
    }

    #[test]
    fn no_text_takes_long() {
        const MANY: usize = 300_000;
        for text in [
            format!("https://a{}", ")".repeat(MANY)),
            format!("https://a{}", "(]".repeat(MANY)),
            "xhttp://".repeat(MANY),
            "http://a ".repeat(MANY),
            "http".repeat(MANY),
        ] {
            // Squared, each of them would take minutes.
            parts(&text);
        }
    }

    proptest! {
        #[test]
        fn the_parts_are_the_text(text in "(https?://|[a.)( \n，]|\\PC){0,40}") {
            let whole: String = parts(&text).into_iter().map(|part| match part { Part::Text(it) | Part::Link(it) => it }).collect();
            prop_assert_eq!(&whole, &text);
            for link in links(&text) {
                prop_assert!(link.starts_with("https://") || link.starts_with("http://"));
            }
        }
    }
}

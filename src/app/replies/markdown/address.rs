//! Where links lead, and where they may.

use super::inline::REACH;

/// How addresses begin that may be linked to. Whatever else there is, a browser might run it.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// How deep parentheses may be nested in an address, so that an attempt that fails ends soon.
const MAX_PARENTHESES: usize = 3;

/// What was looked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<T> {
    /// It is here.
    Here(T),
    /// It is not.
    No,
    /// The text ends too early to say.
    Wait,
}

/// Whether this may be linked to.
pub(super) fn is_allowed(address: &str) -> bool {
    let begins = |scheme: &&str| {
        address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && address.len() > scheme.len()
    };
    SCHEMES.iter().any(begins) && !address.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// An address that begins the text, as it stands there: its length, and whether it can be a link. One that is longer than
/// a delimiter may reach is none, but not looked at again.
pub(super) fn bare(text: &str, is_end: bool) -> Found<(usize, bool)> {
    let Some(scheme) = SCHEMES.iter().find(|scheme| text.starts_with(**scheme)) else {
        let may_come = !is_end && SCHEMES.iter().any(|scheme| scheme.starts_with(text));
        return if may_come { Found::Wait } else { Found::No };
    };
    let (mut parentheses, mut end) = (0_usize, None);
    for (at, c) in text.char_indices().take(REACH) {
        super::inline::step(1);
        match c {
            '(' => parentheses += 1,
            ')' if parentheses == 0 => end = Some(at),
            ')' => parentheses -= 1,
            // In Chinese no space separates an address from what follows.
            '[' | ']' | '<' | '>' | '"' | '`' | '|' | '\\' => end = Some(at),
            c if !c.is_ascii_graphic() => end = Some(at),
            _ => {}
        }
        if end.is_some() {
            break;
        }
    }
    let end = match end {
        Some(end) => end,
        // All of what was looked at is ASCII: a character is a byte.
        None if text.len() >= REACH => return Found::Here((REACH, false)),
        None if is_end => text.len(),
        None => return Found::Wait,
    };
    let address = text.get(..end).unwrap_or_default();
    let address = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~']);
    if address.len() > scheme.len() { Found::Here((address.len(), true)) } else { Found::No }
}

/// The rest of `](address "title")` after its first parenthesis: the address, and how long all of it is.
pub(super) fn destination(text: &str, is_end: bool) -> Found<(&str, usize)> {
    let (mut parentheses, mut end) = (0_usize, None);
    for (at, c) in text.char_indices().take(REACH) {
        super::inline::step(1);
        match c {
            '(' if parentheses == MAX_PARENTHESES => return Found::No,
            '(' => parentheses += 1,
            ')' if parentheses == 0 => end = Some(at),
            ')' => parentheses -= 1,
            ' ' => end = Some(at),
            '<' | '`' | '\\' => return Found::No,
            c if c.is_control() || c.is_whitespace() => return Found::No,
            _ => {}
        }
        if end.is_some() {
            break;
        }
    }
    let Some(end) = end else {
        let is_over = is_end || text.chars().nth(REACH).is_some();
        return if is_over { Found::No } else { Found::Wait };
    };
    let (address, rest) = text.split_at_checked(end).unwrap_or_default();
    match title(rest, is_end) {
        Found::Here(length) => Found::Here((address, end + length)),
        Found::No => Found::No,
        Found::Wait => Found::Wait,
    }
}

/// How long ` "title")` is, or `)` alone.
fn title(text: &str, is_end: bool) -> Found<usize> {
    let wait = if is_end { Found::No } else { Found::Wait };
    let mut quotes = 0;
    for (at, c) in text.char_indices().take(REACH) {
        super::inline::step(1);
        match (c, quotes) {
            ('\n', _) => return Found::No,
            ('"', 0 | 1) => quotes += 1,
            (_, 1) | (' ', _) => {}
            (')', 0 | 2) => return Found::Here(at + 1),
            _ => return Found::No,
        }
    }
    if text.chars().nth(REACH).is_some() { Found::No } else { wait }
}

/// The rest of `<address>` after its first sign: the address.
pub(super) fn bracketed(text: &str, is_end: bool) -> Found<&str> {
    if !SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
        let may_come = !is_end && SCHEMES.iter().any(|scheme| scheme.starts_with(text));
        return if may_come { Found::Wait } else { Found::No };
    }
    for (at, c) in text.char_indices().take(REACH) {
        super::inline::step(1);
        match c {
            '>' => {
                let address = text.get(..at).unwrap_or_default();
                return if is_allowed(address) { Found::Here(address) } else { Found::No };
            }
            '<' => return Found::No,
            c if c.is_control() || c.is_whitespace() => return Found::No,
            _ => {}
        }
    }
    let is_over = is_end || text.chars().nth(REACH).is_some();
    if is_over { Found::No } else { Found::Wait }
}

//! What patterns and tokens promise for every input: checked for what was found before by the tests, and for what a fuzzer
//! comes up with by `fuzz/`.

use super::{
    keys::{Keys, Sources},
    rights::{Narrowed, Rights},
    secret::Secret,
    token::{TokenError, now},
};
use crate::model::{
    channel::{Channel, ChannelPattern},
    selection::Selection,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::Value;

/// Panics where channels, patterns or rights break a promise with the texts in `input`, one a line: a channel, then
/// patterns, those with a `+` before them for the rights and the others for a selection.
///
/// # Panics
/// See above.
pub fn patterns(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.lines();
    let channel = lines.next().unwrap_or_default().parse::<Channel>();
    let (mut wanted, mut rights) = (Vec::new(), Rights::default());
    for line in lines.take(2 * Selection::MAX) {
        let (is_right, name) = line.strip_prefix('+').map_or((false, line), |name| (true, name));
        let Ok(pattern) = name.parse::<ChannelPattern>() else { continue };
        assert_eq!(pattern.as_str(), name, "it is what was written");
        assert!(pattern.covers(&pattern));
        assert_eq!(pattern.channel().is_none(), name.contains(['*', '>']));
        if is_right { rights.subscribe.push(pattern) } else { wanted.push(name) }
    }
    rights.subscribe.truncate(Rights::MOST);
    let (Ok(channel), Ok(selection)) = (channel, Selection::parse(wanted)) else { return };
    for (one, other) in rights.subscribe.iter().zip(selection.patterns()) {
        assert!(
            !one.covers(other) || !other.matches(&channel) || one.matches(&channel),
            "{one} covers {other}"
        );
    }
    let expected = selection.matches(&channel) && rights.may_watch(&channel);
    match rights.narrow(&selection) {
        Ok(narrowed) => assert_eq!(narrowed.matches(&channel), expected, "{selection:?} of {rights:?}"),
        // Of this pattern nothing at all is allowed.
        Err(Narrowed::Nothing(pattern)) => {
            let is_meant = pattern.matches(&channel) && selection.means(&pattern, channel.as_str());
            assert!(!is_meant || !rights.may_watch(&channel), "{pattern} of {rights:?}");
        }
        Err(Narrowed::TooManyParts) => assert!(selection.patterns().len() * rights.subscribe.len() > 100),
    }
}

/// Panics where tokens break a promise with `input`: as a token it is not taken; as the claims of a signed one it gives at
/// most the rights that stand in it, and only in its time.
///
/// # Panics
/// See above.
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a check fails by panicking")]
pub fn tokens(input: &[u8]) {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let secret = Secret::new(SECRET.to_owned());
    let keys = Keys::read(&Sources { secret, ..Sources::default() }).unwrap();
    let text = String::from_utf8_lossy(input);
    assert!(keys.check(&text).is_err(), "nobody signed this");
    let Ok(claims) = serde_json::from_str::<Value>(&text) else { return };
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let token = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
    assert!(keys.check(&format!("{token}x")).is_err() && keys.check(&token[..token.len() - 1]).is_err());
    let checked = match keys.check(&token) {
        Ok(checked) => checked,
        Err(error) => return assert_ne!(error, TokenError::Signature),
    };
    assert!(claims.get("exp").is_some_and(Value::is_number), "a token has an end");
    if let Ok(until) = checked.until(now()) {
        assert!(until >= now().as_secs());
    }
    if let Ok(rights) = checked.rights() {
        for (kind, given) in [("publish", &rights.publish), ("subscribe", &rights.subscribe)] {
            let said = claims["tidings"][kind].as_array().map_or(0, Vec::len);
            assert_eq!(given.len(), said, "as many as there stand");
            assert!(said <= Rights::MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_before() {
        for (folder, check) in [("patterns", patterns as fn(&[u8])), ("tokens", tokens)] {
            crate::check::corpus(folder, check);
        }
    }
}

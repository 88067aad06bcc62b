//! A request's query, strictly: each parameter is known, and given as often as it may be.

use crate::model::problem::Problem;
use axum::http::Uri;
use std::{fmt::Display, str::FromStr};

/// The query as it was sent: every pair, decoded, in order.
///
/// # Errors
/// When a name or a value is not UTF-8.
pub(super) fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let not_text = |field: &str| Problem::bad_request(field, "text is UTF-8, and this is not");
            let name = decode(name).ok_or_else(|| not_text("query"))?;
            let value = decode(value).ok_or_else(|| not_text(&name))?;
            Ok((name, value))
        })
        .collect()
}

/// Decodes `application/x-www-form-urlencoded`, as the URL standard has it (section 5.1), except that what is not
/// UTF-8 is none: to take another text for it would be a guess.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}

fn digit(hexadecimal: u8) -> Option<u8> {
    char::from(hexadecimal).to_digit(16).and_then(|digit| digit.try_into().ok())
}

/// The parameters of a query, in order.
#[derive(Debug, Default)]
pub(super) struct StrictQuery(Vec<(String, String)>);

impl StrictQuery {
    /// The query's parameters.
    ///
    /// # Errors
    /// When the query cannot be decoded, or has a parameter that is not one of `known`.
    pub(super) fn of(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        let pairs = pairs(uri)?;
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            let detail = format!("there is no such parameter here; there are: {}", known.join(", "));
            return Err(Problem::bad_request(name, detail));
        }
        Ok(Self(pairs))
    }

    /// Every value of this parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that is given once or not at all.
    ///
    /// # Errors
    /// When it is given more often, or is not valid.
    pub(super) fn one<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let mut values = self.all(name);
        let value = values.next().map(str::parse).transpose();
        if values.next().is_some() {
            return Err(Problem::bad_request(name, "this parameter is given more than once"));
        }
        value.map_err(|error| Problem::bad_request(name, error))
    }

    /// A number from `min` to `max`; `default` where it is not given.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn number(
        &self,
        name: &str,
        min: usize,
        max: usize,
        default: usize,
    ) -> Result<usize, Problem> {
        let Some(text) = self.one::<String>(name)? else { return Ok(default) };
        let number = text.parse().ok().filter(|number| (min..=max).contains(number));
        number
            .ok_or_else(|| Problem::bad_request(name, format!("this is a whole number from {min} to {max}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_as_browsers_encode_it() {
        let uri: Uri = "/x?a=1&a=%E6%B6%88%e6%81%af+%2B&b&=c&&d==%3D&%65=%&f=%4&g=%zz".parse().unwrap();
        let given = pairs(&uri).unwrap();
        let given: Vec<_> = given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [
            ("a", "1"),
            ("a", "消息 +"),
            ("b", ""),
            ("", "c"),
            ("d", "=="),
            ("e", "%"),
            ("f", "%4"),
            ("g", "%zz"),
        ];
        assert_eq!(given, expected);
        assert_eq!(pairs(&"/x".parse().unwrap()), Ok(vec![]));
    }

    #[test]
    fn what_is_not_utf_8_is_refused_by_name() {
        for (query, field) in [("a=1&b=%ff", "b"), ("%c3=1", "query"), ("a=%e6%b6", "a")] {
            let refused = pairs(&format!("/x?{query}").parse().unwrap()).unwrap_err();
            assert_eq!((refused.status, refused.field.as_deref()), (400, Some(field)), "{query}");
        }
    }
}

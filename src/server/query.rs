//! A request's query, strictly: each parameter is known, and given as often as it may be.

use crate::model::{problem::Problem, query};
use axum::http::Uri;
use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

/// The query as it was sent: every pair, decoded, in order. What is not UTF-8 is refused: to take another text for it
/// would be a guess.
///
/// # Errors
/// When a name or a value is not UTF-8.
pub(super) fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    pairs_of(uri.query().unwrap_or_default())
}

/// The pairs of a query, or of a form, which is written in the same way.
///
/// # Errors
/// As for [`pairs`].
pub(super) fn pairs_of(written: &str) -> Result<Vec<(String, String)>, Problem> {
    let text = |encoded: &str, field: &str| {
        let not_text = |_| Problem::bad_request(field, "text is UTF-8, and this is not");
        String::from_utf8(query::decode(encoded)).map_err(not_text)
    };
    query::split(written)
        .map(|(name, value)| {
            let name = text(name, "query")?;
            let value = text(value, &name)?;
            Ok((name, value))
        })
        .collect()
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

    /// The number of a parameter that is given once or not at all.
    ///
    /// # Errors
    /// When it is given more often, or is no number in the range.
    pub(super) fn number(&self, name: &str, range: RangeInclusive<usize>) -> Result<Option<usize>, Problem> {
        let text = self.one::<String>(name)?;
        text.map(|text| in_range(name, text.parse().ok(), range)).transpose()
    }
}

/// A number that was given as `name`, if it is one.
///
/// # Errors
/// When it is none, or not in the range.
pub(super) fn in_range(
    name: &str,
    number: Option<usize>,
    range: RangeInclusive<usize>,
) -> Result<usize, Problem> {
    number.filter(|number| range.contains(number)).ok_or_else(|| {
        let detail = format!("this is a whole number from {} to {}", range.start(), range.end());
        Problem::bad_request(name, detail)
    })
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

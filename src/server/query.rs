//! A request's query, strictly: each parameter is known, and given as often as it may be.

use crate::model::problem::Problem;
use axum::{extract::Query, http::Uri};
use std::{fmt::Display, str::FromStr};

/// The query as it was sent: every pair, decoded, in order.
///
/// # Errors
/// When it cannot be decoded.
pub(super) fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let decoded = Query::try_from_uri(uri).map_err(|error| Problem::bad_request("query", error));
    decoded.map(|Query(pairs)| pairs)
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

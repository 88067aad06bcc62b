//! What a client asks of a stream, in the query of its address.

use crate::model::query;
use std::{collections::BTreeMap, fmt};
use thiserror::Error;

/// Query parameters, decoded, each with one value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

/// Why a request's parameters are refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ParameterError {
    /// The stream does not take them.
    #[error("this stream does not take {}; it takes {}", quoted(names), quoted(known))]
    Unknown {
        /// The parameters, at least one.
        names: Vec<String>,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// It is there twice and not the same.
    #[error("the parameter is given twice, and not the same")]
    Twice {
        /// The parameter.
        name: String,
    },
    /// Its value is none of those that are allowed.
    #[error("this is not {expected}")]
    Value {
        /// The parameter.
        name: String,
        /// What is allowed.
        expected: &'static str,
    },
}

impl ParameterError {
    /// The parameter at fault, the first if there are several.
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown { names, .. } => names.first().map_or("", String::as_str),
            Self::Twice { name } | Self::Value { name, .. } => name,
        }
    }
}

fn quoted<T: fmt::Debug>(names: &[T]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    if quoted.is_empty() { "no parameters".to_owned() } else { quoted.join(", ") }
}

impl Parameters {
    /// These parameters, decoded.
    ///
    /// # Errors
    /// When a parameter is given twice with different values.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, ParameterError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs {
            if parameters.get(&name).is_some_and(|before| *before != value) {
                return Err(ParameterError::Twice { name });
            }
            parameters.insert(name, value);
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// These and another.
    pub fn with(&self, name: &str, value: String) -> Self {
        let mut parameters = self.clone();
        parameters.0.insert(name.to_owned(), value);
        parameters
    }

    /// Refuses what is not in `known`.
    ///
    /// # Errors
    /// When there is such a parameter.
    pub fn only(&self, known: &[&'static str]) -> Result<(), ParameterError> {
        let names: Vec<_> = self.0.keys().filter(|name| !known.contains(&name.as_str())).cloned().collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(ParameterError::Unknown { names, known: known.to_vec() })
    }
}

/// As the query of a URL, without the question mark.
impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = String::new();
        for (name, value) in &self.0 {
            query::push(&mut query, name, value);
        }
        f.write_str(&query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{extract::Query, http::Uri};
    use proptest::prelude::*;

    fn parameters(pairs: &[(&str, &str)]) -> Result<Parameters, ParameterError> {
        Parameters::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    proptest! {
        #[test]
        fn parameters_survive_their_query(pairs: BTreeMap<String, String>) {
            let parameters = Parameters(pairs);
            let uri: Uri = format!("/?{parameters}").parse().unwrap();
            let Query(read) = Query::<Vec<(String, String)>>::try_from_uri(&uri).unwrap();
            prop_assert_eq!(Parameters::new(read), Ok(parameters));
        }
    }

    #[test]
    fn a_parameter_has_one_value() {
        assert_eq!(parameters(&[("a", "1"), ("b", "2"), ("a", "1")]).unwrap().get("a"), Some("1"));
        let twice = parameters(&[("a", "1"), ("b", "2"), ("a", "2")]).unwrap_err();
        assert_eq!((twice.name(), &twice), ("a", &ParameterError::Twice { name: "a".to_owned() }));
    }

    #[test]
    fn what_is_not_known_is_named() {
        let parameters = parameters(&[("c", ""), ("a", ""), ("\"", "")]).unwrap();
        assert_eq!(parameters.only(&["\"", "a", "b", "c"]), Ok(()));
        let error = parameters.only(&["a", "b"]).unwrap_err();
        assert_eq!(error.name(), "\"");
        assert_eq!(error.to_string(), r#"this stream does not take "\"", "c"; it takes "a", "b""#);
        let error = parameters.only(&[]).unwrap_err();
        assert_eq!(error.to_string(), r#"this stream does not take "\"", "a", "c"; it takes no parameters"#);
    }
}

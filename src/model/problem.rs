//! What went wrong with a request, for a program and for a person (RFC 9457).

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A problem with a request (RFC 9457, section 3).
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
#[error("{title}: {detail}")]
pub struct Problem {
    /// Names the kind of problem for programs; it does not change. `urn:tidings:problem:` and a word.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem, for a person.
    pub title: String,
    /// The HTTP status. 0 where no answer came at all, which only a client says, of its own requests.
    pub status: u16,
    /// What was wrong this time, and what to do.
    pub detail: String,
    /// The header, parameter or field at fault.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// When to try again, in seconds, where that is known. Browsers read it from the header `Retry-After`.
    #[cfg(feature = "ssr")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem; `kind` is the last word of its type.
    pub fn new(status: u16, kind: &str, title: &str, detail: impl ToString) -> Self {
        Self {
            kind: format!("urn:tidings:problem:{kind}"),
            title: title.to_owned(),
            status,
            detail: detail.to_string(),
            field: None,
            #[cfg(feature = "ssr")]
            retry_after: None,
        }
    }

    /// The same problem, with the time after which to try again, in seconds.
    #[cfg(feature = "ssr")]
    pub fn after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The same problem, with the place at fault.
    pub fn at(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// 400: something in the request is not valid.
    pub fn bad_request(field: &str, detail: impl ToString) -> Self {
        Self::new(400, "bad-request", "The request is not valid", detail).at(field)
    }

    /// 503: not now; the same request may well be answered in a moment.
    pub fn unavailable(detail: impl ToString) -> Self {
        Self::new(503, "unavailable", "Not at the moment", detail)
    }

    /// 500: a fault of the server. The detail is logged, too, so it names no secret.
    pub fn internal(detail: impl ToString) -> Self {
        Self::new(500, "internal", "The server failed", detail)
    }
}

/// Failures of a server function's own machinery.
impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match &error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Self::bad_request("body", error),
            _ => Self::internal(error),
        }
    }
}

//! The address of an event stream that may be anywhere.

use std::str::FromStr;
use thiserror::Error;

/// Where an event stream is: a whole `http` or `https` URL, or a path of the page's own server.
///
/// Only what no browser could open is refused here; what the address means is the browser's to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint(String);

/// Why a text is not an [`Endpoint`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EndpointError {
    /// It is neither a URL of the web nor a path.
    #[error("the address begins with https://, http:// or a slash")]
    Scheme,
    /// It has nothing after its scheme.
    #[error("the address names no host")]
    Host,
    /// It has a name or a password in it, which browsers refuse; a header can carry them.
    #[error("the address has a name or a password in it; send them as an Authorization header")]
    Credentials,
    /// It is longer than servers take.
    #[error("the address is longer than {} bytes", Endpoint::MAX_BYTES)]
    TooLong,
    /// It has a space or a control character in it.
    #[error("the address has a space or a control character in it")]
    Character,
}

impl Endpoint {
    /// The longest address, in bytes.
    pub const MAX_BYTES: usize = 4096;

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole URL, seen from a page of this origin.
    pub fn url(&self, origin: &str) -> String {
        let base = if self.0.starts_with('/') { origin } else { "" };
        format!("{base}{}", self.0)
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.len() > Self::MAX_BYTES {
            return Err(EndpointError::TooLong);
        }
        if text.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return Err(EndpointError::Character);
        }
        // Two slashes would begin the name of another host, and so would a backslash.
        let is_path = text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\");
        if !is_path {
            let scheme = |scheme: &str| {
                text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(str::len)
            };
            let start = scheme("https://").or_else(|| scheme("http://")).ok_or(EndpointError::Scheme)?;
            let rest = text.get(start..).unwrap_or_default();
            let host = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
            if host.contains('@') {
                return Err(EndpointError::Credentials);
            }
            if host.is_empty() {
                return Err(EndpointError::Host);
            }
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_or_a_path() {
        for text in
            ["/api/sse", "/api/streams/clock?interval=5", "https://a.example/x?y=z", "HTTP://[::1]:80"]
        {
            assert_eq!(text.parse::<Endpoint>().unwrap().as_str(), text);
        }
        let path: Endpoint = " /api/sse\n".parse().unwrap();
        assert_eq!(path.url("https://b.example"), "https://b.example/api/sse");
        let whole: Endpoint = "http://a.example/".parse().unwrap();
        assert_eq!(whole.url("https://b.example"), "http://a.example/");
    }

    #[test]
    fn what_no_browser_opens_is_refused() {
        for (text, error) in [
            ("", EndpointError::Scheme),
            ("a.example", EndpointError::Scheme),
            ("//a.example", EndpointError::Scheme),
            ("/\\a.example", EndpointError::Scheme),
            ("javascript:alert(1)", EndpointError::Scheme),
            ("ws://a.example", EndpointError::Scheme),
            ("http://", EndpointError::Host),
            ("http:///x", EndpointError::Host),
            ("https://me:secret@a.example/", EndpointError::Credentials),
            ("/a b", EndpointError::Character),
            ("/a\u{7f}", EndpointError::Character),
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(error), "{text}");
        }
        let long = format!("/{}", "x".repeat(Endpoint::MAX_BYTES));
        assert_eq!(long.parse::<Endpoint>(), Err(EndpointError::TooLong));
    }
}

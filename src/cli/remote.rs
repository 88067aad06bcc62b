//! The server that a command talks to.

use super::error::CliError;
use crate::model::problem::{MEDIA_TYPE, Problem};
use clap::Args;
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{self, HeaderValue},
    redirect,
};
use std::{error::Error, time::Duration};

/// The variable that names the server. It is no setting of the server: `server::config` leaves it alone.
pub(super) const URL_VARIABLE: &str = "TIDINGS_URL";

/// The variable with a token for it.
pub(super) const TOKEN_VARIABLE: &str = "TIDINGS_TOKEN";

/// What does not connect by then does not connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// As much of a refusal is read; a problem is much shorter.
const LONGEST_PROBLEM: usize = 64 << 10;

#[derive(Debug, Args)]
pub(super) struct RemoteArgs {
    /// The server
    #[arg(long, value_name = "URL", env = URL_VARIABLE, hide_env_values = true, value_parser = base)]
    #[arg(default_value = "http://127.0.0.1:3000")]
    url: Url,
    /// A token for it; better in the variable, where other users of the machine do not see it
    #[arg(long, value_name = "TOKEN", env = TOKEN_VARIABLE, hide_env_values = true, value_parser = bearer)]
    token: Option<HeaderValue>,
}

/// The header with a token.
pub(super) fn bearer(token: &str) -> Result<HeaderValue, &'static str> {
    let header = HeaderValue::try_from(format!("Bearer {}", token.trim()));
    let mut header = header.map_err(|_| "it is no token: it has characters that none has")?;
    header.set_sensitive(true);
    Ok(header)
}

fn base(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}; it looks like http://127.0.0.1:3000"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it begins with http:// or https://".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it ends before any ? or #".to_owned());
    }
    Ok(url)
}

/// A client of one server.
#[derive(Debug)]
pub(super) struct Remote {
    http: Client,
    base: Url,
}

impl RemoteArgs {
    pub(super) fn open(&self) -> Result<Remote, CliError> {
        // An error means that there is one already, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        // A redirect would make a GET of a POST. The address that it names is for --url.
        let builder = Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(redirect::Policy::none());
        let headers = self.token.iter().map(|token| (header::AUTHORIZATION, token.clone())).collect();
        let builder = builder.default_headers(headers);
        // Loading certificates fails on a system without any, and http:// needs none.
        let builder = if self.url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
        let remote = |http| Remote { http, base: self.url.clone() };
        builder
            .build()
            .map(remote)
            .map_err(|error| CliError::Connector { url: shown(&self.url), reason: root_cause(&error) })
    }
}

impl Remote {
    /// The address as a person may see it.
    pub(super) fn url(&self) -> String {
        shown(&self.base)
    }

    pub(super) fn get(&self, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        self.http.get(self.at(path)).query(query)
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.at(path))
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }
}

/// Without a password, and without the slash that a bare address gets.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // It fails only for addresses that can have no password.
    let _ = url.set_password(None);
    url.as_str().trim_end_matches('/').to_owned()
}

/// Why a request has no answer that is of use.
#[derive(Debug)]
pub(super) enum Failure {
    /// There was none, or it broke off.
    Network { reason: String, was_connected: bool },
    /// The server said no.
    Status { problem: Box<Problem>, retry_after: Option<Duration> },
}

impl Failure {
    /// As an error, and where it happened: nothing, or words with a colon and a space after them.
    pub(super) fn into_error(self, remote: &Remote, place: String) -> CliError {
        match self {
            Self::Network { reason, .. } => CliError::Unreachable { place, url: remote.url(), reason },
            Self::Status { problem, .. } if problem.status >= 500 || problem.status == 429 => {
                CliError::Unable { place, url: remote.url(), problem }
            }
            Self::Status { problem, .. } => CliError::Refused { place, problem },
        }
    }

    pub(super) fn reason(&self) -> String {
        match self {
            Self::Network { reason, .. } => reason.clone(),
            Self::Status { problem, .. } => format!("{} {problem}", problem.status),
        }
    }

    /// The shortest wait that the server asks for.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Network { .. } => None,
            Self::Status { retry_after, .. } => *retry_after,
        }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Network { reason: root_cause(&error), was_connected: !error.is_connect() }
    }
}

/// Sends a request; the answer, if it is one of success.
pub(super) async fn answer(request: RequestBuilder) -> Result<Response, Failure> {
    let response = request.send().await?;
    if response.status().is_success() { Ok(response) } else { Err(refusal(response).await) }
}

async fn refusal(mut response: Response) -> Failure {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let retry_after =
        header(header::RETRY_AFTER).and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    let (media_type, location) = (header(header::CONTENT_TYPE).unwrap_or_default(), header(header::LOCATION));
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_PROBLEM {
            break;
        }
    }
    let said = media_type.starts_with(MEDIA_TYPE).then(|| serde_json::from_slice(&body).ok()).flatten();
    let problem = said.unwrap_or_else(|| unexplained(status, &media_type, location.as_deref()));
    // What decides is the status that came, not the one that the body claims.
    let problem = Box::new(Problem { status: status.as_u16(), ..problem });
    Failure::Status { problem, retry_after }
}

/// A refusal that is not in our words: a proxy's page, or another program's.
fn unexplained(status: StatusCode, media_type: &str, location: Option<&str>) -> Problem {
    let detail = match (location, media_type) {
        (Some(location), _) => {
            format!("it is said to be at {location} now; set --url to where the server is")
        }
        (None, "") => "no reason is given; is this the address of a Tidings server?".to_owned(),
        (None, _) => {
            format!("the reason is not in Tidings' words ({media_type}); is something else in front of it?")
        }
    };
    Problem::new(
        status.as_u16(),
        "unexplained",
        status.canonical_reason().unwrap_or("An unknown status"),
        detail,
    )
}

/// What the system said, without the layers around it.
pub(super) fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Config;

    #[test]
    fn a_server_may_live_below_a_path() {
        let remote = |text| RemoteArgs { url: base(text).unwrap(), token: None }.open().unwrap();
        assert_eq!(remote("http://a:1").at("/api/events").as_str(), "http://a:1/api/events");
        assert_eq!(remote("http://a/b/").at("/api/events").as_str(), "http://a/b/api/events");
        assert_eq!(remote("http://me:secret@a/").url(), "http://me@a");
    }

    #[test]
    fn what_is_no_address_says_what_one_looks_like() {
        for (text, expected) in
            [("localhost:3000", "begins with http"), ("a", "looks like"), ("http://a?b", "ends before")]
        {
            let error = base(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn the_variable_is_no_setting_of_the_server() {
        let variable = (URL_VARIABLE.into(), "http://elsewhere".into());
        assert_eq!(Config::load(None, [variable]).unwrap(), Config::load(None, []).unwrap());
    }
}

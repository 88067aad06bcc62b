//! The settings: what they are and what is allowed. How they are put together stands in `layers`.

mod layers;
mod values;

pub use layers::ConfigError;
pub use values::{LogUrl, Network, Origin};

use crate::{
    access::{keys::Sources, rights::Rights, secret::Secret},
    hub::log,
    model::channel::ChannelPattern,
};
use reqwest::Url;
use serde::Deserialize;
use std::{
    ffi::OsString,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use values::{address, base_url, bytes, duration, list, name, number, retention, secret, token_secret};

/// Every setting, as documented in `Leptos.toml`, which holds the defaults.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where and how to serve.
    pub server: Server,
    /// Who may do what.
    pub access: Access,
    /// The certificate.
    pub tls: Tls,
    /// What all streams have in common.
    pub stream: Stream,
    /// Where messages are kept, and how long.
    pub log: Log,
    /// What a request may cost.
    pub limits: Limits,
    /// Streamed answers.
    pub replies: Replies,
    /// The tutorials' demo.
    pub demo: Demo,
    /// Logs.
    pub telemetry: Telemetry,
}

/// `[server]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Where to listen.
    #[serde(deserialize_with = "address")]
    pub address: SocketAddr,
    /// The time over which streams are ended at the shutdown, and which other requests have to finish.
    #[serde(deserialize_with = "duration::<_, 0, 600_000>")]
    pub drain: Duration,
    /// What it is called among others; empty where that is not said.
    #[serde(deserialize_with = "name")]
    pub name: String,
}

impl Server {
    /// What it is called, where that is said.
    pub fn name(&self) -> Option<&str> {
        (!self.name.is_empty()).then_some(&self.name)
    }
}

/// `[access]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// To what may be published without a token.
    #[serde(deserialize_with = "list")]
    pub anonymous_publish: Vec<ChannelPattern>,
    /// What may be watched without a token.
    #[serde(deserialize_with = "list")]
    pub anonymous_subscribe: Vec<ChannelPattern>,
    /// Whether anonymous publishing is meant also where others can reach the server.
    pub public: bool,
    /// The secret of tokens with HS256; an empty one is none.
    #[serde(deserialize_with = "token_secret")]
    pub secret: Secret,
    /// The files with keys.
    pub keys: Vec<PathBuf>,
    /// The `aud` of tokens.
    pub audience: String,
    /// The `iss` of tokens.
    pub issuer: String,
    /// The other origins that may call the API.
    #[serde(deserialize_with = "list")]
    pub origins: Vec<Origin>,
    /// The proxies that are believed.
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<Network>,
}

impl Access {
    /// What may be done without a token.
    pub fn anonymous(&self) -> Rights {
        Rights { publish: self.anonymous_publish.clone(), subscribe: self.anonymous_subscribe.clone() }
    }

    /// Where the keys are.
    pub fn sources(&self) -> Sources {
        let Self { keys, secret, audience, issuer, .. } = self.clone();
        Sources { files: keys, secret, audience, issuer }
    }
}

/// `[tls]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate's file; empty where there is none.
    pub cert: PathBuf,
    /// The key's file.
    pub key: PathBuf,
}

/// `[stream]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// The `retry:` that a stream begins with.
    #[serde(deserialize_with = "duration::<_, 100, 300_000>")]
    pub retry: Duration,
    /// The silence after which a comment is sent.
    #[serde(deserialize_with = "duration::<_, 100, 300_000>")]
    pub heartbeat: Duration,
    /// How long somebody may be without a stream before they have left.
    #[serde(deserialize_with = "duration::<_, 100, 300_000>")]
    pub grace: Duration,
    /// Whether streams of plain HTTP/1.1 are taken over by threads of their own.
    pub parked: bool,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Where.
    pub url: LogUrl,
    /// How long.
    #[serde(deserialize_with = "retention")]
    pub retention: Vec<log::Retention>,
    /// How long an idempotency key is remembered.
    #[serde(deserialize_with = "duration::<_, 1_000, 2_592_000_000>")]
    pub key_window: Duration,
}

/// `[limits]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The largest request body with one message, in bytes.
    #[serde(deserialize_with = "bytes::<_, 1_024, 67_108_864>")]
    pub message: usize,
    /// The largest request body with many messages, in bytes.
    #[serde(deserialize_with = "bytes::<_, 1_024, 67_108_864>")]
    pub batch: usize,
    /// How long a client may take to send a request's headers.
    #[serde(deserialize_with = "duration::<_, 100, 300_000>")]
    pub header_time: Duration,
    /// How long a client may take to send a request's body.
    #[serde(deserialize_with = "duration::<_, 100, 300_000>")]
    pub body_time: Duration,
    /// How long a client may take no byte of what is sent to it.
    #[serde(deserialize_with = "duration::<_, 100, 600_000>")]
    pub stalled: Duration,
    /// The bodies of all requests together, in bytes.
    #[serde(deserialize_with = "bytes::<_, 1_048_576, 68_719_476_736>")]
    pub bodies: usize,
    /// Connections at once. Here and below, 0 is no limit.
    #[serde(deserialize_with = "number::<_, 0, 100_000_000>")]
    pub connections: usize,
    /// Connections at once from one address.
    #[serde(deserialize_with = "number::<_, 0, 100_000_000>")]
    pub connections_per_address: usize,
    /// Streams at once from one address.
    #[serde(deserialize_with = "number::<_, 0, 100_000_000>")]
    pub streams_per_address: usize,
    /// Streams at once with tokens of one subject.
    #[serde(deserialize_with = "number::<_, 0, 100_000_000>")]
    pub streams_per_principal: usize,
    /// Streams opened in a second from one address.
    #[serde(deserialize_with = "number::<_, 0, 100_000_000>")]
    pub connects_per_address: usize,
    /// Streams opened in a second with tokens of one subject.
    #[serde(deserialize_with = "number::<_, 0, 100_000_000>")]
    pub connects_per_principal: usize,
    /// Requests that publish in a second from one address.
    #[serde(deserialize_with = "number::<_, 0, 100_000_000>")]
    pub publishes_per_address: usize,
    /// Requests that publish in a second with tokens of one subject.
    #[serde(deserialize_with = "number::<_, 0, 100_000_000>")]
    pub publishes_per_principal: usize,
}

/// `[replies]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replies {
    /// The address of an API with chat completions; none where the built-in engine answers.
    #[serde(deserialize_with = "base_url")]
    pub base_url: Option<Url>,
    /// The model's name; empty where the API chooses.
    pub model: String,
    /// The API's key; an empty one is none.
    #[serde(deserialize_with = "secret")]
    pub key: Secret,
    /// How long a connection to the API may take to open.
    #[serde(deserialize_with = "duration::<_, 100, 300_000>")]
    pub connect: Duration,
    /// How long the API may say nothing.
    #[serde(deserialize_with = "duration::<_, 100, 3_600_000>")]
    pub silence: Duration,
    /// How many replies run at once.
    #[serde(deserialize_with = "number::<_, 0, 10_000>")]
    pub concurrent: usize,
    /// The longest prompt, in bytes.
    #[serde(deserialize_with = "bytes::<_, 1_024, 67_108_864>")]
    pub prompt: usize,
    /// The longest answer, in bytes.
    #[serde(deserialize_with = "bytes::<_, 1_024, 67_108_864>")]
    pub length: usize,
    /// How long an answer may take.
    #[serde(deserialize_with = "duration::<_, 100, 86_400_000>")]
    pub time: Duration,
    /// How much of what was said before goes with a prompt, in characters.
    #[serde(deserialize_with = "number::<_, 0, 10_000_000>")]
    pub history: usize,
}

/// `[demo]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demo {
    /// The time between two numbered messages.
    #[serde(deserialize_with = "duration::<_, 1, 60_000>")]
    pub interval: Duration,
}

/// `[telemetry]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// What is logged.
    pub level: LogLevel,
    /// How a line looks.
    pub format: LogFormat,
}

/// What is logged: this and all that is graver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    /// The name, as in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: a JSON object a line.
    Json,
}

impl Config {
    /// What does not go together: the setting and what is wrong with it.
    fn contradiction(&self) -> Option<(&'static str, String)> {
        let Access { public, anonymous_publish, .. } = &self.access;
        let address = self.server.address;
        if !address.ip().to_canonical().is_loopback() && !anonymous_publish.is_empty() && !public {
            let detail = format!(
                "others can reach {address}, and access.anonymous_publish lets them publish without a token. Set \
                 access.anonymous_publish = [] and give tokens, or say that it is meant: access.public = true"
            );
            return Some(("server.address", detail));
        }
        let Tls { cert, key } = &self.tls;
        if cert.as_os_str().is_empty() != key.as_os_str().is_empty() {
            return Some((
                "tls.cert",
                "a certificate and its key go together: set tls.cert and tls.key".to_owned(),
            ));
        }
        None
    }

    /// The defaults, overlaid by the file and that by the variables that begin with `TIDINGS_`.
    ///
    /// # Errors
    /// When a key is not known or a value not allowed; the error says where it stands and what is.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        layers::load(file, variables)
    }
}

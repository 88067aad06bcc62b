//! The settings: what they are and what is allowed. How they are put together stands in `layers`.

mod layers;

pub use layers::ConfigError;

use serde::{Deserialize, Deserializer, de::Error};
use std::{ffi::OsString, net::SocketAddr, path::Path, time::Duration};
use toml::Value;

/// Every setting, as documented in `Leptos.toml`, which holds the defaults.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where and how to serve.
    pub server: Server,
    /// What all streams have in common.
    pub stream: Stream,
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
    /// How long requests other than streams may take to finish at the shutdown.
    #[serde(deserialize_with = "duration::<_, 0, 600_000>")]
    pub drain: Duration,
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

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let value = Value::deserialize(from)?;
    value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
        D::Error::custom(format!(
            "{value} is not an IP address and a port, as in \"127.0.0.1:3000\" or \"[::]:80\""
        ))
    })
}

/// A duration from `MIN` to `MAX` milliseconds.
fn duration<'de, D: Deserializer<'de>, const MIN: u64, const MAX: u64>(
    from: D,
) -> Result<Duration, D::Error> {
    let value = Value::deserialize(from)?;
    let (min, max) = (Duration::from_millis(MIN), Duration::from_millis(MAX));
    let parsed = value.as_str().and_then(|text| humantime::parse_duration(text).ok());
    parsed.filter(|duration| (min..=max).contains(duration)).ok_or_else(|| {
        let [min, max] = [min, max].map(humantime::format_duration);
        D::Error::custom(format!(
            "{value} is not a duration from \"{min}\" to \"{max}\", as in \"250ms\" or \"15s\""
        ))
    })
}

//! How a setting's value is written, and what is allowed.

use crate::{
    access::{keys::SHORTEST_SECRET, secret::Secret},
    hub::log::{Retention, redis::Address},
    server::header::{LONGEST_PLAIN, is_plain},
};
use ipnet::IpNet;
use reqwest::Url;
use serde::{Deserialize, Deserializer, de::Error};
use std::{
    fmt::Display,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};
use toml::Value;

/// Where messages are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogUrl {
    /// In this file.
    Sqlite(PathBuf),
    /// In Redis, which other nodes have as well.
    Redis(Address),
    /// In memory, until the server stops.
    Memory,
}

impl FromStr for LogUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            // The error is without the text itself, which may have a password in it.
            Some(("redis" | "rediss" | "redis+unix" | "redis+sentinel" | "rediss+sentinel", _)) => text
                .parse()
                .map(Self::Redis)
                .map_err(|error| format!("the address of Redis is not right: {error}")),
            _ => Err(format!(
                "{text:?} is not where messages can be kept, as in \"sqlite:data/tidings.db\", \"redis://127.0.0.1\" or \"memory:\""
            )),
        }
    }
}

impl<'de> Deserialize<'de> for LogUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.parse().map_err(D::Error::custom)
    }
}

pub(super) fn address<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let value = Value::deserialize(from)?;
    value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
        D::Error::custom(format!(
            "{value} is not an IP address and a port, as in \"127.0.0.1:3000\" or \"[::]:80\""
        ))
    })
}

/// What a server is called; an empty text is nothing.
pub(super) fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let value = Value::deserialize(from)?;
    let text = value.as_str().filter(|text| text.is_empty() || is_plain(text.as_bytes()));
    text.map(str::to_owned).ok_or_else(|| {
        D::Error::custom(format!(
            "{value} is not a server's name: letters, digits and any of - _ . , at most {LONGEST_PLAIN} of them"
        ))
    })
}

/// The address of an API; an empty text is none.
pub(super) fn base_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    let value = Value::deserialize(from)?;
    if value.as_str() == Some("") {
        return Ok(None);
    }
    let url = value.as_str().and_then(|text| Url::parse(text).ok());
    let is_base = |url: &Url| {
        let is_plain = url.query().is_none() && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && is_plain && url.password().is_none()
    };
    // It is not shown: somebody may have put a key into it.
    url.filter(is_base).map(Some).ok_or_else(|| {
        D::Error::custom(
            "this is not the address of an API, as in \"https://api.example.com/v1\": without a query and a password",
        )
    })
}

/// A key to something else. What is wrong with it is said without it.
pub(super) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    let value = Value::deserialize(from)?;
    let text = value.as_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
    text.map(|text| Secret::new(text.to_owned()))
        .ok_or_else(|| D::Error::custom("this is not a key: it is text of ASCII without spaces"))
}

/// The secret of tokens: long enough that nobody guesses it.
pub(super) fn token_secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    let secret = secret(from)?;
    if secret.reveal().is_some_and(|text| text.len() < SHORTEST_SECRET) {
        let detail = format!("the secret is too short: it has at least {SHORTEST_SECRET} characters");
        return Err(D::Error::custom(detail));
    }
    Ok(secret)
}

/// A list of texts of one kind.
pub(super) fn list<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(from: D) -> Result<Vec<T>, D::Error> {
    let value = Value::deserialize(from)?;
    let wrong = || D::Error::custom(format!("{value} is not a list of texts, as in [\"one\", \"two\"]"));
    let parse = |item: &Value| {
        let text = item.as_str().ok_or_else(wrong)?;
        text.parse().map_err(|error| D::Error::custom(format!("{text:?}: {error}")))
    };
    value.as_array().ok_or_else(wrong)?.iter().map(parse).collect()
}

/// Where a page comes from (RFC 6454): a scheme, a host and a port, as a browser writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// As a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let origin = url.map(|url| url.origin().ascii_serialization());
        // One that no browser writes like this would never fit.
        origin.filter(|origin| origin == text).map(Self).ok_or(
            "this is not an origin as browsers write it: a scheme, a host and a port if it is not the usual one, as in \
             https://app.example.com, without a slash at its end and without a wildcard",
        )
    }
}

/// An address, or all that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether this address is in it.
    pub fn contains(&self, address: &IpAddr) -> bool {
        self.0.contains(address)
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let single = || text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse().or_else(|_| single());
        network.map(Self).map_err(|_| "this is not an address or a network, as in 10.0.0.1 or 10.0.0.0/8")
    }
}

/// A whole number from `MIN` to `MAX`.
pub(super) fn number<'de, D: Deserializer<'de>, const MIN: usize, const MAX: usize>(
    from: D,
) -> Result<usize, D::Error> {
    let value = Value::deserialize(from)?;
    let parsed = value.as_integer().and_then(|number| usize::try_from(number).ok());
    parsed
        .filter(|number| (MIN..=MAX).contains(number))
        .ok_or_else(|| D::Error::custom(format!("{value} is not a whole number from {MIN} to {MAX}")))
}

/// A duration from `MIN` to `MAX` milliseconds.
pub(super) fn duration<'de, D: Deserializer<'de>, const MIN: u64, const MAX: u64>(
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

/// A size from `MIN` to `MAX` bytes.
pub(super) fn bytes<'de, D: Deserializer<'de>, const MIN: u64, const MAX: u64>(
    from: D,
) -> Result<usize, D::Error> {
    let value = Value::deserialize(from)?;
    let parsed = value.as_str().and_then(parse_bytes).filter(|bytes| (MIN..=MAX).contains(bytes));
    parsed.and_then(|bytes| usize::try_from(bytes).ok()).ok_or_else(|| {
        let [min, max] = [MIN, MAX].map(|bytes| format!("{}KiB", bytes / 1_024));
        D::Error::custom(format!(
            "{value} is not a size from \"{min}\" to \"{max}\", as in \"64KiB\" or \"1MiB\""
        ))
    })
}

fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text.strip_prefix(digits)?.trim_start() {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// The retention rules, as in `[{ channels = "chat.>", count = 1000 }]`.
pub(super) fn retention<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Retention>, D::Error> {
    Vec::<Value>::deserialize(from)?
        .into_iter()
        .map(|rule| retention_rule(&rule).map_err(D::Error::custom))
        .collect()
}

fn retention_rule(rule: &Value) -> Result<Retention, String> {
    let table = rule
        .as_table()
        .ok_or_else(|| format!("{rule} is not a rule, as in {{ channels = \">\", count = 1000 }}"))?;
    if let Some(unknown) =
        table.keys().find(|key| !["channels", "count", "age", "bytes"].contains(&key.as_str()))
    {
        return Err(format!("a rule has no {unknown}; allowed here: channels, count, age, bytes"));
    }
    let channels = table
        .get("channels")
        .and_then(Value::as_str)
        .ok_or("a rule names its channels, as in channels = \">\"")?;
    let wrong = |key: &str, example: &str| {
        let value = table.get(key).map_or_else(String::new, Value::to_string);
        format!("{key}: {value} is not allowed; write it as in {example}")
    };
    let limit = |key: &str, example: &str, parse: &dyn Fn(&Value) -> Option<u64>| match table.get(key) {
        None => Ok(None),
        Some(value) => parse(value).map(Some).ok_or_else(|| wrong(key, example)),
    };
    let age = |value: &Value| {
        let age = humantime::parse_duration(value.as_str()?).ok()?;
        u64::try_from(age.as_millis()).ok()
    };
    Ok(Retention {
        channels: channels.parse().map_err(|error| format!("channels: {error}"))?,
        count: limit("count", "count = 1000", &|value| u64::try_from(value.as_integer()?).ok())?,
        age: limit("age", "age = \"30d\"", &age)?.map(Duration::from_millis),
        bytes: limit("bytes", "bytes = \"64MiB\"", &|value| parse_bytes(value.as_str()?))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit() {
        for (text, bytes) in [
            ("0B", Some(0)),
            ("64KiB", Some(65_536)),
            ("1 MiB", Some(1_048_576)),
            ("2GiB", Some(2_147_483_648)),
            ("64", None),
            ("MiB", None),
            ("1.5MiB", None),
            ("1MB", None),
            ("99999999999TiB", None),
        ] {
            assert_eq!(parse_bytes(text), bytes, "{text}");
        }
    }

    #[test]
    fn a_rule_says_what_is_wrong_with_it() {
        let rule = |text: &str| retention_rule(&toml::from_str::<toml::Table>(text).unwrap().into());
        let whole = rule("channels = \"chat.>\"\ncount = 3\nage = \"1h\"\nbytes = \"1KiB\"").unwrap();
        let (age, bytes) = (Some(Duration::from_secs(3_600)), Some(1_024));
        assert_eq!(whole, Retention { channels: "chat.>".parse().unwrap(), count: Some(3), age, bytes });
        for (text, message) in [
            ("count = 3", "a rule names its channels"),
            ("channels = \"a.\"", "channels: between the dots"),
            ("channels = \"a\"\ncount = -1", "count: -1 is not allowed"),
            ("channels = \"a\"\nage = 5", "age: 5 is not allowed"),
            ("channels = \"a\"\nbytes = \"5\"", "bytes: \"5\" is not allowed"),
            ("channels = \"a\"\ncuont = 5", "a rule has no cuont"),
        ] {
            let error = rule(text).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }
}

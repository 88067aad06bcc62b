//! Where Redis is.

use redis::{
    Client, Connection, ConnectionInfo, IntoConnectionInfo, RedisResult,
    sentinel::{Sentinel, SentinelNodeConnectionInfo},
};
use std::{
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use thiserror::Error;

/// The name of a log that is given none.
const NAME: &str = "tidings";

/// Where Redis is, and which of the logs in it is meant. It shows no password.
#[derive(Clone)]
pub struct Address {
    /// The address without what is secret in it.
    shown: String,
    /// What all keys begin with. What is in braces decides the slot in a cluster.
    pub prefix: String,
    server: Server,
}

#[derive(Clone)]
enum Server {
    One(Box<Client>),
    /// Sentinels, which know where the server is, and its name there.
    Sentinels(Arc<Mutex<Sentinel>>, String, Box<SentinelNodeConnectionInfo>),
}

/// Why a text is no address.
#[derive(Debug, Error)]
pub enum AddressError {
    /// A part of it is not what it should be.
    #[error("{0}")]
    Part(&'static str),
    /// The client says so.
    #[error("{0}")]
    Client(#[from] redis::RedisError),
}

impl FromStr for Address {
    type Err = AddressError;

    /// `redis://[user:password@]host[:port][/database][?name=…]`, `rediss://` with TLS, `redis+unix:///path`, and
    /// `redis+sentinel://[user:password@]host[:port],…[/database]?master=…[&name=…]`, `rediss+sentinel://`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut name, mut master, mut rest) = (NAME, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("name", value)) => name = value,
                Some(("master", value)) => master = Some(value),
                _ => rest.push(pair),
            }
        }
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
        };
        if !is_name(name) {
            return Err(AddressError::Part("a log's name has letters, digits and any of - _ . :"));
        }
        let (scheme, after) =
            place.split_once("://").ok_or(AddressError::Part("it begins with redis:// or rediss://"))?;
        let (credentials, hosts) =
            after.rsplit_once('@').map_or((None, after), |(c, hosts)| (Some(c), hosts));
        let shown = format!("{scheme}://{hosts}");
        let server = match scheme.strip_suffix("+sentinel") {
            Some(scheme) => {
                let master = master
                    .ok_or(AddressError::Part("where there are sentinels, ?master= names the server"))?;
                sentinels(scheme, credentials, hosts, master)?
            }
            None => {
                let query = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
                Server::One(Box::new(Client::open(format!("{place}{query}"))?))
            }
        };
        Ok(Self { shown, prefix: format!("{{{name}}}"), server })
    }
}

fn sentinels(
    scheme: &str,
    credentials: Option<&str>,
    hosts: &str,
    master: &str,
) -> Result<Server, AddressError> {
    let (hosts, database) = hosts.split_once('/').unwrap_or((hosts, ""));
    let mut all = Vec::new();
    for host in hosts.split(',') {
        let host = if host.contains(':') { host.to_owned() } else { format!("{host}:26379") };
        all.push(format!("{scheme}://{host}").into_connection_info()?);
    }
    let credentials = credentials.map_or_else(String::new, |credentials| format!("{credentials}@"));
    // Only for what is said to the server, wherever it is.
    let server: ConnectionInfo =
        format!("{scheme}://{credentials}server/{database}").into_connection_info()?;
    let mut how =
        SentinelNodeConnectionInfo::default().set_redis_connection_info(server.redis_settings().clone());
    if scheme == "rediss" {
        how = how.set_tls_mode(redis::TlsMode::Secure);
    }
    Ok(Server::Sentinels(Arc::new(Mutex::new(Sentinel::build(all)?)), master.to_owned(), Box::new(how)))
}

impl Address {
    /// A connection to the server that may be written.
    ///
    /// # Errors
    /// When there is none to be had in time.
    pub(super) fn connect(&self, timeout: Duration) -> RedisResult<Connection> {
        match &self.server {
            Server::One(client) => client.get_connection_with_timeout(timeout),
            Server::Sentinels(sentinel, master, how) => {
                // One asks at a time; what it asks leaves nothing half done.
                let client =
                    sentinel.lock().unwrap_or_else(PoisonError::into_inner).master_for(master, Some(how))?;
                client.get_connection_with_timeout(timeout)
            }
        }
    }

    /// The name of a key.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// The key of what is kept of a channel.
    pub(super) fn channel(&self, name: &str) -> String {
        self.key(&format!("channel:{name}"))
    }

    /// The key of a channel's messages.
    pub(super) fn messages(&self, name: &str) -> String {
        self.key(&format!("messages:{name}"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.shown, self.prefix)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown && self.prefix == other.prefix
    }
}

impl Eq for Address {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_show_no_password() {
        for (text, shown) in [
            ("redis://127.0.0.1", "redis://127.0.0.1 {tidings}"),
            ("redis://me:secret@redis.local:7000/2?name=news", "redis://redis.local:7000/2 {news}"),
            ("rediss://:se@cret@redis.local", "rediss://redis.local {tidings}"),
            ("redis+unix:///run/redis.sock", "redis+unix:///run/redis.sock {tidings}"),
            ("redis+sentinel://me:secret@a,b:1/3?master=main", "redis+sentinel://a,b:1/3 {tidings}"),
        ] {
            let address: Address = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(format!("{address:?}"), shown);
        }
        for text in [
            "redis",
            "http://a",
            "redis://a?name=",
            "redis://a?name={b}",
            "redis+sentinel://a",
            "redis://:x@",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}

//! What may be lost with the settings of this Redis, in one line.

use redis::{Connection, RedisResult};
use std::collections::HashMap;
use tracing::{info, warn};

/// Says it in the log of the server.
pub fn say(connection: &mut Connection, address: &str) {
    let settings = match settings(connection) {
        Ok(settings) => settings,
        Err(error) => {
            warn!(%address, %error, "Redis does not say how durable it is");
            return;
        }
    };
    let of = |name: &str| settings.get(name).map_or("", String::as_str);
    match (of("appendonly"), of("appendfsync")) {
        ("yes", "always") => info!(%address, "what is acknowledged is on the disk of Redis"),
        ("yes", "everysec") => warn!(
            %address, appendfsync = "everysec",
            "if the machine of Redis fails, what was acknowledged in the last second or two may be lost"
        ),
        ("yes", appendfsync) => warn!(
            %address, appendfsync,
            "if the machine of Redis fails, what its system had not written yet may be lost, usually half a minute"
        ),
        _ => warn!(
            %address, appendonly = "no",
            "if Redis ends without a snapshot, what was acknowledged since the last one is lost"
        ),
    }
    if !matches!(of("maxmemory-policy"), "noeviction" | "") && of("maxmemory") != "0" {
        warn!(
            %address, policy = of("maxmemory-policy"),
            "when it is full, Redis throws away messages to make room; set maxmemory-policy to noeviction"
        );
    }
}

fn settings(connection: &mut Connection) -> RedisResult<HashMap<String, String>> {
    let mut all = HashMap::new();
    for name in ["appendonly", "appendfsync", "maxmemory", "maxmemory-policy"] {
        let some: HashMap<String, String> = redis::cmd("CONFIG").arg("GET").arg(name).query(connection)?;
        all.extend(some);
    }
    Ok(all)
}

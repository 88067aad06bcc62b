use super::*;
use crate::server::config::{LogFormat, LogLevel};
use std::time::Duration;

fn overlay(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut layers = Layers { values: defaults()?, places: HashMap::new() };
    layers.overlay_file(Path::new("my.toml"), file)?;
    for (name, value) in variables {
        layers.overlay_variable(name, value)?;
    }
    layers.finish()
}

#[test]
fn the_defaults_are_valid_and_complete() {
    let config = load(None, []).unwrap();
    assert_eq!(config.server.address.to_string(), "127.0.0.1:3000");
    assert_eq!(config.stream.heartbeat, Duration::from_secs(15));
    assert_eq!(config.telemetry.level, LogLevel::Info);
}

#[test]
fn a_file_beats_the_defaults_and_a_variable_beats_the_file() {
    let file = "[server]\naddress = \"[::1]:80\"\ndrain = \"2s\"\n[telemetry]\nformat = \"json\"\n";
    let config = overlay(file, &[("TIDINGS_SERVER_DRAIN", "3s"), ("TIDINGS_DEMO_INTERVAL", "10ms")]).unwrap();
    assert_eq!(config.server.address.to_string(), "[::1]:80");
    assert_eq!(config.server.drain, Duration::from_secs(3));
    assert_eq!(config.demo.interval, Duration::from_millis(10));
    assert_eq!(config.telemetry.format, LogFormat::Json);
    assert_eq!(config.stream, load(None, []).unwrap().stream);
}

#[test]
fn an_error_says_where_and_what_is_allowed() {
    for (file, expected) in [
        (
            "[server]\nadress = \"x\"",
            "my.toml:2: there is no setting server.adress; allowed here: address, drain, name",
        ),
        (
            "\n[sever]\n",
            "my.toml:2: there is no setting sever; allowed here: access, demo, limits, log, replies, server, stream, \
             telemetry, tls",
        ),
        ("server = 1", "my.toml:1: server: this is a section, written as [server] with its keys below it"),
        (
            "server.address.port = 1",
            "my.toml:1: server.address: { port = 1 } is not an IP address and a port, as in \"127.0.0.1:3000\" or \
             \"[::]:80\"",
        ),
        (
            "[server]\n\naddress = \"localhost\"",
            "my.toml:3: server.address: \"localhost\" is not an IP address and a port, as in \"127.0.0.1:3000\" or \
             \"[::]:80\"",
        ),
        (
            "[stream]\nretry = \"6m\"",
            "my.toml:2: stream.retry: \"6m\" is not a duration from \"100ms\" to \"5m\", as in \"250ms\" or \"15s\"",
        ),
        (
            "[server]\nname = \"a b\"",
            "my.toml:2: server.name: \"a b\" is not a server's name: letters, digits and any of - _ . , at most 64 of them",
        ),
        (
            "[stream]\nretry = 5",
            "my.toml:2: stream.retry: 5 is not a duration from \"100ms\" to \"5m\", as in \"250ms\" or \"15s\"",
        ),
        (
            "[telemetry]\nlevel = \"loud\"",
            "my.toml:2: telemetry.level: unknown variant `loud`, expected one of `error`, `warn`, `info`, `debug`, \
             `trace`",
        ),
    ] {
        assert_eq!(overlay(file, &[]).unwrap_err().to_string(), expected, "{file}");
    }
    let syntax = overlay("[server]\naddress = \n", &[]).unwrap_err().to_string();
    assert!(syntax.starts_with("my.toml:2: "), "{syntax}");
}

#[test]
fn a_variable_s_error_names_the_variable() {
    let unknown = overlay("", &[("TIDINGS_SERVER_PORT", "1")]).unwrap_err().to_string();
    assert!(unknown.starts_with("the variable TIDINGS_SERVER_PORT: there is no setting"), "{unknown}");
    assert!(unknown.contains("TIDINGS_SERVER_ADDRESS"), "{unknown}");
    let value = overlay("", &[("TIDINGS_STREAM_RETRY", "soon")]).unwrap_err().to_string();
    assert!(
        value.starts_with("the variable TIDINGS_STREAM_RETRY: stream.retry: \"soon\" is not a duration"),
        "{value}"
    );
}

#[test]
fn a_key_is_taken_and_never_shown() {
    let config =
        overlay("[replies]\nbase_url = \"http://a/v1\"", &[("TIDINGS_REPLIES_KEY", "sk-1")]).unwrap();
    assert_eq!(config.replies.key, crate::access::secret::Secret::new("sk-1".into()));
    assert!(config.replies.base_url.is_some() && !format!("{config:?}").contains("sk-1"));
    for (file, expected) in [
        ("[replies]\nkey = \"sk 1\"", "my.toml:2: replies.key: this is not a key"),
        (
            "[replies]\nbase_url = \"http://me:sk-1@a\"",
            "my.toml:2: replies.base_url: this is not the address",
        ),
        ("[replies]\nbase_url = \"localhost:1\"", "my.toml:2: replies.base_url: this is not the address"),
        ("[replies]\nconcurrent = -1", "my.toml:2: replies.concurrent: -1 is not a whole number from 0 to"),
    ] {
        let error = overlay(file, &[]).unwrap_err().to_string();
        assert!(error.starts_with(expected) && !error.contains("sk"), "{error}");
    }
}

#[test]
fn every_setting_has_a_variable_of_its_own() {
    let layers = Layers { values: defaults().unwrap(), places: HashMap::new() };
    let mut variables: Vec<_> = layers.variables().into_iter().map(|(variable, ..)| variable).collect();
    let count = variables.len();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), count);
    assert!(count >= 6);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = load(Some(Path::new("no/such.toml")), []).unwrap_err().to_string();
    assert!(error.starts_with("cannot read the settings in no/such.toml: "), "{error}");
}

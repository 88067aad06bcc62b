//! What operators are given: the files in `deploy/` and what `docs/operations.md` says fit the server that there is.

use crate::support::{Server, folder::Folder, redis::Redis, send, text};
use std::{collections::BTreeSet, ffi::OsString, fs};
use tidings::server::config::Config;
use toml::Table;

const ALERTS: &str = include_str!("../../deploy/prometheus-alerts.yml");
const CADDYFILE: &str = include_str!("../../deploy/Caddyfile");
const DASHBOARD: &str = include_str!("../../deploy/grafana-dashboard.json");
const DOCKERFILE: &str = include_str!("../../deploy/Dockerfile");
const NGINX: &str = include_str!("../../deploy/nginx.conf");
const OPERATIONS: &str = include_str!("../../docs/operations.md");
const UNIT: &str = include_str!("../../deploy/tidings.service");
const SETTINGS: &str = include_str!("../../Leptos.toml");

/// The figures of a server, with a log that others may share, to which something was published until it was too much: of refusals there are none before
/// the first.
async fn figures() -> String {
    let redis = Redis::start(&[]);
    let server = Server::start(&[("LOG_URL", &redis.url()), ("LIMITS_PUBLISHES_PER_ADDRESS", "1")]).await;
    assert_eq!(send(server.publish("news", "x")).await.status(), 201);
    while send(server.publish("news", "x")).await.status() != 429 {}
    text(send(server.get("/metrics")).await).await
}

/// The words of a text that begin so: of letters, digits and `_`.
fn words<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(prefix)).collect()
}

/// The code in a text's lines, and its blocks of this language.
fn code<'a>(text: &'a str, language: &str) -> (Vec<&'a str>, Vec<String>) {
    let (mut spans, mut blocks, mut open) = (Vec::new(), Vec::<String>::new(), None);
    for line in text.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(begun), None) => {
                open = Some(begun);
                blocks.extend((begun == language).then(String::new));
            }
            (Some(_), Some(_)) => open = None,
            (None, Some(begun)) if begun == language => *blocks.last_mut().unwrap() += &format!("{line}\n"),
            (None, Some(_)) => {}
            (None, None) => spans.extend(line.split('`').skip(1).step_by(2)),
        }
    }
    assert!(open.is_none(), "a block has no end");
    (spans, blocks)
}

#[tokio::test]
async fn alerts_and_the_dashboard_ask_for_figures_that_there_are() {
    let figures = figures().await;
    let samples = figures.lines().filter(|line| !line.starts_with('#'));
    let there: BTreeSet<&str> = samples.filter_map(|line| line.split(['{', ' ']).next()).collect();
    for (file, text) in [("prometheus-alerts.yml", ALERTS), ("grafana-dashboard.json", DASHBOARD)] {
        let asked = words(text, "tidings_");
        assert!(asked.len() > 5, "{file}: {asked:?}");
        for name in asked {
            assert!(there.contains(name), "{file} asks for {name}; there are {there:?}");
        }
    }
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 5);
}

#[tokio::test]
async fn every_figure_is_explained() {
    let figures = figures().await;
    let mut count = 0;
    for line in figures.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        let name = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
        assert!(OPERATIONS.contains(&format!("| `{name}` |")), "{name} is not in docs/operations.md");
        count += 1;
    }
    assert!(count > 5, "{figures}");
    // And none that there is no more.
    for name in words(OPERATIONS, "tidings_") {
        assert!(figures.contains(name), "docs/operations.md explains {name}, which is no figure");
    }
}

#[test]
fn the_settings_that_are_named_are_there() {
    let settings: Table = SETTINGS.parse().unwrap();
    let (spans, _) = code(OPERATIONS, "");
    let mut named = BTreeSet::new();
    for span in spans {
        let words = span.split(|c: char| !c.is_ascii_lowercase() && c != '_' && c != '.');
        for (section, key) in words.filter_map(|word| word.split_once('.')) {
            let Some(keys) = settings.get(section).and_then(toml::Value::as_table) else { continue };
            // `chat.>` and the like: no key.
            if key.is_empty() {
                continue;
            }
            assert!(keys.contains_key(key), "docs/operations.md names {section}.{key}, which is no setting");
            named.insert((section, key));
        }
    }
    assert!(named.len() > 15, "{named:?}");
}

#[test]
fn the_settings_that_are_shown_are_valid() {
    let folder = Folder::new();
    let (_, blocks) = code(OPERATIONS, "toml");
    assert!(blocks.len() > 1);
    for block in blocks {
        let file = folder.path().join("tidings.toml");
        fs::write(&file, &block).unwrap();
        let loaded = Config::load(Some(&file), []);
        assert!(loaded.is_ok(), "{block}\n{loaded:?}");
    }
}

/// The image's own settings are such that it starts, and lets nobody publish who shows no token.
#[test]
fn the_image_starts_and_is_closed() {
    let lines = DOCKERFILE.lines().filter(|line| !line.starts_with('#'));
    let variables: Vec<(OsString, OsString)> = lines
        .flat_map(str::split_whitespace)
        .filter_map(|word| word.split_once('='))
        .filter(|(name, _)| name.starts_with("TIDINGS_"))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    assert_eq!(variables.len(), 3, "{variables:?}");
    let config = Config::load(None, variables).unwrap();
    assert!(!config.server.address.ip().is_loopback());
    assert_eq!((config.access.anonymous_publish, config.access.public), (Vec::new(), false));
}

#[test]
fn proxies_let_through_what_the_server_takes() {
    let limits = Config::load(None, []).unwrap().limits;
    let batch = limits.batch >> 20;
    assert!(NGINX.contains(&format!("client_max_body_size {batch}m;")));
    assert!(CADDYFILE.contains(&format!("max_size {batch}MiB")));
    // A connection that nobody uses is given up by the proxy first.
    let shorter = limits.header_time.as_secs() - 10;
    assert!(NGINX.contains(&format!("keepalive_timeout {shorter}s;")));
    assert!(CADDYFILE.contains(&format!("keepalive {shorter}s")));
}

/// systemd's own check, where there is systemd.
#[test]
fn the_unit_is_one() {
    let folder = Folder::new();
    let unit = folder.path().join("tidings.service");
    // It wants the program to be where it says.
    let installed = UNIT.replace("/usr/local/bin/tidings", env!("CARGO_BIN_EXE_tidings"));
    fs::write(&unit, installed).unwrap();
    let verify = std::process::Command::new("systemd-analyze").arg("verify").arg(&unit).output();
    match verify {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !said.contains("tidings.service"), "{said}");
        }
        Err(error) => println!("systemd-analyze is not here, so the unit was not verified: {error}"),
    }
}

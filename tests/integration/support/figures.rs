//! What a server says of itself in `/metrics`.

use super::{send, soon, text};
use reqwest::Client;
use std::time::Duration;

/// A figure of the server at `url`.
pub async fn figure(client: &Client, url: &str, name: &str) -> f64 {
    let figures = text(send(client.get(format!("{url}/metrics"))).await).await;
    let value = figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name} in {figures}")).parse().unwrap()
}

/// Waits until a figure has this value.
pub async fn reaches(client: &Client, url: &str, name: &str, expected: f64) {
    soon(name, async {
        while figure(client, url, name).await != expected {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

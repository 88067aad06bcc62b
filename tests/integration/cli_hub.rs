//! The commands that talk to a server, with the real one.

use crate::{
    process::{program, starts},
    support::{folder::Folder, soon},
};
use serde_json::Value;
use std::process::Stdio;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

const LINES: usize = 3_000;

fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command.env_clear().env("TIDINGS_URL", url).args(arguments).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Starts the server on this address, with its messages in the folder.
async fn server(folder: &Folder, address: &str) -> (Child, String) {
    starts(program(&[("TIDINGS_SERVER_ADDRESS", address), ("TIDINGS_LOG_URL", &folder.log_url())])).await
}

#[tokio::test]
async fn what_is_published_is_watched_once_and_in_order_though_the_server_is_killed() {
    let folder = Folder::new();
    let (mut running, url) = server(&folder, "127.0.0.1:0").await;
    let address = url.strip_prefix("http://").unwrap();
    let mut watch = command(&url, &["watch", "logs", "--from", "earliest", "--json"]).spawn().unwrap();
    let mut watched = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut publish = command(&url, &["publish", "logs", "-", "--event", "line"]).spawn().unwrap();
    let mut lines = publish.stdin.take().unwrap();
    tokio::spawn(async move {
        for number in 0..LINES {
            lines.write_all(format!("{number}\n").as_bytes()).await.unwrap();
        }
    });
    for number in 0..LINES {
        if number == LINES / 10 {
            running.kill().await.unwrap();
            (running, _) = server(&folder, address).await;
        }
        let line = soon("a message", watched.next_line()).await.unwrap().unwrap();
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (message["data"].as_str(), message["event"].as_str()),
            (Some(&*number.to_string()), Some("line"))
        );
    }
    assert!(soon("the publisher's end", publish.wait()).await.unwrap().success());
}

#[tokio::test]
async fn a_key_publishes_once() {
    let folder = Folder::new();
    let (_running, url) = server(&folder, "127.0.0.1:0").await;
    let publish = async || {
        let mut command = command(&url, &["publish", "orders.1", "paid", "--key", "order-1"]);
        let output = soon("the answer", command.output()).await.unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let first = publish().await;
    assert!(first.contains('-') && first == publish().await, "{first}");
}

#[tokio::test]
async fn what_deliveries_cost_is_measured_beside_the_floor() {
    let folder = Folder::new();
    let (_running, url) = server(&folder, "127.0.0.1:0").await;
    // What anyone may do here, in five channels of which each has ten subscribers.
    let (watch, publish) = (
        format!("{url}/api/events?channel=demo.{{channel}}"),
        format!("{url}/api/channels/demo.{{channel}}/messages"),
    );
    let work = ["bench", "--json", "--floor", "--subscribers", "50", "--channels", "5", "--publishers", "2"];
    let addresses =
        ["--url", &watch, "--publish-url", &publish, "--rate", "50", "--time", "400ms", "--rounds", "2"];
    let output = command(&url, &[&work[..], &addresses].concat()).stderr(Stdio::piped()).output();
    let output = soon("the figures", output).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for who in ["server", "floor"] {
        let figures = &report[who];
        for (name, expected) in [("messages", 40), ("deliveries", 400), ("lost", 0), ("refused", 0)] {
            assert_eq!(figures[name], expected, "{who} {name}: {report}");
        }
        assert!(figures["latency"]["median_ms"].as_f64().unwrap() > 0.0, "{report}");
        assert!(figures["cpu_us_per_delivery"].as_f64().unwrap() > 0.0, "{report}");
    }
    assert!(report["ratio"]["cpu"].as_f64().unwrap() > 0.0, "{report}");
    for (wrong, code) in
        [(&["--url", "ftp://x/{channel}"][..], 1), (&["--channels", "0"], 2), (&["--header", "x"], 2)]
    {
        let output = soon("a refusal", command(&url, &[&["bench"], wrong].concat()).output()).await.unwrap();
        assert_eq!(output.status.code(), Some(code), "{wrong:?}");
    }
}

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

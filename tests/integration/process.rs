//! The program itself: how it starts, what it logs, how it ends.

use crate::support::{ALL, Blocks, client, json, send, soon};
use std::{path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
};

/// The settings that let one address do as much as it can.
pub const NO_LIMITS: [(&str, &str); 4] = [
    ("TIDINGS_LIMITS_CONNECTIONS_PER_ADDRESS", "0"),
    ("TIDINGS_LIMITS_STREAMS_PER_ADDRESS", "0"),
    ("TIDINGS_LIMITS_CONNECTS_PER_ADDRESS", "0"),
    ("TIDINGS_LIMITS_PUBLISHES_PER_ADDRESS", "0"),
];

pub fn program(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    let rights =
        ["TIDINGS_ACCESS_ANONYMOUS_PUBLISH", "TIDINGS_ACCESS_ANONYMOUS_SUBSCRIBE"].map(|name| (name, ALL));
    command.env_clear().env("TIDINGS_LOG_URL", "memory:").envs(rights);
    command.envs(variables.iter().copied()).arg("serve");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs it until it ends; the exit code and what it wrote to standard error.
async fn fails(mut command: Command) -> (Option<i32>, String) {
    let output = soon("the end of the program", command.output()).await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Starts it and reads the address that it says it is ready at.
pub async fn starts(mut command: Command) -> (Child, String) {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = soon("the line that says it is ready", lines.next_line()).await.unwrap().unwrap();
    (child, line.strip_prefix("Tidings is ready: ").unwrap().to_owned())
}

/// Sends a signal with the shell's own `kill`: a small system has no program of that name.
pub async fn signal(child: &Child, name: &str) {
    signal_process(child.id().unwrap(), name).await;
}

/// The same to a process of which only the number is known.
pub async fn signal_process(pid: u32, name: &str) {
    let command = format!("kill -s {name} {pid}");
    assert!(Command::new("sh").args(["-c", &command]).status().await.unwrap().success());
}

#[tokio::test]
async fn it_ends_streams_and_itself_at_either_signal() {
    for name in ["TERM", "INT"] {
        let (mut child, url) = starts(program(&[("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0")])).await;
        let mut stream = Blocks::of(send(client().get(format!("{url}/api/sse"))).await);
        stream.take(5).await;
        signal(&child, name).await;
        stream.rest().await;
        assert_eq!(soon("the exit", child.wait()).await.unwrap().code(), Some(0), "{name}");
    }
}

#[tokio::test]
async fn it_logs_one_line_a_request_and_no_ticket() {
    let settings = [("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"), ("TIDINGS_TELEMETRY_FORMAT", "json")];
    let (mut child, url) = starts(program(&settings)).await;
    let client = client();
    let address = json(send(client.post(format!("{url}/api/page/connect"))).await).await;
    let (path, ticket) = (address["url"].as_str().unwrap(), address["ticket"].as_str().unwrap());
    let mut stream = Blocks::of(send(client.get(format!("{url}{path}"))).await);
    stream.take(5).await;
    let disconnect = client.post(format!("{url}/api/page/disconnect")).body(format!("ticket={ticket}"));
    send(disconnect.header("content-type", "application/x-www-form-urlencoded")).await;
    stream.rest().await;
    send(client.get(format!("{url}/api/sse?ticket={ticket}0"))).await;
    signal(&child, "TERM").await;
    let mut log = String::new();
    soon("the log", child.stderr.take().unwrap().read_to_string(&mut log)).await.unwrap();
    assert!(!log.contains(ticket), "{log}");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<_> = lines.iter().filter(|line| line["message"] == "request").collect();
    let mut seen: Vec<_> =
        requests.iter().map(|line| (line["path"].as_str().unwrap(), &line["status"])).collect();
    seen.sort_by_key(|(path, status)| (*path, status.as_u64()));
    let expected =
        [("/api/page/connect", 200), ("/api/page/disconnect", 200), ("/api/sse", 200), ("/api/sse", 400)];
    assert_eq!(seen.len(), expected.len(), "{log}");
    for ((path, status), expected) in seen.into_iter().zip(expected) {
        assert_eq!((path, status.as_u64()), (expected.0, Some(expected.1)));
    }
    let stream = requests.iter().find(|line| line["path"] == "/api/sse" && line["status"] == 200).unwrap();
    assert!(stream["complete"] == true && stream["bytes"].as_u64() > Some(100), "{stream}");
}

#[tokio::test]
async fn settings_that_are_wrong_stop_the_start_with_the_place() {
    let (code, message) = fails(program(&[("TIDINGS_DEMO_INTERVAL", "0s")])).await;
    assert_eq!(code, Some(78));
    assert!(
        message.starts_with("tidings: the variable TIDINGS_DEMO_INTERVAL: demo.interval: \"0s\""),
        "{message}"
    );

    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("wrong.toml");
    std::fs::write(&file, "[server]\n# a comment\nport = 3000\n").unwrap();
    let mut command = program(&[]);
    command.arg("--config").arg(&file);
    let (code, message) = fails(command).await;
    assert_eq!(code, Some(78));
    let expected = format!(
        "tidings: {}:3: there is no setting server.port; allowed here: address, drain, name\n",
        file.display()
    );
    assert_eq!(message, expected);
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, message) = fails(program(&[("TIDINGS_SERVER_ADDRESS", &address)])).await;
    assert_eq!(code, Some(1));
    assert!(
        message.starts_with(&format!("tidings: cannot listen on {address} (server.address): ")),
        "{message}"
    );
}

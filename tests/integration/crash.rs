//! The server is killed at random moments while many publish and subscribe.

use crate::{
    process::{NO_LIMITS, program, starts},
    support::{folder::Folder, free_port, load::Load, random::Random},
};
use std::process::Stdio;

struct Wanted {
    kills: usize,
    messages: usize,
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_repeated_or_reordered() {
    run(Wanted { kills: 6, messages: 1_500 }).await;
}

#[tokio::test]
#[ignore = "takes a minute or more: make crash"]
async fn nothing_acknowledged_is_lost_repeated_or_reordered_for_long() {
    let number = |name, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    run(Wanted { kills: number("KILLS", 60), messages: number("MESSAGES", 20_000) }).await;
}

async fn run(wanted: Wanted) {
    let mut random = Random::seeded();
    let folder = Folder::new();
    let port = free_port(&mut random).await;
    let address = format!("127.0.0.1:{port}");
    let log_url = folder.log_url();
    let command = || {
        let settings = [
            ("TIDINGS_SERVER_ADDRESS", address.as_str()),
            ("TIDINGS_LOG_URL", &log_url),
            ("TIDINGS_TELEMETRY_LEVEL", "error"),
        ];
        let mut command = program(&settings);
        command.envs(NO_LIMITS).stderr(Stdio::inherit());
        command
    };
    let (mut server, _) = starts(command()).await;
    let load = Load::start(vec![format!("http://{address}")], false, &mut random);
    for _ in 0..wanted.kills {
        tokio::time::sleep(random.milliseconds(0..400)).await;
        server.kill().await.unwrap();
        if random.one_in(4) {
            // Once more, while it starts.
            let mut starting = command().spawn().unwrap();
            tokio::time::sleep(random.milliseconds(0..100)).await;
            starting.kill().await.unwrap();
        }
        (server, _) = starts(command()).await;
    }
    load.reaches(wanted.messages).await;
    println!("{} kills, {}", wanted.kills, load.end().await);
    server.kill().await.unwrap();
}

//! What a delivery and a publish cost: the server as a process of its own, on one core, with real sockets.
//!
//! `make bench` runs it. For each number of subscribers the same messages are also sent by a loop that does nothing but
//! write to sockets (the floor), in the same run, so that the ratio holds on any machine.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]
#![expect(clippy::indexing_slicing, reason = "a benchmark fails by panicking")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MESSAGE_BYTES: usize = 256;
const DELIVERIES: u64 = 120_000;
/// Floor and server take turns so often; the figures are medians.
const ROUNDS: usize = 3;
const DELIVERIES_A_SECOND: u64 = 40_000;
const PUBLISHERS: usize = 64;
const PUBLISH_TIME: Duration = Duration::from_secs(5);

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("floor") {
        return floor(arguments.next().unwrap().parse().unwrap());
    }
    // The server has core 0 for itself.
    let myself = std::process::id().to_string();
    let _ = Command::new("taskset").args(["-cp", "1", &myself]).stdout(Stdio::null()).status();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        println!(
            "{MESSAGE_BYTES}-byte messages, {DELIVERIES_A_SECOND} deliveries a second, server on one core\n"
        );
        println!("subscribers   idle KiB each   floor µs   server µs   ratio");
        for subscribers in [1_000, 5_000] {
            fan_out(subscribers).await;
        }
        println!("\nlog       publishers   durable publishes a second   server CPU µs each");
        for log in ["memory:", "sqlite:"] {
            publish(log).await;
        }
    });
}

/// A process under measurement.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts a command on core 0 and reads the address that it says it is ready at.
    fn start(command: &mut Command) -> Self {
        let mut pinned = Command::new("taskset");
        pinned.args(["-c", "0"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            pinned.env(name, value.unwrap());
        }
        let mut child =
            pinned.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("taskset (util-linux)");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap();
        Self { child, address }
    }

    fn server(log: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_tidings");
        let mut command = Command::new(program);
        command.arg("serve").env("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0").env("TIDINGS_LOG_URL", log);
        for limit in ["CONNECTIONS", "STREAMS", "CONNECTS", "PUBLISHES"] {
            command.env(format!("TIDINGS_LIMITS_{limit}_PER_ADDRESS"), "0");
        }
        for right in ["PUBLISH", "SUBSCRIBE"] {
            command.env(format!("TIDINGS_ACCESS_ANONYMOUS_{right}"), r#"[">"]"#);
        }
        Self::start(command.env("TIDINGS_TELEMETRY_LEVEL", "warn"))
    }

    /// CPU time, of the process and of the kernel for it.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/schedstat", self.child.id())).unwrap();
        let main: u64 = stat.split(' ').next().unwrap().parse().unwrap();
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let all: u64 = tasks
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
            .filter_map(|stat| stat.split(' ').next()?.parse::<u64>().ok())
            .sum();
        Duration::from_nanos(all.max(main))
    }

    /// Memory that is in use and only the process's own, in KiB.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Subscribers that count what they get.
async fn subscribe(address: SocketAddr, count: usize) -> Arc<AtomicU64> {
    let delivered = Arc::new(AtomicU64::new(0));
    let opened = Arc::new(AtomicU64::new(0));
    for number in 1..=count {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        socket.write_all(b"GET /api/events?channel=bench HTTP/1.1\r\nhost: bench\r\n\r\n").await.unwrap();
        let (delivered, now_open) = (delivered.clone(), opened.clone());
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            let mut is_open = false;
            while let Ok(read @ 1..) = socket.read(&mut buffer).await {
                if !is_open {
                    is_open = true;
                    now_open.fetch_add(1, Ordering::Relaxed);
                }
                let events = buffer[..read].windows(6).filter(|window| window == b"\ndata:").count();
                delivered.fetch_add(events as u64, Ordering::Relaxed);
            }
        });
        // Not faster than they are accepted: the kernel's queue is short.
        if number.is_multiple_of(64) {
            until(&opened, number as u64).await;
        }
    }
    until(&opened, count as u64).await;
    delivered
}

async fn until(counter: &AtomicU64, expected: u64) {
    while counter.load(Ordering::Relaxed) < expected {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn fan_out(subscribers: usize) {
    let (mut floor, mut server, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let process = Process::start(command.args(["floor", &subscribers.to_string()]));
        floor.push(deliver(&process, subscribers, true).await.0);
        let (cpu, memory) = deliver(&Process::server("memory:"), subscribers, false).await;
        server.push(cpu);
        idle.push(memory);
    }
    let (floor, server, idle) = (median(floor), median(server), median(idle));
    println!("{subscribers:>11}   {idle:>13.1}   {floor:>8.2}   {server:>9.2}   {:>5.2}", server / floor);
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The CPU time of a delivery in microseconds, and the memory of an idle subscriber in KiB.
async fn deliver(process: &Process, subscribers: usize, is_floor: bool) -> (f64, f64) {
    let before = process.memory();
    let delivered = subscribe(process.address, subscribers).await;
    let memory = (process.memory() - before) as f64 / subscribers as f64;
    let mut publisher = TcpStream::connect(process.address).unwrap();
    let messages = DELIVERIES / subscribers as u64;
    let pace = Duration::from_secs(messages * subscribers as u64 / DELIVERIES_A_SECOND)
        / u32::try_from(messages).unwrap();
    let (cpu, start) = (process.cpu(), Instant::now());
    for number in 1..=messages {
        post(&mut publisher, is_floor);
        let due = start + pace * u32::try_from(number).unwrap();
        tokio::time::sleep_until(due.into()).await;
    }
    until(&delivered, messages * subscribers as u64).await;
    ((process.cpu() - cpu).as_secs_f64() * 1e6 / (messages * subscribers as u64) as f64, memory)
}

/// Publishes one message and reads the answer.
fn post(publisher: &mut TcpStream, is_floor: bool) {
    if is_floor {
        return publisher.write_all(b"!").unwrap();
    }
    publisher.write_all(request().as_bytes()).unwrap();
    let mut answer = [0; 1024];
    let read = publisher.read(&mut answer).unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 201"), "{}", String::from_utf8_lossy(&answer[..read]));
}

fn request() -> String {
    let data = "x".repeat(MESSAGE_BYTES);
    format!(
        "POST /api/channels/bench/messages HTTP/1.1\r\nhost: bench\r\ncontent-length: {MESSAGE_BYTES}\r\n\r\n{data}"
    )
}

/// Only writes to sockets: `subscribers` of them, each a chunk of a response, whenever a byte comes from the next.
fn floor(subscribers: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let mut sockets = Vec::new();
    for _ in 0..subscribers {
        let (mut socket, _) = listener.accept().unwrap();
        socket.set_nodelay(true).unwrap();
        let mut head = [0; 1024];
        let _ = socket.read(&mut head).unwrap();
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").unwrap();
        sockets.push(socket);
    }
    let (mut publisher, _) = listener.accept().unwrap();
    let block = format!("id: 1767225600000-0\ndata: {}\n\n", "x".repeat(MESSAGE_BYTES));
    let chunk = format!("{:x}\r\n{block}\r\n", block.len());
    let mut signal = [0; 1];
    while publisher.read_exact(&mut signal).is_ok() {
        for socket in &mut sockets {
            socket.write_all(chunk.as_bytes()).unwrap();
        }
    }
}

async fn publish(log: &str) {
    let folder = std::env::temp_dir().join(format!("tidings-load-{}", std::process::id()));
    let url = if log == "memory:" { log.to_owned() } else { format!("{log}{}/log.db", folder.display()) };
    let process = Process::server(&url);
    let published = Arc::new(AtomicU64::new(0));
    for _ in 0..PUBLISHERS {
        let mut socket = tokio::net::TcpStream::connect(process.address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let published = published.clone();
        tokio::spawn(async move {
            let (request, mut answer) = (request(), [0; 1024]);
            while socket.write_all(request.as_bytes()).await.is_ok()
                && let Ok(read @ 1..) = socket.read(&mut answer).await
            {
                assert!(
                    answer[..read].starts_with(b"HTTP/1.1 201"),
                    "{}",
                    String::from_utf8_lossy(&answer[..read])
                );
                published.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    until(&published, 1_000).await;
    let (before, cpu, start) = (published.load(Ordering::Relaxed), process.cpu(), Instant::now());
    tokio::time::sleep(PUBLISH_TIME).await;
    let count = published.load(Ordering::Relaxed) - before;
    let (cpu, elapsed) = (process.cpu() - cpu, start.elapsed());
    println!(
        "{log:<10}{PUBLISHERS:>10}   {:>26.0}   {:>18.2}",
        count as f64 / elapsed.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / count as f64
    );
    drop(process);
    let _ = std::fs::remove_dir_all(folder);
}

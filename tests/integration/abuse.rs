//! A thousand clients that behave badly at once, while a hundred good ones get every message; and when they are gone, so is
//! all that they took.

use crate::{
    process::{program, starts},
    support::{Blocks, client, figures::reaches, random::Random, send, soon},
};
use futures::future::join_all;
use std::{
    net::SocketAddr,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
};

const GOOD: usize = 100;
const BAD: usize = 1_000;
const MESSAGES: usize = 300;

/// How a client behaves badly.
#[derive(Clone, Copy, Debug)]
enum Abuse {
    /// Connects and says nothing, or half a request.
    HalfOpen,
    /// Opens a stream and takes nothing of it.
    Slow,
    /// Opens a stream and resets the connection.
    Resetting,
    /// Sends requests as fast as it can, and nonsense between them.
    Flooding,
    /// Announces a body and sends a byte of it now and then.
    Dribbling,
}

const ABUSES: [Abuse; 5] =
    [Abuse::HalfOpen, Abuse::Slow, Abuse::Resetting, Abuse::Flooding, Abuse::Dribbling];

/// Behaves badly once. Whatever becomes of it is the server's to decide.
async fn abuse(abuse: Abuse, server: SocketAddr, address: &str, random: &mut Random) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    if matches!(abuse, Abuse::Slow) {
        socket.set_recv_buffer_size(1_024)?;
    }
    if matches!(abuse, Abuse::Resetting) {
        socket.set_zero_linger()?;
    }
    let mut stream = socket.connect(server).await?;
    let from = format!("host: x\r\nx-forwarded-for: {address}\r\n");
    let events = format!("GET /api/events?channel=news&last=100 HTTP/1.1\r\n{from}\r\n");
    let pause = random.milliseconds(50..500);
    match abuse {
        Abuse::HalfOpen => {
            let length = random.index(events.len());
            stream.write_all(&events.as_bytes()[..length]).await?;
        }
        Abuse::Slow | Abuse::Resetting => stream.write_all(events.as_bytes()).await?,
        Abuse::Flooding => {
            for _ in 0..20 {
                let search = format!("GET /api/search?q=x HTTP/1.1\r\n{from}\r\n");
                let publish =
                    format!("POST /api/channels/other/messages HTTP/1.1\r\n{from}content-length: 1\r\n\r\nx");
                let what = [
                    &*search,
                    &*publish,
                    "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
                    "\0\u{1}nonsense\r\n\r\n",
                ];
                stream.write_all(random.pick(&what).as_bytes()).await?;
                let mut buffer = [0; 512];
                if tokio::time::timeout(pause, stream.read(&mut buffer))
                    .await
                    .is_ok_and(|read| read.is_ok_and(|n| n == 0))
                {
                    break;
                }
            }
            return Ok(());
        }
        Abuse::Dribbling => {
            let head =
                format!("POST /api/channels/other/messages HTTP/1.1\r\n{from}content-length: 900000\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            for _ in 0..5 {
                tokio::time::sleep(pause / 5).await;
                stream.write_all(b"x").await?;
            }
        }
    }
    tokio::time::sleep(pause).await;
    Ok(())
}

/// The process' resident memory, in bytes.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

struct Storm {
    url: String,
    server: SocketAddr,
    random: Random,
}

impl Storm {
    /// Everyone at once, until the good ones have every message.
    async fn rage(&mut self) {
        let mut subscribers = Vec::new();
        for number in 0..GOOD {
            let request = client().get(format!("{}/api/events?channel=news", self.url));
            let stream = send(request.header("x-forwarded-for", format!("10.1.0.{number}"))).await;
            assert_eq!(stream.status(), 200);
            let mut stream = Blocks::of(stream);
            stream.tail().await;
            subscribers.push(stream);
        }
        let (over, is_over) = watch::channel(false);
        let times = Arc::new(AtomicUsize::new(0));
        let mut bad = JoinSet::new();
        for number in 0..BAD {
            let (mut random, server, is_over) = (self.random.fork(), self.server, is_over.clone());
            let (address, times) = (format!("10.2.{}.{}", number / 250, number % 250), times.clone());
            bad.spawn(async move {
                while !*is_over.borrow() {
                    let kind = random.pick(&ABUSES);
                    let _ = abuse(kind, server, &address, &mut random).await;
                    times.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let publishing = async {
            for number in 0..MESSAGES {
                let request = client().post(format!("{}/api/channels/news/messages", self.url));
                let request = request.header("x-forwarded-for", "10.1.1.1").body(format!("{number}"));
                assert_eq!(send(request).await.status(), 201);
            }
        };
        let watching = join_all(subscribers.iter_mut().map(async |stream| {
            for number in 0..MESSAGES {
                let block = soon("a message", stream.next()).await.unwrap();
                assert!(block.starts_with(&format!("data: {number}\n")), "{block} where {number} was next");
            }
        }));
        tokio::join!(publishing, watching);
        over.send(true).unwrap();
        drop(subscribers);
        soon("the end of the bad ones", async { while bad.join_next().await.is_some() {} }).await;
        println!("{} bad connections", times.load(Ordering::Relaxed));
        self.is_quiet().await;
    }

    /// Nobody has a stream any more.
    async fn is_quiet(&self) {
        reaches(&client(), &self.url, "tidings_subscribers", 0.0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_good_clients_get_everything_among_a_thousand_bad_ones() {
    // This process has the clients' ends of all connections.
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let all = rustix::process::Rlimit { current: files.maximum, ..files };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, all).unwrap();
    let settings = [
        ("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"),
        ("TIDINGS_TELEMETRY_LEVEL", "error"),
        ("TIDINGS_LIMITS_HEADER_TIME", "1s"),
        ("TIDINGS_LIMITS_BODY_TIME", "1s"),
        ("TIDINGS_LIMITS_STALLED", "1s"),
        ("TIDINGS_LOG_RETENTION", r#"[{ channels = ">", count = 1000 }]"#),
    ];
    let mut command = program(&settings);
    command.stderr(Stdio::inherit());
    let (mut child, url) = starts(command).await;
    let server = url.strip_prefix("http://").unwrap().parse().unwrap();
    let mut storm = Storm { url, server, random: Random::seeded() };
    // What is allocated once is there after the first.
    storm.rage().await;
    let before = memory(child.id().unwrap());
    storm.rage().await;
    let after = memory(child.id().unwrap());
    println!("memory: {} KiB before, {} KiB after", before >> 10, after >> 10);
    // The allocator may keep a little more of what it was given back.
    assert!(after < before + before / 4, "{before} bytes before, {after} after");
    // Nobody holds a connection of the server's.
    assert!(TcpStream::connect(server).await.is_ok());
    child.kill().await.unwrap();
}

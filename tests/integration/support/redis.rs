//! A Redis of a test's own: a real `redis-server` with a folder of its own, on a socket in it, so that no port is taken.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

/// A running server, or one that was killed. It is gone with its data when this is dropped.
pub struct Redis {
    folder: PathBuf,
    settings: Vec<String>,
    child: Option<Child>,
}

impl Redis {
    /// Starts one that has everything on its disk before it answers, with more settings, as `"--maxmemory", "9mb"`.
    pub fn start(settings: &[&str]) -> Self {
        let folder = new_folder();
        let durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
        let settings = durable.iter().chain(settings).map(|&setting| setting.to_owned()).collect();
        let mut redis = Self { folder, settings, child: None };
        redis.start_again();
        redis
    }

    /// Where it is, as `log.url` has it.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }

    /// A connection.
    pub fn connect(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    /// Starts it after it was killed, with what is on its disk.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none());
        let child = server()
            .args(["--port", "0", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(&self.folder)
            .arg("--logfile")
            .arg(self.folder.join("redis.log"))
            .args(&self.settings)
            .spawn()
            .expect(MISSING);
        self.child = Some(child);
        let ping = || {
            let mut connection = redis::Client::open(self.url())?.get_connection()?;
            redis::cmd("PING").exec(&mut connection)
        };
        until(|| ping().is_ok(), &self.folder);
    }

    /// Kills it as a failing machine would, but for what its system has in memory.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Removes what is on its disk, while it is not running.
    pub fn forget(&self) {
        assert!(self.child.is_none());
        fs::remove_dir_all(self.folder.join("appendonlydir")).unwrap();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// A sentinel, which watches over a Redis and its replicas. It ends when this is dropped.
pub struct Sentinel {
    folder: PathBuf,
    port: u64,
    child: Child,
}

impl Sentinel {
    /// Starts one, and waits until it knows a replica of the Redis at this port.
    pub fn start(port: u64, master: &str) -> Self {
        let folder = new_folder();
        let settings = folder.join("sentinel.conf");
        let text = format!(
            "sentinel monitor main 127.0.0.1 {master} 1\nsentinel down-after-milliseconds main 1000\n\
             sentinel failover-timeout main 3000\n"
        );
        fs::write(&settings, text).unwrap();
        let child = server()
            .arg(&settings)
            .args(["--sentinel", "--port", &port.to_string(), "--logfile"])
            .arg(folder.join("redis.log"))
            .current_dir(&folder)
            .spawn()
            .expect(MISSING);
        let sentinel = Self { folder, port, child };
        let replicas = || -> redis::RedisResult<Vec<redis::Value>> {
            let mut connection =
                redis::Client::open(format!("redis://127.0.0.1:{port}"))?.get_connection()?;
            redis::cmd("SENTINEL").arg("REPLICAS").arg("main").query(&mut connection)
        };
        until(|| replicas().is_ok_and(|replicas| !replicas.is_empty()), &sentinel.folder);
        sentinel
    }

    /// The Redis that it watches over, as `log.url` has it.
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}?master=main", self.port)
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        drop(fs::remove_dir_all(&self.folder));
    }
}

const MISSING: &str = "redis-server is not there: scripts/tools.sh --redis installs it";

fn server() -> Command {
    let mut command = Command::new("redis-server");
    command.stdout(Stdio::null());
    command
}

fn new_folder() -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("tidings-redis-{}-{number}", process::id()));
    fs::create_dir(&folder).unwrap();
    folder
}

/// Waits for a server that has this folder.
fn until(is_ready: impl Fn() -> bool, folder: &Path) {
    for _ in 0..3_000 {
        if is_ready() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("Redis does not start: {}", fs::read_to_string(folder.join("redis.log")).unwrap_or_default());
}

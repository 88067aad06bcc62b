//! A Redis of a test's own: a real `redis-server` with a folder of its own, on a socket in it, so that no port is taken.

use std::{
    fs,
    path::PathBuf,
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
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("tidings-redis-{}-{number}", process::id()));
        fs::create_dir(&folder).unwrap();
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
        let child = Command::new("redis-server")
            .args(["--port", "0", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(&self.folder)
            .arg("--logfile")
            .arg(self.folder.join("redis.log"))
            .args(&self.settings)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is not there: scripts/tools.sh --redis installs it");
        self.child = Some(child);
        for _ in 0..3_000 {
            let connection = redis::Client::open(self.url()).unwrap().get_connection();
            if connection.and_then(|mut connection| redis::cmd("PING").exec(&mut connection)).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!(
            "Redis does not start: {}",
            fs::read_to_string(self.folder.join("redis.log")).unwrap_or_default()
        );
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

//! What a process costs, as Linux counts it.

use std::{
    fs,
    iter::Sum,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// A process of this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process(pub u32);

impl Process {
    /// The process that listens at this address, if it may be looked at.
    pub fn at(address: SocketAddr) -> Option<Self> {
        let inode = ["tcp", "tcp6"].into_iter().find_map(|table| listening(table, address))?;
        let socket = PathBuf::from(format!("socket:[{inode}]"));
        let mut processes =
            fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        processes
            .find(|id: &u32| {
                let files = fs::read_dir(format!("/proc/{id}/fd")).ok().into_iter().flatten();
                files.filter_map(|file| fs::read_link(file.ok()?.path()).ok()).any(|target| target == socket)
            })
            .map(Self)
    }

    /// The time that its threads have had a processor, in its own code and in the system's.
    pub fn cpu(self) -> Option<Duration> {
        let tasks = fs::read_dir(self.file("task")).ok()?;
        let times = tasks.filter_map(|task| {
            let stat = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            stat.split(' ').next()?.parse::<u64>().ok()
        });
        Some(Duration::from_nanos(times.sum()))
    }

    /// The memory that it has for itself, in bytes: resident and of no file.
    pub fn memory(self) -> Option<u64> {
        let status = fs::read_to_string(self.file("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|size| size * 1024)
    }

    /// The processors that it may run on, as taskset writes them.
    pub fn processors(self) -> Option<String> {
        let status = fs::read_to_string(self.file("status")).ok()?;
        Some(status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?.trim().to_owned())
    }

    fn file(self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.0.to_string()).join(name)
    }
}

/// A figure of all of them together; none where one of them has none, or there are none.
pub(super) fn sum<T: Sum>(processes: &[Process], figure: impl Fn(Process) -> Option<T>) -> Option<T> {
    (!processes.is_empty()).then(|| processes.iter().map(|process| figure(*process)).sum::<Option<T>>())?
}

/// The inode of the socket that listens at an address, or at all of its port.
fn listening(table: &str, address: SocketAddr) -> Option<String> {
    let port = format!(":{:04X}", address.port());
    let table = fs::read_to_string(Path::new("/proc/net").join(table)).ok()?;
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, "0A", .., inode] = fields.get(..10)? else { return None };
        local.ends_with(&port).then(|| (*inode).to_owned())
    })
}

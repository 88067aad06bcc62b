//! What this process uses, as Linux tells it in `/proc` (proc(5)).

use std::{fs, time::Duration};

/// In `/proc/self/stat`, how many fields stand between the name, which may have anything in it, and the times.
const BEFORE_TIMES: usize = 11;

/// How many of its ticks a second has: the kernel's answer to programs is the same on every machine.
const TICKS_PER_SECOND: u64 = 100;

/// What the process uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    /// The memory that is resident, in bytes.
    pub memory: u64,
    /// The time that it had of all cores together since it began.
    pub cpu: Duration,
}

impl Usage {
    /// As it is now; none where the system does not say.
    pub(super) fn now() -> Option<Self> {
        let (status, stat) = (fs::read_to_string("/proc/self/status"), fs::read_to_string("/proc/self/stat"));
        Self::read(&status.ok()?, &stat.ok()?)
    }

    fn read(status: &str, stat: &str) -> Option<Self> {
        let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: u64 = kibibytes.split_whitespace().next()?.parse().ok()?;
        let (_, fields) = stat.rsplit_once(')')?;
        let mut times = fields.split_whitespace().skip(BEFORE_TIMES).map(str::parse::<u64>);
        let ticks = times.next()?.ok()? + times.next()?.ok()?;
        Some(Self { memory: kibibytes * 1_024, cpu: Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_from_what_linux_says() {
        let status = "Name:\ttidings\nVmPeak:\t  9 kB\nVmRSS:\t    2048 kB\n";
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 4 0 1 2 3";
        let usage = Usage { memory: 2 << 20, cpu: Duration::from_secs(3) };
        assert_eq!(Usage::read(status, stat), Some(usage));
        assert_eq!(Usage::read("", stat), None);
        assert_eq!(Usage::read(status, "7 (a) S 1"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory() {
        assert!(Usage::now().is_some_and(|usage| usage.memory > 0));
    }
}

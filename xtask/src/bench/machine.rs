//! What the kernel says about this machine and its processes.

use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result, ensure};

/// Memory comes from `/proc`, which only Linux has.
pub(crate) fn check() -> Result<()> {
    ensure!(
        Path::new("/proc/self/status").exists(),
        "the comparison reads processes' memory from /proc: it needs Linux"
    );
    Ok(())
}

/// How many processors this process may use.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

/// Processes that wanted to run in the last minute, on average.
pub(crate) fn load_average() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg")?;
    let first = text.split(' ').next().unwrap_or_default();
    first
        .parse()
        .with_context(|| format!("/proc/loadavg begins with {first:?}, expected a number"))
}

/// Memory of a running process, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Resident now.
    pub(crate) resident: u64,
    /// The most that was ever resident.
    pub(crate) peak: u64,
}

/// The memory of the process `pid`.
pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    memory_in(&status).with_context(|| format!("{path} has no VmRSS and VmHWM"))
}

fn memory_in(status: &str) -> Option<Memory> {
    let bytes = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes * 1024)
    };
    Some(Memory {
        resident: bytes("VmRSS:")?,
        peak: bytes("VmHWM:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_a_status_file() {
        let status = "Name:\tmatinee\nVmHWM:\t   19440 kB\nVmRSS:\t   19000 kB\nThreads:\t3\n";
        let memory = Memory {
            resident: 19_000 * 1024,
            peak: 19_440 * 1024,
        };
        assert_eq!(memory_in(status), Some(memory));
        assert_eq!(memory_in("Name:\tkthreadd\n"), None);
    }
}

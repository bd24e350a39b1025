//! What processes have used, read from `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::ops::{Add, Sub};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Ticks of `/proc/PID/stat` in a second: Linux gives user space 100 on every architecture that Weft runs on.
const TICKS: u64 = 100;

/// How long a process may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(10);
/// A process that used no tick for so long rests.
const REST: Duration = Duration::from_millis(60);

/// Processor time of all threads, those that have ended included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cpu {
    pub(crate) user: Duration,
    pub(crate) system: Duration,
}

impl Cpu {
    /// What each of so many requests took, in microseconds.
    pub(crate) fn microseconds_each(self, requests: u64) -> f64 {
        (self.user + self.system).as_nanos() as f64 / 1e3 / requests.max(1) as f64
    }
}

impl Add for Cpu {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            user: self.user + other.user,
            system: self.system + other.system,
        }
    }
}

impl Sub for Cpu {
    type Output = Self;
    fn sub(self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
        }
    }
}

/// What `/proc/PID/stat` says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    own: Cpu,
    /// Of the children that have ended and were waited for, and theirs.
    children: Cpu,
}

/// Resident memory in kB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) peak: u64,
}

/// A process and its descendants, as they are now.
pub(crate) fn tree(root: u32) -> Result<Vec<u32>> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // A process may end while it is looked at.
        if let Ok(text) = fs::read_to_string(format!("/proc/{pid}/stat")) {
            parents.insert(pid, parse_stat(&text)?.parent);
        }
    }
    Ok(descendants(root, &parents))
}

fn descendants(root: u32, parents: &BTreeMap<u32, u32>) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = parents.iter().filter(|(_, of)| **of == parent);
        found.extend(children.map(|(pid, _)| *pid));
        next += 1;
    }
    found
}

/// Processor time of these processes together.
pub(crate) fn cpu(pids: &[u32]) -> Result<Cpu> {
    pids.iter().try_fold(Cpu::default(), |sum, pid| {
        let text = fs::read_to_string(format!("/proc/{pid}/stat"));
        let text = text.with_context(|| format!("process {pid} has ended"))?;
        Ok(sum + parse_stat(&text)?.own)
    })
}

/// Processor time of this process's children that have ended.
pub(crate) fn ended_children() -> Result<Cpu> {
    Ok(parse_stat(&fs::read_to_string("/proc/self/stat")?)?.children)
}

/// Processor time of the thread that asks.
pub(crate) fn this_thread() -> Result<Cpu> {
    Ok(parse_stat(&fs::read_to_string("/proc/thread-self/stat")?)?.own)
}

/// Memory of these processes together.
pub(crate) fn memory(pids: &[u32]) -> Result<Memory> {
    pids.iter().try_fold(Memory::default(), |sum, pid| {
        let text = fs::read_to_string(format!("/proc/{pid}/status"));
        let text = text.with_context(|| format!("process {pid} has ended"))?;
        let own = parse_status(&text)?;
        Ok(Memory {
            resident: sum.resident + own.resident,
            peak: sum.peak + own.peak,
        })
    })
}

/// Waits until these processes have nothing to do, or have not stopped doing it for long.
pub(crate) fn wait_for_rest(pids: &[u32]) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    let mut before = cpu(pids)?;
    while Instant::now() < until {
        sleep(REST);
        let now = cpu(pids)?;
        if now == before {
            break;
        }
        before = now;
    }
    Ok(())
}

/// Reads `/proc/PID/stat` (proc(5)).
fn parse_stat(text: &str) -> Result<Stat> {
    // The second field is the program's name in brackets, and may have brackets and spaces in it.
    let (_, rest) = text.rsplit_once(')').context("a stat line")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // Counted from 1, the third field is the first of these.
    let field = |number: usize| fields.get(number - 3).context("a shorter stat line");
    let time = |number: usize| -> Result<Duration> {
        let ticks: u64 = field(number)?.parse()?;
        Ok(Duration::from_millis(ticks * 1000 / TICKS))
    };
    Ok(Stat {
        parent: field(4)?.parse()?,
        own: Cpu {
            user: time(14)?,
            system: time(15)?,
        },
        children: Cpu {
            user: time(16)?,
            system: time(17)?,
        },
    })
}

/// The memory out of `/proc/PID/status` (proc(5)).
fn parse_status(text: &str) -> Result<Memory> {
    let kilobytes = |key: &str| -> Result<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(number
            .with_context(|| format!("no {key}"))?
            .trim()
            .parse()?)
    };
    Ok(Memory {
        resident: kilobytes("VmRSS:")?,
        peak: kilobytes("VmHWM:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_gives_parent_and_times() {
        let text = "42 (a (very) odd name) S 7 42 42 0 -1 4194304 101 0 0 0 250 31 12 9 20 0 4 0 36874 3133440 402 1";
        let cpu = |user, system| Cpu {
            user: Duration::from_millis(user),
            system: Duration::from_millis(system),
        };
        let expected = Stat {
            parent: 7,
            own: cpu(2500, 310),
            children: cpu(120, 90),
        };
        assert_eq!(parse_stat(text).unwrap(), expected);
        for wrong in ["", "42 no brackets", "42 (short) S 7"] {
            assert!(parse_stat(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_status_gives_resident_and_peak_memory() {
        let text = "Name:\tweft\nVmPeak:\t  999 kB\nVmHWM:\t   34816 kB\nVmRSS:\t   30100 kB\nThreads:\t3\n";
        let memory = Memory {
            resident: 30_100,
            peak: 34_816,
        };
        assert_eq!(parse_status(text).unwrap(), memory);
        assert!(parse_status("Name:\tkthreadd\n").is_err());
    }

    #[test]
    fn descendants_are_found_at_any_depth() {
        let parents = BTreeMap::from([(2, 1), (3, 1), (5, 2), (9, 5), (10, 4)]);
        assert_eq!(descendants(1, &parents), [1, 2, 3, 5, 9]);
        assert_eq!(descendants(4, &parents), [4, 10]);
    }

    #[test]
    fn this_process_can_be_read() {
        let own = [std::process::id()];
        assert!(memory(&own).unwrap().peak > 0);
        assert!(tree(own[0]).unwrap().contains(&own[0]));
        cpu(&own).unwrap();
        this_thread().unwrap();
        ended_children().unwrap();
    }
}

//! The load generator `wrk`: what it is told, and what it says.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::load::{Load, Outcome, PATIENCE};
use crate::proc::{self, Cpu};

/// The version, as wrk gives it. Without wrk it cannot make the load.
pub(crate) fn version() -> Result<String> {
    // It gives its version with status 1.
    let output = match Command::new("wrk").arg("-v").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("wrk is not installed: apt-get install wrk, or let --client light make the load")
        }
        output => output?,
    };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    Ok(words.join(" "))
}

/// Writes the script for one request, sent again and again.
pub(crate) fn script(folder: &Path, name: &str, body: &str) -> Result<PathBuf> {
    write(folder, name, &format!("wrk.body = {}\n", quoted(body)))
}

/// Writes the script for requests of which each is another one: `before`, a number that no other request has,
/// `after`.
pub(crate) fn numbered_script(
    folder: &Path,
    name: &str,
    before: &str,
    after: &str,
) -> Result<PathBuf> {
    let (before, after) = (quoted(before), quoted(after));
    let script = format!(
        "local number = 0\n\
         local run = os.time() .. \"_\" .. string.format(\"%d\", os.clock() * 1e6)\n\
         function request()\n  \
           number = number + 1\n  \
           return wrk.format(nil, nil, nil, {before} .. run .. \"_\" .. number .. {after})\n\
         end\n"
    );
    write(folder, name, &script)
}

fn write(folder: &Path, name: &str, script: &str) -> Result<PathBuf> {
    let path = folder.join(format!("{name}.lua"));
    let head = "wrk.method = \"POST\"\n\
        wrk.headers[\"content-type\"] = \"application/json\"\n\
        wrk.headers[\"accept\"] = \"application/json\"\n";
    fs::write(&path, format!("{head}{script}"))?;
    Ok(path)
}

/// A text as Lua writes it, whatever is in it.
fn quoted(text: &str) -> String {
    // Its last bracket must not become part of the closing ones.
    let closed = format!("{text}]");
    let mut level = String::new();
    while closed.contains(&format!("]{level}]")) {
        level.push('=');
    }
    // Lua takes a line break off the beginning.
    format!("[{level}[\n{text}]{level}]")
}

/// Puts load on a router with a script, whatever comes back.
pub(crate) fn attempt(load: &Load, script: &Path) -> Result<Outcome> {
    let before = proc::ended_children()?;
    let output = Command::new("wrk")
        .args(["-t1", "--latency"])
        .args(["-c", &load.connections.to_string()])
        .args(["-d", &format!("{}s", load.seconds)])
        .args(["--timeout", &format!("{}s", PATIENCE.as_secs())])
        .arg("-s")
        .arg(script)
        .arg(format!("http://127.0.0.1:{}/graphql", load.port))
        .stdin(Stdio::null())
        .output()
        .context("wrk cannot be run")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "wrk ended with {}: {}{text}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let used = proc::ended_children()? - before;
    parse(&text, used).with_context(|| format!("wrk said:\n{text}"))
}

/// Reads the report of a wrk that used so much processor time.
fn parse(text: &str, used: Cpu) -> Result<Outcome> {
    let lines = || text.lines().map(str::trim);
    let total = lines().find_map(|line| line.split_once(" requests in "));
    let (requests, rest) = total.context("no number of requests")?;
    let (seconds, _) = rest.split_once(',').context("no duration")?;
    let percentile = |percent: &str| {
        let line = lines().find_map(|line| line.strip_prefix(percent));
        microseconds(line.context("no latencies")?.trim())
    };
    let after = |prefix: &str| lines().find_map(|line| line.strip_prefix(prefix));
    let refused = after("Non-2xx or 3xx responses: ").unwrap_or("0");
    let broken = after("Socket errors: ").unwrap_or("");
    let broken: Result<Vec<u64>, _> = broken
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(str::parse)
        .collect();
    let requests = requests.parse()?;
    Ok(Outcome {
        requests,
        seconds: microseconds(seconds)? / 1e6,
        p50: percentile("50%")?,
        p99: percentile("99%")?,
        refused: refused.parse()?,
        broken: broken?.iter().sum(),
        client_cpu: used.microseconds_each(requests),
    })
}

/// `1.23ms` and the like in microseconds.
fn microseconds(text: &str) -> Result<f64> {
    let end = text.find(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(end.with_context(|| format!("no unit: {text}"))?);
    let factor = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "m" => 60e6,
        "h" => 3600e6,
        _ => bail!("an unknown unit: {text}"),
    };
    Ok(number.parse::<f64>()? * factor)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const CLEAN: &str = "Running 4s test @ http://127.0.0.1:4000/graphql
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     9.64ms    2.41ms  31.20ms   75.45%
    Req/Sec     5.21k   312.22     5.80k    71.25%
  Latency Distribution
     50%    9.12ms
     75%   10.80ms
     90%   12.76ms
     99%    1.02s 
  20744 requests in 4.00s, 1.69GB read
Requests/sec:   5181.65
Transfer/sec:    432.11MB
";

    #[test]
    fn a_clean_report_gives_figures() {
        let expected = Outcome {
            requests: 20_744,
            seconds: 4.0,
            p50: 9120.0,
            p99: 1_020_000.0,
            refused: 0,
            broken: 0,
            client_cpu: 25.0,
        };
        let used = Cpu {
            user: Duration::from_micros(20_744 * 20),
            system: Duration::from_micros(20_744 * 5),
        };
        assert_eq!(parse(CLEAN, used).unwrap(), expected);
    }

    #[test]
    fn failures_are_counted() {
        let report = CLEAN.replace(
            "Requests/sec",
            "  Socket errors: connect 1, read 20, write 0, timeout 3\n  Non-2xx or 3xx responses: 17\nRequests/sec",
        );
        let outcome = parse(&report, Cpu::default()).unwrap();
        assert_eq!((outcome.broken, outcome.refused), (24, 17));
    }

    #[test]
    fn what_is_no_report_is_said() {
        for text in ["", "unable to connect to 127.0.0.1:4000 Connection refused"] {
            assert!(parse(text, Cpu::default()).is_err(), "{text}");
        }
    }

    #[test]
    fn every_unit_is_read() {
        let cases = [
            ("812.00us", 812.0),
            ("9.12ms", 9120.0),
            ("1.50s", 1.5e6),
            ("10.00m", 600e6),
            ("1.00h", 3.6e9),
        ];
        for (text, expected) in cases {
            assert_eq!(microseconds(text).unwrap(), expected, "{text}");
        }
        for wrong in ["12", "1.0parsec", "ms"] {
            assert!(microseconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_text_is_quoted_whatever_is_in_it() {
        let cases = [
            ("a", "[[\na]]"),
            ("a]]b", "[=[\na]]b]=]"),
            ("a]", "[=[\na]]=]"),
            ("]]]=]", "[==[\n]]]=]]==]"),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected);
        }
    }
}

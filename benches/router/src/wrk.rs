//! The load generator `wrk`: what it is told, and what it says.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// How long wrk waits for one answer, in seconds; a later one counts as a failure.
const TIMEOUT: u64 = 60;

/// What a run is made of.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) port: u16,
    pub(crate) connections: usize,
    pub(crate) seconds: u64,
    pub(crate) script: PathBuf,
}

/// What wrk reports of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Requests that were answered.
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    /// Latencies in microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Answers with another status than 2xx or 3xx.
    pub(crate) refused: u64,
    /// Connections and answers that were lost.
    pub(crate) broken: u64,
}

/// The version, as wrk gives it. Without wrk nothing can be measured.
pub(crate) fn version() -> Result<String> {
    // It gives its version with status 1.
    let output = match Command::new("wrk").arg("-v").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("wrk, the load generator, is not installed: apt-get install wrk")
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

/// Puts load on a router. Any answer that is none is a failure and gives no figures.
pub(crate) fn run(load: &Load) -> Result<Outcome> {
    let outcome = attempt(load)?;
    ensure!(
        outcome.refused == 0 && outcome.broken == 0 && outcome.requests > 0,
        "of {} requests {} were refused and {} lost",
        outcome.requests,
        outcome.refused,
        outcome.broken
    );
    Ok(outcome)
}

/// Puts load on a router, whatever comes back.
pub(crate) fn attempt(load: &Load) -> Result<Outcome> {
    let output = Command::new("wrk")
        .args(["-t1", "--latency"])
        .args(["-c", &load.connections.to_string()])
        .args(["-d", &format!("{}s", load.seconds)])
        .args(["--timeout", &format!("{TIMEOUT}s")])
        .arg("-s")
        .arg(&load.script)
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
    parse(&text).with_context(|| format!("wrk said:\n{text}"))
}

/// Reads wrk's report.
fn parse(text: &str) -> Result<Outcome> {
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
    Ok(Outcome {
        requests: requests.parse()?,
        seconds: microseconds(seconds)? / 1e6,
        p50: percentile("50%")?,
        p99: percentile("99%")?,
        refused: refused.parse()?,
        broken: broken?.iter().sum(),
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
        };
        assert_eq!(parse(CLEAN).unwrap(), expected);
    }

    #[test]
    fn failures_are_counted() {
        let report = CLEAN.replace(
            "Requests/sec",
            "  Socket errors: connect 1, read 20, write 0, timeout 3\n  Non-2xx or 3xx responses: 17\nRequests/sec",
        );
        let outcome = parse(&report).unwrap();
        assert_eq!((outcome.broken, outcome.refused), (24, 17));
    }

    #[test]
    fn what_is_no_report_is_said() {
        for text in ["", "unable to connect to 127.0.0.1:4000 Connection refused"] {
            assert!(parse(text).is_err(), "{text}");
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

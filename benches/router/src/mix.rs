//! A read-heavy mix on the stack itself: the three services over PostgreSQL in Weft's process, with and without the
//! cache.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::figures::{Ratio, Table, median};
use crate::http;
use crate::light::Sequence;
use crate::load::{self, Client, Load, Outcome, Requests};
use crate::machine::Machine;
use crate::proc;
use crate::process::Process;
use crate::weft::WeftArguments;

/// How long the stack may take to start.
const START: Duration = Duration::from_secs(60);
/// Requests before they are sent again in the same order.
const SEQUENCE: usize = 100_000;
/// Seconds of load before a measurement.
const WARM_UP: u64 = 3;
/// Posts that are read.
const POSTS: usize = 50;

const POST: &str = "query($id: ID!) { post(id: $id) { id title body tags publishedAt \
    author { id username displayName } \
    comments(first: 10) { nodes { id body author { username displayName } } } } }";
const USER: &str =
    "query($u: String!) { user(username: $u) { id username displayName bio avatarUrl } }";
const PAGE: &str = "query($n: Int) { posts(first: $n, filter: { status: PUBLISHED }) { \
    nodes { id title excerpt tags author { id username displayName } } } }";
const COMMENT: &str = "mutation($i: AddCommentInput!) { addComment(input: $i) { comment { id } userErrors { code } } }";
const TODO: &str =
    "mutation($i: CreateTodoInput!) { createTodo(input: $i) { todo { id } userErrors { code } } }";
const LOGIN: &str = "mutation($i: LoginInput!) { login(input: $i) { session { accessToken } userErrors { code } } }";

/// Measure a read-heavy mix on the stack, with and without the cache: reads are posts with comments, users and pages of
/// posts, writes are comments and todos. Needs PostgreSQL and Redis, and psql:
/// `scripts/with-services.sh just bench-router mix`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    weft: WeftArguments,
    /// A PostgreSQL superuser's URL; databases of its own are made, and dropped in the end.
    #[arg(long, env = "WEFT_TEST_POSTGRES_URL", value_name = "URL")]
    postgres: String,
    /// A Redis.
    #[arg(long, env = "WEFT_TEST_REDIS_URL", value_name = "URL")]
    redis: String,
    /// How many connections send requests at once.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// How many send them when Redis alone answers.
    #[arg(long, default_value_t = 4)]
    moderate_connections: usize,
    /// How long one run takes.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How often everything is measured; medians are reported.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Writes among a hundred requests.
    #[arg(long, default_value_t = 5)]
    writes: u32,
}

/// What is tried.
struct Variant {
    name: &'static str,
    config: String,
    writes: u32,
    connections: usize,
}

/// One run of a variant.
struct Sample {
    outcome: Outcome,
    /// Of the stack's process, for a request, in microseconds.
    cpu: f64,
    /// What the cache did for a request.
    events: Vec<(String, f64)>,
}

impl Sample {
    fn requests_per_second(&self) -> f64 {
        self.outcome.requests as f64 / self.outcome.seconds
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let weft = arguments.weft.program()?;
    let machine = Machine::with(&weft, Client::Light)?;
    println!("{}\n", machine.summary());
    let databases = Databases::create(&arguments.postgres)?;
    databases.fill(&weft)?;
    let redis = &arguments.redis;
    let namespace = format!("bench-mix-{}", std::process::id());
    let mixed = |name, config: String| Variant {
        name,
        config,
        writes: arguments.writes,
        connections: arguments.connections,
    };
    let variants = [
        mixed("no cache", "cache: { enabled: false }\n".to_owned()),
        mixed("memory", String::new()),
        mixed(
            "memory and Redis",
            format!("cache: {{ redis: \"{redis}\", namespace: {namespace} }}\n"),
        ),
        Variant {
            name: "Redis alone, reads",
            config: format!(
                "cache: {{ redis: \"{redis}\", namespace: {namespace}-alone, memory: 1KiB, response_memory: 1KiB }}\n"
            ),
            writes: 0,
            connections: arguments.moderate_connections,
        },
    ];
    let mut samples: Vec<Vec<Sample>> = variants.iter().map(|_| Vec::new()).collect();
    for round in 0..arguments.rounds {
        for (variant, samples) in variants.iter().zip(&mut samples) {
            let sample = turn(&weft, &databases, variant, arguments.seconds, round as u64);
            samples.push(sample.with_context(|| variant.name)?);
        }
    }
    report(arguments, &variants, &samples);
    Ok(())
}

fn report(arguments: &Arguments, variants: &[Variant], samples: &[Vec<Sample>]) {
    println!(
        "{} % writes, {} connections ({} where Redis alone answers); medians of {} rounds; CPU in µs a request, of the \
         stack's process without PostgreSQL and Redis",
        arguments.writes, arguments.connections, arguments.moderate_connections, arguments.rounds
    );
    let header = ["cache", "requests/s", "times", "p50 µs", "p99 µs", "CPU"];
    let mut table = Table::new(1, header);
    let figures = |samples: &[Sample], of: fn(&Sample) -> f64| -> Vec<f64> {
        samples.iter().map(of).collect()
    };
    let without = figures(&samples[0], Sample::requests_per_second);
    for (variant, samples) in variants.iter().zip(samples) {
        let rate = figures(samples, Sample::requests_per_second);
        let ratio = match variant.writes == arguments.writes {
            true => Ratio::of(&rate, &without).to_string(),
            false => String::new(),
        };
        table.row([
            variant.name.to_owned(),
            format!("{:.0}", median(&rate)),
            ratio,
            format!("{:.0}", median(&figures(samples, |s| s.outcome.p50))),
            format!("{:.0}", median(&figures(samples, |s| s.outcome.p99))),
            format!("{:.0}", median(&figures(samples, |s| s.cpu))),
        ]);
    }
    println!("{table}");
    for (variant, samples) in variants.iter().zip(samples) {
        if let Some(last) = samples.last() {
            let events: Vec<String> = last
                .events
                .iter()
                .map(|(name, count)| format!("{name} {count:.3}"))
                .collect();
            println!("{}, events a request: {}", variant.name, events.join(", "));
        }
    }
}

/// Starts the stack, puts load on it and stops it.
fn turn(
    weft: &Path,
    databases: &Databases,
    variant: &Variant,
    seconds: u64,
    seed: u64,
) -> Result<Sample> {
    let stack = Stack::start(weft, databases, &variant.config)?;
    let sequence = stack.sequence(variant.writes, seed)?;
    let mut load = Load {
        port: stack.port,
        connections: variant.connections,
        seconds: WARM_UP,
        requests: Requests::Sequence(sequence),
    };
    load::run(&load)?;
    load.seconds = seconds;
    let pids = stack.process.tree()?;
    proc::wait_for_rest(&pids)?;
    let events = stack.events()?;
    let before = proc::cpu(&pids)?;
    let outcome = load::run(&load)?;
    let used = proc::cpu(&pids)? - before;
    let requests = outcome.requests as f64;
    let events = stack
        .events()?
        .into_iter()
        .zip(events)
        .map(|((name, after), (_, before))| (name, (after - before) / requests))
        .filter(|(_, count)| *count > 0.0)
        .collect();
    Ok(Sample {
        cpu: used.microseconds_each(outcome.requests),
        outcome,
        events,
    })
}

/// The databases of the three services.
struct Databases {
    server: String,
    names: [(&'static str, String); 3],
}

impl Databases {
    fn create(postgres: &str) -> Result<Self> {
        let server = postgres
            .rsplit_once('/')
            .context("no database in the URL")?;
        let name = |service| {
            (
                service,
                format!("bench_mix_{}_{service}", std::process::id()),
            )
        };
        let databases = Self {
            server: server.0.to_owned(),
            names: ["users", "posts", "todos"].map(name),
        };
        for (_, name) in &databases.names {
            databases.psql(&format!("CREATE DATABASE {name}"))?;
        }
        Ok(databases)
    }

    fn psql(&self, statement: &str) -> Result<()> {
        let url = format!("{}/postgres", self.server);
        let status = Command::new("psql")
            .args([&url, "-q", "-c", statement])
            .stdin(Stdio::null())
            .status()
            .context("psql cannot be started")?;
        ensure!(status.success(), "psql refused {statement}");
        Ok(())
    }

    fn environment(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.names.iter().map(|(service, name)| {
            let variable = format!("WEFT_{}_DATABASE_URL", service.to_uppercase());
            (variable, format!("{}/{name}", self.server))
        })
    }

    /// Tables and demo data.
    fn fill(&self, weft: &Path) -> Result<()> {
        for arguments in [&["migrate", "up"][..], &["seed"]] {
            let output = Command::new(weft)
                .args(arguments)
                .envs(self.environment())
                .output()?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "weft {}: {said}", arguments[0]);
        }
        Ok(())
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        for (_, name) in &self.names {
            if let Err(error) = self.psql(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) {
                eprintln!("{name} is still there: {error:#}");
            }
        }
    }
}

/// The whole stack in a process.
struct Stack {
    process: Process,
    port: u16,
    _folder: TempDir,
}

impl Stack {
    fn start(weft: &Path, databases: &Databases, config: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bench-mix").tempdir()?;
        let file: PathBuf = folder.path().join("weft.yaml");
        std::fs::write(&file, config)?;
        let port = http::free_port()?;
        let mut command = Command::new(weft);
        command
            .args(["up", "--listen", &format!("127.0.0.1:{port}"), "--config"])
            .arg(&file)
            .arg("--data-dir")
            .arg(folder.path())
            .envs(databases.environment())
            .stdout(Stdio::null());
        let log = folder.path().join("log");
        let mut process = Process::start(&mut command, Some(File::create(&log)?))?;
        let until = Instant::now() + START;
        while !matches!(http::send(port, "GET", "/ready", ""), Ok((200, _))) {
            let said = || std::fs::read_to_string(&log).unwrap_or_default();
            ensure!(process.runs()?, "the stack ended: {}", said());
            ensure!(Instant::now() < until, "the stack is not ready: {}", said());
            sleep(Duration::from_millis(50));
        }
        Ok(Self {
            process,
            port,
            _folder: folder,
        })
    }

    /// The data of an operation that must not give an error.
    fn data(&self, query: &str, variables: &Value) -> Result<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut answer: Value = serde_json::from_slice(&http::graphql(self.port, &body)?)?;
        ensure!(answer.get("errors").is_none(), "{query}: {answer}");
        Ok(answer["data"].take())
    }

    /// Reads and writes in an order that is the same for the same seed.
    fn sequence(&self, writes: u32, seed: u64) -> Result<Sequence> {
        let login = json!({ "i": { "username": "demo", "password": "weft-demo-password" } });
        let login = self.data(LOGIN, &login)?;
        let token = login["login"]["session"]["accessToken"].as_str();
        let token = token.context("the demo user cannot sign in")?.to_owned();
        let query = "query($n: Int) { posts(first: $n, filter: { status: PUBLISHED }) { nodes { id author { username } } } }";
        let posts = self.data(query, &json!({ "n": POSTS }))?;
        let posts = posts["posts"]["nodes"]
            .as_array()
            .context("no posts")?
            .clone();
        ensure!(posts.len() == POSTS, "{} posts", posts.len());
        let mut requests = Vec::new();
        for post in &posts {
            let read = self.request(POST, &json!({ "id": post["id"] }), None);
            requests.push(read);
            let read = self.request(USER, &json!({ "u": post["author"]["username"] }), None);
            requests.push(read);
        }
        for count in [5, 10, 20] {
            let page = self.request(PAGE, &json!({ "n": count }), None);
            requests.extend(vec![page; 10]);
        }
        let reads = requests.len();
        for (number, post) in posts.iter().enumerate() {
            let comment =
                json!({ "i": { "postId": post["id"], "body": format!("comment {number}") } });
            requests.push(self.request(COMMENT, &comment, Some(&token)));
            let todo = json!({ "i": { "title": format!("todo {number}") } });
            requests.push(self.request(TODO, &todo, Some(&token)));
        }
        // Each must be answered with data, or nothing is measured.
        for request in &requests {
            let text = std::str::from_utf8(request)?;
            let (head, body) = text.split_once("\r\n\r\n").context("no body")?;
            let is_write = head.contains("authorization");
            if !is_write {
                let body: Value = serde_json::from_str(body)?;
                let query = body["query"].as_str().context("no query")?;
                self.data(query, &body["variables"])?;
            }
        }
        let mut random = SmallRng::seed_from_u64(seed);
        let order = (0..SEQUENCE).map(|_| match random.random_range(0..100) < writes {
            true => random.random_range(reads..requests.len()),
            false => random.random_range(0..reads),
        });
        Ok(Sequence {
            order: order.collect(),
            requests: requests.into(),
        })
    }

    fn request(&self, query: &str, variables: &Value, token: Option<&str>) -> Vec<u8> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = http::request(self.port, "POST", "/graphql", &body);
        let request = match token {
            None => request,
            Some(token) => {
                request.replacen("\r\n", &format!("\r\nauthorization: Bearer {token}\r\n"), 1)
            }
        };
        request.into_bytes()
    }

    /// What the cache has done so far.
    fn events(&self) -> Result<Vec<(String, f64)>> {
        let (_, text) = http::send(self.port, "GET", "/metrics", "")?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines = text.lines().filter_map(|line| {
            let rest = line.strip_prefix("weft_cache_events_total{event=\"")?;
            let (name, value) = rest.split_once("\"} ")?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Ok(lines.collect())
    }
}

//! Connections to one Redis for as long as it is certain to be the same one. None is ever made again within a session:
//! a server that restarted must not go unnoticed.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use futures::future::join_all;
use redis::{
    Pipeline, RedisError, RedisResult, ServerErrorKind, Value, aio::MultiplexedConnection, cmd,
};
use tokio_util::sync::CancellationToken;

use super::{
    address::{Address, Connections, failure},
    replies::{self, AT_ONCE},
};
use crate::{
    clock::Clock,
    key::Key,
    log::Log,
    news::{LogEntry, News},
    position::Position,
    settings::Settings,
    tag::{Mode, Tag},
};

/// Keys that are asked for with one command.
const KEYS_AT_ONCE: usize = 256;

/// Of a log that was not followed so far, at most this many entries are read.
const MOST_PAST: usize = 100_000;

/// Connections to one Redis, and what it is called there.
pub(super) struct Session {
    connections: Connections,
    names: Names,
    run_id: String,
    /// Opens the log and appends to it.
    log: Script,
    /// Reads it.
    news: Script,
    retention: u64,
    clock: Arc<dyn Clock>,
    /// Cancelled by whoever finds out that it is of no use any more.
    pub(super) broken: CancellationToken,
}

/// What the cache's things are called in Redis.
pub(super) struct Names {
    /// The stream and the hash: in one slot of a cluster.
    stream: String,
    head: String,
    /// Before the bytes of a [`Key`].
    entries: String,
}

/// A script, and its name there.
struct Script {
    text: String,
    sha: String,
}

/// An entry for Redis, encoded.
pub(super) struct Write {
    pub(super) key: Key,
    pub(super) bytes: Vec<u8>,
    pub(super) milliseconds: u64,
}

impl Names {
    pub(super) fn new(namespace: &str) -> Self {
        Self {
            stream: format!("{{{namespace}}}:inv"),
            head: format!("{{{namespace}}}:head"),
            entries: format!("{namespace}:"),
        }
    }

    fn entry(&self, key: &Key) -> Vec<u8> {
        [self.entries.as_bytes(), key.as_bytes()].concat()
    }
}

impl Session {
    /// Connects to `address`, and makes sure that it is a master.
    pub(super) async fn connect(address: &Address, settings: &Settings) -> RedisResult<Self> {
        let names = Names::new(&settings.namespace);
        let mut connections = address.connect_for(names.stream.as_bytes()).await?;
        let role: Vec<Value> = cmd("ROLE").query_async(&mut connections.tail).await?;
        if !matches!(role.first(), Some(Value::BulkString(role)) if role == b"master") {
            return Err(failure("the server is not a master"));
        }
        let info: String = cmd("INFO")
            .arg("server")
            .query_async(&mut connections.tail)
            .await?;
        let run_id = replies::info_field(&info, "run_id");
        let run_id = run_id.ok_or_else(|| failure("the server has no run id"))?;
        let version = replies::info_field(&info, "redis_version").unwrap_or_default();
        let is_seven = version
            .split('.')
            .next()
            .is_some_and(|major| major.parse().is_ok_and(|major: u32| major >= 7));
        // From then on, invalidations are taken even when the memory is full.
        let (writes, reads) = match is_seven {
            true => ("#!lua flags=allow-oom\n", "#!lua flags=no-writes\n"),
            false => ("", ""),
        };
        let log = format!("{writes}{}", include_str!("log.lua"));
        let log = Script::load(&mut connections.tail, log).await?;
        let news = format!("{reads}{}", include_str!("news.lua"));
        let news = Script::load(&mut connections.tail, news).await?;
        Ok(Self {
            run_id: run_id.to_owned(),
            connections,
            names,
            log,
            news,
            retention: settings.retention.as_millis() as u64,
            clock: Arc::clone(&settings.clock),
            broken: CancellationToken::new(),
        })
    }

    /// Makes sure that there is a log, and that it is a new one if what `log` has read is not all there.
    pub(super) async fn open(&self, log: &Log) -> RedisResult<()> {
        let what = if log.is_suspect() { "force" } else { "open" };
        let script = self.invocation(log.position(), what, &[], "");
        let mut tail = self.connections.tail.clone();
        let _: Value = script.query_async(&mut tail).await?;
        Ok(())
    }

    /// What is new in the log, on the tail's connection.
    pub(super) async fn tail_news(&self, from: Position) -> RedisResult<News> {
        self.news_on(&self.connections.tail, from).await
    }

    /// What is new in the log, on the connection of lookups.
    pub(super) async fn news(&self, from: Position) -> RedisResult<News> {
        self.news_on(&self.connections.commands, from).await
    }

    async fn news_on(
        &self,
        connection: &MultiplexedConnection,
        from: Position,
    ) -> RedisResult<News> {
        let asked_at = self.clock.now();
        let reply = self.ask(from).query_async(&mut connection.clone()).await;
        read_news(self.loaded(&self.news, reply).await?, from, asked_at)
    }

    /// Returns when the log may have something after `from`, at the latest after `milliseconds`.
    pub(super) async fn wait_for_news(&self, from: Position, milliseconds: u64) -> RedisResult<()> {
        let mut tail = self.connections.tail.clone();
        let wait = cmd("XREAD")
            .arg("COUNT")
            .arg(1)
            .arg("BLOCK")
            .arg(milliseconds)
            .arg("STREAMS")
            .arg(&self.names.stream)
            .arg(from.to_string())
            .to_owned();
        let _: Value = wait.query_async(&mut tail).await?;
        Ok(())
    }

    /// What is left of the log up to `to`, which is the entry of this `number`: without a gap, in order, and not more
    /// than can be remembered. Nothing up to `deleted`.
    pub(super) async fn past(
        &self,
        to: Position,
        number: u64,
        deleted: Position,
    ) -> RedisResult<Vec<LogEntry>> {
        let mut tail = self.connections.tail.clone();
        let (mut past, mut number) = (Vec::new(), number);
        let mut end = to.to_string();
        'all: while past.len() < MOST_PAST {
            let range = cmd("XREVRANGE")
                .arg(&self.names.stream)
                .arg(&end)
                .arg("-")
                .arg("COUNT")
                .arg(AT_ONCE)
                .to_owned();
            let entries = replies::log_entries(range.query_async(&mut tail).await?);
            let Some(oldest) = entries.last() else {
                break;
            };
            end = format!("({}", oldest.at);
            for entry in entries {
                if entry.at <= deleted || entry.number.is_some_and(|of_entry| of_entry != number) {
                    break 'all;
                }
                number = number.wrapping_sub(u64::from(entry.number.is_some()));
                past.push(entry);
            }
        }
        past.reverse();
        Ok(past)
    }

    /// The values of `keys`, and what is new in the log if it is asked for from somewhere.
    pub(super) async fn read(
        &self,
        keys: &[Key],
        from: Option<Position>,
    ) -> RedisResult<(Vec<Option<Bytes>>, Option<News>)> {
        if let Some(cluster) = &self.connections.cluster {
            let values = async {
                let chunks = keys.chunks(KEYS_AT_ONCE).map(|keys| {
                    let mut cluster = cluster.clone();
                    let get = self.get(keys);
                    async move { get.query_async::<Value>(&mut cluster).await }
                });
                let chunks = join_all(chunks)
                    .await
                    .into_iter()
                    .collect::<RedisResult<_>>()?;
                values(chunks, keys.len())
            };
            let news = async {
                match from {
                    Some(from) => self.news(from).await.map(Some),
                    None => Ok(None),
                }
            };
            return futures::future::try_join(values, news).await;
        }
        let mut pipeline = Pipeline::new();
        for keys in keys.chunks(KEYS_AT_ONCE) {
            pipeline.add_command(self.get(keys));
        }
        let asked_at = self.clock.now();
        if let Some(from) = from {
            pipeline.add_command(self.ask(from));
        }
        let mut replies = send(&self.connections.commands, &pipeline).await?;
        let news = match from {
            Some(from) => {
                let news = self.loaded(&self.news, last(&mut replies)).await?;
                Some(read_news(news, from, asked_at)?)
            }
            None => None,
        };
        Ok((values(replies, keys.len())?, news))
    }

    /// Writes entries. Gives how many were not taken.
    pub(super) async fn write(&self, writes: Vec<Write>) -> RedisResult<usize> {
        let sets = writes.iter().map(|write| {
            cmd("SET")
                .arg(self.names.entry(&write.key))
                .arg(&write.bytes)
                .arg("PX")
                .arg(write.milliseconds)
                .to_owned()
        });
        let replies: Vec<Value> = match &self.connections.cluster {
            Some(cluster) => {
                let sets = sets.map(|set| {
                    let mut cluster = cluster.clone();
                    async move { set.query_async(&mut cluster).await }
                });
                let replies: Vec<RedisResult<Value>> = join_all(sets).await;
                replies
                    .into_iter()
                    .map(|reply| reply.unwrap_or(Value::Nil))
                    .collect()
            }
            None => {
                let mut pipeline = Pipeline::with_capacity(writes.len());
                sets.for_each(|set| {
                    pipeline.add_command(set);
                });
                send(&self.connections.writes, &pipeline).await?
            }
        };
        Ok(replies
            .iter()
            .filter(|reply| **reply != Value::Okay)
            .count())
    }

    /// Appends invalidations. Gives their positions and what is new in the log, which they are the end of.
    pub(super) async fn append(
        &self,
        invalidations: &[(&[Tag], Mode)],
        with_reset: bool,
        log: &Log,
    ) -> RedisResult<(Vec<Position>, News)> {
        let from = log.position();
        let mut pipeline = Pipeline::new();
        if with_reset {
            pipeline.add_command(self.invocation(from, "append", &[], "r"));
        }
        for (tags, mode) in invalidations {
            let mode = match mode {
                Mode::Hard => "h",
                Mode::Soft => "s",
            };
            pipeline.add_command(self.invocation(from, "append", tags, mode));
        }
        let appended = invalidations.len() + usize::from(with_reset);
        let asked_at = self.clock.now();
        pipeline.add_command(self.ask(from));
        let mut replies = send(&self.connections.commands, &pipeline).await?;
        let news = self.loaded(&self.news, last(&mut replies)).await?;
        let mut positions = Vec::with_capacity(appended);
        for reply in replies {
            let reply = self.loaded(&self.log, Ok(reply)).await?;
            let position = replies::position(&reply);
            positions.push(position.ok_or_else(|| failure("an append was answered differently"))?);
        }
        Ok((
            positions.split_off(usize::from(with_reset)),
            read_news(news, from, asked_at)?,
        ))
    }

    /// A server that has forgotten `script` is given it again, for the next attempt.
    async fn loaded(&self, script: &Script, reply: RedisResult<Value>) -> RedisResult<Value> {
        let reply = reply.and_then(Value::extract_error);
        if let Err(error) = &reply
            && is_kind(error, ServerErrorKind::NoScript)
        {
            let text = script.text.clone();
            Script::load(&mut self.connections.commands.clone(), text).await?;
        }
        reply
    }

    fn invocation(&self, after: Position, what: &str, tags: &[Tag], mode: &str) -> redis::Cmd {
        let tags: Vec<u8> = tags
            .iter()
            .flat_map(|tag| tag.bits().to_le_bytes())
            .collect();
        // 53 bits, so that no tool that takes it for a floating-point number changes it.
        let generation = rand::random_range(1u64..1 << 53);
        cmd("EVALSHA")
            .arg(&self.log.sha)
            .arg(2)
            .arg(&self.names.stream)
            .arg(&self.names.head)
            .arg(&self.run_id)
            .arg(generation)
            .arg(after.milliseconds)
            .arg(after.sequence)
            .arg(self.retention)
            .arg(what)
            .arg(tags)
            .arg(mode)
            .to_owned()
    }

    fn get(&self, keys: &[Key]) -> redis::Cmd {
        let mut get = cmd("MGET");
        for key in keys {
            get.arg(self.names.entry(key));
        }
        get
    }

    /// What is new in the log after `from`.
    fn ask(&self, from: Position) -> redis::Cmd {
        cmd("EVALSHA")
            .arg(&self.news.sha)
            .arg(2)
            .arg(&self.names.stream)
            .arg(&self.names.head)
            .arg(from.to_string())
            .arg(AT_ONCE)
            .to_owned()
    }
}

impl Script {
    async fn load(connection: &mut MultiplexedConnection, text: String) -> RedisResult<Self> {
        let load = cmd("SCRIPT").arg("LOAD").arg(&text).to_owned();
        let sha = load.query_async(connection).await?;
        Ok(Self { text, sha })
    }
}

/// Whether the server does not want the command, and the connection is as good as before.
pub(super) fn is_refusal(error: &RedisError) -> bool {
    is_kind(error, ServerErrorKind::NoScript) || error.code() == Some("OOM")
}

fn is_kind(error: &RedisError, kind: ServerErrorKind) -> bool {
    error.kind() == redis::ErrorKind::Server(kind)
}

async fn send(connection: &MultiplexedConnection, pipeline: &Pipeline) -> RedisResult<Vec<Value>> {
    let mut connection = connection.clone();
    connection
        .send_packed_commands(pipeline, 0, pipeline.len())
        .await
}

fn read_news(reply: Value, from: Position, asked_at: Instant) -> RedisResult<News> {
    let (log, entries) = replies::log(reply)?;
    let end = entries.last().map_or(from, |entry| entry.at);
    Ok(News {
        asked_from: from,
        asked_at,
        is_cut: entries.len() >= AT_ONCE && log.is_some_and(|log| log.last > end),
        log,
        entries,
    })
}

fn last(replies: &mut Vec<Value>) -> RedisResult<Value> {
    replies.pop().ok_or_else(|| failure("the log was not read"))
}

/// The values of `count` keys in the replies to `MGET`s.
fn values(replies: Vec<Value>, count: usize) -> RedisResult<Vec<Option<Bytes>>> {
    let mut values = Vec::with_capacity(count);
    for reply in replies {
        let Value::Array(found) = reply.extract_error()? else {
            return Err(failure("a read was answered differently"));
        };
        values.extend(found.into_iter().map(|value| match value {
            Value::BulkString(bytes) => Some(Bytes::from(bytes)),
            _ => None,
        }));
    }
    match values.len() == count {
        true => Ok(values),
        false => Err(failure("a read was answered differently")),
    }
}

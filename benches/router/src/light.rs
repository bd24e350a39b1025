//! The light client: a load generator that leaves as much of the machine as can be to what it puts load on. One thread
//! waits for all connections with epoll, sends bytes made once, reads of every answer the head, and has the kernel throw
//! the body away (tcp(7), `MSG_TRUNC`).

mod connection;
#[cfg(test)]
mod tests;

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event};
use rustix::io::Errno;

use crate::http;
use crate::load::{Load, Outcome, PATIENCE};
use crate::proc::{self, Cpu};
use connection::{Answer, Connection, Failure};

/// How much of a body is thrown away at once, in bytes: memory that is only named, and never touched.
const WASTE: usize = 8 << 20;

/// In the time that an answer may take it is looked so often for answers that have taken longer.
const LOOKS: u32 = 60;

/// Puts load on a router with that body, whatever comes back.
pub(crate) fn attempt(load: &Load, body: &str) -> Result<Outcome> {
    let mut generator = Generator::new(load.port, load.connections, body, PATIENCE)?;
    generator.run(Duration::from_secs(load.seconds))
}

/// Puts load on a router with those requests one after the other, and again from the first, whatever comes back.
pub(crate) fn attempt_sequence(load: &Load, requests: &Sequence) -> Result<Outcome> {
    let mut generator = Generator::of(load.port, load.connections, requests.clone(), PATIENCE)?;
    generator.run(Duration::from_secs(load.seconds))
}

/// Requests as they are sent, head and body, in an order.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    pub(crate) requests: Arc<[Vec<u8>]>,
    /// Indices of them.
    pub(crate) order: Arc<[usize]>,
}

impl Sequence {
    /// That request again and again.
    fn one(request: Vec<u8>) -> Self {
        Self {
            requests: [request].into(),
            order: [0].into(),
        }
    }

    /// Whether every answer must be as long as the first.
    fn is_one(&self) -> bool {
        self.requests.len() == 1
    }
}

/// The connections, what they send, and what they were answered.
struct Generator {
    port: u16,
    sequence: Sequence,
    /// How many requests of the sequence were begun.
    begun: usize,
    /// Which request each connection sends.
    current: Vec<usize>,
    /// How long an answer may take.
    patience: Duration,
    epoll: OwnedFd,
    /// In the place of one that was lost and could not be opened again there is none.
    connections: Vec<Option<Connection>>,
    waste: Vec<u8>,
    tally: Tally,
}

impl Generator {
    fn new(port: u16, connections: usize, body: &str, patience: Duration) -> Result<Self> {
        let request = http::request(port, "POST", "/graphql", body).into_bytes();
        Self::of(port, connections, Sequence::one(request), patience)
    }

    fn of(port: u16, connections: usize, sequence: Sequence, patience: Duration) -> Result<Self> {
        let mut generator = Self {
            port,
            tally: Tally {
                any_length: !sequence.is_one(),
                ..Tally::default()
            },
            sequence,
            begun: 0,
            current: vec![0; connections],
            patience,
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            connections: Vec::new(),
            waste: vec![0; WASTE],
        };
        for index in 0..connections {
            let connection = Connection::open(port, &generator.epoll, index);
            let connection = connection.context("a connection cannot be opened")?;
            generator.connections.push(Some(connection));
        }
        Ok(generator)
    }

    /// Sends requests for so long, from a thread of its own so that its processor time is of nothing else.
    fn run(&mut self, lasting: Duration) -> Result<Outcome> {
        let (seconds, used) = thread::scope(|scope| {
            let load = scope.spawn(|| -> Result<(f64, Cpu)> {
                let before = proc::this_thread()?;
                let begin = Instant::now();
                self.send_until(begin + lasting)?;
                let seconds = begin.elapsed().as_secs_f64();
                Ok((seconds, proc::this_thread()? - before))
            });
            load.join().map_err(|_| anyhow!("the load panicked"))?
        })?;
        Ok(self.tally.outcome(seconds, used))
    }

    fn send_until(&mut self, end: Instant) -> Result<()> {
        let mut events: Vec<Event> = Vec::with_capacity(self.connections.len());
        let mut now = Instant::now();
        let mut look = now;
        for index in 0..self.connections.len() {
            self.next_request(index);
            if let Some(connection) = &mut self.connections[index] {
                connection.begin(now);
            }
        }
        while now < end {
            if now >= look {
                self.give_up(now);
                look = now + self.patience / LOOKS;
            }
            let wait = Timespec::try_from(end.min(look) - now)?;
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&wait)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => bail!("epoll_wait: {error}"),
            }
            for event in events.drain(..) {
                let index = event.data.u64();
                self.proceed(index as usize, end)?;
            }
            now = Instant::now();
        }
        Ok(())
    }

    /// Does what a connection can do now. Answers count that are there before the end.
    fn proceed(&mut self, index: usize, end: Instant) -> Result<()> {
        let Some(connection) = &mut self.connections[index] else {
            return Ok(());
        };
        let sequence = &self.sequence;
        let answer = connection.proceed(&sequence.requests[self.current[index]], &mut self.waste);
        let is_sent = answer.and_then(|answer| {
            let now = Instant::now();
            if let Some(answer) = answer
                && now < end
            {
                self.tally.add(answer, now - connection.since);
                connection.begin(now);
                self.current[index] = sequence.order[self.begun % sequence.order.len()];
                self.begun += 1;
            }
            connection.send(&sequence.requests[self.current[index]])
        });
        match is_sent {
            Ok(is_sent) => connection.watch(&self.epoll, index, !is_sent)?,
            Err(Failure::Lost) => self.replace(index),
            Err(Failure::Unframed) => {
                bail!("an answer does not say how long it is (content-length): use --client wrk")
            }
        }
        Ok(())
    }

    /// Gives a connection what comes next.
    fn next_request(&mut self, index: usize) {
        let order = &self.sequence.order;
        self.current[index] = order[self.begun % order.len()];
        self.begun += 1;
    }

    /// Replaces connections whose answers take too long.
    fn give_up(&mut self, now: Instant) {
        for index in 0..self.connections.len() {
            let since = self.connections[index].as_ref().map(|open| open.since);
            if since.is_some_and(|since| now - since >= self.patience) {
                self.replace(index);
            }
        }
    }

    /// Opens another connection in the place of one that is lost.
    fn replace(&mut self, index: usize) {
        self.tally.broken += 1;
        // Closed before the other one is opened; epoll(7) forgets it then.
        self.connections[index] = None;
        self.connections[index] = Connection::open(self.port, &self.epoll, index).ok();
        self.tally.broken += u64::from(self.connections[index].is_none());
    }
}

/// What a run was answered.
#[derive(Debug, Default)]
struct Tally {
    /// In microseconds.
    latencies: Vec<u32>,
    /// Of the body of the first answer with status 200.
    length: Option<usize>,
    /// Answers to different requests: no length is another.
    any_length: bool,
    refused: u64,
    broken: u64,
}

impl Tally {
    fn add(&mut self, answer: Answer, latency: Duration) {
        let microseconds = u32::try_from(latency.as_micros());
        self.latencies.push(microseconds.unwrap_or(u32::MAX));
        let is_length =
            self.any_length || answer.length == *self.length.get_or_insert(answer.length);
        let is_right = answer.status == 200 && is_length;
        self.refused += u64::from(!is_right);
    }

    fn outcome(&mut self, seconds: f64, used: Cpu) -> Outcome {
        self.latencies.sort_unstable();
        let count = self.latencies.len();
        let percentile = |percent: usize| {
            let rank = (count * percent).div_ceil(100);
            let latency = self.latencies.get(rank.saturating_sub(1));
            latency.map_or(0.0, |latency| f64::from(*latency))
        };
        Outcome {
            requests: count as u64,
            seconds,
            p50: percentile(50),
            p99: percentile(99),
            refused: self.refused,
            broken: self.broken,
            client_cpu: used.microseconds_each(count as u64),
        }
    }
}

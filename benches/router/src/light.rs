//! The light client: a load generator that leaves as much of the machine as can be to what it puts load on. One thread
//! waits for all connections with epoll, sends bytes made once, reads of every answer the head, and has the kernel throw
//! the body away (tcp(7), `MSG_TRUNC`).

mod connection;
#[cfg(test)]
mod tests;

use std::os::fd::OwnedFd;
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

/// The connections, what they send, and what they were answered.
struct Generator {
    port: u16,
    request: Vec<u8>,
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
        let mut generator = Self {
            port,
            request: http::request(port, "POST", "/graphql", body).into_bytes(),
            patience,
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            connections: Vec::new(),
            waste: vec![0; WASTE],
            tally: Tally::default(),
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
        for connection in self.connections.iter_mut().flatten() {
            connection.begin(now);
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
        let answer = connection.proceed(&self.request, &mut self.waste);
        let is_sent = answer.and_then(|answer| {
            let now = Instant::now();
            if let Some(answer) = answer
                && now < end
            {
                self.tally.add(answer, now - connection.since);
                connection.begin(now);
            }
            connection.send(&self.request)
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
    refused: u64,
    broken: u64,
}

impl Tally {
    fn add(&mut self, answer: Answer, latency: Duration) {
        let microseconds = u32::try_from(latency.as_micros());
        self.latencies.push(microseconds.unwrap_or(u32::MAX));
        let is_right =
            answer.status == 200 && answer.length == *self.length.get_or_insert(answer.length);
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

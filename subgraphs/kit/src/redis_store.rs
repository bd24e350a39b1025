//! A Redis that several replicas of a service share: scripts that read and write in one step.
//!
//! The connection is made when it is first needed, and made again after it broke. No call takes longer
//! than [`BUDGET`]: what is kept here is worth less than an answer in time.

use std::{fmt, sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, RedisResult, ScriptInvocation, aio::MultiplexedConnection,
};
use tokio::sync::Mutex;

use crate::{Error, Result, db::without_password};

/// The longest a call takes, connecting included.
pub const BUDGET: Duration = Duration::from_millis(250);

/// A script in Lua, as Redis runs it: alone, on all of its keys.
pub struct Script(redis::Script);

impl Script {
    /// The script with this text.
    #[must_use]
    pub fn new(lua: &str) -> Self {
        Self(redis::Script::new(lua))
    }
}

/// One Redis, under one prefix of keys. Clones share the connection.
#[derive(Clone)]
pub struct RedisStore {
    shown_url: String,
    prefix: String,
    client: Client,
    connection: Arc<Mutex<Slot>>,
}

/// The connection, and how many there were, so that a late failure of an old one breaks no new one.
#[derive(Default)]
struct Slot {
    current: Option<MultiplexedConnection>,
    made: u64,
}

impl RedisStore {
    /// A store at `url` (`redis://[user][:password@]host[:port][/database]`) whose keys begin with
    /// `prefix`. Does not connect yet.
    ///
    /// # Errors
    /// `Redis` when the URL is not one of a Redis.
    pub fn open(url: &str, prefix: impl Into<String>) -> Result<Self> {
        let shown_url = without_password(url);
        let client = Client::open(url).map_err(|error| Error::Redis {
            url: shown_url.clone(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            shown_url,
            prefix: prefix.into(),
            client,
            connection: Arc::default(),
        })
    }

    /// Where it is, without the password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shown_url
    }

    /// Whether Redis answers now, and runs scripts.
    ///
    /// # Errors
    /// `Redis` when it does not, within the budget.
    pub async fn ping(&self) -> Result<()> {
        self.run(&Script::new("return 0"), &[], &[]).await?;
        Ok(())
    }

    /// Runs `script` on `keys` (without the prefix) and gives the integer it returns.
    ///
    /// After a broken connection it is tried once more, so a script may run twice and its first answer
    /// be lost.
    ///
    /// # Errors
    /// `Redis` when there is no answer within the budget, or the script failed.
    pub async fn run(&self, script: &Script, keys: &[String], arguments: &[i64]) -> Result<i64> {
        let mut invocation = script.0.prepare_invoke();
        for key in keys {
            invocation.key(format!("{}{key}", self.prefix));
        }
        for argument in arguments {
            invocation.arg(*argument);
        }
        let reason = match tokio::time::timeout(BUDGET, self.twice(&invocation)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => {
                // Whatever it waited for, the next call does not. Who holds the lock is connecting anew.
                if let Ok(mut slot) = self.connection.try_lock() {
                    slot.current = None;
                }
                format!("no answer within {} ms", BUDGET.as_millis())
            }
        };
        Err(Error::Redis {
            url: self.shown_url.clone(),
            reason,
        })
    }

    /// A connection that went away unnoticed costs one failure; the call that sees it tries a new one.
    async fn twice(&self, invocation: &ScriptInvocation<'_>) -> RedisResult<i64> {
        let (mut connection, number) = self.connected().await?;
        match invocation.invoke_async(&mut connection).await {
            Err(error) if error.is_unrecoverable_error() => {
                self.give_up(number).await;
                let (mut connection, number) = self.connected().await?;
                let answer = invocation.invoke_async(&mut connection).await;
                if answer.as_ref().is_err_and(|e| e.is_unrecoverable_error()) {
                    self.give_up(number).await;
                }
                answer
            }
            answer => answer,
        }
    }

    async fn connected(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = &slot.current {
            return Ok((connection.clone(), slot.made));
        }
        // The budget is the time limit, for connecting and answering together.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let client = &self.client;
        let connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        slot.made += 1;
        slot.current = Some(connection.clone());
        Ok((connection, slot.made))
    }

    async fn give_up(&self, number: u64) {
        let mut slot = self.connection.lock().await;
        if slot.made == number {
            slot.current = None;
        }
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("url", &self.shown_url)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

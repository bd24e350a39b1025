//! Attempts at passwords, counted by account and by network address.

use std::net::{IpAddr, Ipv6Addr};

use chrono::TimeDelta;
use subgraphs_kit::scope::Scope;
use subgraphs_kit::user_error::{UserError, UserErrorCode};
use uuid::Uuid;

use super::{Accounts, Outcome};
use crate::account::login_form;
use crate::entity::user;
use crate::limiter::AttemptKey;

/// The router's word on where a request comes from.
const CLIENT_ADDRESS: &str = "x-weft-client-address";

/// The longest name that is counted as it is, in characters.
const MAX_NAME: usize = 254;

impl Accounts {
    /// Counts an attempt, or refuses it.
    pub(super) async fn begin_attempt(&self, scope: &Scope, keys: &[AttemptKey]) -> Outcome<()> {
        let begun = self.limiter.begin(keys, scope.deps.now()).await;
        begun.map_err(|wait| too_many(wait).into())
    }

    /// Takes an attempt back that succeeded.
    pub(super) async fn end_attempt(&self, keys: &[AttemptKey]) {
        self.limiter.succeed(keys).await;
    }
}

/// The keys of an attempt to sign in as `name`, which may be nobody's.
pub(super) fn login_keys(scope: &Scope, name: &str, user: Option<&user::Model>) -> Vec<AttemptKey> {
    let account = match user {
        // By id, so that username and email address share one count.
        Some(user) => user.id.to_string(),
        None => login_form(name).chars().take(MAX_NAME).collect(),
    };
    with_address(scope, AttemptKey::Account(account))
}

/// The keys of an attempt to confirm one's own password.
pub(super) fn confirmation_keys(scope: &Scope, user: Uuid) -> Vec<AttemptKey> {
    with_address(scope, AttemptKey::Account(user.to_string()))
}

/// The keys of a registration; none if the address is unknown.
pub(super) fn registration_keys(scope: &Scope) -> Vec<AttemptKey> {
    client_network(scope)
        .map(AttemptKey::Registration)
        .into_iter()
        .collect()
}

fn with_address(scope: &Scope, account: AttemptKey) -> Vec<AttemptKey> {
    let address = client_network(scope).map(AttemptKey::Address);
    [account].into_iter().chain(address).collect()
}

/// The address a request comes from; of IPv6 the network, because one client has all of it.
fn client_network(scope: &Scope) -> Option<String> {
    let value = scope.caller.headers.get(CLIENT_ADDRESS)?;
    let address: IpAddr = value.to_str().ok()?.trim().parse().ok()?;
    Some(match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            format!("{}/64", Ipv6Addr::from_bits(network))
        }
    })
}

fn too_many(wait: TimeDelta) -> UserError {
    let seconds = wait.num_milliseconds().max(1).div_euclid(1000) + 1;
    UserError::new(
        "",
        UserErrorCode::RateLimited,
        format!("too many attempts; try again in {seconds} s"),
    )
}

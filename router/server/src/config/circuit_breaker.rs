//! When a subgraph that fails is left alone for a while.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{share::Share, units::Span};
use crate::breaker::Thresholds;

/// When a subgraph that fails is not asked for a while. What counts as a failure is a connection that cannot be made
/// or breaks, no answer within `timeout`, an HTTP status from 500 on without a GraphQL response, and an answer that is
/// no GraphQL response. Errors in a GraphQL response are none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CircuitBreaker {
    /// Whether failures are counted at all.
    pub enabled: bool,
    /// The share of failed requests from which on the subgraph is not asked.
    pub error_share: Share,
    /// Fewer requests in a window say nothing, however many of them failed.
    pub minimum_requests: u32,
    /// How far back requests are counted.
    pub window: Span,
    /// How long nothing is sent. After that one request is; if it fails, another pause begins, and otherwise
    /// everything is sent again.
    pub pause: Span,
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self {
            enabled: false,
            error_share: Share::percent("50").unwrap_or(Share::of_all(true)),
            minimum_requests: 20,
            window: Span::seconds(10),
            pause: Span::seconds(5),
        }
    }
}

/// The same for one subgraph; what is left out comes from `subgraph_defaults.circuit_breaker`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubgraphCircuitBreaker {
    /// Whether failures are counted at all.
    pub enabled: Option<bool>,
    /// The share of failed requests from which on the subgraph is not asked.
    pub error_share: Option<Share>,
    /// Fewer requests in a window say nothing.
    pub minimum_requests: Option<u32>,
    /// How far back requests are counted.
    pub window: Option<Span>,
    /// How long nothing is sent.
    pub pause: Option<Span>,
}

impl CircuitBreaker {
    /// The settings of a subgraph that says `own` of itself.
    pub(crate) fn with(&self, own: &SubgraphCircuitBreaker) -> Self {
        Self {
            enabled: own.enabled.unwrap_or(self.enabled),
            error_share: own.error_share.unwrap_or(self.error_share),
            minimum_requests: own.minimum_requests.unwrap_or(self.minimum_requests),
            window: own.window.unwrap_or(self.window),
            pause: own.pause.unwrap_or(self.pause),
        }
    }

    /// What a breaker is made with, if there is to be one.
    pub(crate) fn thresholds(&self) -> Option<Thresholds> {
        self.enabled.then_some(Thresholds {
            error_share: self.error_share.fraction(),
            minimum_requests: self.minimum_requests,
            window: self.window.0,
            pause: self.pause.0,
        })
    }

    /// What is wrong with it, each with its key.
    pub(super) fn mistakes(&self) -> Vec<(&'static str, &'static str)> {
        let mut found = Vec::new();
        if self.error_share.fraction() <= 0.0 {
            found.push(("error_share", "must be larger than zero"));
        }
        if self.minimum_requests == 0 {
            found.push(("minimum_requests", "must be larger than zero"));
        }
        found
    }
}

//! Entities that are asked for because they are not kept: they are, by whoever sends the request.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use bytes::Bytes;
use router_cache::{Key, LookUp};
use router_executor::{Identity, Keeper, Note, SubgraphBody, SubgraphResponse};
use serde_json::{Value, value::RawValue};

use super::super::{Fill, Port, Stored, choose};
use crate::caching::{
    formats,
    ledger::{NotStored, Wish},
    policy::Rule,
    splice::{self, Response},
    tags,
    units::{CallUnits, FetchUnits, Units},
};

/// What is missing of a batch and everything needed to keep it, by whoever sends the request for it.
#[derive(Debug)]
pub(super) struct Missing {
    pub(super) port: Arc<Port>,
    /// The fetch's units.
    pub(super) fetch: Note,
    pub(super) identity: Arc<Identity>,
    /// In the request's order.
    pub(super) wanted: Vec<Wanted>,
    pub(super) look_up: LookUp,
    pub(super) began: Instant,
    pub(super) wish: Wish,
}

/// An entity that is missing.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) call: usize,
    pub(super) representation: Bytes,
    pub(super) keys: [Key; 2],
}

/// What came of keeping an entity.
pub(super) type Outcome = Result<Stored, NotStored>;

/// What came of keeping what was missing.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// In the request's order; fewer if the answer is not what was asked for.
    pub(super) outcomes: Vec<Outcome>,
    /// It was kept before.
    pub(super) is_known: bool,
}

impl Missing {
    fn calls(&self) -> &[CallUnits] {
        match self.fetch.get::<FetchUnits>().map(|units| &units.units) {
            Some(Units::Entities(calls)) => calls,
            _ => &[],
        }
    }

    fn response_keys(&self) -> Vec<&str> {
        let calls = self.calls().iter();
        calls.map(|call| &*call.response_key).collect()
    }

    /// Whether anything of an answer with these headers is kept.
    pub(super) fn may_keep(&self, response: &SubgraphResponse) -> bool {
        let policy = &self.port.policy;
        let has_identity = self.identity.subject.is_some();
        policy.has_rules() || policy.may_keep(&response.headers, has_identity)
    }

    /// Keeps each entity, or says why not.
    pub(super) fn keep(&self, response: &SubgraphResponse) -> Kept {
        let outcomes = match self.may_keep(response) {
            true => self.keep_each(response),
            false => {
                let has_identity = self.identity.subject.is_some();
                let policy = &self.port.policy;
                let terms = policy.terms(&Rule::default(), &response.headers, has_identity);
                terms.err().map(|why| vec![Err(why); self.wanted.len()])
            }
        };
        Kept {
            outcomes: outcomes.unwrap_or_default(),
            is_known: false,
        }
    }

    /// `None` if the answer is not what was asked for.
    fn keep_each(&self, response: &SubgraphResponse) -> Option<Vec<Outcome>> {
        let SubgraphBody::Json(body) = &response.body else {
            return None;
        };
        let keys = self.response_keys();
        let read = Response::read(body)?;
        let (lists, errors) = (read.lists(&keys)?, read.errors()?);
        let mut failed = BTreeSet::new();
        let mut is_lost = false;
        for error in &errors {
            match splice::entity_of(error, &keys) {
                Some((call, index)) if index < lists[call].len() => {
                    failed.insert((call, index));
                }
                _ => is_lost = true,
            }
        }
        let own_tags = formats::of_entities(read.extensions);
        let mut next = vec![0; lists.len()];
        let outcomes = self.wanted.iter().enumerate().map(|(order, wanted)| {
            let index = next[wanted.call];
            next[wanted.call] += 1;
            let entity = *lists[wanted.call].get(index)?;
            if is_lost || failed.contains(&(wanted.call, index)) {
                return Some(Err(NotStored::Errors));
            }
            let own = own_tags.get(order).map(Vec::as_slice);
            Some(self.keep_one(wanted, entity, response, own.unwrap_or_default()))
        });
        outcomes.collect()
    }

    /// Keeps an entity, or says why not.
    fn keep_one(
        &self,
        wanted: &Wanted,
        entity: &RawValue,
        response: &SubgraphResponse,
        own_tags: &[String],
    ) -> Outcome {
        let port = &self.port;
        if self.wish.no_store {
            return Err(NotStored::ClientNoStore);
        }
        if !port.policy.is_on {
            return Err(NotStored::Disabled);
        }
        let call = &self.calls()[wanted.call];
        let representation: Value =
            serde_json::from_slice(&wanted.representation).map_err(|_| NotStored::Malformed)?;
        let ty = representation.get("__typename").and_then(Value::as_str);
        let ty = ty.ok_or(NotStored::Malformed)?;
        let rule = port.policy.of_types([ty].into_iter());
        let has_identity = self.identity.subject.is_some();
        let terms = port.policy.terms(&rule, &response.headers, has_identity)?;
        let found = call.found(ty, &representation, entity.get().as_bytes());
        let found = found.ok_or(NotStored::Malformed)?;
        let mut others: Vec<String> = own_tags.iter().map(|tag| tags::user(tag)).collect();
        let of_type = call.tags(ty, &representation);
        others.extend(of_type.map(|tag| tags::user(&tag)));
        let fill = Fill {
            t0: self.look_up.position,
            terms,
            began: self.began,
            scopes: Port::scopes(&self.identity),
            keys: wanted.keys,
            found: &found,
            others: &others,
        };
        port.put(&fill, Bytes::copy_from_slice(entity.get().as_bytes()))
    }
}

impl Keeper for Missing {
    fn known(&self) -> Option<SubgraphResponse> {
        let keys: Vec<Key> = self.wanted.iter().flat_map(|wanted| wanted.keys).collect();
        let found = self.port.look_again(&keys, &self.look_up, self.wish);
        if found.is_empty() {
            return None;
        }
        let scopes = Port::scopes(&self.identity);
        let mut lists: Vec<(&str, Vec<&[u8]>)> = self
            .response_keys()
            .into_iter()
            .map(|key| (key, Vec::new()))
            .collect();
        let mut outcomes = Vec::with_capacity(self.wanted.len());
        for (wanted, found) in self.wanted.iter().zip(found.chunks(scopes.len())) {
            let fresh = choose(found, &scopes).filter(|(hit, _)| hit.stale.is_none());
            let (hit, scope) = fresh?;
            lists[wanted.call].1.push(&hit.entry.payload);
            outcomes.push(Ok(Stored::of(hit, scope)));
        }
        let mut answer = SubgraphResponse::json(splice::response(&lists, &[]));
        answer.note = Some(Note::new(Arc::new(Kept {
            outcomes,
            is_known: true,
        })));
        Some(answer)
    }

    fn keep(&self, answer: &mut SubgraphResponse) {
        let kept = Self::keep(self, answer);
        answer.note = Some(Note::new(Arc::new(kept)));
    }
}

//! `_entities`: each entity is kept by itself; what is missing of a batch is asked for alone.

mod missing;

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use router_cache::{Found as Looked, Hit, Key, LookUp};
use router_executor::{
    RequestParts, SubgraphBody, SubgraphError, SubgraphRequest, SubgraphResponse,
};
use serde::de::DeserializeSeed;
use serde_json::{Value, value::RawValue};

use self::missing::{Kept, Missing, Outcome, Wanted};
use super::{Port, Stored, basis_of, choose, count_hit, finish, joined, line};
use crate::caching::{
    formats,
    ledger::{Basis, Ledger, Line, NotStored, Scope, Wish},
    names::Names,
    policy::Rule,
    selected::{IsNull, Leaf, Reading},
    splice::{self, Response},
    tags::{Found, Shown},
    units::{CallUnits, FetchUnits, Units},
};

/// An entity that is asked for.
struct Unit<'a> {
    call: usize,
    /// Its index in the call's list.
    index: usize,
    representation: &'a [u8],
    keys: [Key; 2],
}

/// What an entity is answered from, and how it may be used.
type Chosen<'a> = Option<(&'a Hit, Scope)>;

impl Port {
    pub(super) async fn entities(
        self: &Arc<Self>,
        request: SubgraphRequest,
        parts: &RequestParts,
        units: &FetchUnits,
        calls: &[CallUnits],
        ledger: &Ledger,
    ) -> Result<SubgraphResponse, SubgraphError> {
        let began = Instant::now();
        let scopes = Self::scopes(&request.identity);
        let asked = self.units(&request, parts, calls, scopes);
        let keys: Vec<Key> = asked.iter().flat_map(|unit| unit.keys).collect();
        let look_up = self.look_up(&keys, ledger.wish).await;
        let found = &look_up.entries;
        let chosen: Vec<Chosen<'_>> = match found.is_empty() {
            true => asked.iter().map(|_| None).collect(),
            false => found
                .chunks(scopes.len())
                .map(|found| choose(found, &scopes))
                .collect(),
        };
        let is_used = |chosen: &Chosen<'_>| {
            chosen.is_some_and(|(hit, _)| hit.stale.is_none_or(|stale| stale.while_revalidate))
        };
        let is_due = |(hit, _): &(&Hit, Scope)| hit.stale.is_some() || self.is_refresh_due(hit);
        let missing: Vec<usize> = (0..asked.len())
            .filter(|&at| !is_used(&chosen[at]))
            .collect();
        let mut batch = Batch {
            port: self,
            calls,
            asked: &asked,
            chosen: &chosen,
            look_up: look_up.bare(),
            began,
            line: line(self, ledger.wish, || types_of(&asked)),
            basis: None,
            is_whole: true,
            names: self.names(),
            units,
        };
        batch.note_misses(found, &missing);
        if missing.is_empty() {
            let due = chosen.iter().flatten().any(is_due);
            if due {
                self.refresh_entities(&request, parts, &look_up);
            }
            let answer = batch.assemble(&[], &[]);
            return Ok(batch.finish_with(answer, ledger));
        }
        let mut partial = request.clone();
        partial.shares_within = look_up.shares_within();
        batch.fetch(&partial, parts, &missing, ledger).await
    }

    /// Everything that is asked for, with its keys.
    fn units<'a>(
        &self,
        request: &'a SubgraphRequest,
        parts: &RequestParts,
        calls: &[CallUnits],
        scopes: [Scope; 2],
    ) -> Vec<Unit<'a>> {
        let mut units = Vec::new();
        let variables = request
            .body
            .get(parts.variables.clone())
            .unwrap_or_default();
        for (call, (places, of_call)) in parts.representations.iter().zip(calls).enumerate() {
            let begun = scopes.map(|scope| {
                let mut key = self.key(scope, request, &of_call.entities, "entity");
                key.text(&of_call.selection);
                key.bytes(
                    variables
                        .trim_ascii_start()
                        .strip_prefix(b",")
                        .unwrap_or(variables),
                );
                key
            });
            for (index, place) in places.iter().enumerate() {
                let representation = request.body.get(place.clone()).unwrap_or_default();
                let keys = begun.each_ref().map(|begun| {
                    let mut key = begun.clone();
                    key.bytes(representation);
                    key.finish()
                });
                units.push(Unit {
                    call,
                    index,
                    representation,
                    keys,
                });
            }
        }
        units
    }

    /// Asks for a whole batch again while what is kept is used; equal ones under way are one.
    fn refresh_entities(
        self: &Arc<Self>,
        request: &SubgraphRequest,
        parts: &RequestParts,
        look_up: &LookUp,
    ) {
        let key = {
            let mut key = self.caching.cache.key();
            key.text("batch");
            key.text(&self.name);
            key.bytes(&request.body);
            key.finish()
        };
        let router_cache::Boarding::Lead(landing) = self.caching.cache.board(key, &[], look_up)
        else {
            return;
        };
        let (port, parts, look_up) = (Arc::clone(self), parts.clone(), look_up.bare());
        let mut request = request.clone();
        request.deadline = None;
        request.shares_within = look_up.shares_within();
        tokio::spawn(async move {
            let Some(units) = parts.fetch.get::<FetchUnits>() else {
                return;
            };
            let Units::Entities(calls) = &units.units else {
                return;
            };
            let scopes = Self::scopes(&request.identity);
            let asked = port.units(&request, &parts, calls, scopes);
            let all: Vec<usize> = (0..asked.len()).collect();
            let chosen: Vec<Chosen<'_>> = asked.iter().map(|_| None).collect();
            let mut batch = Batch {
                port: &port,
                calls,
                asked: &asked,
                chosen: &chosen,
                look_up,
                began: Instant::now(),
                line: line(&port, Wish::default(), Vec::new),
                basis: None,
                is_whole: true,
                names: None,
                units,
            };
            // What is kept is what is to be fetched again.
            let ledger = Ledger::new(Wish {
                no_cache: true,
                ..Wish::default()
            });
            let _ = batch.fetch(&request, &parts, &all, &ledger).await;
            drop(landing);
        });
    }
}

/// A batch of entities on its way.
struct Batch<'b> {
    port: &'b Arc<Port>,
    calls: &'b [CallUnits],
    asked: &'b [Unit<'b>],
    chosen: &'b [Chosen<'b>],
    /// What was known of the log before the subgraph is asked.
    look_up: LookUp,
    began: Instant,
    line: Line,
    basis: Option<Basis>,
    /// Whether everything in the answer is kept.
    is_whole: bool,
    /// What it is made from, if a CDN is to be told.
    names: Option<Names>,
    units: &'b FetchUnits,
}

impl Batch<'_> {
    fn note_misses(&mut self, found: &[Looked], missing: &[usize]) {
        for &at in missing {
            let first = found.get(at * 2).and_then(Looked::miss);
            self.line.missed.extend(first.map(|miss| miss.name()));
        }
    }

    /// Asks for what is missing, keeps it, and puts the answer together.
    async fn fetch(
        &mut self,
        request: &SubgraphRequest,
        parts: &RequestParts,
        missing: &[usize],
        ledger: &Ledger,
    ) -> Result<SubgraphResponse, SubgraphError> {
        let is_all = missing.len() == self.asked.len();
        let mut wanted: Vec<Vec<usize>> = self.calls.iter().map(|_| Vec::new()).collect();
        for &at in missing {
            let unit = &self.asked[at];
            wanted[unit.call].push(unit.index);
        }
        let mut partial = request.clone();
        if !is_all {
            let body = splice::request(&request.body, &parts.representations, &wanted);
            partial.body = Bytes::from(body);
            partial.expected_bytes = 0;
        }
        let missing_of = Arc::new(self.missing(missing, request, parts, ledger.wish));
        partial.keeper = Some(Arc::clone(&missing_of) as _);
        let answer = self.port.subgraph.call(partial).await;
        let mut response = match answer {
            Ok(response) => response,
            Err(error) => return self.without(missing, error, ledger),
        };
        let kept = response.note.take();
        let kept = kept.and_then(|note| note.get::<Kept>().cloned());
        let kept = kept.unwrap_or_else(|| missing_of.keep(&response));
        let has_identity = request.identity.subject.is_some();
        let policy = &self.port.policy;
        let may_keep = kept.is_known || missing_of.may_keep(&response);
        self.units.learn(has_identity, may_keep);
        if is_all && !may_keep {
            self.line.fetched = missing.len();
            self.line.not_stored = policy
                .terms(&Rule::default(), &response.headers, has_identity)
                .err();
            self.is_whole = false;
            self.record(ledger);
            return Ok(response);
        }
        let SubgraphBody::Json(body) = &response.body else {
            return Ok(response);
        };
        let keys: Vec<&str> = self.calls.iter().map(|call| &*call.response_key).collect();
        let read = Response::read(body);
        let lists = read.as_ref().and_then(|read| read.lists(&keys));
        let errors = read.as_ref().and_then(Response::errors);
        let (Some(lists), Some(mut errors)) = (lists, errors) else {
            return self.unreadable(request, response, is_all, ledger).await;
        };
        let is_complete = lists
            .iter()
            .zip(&wanted)
            .all(|(list, wanted)| list.len() == wanted.len());
        if !is_complete {
            return self.unreadable(request, response, is_all, ledger).await;
        }
        for error in &mut errors {
            if let Some((call, index)) = splice::entity_of(error, &keys)
                && let Some(&at) = wanted[call].get(index)
            {
                splice::move_error(error, at);
            }
        }
        let mut next = vec![0; self.calls.len()];
        let mut fetched: Vec<(usize, &RawValue)> = Vec::with_capacity(missing.len());
        for (order, &at) in missing.iter().enumerate() {
            let unit = &self.asked[at];
            let index = next[unit.call];
            next[unit.call] += 1;
            let entity = lists[unit.call][index];
            fetched.push((at, entity));
            let outcome = kept.outcomes.get(order).cloned();
            self.count_fetched(outcome.unwrap_or(Err(NotStored::Unexpected)));
        }
        let answer = self.assemble(&fetched, &errors);
        let headers = response.headers;
        Ok(self.finish_with(answer, ledger).with_headers(headers))
    }

    fn count_fetched(&mut self, outcome: Outcome) {
        self.line.fetched += 1;
        match outcome {
            Ok(Stored { basis, source }) => {
                self.line.scope = self.line.scope.max(Some(basis.scope));
                self.line.ttl_source = source;
                self.basis = Some(joined(self.basis.take(), basis));
            }
            Err(why) => {
                self.line.not_stored = Some(why);
                self.is_whole = false;
            }
        }
    }

    /// What is missing, for whoever sends the request for it.
    fn missing(
        &self,
        missing: &[usize],
        request: &SubgraphRequest,
        parts: &RequestParts,
        wish: Wish,
    ) -> Missing {
        let wanted = missing.iter().map(|&at| {
            let unit = &self.asked[at];
            Wanted {
                call: unit.call,
                representation: request.body.slice_ref(unit.representation),
                keys: unit.keys,
            }
        });
        Missing {
            port: Arc::clone(self.port),
            fetch: parts.fetch.clone(),
            identity: Arc::clone(&request.identity),
            wanted: wanted.collect(),
            look_up: self.look_up.clone(),
            began: self.began,
            wish,
        }
    }

    /// The whole answer: what was fetched, and the rest from what is kept.
    fn assemble(&mut self, fetched: &[(usize, &RawValue)], errors: &[Value]) -> Vec<u8> {
        let mut lists: Vec<(&str, Vec<&[u8]>)> = self
            .calls
            .iter()
            .map(|call| (&*call.response_key, Vec::new()))
            .collect();
        let mut fetched = fetched.iter().peekable();
        for (at, (unit, chosen)) in self.asked.iter().zip(self.chosen).enumerate() {
            let entity: &[u8] = match fetched.next_if(|(fetched, _)| *fetched == at) {
                Some((_, entity)) => entity.get().as_bytes(),
                None => match chosen {
                    Some((hit, scope)) => {
                        count_hit(&mut self.line, hit, *scope);
                        self.basis = Some(joined(self.basis.take(), basis_of(hit, *scope)));
                        &hit.entry.payload
                    }
                    None => b"null",
                },
            };
            lists[unit.call].1.push(entity);
            if let Some(names) = &mut self.names {
                self.calls[unit.call].name(unit.representation, entity, names);
            }
        }
        splice::response(&lists, errors)
    }

    /// The subgraph failed. What may be used in that case is, if that is everything that is missing.
    fn without(
        &mut self,
        missing: &[usize],
        error: SubgraphError,
        ledger: &Ledger,
    ) -> Result<SubgraphResponse, SubgraphError> {
        if missing.iter().all(|&at| self.chosen[at].is_some()) {
            let answer = self.assemble(&[], &[]);
            return Ok(self.finish_with(answer, ledger));
        }
        self.line.fetched = missing.len();
        self.line.not_stored = Some(NotStored::Failed);
        self.is_whole = false;
        self.record(ledger);
        Err(error)
    }

    /// What came is not what was asked for: the executor is to see that, of the whole batch.
    async fn unreadable(
        &mut self,
        request: &SubgraphRequest,
        response: SubgraphResponse,
        is_all: bool,
        ledger: &Ledger,
    ) -> Result<SubgraphResponse, SubgraphError> {
        self.line.fetched = self.asked.len();
        self.line.not_stored = Some(NotStored::Malformed);
        self.is_whole = false;
        self.record(ledger);
        match is_all {
            true => Ok(response),
            false => self.port.subgraph.call(request.clone()).await,
        }
    }

    fn finish_with(&mut self, answer: Vec<u8>, ledger: &Ledger) -> SubgraphResponse {
        self.record(ledger);
        SubgraphResponse::json(answer)
    }

    fn record(&mut self, ledger: &Ledger) {
        let mut basis = self.basis.take().filter(|_| self.is_whole);
        if let Some(basis) = basis.as_mut().filter(|basis| basis.scope == Scope::Public) {
            basis.names = self.names.take().unwrap_or_default();
        }
        finish(&mut self.line, basis.as_ref(), self.began.elapsed());
        ledger.note(self.line.clone(), basis);
    }
}

impl CallUnits {
    /// What an entity that is answered is made from.
    fn name(&self, representation: &[u8], entity: &[u8], names: &mut Names) {
        let Ok(representation) = serde_json::from_slice::<Value>(representation) else {
            return;
        };
        let ty = representation.get("__typename").and_then(Value::as_str);
        let Some(ty) = ty else { return };
        for tag in self.tags(ty, &representation) {
            names.user(&tag);
        }
        if let Some(found) = self.found(ty, &representation, entity) {
            found.name(names);
        }
    }

    /// The tags of `@cacheTag` on the entity's type.
    fn tags<'c>(
        &'c self,
        ty: &'c str,
        representation: &'c Value,
    ) -> impl Iterator<Item = String> + 'c {
        let formats = self.formats.iter().filter(move |(of, _)| **of == *ty);
        let formats = formats.flat_map(|(_, formats)| formats);
        formats.filter_map(|format| formats::of_entity(format, representation))
    }

    /// The entities in what is answered for a representation, if that is what was asked for.
    fn found(&self, ty: &str, representation: &Value, entity: &[u8]) -> Option<Found> {
        let mut found = Found::default();
        self.note(ty, representation, &mut found);
        let reading = Reading {
            selected: &self.selected,
            found: &mut found,
            is_known: true,
        };
        let mut json = serde_json::Deserializer::from_slice(entity);
        let IsNull(is_null) = reading.deserialize(&mut json).ok()?;
        if is_null {
            found.members(ty);
        }
        Some(found)
    }

    /// Notes the entity that a representation is of.
    fn note(&self, ty: &str, representation: &Value, found: &mut Found) {
        let key = self
            .entities
            .get(ty)
            .and_then(|entity| entity.key.as_deref());
        let pairs = key.and_then(|key| {
            let pairs = key.iter().map(|field| {
                let value = representation.get(&**field)?;
                let Leaf(text) = serde_json::from_value(value.clone()).ok()?;
                Some((&**field, text?))
            });
            pairs.collect::<Option<Vec<(&str, String)>>>()
        });
        let mut shown = Shown::fields();
        if let Some(selected) = self.selected.shown_of(ty) {
            shown.merge(selected);
        }
        match pairs {
            Some(pairs) => {
                let pairs: Vec<(&str, &str)> = pairs
                    .iter()
                    .map(|(field, value)| (*field, value.as_str()))
                    .collect();
                found.entity(ty, &pairs, &shown);
            }
            None => found.unknown(ty, &shown),
        }
    }
}

/// The types of entities, for people.
fn types_of(asked: &[Unit<'_>]) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Typed<'a> {
        #[serde(rename = "__typename", borrow)]
        typename: &'a str,
    }
    let first = asked
        .first()
        .and_then(|unit| serde_json::from_slice(unit.representation).ok());
    let first = first.map(|Typed { typename }| typename.to_owned());
    first.into_iter().collect()
}

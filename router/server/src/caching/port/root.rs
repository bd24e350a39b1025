//! Queries from the root type: the whole answer is kept.

use std::{sync::Arc, time::Instant};

use router_cache::{Boarding, Hit, Key, LookUp};
use router_executor::{
    Identity, Keeper, Note, RequestParts, SubgraphBody, SubgraphError, SubgraphRequest,
    SubgraphResponse,
};
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::{Fill, Port, Stored, basis_of, choose, count_hit, finish, line};
use crate::caching::{
    formats,
    ledger::{Basis, Ledger, Line, NotStored, Scope, Wish},
    policy::{Rule, Terms},
    selected::Reading,
    splice::Response,
    tags::{self, Found},
    units::{FetchUnits, RootUnit, Units},
};

/// A root request and everything needed to keep its answer, by whoever sends it.
#[derive(Debug)]
struct Asked {
    port: Arc<Port>,
    /// The fetch's units.
    fetch: Note,
    identity: Arc<Identity>,
    /// The client's variables as JSON.
    variables: String,
    scopes: [Scope; 2],
    keys: [Key; 2],
    /// What was known of the log before the subgraph is asked.
    look_up: LookUp,
    began: Instant,
    wish: Wish,
}

/// What came of keeping an answer.
type Outcome = Result<Stored, NotStored>;

impl Port {
    pub(super) async fn root(
        self: &Arc<Self>,
        mut request: SubgraphRequest,
        parts: &RequestParts,
        units: &FetchUnits,
        unit: &RootUnit,
        ledger: &Ledger,
    ) -> Result<SubgraphResponse, SubgraphError> {
        let began = Instant::now();
        let mut line = line(self, ledger.wish, || {
            let fields = unit.fields.iter();
            fields.map(|field| field.coordinate.to_string()).collect()
        });
        let scopes = Self::scopes(&request.identity);
        let keys = scopes.map(|scope| {
            let mut key = self.key(scope, &request, &units.entities, "root");
            key.bytes(&request.body);
            key.finish()
        });
        let look_up = self.look_up(&keys, ledger.wish).await;
        let found = &look_up.entries;
        let chosen = choose(found, &scopes);
        if let Some((hit, scope)) = chosen
            && hit.stale.is_none_or(|stale| stale.while_revalidate)
        {
            if hit.stale.is_some() || self.is_refresh_due(hit) {
                self.refresh(&request, parts, scope, &keys, &look_up);
            }
            let mut basis = basis_of(hit, scope);
            let variables = || variables_of(&request, parts);
            self.name_root(&mut basis, unit, variables, &hit.entry.payload);
            return Ok(answer_with(hit, scope, basis, line, ledger, began));
        }
        line.missed.extend(
            found
                .iter()
                .filter_map(|found| Some(found.miss()?.name()))
                .take(1),
        );
        request.shares_within = look_up.shares_within();
        let asked = Arc::new(Asked {
            port: Arc::clone(self),
            fetch: parts.fetch.clone(),
            identity: Arc::clone(&request.identity),
            variables: variables_of(&request, parts),
            scopes,
            keys,
            look_up: look_up.bare(),
            began,
            wish: ledger.wish,
        });
        let (answer, outcome) = asked.ask(request).await;
        if let (Some((hit, scope)), Err(NotStored::Failed)) = (chosen, &outcome) {
            // RFC 5861, section 4: nothing else than one for the case of an error is left.
            let mut basis = basis_of(hit, scope);
            let variables = || asked.variables.clone();
            self.name_root(&mut basis, unit, variables, &hit.entry.payload);
            return Ok(answer_with(hit, scope, basis, line, ledger, began));
        }
        line.fetched = 1;
        let basis = match outcome {
            Ok(stored) => {
                (line.scope, line.ttl_source) = (Some(stored.basis.scope), stored.source);
                let mut basis = stored.basis;
                if let Ok(response) = &answer
                    && let SubgraphBody::Json(body) = &response.body
                {
                    self.name_root(&mut basis, unit, || asked.variables.clone(), body);
                }
                Some(basis)
            }
            Err(why) => {
                line.not_stored = Some(why);
                None
            }
        };
        let is_refused = line.not_stored.is_some_and(NotStored::is_of_headers);
        units.learn(asked.identity.subject.is_some(), !is_refused);
        finish(&mut line, basis.as_ref(), began.elapsed());
        ledger.note(line, basis);
        answer
    }

    /// Says of an answer that everybody may be given what it is made from, if a CDN is to be told.
    fn name_root(
        &self,
        basis: &mut Basis,
        unit: &RootUnit,
        variables: impl FnOnce() -> String,
        body: &[u8],
    ) {
        let Some(mut names) = self.names().filter(|_| basis.scope == Scope::Public) else {
            return;
        };
        let variables = variables();
        for field in &unit.fields {
            names.root_field(&field.coordinate);
            formats::of_root(field, &variables).for_each(|tag| names.user(&tag));
        }
        if let Some(read) = Response::read(body) {
            let tags = formats::of_response(read.extensions);
            tags.iter().for_each(|tag| names.user(tag));
            if let Some(found) = read.data.and_then(|data| unit.found(data)) {
                found.name(&mut names);
            }
        }
        basis.names = names;
    }

    /// Asks again while the old answer is used, unless somebody does already.
    fn refresh(
        self: &Arc<Self>,
        request: &SubgraphRequest,
        parts: &RequestParts,
        scope: Scope,
        keys: &[Key; 2],
        look_up: &LookUp,
    ) {
        let scopes = Self::scopes(&request.identity);
        let at = scopes
            .iter()
            .position(|known| *known == scope)
            .unwrap_or_default();
        let Boarding::Lead(landing) = self.caching.cache.board(keys[at], &[], look_up) else {
            return;
        };
        let mut request = request.clone();
        // Nobody waits for it; the port's own limit bounds it.
        request.deadline = None;
        request.shares_within = look_up.shares_within();
        let asked = Arc::new(Asked {
            port: Arc::clone(self),
            fetch: parts.fetch.clone(),
            identity: Arc::clone(&request.identity),
            variables: variables_of(&request, parts),
            scopes,
            keys: *keys,
            look_up: look_up.bare(),
            began: Instant::now(),
            // What is kept is what is to be fetched again.
            wish: Wish {
                no_cache: true,
                ..Wish::default()
            },
        });
        tokio::spawn(async move {
            let _ = asked.ask(request).await;
            drop(landing);
        });
    }
}

impl Asked {
    /// Asks the subgraph, and keeps what it answers, unless somebody did who asked for the same.
    async fn ask(
        self: &Arc<Self>,
        mut request: SubgraphRequest,
    ) -> (Result<SubgraphResponse, SubgraphError>, Outcome) {
        request.keeper = Some(Arc::clone(self) as _);
        let mut answer = self.port.subgraph.call(request).await;
        let outcome = match &mut answer {
            Err(_) => Err(NotStored::Failed),
            Ok(answer) => match answer.note.take() {
                Some(note) => note
                    .get::<Outcome>()
                    .cloned()
                    .unwrap_or(Err(NotStored::Unexpected)),
                None => self.keep(answer),
            },
        };
        (answer, outcome)
    }

    fn unit(&self) -> Option<&RootUnit> {
        match &self.fetch.get::<FetchUnits>()?.units {
            Units::Root(unit) => Some(unit),
            Units::Entities(_) => None,
        }
    }

    /// Keeps an answer, or says why not.
    fn keep(&self, response: &SubgraphResponse) -> Outcome {
        if self.wish.no_store {
            return Err(NotStored::ClientNoStore);
        }
        let unit = self.unit().ok_or(NotStored::Unexpected)?;
        let terms = self.terms(unit, response)?;
        let SubgraphBody::Json(body) = &response.body else {
            return Err(NotStored::Malformed);
        };
        let parts = Response::read(body).ok_or(NotStored::Malformed)?;
        if parts.has_errors() {
            return Err(match parts.data {
                Some(_) => NotStored::Errors,
                None => NotStored::Failed,
            });
        }
        let data = parts.data.ok_or(NotStored::Malformed)?;
        let found = unit.found(data).ok_or(NotStored::Malformed)?;
        let mut others: Vec<String> = Vec::new();
        for field in &unit.fields {
            others.push(tags::root_field(&field.coordinate));
            others.extend(formats::of_root(field, &self.variables).map(|tag| tags::user(&tag)));
        }
        others.extend(
            formats::of_response(parts.extensions)
                .iter()
                .map(|tag| tags::user(tag)),
        );
        let fill = Fill {
            t0: self.look_up.position,
            terms,
            began: self.began,
            scopes: self.scopes,
            keys: self.keys,
            found: &found,
            others: &others,
        };
        self.port.put(&fill, body.clone())
    }

    fn terms(&self, unit: &RootUnit, response: &SubgraphResponse) -> Result<Terms, NotStored> {
        let policy = &self.port.policy;
        if !policy.is_on {
            return Err(NotStored::Disabled);
        }
        let fields = unit.fields.iter().map(|field| &*field.coordinate);
        let rule: Rule = policy.of_fields(fields);
        let has_identity = self.identity.subject.is_some();
        policy.terms(&rule, &response.headers, has_identity)
    }
}

impl RootUnit {
    /// The entities in an answer's data, if that is what was asked for.
    fn found(&self, data: &RawValue) -> Option<Found> {
        let mut found = Found::default();
        let reading = Reading {
            selected: &self.selected,
            found: &mut found,
            is_known: true,
        };
        let mut json = serde_json::Deserializer::from_str(data.get());
        reading.deserialize(&mut json).ok()?;
        Some(found)
    }
}

impl Keeper for Asked {
    fn known(&self) -> Option<SubgraphResponse> {
        let hits = self.port.look_again(&self.keys, &self.look_up, self.wish);
        let (hit, scope) = choose(&hits, &self.scopes).filter(|(hit, _)| hit.stale.is_none())?;
        let outcome: Outcome = Ok(Stored::of(hit, scope));
        let mut answer = SubgraphResponse::json(hit.entry.payload.clone());
        answer.note = Some(Note::new(Arc::new(outcome)));
        Some(answer)
    }

    fn keep(&self, answer: &mut SubgraphResponse) {
        let outcome = Self::keep(self, answer);
        answer.note = Some(Note::new(Arc::new(outcome)));
    }
}

/// The answer that is kept.
fn answer_with(
    hit: &Hit,
    scope: Scope,
    basis: Basis,
    mut line: Line,
    ledger: &Ledger,
    began: Instant,
) -> SubgraphResponse {
    count_hit(&mut line, hit, scope);
    finish(&mut line, Some(&basis), began.elapsed());
    ledger.note(line, Some(basis));
    SubgraphResponse::json(hit.entry.payload.clone())
}

/// The client's variables of a request as a JSON object.
pub(super) fn variables_of(request: &SubgraphRequest, parts: &RequestParts) -> String {
    let pairs = request
        .body
        .get(parts.variables.clone())
        .unwrap_or_default();
    let pairs = String::from_utf8_lossy(pairs);
    format!("{{{}}}", pairs.trim_start_matches(','))
}

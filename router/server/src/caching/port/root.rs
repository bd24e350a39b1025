//! Queries from the root type: the whole answer is kept.

use std::{sync::Arc, time::Instant};

use router_cache::{Boarding, Hit, Key, LookUp, Position};
use router_executor::{
    RequestParts, SubgraphBody, SubgraphError, SubgraphRequest, SubgraphResponse,
};
use serde::de::DeserializeSeed;

use super::{Fill, Port, basis_of, choose, count_hit, finish, line};
use crate::caching::{
    formats,
    ledger::{Basis, Ledger, Line, NotStored, Scope},
    policy::{Rule, Terms},
    selected::Reading,
    splice::Response,
    tags::{self, Found},
    units::{FetchUnits, RootUnit},
};

/// A root request and everything needed to keep its answer.
struct Asked<'a> {
    request: SubgraphRequest,
    unit: &'a RootUnit,
    /// The client's variables as JSON.
    variables: String,
    scopes: [Scope; 2],
    keys: [Key; 2],
    no_store: bool,
}

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
            let mut key = self.key(scope, &request, "root");
            key.bytes(&request.body);
            key.finish()
        });
        let look_up = self.look_up(&keys, ledger.wish).await;
        let (found, t0) = (&look_up.entries, look_up.position);
        let chosen = choose(found, &scopes);
        if let Some((hit, scope)) = chosen
            && hit.stale.is_none_or(|stale| stale.while_revalidate)
        {
            if hit.stale.is_some() || self.is_refresh_due(hit) {
                self.refresh(&request, parts, scope, &keys, &look_up);
            }
            return Ok(answer_with(hit, scope, line, ledger, began));
        }
        line.missed.extend(
            found
                .iter()
                .filter_map(|found| Some(found.miss()?.name()))
                .take(1),
        );
        request.shares_within = look_up.shares_within();
        let asked = Asked {
            unit,
            variables: variables_of(&request, parts),
            scopes,
            keys,
            no_store: ledger.wish.no_store,
            request,
        };
        let answer = self.subgraph.call(asked.request.clone()).await;
        let outcome = self.keep(&asked, &answer, t0, began);
        if let (Some((hit, scope)), Err(NotStored::Failed)) = (chosen, &outcome) {
            // RFC 5861, section 4: nothing else than one for the case of an error is left.
            return Ok(answer_with(hit, scope, line, ledger, began));
        }
        line.fetched = 1;
        let basis = match outcome {
            Ok((basis, terms)) => {
                (line.scope, line.ttl_source) = (Some(terms.scope), Some(terms.source));
                Some(basis)
            }
            Err(why) => {
                line.not_stored = Some(why);
                None
            }
        };
        let is_refused = line.not_stored.is_some_and(NotStored::is_of_headers);
        units.learn(asked.request.identity.subject.is_some(), !is_refused);
        finish(&mut line, basis.as_ref(), began.elapsed());
        ledger.note(line, basis);
        answer
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
        let (port, parts, keys) = (Arc::clone(self), parts.clone(), *keys);
        let mut request = request.clone();
        // Nobody waits for it; the port's own limit bounds it.
        request.deadline = None;
        tokio::spawn(async move {
            let Some(units) = parts.fetch.get::<FetchUnits>() else {
                return;
            };
            let crate::caching::units::Units::Root(unit) = &units.units else {
                return;
            };
            let began = Instant::now();
            let t0 = landing.t0();
            let asked = Asked {
                unit,
                variables: variables_of(&request, &parts),
                scopes,
                keys,
                no_store: false,
                request,
            };
            let answer = port.subgraph.call(asked.request.clone()).await;
            let _ = port.keep(&asked, &answer, t0, began);
            drop(landing);
        });
    }

    /// Keeps an answer, or says why not.
    fn keep(
        &self,
        asked: &Asked<'_>,
        answer: &Result<SubgraphResponse, SubgraphError>,
        t0: Position,
        began: Instant,
    ) -> Result<(Basis, Terms), NotStored> {
        let response = answer.as_ref().map_err(|_| NotStored::Failed)?;
        if asked.no_store {
            return Err(NotStored::ClientNoStore);
        }
        let terms = self.terms_of_root(asked, response)?;
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
        let mut found = Found::default();
        let reading = Reading {
            selected: &asked.unit.selected,
            found: &mut found,
            is_known: true,
        };
        let mut json = serde_json::Deserializer::from_str(data.get());
        reading
            .deserialize(&mut json)
            .map_err(|_| NotStored::Malformed)?;
        let mut others: Vec<String> = Vec::new();
        for field in &asked.unit.fields {
            others.push(tags::root_field(&field.coordinate));
            others.extend(formats::of_root(field, &asked.variables).map(|tag| tags::user(&tag)));
        }
        others.extend(
            formats::of_response(parts.extensions)
                .iter()
                .map(|tag| tags::user(tag)),
        );
        let fill = Fill {
            t0,
            terms,
            began,
            scopes: asked.scopes,
            keys: asked.keys,
            found: &found,
            others: &others,
        };
        self.put(&fill, body.clone())
    }

    fn terms_of_root(
        &self,
        asked: &Asked<'_>,
        response: &SubgraphResponse,
    ) -> Result<Terms, NotStored> {
        if !self.policy.is_on {
            return Err(NotStored::Disabled);
        }
        let fields = asked.unit.fields.iter().map(|field| &*field.coordinate);
        let rule: Rule = self.policy.of_fields(fields);
        let has_identity = asked.request.identity.subject.is_some();
        self.policy.terms(&rule, &response.headers, has_identity)
    }
}

/// The answer that is kept.
fn answer_with(
    hit: &Hit,
    scope: Scope,
    mut line: Line,
    ledger: &Ledger,
    began: Instant,
) -> SubgraphResponse {
    count_hit(&mut line, hit, scope);
    let basis = basis_of(hit, scope);
    finish(&mut line, Some(&basis), began.elapsed());
    ledger.note(line, Some(basis));
    SubgraphResponse::json(hit.entry.payload.clone())
}

/// The client's variables of a request as a JSON object.
fn variables_of(request: &SubgraphRequest, parts: &RequestParts) -> String {
    let pairs = request
        .body
        .get(parts.variables.clone())
        .unwrap_or_default();
    let pairs = String::from_utf8_lossy(pairs);
    format!("{{{}}}", pairs.trim_start_matches(','))
}

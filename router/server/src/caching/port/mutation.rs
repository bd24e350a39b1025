//! Mutations: whatever they may have changed is invalidated before their answer goes on.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Instant,
};

use router_cache::{Mode, Position, Tag};
use router_executor::{
    RequestParts, SubgraphBody, SubgraphError, SubgraphRequest, SubgraphResponse,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Port, finish, line, root::variables_of};
use crate::caching::{
    formats::Arguments,
    invalidation::{Said, Statement, Told},
    ledger::{Ledger, NotStored},
    splice::Response,
    tags::{self, Found, Shown},
    units::{FetchUnits, RootUnit},
};

impl Port {
    pub(super) async fn mutate(
        &self,
        request: SubgraphRequest,
        parts: &RequestParts,
        units: &FetchUnits,
        unit: &RootUnit,
        ledger: &Ledger,
    ) -> Result<SubgraphResponse, SubgraphError> {
        let began = Instant::now();
        let templates = self.by_arguments(units, unit, || variables_of(&request, parts));
        let answer = self.subgraph.call(request).await;
        let names = self.changed(units, unit, &answer, templates);
        let stamped: Vec<Tag> = names.iter().map(Tag::named).collect();
        match self.caching.cache.invalidate(&stamped, Mode::Hard).await {
            Ok(position) => ledger.wrote(position),
            Err(late) => {
                tracing::warn!(
                    subgraph.name = &*self.name,
                    "what a mutation changed is not yet invalidated on other routers: {late}"
                );
                // No position of the log says that it is known, so none that there is will do.
                ledger.wrote(Position::END);
            }
        }
        self.settle(stamped);
        let fields = unit.fields.iter().map(|field| field.coordinate.to_string());
        let mut line = line(self, ledger.wish, || fields.collect());
        line.fetched = 1;
        line.not_stored = Some(NotStored::Mutation);
        finish(&mut line, None, began.elapsed());
        ledger.note(line, None);
        answer
    }

    /// Ends the same once more when the subgraph answers nothing from before any longer. Whoever asked it meanwhile may
    /// have been answered by a replica that had not heard of the mutation.
    fn settle(&self, stamped: Vec<Tag>) {
        let Some(lag) = self.policy.settle.filter(|_| !stamped.is_empty()) else {
            return;
        };
        let (caching, name) = (Arc::clone(&self.caching), Arc::clone(&self.name));
        tokio::spawn(async move {
            tokio::time::sleep(lag).await;
            if let Err(late) = caching.cache.invalidate(&stamped, Mode::Hard).await {
                tracing::warn!(
                    subgraph.name = &*name,
                    "what a mutation changed is not yet ended once more on other routers: {late}"
                );
            }
        });
    }

    /// The tags of what a mutation may have changed, whatever came of it.
    fn changed(
        &self,
        units: &FetchUnits,
        unit: &RootUnit,
        answer: &Result<SubgraphResponse, SubgraphError>,
        templates: Told,
    ) -> BTreeSet<String> {
        let body = match answer {
            Ok(response) => match &response.body {
                SubgraphBody::Json(body) => Some(body),
                _ => None,
            },
            Err(_) => None,
        };
        let read = body.and_then(|body| Response::read(body));
        let said = read.as_ref().map(|read| self.said(units, read));
        let said = said.unwrap_or_default();
        let told = match said.is_complete {
            true => said,
            false => said.besides(templates),
        };
        let mut names = BTreeSet::new();
        if !told.is_complete {
            names = seen(units, unit, read.as_ref());
            // Nothing is known of what such a field did.
            let is_blind = unit.fields.iter().any(|field| field.reached.is_empty());
            if is_blind && !told.is_told || unit.fields.is_empty() {
                names.insert(tags::subgraph(&self.name));
            }
        }
        names.extend(told.names);
        names
    }

    /// What the fields' `@cacheInvalidate`s say: all that changed, if that is so of every field.
    fn by_arguments(
        &self,
        units: &FetchUnits,
        unit: &RootUnit,
        variables: impl FnOnce() -> String,
    ) -> Told {
        if unit.fields.iter().all(|field| field.templates.are_none()) {
            return Told::default();
        }
        let variables = variables();
        let fields = unit.fields.iter().map(|field| {
            let arguments = Arguments::of(field, &variables);
            field
                .templates
                .fill(&arguments, &units.entities, &self.name)
        });
        let all = fields.reduce(|mut all, field| {
            all.names.extend(field.names);
            all.is_told &= field.is_told;
            all.is_complete &= field.is_complete;
            all
        });
        all.unwrap_or_default()
    }

    /// What the subgraph says in `extensions.cacheInvalidation`.
    fn said(&self, units: &FetchUnits, read: &Response<'_>) -> Told {
        let mut told = Told::default();
        let targets = match said_of(read) {
            Ok(None) => return told,
            Ok(Some(said)) => {
                let is_besides = matches!(said, Said::Besides(_));
                let Statement { complete, targets } = said.statement();
                told.is_complete = complete;
                // Where something failed, what is said besides may be of what did not.
                told.is_told = complete || is_besides && !targets.is_empty() && !read.has_errors();
                targets
            }
            Err(error) => {
                tracing::warn!(
                    subgraph.name = &*self.name,
                    "`extensions.cacheInvalidation` cannot be read: {error}"
                );
                told.is_unclear = true;
                return told;
            }
        };
        for target in targets {
            match target.tags(&units.entities, Some(&self.name)) {
                Ok(tags) => told.names.extend(tags),
                Err(error) => {
                    (told.is_told, told.is_complete, told.is_unclear) = (false, false, true);
                    // It may be of a graph that others know already.
                    told.names.push(tags::subgraph(&self.name));
                    told.names.extend(target.ty().map(tags::type_of));
                    tracing::warn!(
                        subgraph.name = &*self.name,
                        "`extensions.cacheInvalidation` names nothing: {error}"
                    );
                }
            }
        }
        told
    }
}

impl Told {
    /// What the answer says without saying all, and what is known by the arguments.
    fn besides(mut self, templates: Self) -> Self {
        self.names.extend(templates.names);
        self.is_told |= templates.is_told;
        self.is_complete = templates.is_complete && !self.is_unclear;
        self
    }
}

/// The tags of what a mutation's result shows, each of its fields by itself.
fn seen(units: &FetchUnits, unit: &RootUnit, read: Option<&Response<'_>>) -> BTreeSet<String> {
    let is_clean = read.is_some_and(|read| !read.has_errors());
    let data = read.and_then(|read| read.data);
    let data: HashMap<Cow<'_, str>, &RawValue> = data
        .and_then(|data| serde_json::from_str(data.get()).ok())
        .unwrap_or_default();
    let mut names = BTreeSet::new();
    for field in &unit.fields {
        let mut found = Found::default();
        let is_read = data.get(&*field.response_key).is_some_and(|value| {
            unit.selected
                .note_value(&field.response_key, value.get(), &mut found)
        });
        for ty in &field.reached {
            let is_shown = found.has_entity(ty) && !field.hidden.contains(ty);
            if !is_clean || !is_read || !is_shown {
                found.unknown(ty, &Shown::fields());
            }
        }
        names.extend(found.of_change(&units.entities));
    }
    names
}

fn said_of(read: &Response<'_>) -> Result<Option<Said>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Extensions {
        cache_invalidation: Option<Said>,
    }
    let Some(extensions) = read.extensions else {
        return Ok(None);
    };
    let extensions = serde_json::from_str::<Option<Extensions>>(extensions.get())?;
    Ok(extensions.and_then(|extensions| extensions.cache_invalidation))
}

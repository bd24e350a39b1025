//! Mutations: whatever they may have changed is invalidated before their answer goes on.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use router_cache::{Mode, Position, Tag};
use router_executor::{SubgraphBody, SubgraphError, SubgraphRequest, SubgraphResponse};
use serde::{Deserialize, de::DeserializeSeed};

use super::{Port, finish, line};
use crate::caching::{
    invalidation::{Said, Statement},
    ledger::{Ledger, NotStored},
    selected::Reading,
    splice::Response,
    tags::{self, Found, Shown},
    units::{FetchUnits, RootUnit},
};

impl Port {
    pub(super) async fn mutate(
        &self,
        request: SubgraphRequest,
        units: &FetchUnits,
        unit: &RootUnit,
        ledger: &Ledger,
    ) -> Result<SubgraphResponse, SubgraphError> {
        let began = Instant::now();
        let answer = self.subgraph.call(request).await;
        let names = self.changed(units, unit, &answer);
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
    ) -> BTreeSet<String> {
        let body = match answer {
            Ok(response) => match &response.body {
                SubgraphBody::Json(body) => Some(body),
                _ => None,
            },
            Err(_) => None,
        };
        let read = body.and_then(|body| Response::read(body));
        let (said, is_complete) = match read.as_ref().and_then(|read| self.said(units, read)) {
            Some((said, is_complete)) => (Some(said), is_complete),
            None => (None, false),
        };
        let mut names = match is_complete {
            true => BTreeSet::new(),
            false => seen(units, unit, read.as_ref()),
        };
        // Nothing is known of what it did.
        if names.is_empty() && said.is_none() {
            names.insert(tags::subgraph(&self.name));
        }
        names.extend(said.into_iter().flatten());
        names
    }

    /// What the subgraph says in `extensions.cacheInvalidation`, and whether that is all that changed.
    fn said(&self, units: &FetchUnits, read: &Response<'_>) -> Option<(Vec<String>, bool)> {
        let Statement { complete, targets } = said_of(read)?.statement();
        let mut is_complete = complete;
        let mut names = Vec::new();
        let mut is_told = complete;
        for target in targets {
            match target.tags(&units.entities, Some(&self.name)) {
                Ok(tags) => {
                    is_told = true;
                    names.extend(tags);
                }
                Err(error) => {
                    is_complete = false;
                    tracing::warn!(
                        subgraph.name = &*self.name,
                        "`extensions.cacheInvalidation` names nothing: {error}"
                    );
                }
            }
        }
        is_told.then_some((names, is_complete))
    }
}

/// The tags of what a mutation's result shows.
fn seen(units: &FetchUnits, unit: &RootUnit, read: Option<&Response<'_>>) -> BTreeSet<String> {
    let mut found = Found::default();
    let mut is_clean = false;
    if let Some(read) = read
        && let Some(data) = read.data
    {
        let reading = Reading {
            selected: &unit.selected,
            found: &mut found,
            is_known: true,
        };
        let mut json = serde_json::Deserializer::from_str(data.get());
        is_clean = reading.deserialize(&mut json).is_ok() && !read.has_errors();
    }
    let reached: BTreeSet<&str> = unit.reached().collect();
    for ty in reached {
        if !is_clean || !found.has_entity(ty) {
            found.unknown(ty, &Shown::fields());
        }
    }
    found.of_change(&units.entities).into_iter().collect()
}

fn said_of(read: &Response<'_>) -> Option<Said> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Extensions {
        cache_invalidation: Option<Said>,
    }
    match serde_json::from_str::<Extensions>(read.extensions?.get()) {
        Ok(extensions) => extensions.cache_invalidation,
        Err(error) => {
            tracing::warn!("`extensions.cacheInvalidation` cannot be read: {error}");
            None
        }
    }
}

//! Mutations: whatever they may have changed is invalidated before their answer goes on.

use std::{collections::BTreeSet, time::Instant};

use router_cache::{Mode, Position, Tag};
use router_executor::{SubgraphBody, SubgraphError, SubgraphRequest, SubgraphResponse};
use serde::{Deserialize, de::DeserializeSeed};

use super::{Port, finish, line};
use crate::caching::{
    invalidation::Target,
    ledger::{Ledger, NotStored},
    selected::Reading,
    splice::Response,
    tags::{self, Found},
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
        let fields = unit.fields.iter().map(|field| field.coordinate.to_string());
        let mut line = line(self, ledger.wish, || fields.collect());
        line.fetched = 1;
        line.not_stored = Some(NotStored::Mutation);
        finish(&mut line, None, began.elapsed());
        ledger.note(line, None);
        answer
    }

    /// The tags of what a mutation may have changed, whatever came of it.
    fn changed(
        &self,
        units: &FetchUnits,
        unit: &RootUnit,
        answer: &Result<SubgraphResponse, SubgraphError>,
    ) -> BTreeSet<String> {
        let reached: BTreeSet<&str> = unit.reached().collect();
        let body = match answer {
            Ok(response) => match &response.body {
                SubgraphBody::Json(body) => Some(body),
                _ => None,
            },
            Err(_) => None,
        };
        let read = body.and_then(|body| Response::read(body));
        let mut found = Found::default();
        let mut said = Vec::new();
        let mut is_clean = false;
        if let Some(read) = &read {
            if let Some(data) = read.data {
                let reading = Reading {
                    selected: &unit.selected,
                    found: &mut found,
                    is_known: true,
                };
                let mut json = serde_json::Deserializer::from_str(data.get());
                is_clean = reading.deserialize(&mut json).is_ok() && !read.has_errors();
            }
            said = said_of(read);
        }
        for ty in reached {
            if !is_clean || !found.has_entity(ty) {
                found.unknown(ty);
            }
        }
        let mut names: BTreeSet<String> = found.of_change(&units.entities).into_iter().collect();
        let mut is_told = false;
        for target in said {
            match target.tags(&units.entities) {
                Ok(tags) => {
                    is_told = true;
                    names.extend(tags);
                }
                Err(error) => tracing::warn!(
                    subgraph.name = &*self.name,
                    "`extensions.cacheInvalidation` names nothing: {error}"
                ),
            }
        }
        // Nothing is known of what it did.
        if names.is_empty() && !is_told {
            names.insert(tags::subgraph(&self.name));
        }
        names
    }
}

/// What the subgraph says in `extensions.cacheInvalidation`.
fn said_of(read: &Response<'_>) -> Vec<Target> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Extensions {
        #[serde(default)]
        cache_invalidation: Vec<Target>,
    }
    let Some(extensions) = read.extensions else {
        return Vec::new();
    };
    match serde_json::from_str::<Extensions>(extensions.get()) {
        Ok(extensions) => extensions.cache_invalidation,
        Err(error) => {
            tracing::warn!("`extensions.cacheInvalidation` cannot be read: {error}");
            Vec::new()
        }
    }
}

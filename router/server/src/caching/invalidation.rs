//! What somebody says is not valid any more: subgraphs in `extensions.cacheInvalidation` and with `@cacheInvalidate` in
//! their SDL, operators with `POST /cache/invalidate`.

pub(super) mod templates;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    entities::{EntityType, EntityTypes},
    selected::Leaf,
    tags::{self, Found, Shown},
};

/// What a subgraph says in `extensions.cacheInvalidation`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Said {
    /// Besides what its result shows.
    Besides(Vec<Target>),
    Whole(Statement),
}

/// What a mutation changed, as its subgraph knows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Statement {
    /// Nothing else changed, whatever the result shows.
    #[serde(default)]
    pub(super) complete: bool,
    pub(super) targets: Vec<Target>,
}

impl Said {
    pub(super) fn statement(self) -> Statement {
        match self {
            Self::Besides(targets) => Statement {
                complete: false,
                targets,
            },
            Self::Whole(statement) => statement,
        }
    }
}

/// What is known to have changed.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The tags to stamp.
    pub(super) names: Vec<String>,
    /// Whether anything is said, be it that nothing changed.
    pub(super) is_told: bool,
    /// Nothing else changed.
    pub(super) is_complete: bool,
    /// More was said than is understood.
    pub(super) is_unclear: bool,
}

/// What is to go.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Target {
    /// Everything.
    #[serde(default)]
    all: bool,
    /// Everything of a subgraph; with `type` what it said of entities of the type.
    subgraph: Option<String>,
    /// The same with the subgraph that says it.
    #[serde(default)]
    own: bool,
    /// Everything about entities of a type, or with `key` about one of them.
    #[serde(rename = "type")]
    ty: Option<String>,
    /// The fields of one of the type's keys.
    #[serde(default, deserialize_with = "key")]
    key: BTreeMap<String, String>,
    /// What of it.
    only: Option<Part>,
    /// With `only: fields`, which.
    #[serde(default)]
    fields: Vec<String>,
    /// Everything that was asked for with a root field: `Query.users`.
    field: Option<String>,
    /// Everything with a tag of `@cacheTag` or of the subgraph.
    tag: Option<String>,
}

/// What changed about entities of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Part {
    /// Values of fields of one entity; every list still has the members it had, in their order.
    Fields,
    /// The same, and perhaps it is not there any more; lists that do not have it are as they were.
    Entity,
    /// Which are in lists, and whether there is one where there was none; all of them are what they were.
    Lists,
}

fn key<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let key: BTreeMap<String, Leaf> = BTreeMap::deserialize(from)?;
    let pairs = key.into_iter().map(|(field, Leaf(value))| {
        let wrong = || serde::de::Error::custom("a key's fields are strings, numbers or booleans");
        Ok((field, value.ok_or_else(wrong)?))
    });
    pairs.collect()
}

/// What a target may be.
const FORMS: &str = "name one of `all: true`, `subgraph`, `type`, `type` with `key`, `type` with `subgraph` (or `own: true`), \
                     `type` with `only: lists`, `type` with `key`, `only: fields` and perhaps `subgraph` (or `own: true`), \
                     `field`, `tag`";

impl Target {
    /// The type that it is about.
    pub(super) fn ty(&self) -> Option<&str> {
        self.ty.as_deref()
    }

    /// The tags that are stamped, or what is wrong. `said_by` is the subgraph that says it.
    pub(crate) fn tags(
        &self,
        entities: &EntityTypes,
        said_by: Option<&str>,
    ) -> Result<Vec<String>, String> {
        let Self {
            all,
            subgraph,
            own,
            ty,
            key,
            only,
            fields,
            field,
            tag,
        } = self;
        let within = match (own, subgraph.as_deref(), said_by) {
            (false, named, _) => named,
            (true, None, Some(own)) => Some(own),
            (true, None, None) => return Err("`own` is for subgraphs to say".to_owned()),
            (true, Some(_), _) => return Err("`own` and `subgraph` exclude each other".to_owned()),
        };
        if !fields.is_empty() && *only != Some(Part::Fields) {
            return Err(FORMS.to_owned());
        }
        if let Some(ty) = ty {
            if *all || field.is_some() || tag.is_some() {
                return Err(FORMS.to_owned());
            }
            let entity = entities
                .get(ty)
                .ok_or_else(|| format!("no subgraph has a `@key` on a type `{ty}`"))?;
            return match (only, within, key.is_empty()) {
                (None, None, true) => Ok(every(ty, entities)),
                (None, Some(subgraph), true) => Ok(vec![tags::type_in(subgraph, ty)]),
                (None, None, false) => Ok(match known(ty, entity, key) {
                    Some(found) => found.of_change(entities),
                    None => every(ty, entities),
                }),
                (Some(Part::Fields), within, false) => Ok(match (known(ty, entity, key), within) {
                    (Some(found), within) => found.of_changed_fields(entities, within, fields),
                    (None, None) => every(ty, entities),
                    (None, Some(subgraph)) => vec![tags::type_in(subgraph, ty)],
                }),
                (Some(Part::Entity), None, false) => Ok(match known(ty, entity, key) {
                    Some(found) => found.of_changed_entities(entities),
                    None => every(ty, entities),
                }),
                (Some(Part::Lists), None, true) => Ok(tags::of_changed_lists(ty, entities)),
                _ => Err(FORMS.to_owned()),
            };
        }
        if !key.is_empty() || only.is_some() {
            return Err(FORMS.to_owned());
        }
        match (all, within, field, tag) {
            (true, None, None, None) => Ok(vec![tags::ALL.to_owned()]),
            (false, Some(subgraph), None, None) => Ok(vec![tags::subgraph(subgraph)]),
            (false, None, Some(field), None) => Ok(vec![tags::root_field(field)]),
            (false, None, None, Some(tag)) => Ok(vec![tags::user(tag)]),
            _ => Err(FORMS.to_owned()),
        }
    }
}

/// Everything about a type.
fn every(ty: &str, entities: &EntityTypes) -> Vec<String> {
    let mut found = Found::default();
    found.unknown(ty, &Shown::fields());
    found.of_change(entities)
}

/// The entity, if it is named by its type's main key: by another one nothing is found.
fn known(ty: &str, entity: &EntityType, key: &BTreeMap<String, String>) -> Option<Found> {
    let main = entity.key.as_deref()?;
    let is_main = main.len() == key.len() && main.iter().all(|field| key.contains_key(&**field));
    is_main.then(|| {
        let pairs: Vec<(&str, &str)> = key
            .iter()
            .map(|(field, value)| (field.as_str(), value.as_str()))
            .collect();
        let mut found = Found::default();
        found.entity(ty, &pairs, &Shown::fields());
        found
    })
}

#[cfg(test)]
mod tests;

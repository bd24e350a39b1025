//! What somebody says is not valid any more: subgraphs in `extensions.cacheInvalidation`, operators with
//! `POST /cache/invalidate`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{entities::EntityTypes, selected::Leaf, tags};

/// What is to go.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Target {
    /// Everything.
    #[serde(default)]
    all: bool,
    /// Everything of a subgraph, or with `type` what it said of entities of the type.
    subgraph: Option<String>,
    /// Everything about entities of a type, or with `key` about one of them.
    #[serde(rename = "type")]
    ty: Option<String>,
    /// The fields of one of the type's keys.
    #[serde(default, deserialize_with = "key")]
    key: BTreeMap<String, String>,
    /// Everything that was asked for with a root field: `Query.users`.
    field: Option<String>,
    /// Everything with a tag of `@cacheTag` or of the subgraph.
    tag: Option<String>,
}

fn key<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let key: BTreeMap<String, Leaf> = BTreeMap::deserialize(from)?;
    let pairs = key.into_iter().map(|(field, Leaf(value))| {
        let wrong = || serde::de::Error::custom("a key's fields are strings, numbers or booleans");
        Ok((field, value.ok_or_else(wrong)?))
    });
    pairs.collect()
}

impl Target {
    /// The tags that are stamped, or what is wrong.
    pub(crate) fn tags(&self, entities: &EntityTypes) -> Result<Vec<String>, String> {
        let Self {
            all,
            subgraph,
            ty,
            key,
            field,
            tag,
        } = self;
        match (all, subgraph, ty, field, tag) {
            (true, None, None, None, None) => Ok(vec![tags::ALL.to_owned()]),
            (false, Some(subgraph), None, None, None) if key.is_empty() => {
                Ok(vec![tags::subgraph(subgraph)])
            }
            (false, Some(subgraph), Some(ty), None, None) if key.is_empty() => {
                Ok(vec![tags::type_in(subgraph, ty)])
            }
            (false, None, Some(ty), None, None) => of_type(entities, ty, key),
            (false, None, None, Some(field), None) => Ok(vec![tags::root_field(field)]),
            (false, None, None, None, Some(tag)) => Ok(vec![tags::user(tag)]),
            _ => Err("name one of `all: true`, `subgraph`, `subgraph` and `type`, `type`, `type` and `key`, \
                      `field`, `tag`"
                .to_owned()),
        }
    }
}

fn of_type(
    entities: &EntityTypes,
    ty: &str,
    key: &BTreeMap<String, String>,
) -> Result<Vec<String>, String> {
    let entity = entities
        .get(ty)
        .ok_or_else(|| format!("no subgraph has a `@key` on a type `{ty}`"))?;
    let mut found = tags::Found::default();
    let main = entity.key.as_deref().unwrap_or_default();
    let is_main = main.len() == key.len() && main.iter().all(|field| key.contains_key(&**field));
    match is_main && !main.is_empty() {
        true => {
            let pairs: Vec<(&str, &str)> = key
                .iter()
                .map(|(field, value)| (field.as_str(), value.as_str()))
                .collect();
            found.entity(ty, &pairs);
        }
        // By another key nothing is found: all of the type goes.
        false => found.unknown(ty),
    }
    Ok(found.of_change(entities))
}

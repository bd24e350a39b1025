//! Names of what invalidations are about.
//!
//! An entry has the tags of everything it was made from; an invalidation stamps the tags of everything that changed.
//! The two sets differ, so that each change reaches what it may have changed:
//!
//! | tag | an entry has it | a change stamps it |
//! |---|---|---|
//! | `*` | always | when everything is to go |
//! | subgraph | if it is that subgraph's answer | when nothing is known of what a mutation did there, and on request |
//! | subgraph/type | for each entity type in it | on request |
//! | type | for each entity type in it | when an entity of the type changed and nobody knows which |
//! | entity | for each entity of which it shows more than the key | when that entity changed, be it only its fields |
//! | reference | for each entity of which it shows the key alone | when that entity came, went, or changed in a way nobody knows |
//! | some of type | if it shows an entity of the type that it does not name | with every change of an entity of the type |
//! | members of type | if it has a list of the type, or a null in its place | when lists of the type may have changed: always, unless somebody knows better |
//! | subgraph/entity, some of subgraph/type | beside those without a subgraph | when fields changed that this subgraph answers |
//! | entity/field, some of type/field | for each list, connection and number it shows of an entity | when these fields and no others changed |
//! | root field | for each root field in it | on request |
//! | user's | those of `@cacheTag` and of the answer's `extensions` | on request |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{
    entities::{EntityType, EntityTypes},
    names,
};

/// Entities found in an answer.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Entities whose keys are known, by types and keys as in their tags.
    entities: BTreeMap<(Box<str>, Box<str>), Shown>,
    /// Types of entities whose keys are not known.
    unknown: BTreeMap<Box<str>, Shown>,
    /// Types of which there may be more or fewer another time.
    members: BTreeSet<Box<str>>,
}

/// What an answer shows of an entity.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// Whether that is more than which it is.
    pub(super) more: bool,
    /// The fields of those that have tags of their own ([`EntityType::apart`]).
    pub(super) apart: BTreeSet<Box<str>>,
}

impl Shown {
    /// More than the key, but no field that has a tag of its own.
    pub(super) fn fields() -> Self {
        Self {
            more: true,
            apart: BTreeSet::new(),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.more |= other.more;
        self.apart.extend(other.apart.iter().cloned());
    }
}

/// How entities are named in an entry's tags.
#[derive(Clone, Copy)]
enum Names {
    /// Each of them, also among the fields of the subgraph.
    All,
    /// Each of them, but not among the fields of the subgraph.
    Entities,
    /// By their types.
    Types,
}

/// Tags of an entry; more are replaced by coarser ones.
pub(super) const MOST_TAGS: usize = 128;

impl Found {
    /// An entity and its key: fields and values.
    pub(super) fn entity(&mut self, ty: &str, key: &[(&str, &str)], shown: &Shown) {
        let known = self.entities.entry((ty.into(), key_text(key).into()));
        known.or_default().merge(shown);
    }

    /// An entity of which nobody knows which it is.
    pub(super) fn unknown(&mut self, ty: &str, shown: &Shown) {
        self.unknown.entry(ty.into()).or_default().merge(shown);
    }

    /// A list of such entities, or nothing where one could be.
    pub(super) fn members(&mut self, ty: &str) {
        self.members.insert(ty.into());
    }

    /// Whether there is an entity of this type whose key is known.
    pub(super) fn has_entity(&self, ty: &str) -> bool {
        self.entities.keys().any(|(of, _)| **of == *ty)
    }

    /// Types of entities that are there, whether or not it is known which they are.
    fn types(&self) -> BTreeSet<&str> {
        let keyed = self.entities.keys().map(|(ty, _)| &**ty);
        let others = self.unknown.keys().chain(&self.members).map(|ty| &**ty);
        keyed.chain(others).collect()
    }

    /// The tags of an entry of `subgraph` that has this in it and `others` besides; `None` if there are too many
    /// however coarse.
    pub(super) fn of_entry(&self, subgraph: &str, others: &[String]) -> Option<Vec<String>> {
        let mut tags: BTreeSet<String> = others.iter().cloned().collect();
        tags.insert(ALL.to_owned());
        tags.insert(self::subgraph(subgraph));
        for ty in self.types() {
            tags.insert(type_of(ty));
            tags.insert(type_in(subgraph, ty));
        }
        tags.extend(self.members.iter().map(|ty| members_of(ty)));
        for (ty, shown) in &self.unknown {
            name_some(subgraph, ty, shown, &mut tags);
        }
        let mut ways = [Names::All, Names::Entities, Names::Types].into_iter();
        ways.find_map(|names| {
            let mut tags = tags.clone();
            for ((ty, key), shown) in &self.entities {
                name(subgraph, ty, key, shown, names, &mut tags);
            }
            (tags.len() <= MOST_TAGS).then(|| tags.into_iter().collect())
        })
    }

    /// Adds all this to the names of what an answer is made from.
    pub(super) fn name(&self, names: &mut names::Names) {
        for ty in self.types() {
            names.ty(ty);
        }
        for (ty, key) in self.entities.keys() {
            names.entity(ty, key_values(key).into_iter());
        }
        for ty in self.unknown.keys() {
            names.some(ty);
        }
    }

    /// The tags that are stamped when all this has changed, under all names that the entities go by.
    pub(super) fn of_change(&self, entities: &EntityTypes) -> Vec<String> {
        let none = EntityType::default();
        let of = |ty: &str| entities.get(ty).unwrap_or(&none);
        let mut tags = BTreeSet::new();
        for (ty, key) in self.entities.keys() {
            let EntityType { same, related, .. } = of(ty);
            for ty in [ty].into_iter().chain(same) {
                tags.insert(keyed(ty, key));
                tags.insert(reference(ty, key));
                tags.insert(some_of(ty));
                tags.insert(members_of(ty));
            }
            tags.extend(related.iter().map(|ty| type_of(ty)));
        }
        for ty in self.unknown.keys().chain(&self.members) {
            let EntityType { same, related, .. } = of(ty);
            let all = [ty].into_iter().chain(same).chain(related);
            tags.extend(all.map(|ty| type_of(ty)));
        }
        tags.into_iter().collect()
    }

    /// The tags that are stamped when the entities that are known here changed or went, and of the lists that do not have
    /// them none has others than it had.
    pub(super) fn of_changed_entities(&self, entities: &EntityTypes) -> Vec<String> {
        let none = EntityType::default();
        let mut tags = self.of_changed_fields(entities, None, &[]);
        for (ty, key) in self.entities.keys() {
            let EntityType { same, .. } = entities.get(ty).unwrap_or(&none);
            tags.extend([ty].into_iter().chain(same).map(|ty| reference(ty, key)));
        }
        tags
    }

    /// The tags that are stamped when fields of the entities that are known here have other values, be it only those
    /// that one subgraph answers or those that are named, and every list that is no such field still has the members it
    /// had, in their order.
    pub(super) fn of_changed_fields(
        &self,
        entities: &EntityTypes,
        within: Option<&str>,
        named: &[String],
    ) -> Vec<String> {
        let none = EntityType::default();
        let mut tags = BTreeSet::new();
        for (ty, key) in self.entities.keys() {
            let EntityType {
                same,
                related,
                apart,
                ..
            } = entities.get(ty).unwrap_or(&none);
            let are_apart = !named.is_empty() && named.iter().all(|field| apart.contains(&**field));
            for ty in [ty].into_iter().chain(same) {
                match (are_apart, within) {
                    (true, _) => tags.extend(
                        named
                            .iter()
                            .flat_map(|field| [field_of(ty, key, field), some_field(ty, field)]),
                    ),
                    (false, None) => tags.extend([keyed(ty, key), some_of(ty)]),
                    (false, Some(subgraph)) => {
                        tags.extend([keyed_in(subgraph, ty, key), some_in(subgraph, ty)]);
                    }
                }
            }
            tags.extend(related.iter().map(|ty| match within {
                None => type_of(ty),
                Some(subgraph) => type_in(subgraph, ty),
            }));
        }
        tags.into_iter().collect()
    }
}

/// Adds the tags of an entity that is known.
fn name(
    subgraph: &str,
    ty: &str,
    key: &str,
    shown: &Shown,
    names: Names,
    tags: &mut BTreeSet<String>,
) {
    match (names, shown.more) {
        (Names::Types, true) => name_some(subgraph, ty, shown, tags),
        (Names::Types, false) => {
            tags.insert(some_of(ty));
        }
        (_, false) => {
            tags.insert(reference(ty, key));
        }
        (Names::All, true) => {
            tags.extend([keyed(ty, key), keyed_in(subgraph, ty, key)]);
            tags.extend(shown.apart.iter().map(|field| field_of(ty, key, field)));
        }
        (Names::Entities, true) => {
            tags.extend([keyed(ty, key), some_in(subgraph, ty)]);
            tags.extend(shown.apart.iter().map(|field| some_field(ty, field)));
        }
    }
}

/// Adds the tags of entities that nobody knows, or that are not named because there are too many.
fn name_some(subgraph: &str, ty: &str, shown: &Shown, tags: &mut BTreeSet<String>) {
    tags.extend([some_of(ty), some_in(subgraph, ty)]);
    tags.extend(shown.apart.iter().map(|field| some_field(ty, field)));
}

/// The tags that are stamped when lists of a type may have other members, or an entity is where there was none.
pub(super) fn of_changed_lists(ty: &str, entities: &EntityTypes) -> Vec<String> {
    let none = EntityType::default();
    let EntityType { same, related, .. } = entities.get(ty).unwrap_or(&none);
    let others = same.iter().chain(related).map(|ty| &**ty);
    let all: BTreeSet<&str> = others.chain([ty]).collect();
    all.into_iter().map(members_of).collect()
}

/// Of every entry.
pub(super) const ALL: &str = "*";

pub(super) fn subgraph(name: &str) -> String {
    format!("subgraph {name}")
}

pub(super) fn type_in(subgraph: &str, ty: &str) -> String {
    format!("type {ty} in {subgraph}")
}

pub(super) fn type_of(ty: &str) -> String {
    format!("type {ty}")
}

fn members_of(ty: &str) -> String {
    format!("members of {ty}")
}

fn some_of(ty: &str) -> String {
    format!("some of {ty}")
}

fn some_in(subgraph: &str, ty: &str) -> String {
    format!("some of {ty} in {subgraph}")
}

pub(super) fn root_field(coordinate: &str) -> String {
    format!("field {coordinate}")
}

pub(super) fn user(tag: &str) -> String {
    format!("tag {tag}")
}

/// An entity by its main key; no two have the same name.
fn keyed(ty: &str, key_text: &str) -> String {
    format!("entity {ty}{key_text}")
}

/// An entity that is shown by its key alone.
fn reference(ty: &str, key_text: &str) -> String {
    format!("reference {ty}{key_text}")
}

/// What a subgraph answers of an entity. The type's name ends before the key, and the key tells its own length.
fn keyed_in(subgraph: &str, ty: &str, key_text: &str) -> String {
    format!("entity {ty}{key_text} in {subgraph}")
}

/// A field of an entity that has a tag of its own.
fn field_of(ty: &str, key_text: &str, field: &str) -> String {
    format!("field {field} of {ty}{key_text}")
}

fn some_field(ty: &str, field: &str) -> String {
    format!("field {field} of some {ty}")
}

/// A key as a part of a tag: lengths stand before values, which may have anything in them.
fn key_text(key: &[(&str, &str)]) -> String {
    let mut sorted = key.to_vec();
    sorted.sort_unstable();
    let mut text = String::new();
    for (field, value) in sorted {
        let _ = write!(text, " {field}={}:{value}", value.len());
    }
    text
}

/// The values in a key's text, by the order of their fields.
fn key_values(text: &str) -> Vec<&str> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some((length, after)) = rest
        .split_once('=')
        .and_then(|(_, after)| after.split_once(':'))
    {
        let length = length.parse().unwrap_or(after.len());
        let Some((value, after)) = after.split_at_checked(length) else {
            break;
        };
        values.push(value);
        rest = after;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(add: impl FnOnce(&mut Found)) -> Found {
        let mut found = Found::default();
        add(&mut found);
        found
    }

    #[test]
    fn every_change_of_an_entity_reaches_what_has_it() {
        type Add = fn(&mut Found);
        let entries: [(&str, Add); 4] = [
            ("by key", |found| {
                found.entity("User", &[("id", "1")], &Shown::fields())
            }),
            ("without key", |found| {
                found.unknown("User", &Shown::fields())
            }),
            ("in a list", |found| found.members("User")),
            ("among many", |found| {
                for id in 0..500 {
                    found.entity("User", &[("id", &id.to_string())], &Shown::fields());
                }
            }),
        ];
        let changes: [(&str, Add); 2] = [
            ("of a known one", |found| {
                found.entity("User", &[("id", "1")], &Shown::fields())
            }),
            ("of an unknown one", |found| {
                found.unknown("User", &Shown::fields())
            }),
        ];
        let others: [(&str, Add); 2] = [
            ("of another type", |found| {
                found.entity("Post", &[("id", "1")], &Shown::fields())
            }),
            ("of unknown of another type", |found| {
                found.unknown("Post", &Shown::fields())
            }),
        ];
        let meet = |entry: &Found, change: &Found| {
            let entry = entry.of_entry("users", &[]).unwrap();
            assert!(entry.len() <= MOST_TAGS);
            let change = change.of_change(&EntityTypes::default());
            change.iter().any(|tag| entry.contains(tag))
        };
        for (what, entry) in entries {
            let entry = found(entry);
            for (change, add) in changes {
                assert!(meet(&entry, &found(add)), "{what}, {change}");
            }
            for (change, add) in others {
                assert!(!meet(&entry, &found(add)), "{what}, {change}");
            }
        }
        // Another entity of the type leaves alone what is known to be of one.
        let one = found(|found| found.entity("User", &[("id", "1")], &Shown::fields()));
        let other = found(|found| found.entity("User", &[("id", "2")], &Shown::fields()));
        assert!(!meet(&one, &other));
    }

    #[test]
    fn different_keys_have_different_names() {
        let entity = |ty: &str, key: &[(&str, &str)]| keyed(ty, &key_text(key));
        let names = [
            entity("User", &[("a", "1"), ("b", "2")]),
            entity("User", &[("a", "1 b=1:2")]),
            entity("User", &[("a", "1b"), ("b", "2")]),
            entity("User a=1", &[("b", "2")]),
            entity("User", &[("a", "1"), ("b", "")]),
        ];
        let distinct: BTreeSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{names:?}");
        let swapped = entity("User", &[("b", "2"), ("a", "1")]);
        assert_eq!(names[0], swapped);
    }

    #[test]
    fn an_entry_with_too_many_tags_of_its_own_is_none() {
        let tags: Vec<String> = (0..MOST_TAGS).map(|tag| user(&tag.to_string())).collect();
        assert_eq!(Found::default().of_entry("users", &tags), None);
    }
}

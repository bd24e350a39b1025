//! Where in an answer entities are, and which they are: a fetch's selection as far as it leads to them.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use apollo_compiler::ast::{Definition, Document, Field, OperationDefinition, Selection};
use schema_model::{Supergraph, TypeId, TypeRef};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    entities::EntityTypes,
    tags::{Found, Shown},
};

/// A graph, and what its entities are known by.
#[derive(Clone, Copy)]
pub(super) struct Schema<'a> {
    pub(super) supergraph: &'a Supergraph,
    pub(super) entities: &'a EntityTypes,
}

/// A composite position of a selection.
#[derive(Debug, Default, Clone)]
pub(super) struct Selected {
    /// The object types that may stand here.
    types: Vec<SelectedType>,
    /// Positions below, by response key.
    below: Vec<(Box<str>, Below)>,
    /// Leaves that tell entities apart, by response key.
    leaves: Vec<Box<str>>,
}

/// What a response key leads to.
#[derive(Debug, Clone)]
struct Below {
    selected: Selected,
    /// Entity types of which there may be more or fewer another time: it is a list of them, or nothing at the moment.
    members: Vec<Box<str>>,
    /// Entity types of which there may be more or fewer in it, whatever of it is selected: a connection, its count.
    within: Vec<Box<str>>,
    is_list: bool,
}

/// An object type, and how it is told which object it is.
#[derive(Debug, Clone)]
struct SelectedType {
    name: Box<str>,
    is_entity: bool,
    /// The fields of its main key and the response keys of these, if all are selected.
    key: Option<Vec<(Box<str>, Box<str>)>>,
    /// Several selections disagree on where the key is.
    is_ambiguous: bool,
    /// What is selected besides.
    shown: Shown,
}

/// The operation that a fetch sends, which is the only one in its document.
pub(super) fn operation(document: &Document) -> Option<&OperationDefinition> {
    document
        .definitions
        .iter()
        .find_map(|definition| match definition {
            Definition::OperationDefinition(operation) => Some(&**operation),
            _ => None,
        })
}

impl Selected {
    /// What `selections` select of `ty`.
    pub(super) fn of(schema: Schema<'_>, ty: TypeId, selections: &[Selection]) -> Self {
        let supergraph = schema.supergraph;
        let mut selected = Self::default();
        let mut fields = Vec::new();
        collect(supergraph, ty, selections, &mut fields);
        for (parent, field) in &fields {
            selected.add(schema, *parent, field);
        }
        let possible = match supergraph.ty(ty).possible_types.as_slice() {
            [] => vec![ty],
            possible if supergraph.ty(ty).is_abstract() => {
                // An interface object stands for all of them under the interface's name.
                possible.iter().copied().chain([ty]).collect()
            }
            possible => possible.to_vec(),
        };
        for ty in possible {
            selected.add_type(schema, ty, &fields);
        }
        selected
    }

    /// What `_entities` selects: objects of several types, which are told apart by fragments.
    pub(super) fn of_entities(schema: Schema<'_>, selections: &[Selection]) -> Self {
        let mut selected = Self::default();
        for selection in selections {
            let Selection::InlineFragment(fragment) = selection else {
                continue;
            };
            let on = fragment.type_condition.as_ref();
            let on = on.and_then(|name| schema.supergraph.type_named(name));
            selected.merge(match on {
                Some(ty) => Self::of(schema, ty, &fragment.selection_set),
                None => Self::of_entities(schema, &fragment.selection_set),
            });
        }
        selected
    }

    fn add(&mut self, schema: Schema<'_>, parent: TypeId, field: &Field) {
        let supergraph = schema.supergraph;
        let key = field.response_name().as_str();
        let Some(id) = supergraph.field_named(parent, &field.name) else {
            return;
        };
        let ty = supergraph.field(id).ty;
        if !supergraph.ty(ty.named()).is_composite() {
            return;
        }
        let selected = Self::of(schema, ty.named(), &field.selection_set);
        let mut within = members_within(schema, ty);
        let is_of_entity = schema.entities.get(&supergraph.ty(parent).name).is_some();
        if !is_of_entity && field.arguments.is_empty() {
            // Nothing says which one it is: it may be another one another time.
            within.extend(entities_of(schema, ty));
        }
        let below = Below {
            members: members(schema, ty),
            within,
            is_list: ty.is_list(),
            selected,
        };
        match self.below.iter_mut().find(|(known, _)| **known == *key) {
            Some((_, known)) => known.merge(below),
            None => self.below.push((key.into(), below)),
        }
    }

    fn add_type(&mut self, schema: Schema<'_>, ty: TypeId, fields: &[(TypeId, &Field)]) {
        let supergraph = schema.supergraph;
        let name = supergraph.ty(ty).name.as_str();
        let entity = schema.entities.get(name);
        let key = entity.and_then(|entity| entity.key.as_ref());
        let is_here = |parent: TypeId| parent == ty || supergraph.is_possible(parent, ty);
        let places = key.and_then(|key| {
            let places = key.iter().map(|name| {
                let selected = fields.iter().find(|(parent, field)| {
                    is_here(*parent) && *field.name == **name && field.arguments.is_empty()
                });
                let (_, field) = selected?;
                Some((name.clone(), field.response_name().as_str().into()))
            });
            places.collect::<Option<Vec<(Box<str>, Box<str>)>>>()
        });
        for (_, key) in places.iter().flatten() {
            if !self.leaves.contains(key) {
                self.leaves.push(key.clone());
            }
        }
        let is_key = |field: &Field| {
            *field.name == *"__typename"
                || field.arguments.is_empty()
                    && key.is_some_and(|key| key.iter().any(|name| **name == *field.name))
        };
        let mut shown = Shown::default();
        for (_, field) in fields.iter().filter(|(parent, _)| is_here(*parent)) {
            shown.more |= !is_key(field);
            let is_apart = entity.is_some_and(|entity| entity.apart.contains(field.name.as_str()));
            if is_apart {
                shown.apart.insert(field.name.as_str().into());
            }
        }
        self.types.push(SelectedType {
            name: name.into(),
            is_entity: entity.is_some(),
            key: places,
            is_ambiguous: false,
            shown,
        });
    }

    /// What is selected of an object of this type.
    pub(super) fn shown_of(&self, name: &str) -> Option<&Shown> {
        let mut types = self.types.iter();
        types.find(|ty| *ty.name == *name).map(|ty| &ty.shown)
    }

    /// Notes the entities in the value of a response key; whether it could be read.
    pub(super) fn note_value(&self, key: &str, value: &str, found: &mut Found) -> bool {
        let Some(below) = self.at(key) else {
            return true;
        };
        let reading = Reading {
            selected: &below.selected,
            found,
            is_known: false,
        };
        let mut json = serde_json::Deserializer::from_str(value);
        match reading.deserialize(&mut json) {
            Ok(IsNull(is_null)) => {
                below.note(is_null, found);
                true
            }
            Err(_) => false,
        }
    }

    /// What a key at this position leads to.
    fn at(&self, key: &str) -> Option<&Below> {
        let mut below = self.below.iter();
        below
            .find(|(known, _)| **known == *key)
            .map(|(_, below)| below)
    }

    /// Notes the object whose type and leaves were read.
    fn note(&self, typename: Option<&str>, leaves: &[(usize, String)], found: &mut Found) {
        let of_type = |name: &str| self.types.iter().find(|ty| *ty.name == *name);
        let ty = match (typename, self.types.as_slice()) {
            (Some(name), _) => of_type(name),
            (None, [only]) => Some(only),
            (None, several) => {
                // It may be any of them.
                for ty in several.iter().filter(|ty| ty.is_entity) {
                    found.unknown(&ty.name, &ty.shown);
                }
                return;
            }
        };
        let Some(ty) = ty.filter(|ty| ty.is_entity) else {
            return;
        };
        let value = |key: &str| {
            let index = self.leaves.iter().position(|leaf| **leaf == *key)?;
            let leaf = leaves.iter().find(|(at, _)| *at == index);
            leaf.map(|(_, value)| value.as_str())
        };
        let pairs = ty.key.as_ref().and_then(|key| {
            let pairs = key.iter().map(|(field, at)| Some((&**field, value(at)?)));
            pairs.collect::<Option<Vec<_>>>()
        });
        match pairs {
            Some(pairs) => found.entity(&ty.name, &pairs, &ty.shown),
            None => found.unknown(&ty.name, &ty.shown),
        }
    }
}

impl Below {
    fn merge(&mut self, other: Self) {
        self.is_list |= other.is_list;
        let add = |known: &mut Vec<Box<str>>, other: Vec<Box<str>>| {
            let more: Vec<Box<str>> = other.into_iter().filter(|ty| !known.contains(ty)).collect();
            known.extend(more);
        };
        add(&mut self.members, other.members);
        add(&mut self.within, other.within);
        self.selected.merge(other.selected);
    }

    /// Its members may be others another time, if that is so for what stands here now.
    fn note(&self, is_null: bool, found: &mut Found) {
        self.within.iter().for_each(|ty| found.members(ty));
        if self.is_list || is_null {
            self.members.iter().for_each(|ty| found.members(ty));
        }
    }
}

impl Selected {
    /// The same key under several type conditions.
    fn merge(&mut self, other: Self) {
        for (key, below) in other.below {
            match self.below.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => known.merge(below),
                None => self.below.push((key, below)),
            }
        }
        for leaf in other.leaves {
            if !self.leaves.contains(&leaf) {
                self.leaves.push(leaf);
            }
        }
        for ty in other.types {
            match self.types.iter_mut().find(|known| known.name == ty.name) {
                Some(known) => {
                    known.key = match (known.key.take(), ty.key) {
                        // The same place holds the key of one and something else of the other.
                        (Some(one), Some(other)) if one != other => {
                            known.is_ambiguous = true;
                            None
                        }
                        (one, other) => one.or(other).filter(|_| !known.is_ambiguous),
                    };
                    known.is_ambiguous |= ty.is_ambiguous;
                    known.shown.merge(&ty.shown);
                }
                None => self.types.push(ty),
            }
        }
    }
}

/// The entity types that a value of `ty` may be, as far as that may be another one at another time.
fn members(schema: Schema<'_>, ty: TypeRef) -> Vec<Box<str>> {
    match ty.is_non_null() && !ty.is_list() {
        true => Vec::new(),
        false => entities_of(schema, ty),
    }
}

/// The entity types that a value of `ty` may be.
fn entities_of(schema: Schema<'_>, ty: TypeRef) -> Vec<Box<str>> {
    let named = ty.named();
    let possible = &schema.supergraph.ty(named).possible_types;
    let mut members: Vec<Box<str>> = Vec::new();
    for ty in possible.iter().copied().chain([named]) {
        let name = schema.supergraph.ty(ty).name.as_str();
        if schema.entities.get(name).is_some() && !members.iter().any(|known| **known == *name) {
            members.push(name.into());
        }
    }
    members
}

/// The entity types of which a value of `ty`, if it is no entity itself, may have more or fewer at another time, or
/// another one: those of its lists and of what may be null, up to the first entity on each way.
fn members_within(schema: Schema<'_>, ty: TypeRef) -> Vec<Box<str>> {
    let is_entity = |ty: TypeId| {
        let name = schema.supergraph.ty(ty).name.as_str();
        schema.entities.get(name).is_some()
    };
    let mut members: Vec<Box<str>> = Vec::new();
    let changes = |ty: TypeRef| ty.is_list() || !ty.is_non_null();
    // What is below a list is looked at again where it has been seen below none.
    let mut seen: BTreeSet<(TypeId, bool)> = BTreeSet::new();
    let possible = schema.supergraph.ty(ty.named()).possible_types.iter();
    let values = possible.copied().chain([ty.named()]);
    let mut next: Vec<(TypeId, bool)> = values
        .filter(|ty| !is_entity(*ty) && !schema.supergraph.ty(*ty).is_abstract())
        .map(|value| (value, changes(ty)))
        .collect();
    while let Some((at, is_changing)) = next.pop() {
        if !seen.insert((at, is_changing)) {
            continue;
        }
        let definition = schema.supergraph.ty(at);
        if is_entity(at) {
            if is_changing && !members.iter().any(|known| **known == *definition.name) {
                members.push(definition.name.as_str().into());
            }
            continue;
        }
        if definition.is_abstract() {
            let possible = definition.possible_types.iter();
            next.extend(possible.map(|ty| (*ty, is_changing)));
            continue;
        }
        next.extend(definition.fields.iter().map(|field| {
            let ty = schema.supergraph.field(*field).ty;
            (ty.named(), is_changing || changes(ty))
        }));
    }
    members
}

/// All fields of a selection with the types on which they are selected; what fetches send has no named fragments.
pub(super) fn collect<'a>(
    supergraph: &Supergraph,
    parent: TypeId,
    selections: &'a [Selection],
    fields: &mut Vec<(TypeId, &'a Field)>,
) {
    for selection in selections {
        match selection {
            Selection::Field(field) => fields.push((parent, field)),
            Selection::InlineFragment(fragment) => {
                let condition = fragment.type_condition.as_ref();
                let on = condition.and_then(|name| supergraph.type_named(name));
                collect(
                    supergraph,
                    on.unwrap_or(parent),
                    &fragment.selection_set,
                    fields,
                );
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Reads the value of a position and notes the entities in it.
pub(super) struct Reading<'r> {
    pub(super) selected: &'r Selected,
    pub(super) found: &'r mut Found,
    /// Whether it is known which object stands at the top.
    pub(super) is_known: bool,
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = IsNull;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<IsNull, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Whether what was read was null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IsNull(pub(super) bool);

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = IsNull;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, a list or null")
    }

    fn visit_unit<E>(self) -> Result<IsNull, E> {
        Ok(IsNull(true))
    }

    fn visit_bool<E>(self, _: bool) -> Result<IsNull, E> {
        Ok(IsNull(false))
    }

    fn visit_i64<E>(self, _: i64) -> Result<IsNull, E> {
        Ok(IsNull(false))
    }

    fn visit_u64<E>(self, _: u64) -> Result<IsNull, E> {
        Ok(IsNull(false))
    }

    fn visit_f64<E>(self, _: f64) -> Result<IsNull, E> {
        Ok(IsNull(false))
    }

    fn visit_str<E>(self, _: &str) -> Result<IsNull, E> {
        Ok(IsNull(false))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<IsNull, A::Error> {
        while items
            .next_element_seed(Reading {
                selected: self.selected,
                found: self.found,
                is_known: false,
            })?
            .is_some()
        {}
        Ok(IsNull(false))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<IsNull, A::Error> {
        let Self {
            selected,
            found,
            is_known,
        } = self;
        let mut typename = None;
        let mut leaves = Vec::new();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if let Some(below) = selected.at(&key) {
                let IsNull(is_null) = map.next_value_seed(Reading {
                    selected: &below.selected,
                    found,
                    is_known: false,
                })?;
                below.note(is_null, found);
            } else if key == "__typename" {
                typename = map.next_value::<Leaf>()?.0;
            } else if let Some(index) = selected.leaves.iter().position(|leaf| **leaf == *key) {
                let Leaf(value) = map.next_value()?;
                leaves.extend(value.map(|value| (index, value)));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if !is_known {
            selected.note(typename.as_deref(), &leaves, found);
        }
        Ok(IsNull(false))
    }
}

/// A value that can be part of a key, as text: an identifier is the same whether it is written as a number or as a string.
pub(super) struct Leaf(pub(super) Option<String>);

impl<'de> serde::Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(match value {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            serde_json::Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }))
    }
}

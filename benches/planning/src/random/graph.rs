//! A random graph and its division among subgraphs.

use std::fmt::Write as _;

use schema_composition::SubgraphInput;

use super::Tape;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\" \"@requires\" \"@provides\" \"@external\" \"@shareable\"])\n";

/// Which subgraphs: a bit each.
type Mask = u8;

/// What a field leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Leaf,
    Entity(usize),
    /// Of one value type there is.
    Value,
    /// The interface of the first two entities.
    Interface,
    Union,
}

#[derive(Clone, Debug)]
pub(super) struct GraphField {
    pub(super) target: Target,
    is_list: bool,
    owners: Mask,
    /// An earlier field, required by the only owner.
    requires: Option<usize>,
    /// A field of the entity it leads to, provided by this owner.
    provides: Option<(usize, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Id,
    Code,
    Both,
    IdOrCode,
    Nested,
}

#[derive(Clone, Debug)]
pub(super) struct Entity {
    /// By subgraph; `None` where it is not known.
    keys: Vec<Option<Key>>,
    pub(super) fields: Vec<GraphField>,
}

#[derive(Clone, Debug)]
pub(super) struct Graph {
    subgraphs: usize,
    pub(super) entities: Vec<Entity>,
    pub(super) value: Vec<GraphField>,
    pub(super) roots: Vec<GraphField>,
}

impl Graph {
    pub(super) fn draw(tape: &mut Tape<'_>) -> Self {
        let subgraphs = 2 + tape.below(3);
        let count = 1 + tape.below(3);
        let is_plain = tape.percent(50);
        let entities = (0..count).map(|_| {
            let keys = (0..subgraphs).map(|_| key(tape, is_plain));
            let keys: Vec<Option<Key>> = keys.collect();
            let fields = 2 + tape.below(3);
            Entity {
                keys,
                fields: (0..fields)
                    .map(|index| field(tape, subgraphs, count, index))
                    .collect(),
            }
        });
        let entities: Vec<Entity> = entities.collect();
        let value = (0..3).map(|_| {
            let mut field = field(tape, subgraphs, count, 0);
            if field.target == Target::Value {
                field.target = Target::Leaf;
            }
            if tape.percent(75) {
                field.owners = (1 << subgraphs) - 1;
            }
            field
        });
        let value = value.collect();
        let roots = 1 + tape.below(2);
        let roots = (0..roots).map(|_| {
            let mut field = field(tape, subgraphs, count, 0);
            if field.target == Target::Leaf {
                field.target = Target::Entity(0);
            }
            field
        });
        Self {
            subgraphs,
            roots: roots.collect(),
            entities,
            value,
        }
    }

    pub(super) fn subgraphs(&self) -> Vec<SubgraphInput> {
        let subgraphs = 0..self.subgraphs;
        let subgraphs = subgraphs.map(|index| SubgraphInput {
            name: NAMES[index].to_owned(),
            url: format!("http://{}.example", NAMES[index]),
            sdl: self.sdl(index),
            source: None,
        });
        subgraphs.collect()
    }

    fn sdl(&self, at: usize) -> String {
        let mut sdl = String::from(LINK);
        sdl += "type Query { ";
        for (index, field) in self.roots.iter().enumerate() {
            sdl += &self.field(&format!("q{index}"), field, at, true);
        }
        let _ = writeln!(sdl, "own{at}: Int }}");
        for (number, entity) in self.entities.iter().enumerate() {
            sdl += &self.entity(number, entity, at);
        }
        sdl += "type V { always: Int @shareable ";
        for (index, field) in self.value.iter().enumerate() {
            sdl += &self.field(&format!("v{index}"), field, at, true);
        }
        sdl += "}\n";
        if self.has_abstract(at) {
            sdl += "interface I { id: ID! }\nunion U = E0 | E1\n";
        }
        sdl
    }

    /// Whether a subgraph knows the interface and the union: it has both entities.
    fn has_abstract(&self, at: usize) -> bool {
        let entities = self.entities.get(..2);
        entities.is_some_and(|both| both.iter().all(|entity| entity.keys[at].is_some()))
    }

    fn entity(&self, number: usize, entity: &Entity, at: usize) -> String {
        let Some(key) = entity.keys[at] else {
            return String::new();
        };
        let keys = match key {
            Key::Id => "@key(fields: \"id\")",
            Key::Code => "@key(fields: \"code\")",
            Key::Both => "@key(fields: \"id code\")",
            Key::IdOrCode => "@key(fields: \"code\") @key(fields: \"id\")",
            Key::Nested => "@key(fields: \"part { number }\") @key(fields: \"id\")",
        };
        let implements = match number < 2 && self.has_abstract(at) {
            true => " implements I",
            false => "",
        };
        let mut sdl = format!("type E{number}{implements} {keys} {{ ");
        if key != Key::Code || !implements.is_empty() {
            sdl += "id: ID! @shareable ";
        }
        if matches!(key, Key::Code | Key::Both | Key::IdOrCode) {
            sdl += "code: ID! @shareable ";
        }
        if key == Key::Nested {
            sdl += "part: Part! @shareable ";
        }
        for (index, field) in entity.fields.iter().enumerate() {
            let name = format!("e{number}f{index}");
            sdl += &self.field(&name, field, at, false);
            let has = sdl.contains(&format!("{name}: "));
            if !has && self.is_external(number, index, at) {
                let _ = write!(sdl, "{name}: Int @external ");
            }
        }
        sdl += "}\n";
        if key == Key::Nested
            && !self.entities[..number]
                .iter()
                .any(|e| e.keys[at] == Some(key))
        {
            sdl += "type Part @shareable { number: Int! }\n";
        }
        sdl
    }

    /// Whether a subgraph mentions a leaf that it does not resolve.
    fn is_external(&self, number: usize, index: usize, at: usize) -> bool {
        let entity = &self.entities[number];
        let is_required = entity.fields.iter().any(|field| {
            let here = field.requires == Some(index) && field.owners == 1 << at;
            here && self.required(entity, field, at).is_some()
        });
        let fields = self.entities.iter().flat_map(|entity| &entity.fields);
        let fields = fields.chain(&self.value).chain(&self.roots);
        is_required
            || fields.clone().any(|field| {
                field.target == Target::Entity(number)
                    && self.provided(field, at) == Some((number, index))
            })
    }

    fn required(&self, entity: &Entity, field: &GraphField, at: usize) -> Option<usize> {
        let required = field.requires?;
        let other = entity.fields.get(required)?;
        let fits = other.target == Target::Leaf && other.owners & 1 << at == 0;
        (fits && field.owners == 1 << at).then_some(required)
    }

    fn provided(&self, field: &GraphField, at: usize) -> Option<(usize, usize)> {
        let Target::Entity(entity) = field.target else {
            return None;
        };
        let (owner, index) = field.provides?;
        let other = self.entities[entity].fields.get(index)?;
        let is_here = owner % self.subgraphs == at && field.owners & 1 << at != 0;
        let fits = other.target == Target::Leaf && other.owners & 1 << at == 0;
        (is_here && fits && self.entities[entity].keys[at].is_some()).then_some((entity, index))
    }

    /// A field as a subgraph declares it; nothing if it does not resolve it.
    fn field(&self, name: &str, field: &GraphField, at: usize, is_value: bool) -> String {
        if field.owners & 1 << at == 0 {
            return String::new();
        }
        let ty = match field.target {
            Target::Leaf => String::from("Int"),
            Target::Entity(entity) if self.entities[entity].keys[at].is_none() => {
                return String::new();
            }
            Target::Entity(entity) => format!("E{entity}"),
            Target::Value => String::from("V"),
            Target::Interface | Target::Union if !self.has_abstract(at) => return String::new(),
            Target::Interface => String::from("I"),
            Target::Union => String::from("U"),
        };
        let ty = if field.is_list { format!("[{ty}]") } else { ty };
        let shared = is_value || field.owners.count_ones() > 1;
        let shareable = if shared { " @shareable" } else { "" };
        let mut marks = String::new();
        if let Some((entity, index)) = self.provided(field, at) {
            let _ = write!(marks, " @provides(fields: \"e{entity}f{index}\")");
        }
        let entity = name
            .strip_prefix('e')
            .and_then(|rest| rest.split('f').next());
        let entity = entity.and_then(|number| self.entities.get(number.parse::<usize>().ok()?));
        if let Some(required) = entity.and_then(|entity| self.required(entity, field, at)) {
            let of = name.split('f').next().unwrap_or(name);
            let _ = write!(marks, " @requires(fields: \"{of}f{required}\")");
        }
        format!("{name}: {ty}{shareable}{marks} ")
    }
}

fn key(tape: &mut Tape<'_>, is_plain: bool) -> Option<Key> {
    let drawn = tape.below(10);
    match drawn {
        _ if is_plain => (drawn != 9).then_some(Key::Id),
        0..=3 => Some(Key::Id),
        4 => Some(Key::Code),
        5 => Some(Key::Both),
        6 | 7 => Some(Key::IdOrCode),
        8 => Some(Key::Nested),
        _ => None,
    }
}

fn field(tape: &mut Tape<'_>, subgraphs: usize, entities: usize, index: usize) -> GraphField {
    let target = match tape.below(10) {
        0..=3 => Target::Leaf,
        4..=6 => Target::Entity(tape.below(entities)),
        7 => Target::Value,
        8 => Target::Interface,
        _ => Target::Union,
    };
    let is_shared = tape.percent(50);
    let owners = match is_shared {
        true => tape.some_of(subgraphs),
        false => 1 << tape.below(subgraphs),
    };
    GraphField {
        target,
        is_list: tape.percent(30),
        owners,
        requires: tape.percent(30).then(|| tape.below(index.max(1))),
        provides: tape
            .percent(25)
            .then(|| (tape.below(subgraphs), tape.below(4))),
    }
}

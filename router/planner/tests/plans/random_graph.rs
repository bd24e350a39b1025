//! Random sets of subgraphs that know the same entities by different keys, with fields that require others, partly known
//! value types and abstract types: some compose. One field a line, so that a failing set can be cut down line by line.

use std::fmt::Write as _;

use schema_composition::SubgraphInput;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const TYPES: usize = 3;
const KEYS: usize = 3;
const FIELDS: usize = 5;

/// The numbers a graph is made of (splitmix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// The next number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound.max(1) as u64).unwrap_or(0)
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    /// A set of numbers below `bound`, not empty, mostly small.
    fn some(&mut self, bound: usize) -> Vec<usize> {
        let first = self.below(bound);
        let mut some = vec![first];
        while self.one_in(3) && some.len() < bound {
            let next = self.below(bound);
            if !some.contains(&next) {
                some.push(next);
            }
        }
        some.sort_unstable();
        some
    }
}

/// What a field leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Leaf,
    Entity(usize),
    Value,
    Interface,
    Union,
}

struct Field {
    target: Target,
    is_list: bool,
    owners: Vec<usize>,
    /// The field that it needs.
    requires: Option<usize>,
}

struct Entity {
    /// By subgraph, key sets; a nested key has `ref { k }`.
    keys: Vec<Vec<String>>,
    /// By key field, who resolves it.
    known: Vec<Vec<usize>>,
    fields: Vec<Field>,
}

/// The subgraphs of a number.
pub(crate) fn random_graph(seed: u64) -> Vec<SubgraphInput> {
    let mut numbers = Numbers(seed);
    let count = 2 + numbers.below(3);
    let types: Vec<Entity> = (0..TYPES).map(|_| entity(&mut numbers, count)).collect();
    let value: Vec<Vec<usize>> = (0..3)
        .map(|_| match numbers.one_in(3) {
            true => numbers.some(count),
            false => (0..count).collect(),
        })
        .collect();
    let graph = Graph {
        types,
        value,
        count,
    };
    (0..count)
        .map(|at| SubgraphInput {
            name: NAMES[at].to_owned(),
            url: String::new(),
            sdl: graph.sdl(at, &mut numbers),
            source: None,
        })
        .collect()
}

fn entity(numbers: &mut Numbers, count: usize) -> Entity {
    let keys: Vec<Vec<String>> = (0..count)
        .map(|_| {
            let mut sets = numbers.some(KEYS);
            // A key that many have leads everywhere.
            if numbers.below(3) > 0 {
                sets.push(0);
            }
            sets.sort_unstable();
            sets.dedup();
            let mut keys: Vec<String> = sets.iter().map(|key| format!("k{key}")).collect();
            match numbers.below(6) {
                0 => keys = vec![keys.join(" ")],
                1 => keys.push(format!("part {{ p{} }}", numbers.below(2))),
                2 => keys.push(String::from("link")),
                _ => {}
            }
            keys
        })
        .collect();
    let known = (0..KEYS)
        .map(|key| {
            let name = format!("k{key}");
            let mut known: Vec<usize> = (0..count)
                .filter(|at| {
                    keys[*at]
                        .iter()
                        .any(|set| set.split(' ').any(|one| one == name))
                })
                .collect();
            known.extend(numbers.some(count));
            known.sort_unstable();
            known.dedup();
            known
        })
        .collect();
    let fields = (0..FIELDS)
        .map(|index| field(numbers, index, count))
        .collect();
    Entity {
        keys,
        known,
        fields,
    }
}

fn field(numbers: &mut Numbers, index: usize, count: usize) -> Field {
    let target = match numbers.below(8) {
        0 | 1 => Target::Entity(numbers.below(TYPES)),
        2 => Target::Value,
        3 => Target::Interface,
        4 => Target::Union,
        _ => Target::Leaf,
    };
    let owners = match numbers.one_in(3) {
        true => numbers.some(count),
        false => vec![numbers.below(count)],
    };
    let requires = (index > 0 && numbers.one_in(2)).then(|| numbers.below(index));
    Field {
        target,
        is_list: numbers.one_in(3),
        owners,
        requires,
    }
}

struct Graph {
    types: Vec<Entity>,
    /// By field of the value type, who knows it.
    value: Vec<Vec<usize>>,
    count: usize,
}

impl Graph {
    fn type_of(field: &Field) -> String {
        let name = match field.target {
            Target::Leaf => String::from("Int"),
            Target::Entity(ty) => format!("T{ty}"),
            Target::Value => String::from("V"),
            Target::Interface => String::from("N"),
            Target::Union => String::from("U"),
        };
        if field.is_list {
            format!("[{name}]")
        } else {
            name
        }
    }

    /// What is required of a field.
    fn required(&self, field: &Field, at: usize, numbers: &mut Numbers) -> Option<String> {
        Some(match field.target {
            Target::Leaf => String::new(),
            Target::Entity(ty) => {
                let known: Vec<usize> = (0..KEYS)
                    .filter(|key| self.types[ty].known[*key].contains(&at))
                    .collect();
                let key = *known.get(numbers.below(known.len()))?;
                format!(" {{ k{key} }}")
            }
            Target::Value => {
                let known = (0..self.value.len()).filter(|v| self.value[*v].contains(&at));
                let known: Vec<String> = known.map(|v| format!(" v{v}")).collect();
                format!(" {{ always{} }}", known.concat())
            }
            Target::Interface => String::from(" { name }"),
            Target::Union => {
                let on = numbers.below(TYPES);
                format!(" {{ ... on T{on} {{ name }} }}")
            }
        })
    }

    fn sdl(&self, at: usize, numbers: &mut Numbers) -> String {
        let mut out = String::from(
            "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.6\", import: [\"@key\", \"@external\", \"@requires\", \"@provides\", \"@shareable\"])\n",
        );
        let mut queries = vec![format!("  own{at}: Int")];
        let mut provided = Vec::new();
        let entities: Vec<String> = (0..TYPES)
            .map(|number| self.entity(at, number, numbers, &mut provided))
            .collect();
        for (number, mut entity) in entities.into_iter().enumerate() {
            if let Some(index) = self
                .provided(at, number)
                .filter(|_| provided.contains(&number))
            {
                let ty = Self::type_of(&self.types[number].fields[index]);
                let field = format!("  f{index}: {ty} @external\n");
                if !entity.contains(&field) {
                    entity += &field;
                }
            }
            out += &entity;
            out.push_str("}\n");
            if numbers.one_in(2) {
                queries.push(format!("  t{number}: T{number} @shareable"));
            }
            if numbers.one_in(2) {
                queries.push(format!("  t{number}s{at}: [T{number}]"));
            }
        }
        if numbers.one_in(2) {
            queries.push(format!("  node{at}: N"));
            queries.push(format!("  any{at}: [U]"));
        }
        out.push_str("type Part @shareable {\n  p0: Int\n  p1: Int\n}\n");
        let value: Vec<usize> = (0..self.value.len())
            .filter(|v| self.value[*v].contains(&at))
            .collect();
        out.push_str("type V @shareable {\n  always: Int\n");
        for field in value {
            let _ = writeln!(out, "  v{field}: Int");
        }
        let members: Vec<String> = (0..TYPES).map(|number| format!("T{number}")).collect();
        let _ = writeln!(
            out,
            "}}\ninterface N {{\n  name: String\n}}\nunion U = {}",
            members.join(" | ")
        );
        let _ = writeln!(out, "type Query {{\n{}\n}}", queries.join("\n"));
        out
    }

    /// The entity without its last bracket; what of other entities it provides is noted.
    fn entity(
        &self,
        at: usize,
        number: usize,
        numbers: &mut Numbers,
        provides: &mut Vec<usize>,
    ) -> String {
        let mut out = String::new();
        let ty = &self.types[number];
        let to = (number + 1) % TYPES;
        let known = |key: &usize| self.types[to].known[*key].contains(&at);
        let linked = (0..KEYS)
            .find(known)
            .map(|key| format!("link {{ k{key} }}"));
        let mut keys: Vec<String> = ty.keys[at].clone();
        for key in keys.iter_mut().filter(|key| *key == "link") {
            *key = linked.clone().unwrap_or_else(|| String::from("name"));
        }
        keys.sort();
        keys.dedup();
        let nested = |what: &str| keys.iter().any(|key| key.starts_with(what));
        let (has_part, has_link) = (nested("part"), nested("link"));
        let resolvable = |numbers: &mut Numbers| match numbers.one_in(30) {
            true => ", resolvable: false",
            false => "",
        };
        let keys: Vec<String> = keys
            .iter()
            .map(|key| format!(" @key(fields: \"{key}\"{})", resolvable(numbers)))
            .collect();
        let _ = writeln!(out, "type T{number} implements N{} {{", keys.concat());
        out.push_str("  name: String @shareable\n");
        for key in (0..KEYS).filter(|key| ty.known[*key].contains(&at)) {
            let _ = writeln!(out, "  k{key}: ID @shareable");
        }
        if has_part {
            out.push_str("  part: Part @shareable\n");
        }
        if has_link {
            let _ = writeln!(out, "  link: T{to} @shareable");
        }
        let mut external = Vec::new();
        for (index, field) in ty
            .fields
            .iter()
            .enumerate()
            .filter(|(_, f)| f.owners.contains(&at))
        {
            let mut marks = String::new();
            if field.owners.len() > 1 {
                marks += " @shareable";
            } else if let Some(required) = &field.requires {
                let other = &ty.fields[*required];
                if !other.owners.contains(&at)
                    && let Some(of) = self.required(other, at, numbers)
                {
                    let _ = write!(marks, " @requires(fields: \"f{required}{of}\")");
                    external.push(*required);
                }
            }
            if let Target::Entity(to) = field.target
                && marks.is_empty()
                && numbers.one_in(3)
                && let Some(provided) = self.provided(at, to)
            {
                let _ = write!(marks, " @provides(fields: \"f{provided}\")");
                provides.push(to);
            }
            let _ = writeln!(out, "  f{index}: {}{marks}", Self::type_of(field));
        }
        external.sort_unstable();
        external.dedup();
        for index in external {
            let ty = Self::type_of(&ty.fields[index]);
            let _ = writeln!(out, "  f{index}: {ty} @external");
        }
        out
    }

    /// A leaf of the entity that a subgraph does not resolve and may provide.
    fn provided(&self, at: usize, number: usize) -> Option<usize> {
        let fields = &self.types[number].fields;
        let is_wanted = (at + number).is_multiple_of(self.count);
        let is_plain = |index: &usize| {
            let field = &fields[*index];
            field.target == Target::Leaf && !field.owners.contains(&at)
        };
        (0..fields.len()).find(is_plain).filter(|_| is_wanted)
    }
}

//! Random sets of subgraphs, most of which compose: a plan of one graph, of which every subgraph
//! gets its part.

use std::fmt::Write;

use proptest::prelude::*;
use schema_composition::SubgraphInput;

/// Names that do not sort as they are numbered.
const NAMES: [&str; 5] = ["orders", "accounts", "stock", "billing", "media"];
const LEAVES: [&str; 6] = ["Int", "String", "ID", "[Int!]", "Level", "Date"];

/// Which subgraphs of the five: a bit each.
type Mask = u8;

/// A graph and how it is divided.
#[derive(Clone, Debug)]
struct Plan {
    styles: Vec<Style>,
    types: Vec<PlannedType>,
    has_interface: bool,
    has_union: bool,
    interface_object: bool,
    levels: Mask,
    filter_fields: Mask,
}

/// How a subgraph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    FederationOne,
    Imported { minor: u32 },
    Renamed,
    Namespaced,
}

#[derive(Clone, Debug)]
struct PlannedType {
    key: PlannedKey,
    present: Mask,
    fields: Vec<PlannedField>,
    implements: bool,
    tag: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlannedKey {
    None,
    Id,
    Two,
    Nested,
}

#[derive(Clone, Debug)]
struct PlannedField {
    leaf: usize,
    to_type: Option<usize>,
    owner: usize,
    shared: Mask,
    nullable_in: Mask,
    required_in: Option<usize>,
    provided_in: Option<usize>,
    moved_to: Option<(usize, bool)>,
    argument: bool,
    mark: usize,
}

/// Subgraphs of a random graph.
pub(crate) fn any_subgraphs() -> impl Strategy<Value = Vec<SubgraphInput>> {
    any_plan().prop_map(|plan| plan.subgraphs())
}

/// A random graph.
fn any_plan() -> impl Strategy<Value = Plan> {
    let styles = prop::collection::vec(any_style(), 1..=NAMES.len());
    let types = prop::collection::vec(any_type(), 1..5);
    let flags = prop::array::uniform3(prop::bool::weighted(0.4));
    (styles, types, flags, any::<Mask>(), any::<Mask>()).prop_map(
        |(styles, types, [has_interface, has_union, interface_object], levels, filter_fields)| {
            Plan {
                styles,
                types,
                has_interface,
                has_union,
                interface_object,
                levels,
                filter_fields,
            }
        },
    )
}

fn any_style() -> impl Strategy<Value = Style> {
    prop_oneof![
        1 => Just(Style::FederationOne),
        4 => (0..10_u32).prop_map(|minor| Style::Imported { minor }),
        1 => Just(Style::Renamed),
        1 => Just(Style::Namespaced),
    ]
}

fn any_type() -> impl Strategy<Value = PlannedType> {
    let key = prop_oneof![
        2 => Just(PlannedKey::None),
        4 => Just(PlannedKey::Id),
        1 => Just(PlannedKey::Two),
        1 => Just(PlannedKey::Nested),
    ];
    let fields = prop::collection::vec(any_field(), 1..5);
    (
        key,
        any::<Mask>(),
        fields,
        any::<bool>(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(key, present, fields, implements, tag)| PlannedType {
            key,
            present,
            fields,
            implements,
            tag,
        })
}

fn any_field() -> impl Strategy<Value = PlannedField> {
    let rare = |strategy| prop::option::weighted(0.2, strategy);
    let subgraph = || 0..NAMES.len();
    let what = (0..LEAVES.len(), prop::option::weighted(0.3, 0..5_usize));
    let whose = (subgraph(), any::<Mask>(), any::<Mask>(), any::<Mask>());
    let moved = prop::option::weighted(0.15, (subgraph(), any::<bool>()));
    let sets = (rare(subgraph()), rare(subgraph()), moved);
    (what, whose, sets, prop::bool::weighted(0.2), 0..20_usize).prop_map(
        |((leaf, to_type), (owner, shared, few, nullable_in), sets, argument, mark)| PlannedField {
            leaf,
            to_type,
            owner,
            // Half of the fields have one owner.
            shared: if few % 2 == 0 { 0 } else { shared },
            nullable_in,
            required_in: sets.0,
            provided_in: sets.1,
            moved_to: sets.2,
            argument,
            mark,
        },
    )
}

impl Plan {
    /// The SDL of every subgraph.
    fn subgraphs(&self) -> Vec<SubgraphInput> {
        (0..self.styles.len())
            .map(|index| SubgraphInput {
                name: NAMES[index].to_owned(),
                url: format!("http://{}.example", NAMES[index]),
                sdl: Part { plan: self, index }.sdl(),
                source: None,
            })
            .collect()
    }

    fn count(&self) -> usize {
        self.styles.len()
    }

    fn speaks_two(&self) -> bool {
        self.styles
            .iter()
            .all(|style| *style != Style::FederationOne)
    }
}

/// One subgraph's part of the plan.
struct Part<'p> {
    plan: &'p Plan,
    index: usize,
}

impl Part<'_> {
    fn style(&self) -> Style {
        self.plan.styles[self.index]
    }

    fn is_in(&self, mask: Mask) -> bool {
        mask >> self.index & 1 == 1
    }

    /// A subgraph of the plan for any number.
    fn is_this(&self, number: usize) -> bool {
        number % self.plan.count() == self.index
    }

    /// A directive as this subgraph calls it.
    fn directive(&self, name: &str) -> String {
        match self.style() {
            Style::Renamed if name == "key" => "@entity".to_owned(),
            Style::Namespaced if !["tag", "inaccessible"].contains(&name) => {
                format!("@federation__{name}")
            }
            _ => format!("@{name}"),
        }
    }

    fn link(&self) -> String {
        let (minor, imports) = match self.style() {
            Style::FederationOne => return String::new(),
            Style::Imported { minor } => {
                let entities = if minor >= 3 { "\"@interfaceObject\"" } else { "" };
                let imports = format!(
                    "\"@key\" \"@requires\" \"@provides\" \"@external\" \"@shareable\" \"@override\" \"@tag\" \"@inaccessible\" {entities}"
                );
                (minor, imports)
            }
            Style::Renamed => (
                9,
                "{name: \"@key\", as: \"@entity\"} \"@requires\" \"@provides\" \"@external\" \"@shareable\" \"@override\" \"@tag\" \"@inaccessible\" \"@interfaceObject\"".to_owned(),
            ),
            Style::Namespaced => (9, "\"@tag\" \"@inaccessible\"".to_owned()),
        };
        format!(
            "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.{minor}\", import: [{imports}])\n"
        )
    }

    fn sdl(&self) -> String {
        let mut out = self.link();
        let mut queries = vec![format!("  own{}: Int", self.index)];
        for (number, ty) in self.plan.types.iter().enumerate() {
            if self.has_type(number) {
                out.push_str(&self.object(number, ty));
                queries.push(format!(
                    "  t{number}By{}{}: T{number}",
                    self.index,
                    self.arguments()
                ));
            }
        }
        // A provided field is selected below a query of its own.
        for (number, ty) in self.plan.types.iter().enumerate() {
            queries.extend(self.provided(number, ty));
        }
        self.abstract_types(&mut out, &mut queries);
        out.push_str(&self.input_types(&mut queries));
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "type Query {{\n{}\n}}", queries.join("\n"));
        out
    }

    fn arguments(&self) -> &'static str {
        if self.index.is_multiple_of(2) {
            "(id: ID, filter: Filter)"
        } else {
            "(id: ID)"
        }
    }

    fn has_type(&self, number: usize) -> bool {
        let ty = &self.plan.types[number];
        self.is_in(ty.present)
            || ty.fields.iter().any(|field| {
                let moved = field.moved_to.is_some_and(|(to, _)| self.is_this(to));
                self.is_this(field.owner)
                    || moved
                    || field.required_in.is_some_and(|one| self.is_this(one))
                    || field.provided_in.is_some_and(|one| self.is_this(one))
            })
            // What another type of this subgraph refers to.
            || self.plan.types.iter().enumerate().any(|(other, ty)| {
                other < number
                    && self.has_type(other)
                    && ty.fields.iter().any(|field| self.target(field) == Some(number))
            })
    }

    /// The type a field leads to: a later one, so that there is an end.
    fn target(&self, field: &PlannedField) -> Option<usize> {
        field.to_type.map(|to| to % self.plan.types.len())
    }

    fn is_entity(ty: &PlannedType) -> bool {
        ty.key != PlannedKey::None
    }

    fn object(&self, number: usize, ty: &PlannedType) -> String {
        let key = |fields: &str| format!(" {}(fields: \"{fields}\")", self.directive("key"));
        let (keys, key_fields) = match ty.key {
            PlannedKey::None => (String::new(), ""),
            PlannedKey::Id => (key("id"), "  id: ID!\n"),
            PlannedKey::Two => (
                key("id") + &key("code region"),
                "  id: ID!\n  code: String!\n  region: Int\n",
            ),
            PlannedKey::Nested => (
                key("id") + &key("id part { code }"),
                "  id: ID!\n  part: Part!\n",
            ),
        };
        let implements = if self.implements(ty) {
            " implements Node"
        } else {
            ""
        };
        let tag = if ty.tag {
            format!(" {}(name: \"t{number}\")", self.directive("tag"))
        } else {
            String::new()
        };
        let fields: String = (0..ty.fields.len())
            .map(|field| self.field(number, ty, field))
            .collect();
        let own = if ty.key == PlannedKey::None {
            format!("  always: Int{}\n", self.shareable())
        } else {
            String::new()
        };
        format!("type T{number}{implements}{keys}{tag} {{\n{key_fields}{own}{fields}}}\n")
    }

    fn shareable(&self) -> String {
        match self.style() {
            Style::FederationOne => String::new(),
            _ => format!(" {}", self.directive("shareable")),
        }
    }

    fn implements(&self, ty: &PlannedType) -> bool {
        self.plan.has_interface && ty.implements && Self::is_entity(ty)
    }

    /// The type of a field here; that a value may be absent is not known to all.
    fn field_type(&self, field: &PlannedField, number: usize) -> String {
        let name = match self.target(field) {
            Some(target) if target > number => format!("T{target}"),
            _ => LEAVES[field.leaf].to_owned(),
        };
        let required = !self.is_in(field.nullable_in) && self.target(field).is_none();
        if required { name + "!" } else { name }
    }

    fn field(&self, number: usize, ty: &PlannedType, position: usize) -> String {
        let field = &ty.fields[position];
        let name = format!("f{position}");
        let of_type = self.field_type(field, number);
        let argument = if field.argument {
            "(first: Int = 1)"
        } else {
            ""
        };
        let marks = self.marks(field);
        let is_leaf = self.target(field).is_none_or(|target| target <= number);
        let shareable = self.shareable();
        if !Self::is_entity(ty) {
            // Every subgraph resolves a value type as a whole.
            return format!("  {name}{argument}: {of_type}{shareable}{marks}\n");
        }
        let is_shared = field.shared.count_ones() > 0;
        let resolves = self.is_this(field.owner) || is_shared && self.is_in(field.shared);
        let moved = field
            .moved_to
            .filter(|_| !is_shared && self.plan.speaks_two());
        let moved =
            moved.filter(|(to, _)| to % self.plan.count() != field.owner % self.plan.count());
        if let Some((_, labelled)) = moved.filter(|(to, _)| self.is_this(*to)) {
            let from = NAMES[field.owner % self.plan.count()];
            let minor = match self.style() {
                Style::Imported { minor } => minor,
                _ => 9,
            };
            let label = if labelled && minor >= 7 {
                ", label: \"percent(5)\""
            } else {
                ""
            };
            let directive = self.directive("override");
            return format!(
                "  {name}{argument}: {of_type} {directive}(from: \"{from}\"{label}){marks}\n"
            );
        }
        if resolves {
            let shareable = if is_shared { shareable.as_str() } else { "" };
            return format!("  {name}{argument}: {of_type}{shareable}{marks}\n");
        }
        let is_plain = is_leaf && !field.argument;
        let needs = field.required_in.is_some_and(|one| self.is_this(one));
        let provides = field.provided_in.is_some_and(|one| self.is_this(one));
        if !is_plain || !(needs || provides) {
            return String::new();
        }
        let external = self.directive("external");
        let mut out = format!("  {name}: {of_type} {external}\n");
        if needs {
            let requires = self.directive("requires");
            let _ = writeln!(
                out,
                "  needs{position}By{}: Int {requires}(fields: \"{name}\")",
                self.index
            );
        }
        out
    }

    fn marks(&self, field: &PlannedField) -> String {
        match field.mark {
            0 => format!(" {}(name: \"x\")", self.directive("tag")),
            1 if self.plan.speaks_two() => format!(" {}", self.directive("inaccessible")),
            2 => " @deprecated(reason: \"old\")".to_owned(),
            _ => String::new(),
        }
    }

    /// Queries whose result comes with a field that another subgraph owns.
    fn provided(&self, number: usize, ty: &PlannedType) -> Vec<String> {
        if !Self::is_entity(ty) || !self.has_type(number) {
            return Vec::new();
        }
        let directive = self.directive("provides");
        let external = self.directive("external");
        (0..ty.fields.len())
            .filter(|&position| {
                let here = ty.fields[position]
                    .provided_in
                    .is_some_and(|one| self.is_this(one));
                here && self.field(number, ty, position).contains(&external)
            })
            .map(|position| {
                format!(
                    "  t{number}With{position}By{}: T{number} {directive}(fields: \"f{position}\")",
                    self.index
                )
            })
            .collect()
    }

    fn abstract_types(&self, out: &mut String, queries: &mut Vec<String>) {
        let here: Vec<usize> = (0..self.plan.types.len())
            .filter(|&number| self.has_type(number))
            .collect();
        let any_part = here
            .iter()
            .any(|&number| self.plan.types[number].key == PlannedKey::Nested);
        if any_part {
            let _ = writeln!(out, "type Part {{ code: Int!{} }}", self.shareable());
        }
        let implementing = here
            .iter()
            .any(|&number| self.implements(&self.plan.types[number]));
        if implementing {
            out.push_str("interface Node { id: ID! }\n");
            queries.push(format!("  node{}: Node", self.index));
        }
        if self.plan.has_union && !here.is_empty() {
            let members: Vec<String> = here.iter().map(|number| format!("T{number}")).collect();
            let _ = writeln!(out, "union Any{} = {}", self.index / 2, members.join(" | "));
            queries.push(format!("  any{}: Any{}", self.index, self.index / 2));
        }
        let has_own = self.style() != Style::FederationOne && self.plan.interface_object;
        self.interface_object(has_own, out, queries);
    }

    /// Animals: an interface that the first subgraph knows and the last adds a field to.
    fn interface_object(&self, is_wanted: bool, out: &mut String, queries: &mut Vec<String>) {
        let supports = |style: Style| {
            !matches!(
                style,
                Style::FederationOne | Style::Imported { minor: 0..=2 }
            )
        };
        let last = self.plan.count() - 1;
        let both = supports(self.plan.styles[0]) && supports(self.plan.styles[last]);
        if !is_wanted || !both || last == 0 {
            return;
        }
        let key = format!("{}(fields: \"id\")", self.directive("key"));
        if self.index == 0 {
            let _ = writeln!(
                out,
                "interface Animal {key} {{ id: ID! name: String }}\ntype Cat implements Animal {key} {{ id: ID! name: String lives: Int }}\ntype Dog implements Animal {key} {{ id: ID! name: String }}"
            );
            queries.push("  animals: [Animal!]!".to_owned());
        } else if self.index == last {
            let directive = self.directive("interfaceObject");
            let _ = writeln!(
                out,
                "type Animal {directive} {key} {{ id: ID! age(unit: Int): Int }}"
            );
        }
    }

    fn input_types(&self, queries: &mut Vec<String>) -> String {
        let rotated = self
            .plan
            .levels
            .rotate_left(u32::try_from(self.index).unwrap_or(0));
        let extra = if rotated % 3 == 0 { " HIGH" } else { "" };
        let filter = self
            .plan
            .filter_fields
            .rotate_left(u32::try_from(self.index).unwrap_or(0));
        let optional = if filter % 2 == 0 {
            "text: String"
        } else {
            "limit: Int = 5"
        };
        queries.push(format!("  byFilter{}(filter: Filter): Int", self.index));
        format!(
            "enum Level {{ LOW{extra} }}\nscalar Date\ninput Filter {{ ids: [ID!] {optional} and: [Filter!] }}\n"
        )
    }
}

//! A graph without data: every value is a function of the field's name and the item's id.
//!
//! `catalog` lists items with many scalar fields, each of `part1` … adds one object to an item, `faulty` adds one that
//! fails now and then. One executor answers a subgraph's requests and, with every field known to it, whole operations
//! of clients: what a router must answer can be had without a router.

mod answer;
mod values;

pub(crate) use answer::answer;

/// How many `partN` subgraphs there are.
pub(crate) const PARTS: usize = 12;
/// How many `nN` and how many `sN` fields an item has.
pub(crate) const SCALARS: usize = 20;
/// Of items whose number this divides, `risky` is null, and an error says so.
pub(crate) const FAILS_EVERY: u64 = 10;
/// Of further items whose number this divides, `risky` is null.
pub(crate) const NULL_EVERY: u64 = 7;

const FEDERATION: &str =
    "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.5\", import: [\"@key\"])\n";

/// Who answers: which of the fields are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// All of them: the whole graph.
    Graph,
    /// `Query.items` and an item's scalars.
    Catalog,
    /// `Item.partN`.
    Part(usize),
    /// `Item.risky`.
    Faulty,
}

impl Service {
    /// The subgraphs, in the order of their names' numbers.
    pub(crate) fn subgraphs() -> impl Iterator<Item = Self> {
        let parts = (1..=PARTS).map(Self::Part);
        [Self::Catalog, Self::Faulty].into_iter().chain(parts)
    }

    /// The subgraph of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::subgraphs().find(|service| service.name() == name)
    }

    /// The name in the supergraph and the path it is served at.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Graph => "graph".to_owned(),
            Self::Catalog => "catalog".to_owned(),
            Self::Part(number) => format!("part{number}"),
            Self::Faulty => "faulty".to_owned(),
        }
    }

    /// The subgraph's schema.
    pub(crate) fn sdl(self) -> String {
        let types = match self {
            Self::Graph => String::new(),
            Self::Catalog => {
                let scalars: String = (1..=SCALARS)
                    .map(|n| format!(" n{n}: Int s{n}: String"))
                    .collect();
                format!(
                    "type Query {{ items(first: Int!): [Item!]! }}\n\
                     type Item @key(fields: \"id\") {{ id: ID! name: String!{scalars} }}\n"
                )
            }
            Self::Part(n) => format!(
                "type Item @key(fields: \"id\") {{ id: ID! part: Part{n} }}\n\
                 type Part{n} {{ number: Int text: String tags: [String!] }}\n"
            )
            .replace(" part:", &format!(" p{n}:")),
            Self::Faulty => "type Item @key(fields: \"id\") { id: ID! risky: Risky }\n\
                 type Risky { level: Int note: String }\n"
                .to_owned(),
        };
        format!("{FEDERATION}{types}")
    }

    /// Whether `Query` or `Item` has this field here.
    fn knows(self, field: &str) -> bool {
        let owner = match field {
            "id" | "_entities" => return true,
            "risky" => Self::Faulty,
            _ => match numbered(field, 'p') {
                Some(number) => Self::Part(number),
                None => Self::Catalog,
            },
        };
        self == Self::Graph || self == owner
    }
}

/// The number after a one-letter prefix: 12 in `n12`.
fn numbered(field: &str, prefix: char) -> Option<usize> {
    field.strip_prefix(prefix)?.parse().ok()
}

#[cfg(test)]
mod tests;

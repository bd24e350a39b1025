//! The graph that all subgraphs of a world show parts of: its types, and which subgraph knows which.

use indexmap::IndexMap;

use super::Features;
use super::part::{Declaration, Field, Part};
use crate::random::Random;

const SUBGRAPHS: [&str; 6] = ["orders", "accounts", "stock", "billing", "media", "zones"];
const ENTITIES: [&str; 5] = ["User", "Product", "Order", "Review", "Shelf"];
const VALUES: [&str; 2] = ["Money", "Place"];
const PARALLELS: [&str; 2] = ["Info", "Stats"];
const UNIONS: [&str; 2] = ["Thing", "Found"];
const INTERFACES: [&str; 2] = ["Node", "Named"];
const MEDIA: [&str; 3] = ["Book", "Film", "Song"];

/// A type of the graph.
#[derive(Clone, Debug)]
pub(crate) enum Planned {
    /// Keys, the first subgraph of all knows every one of them.
    Entity {
        keys: Vec<String>,
        hub: usize,
    },
    /// Every subgraph that has it resolves it whole.
    Value {
        fields: Vec<(String, Field)>,
    },
    /// Subgraphs know different fields of it; always had from all of these subgraphs.
    Parallel {
        subgraphs: Vec<usize>,
    },
    Union {
        members: Vec<String>,
    },
    Interface {
        types: Vec<String>,
    },
    /// An interface with keys; these subgraphs know its implementations, others have an interface object.
    Media {
        types: Vec<String>,
        homes: Vec<usize>,
    },
}

/// A world in the making.
pub(crate) struct Graph {
    pub(crate) random: Random,
    pub(crate) features: Features,
    pub(crate) parts: Vec<Part>,
    pub(crate) types: IndexMap<String, Planned>,
    fresh: usize,
}

impl Graph {
    pub(crate) fn new(mut random: Random, features: Features) -> Self {
        let mut names = SUBGRAPHS.to_vec();
        random.shuffle(&mut names);
        names.truncate(random.between(2, 6).min(random.between(2, 6)));
        let rename = features.has("renamed-roots");
        let parts = names.iter().map(|name| {
            let is_renamed = rename && random.percent(12);
            let query = if is_renamed { "RootQuery" } else { "Query" };
            Part {
                name: (*name).to_owned(),
                types: IndexMap::from([("Query".to_owned(), Declaration::new("type"))]),
                query: query.to_owned(),
            }
        });
        Self {
            parts: parts.collect(),
            random,
            features,
            types: IndexMap::new(),
            fresh: 0,
        }
    }

    /// Whether a feature is on and its turn has come.
    pub(crate) fn wants(&mut self, feature: &'static str, chance: u64) -> bool {
        self.features.has(feature) && self.random.percent(chance)
    }

    pub(crate) fn fresh(&mut self, prefix: &str) -> String {
        self.fresh += 1;
        format!("{prefix}{}", self.fresh)
    }

    pub(crate) fn any_part(&mut self) -> usize {
        self.random.below(self.parts.len())
    }

    pub(crate) fn all_parts(&self) -> Vec<usize> {
        (0..self.parts.len()).collect()
    }

    /// Subgraphs that have a type.
    pub(crate) fn having(&self, ty: &str) -> Vec<usize> {
        let mut having = self.all_parts();
        having.retain(|&part| self.parts[part].has(ty));
        having
    }

    pub(crate) fn names(&self, wanted: impl Fn(&Planned) -> bool) -> Vec<String> {
        let types = self.types.iter().filter(|(_, planned)| wanted(planned));
        types.map(|(name, _)| name.clone()).collect()
    }

    pub(crate) fn entities(&self) -> Vec<String> {
        self.names(|planned| matches!(planned, Planned::Entity { .. }))
    }

    pub(crate) fn is_entity(&self, name: &str) -> bool {
        matches!(self.types.get(name), Some(Planned::Entity { .. }))
    }

    /// Decides what types there are.
    pub(crate) fn plan(&mut self) {
        let mut entities = ENTITIES.to_vec();
        self.random.shuffle(&mut entities);
        entities.truncate(self.random.between(2, 4));
        for index in 0..entities.len() {
            let keys = self.plan_keys(entities[index], &entities[..index]);
            let hub = self.any_part();
            let planned = Planned::Entity { keys, hub };
            self.types.insert(entities[index].to_owned(), planned);
        }
        for name in VALUES {
            if self.wants("values", 60) {
                self.types
                    .insert(name.to_owned(), Planned::Value { fields: Vec::new() });
            }
        }
        for name in PARALLELS {
            if self.parts.len() > 1 && self.wants("parallel-values", 40) {
                let all = self.all_parts();
                let mut subgraphs = self.random.some_or_one(&all, 50);
                if subgraphs.len() == 1 {
                    subgraphs = all[..2].to_vec();
                }
                self.types
                    .insert(name.to_owned(), Planned::Parallel { subgraphs });
            }
        }
        self.plan_abstract();
        let values = self.names(|planned| matches!(planned, Planned::Value { .. }));
        for name in values {
            let count = self.random.between(1, 3);
            let fields = (0..count).map(|_| {
                let field = self.value_field();
                (self.fresh("v"), field)
            });
            let fields = fields.collect();
            self.types.insert(name, Planned::Value { fields });
        }
    }

    fn plan_abstract(&mut self) {
        if self.wants("interface-entities", 50) {
            let mut types = MEDIA.to_vec();
            types.truncate(self.random.between(1, 3));
            let homes = self.all_parts();
            let mut homes = self.random.some_or_one(&homes, 30);
            if !self.features.has("interface-objects") {
                homes = self.all_parts();
            } else if homes.len() == self.parts.len() {
                homes.truncate(1);
            }
            let types: Vec<String> = types.into_iter().map(str::to_owned).collect();
            self.types
                .insert("Media".to_owned(), Planned::Media { types, homes });
        }
        let objects = self
            .names(|planned| !matches!(planned, Planned::Media { .. } | Planned::Parallel { .. }));
        for name in UNIONS {
            if self.wants("unions", 55) {
                let members = self.random.some_or_one(&objects, 60);
                self.types
                    .insert(name.to_owned(), Planned::Union { members });
            }
        }
        let entities = self.entities();
        for name in INTERFACES {
            if self.wants("interfaces", 60) {
                let types = self.random.some_or_one(&entities, 65);
                self.types
                    .insert(name.to_owned(), Planned::Interface { types });
            }
        }
    }

    fn plan_keys(&mut self, name: &str, earlier: &[&str]) -> Vec<String> {
        let mut kinds = vec!["id".to_owned()];
        if self.features.has("several-keys") {
            kinds.push("code".to_owned());
        }
        if self.features.has("composite-keys") {
            kinds.push("sku region".to_owned());
            kinds.push("id region".to_owned());
        }
        if self.features.has("nested-keys") {
            kinds.push(format!("ref{name} {{ number }}"));
            kinds.push(format!("sku ref{name} {{ number }}"));
        }
        if self.features.has("entity-keys") && !earlier.is_empty() {
            let other = *self.random.pick(earlier);
            if self.plans_key(other, "id") {
                kinds.push(format!("of{other} {{ id }}"));
                kinds.push(format!("code of{other} {{ id }}"));
            }
        }
        let most = if self.features.has("several-keys") {
            3
        } else {
            1
        };
        let count = self.random.between(1, most);
        if self.random.percent(50) {
            self.random.shuffle(&mut kinds);
        }
        kinds.truncate(count);
        kinds
    }

    fn plans_key(&self, name: &str, key: &str) -> bool {
        matches!(self.types.get(name), Some(Planned::Entity { keys, .. }) if keys.iter().any(|k| k == key))
    }

    pub(crate) fn print(self) -> Vec<(String, String)> {
        let parts = self.parts.into_iter();
        parts
            .map(|part| (part.name.clone(), part.print()))
            .collect()
    }
}

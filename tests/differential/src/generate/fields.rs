//! Fields of the graph's types, and which subgraphs resolve them.

use super::graph::{Graph, Planned};
use super::part::Field;

/// Arguments a field may take; all are optional or have a default.
const ARGUMENTS: [&str; 6] = [
    "(first: Int = 2)",
    "(text: String)",
    "(level: Level = MID, ids: [ID!])",
    "(filter: Filter)",
    "(at: Float, on: Boolean = true)",
    "(filters: [Filter!], id: ID)",
];

impl Graph {
    /// Gives the types fields.
    pub(crate) fn populate(&mut self) {
        for name in self.entities() {
            let all = self.all_parts();
            let mut homes = self.random.some_or_one(&all, 55);
            if let Some(Planned::Entity { hub, .. }) = self.types.get(&name)
                && !homes.contains(hub)
            {
                homes.push(*hub);
            }
            for part in homes {
                self.ensure(part, &name);
            }
        }
        for name in self.names(|p| !matches!(p, Planned::Entity { .. })) {
            let part = self.any_part();
            self.ensure(part, &name);
        }
        for name in self.entities() {
            for part in self.having(&name) {
                if self.parts[part].types[&name].is_entered() {
                    for _ in 0..self.random.between(1, 3) {
                        self.add_entity_field(part, &name);
                    }
                }
            }
        }
        self.populate_media();
    }

    fn populate_media(&mut self) {
        let Some(Planned::Media { types, homes }) = self.types.get("Media").cloned() else {
            return;
        };
        if self.features.has("interface-objects") {
            let others: Vec<usize> = self.all_parts();
            for part in self.random.some_or_one(&others, 50) {
                self.ensure(part, "Media");
            }
        }
        for part in self.having("Media") {
            if self.parts[part].types["Media"].is_interface_object() {
                for _ in 0..self.random.between(1, 2) {
                    self.add_entity_field(part, "Media");
                }
            }
        }
        for &part in &homes {
            for ty in &types {
                if self.random.percent(60) {
                    self.add_entity_field(part, ty);
                }
            }
        }
    }

    /// A field that this subgraph resolves, perhaps others too.
    fn add_entity_field(&mut self, part: usize, ty: &str) {
        let field = self.any_field(part);
        let name = match self.wants("ticks", 6) {
            true => self.fresh("tick"),
            false => self.fresh("f"),
        };
        let is_shared = self.wants("shareable", 30);
        if !is_shared {
            self.add(part, ty, &name, field);
            return;
        }
        let mut others = self.having(ty);
        others.retain(|&other| {
            let own = &self.parts[other].types[ty];
            let same_kind =
                own.is_interface_object() == self.parts[part].types[ty].is_interface_object();
            other != part && same_kind
        });
        let others = self.random.some(&others, 60);
        let field = field.with("@shareable");
        for other in others {
            let named = field.named();
            self.ensure(other, &named);
            self.ensure_inputs(other, &field.arguments);
            self.add(other, ty, &name, field.clone());
        }
        self.add(part, ty, &name, field);
    }

    /// A leaf or an object.
    pub(crate) fn any_field(&mut self, part: usize) -> Field {
        if self.random.percent(50) {
            return self.plain_field(part);
        }
        match self.any_target(part) {
            Some(target) => {
                self.ensure(part, &target);
                let ty = self.wrapped(&target, 15);
                let arguments = self.arguments(part, 15);
                Field {
                    arguments,
                    ..Field::new(ty)
                }
            }
            None => self.plain_field(part),
        }
    }

    /// A type that this subgraph may know.
    pub(crate) fn any_target(&mut self, part: usize) -> Option<String> {
        let mut targets = self.names(|planned| !matches!(planned, Planned::Parallel { .. }));
        targets.retain(|name| {
            let is_absent_interface = matches!(self.types[name], Planned::Interface { .. })
                && !self.parts[part].has(name);
            !is_absent_interface || self.random.clone().percent(70)
        });
        (!targets.is_empty()).then(|| self.random.pick(&targets).clone())
    }

    /// A leaf.
    pub(crate) fn plain_field(&mut self, part: usize) -> Field {
        let leaf = self.any_leaf();
        self.ensure(part, leaf);
        let ty = self.wrapped(leaf, 30);
        let arguments = self.arguments(part, 20);
        Field {
            arguments,
            ..Field::new(ty)
        }
    }

    fn any_leaf(&mut self) -> &'static str {
        let mut leaves = vec!["Int", "String", "Boolean", "Float", "ID", "Int", "String"];
        if self.features.has("enums") {
            leaves.extend(["Level", "Mood", "Json"]);
        }
        leaves[self.random.below(leaves.len())]
    }

    /// A field of a value type: every subgraph with the type has it.
    pub(crate) fn value_field(&mut self) -> Field {
        let entities = self.entities();
        let ty = match self.random.percent(35) {
            true => {
                let entity = self.random.pick(&entities).clone();
                self.wrapped(&entity, 10)
            }
            false => {
                let leaf = self.any_leaf();
                self.wrapped(leaf, 30)
            }
        };
        Field::new(ty).with("@shareable")
    }

    fn arguments(&mut self, part: usize, chance: u64) -> String {
        if !self.wants("arguments", chance) {
            return String::new();
        }
        let arguments = *self.random.pick(&ARGUMENTS);
        if !self.features.has("inputs") && arguments.contains("Filter") {
            return String::new();
        }
        self.ensure_inputs(part, arguments);
        arguments.to_owned()
    }

    /// The input types of arguments.
    pub(crate) fn ensure_inputs(&mut self, part: usize, arguments: &str) {
        if arguments.contains("Filter") {
            self.ensure(part, "Filter");
        }
        if arguments.contains("Level") {
            self.ensure(part, "Level");
        }
    }

    /// Lists and `!`.
    pub(crate) fn wrapped(&mut self, name: &str, strict: u64) -> String {
        let mut ty = name.to_owned();
        let depth = match self.wants("lists", 40) {
            true if self.random.percent(20) => 2,
            true => 1,
            false => 0,
        };
        if self.wants("non-null", strict) {
            ty.push('!');
        }
        for _ in 0..depth {
            ty = format!("[{ty}]");
            if self.wants("non-null", strict) {
                ty.push('!');
            }
        }
        ty
    }
}

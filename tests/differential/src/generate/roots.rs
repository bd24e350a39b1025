//! Root fields: a way to every type from every subgraph that has it.

use super::graph::{Graph, Planned};
use super::part::{Declaration, Field};

impl Graph {
    pub(crate) fn add_roots(&mut self) {
        for part in self.all_parts() {
            let composite: Vec<String> = self.parts[part]
                .types
                .iter()
                .filter(|(name, declaration)| {
                    let is_output = ["type", "interface", "union"].contains(&declaration.keyword);
                    is_output && *name != "Query" && self.types.contains_key(*name)
                })
                .map(|(name, _)| name.clone())
                .collect();
            for name in composite {
                let is_parallel = matches!(self.types[&name], Planned::Parallel { .. });
                if !is_parallel && self.random.percent(65) {
                    self.add_root(part, &name);
                }
            }
            if self.parts[part].types["Query"].fields.is_empty() {
                let field = self.plain_field(part);
                let name = self.fresh("q");
                self.add(part, "Query", &name, field);
            }
        }
        for name in self.names(|planned| matches!(planned, Planned::Parallel { .. })) {
            self.add_parallel_fields(&name);
        }
        self.add_shared_roots();
        self.add_mutations();
        self.add_reentry();
    }

    fn add_root(&mut self, part: usize, name: &str) {
        let ty = self.wrapped(name, 10);
        let arguments = match self.wants("arguments", 25) {
            true => "(id: ID, first: Int = 3)".to_owned(),
            false => String::new(),
        };
        let field = Field {
            arguments,
            ..Field::new(ty)
        };
        let name = self.fresh("q");
        self.add(part, "Query", &name, field);
    }

    /// A value type whose fields are spread over subgraphs is had from all of them: from the root, and from entities
    /// that all of them know.
    fn add_parallel_fields(&mut self, name: &str) {
        let having = self.having(name);
        let ty = self.wrapped(name, 10);
        let root = self.fresh("q");
        for &part in &having {
            let field = Field::new(ty.as_str()).with("@shareable");
            self.add(part, "Query", &root, field);
        }
        let entities = self.entities();
        if self.random.percent(60) {
            let entity = self.random.pick(&entities).clone();
            let field = self.fresh("f");
            let ty = self.wrapped(name, 10);
            for &part in &having {
                self.ensure(part, &entity);
            }
            let mut declarations = having.iter().map(|&part| &self.parts[part].types[&entity]);
            if !declarations.all(Declaration::is_entered) {
                return;
            }
            for &part in &having {
                let declared = Field::new(ty.as_str()).with("@shareable");
                self.add(part, &entity, &field, declared);
            }
        }
    }

    fn add_shared_roots(&mut self) {
        for _ in 0..2 {
            if !self.wants("shared-roots", 60) {
                continue;
            }
            let entities = self.entities();
            let entity = self.random.pick(&entities).clone();
            let having = self.having(&entity);
            let some = self.random.some_or_one(&having, 70);
            let ty = self.wrapped(&entity, 10);
            let name = self.fresh("shared");
            for part in some {
                let field = Field::new(ty.as_str()).with("@shareable");
                self.add(part, "Query", &name, field);
            }
        }
    }

    fn add_mutations(&mut self) {
        if !self.features.has("mutations") {
            return;
        }
        let all = self.all_parts();
        for part in self.random.some(&all, 50) {
            self.declare(part, "Mutation", Declaration::new("type"));
            for _ in 0..self.random.between(1, 2) {
                let mut field = self.any_field(part);
                field.arguments = "(by: Int = 1)".to_owned();
                let name = self.fresh("m");
                self.add(part, "Mutation", &name, field);
            }
        }
    }

    /// A query type below the root.
    fn add_reentry(&mut self) {
        for part in self.all_parts() {
            let chance = if self.parts[part].has("Mutation") {
                35
            } else {
                10
            };
            let is_renamed = self.parts[part].query != "Query";
            let is_out = is_renamed && !self.features.has("reentry-of-renamed-roots");
            if is_out || !self.wants("reentry", chance) {
                continue;
            }
            let name = self.fresh("Payload");
            self.declare(part, &name, Declaration::new("type"));
            self.add(part, &name, "done", Field::new("Boolean"));
            self.add(part, &name, "query", Field::new("Query"));
            let root = if self.parts[part].has("Mutation") {
                "Mutation"
            } else {
                "Query"
            };
            let field = self.fresh("r");
            self.add(part, root, &field, Field::new(name));
        }
    }
}

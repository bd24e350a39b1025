//! Which subgraph has which type, and as what.

use super::graph::{Graph, Planned};
use super::part::{Declaration, Field};

impl Graph {
    /// Makes a subgraph know a type.
    pub(crate) fn ensure(&mut self, part: usize, name: &str) {
        if self.parts[part].has(name) {
            return;
        }
        match self.types.get(name).cloned() {
            Some(Planned::Entity { keys, hub }) => self.ensure_entity(part, name, &keys, hub),
            Some(Planned::Value { fields }) => {
                self.declare(part, name, Declaration::new("type"));
                for (field, declared) in fields {
                    self.ensure(part, &declared.named());
                    self.add(part, name, &field, declared);
                }
            }
            Some(Planned::Parallel { subgraphs }) => {
                for part in subgraphs {
                    self.ensure_parallel(part, name);
                }
            }
            Some(Planned::Union { members }) => {
                self.declare(part, name, Declaration::new("union"));
                // The first is known to all, so that shared fields have a value.
                let others = self.random.some(&members[1..], 75);
                let members = [&members[..1], &others].concat();
                for member in &members {
                    self.ensure(part, member);
                }
                self.parts[part].types[name].members = members;
            }
            Some(Planned::Interface { types }) => {
                self.declare(part, name, Declaration::new("interface"));
                let others = self.random.some(&types[1..], 70);
                let known = [&types[..1], &others].concat();
                for ty in &known {
                    self.ensure(part, ty);
                    self.parts[part].types[ty].implements.push(name.to_owned());
                }
            }
            Some(Planned::Media { types, homes }) => self.ensure_media(part, &types, &homes),
            None => self.ensure_leaf(part, name),
        }
    }

    pub(crate) fn declare(&mut self, part: usize, name: &str, declaration: Declaration) {
        self.parts[part].types.insert(name.to_owned(), declaration);
    }

    /// Adds a field unless it is there.
    pub(crate) fn add(&mut self, part: usize, ty: &str, name: &str, field: Field) {
        let fields = &mut self.parts[part].types[ty].fields;
        fields.entry(name.to_owned()).or_insert(field);
    }

    fn ensure_leaf(&mut self, part: usize, name: &str) {
        match name {
            "Level" => {
                let mut declaration = Declaration::new("enum");
                declaration.members = ["LOW", "MID", "HIGH"].map(str::to_owned).to_vec();
                self.declare(part, name, declaration);
            }
            // Only given, so that subgraphs may know different values.
            "Mood" => {
                let mut declaration = Declaration::new("enum");
                declaration.members = vec!["CALM".to_owned()];
                let others = ["GLAD", "SAD", "WILD"].map(str::to_owned);
                let some = self.random.some(&others, 60);
                declaration.members.extend(some);
                self.declare(part, name, declaration);
            }
            "Json" => self.declare(part, name, Declaration::new("scalar")),
            "Filter" => {
                let mut declaration = Declaration::new("input");
                let fields = [
                    ("ids", "[ID!]"),
                    ("text", "String = \"x\""),
                    ("level", "Level"),
                    ("and", "[Filter]"),
                    ("most", "Int! = 3"),
                ];
                let fields = fields.map(|(name, ty)| (name.to_owned(), Field::new(ty)));
                declaration.fields.extend(fields);
                self.declare(part, name, declaration);
                self.ensure(part, "Level");
            }
            name if name.ends_with("Ref") => {
                self.declare(part, name, Declaration::new("type"));
                let number = Field::new("Int!").with("@shareable");
                self.add(part, name, "number", number);
            }
            _ => {}
        }
    }

    fn ensure_entity(&mut self, part: usize, name: &str, keys: &[String], hub: usize) {
        // The hub has every key, so that there is always a way.
        if part != hub {
            self.ensure(hub, name);
        }
        let own = match part == hub {
            true => keys.to_vec(),
            false => self.random.some_or_one(keys, 45),
        };
        let is_stub = part != hub && self.wants("unresolvable", 15);
        let mut declaration = Declaration::new("type");
        for key in &own {
            let resolvable = if is_stub { ", resolvable: false" } else { "" };
            let directive = format!("@key(fields: \"{key}\"{resolvable})");
            declaration.directives.push(directive);
        }
        self.declare(part, name, declaration);
        for key in &own {
            self.add_key_fields(part, name, key);
        }
    }

    /// The fields that a key names.
    pub(crate) fn add_key_fields(&mut self, part: usize, ty: &str, key: &str) {
        for (field, of_type) in [
            ("id", "ID!"),
            ("code", "String!"),
            ("sku", "String!"),
            ("region", "Int!"),
        ] {
            let outer = key.split('{').next().unwrap_or(key);
            if outer.split(' ').any(|word| word == field) {
                self.add(part, ty, field, Field::new(of_type));
            }
        }
        for word in key.split(' ') {
            if let Some(other) = word.strip_prefix("of") {
                self.ensure(part, other);
                self.add(part, other, "id", Field::new("ID!"));
                self.add(part, ty, word, Field::new(format!("{other}!")));
            } else if word.starts_with("ref") {
                let target = format!("{ty}Ref");
                self.ensure(part, &target);
                self.add(part, ty, word, Field::new(format!("{target}!")));
            }
        }
    }

    fn ensure_parallel(&mut self, part: usize, name: &str) {
        if self.parts[part].has(name) {
            return;
        }
        self.declare(part, name, Declaration::new("type"));
        let common = Field::new("Int").with("@shareable");
        self.add(part, name, "common", common);
        for _ in 0..self.random.between(1, 2) {
            let field = self.plain_field(part);
            let name_of_field = self.fresh("p");
            self.add(part, name, &name_of_field, field);
        }
    }

    fn ensure_media(&mut self, part: usize, types: &[String], homes: &[usize]) {
        if !homes.contains(&part) {
            let mut declaration = Declaration::new("type");
            let directives = ["@interfaceObject", "@key(fields: \"id\")"];
            declaration.directives.extend(directives.map(str::to_owned));
            self.declare(part, "Media", declaration);
            self.add(part, "Media", "id", Field::new("ID!"));
            self.ensure(homes[0], "Media");
            return;
        }
        let mut declaration = Declaration::new("interface");
        let key = "@key(fields: \"id\")".to_owned();
        declaration.directives.push(key.clone());
        self.declare(part, "Media", declaration);
        self.add(part, "Media", "id", Field::new("ID!"));
        self.add(part, "Media", "title", Field::new("String"));
        for ty in types {
            let mut declaration = Declaration::new("type");
            declaration.directives.push(key.clone());
            declaration.implements.push("Media".to_owned());
            self.declare(part, ty, declaration);
            self.add(part, ty, "id", Field::new("ID!"));
            self.add(part, ty, "title", Field::new("String").with("@shareable"));
        }
        for &home in homes {
            self.ensure(home, "Media");
        }
    }

    /// Fields of interfaces: what all types that implement it anywhere have, if these have it here.
    pub(crate) fn add_abstract_fields(&mut self) {
        let interfaces = self.names(|planned| matches!(planned, Planned::Interface { .. }));
        for name in interfaces {
            for part in self.having(&name) {
                if self.parts[part].types[&name].fields.is_empty() {
                    self.add_interface_fields(part, &name);
                }
            }
        }
    }

    fn add_interface_fields(&mut self, part: usize, name: &str) {
        let everywhere = self.implementing(name, &self.all_parts());
        let here = self.implementing(name, &[part]);
        let first = &self.parts[part].types[&here[0]].fields;
        let candidates: Vec<(String, Field)> = first
            .iter()
            .map(|(name, field)| (name.clone(), field.clone()))
            .collect();
        for (field, declared) in candidates {
            let fits = |own: &Field| own.ty == declared.ty && own.arguments == declared.arguments;
            let all_have = everywhere.iter().all(|ty| {
                let mut parts = self.parts.iter();
                parts.any(|part| part.field(ty, &field).is_some_and(fits))
            });
            let is_here = here
                .iter()
                .all(|ty| self.parts[part].field(ty, &field).is_some_and(fits));
            if all_have && is_here && (field == "id" || self.random.percent(80)) {
                let plain = Field {
                    directives: Vec::new(),
                    ..declared
                };
                self.add(part, name, &field, plain);
            }
        }
        if !self.parts[part].types[name].fields.is_empty() {
            return;
        }
        // Nothing in common: there is no such interface here.
        self.parts[part].types.shift_remove(name);
        for declaration in self.parts[part].types.values_mut() {
            declaration.implements.retain(|own| own != name);
            declaration.fields.retain(|_, field| field.named() != name);
        }
    }

    fn implementing(&self, name: &str, parts: &[usize]) -> Vec<String> {
        let mut found = Vec::new();
        for &part in parts {
            for (ty, declaration) in &self.parts[part].types {
                if declaration.implements.iter().any(|own| own == name) && !found.contains(ty) {
                    found.push(ty.clone());
                }
            }
        }
        found
    }
}

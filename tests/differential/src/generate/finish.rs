//! What comes last: externals for interfaces, what clients do not see, and tidying up.

use super::graph::{Graph, Planned};
use super::part::{Declaration, Field};

impl Graph {
    /// What is external must be for something.
    pub(crate) fn drop_unused_externals(&mut self) {
        for part in &mut self.parts {
            let directives = |declaration: &Declaration| {
                let fields = declaration.fields.values();
                let own = fields.flat_map(|field| {
                    let arguments = std::iter::once(field.arguments.clone());
                    arguments.chain(field.directives.clone())
                });
                own.chain(declaration.directives.clone())
                    .collect::<Vec<_>>()
            };
            let said: Vec<String> = part.types.values().flat_map(directives).collect();
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let mut used: Vec<String> = said
                .iter()
                .flat_map(|own| own.split(|c: char| !is_word(c)))
                .map(str::to_owned)
                .collect();
            for declaration in part.types.values() {
                if declaration.keyword == "interface" {
                    used.extend(declaration.fields.keys().cloned());
                }
            }
            for declaration in part.types.values_mut() {
                declaration
                    .fields
                    .retain(|name, field| !field.is("@external") || used.contains(name));
            }
        }
    }

    /// A type may satisfy an interface with a field that others resolve.
    pub(crate) fn add_interface_externals(&mut self) {
        for name in self.names(|planned| matches!(planned, Planned::Interface { .. })) {
            for part in self.having(&name) {
                if self.wants("interface-externals", 40) {
                    self.add_interface_external(part, &name);
                }
            }
        }
    }

    fn add_interface_external(&mut self, part: usize, name: &str) {
        let types = self.known_types(part, name);
        let fields = self.parts.iter().filter_map(|part| part.types.get(name));
        let fields: Vec<(String, Field)> = fields
            .flat_map(|own| own.fields.iter().map(|(n, f)| (n.clone(), f.clone())))
            .collect();
        for (field, declared) in fields {
            if !self.is_leaf(&declared.named()) || !declared.arguments.is_empty() {
                continue;
            }
            for ty in &types {
                let external = declared.clone().with("@external");
                self.add(part, ty, &field, external);
            }
            self.ensure(part, &declared.named());
            self.add(part, name, &field, declared);
        }
    }

    pub(crate) fn hide_some(&mut self) {
        for ty in self.entered() {
            for owned in self.owned(&ty) {
                if self.wants("inaccessible", 6) {
                    let fields = &mut self.parts[owned.part].types[&ty].fields;
                    fields[&owned.name].mark("@inaccessible");
                }
            }
        }
        for union in self.names(|planned| matches!(planned, Planned::Union { .. })) {
            if !self.wants("inaccessible-types", 30) {
                continue;
            }
            let name = self.fresh("Ghost");
            for part in self.having(&union) {
                if !self.random.percent(70) {
                    continue;
                }
                let mut ghost = Declaration::new("type");
                ghost.directives.push("@inaccessible".to_owned());
                self.declare(part, &name, ghost);
                let boo = Field::new("Int").with("@shareable");
                self.add(part, &name, "boo", boo);
                self.parts[part].types[&union].members.push(name.clone());
            }
        }
    }
}

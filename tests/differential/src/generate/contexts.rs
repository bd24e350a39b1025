//! Arguments from contexts: objects that are found only below the one that sets the context.

use super::graph::Graph;
use super::part::{Declaration, Field};

impl Graph {
    pub(crate) fn add_contexts(&mut self) {
        for ty in self.entities() {
            for part in self.having(&ty) {
                if self.parts[part].types[&ty].is_entered() && self.wants("contexts", 22) {
                    self.add_context(part, &ty);
                }
            }
        }
    }

    fn add_context(&mut self, part: usize, ty: &str) {
        // A leaf of the surrounding object, from wherever it is.
        let mut leaves = self.owned(ty);
        leaves.retain(|own| self.is_leaf(&own.field.named()) && own.field.arguments.is_empty());
        if leaves.is_empty() {
            return;
        }
        let leaf = self.random.pick(&leaves).clone();
        let named = leaf.field.named();
        // Only given, so no input type.
        if named == "Mood" || named.ends_with("Ref") || named.starts_with("Note") {
            return;
        }
        self.ensure(part, &named);
        if leaf.part != part {
            let external = leaf.field.clone().with("@external");
            self.add(part, ty, &leaf.name, external);
        }
        let context = self.fresh("context");
        let note = self.fresh("Note");
        let of = leaf.field.ty.replace('!', "");
        let given = format!("${context} {{ {} }}", leaf.name);
        let mut field = self.plain_field(part);
        field.arguments = format!("(of: {of} @fromContext(field: \"{given}\"))");
        let own = self.fresh("c");
        self.declare_note(part, &note, &own, field);
        let declaration = &mut self.parts[part].types[ty];
        declaration
            .directives
            .push(format!("@context(name: \"{context}\")"));
        let way = self.fresh("n");
        let wrapped = self.wrapped(&note, 10);
        self.add(part, ty, &way, Field::new(wrapped));
        // Others know more about it.
        let all = self.all_parts();
        for other in self.random.some(&all, 40) {
            if other != part {
                let field = self.plain_field(other);
                let own = self.fresh("f");
                self.declare_note(other, &note, &own, field);
            }
        }
    }

    fn declare_note(&mut self, part: usize, note: &str, name: &str, field: Field) {
        let mut declaration = Declaration::new("type");
        declaration
            .directives
            .push("@key(fields: \"id\")".to_owned());
        self.declare(part, note, declaration);
        self.add(part, note, "id", Field::new("ID!"));
        self.add(part, note, name, field);
    }
}

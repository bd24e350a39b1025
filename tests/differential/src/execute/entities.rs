//! `_entities`: representations must be what the subgraph needs, and true.

use apollo_compiler::Name;
use apollo_compiler::ast::Selection as AstSelection;
use apollo_compiler::executable::{Field, Selection};
use serde_json::Value;

use super::{Execution, Mistake, Propagated};
use crate::world::data::{Object, contains};
use crate::world::subgraph::{SubgraphSchema, TypeFacts};

impl<'a> Execution<'a> {
    pub(crate) fn entities(&mut self, fields: &[&'a Field]) -> Value {
        let argument = fields[0].specified_argument_by_name("representations");
        let variable = argument.and_then(|value| value.as_variable());
        let given = variable.and_then(|name| self.variables.get(name.as_str()));
        let Some(Value::Array(representations)) = given else {
            self.violations
                .push("representations are no list".to_owned());
            return Value::Array(Vec::new());
        };
        let mut out = Vec::new();
        for (index, representation) in representations.iter().enumerate() {
            self.path.push(index.into());
            out.push(self.entity(fields, representation));
            self.path.pop();
        }
        if self.mistake == Some(Mistake::SwappedEntities) && out.len() > 1 {
            out.swap(0, 1);
        }
        Value::Array(out)
    }

    fn entity(&mut self, fields: &[&'a Field], representation: &Value) -> Value {
        let Some(subgraph) = self.subgraph else {
            return Value::Null;
        };
        let object = match self.find(subgraph, representation) {
            Ok(object) => object,
            Err(why) => {
                self.violations.push(format!("{why}: {representation}"));
                return Value::Null;
            }
        };
        let sets = fields.iter().map(|field| &field.selection_set);
        let grouped = self.collect(&object, sets);
        let ty = self.type_name(&object);
        for field in grouped.values() {
            self.check_required(subgraph, &ty, field[0], &object, representation);
        }
        match self.fields(&object, grouped, false) {
            Ok(entity) => entity.into(),
            Err(Propagated) => Value::Null,
        }
    }

    fn note_key(&mut self, facts: &TypeFacts, name: &Name, key: &[AstSelection]) {
        let mut fields = key.iter().filter_map(|selection| selection.as_field());
        let is_nested = fields.any(|field| !field.selection_set.is_empty());
        self.coverage.note(match key.len() {
            _ if is_nested => "entity by a nested key",
            1 => "entity by one key field",
            _ => "entity by a composite key",
        });
        if facts.keys.len() > 1 {
            self.coverage.note("entity by one of several keys");
        }
        if facts.is_interface_object {
            self.coverage.note("entity of an interface object");
        } else if self.schema.get_interface(name).is_some() {
            self.coverage.note("entity of an interface");
        }
    }

    fn find(
        &mut self,
        subgraph: &SubgraphSchema,
        representation: &Value,
    ) -> Result<Object, &'static str> {
        let name = representation["__typename"].as_str();
        let name = name.ok_or("a representation without __typename")?;
        let name = Name::new(name).map_err(|_| "a __typename that is no name")?;
        let facts = subgraph.types.get(&name);
        let facts = facts.ok_or("a representation of a type not known there")?;
        let mut keys = facts.keys.iter().filter(|key| key.resolvable).peekable();
        if keys.peek().is_none() {
            return Err("a representation of a type that cannot be entered");
        }
        let types = match subgraph.possible(&name) {
            _ if facts.is_interface_object => self.world.data.possible(&name).to_vec(),
            types => types,
        };
        let data = &self.world.data;
        let found = keys.find_map(|key| {
            let object = data.find(&types, &key.fields, representation)?;
            Some((object, &key.fields))
        });
        let (object, key) = found.ok_or("a representation that fits no key, or no entity")?;
        self.note_key(facts, &name, key);
        Ok(object)
    }

    /// All that a field requires must be there, as it is.
    fn check_required(
        &mut self,
        subgraph: &SubgraphSchema,
        ty: &Name,
        field: &Field,
        object: &Object,
        representation: &Value,
    ) {
        let facts = subgraph.field(ty, &field.name);
        let Some(requires) = facts.and_then(|facts| facts.requires.as_ref()) else {
            return;
        };
        self.coverage.note("requires");
        let text: String = requires.iter().map(|own| own.to_string()).collect();
        for (sign, what) in [
            ("(", "requires with arguments"),
            ("{", "requires nested"),
            ("...", "requires on fragments"),
        ] {
            if text.contains(sign) {
                self.coverage.note(what);
            }
        }
        let expected = self.world.data.evaluate(object, requires);
        if !contains(representation, &expected) {
            self.violations.push(format!(
                "{}.{ty}.{} requires {expected}, but was given {representation}",
                subgraph.name, field.name
            ));
        }
    }
}

/// Whether a selection is the one of entities.
pub(crate) fn is_entities(selection: &Selection) -> bool {
    selection
        .as_field()
        .is_some_and(|field| field.name == "_entities")
}

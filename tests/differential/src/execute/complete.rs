//! CompleteValue and null propagation (6.4.3, 6.4.4).

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::executable::Field;
use serde_json::Value;

use super::{Execution, FieldError, Mistake, Propagated};
use crate::world::data::{Object, Resolved};

impl<'a> Execution<'a> {
    pub(crate) fn complete(
        &mut self,
        ty: &Type,
        fields: &[&'a Field],
        resolved: Resolved,
    ) -> Result<Value, Propagated> {
        let completed = match (ty, resolved) {
            (_, Resolved::Failure) => {
                self.coverage.note("failed field");
                self.fail(false);
                return self.null(ty);
            }
            (_, Resolved::Null) => Ok(Value::Null),
            (Type::List(item) | Type::NonNullList(item), Resolved::List(items)) => {
                if matches!(**item, Type::List(_) | Type::NonNullList(_)) {
                    self.coverage.note("list in a list");
                }
                self.list(item, fields, items)
            }
            (_, Resolved::Leaf(leaf)) => Ok(leaf),
            (_, Resolved::Object(object)) if self.is_hidden(&object) => {
                self.coverage.note("hidden runtime type");
                self.fail(true);
                return self.null(ty);
            }
            (_, Resolved::Object(object)) => {
                if self.is_partly_known(ty, &object) {
                    self.coverage.note("runtime type not known everywhere");
                }
                let sets = fields.iter().map(|field| &field.selection_set);
                let grouped = self.collect(&object, sets);
                self.fields(&object, grouped, false).map(Value::Object)
            }
            (ty, Resolved::List(_)) => panic!("a list for {ty}"),
        };
        match completed {
            // What is below has said why already.
            Err(Propagated) => {
                self.coverage.note("null propagated");
                self.null(ty)
            }
            Ok(Value::Null) if ty.is_non_null() => {
                self.fail(false);
                self.null(ty)
            }
            Ok(value) => Ok(value),
        }
    }

    fn list(
        &mut self,
        item: &Type,
        fields: &[&'a Field],
        items: Vec<Resolved>,
    ) -> Result<Value, Propagated> {
        let mut out = Vec::new();
        let mut outcome = Ok(());
        for (index, resolved) in items.into_iter().enumerate() {
            self.path.push(index.into());
            let value = self.complete(item, fields, resolved);
            self.path.pop();
            match value {
                Ok(value) => out.push(value),
                Err(Propagated) => outcome = Err(Propagated),
            }
        }
        outcome.map(|()| Value::Array(out))
    }

    /// Whether some subgraph has the abstract type without the object's.
    fn is_partly_known(&self, ty: &Type, object: &Object) -> bool {
        let named = ty.inner_named_type();
        let is_partial = |schema: &Schema| {
            let ty = schema.types.get(named);
            let is_abstract = ty.is_some_and(|ty| ty.is_interface() || ty.is_union());
            is_abstract && !schema.is_subtype(named, &object.ty)
        };
        let mut subgraphs = self.world.subgraphs.iter();
        subgraphs.any(|subgraph| is_partial(&subgraph.schema))
    }

    fn null(&self, ty: &Type) -> Result<Value, Propagated> {
        let propagates = self.subgraph.is_some() || self.mistake != Some(Mistake::NoPropagation);
        match ty.is_non_null() && propagates {
            true => Err(Propagated),
            false => Ok(Value::Null),
        }
    }

    fn fail(&mut self, is_optional: bool) {
        self.errors.push(FieldError {
            path: self.path.clone(),
            is_optional,
        });
    }

    /// Clients do not know the object's type; subgraphs do.
    fn is_hidden(&self, object: &Object) -> bool {
        let ty = self.world.schema.types.get(&object.ty);
        self.subgraph.is_none() && ty.is_some_and(|ty| ty.directives().has("inaccessible"))
    }
}

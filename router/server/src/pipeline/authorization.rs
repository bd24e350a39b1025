//! `@authenticated`, `@requiresScopes` and `@policy`: what an operation needs of its client.
//!
//! An operation that selects anything its client may not see is refused as a whole, before any
//! subgraph is asked. Nobody satisfies a `@policy`: there is nothing yet that could decide one.

use std::collections::BTreeMap;

use router_executor::Identity;
use router_operation::{Field, FieldTarget, Operation, Selection, SelectionSet};
use schema_model::{Authorization, FieldId, Supergraph, TypeId};

use crate::code::{ErrorCode, GraphqlError};

/// At most this many refusals are listed.
const MAX_ERRORS: usize = 20;

/// What the selected types and fields demand, by schema coordinate.
#[derive(Debug, Default)]
pub(super) struct Requirements {
    by_coordinate: BTreeMap<String, Authorization>,
}

impl Requirements {
    pub(super) fn of(supergraph: &Supergraph, operation: &Operation) -> Self {
        let mut requirements = Self::default();
        requirements.selections(supergraph, &operation.selection_set);
        requirements
    }

    /// Whether everybody may select all of it.
    pub(super) fn are_none(&self) -> bool {
        self.by_coordinate.is_empty()
    }

    /// Errors for everything `identity` may not select.
    pub(super) fn check(&self, identity: &Identity) -> Result<(), Vec<GraphqlError>> {
        let refused: Vec<_> = self
            .by_coordinate
            .iter()
            .filter_map(|(coordinate, authorization)| {
                let code = refusal(authorization, identity)?;
                let message = match code {
                    ErrorCode::Unauthenticated => format!("`{coordinate}` needs an access token"),
                    _ => format!(
                        "`{coordinate}` needs a permission this access token does not carry"
                    ),
                };
                Some(GraphqlError::new(code, message))
            })
            .take(MAX_ERRORS)
            .collect();
        if refused.is_empty() {
            Ok(())
        } else {
            Err(refused)
        }
    }

    fn selections(&mut self, supergraph: &Supergraph, set: &SelectionSet) {
        self.ty(supergraph, set.ty);
        for selection in &set.selections {
            match selection {
                Selection::Fragment(fragment) => self.selections(supergraph, fragment),
                Selection::Field(field) => self.field(supergraph, set.ty, field),
            }
        }
    }

    fn field(&mut self, supergraph: &Supergraph, parent: TypeId, field: &Field) {
        if let FieldTarget::Field(id) = field.target {
            self.one_field(supergraph, id);
            // Through an interface a client reads the implementations' fields, and theirs may ask for more.
            let parent = supergraph.ty(parent);
            if parent.is_abstract() {
                let name = &supergraph.field(id).name;
                for object in &parent.possible_types {
                    if let Some(own) = supergraph.field_named(*object, name) {
                        self.one_field(supergraph, own);
                    }
                }
            }
        }
        if let Some(set) = &field.selection_set {
            self.selections(supergraph, set);
        }
    }

    fn one_field(&mut self, supergraph: &Supergraph, id: FieldId) {
        let field = supergraph.field(id);
        self.ty(supergraph, field.ty.named());
        if !field.authorization.is_public() {
            let coordinate = format!("{}.{}", supergraph.ty(field.parent).name, field.name);
            self.by_coordinate
                .insert(coordinate, field.authorization.clone());
        }
    }

    fn ty(&mut self, supergraph: &Supergraph, id: TypeId) {
        let ty = supergraph.ty(id);
        if !ty.authorization.is_public() {
            self.by_coordinate
                .insert(ty.name.to_string(), ty.authorization.clone());
        }
    }
}

/// Why `identity` does not satisfy `authorization`, if it does not.
fn refusal(authorization: &Authorization, identity: &Identity) -> Option<ErrorCode> {
    if authorization.is_public() {
        return None;
    }
    if identity.subject.is_none() {
        return Some(ErrorCode::Unauthenticated);
    }
    let has_all = |scopes: &Vec<String>| scopes.iter().all(|scope| identity.scopes.contains(scope));
    let scopes_suffice =
        authorization.scopes.is_empty() || authorization.scopes.iter().any(has_all);
    let needs_no_policy = authorization.policies.is_empty();
    (!scopes_suffice || !needs_no_policy).then_some(ErrorCode::Forbidden)
}

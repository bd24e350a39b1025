//! A subgraph is asked only for what it resolves: nothing external unless a path or a key provides it, nothing with
//! `@requires` unless the representation carries what is required.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Selection, SelectionSet};
use router_planner::{Fetch, FetchInput, RepresentationObject, RepresentationValue};
use schema_model::{FieldSetSelection, SubgraphId, Supergraph, TypeId};

/// Panics where a fetch asks for what its subgraph does not resolve.
pub(crate) fn assert_resolvable(
    supergraph: &Supergraph,
    fetch: &Fetch,
    document: &ExecutableDocument,
) {
    let walk = Walk {
        supergraph,
        subgraph: fetch.subgraph,
        query: &fetch.query,
    };
    let operation = document.operations.get(None).expect("one operation");
    match &fetch.input {
        FetchInput::Root(_) | FetchInput::RootBelow { .. } => {
            walk.set(&operation.selection_set, &[], None)
        }
        FetchInput::Entities(calls) => {
            for field in operation.selection_set.fields() {
                let mut calls = calls.iter();
                let call = calls.find(|call| call.response_key == *field.response_key());
                let inputs = &call.expect("every field is a call").inputs;
                for representation in inputs.iter().flat_map(|input| &input.representations) {
                    walk.set(&field.selection_set, &[], Some(&representation.object));
                }
            }
        }
    }
}

struct Walk<'a> {
    supergraph: &'a Supergraph,
    subgraph: SubgraphId,
    query: &'a str,
}

impl<'a> Walk<'a> {
    fn set(
        &self,
        set: &SelectionSet,
        provided: &[&'a [FieldSetSelection]],
        sent: Option<&RepresentationObject>,
    ) {
        for selection in &set.selections {
            match selection {
                Selection::InlineFragment(fragment) => {
                    self.set(&fragment.selection_set, provided, sent)
                }
                Selection::FragmentSpread(_) => panic!("no named fragments are sent"),
                Selection::Field(field) if field.name.starts_with("__") => {}
                Selection::Field(field) => {
                    let ty = self.supergraph.type_named(&set.ty).expect("a known type");
                    self.field(ty, field, provided, sent);
                }
            }
        }
    }

    fn field(
        &self,
        ty: TypeId,
        selected: &apollo_compiler::executable::Field,
        provided: &[&'a [FieldSetSelection]],
        sent: Option<&RepresentationObject>,
    ) {
        let id = self
            .supergraph
            .field_named(ty, &selected.name)
            .expect("a known field");
        let coordinate = format!(
            "{}.{} in {}",
            self.supergraph.ty(ty).name,
            selected.name,
            self.query
        );
        let there = self.supergraph.field(id).in_subgraph(self.subgraph);
        let there = there.unwrap_or_else(|| panic!("{coordinate} is not there"));
        let definition = self
            .supergraph
            .ty(ty)
            .in_subgraph(self.subgraph)
            .expect("the type is there");
        let mut below = Vec::new();
        let keys = definition
            .keys
            .iter()
            .map(|key| key.fields.selections.as_slice());
        let mut is_provided = false;
        for set in provided.iter().copied().chain(keys) {
            is_provided |= self.mentioned(set, &selected.name, &mut below);
        }
        assert!(
            there.is_resolvable() || is_provided,
            "{coordinate} is not resolved there"
        );
        if let Some(requires) = &there.requires {
            let sent = sent.unwrap_or_else(|| panic!("{coordinate} has nothing it requires"));
            self.carries(&requires.selections, sent, &coordinate);
        }
        below.extend(there.provides.iter().map(|set| set.selections.as_slice()));
        self.set(&selected.selection_set, &below, None);
    }

    fn mentioned(
        &self,
        set: &'a [FieldSetSelection],
        name: &str,
        below: &mut Vec<&'a [FieldSetSelection]>,
    ) -> bool {
        let mut found = false;
        for selection in set {
            match selection {
                FieldSetSelection::Typename => {}
                FieldSetSelection::Field {
                    field, selections, ..
                } => {
                    if self.supergraph.field(*field).name == name {
                        found = true;
                        below.push(selections);
                    }
                }
                FieldSetSelection::Fragment { selections, .. } => {
                    found |= self.mentioned(selections, name, below);
                }
            }
        }
        found
    }

    fn carries(
        &self,
        required: &[FieldSetSelection],
        sent: &RepresentationObject,
        coordinate: &str,
    ) {
        for selection in required {
            let FieldSetSelection::Field {
                field, selections, ..
            } = selection
            else {
                continue;
            };
            let name = &self.supergraph.field(*field).name;
            let carried = sent.fields.iter().find(|field| field.name == *name);
            let carried = carried.unwrap_or_else(|| panic!("{coordinate}: `{name}` is not sent"));
            if let RepresentationValue::Object { variants, .. } = &carried.value {
                for variant in variants {
                    self.carries(selections, &variant.object, coordinate);
                }
            }
        }
    }
}

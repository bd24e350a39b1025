//! What is sent to a subgraph about an object: its key, and what the wanted fields require.

use apollo_compiler::{Name, name};
use indexmap::IndexMap;
use router_operation::{FieldTarget, Selection, SelectionSet};
use schema_model::{SubgraphId, TypeId};

use super::{Builder, BuiltGroup, BuiltPosition, BuiltWant, Place};
use crate::plan::{
    Representation, RepresentationField, RepresentationObject, RepresentationValue,
    RepresentationVariant, RowRef, SlotRef,
};
use crate::position::Group;
use crate::selection::StepId;
use crate::solver::Call;

/// A field set, and whether it is (part of) a key.
type Demand<'a> = (&'a SelectionSet, bool);

/// What demands say of one field.
#[derive(Default)]
struct Demanded<'a> {
    is_key: bool,
    is_typename: bool,
    field: Option<&'a router_operation::Field>,
    below: Vec<Demand<'a>>,
}

impl<'a> Builder<'_, 'a> {
    /// Representations of a group's objects for a call: one for every type, or one in the interface's name.
    pub(super) fn representations(
        &self,
        group: &Group<'a>,
        call: &Call<'a>,
        base: &Place,
        wants: &[Option<BuiltWant<'a>>],
    ) -> Vec<Representation> {
        let mut demands: Vec<Demand<'a>> = Vec::new();
        demands.extend(call.key.map(|key| (key, true)));
        demands.extend(call.requires.iter().map(|set| (*set, false)));
        let known: Vec<&BuiltWant<'a>> = wants.iter().flatten().collect();
        let object = self.object(&demands, group.ty(), &known, &base.row, call.subgraph);
        let name = |ty: TypeId| self.graph.supergraph.ty(ty).name.clone();
        let from = self.selections.node(base.node);
        if !group.types.contains(&call.via) {
            let is_whole = from.types.iter().all(|ty| group.types.contains(ty));
            return vec![Representation {
                types: if is_whole {
                    Vec::new()
                } else {
                    group.types.clone()
                },
                typename: name(call.via),
                object,
            }];
        }
        let of = |ty: &TypeId| Representation {
            types: if from.types.len() == 1 {
                Vec::new()
            } else {
                vec![*ty]
            },
            typename: name(*ty),
            object: object.clone(),
        };
        group.types.iter().map(of).collect()
    }

    pub(super) fn object(
        &self,
        demands: &[Demand<'a>],
        ty: TypeId,
        wants: &[&BuiltWant<'a>],
        base: &RowRef,
        subgraph: SubgraphId,
    ) -> RepresentationObject {
        let mut collected = IndexMap::new();
        for demand in demands {
            self.collect(*demand, ty, &mut collected);
        }
        let fields = collected.into_iter().filter_map(|(name, demanded)| {
            if demanded.is_typename {
                return Some(RepresentationField {
                    name: name!("__typename"),
                    is_key: demanded.is_key,
                    value: RepresentationValue::Typename(RowRef {
                        row: 0,
                        links: Vec::new(),
                    }),
                });
            }
            let want = self.find(demanded.field?, ty, wants)?;
            Some(RepresentationField {
                name: name.clone(),
                is_key: demanded.is_key,
                value: self.value(want, &demanded.below, base, subgraph)?,
            })
        });
        RepresentationObject {
            fields: fields.collect(),
        }
    }

    fn collect(
        &self,
        (set, is_key): Demand<'a>,
        ty: TypeId,
        collected: &mut IndexMap<&'a Name, Demanded<'a>>,
    ) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let demanded = collected.entry(&field.response_key).or_default();
                    demanded.is_key |= is_key;
                    demanded.is_typename |= field.target == FieldTarget::Typename;
                    demanded.field = demanded.field.or(Some(field));
                    let below = field.selection_set.iter();
                    demanded.below.extend(below.map(|set| (set, is_key)));
                }
                Selection::Fragment(fragment) => {
                    if self.graph.supergraph.is_possible(fragment.ty, ty) {
                        self.collect((fragment, is_key), ty, collected);
                    }
                }
            }
        }
    }

    fn find<'w>(
        &self,
        field: &router_operation::Field,
        ty: TypeId,
        wants: &[&'w BuiltWant<'a>],
    ) -> Option<&'w BuiltWant<'a>> {
        let FieldTarget::Field(id) = field.target else {
            return None;
        };
        let name = &self.graph.supergraph.field(id).name;
        let own = self.graph.supergraph.field_named(ty, name).unwrap_or(id);
        let mut wants = wants.iter().copied();
        wants.find(|want| {
            !want.is_dependent && want.field == own && want.arguments == field.arguments
        })
    }

    fn value(
        &self,
        want: &BuiltWant<'a>,
        below: &[Demand<'a>],
        base: &RowRef,
        subgraph: SubgraphId,
    ) -> Option<RepresentationValue> {
        let slots: Option<Vec<SlotRef>> = want.slots.iter().map(|s| rebase(s, base)).collect();
        let slots = slots?;
        let Some(child) = &want.child else {
            return slots.into_iter().next().map(RepresentationValue::Leaf);
        };
        let declared = self.graph.supergraph.field(want.field).ty.named();
        // To a subgraph that knows an interface as an object there is but one type.
        let is_abstract = self.graph.supergraph.ty(declared).is_abstract()
            && !self.graph.is_interface_object(declared, subgraph);
        Some(RepresentationValue::Object {
            rows: slots,
            type_from: child.type_from.clone(),
            variants: self.nested(child, below, is_abstract, subgraph),
        })
    }

    /// Nested objects; where the graph allows several types, a subgraph has to be told which one it is.
    fn nested(
        &self,
        child: &BuiltPosition<'a>,
        below: &[Demand<'a>],
        is_abstract: bool,
        subgraph: SubgraphId,
    ) -> Vec<RepresentationVariant> {
        let context = RowRef {
            row: 0,
            links: Vec::new(),
        };
        let variant = |group: &BuiltGroup<'a>| {
            let wants: Vec<&BuiltWant<'a>> = group.wants.iter().collect();
            let mut object = self.object(below, group.group.ty(), &wants, &context, subgraph);
            for field in &mut object.fields {
                if let RepresentationValue::Typename(row) = &mut field.value {
                    row.clone_from(&child.type_from);
                }
            }
            let is_typename = |field: &RepresentationField| field.name == "__typename";
            if is_abstract && !object.fields.iter().any(is_typename) {
                let field = RepresentationField {
                    name: name!("__typename"),
                    is_key: false,
                    value: RepresentationValue::Typename(child.type_from.clone()),
                };
                object.fields.insert(0, field);
            }
            RepresentationVariant {
                types: if child.is_monomorphic {
                    Vec::new()
                } else {
                    group.group.types.clone()
                },
                object,
            }
        };
        child.groups.iter().map(variant).collect()
    }
}

/// A slot as seen from the base's row alone. Nested contexts are seen as they are.
fn rebase(slot: &SlotRef, base: &RowRef) -> Option<SlotRef> {
    if base.row == 0 && base.links.is_empty() {
        return Some(slot.clone());
    }
    if slot.start.row != base.row {
        return None;
    }
    let links = slot.start.links.strip_prefix(base.links.as_slice())?;
    Some(SlotRef {
        start: RowRef {
            row: 0,
            links: links.to_vec(),
        },
        slot: slot.slot,
    })
}

/// The steps whose rows some representations read, with the one that is asked about and others; ascending.
pub(super) fn steps_read(
    representations: &[Representation],
    from: StepId,
    others: Vec<StepId>,
) -> Vec<StepId> {
    let mut steps = others;
    steps.push(from);
    for representation in representations {
        read_object(&representation.object, &mut steps);
    }
    steps.sort();
    steps.dedup();
    steps
}

/// Adds the steps whose rows a value is read from.
pub(super) fn read_value(value: &RepresentationValue, steps: &mut Vec<StepId>) {
    let field = RepresentationField {
        name: name!("value"),
        is_key: false,
        value: value.clone(),
    };
    read_object(
        &RepresentationObject {
            fields: vec![field],
        },
        steps,
    );
}

fn read_object(object: &RepresentationObject, steps: &mut Vec<StepId>) {
    let mut read = |row: &RowRef| steps.extend(row.links.iter().map(|l| StepId(l.fetch.0)));
    for field in &object.fields {
        match &field.value {
            RepresentationValue::Typename(row) => read(row),
            RepresentationValue::Leaf(slot) => read(&slot.start),
            RepresentationValue::Object {
                rows, type_from, ..
            } => {
                rows.iter().for_each(|slot| read(&slot.start));
                read(type_from);
            }
        }
    }
    for field in &object.fields {
        if let RepresentationValue::Object { variants, .. } = &field.value {
            for variant in variants {
                read_object(&variant.object, steps);
            }
        }
    }
}

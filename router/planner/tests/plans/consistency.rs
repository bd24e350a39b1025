//! What holds of every plan: its operations are valid where they are sent, every reference into a table finds what it
//! expects there, and nothing is read before it was fetched.

use router_planner::{
    ContextOrigin, ContextSource, ContextStep, FetchId, FetchInput, LinkRef, ObjectShape,
    QueryPlan, RepresentationField, RepresentationObject, RepresentationValue, ResponseObjectId,
    ResponseValue, RowRef, SlotRef, SlotShape, SlotValue, TableRef,
};
use schema_model::Supergraph;

use super::{resolvable, subgraph_schema};

/// Panics where a plan contradicts itself or the supergraph.
pub(crate) fn assert_consistent(supergraph: &Supergraph, plan: &QueryPlan) {
    let checker = Checker { plan };
    for (index, fetch) in plan.fetches.iter().enumerate() {
        assert!(fetch.after.iter().all(|before| before.index() < index));
        let document = subgraph_schema::validate(supergraph, fetch.subgraph, &fetch.query);
        resolvable::assert_resolvable(supergraph, fetch, &document);
        checker.inputs(FetchId(u32::try_from(index).expect("few fetches")));
    }
    let roots = plan
        .root_fetches
        .iter()
        .map(|&fetch| match plan.fetches[fetch.index()].input {
            FetchInput::Root(shape) => TableRef { fetch, shape },
            FetchInput::Entities(_) | FetchInput::RootBelow { .. } => {
                panic!("{fetch:?} is not a root fetch")
            }
        });
    checker.object(plan.root, &roots.collect::<Vec<_>>());
}

struct Checker<'a> {
    plan: &'a QueryPlan,
}

impl Checker<'_> {
    fn shape(&self, table: TableRef) -> &ObjectShape {
        &self.plan.fetches[table.fetch.index()].shapes[table.shape.index()]
    }

    fn follow(&self, context: &[TableRef], row: &RowRef) -> TableRef {
        let mut table = context[row.row as usize];
        for link in &row.links {
            let (from, to) = self.link(*link);
            assert_eq!(from, table, "{link:?} starts from another table");
            table = to;
        }
        table
    }

    fn link(&self, link: LinkRef) -> (TableRef, TableRef) {
        let calls = match &self.plan.fetches[link.fetch.index()].input {
            FetchInput::Root(_) => panic!("{link:?} is of a root fetch"),
            FetchInput::RootBelow { shape, inputs } => {
                let (fetch, shape) = (link.fetch, *shape);
                return (inputs[link.input as usize].from, TableRef { fetch, shape });
            }
            FetchInput::Entities(calls) => calls,
        };
        let call = &calls[link.call as usize];
        let to = TableRef {
            fetch: link.fetch,
            shape: call.shape,
        };
        (call.inputs[link.input as usize].from, to)
    }

    fn slot(&self, context: &[TableRef], slot: &SlotRef) -> (TableRef, &SlotShape) {
        let table = self.follow(context, &slot.start);
        (table, &self.shape(table).slots[slot.slot.index()])
    }

    fn below(&self, context: &[TableRef], slot: &SlotRef) -> TableRef {
        let (table, found) = self.slot(context, slot);
        let SlotValue::Object(shape) = found.value else {
            panic!("`{}` holds no objects", found.response_key);
        };
        TableRef {
            fetch: table.fetch,
            shape,
        }
    }

    fn object(&self, id: ResponseObjectId, context: &[TableRef]) {
        let object = &self.plan.objects[id.index()];
        let mut types = Vec::new();
        if !context.is_empty() {
            let shape = self.shape(self.follow(context, &object.type_from));
            assert!(shape.has_typename || shape.types.len() == 1);
            types.clone_from(&shape.types);
        }
        for variant in &object.variants {
            assert!(!variant.types.is_empty() || object.variants.len() == 1);
            assert!(variant.types.iter().all(|ty| types.contains(ty)));
            if let Some(instead) = variant.instead {
                self.object(instead, context);
            }
            for field in &variant.fields {
                match &field.value {
                    ResponseValue::Typename
                    | ResponseValue::Null
                    | ResponseValue::Introspection(_) => {}
                    ResponseValue::Leaf(slot) => {
                        let (_, found) = self.slot(context, slot);
                        assert_eq!(found.list_depth, field.ty.list_depth());
                        assert_eq!(found.value, SlotValue::Leaf(field.ty.named()));
                    }
                    ResponseValue::Object { rows, object } => {
                        let below: Vec<_> = rows.iter().map(|r| self.below(context, r)).collect();
                        for row in rows {
                            assert_eq!(self.slot(context, row).1.list_depth, field.ty.list_depth());
                        }
                        self.object(*object, &below);
                    }
                }
            }
        }
    }

    fn inputs(&self, id: FetchId) {
        let calls = match &self.plan.fetches[id.index()].input {
            FetchInput::Root(_) => return,
            FetchInput::RootBelow { inputs, .. } => {
                let mut from = inputs.iter().map(|input| input.from.fetch);
                assert!(
                    from.all(|from| self.waits_for(id, from)),
                    "{id:?} reads too early"
                );
                return;
            }
            FetchInput::Entities(calls) => calls,
        };
        for call in calls {
            for input in &call.inputs {
                assert_eq!(input.contexts.len(), call.contexts.len());
                for source in &input.contexts {
                    self.context(id, source, input.from);
                }
            }
        }
        for input in calls.iter().flat_map(|call| &call.inputs) {
            assert!(
                self.waits_for(id, input.from.fetch),
                "{id:?} reads too early"
            );
            let known = &self.shape(input.from).types;
            for representation in &input.representations {
                assert!(representation.types.iter().all(|ty| known.contains(ty)));
                assert!(!representation.object.fields.is_empty());
                self.representation(id, &representation.object, &[input.from]);
            }
        }
    }

    /// A value that is taken from a context reaches the rows that it is for.
    fn context(&self, id: FetchId, source: &ContextSource, to: TableRef) {
        let start = match &source.origin {
            ContextOrigin::Nothing => return,
            ContextOrigin::Root { table, value } | ContextOrigin::Objects { table, value, .. } => {
                let field = RepresentationField {
                    name: apollo_compiler::name!("value"),
                    is_key: false,
                    value: value.clone(),
                };
                let object = RepresentationObject {
                    fields: vec![field],
                };
                self.representation(id, &object, &[*table]);
                *table
            }
            ContextOrigin::Entities {
                fetch,
                call,
                context,
            } => {
                let FetchInput::Entities(calls) = &self.plan.fetches[fetch.index()].input else {
                    panic!("{fetch:?} fetches no entities");
                };
                let call = &calls[*call as usize];
                assert!((*context as usize) < call.contexts.len());
                TableRef {
                    fetch: *fetch,
                    shape: call.shape,
                }
            }
        };
        assert!(self.waits_for(id, start.fetch), "{id:?} reads too early");
        if matches!(source.origin, ContextOrigin::Root { .. }) {
            return assert!(source.steps.is_empty());
        }
        let end = source.steps.iter().fold(start, |at, step| match step {
            ContextStep::Link(link) => {
                let (from, to) = self.link(*link);
                assert_eq!(from, at);
                assert!(self.waits_for(id, to.fetch), "{id:?} reads too early");
                to
            }
            ContextStep::Slot(slot) => match self.shape(at).slots[slot.index()].value {
                SlotValue::Object(shape) => TableRef { shape, ..at },
                SlotValue::Leaf(_) => panic!("a leaf is no step"),
            },
        });
        assert_eq!(end, to);
    }

    fn representation(&self, id: FetchId, object: &RepresentationObject, context: &[TableRef]) {
        for field in &object.fields {
            match &field.value {
                RepresentationValue::Typename(row) => {
                    let table = self.follow(context, row);
                    assert!(self.waits_for(id, table.fetch), "{id:?} reads too early");
                }
                RepresentationValue::Leaf(slot) => {
                    let (table, found) = self.slot(context, slot);
                    assert!(self.waits_for(id, table.fetch), "{id:?} reads too early");
                    assert!(matches!(found.value, SlotValue::Leaf(_)));
                }
                RepresentationValue::Object {
                    rows,
                    type_from,
                    variants,
                } => {
                    let below: Vec<_> = rows.iter().map(|row| self.below(context, row)).collect();
                    assert!(below.iter().all(|table| self.waits_for(id, table.fetch)));
                    let types = self.follow(&below, type_from);
                    assert!(self.waits_for(id, types.fetch), "{id:?} reads too early");
                    let known = &self.shape(types).types;
                    for variant in variants {
                        assert!(variant.types.iter().all(|ty| known.contains(ty)));
                        self.representation(id, &variant.object, &below);
                    }
                }
            }
        }
    }

    fn waits_for(&self, fetch: FetchId, other: FetchId) -> bool {
        let after = &self.plan.fetches[fetch.index()].after;
        after.contains(&other) || after.iter().any(|before| self.waits_for(*before, other))
    }
}

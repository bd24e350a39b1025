//! The query plan: what is fetched from where, in what order, and where each piece of the client's answer
//! is found. This is the contract between planner and executor.
//!
//! A fetch's answer is described by [`ObjectShape`]s: every composite position of the subgraph operation is
//! one shape, which the executor stores as one table with a row per object. An entity fetch adds a *link*
//! from each row it was asked about to the row it got. The client's answer ([`ResponseObject`]) and the
//! representations sent to subgraphs ([`RepresentationObject`]) read the same tables through [`SlotRef`]s.

use std::sync::Arc;

use apollo_compiler::Name;
use apollo_compiler::ast::OperationType;
use router_operation::IntrospectionField;
use schema_model::{SubgraphId, TypeId, TypeRef};

/// How one operation is answered. Conditions (`@skip`, `@include`) were resolved before planning, so a plan
/// holds for one valuation of the Boolean variables used in them.
#[derive(Clone, Debug)]
pub struct QueryPlan {
    /// Query, mutation or subscription.
    pub kind: OperationType,
    /// Fetches; a fetch depends only on earlier ones.
    pub fetches: Vec<Fetch>,
    /// Arena of the composite positions of the client's answer; the root is `root`.
    pub objects: Vec<ResponseObject>,
    /// The root position. Its context has one row per root fetch: `rows[i]` belongs to `root_fetches[i]`.
    pub root: ResponseObjectId,
    /// The root fetches (those with [`FetchInput::Root`]), ascending.
    pub root_fetches: Vec<FetchId>,
}

impl QueryPlan {
    /// The wave of every fetch: one more than that of the last it waits for; the first is 1.
    pub fn waves(&self) -> Vec<usize> {
        let mut waves: Vec<usize> = Vec::with_capacity(self.fetches.len());
        for fetch in &self.fetches {
            let before = fetch.after.iter().filter_map(|f| waves.get(f.index()));
            let last = before.max().copied().unwrap_or(0);
            waves.push(last + 1);
        }
        waves
    }
}

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The index into the arena.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// Index into [`QueryPlan::fetches`].
    FetchId
);
index!(
    /// Index into one fetch's [`Fetch::shapes`].
    ShapeId
);
index!(
    /// Index into one shape's [`ObjectShape::slots`].
    SlotId
);
index!(
    /// Index into [`QueryPlan::objects`].
    ResponseObjectId
);

/// One request to one subgraph.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Whom to ask.
    pub subgraph: SubgraphId,
    /// Fetches that must have ended before this one starts, because it reads their rows or (mutations)
    /// because their effects come first. Transitive ones may be left out.
    pub after: Vec<FetchId>,
    /// Kind of the subgraph operation: the client's for root fetches, query for entity fetches.
    pub kind: OperationType,
    /// The document to send, minified.
    pub query: Arc<str>,
    /// The operation's name in `query`, if it has one.
    pub operation_name: Option<Name>,
    /// Client variables that `query` declares; their coerced values are sent along. An omitted one is omitted.
    pub variables: Vec<Name>,
    /// The same as `query` declares them: `$id:ID!`.
    pub declarations: Vec<Arc<str>>,
    /// What the operation starts from.
    pub input: FetchInput,
    /// Arena of the composite positions of the answer.
    pub shapes: Vec<ObjectShape>,
}

/// What a fetch starts from.
#[derive(Clone, Debug)]
pub enum FetchInput {
    /// The root type; `data` has this shape.
    Root(ShapeId),
    /// `_entities`, once per distinct selection: `data` has one key per call.
    Entities(Vec<EntityCall>),
    /// The root type, met below the root (`type Payload { query: Query }`): `data` is the one object that all rows
    /// asked about are linked to. Without such rows there is nothing to fetch.
    RootBelow {
        /// The shape of `data`.
        shape: ShapeId,
        /// The positions of the root type.
        inputs: Vec<RootInput>,
    },
}

/// Rows that stand for the root object. Each is linked to the fetch's only row of its root shape.
#[derive(Clone, Debug)]
pub struct RootInput {
    /// Their table.
    pub from: TableRef,
    /// As [`EntityInput::path`].
    pub path: Vec<Arc<str>>,
}

/// One `_entities(representations: $variable)` field of a fetch.
#[derive(Clone, Debug)]
pub struct EntityCall {
    /// Its key in `data`: `_entities` or an alias.
    pub response_key: Name,
    /// The variable that carries the representations.
    pub variable: Name,
    /// The shape of one entity.
    pub shape: ShapeId,
    /// The positions whose rows are asked about. Equal representations of all inputs are sent once, if what is
    /// taken from contexts is equal too.
    pub inputs: Vec<EntityInput>,
    /// What is taken for an entity from contexts around it. Entities that differ in it are different, even if they have
    /// the same representation.
    pub contexts: Vec<CallContext>,
    /// The text of the selection, of which [`Fetch::query`] holds one copy. A call with contextual arguments is made once
    /// for every combination of their values; all copies have one request and one table.
    pub selection: Vec<SelectionPart>,
}

/// One value that is taken from a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallContext {
    /// The variable for contextual arguments of the call's selection; `None` if only later fetches need the value.
    pub variable: Option<ContextVariable>,
}

/// A variable that carries a value taken from a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextVariable {
    /// Its name in [`Fetch::query`]; no variable of the client begins like it.
    pub name: Name,
    /// Its type, as declared.
    pub ty: Arc<str>,
}

/// A part of a selection's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectionPart {
    /// Text.
    Text(Arc<str>),
    /// `$` and the name of the variable of one of the call's contexts.
    Context(u32),
}

/// Rows to ask about. Answering makes a link from every row of `from` to an entity's row (or to nothing).
#[derive(Clone, Debug)]
pub struct EntityInput {
    /// The table whose rows are asked about.
    pub from: TableRef,
    /// Representations by the row's runtime type; a row of another type is not asked about.
    pub representations: Vec<Representation>,
    /// Where in the client's answer the rows are, for people and error paths: response keys, `@` for a list level.
    pub path: Vec<Arc<str>>,
    /// Where the values of the call's contexts are found, one for each.
    pub contexts: Vec<ContextSource>,
}

/// Where a value that is taken from a context is found, for every row of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextSource {
    /// Where it starts.
    pub origin: ContextOrigin,
    /// How the rows that it holds for are reached from there. A row that is not reached has null.
    pub steps: Vec<ContextStep>,
    /// Where in the client's answer the context is set, for people.
    pub path: Vec<Arc<str>>,
    /// What is selected there, for people.
    pub selection: Arc<str>,
}

/// The rows from which a context's value spreads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextOrigin {
    /// Null for all rows: nothing around sets the context.
    Nothing,
    /// Objects that set the context.
    Objects {
        /// Their table.
        table: TableRef,
        /// Those of these types; empty means any.
        types: Vec<TypeId>,
        /// The value, read from a context whose only row is the object's. Of nested objects the one field is the
        /// value (a `__typename` beside it is not), in as many lists as surround it.
        value: RepresentationValue,
    },
    /// The root object sets the context, for all rows and without steps.
    Root {
        /// Its table.
        table: TableRef,
        /// The value, as above.
        value: RepresentationValue,
    },
    /// The entities of a call, for which the value was taken before.
    Entities {
        /// The call's fetch.
        fetch: FetchId,
        /// Index of the call.
        call: u32,
        /// Index of the value in the call's contexts.
        context: u32,
    },
}

/// A step from rows to other rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextStep {
    /// To the objects (or lists of them) in a slot.
    Slot(SlotId),
    /// To the entities that a link leads to.
    Link(LinkRef),
}

/// A table: the rows of one shape of one fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableRef {
    /// The fetch.
    pub fetch: FetchId,
    /// The shape.
    pub shape: ShapeId,
}

/// A link made by a fetch: from a row of `fetches[fetch].input[call].inputs[input].from` to a row of the call's shape. A
/// [`FetchInput::RootBelow`] has one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkRef {
    /// The entity fetch.
    pub fetch: FetchId,
    /// Index of the call.
    pub call: u32,
    /// Index of the input.
    pub input: u32,
}

/// How to write the representation of a row.
#[derive(Clone, Debug)]
pub struct Representation {
    /// The runtime types of rows it is for; empty means any.
    pub types: Vec<TypeId>,
    /// The `__typename` that is sent (the interface's for an interface object).
    pub typename: Name,
    /// Key fields and required ones, read from a context whose only row is the input's. A key that is null or
    /// absent means there is no entity; a required field that is null is sent as null.
    pub object: RepresentationObject,
}

/// The fields of a representation or of an object nested in one.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RepresentationObject {
    /// In the order written.
    pub fields: Vec<RepresentationField>,
}

/// One field of a representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepresentationField {
    /// Its name.
    pub name: Name,
    /// Part of the key: null or absent means there is no entity.
    pub is_key: bool,
    /// Where the value is read.
    pub value: RepresentationValue,
}

/// The value of a representation's field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepresentationValue {
    /// A scalar or enum token (or lists of them), copied verbatim.
    Leaf(SlotRef),
    /// An object or lists of objects. The nested context has one row per entry of `rows`.
    Object {
        /// The slots whose objects make the nested context's rows.
        rows: Vec<SlotRef>,
        /// Whose row, of the nested context, says what the runtime type is.
        type_from: RowRef,
        /// Fields by that runtime type; empty types mean any.
        variants: Vec<RepresentationVariant>,
    },
    /// The runtime type's name of a row of the context.
    Typename(RowRef),
}

/// Fields of a nested object for some runtime types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepresentationVariant {
    /// The runtime types; empty means any.
    pub types: Vec<TypeId>,
    /// The fields.
    pub object: RepresentationObject,
}

/// A slot seen from a context: start at `rows[row]`, follow the links, read the slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SlotRef {
    /// The row to start from.
    pub start: RowRef,
    /// The slot in the table reached.
    pub slot: SlotId,
}

/// A row seen from a context: start at `rows[row]` and follow the links.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowRef {
    /// Index into the context's rows.
    pub row: u32,
    /// Links to follow, in order.
    pub links: Vec<LinkRef>,
}

/// One composite position of a subgraph operation: one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectShape {
    /// Object types the subgraph may return here (an interface object's interface stands for itself).
    pub types: Vec<TypeId>,
    /// Whether `__typename` is selected (always, where more than one type is possible). It is selected under
    /// that key and comes first.
    pub has_typename: bool,
    /// The response keys, in the order in which the operation lists them; `__typename` is not among them. One slot
    /// serves all the type conditions under which its key is selected.
    pub slots: Vec<SlotShape>,
}

/// One response key of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotShape {
    /// The key in the subgraph's answer.
    pub response_key: Name,
    /// How many lists surround the value.
    pub list_depth: u32,
    /// What is inside.
    pub value: SlotValue,
    /// Neither the client's answer nor another request reads it (it tells who sees the fetch's answer which entity it is
    /// about): what is wrong with it alone is wrong with nothing that anybody asked for.
    pub is_unread: bool,
}

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotValue {
    /// A scalar or enum of this type.
    Leaf(TypeId),
    /// Objects of this shape.
    Object(ShapeId),
}

/// A composite position of the client's answer. It is written from a *context*: a few rows (in different tables)
/// that describe the same object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseObject {
    /// The position's type in the API.
    pub ty: TypeId,
    /// Whose row says what the runtime type is.
    pub type_from: RowRef,
    /// What is written, by runtime type. Runtime types that no variant names are written as `{}`.
    pub variants: Vec<ResponseVariant>,
}

/// What is written for some runtime types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseVariant {
    /// The runtime types; empty means any.
    pub types: Vec<TypeId>,
    /// In the order of the specification's CollectFields.
    pub fields: Vec<ResponseField>,
    /// The position to write in place of this one, from the same context: it knows of a row that tells the true type of
    /// an interface object.
    pub instead: Option<ResponseObjectId>,
}

/// One key of the client's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseField {
    /// The client's response key.
    pub response_key: Name,
    /// The type in the API, which says where nulls may stand.
    pub ty: TypeRef,
    /// Where the value is found.
    pub value: ResponseValue,
}

/// Where a value of the client's answer is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseValue {
    /// The runtime type's name.
    Typename,
    /// A slot of leaves.
    Leaf(SlotRef),
    /// Objects (or lists of them) that one or more fetches describe in parallel; lists have equal lengths. The
    /// position's context has one row per entry of `rows`.
    Object {
        /// The slots whose objects make the nested context's rows; the first decides whether there is an object.
        rows: Vec<SlotRef>,
        /// The position.
        object: ResponseObjectId,
    },
    /// Null, whatever subgraphs say: the runtime type is one that not all subgraphs know which might have answered.
    Null,
    /// `__schema` or `__type`, answered by the router from the API schema.
    Introspection(Arc<IntrospectionField>),
}

//! Templates of representations.

use std::sync::Arc;

use router_planner::{
    EntityCall, EntityInput, FetchInput, RepresentationObject, RepresentationValue,
};
use schema_model::{TypeId, TypeRef};

use super::contexts::{self, CompiledSource};
use super::path::{Position, RowPath, RowsPath, SlotPath};
use super::{Context, inconsistent};
use crate::error::ExecutorError;
use crate::table::Tag;
use crate::text::Literal;

/// One `_entities` field.
#[derive(Debug)]
pub(crate) struct CompiledCall {
    /// `"variable":[`
    pub(crate) head: Box<str>,
    pub(crate) shape: u32,
    pub(crate) inputs: Vec<CompiledInput>,
}

/// One table to ask about.
#[derive(Debug)]
pub(crate) struct CompiledInput {
    pub(crate) from: Position,
    /// The link that is made.
    pub(crate) link: u32,
    /// By the tag of the row, which representation; none: it is not asked about.
    pub(crate) by_tag: Vec<Option<u32>>,
    pub(crate) representations: Vec<Representation>,
    /// By context of the call.
    pub(crate) contexts: Vec<CompiledSource>,
    /// Response keys that lead there in the client's answer, up to the first list.
    pub(crate) prefix: Vec<Box<str>>,
}

impl CompiledInput {
    /// What a row of this type is called by; nothing if it is not asked about.
    #[inline]
    pub(crate) fn representation(&self, tag: Tag) -> Option<&Representation> {
        let chosen = self.by_tag.get(tag.0 as usize).copied().flatten();
        self.representations.get(chosen? as usize)
    }
}

/// What a row is called by.
#[derive(Debug)]
pub(crate) struct Representation {
    /// `{"__typename":"User"`
    pub(crate) head: Box<str>,
    pub(crate) object: RepObject,
    /// The same, if it consists of a few leaves.
    pub(crate) plain: Option<PlainRepresentation>,
}

/// A representation that consists of leaves.
#[derive(Debug)]
pub(crate) struct PlainRepresentation {
    pub(crate) fields: Vec<PlainField>,
}

/// A leaf of a representation.
#[derive(Debug)]
pub(crate) struct PlainField {
    /// Everything since the previous one: `{"__typename":"User","id":`.
    pub(crate) literal: Literal,
    /// Where it is read; `None`: from the row that is represented.
    pub(crate) row: Option<RowPath>,
    pub(crate) slot: u32,
    /// Null is sent as null, if nothing is wrong with it.
    pub(crate) may_be_null: bool,
}

/// Most representations have no more leaves.
pub(crate) const FEW_LEAVES: usize = 4;

/// A table whose rows stand for the root object.
#[derive(Debug)]
pub(crate) struct CompiledRootInput {
    pub(crate) from: Position,
    /// The link that is made.
    pub(crate) link: u32,
    /// As of [`CompiledInput`].
    pub(crate) prefix: Vec<Box<str>>,
}

/// An object to write.
#[derive(Debug)]
pub(crate) struct RepObject {
    pub(crate) fields: Vec<RepField>,
}

/// A field to write.
#[derive(Debug)]
pub(crate) struct RepField {
    /// `"name":`
    pub(crate) key: Box<str>,
    pub(crate) is_key: bool,
    /// Where null may stand in it; `None`: anywhere.
    pub(crate) ty: Option<TypeRef>,
    pub(crate) value: RepValue,
}

/// A value to write.
#[derive(Debug)]
pub(crate) enum RepValue {
    Leaf(SlotPath),
    Object {
        rows: Vec<RowsPath>,
        list_depth: u32,
        /// Whose row, of the nested context, says what the runtime type is.
        type_from: RowPath,
        /// By the tag of that row.
        by_tag: Vec<Option<u32>>,
        objects: Vec<RepObject>,
    },
    Typename {
        row: RowPath,
        /// By tag, with quotes.
        names: Vec<Box<str>>,
    },
}

pub(super) fn compile(
    context: &Context<'_>,
    fetch: usize,
) -> Result<Vec<CompiledCall>, ExecutorError> {
    let FetchInput::Entities(calls) = &context.plan.fetches[fetch].input else {
        return Ok(Vec::new());
    };
    let calls = calls.iter().zip(&context.links[fetch]);
    let calls = calls.map(|(call, &first_link)| compile_call(context, fetch, call, first_link));
    calls.collect()
}

pub(super) fn compile_root_inputs(
    context: &Context<'_>,
    fetch: usize,
) -> Result<Vec<CompiledRootInput>, ExecutorError> {
    let FetchInput::RootBelow { inputs, .. } = &context.plan.fetches[fetch].input else {
        return Ok(Vec::new());
    };
    let first_link = context.links[fetch].first().copied().unwrap_or(0);
    let inputs = inputs.iter().zip(first_link..).map(|(input, link)| {
        if input.from.fetch.index() >= fetch {
            return Err(inconsistent("earlier fetch", input.from.fetch.index()));
        }
        let from = Position::from(input.from);
        context.shape(from)?;
        let prefix = prefix(&input.path);
        Ok(CompiledRootInput { from, link, prefix })
    });
    inputs.collect()
}

fn prefix(path: &[Arc<str>]) -> Vec<Box<str>> {
    let keys = path.iter().take_while(|key| &***key != "@");
    keys.map(|key| Box::from(&**key)).collect()
}

fn compile_call(
    context: &Context<'_>,
    fetch: usize,
    call: &EntityCall,
    first_link: u32,
) -> Result<CompiledCall, ExecutorError> {
    let inputs = call.inputs.iter().zip(first_link..);
    let inputs = inputs.map(|(input, link)| {
        if input.from.fetch.index() >= fetch {
            return Err(inconsistent("earlier fetch", input.from.fetch.index()));
        }
        let contexts = contexts::sources(context, fetch, call, input)?;
        compile_input(context, input, link, contexts)
    });
    Ok(CompiledCall {
        head: format!("\"{}\":[", call.variable).into(),
        shape: call.shape.0,
        inputs: inputs.collect::<Result<_, _>>()?,
    })
}

fn compile_input(
    context: &Context<'_>,
    input: &EntityInput,
    link: u32,
    contexts: Vec<CompiledSource>,
) -> Result<CompiledInput, ExecutorError> {
    let from = Position::from(input.from);
    let types = input.representations.iter().map(|r| r.types.as_slice());
    let by_tag = choose(&context.shape(from)?.types, types);
    let representations = input.representations.iter().map(|representation| {
        let head = format!("{{\"__typename\":\"{}\"", representation.typename);
        let ty = context.supergraph.type_named(&representation.typename);
        let object = compile_object(context, &representation.object, ty, &[from])?;
        Ok(Representation {
            plain: plain(&head, &object),
            head: head.into(),
            object,
        })
    });
    Ok(CompiledInput {
        from,
        link,
        by_tag,
        representations: representations.collect::<Result<_, ExecutorError>>()?,
        contexts,
        prefix: prefix(&input.path),
    })
}

fn plain(head: &str, object: &RepObject) -> Option<PlainRepresentation> {
    let mut head = head;
    let fields = object.fields.iter().map(|field| {
        let RepValue::Leaf(path) = &field.value else {
            return None;
        };
        let may_be_null = !field.ty.is_some_and(TypeRef::is_non_null);
        Some(PlainField {
            literal: Literal::new(&format!("{},{}", std::mem::take(&mut head), field.key)),
            row: (!path.row.links.is_empty()).then(|| path.row.clone()),
            slot: path.slot,
            may_be_null: may_be_null && !field.is_key,
        })
    });
    let fields: Vec<PlainField> = fields.collect::<Option<_>>()?;
    let is_few = 1..=FEW_LEAVES;
    let is_plain = is_few.contains(&fields.len());
    is_plain.then_some(PlainRepresentation { fields })
}

fn compile_object(
    context: &Context<'_>,
    object: &RepresentationObject,
    parent: Option<TypeId>,
    tables: &[Position],
) -> Result<RepObject, ExecutorError> {
    let supergraph = context.supergraph;
    let fields = object.fields.iter().map(|field| {
        let ty = parent.and_then(|parent| supergraph.field_named(parent, &field.name));
        let ty = ty.map(|id| supergraph.field(id).ty);
        Ok(RepField {
            key: format!("\"{}\":", field.name).into(),
            is_key: field.is_key,
            ty,
            value: compile_value(context, &field.value, ty, tables)?,
        })
    });
    Ok(RepObject {
        fields: fields.collect::<Result<_, ExecutorError>>()?,
    })
}

pub(super) fn compile_value(
    context: &Context<'_>,
    value: &RepresentationValue,
    ty: Option<TypeRef>,
    tables: &[Position],
) -> Result<RepValue, ExecutorError> {
    Ok(match value {
        RepresentationValue::Leaf(slot) => RepValue::Leaf(context.slot(slot, tables)?),
        RepresentationValue::Typename(row) => {
            let row = context.row(row, tables)?;
            let types = context.shape(row.position)?.types.iter();
            let name = |&ty: &TypeId| format!("\"{}\"", context.supergraph.ty(ty).name).into();
            RepValue::Typename {
                row,
                names: types.map(name).collect(),
            }
        }
        RepresentationValue::Object {
            rows,
            type_from,
            variants,
        } => {
            let (rows, list_depth) = context.rows(rows, tables)?;
            let nested: Vec<Position> = rows.iter().map(|row| row.child).collect();
            let type_from = context.row(type_from, &nested)?;
            let types = &context.shape(type_from.position)?.types;
            let by_tag = choose(types, variants.iter().map(|v| v.types.as_slice()));
            let objects = variants.iter();
            let objects = objects.map(|v| {
                let ty = v.types.first().copied().or(ty.map(TypeRef::named));
                compile_object(context, &v.object, ty, &nested)
            });
            RepValue::Object {
                rows,
                list_depth,
                type_from,
                by_tag,
                objects: objects.collect::<Result<_, _>>()?,
            }
        }
    })
}

/// By tag, the first alternative that is for the type; one for no type in particular is for any.
pub(super) fn choose<'a>(
    types: &[TypeId],
    alternatives: impl Iterator<Item = &'a [TypeId]> + Clone,
) -> Vec<Option<u32>> {
    let choice = |ty: &TypeId| {
        let mut numbered = (0..).zip(alternatives.clone());
        let found = numbered.find(|(_, types)| types.is_empty() || types.contains(ty));
        found.map(|(index, _)| index)
    };
    types.iter().map(choice).collect()
}

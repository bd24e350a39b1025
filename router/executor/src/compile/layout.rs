//! What the reader of an answer has to know.

use std::sync::Arc;

use router_planner::{Fetch, FetchInput, ObjectShape, ShapeId, SlotValue};
use rustc_hash::{FxHashMap, FxHashSet};
use schema_model::{LeafKind, Supergraph, TypeId, TypeKind};

use super::{inconsistent, number};
use crate::density::Density;
use crate::error::ExecutorError;
use crate::ingest::Key;
use crate::table::{Answer, Tag};

/// The shapes of a fetch, ready for reading.
#[derive(Debug)]
pub(crate) struct FetchLayout {
    pub(crate) input: LayoutInput,
    pub(crate) shapes: Arc<[ShapeLayout]>,
    /// What comes twice may be the same rows: nothing is said of a row that depends on the place it came at.
    pub(crate) may_share: bool,
}

/// What `data` holds.
#[derive(Debug)]
pub(crate) enum LayoutInput {
    /// The root object, of this shape.
    Root(u32),
    /// Lists of entities.
    Calls(Vec<CallLayout>),
}

/// One list of entities.
#[derive(Debug)]
pub(crate) struct CallLayout {
    pub(crate) quoted_key: Box<[u8]>,
    pub(crate) shape: u32,
    /// The shapes at and below it.
    pub(crate) reachable: Vec<u32>,
}

/// One shape.
#[derive(Debug)]
pub(crate) struct ShapeLayout {
    pub(crate) has_typename: bool,
    /// The possible types' names with quotes; a row's tag is an index into them.
    pub(crate) types: Vec<(Box<[u8]>, TypeId)>,
    pub(crate) slots: Vec<SlotLayout>,
    /// Slots by quoted key, where there are many.
    by_key: FxHashMap<Box<[u8]>, usize>,
    /// How many rows answers have.
    pub(crate) rows: Density,
}

/// One key.
#[derive(Debug)]
pub(crate) struct SlotLayout {
    pub(crate) key: Key,
    pub(crate) list_depth: u32,
    pub(crate) value: ValueLayout,
    /// Nobody reads it.
    pub(crate) is_unread: bool,
}

/// What a key holds.
#[derive(Debug)]
pub(crate) enum ValueLayout {
    Leaf(LeafLayout),
    /// Objects of this shape.
    Object(u32),
}

/// What a token has to look like.
#[derive(Debug)]
pub(crate) enum LeafLayout {
    Int,
    Float,
    String,
    Boolean,
    Id,
    Custom,
    /// One of these, quoted.
    Enum(FxHashSet<Box<[u8]>>),
}

/// Up to this many keys are looked at one by one.
const FEW_KEYS: usize = 12;

impl FetchLayout {
    /// Tables without rows.
    pub(crate) fn empty_answer(&self) -> Answer {
        Answer::empty(self.shapes.iter().map(|shape| shape.slots.len()))
    }

    /// The same for lists of entities of these calls under these keys. Lists of a call share its tables, so that nothing
    /// is taken back from them if one turns out not to be right.
    pub(crate) fn with_lists(&self, calls: &[u32], keys: &[String]) -> Self {
        let LayoutInput::Calls(own) = &self.input else {
            return Self {
                input: LayoutInput::Calls(Vec::new()),
                shapes: Arc::clone(&self.shapes),
                may_share: false,
            };
        };
        let lists = calls.iter().zip(keys).filter_map(|(call, key)| {
            Some(CallLayout {
                quoted_key: quoted(key),
                shape: own.get(*call as usize)?.shape,
                reachable: Vec::new(),
            })
        });
        Self {
            input: LayoutInput::Calls(lists.collect()),
            shapes: Arc::clone(&self.shapes),
            may_share: false,
        }
    }

    /// The shape of the objects that a slot holds.
    pub(crate) fn child(&self, shape: u32, slot: u32) -> Option<u32> {
        let slots = &self.shapes.get(shape as usize)?.slots;
        match slots.get(slot as usize)?.value {
            ValueLayout::Object(child) => Some(child),
            ValueLayout::Leaf(_) => None,
        }
    }
}

impl ShapeLayout {
    /// The slot of a quoted key.
    pub(crate) fn find(&self, quoted: &[u8]) -> Option<usize> {
        if self.slots.len() > FEW_KEYS {
            return self.by_key.get(quoted).copied();
        }
        self.slots.iter().position(|s| s.key.quoted() == quoted)
    }

    /// The tag of a quoted type name.
    pub(crate) fn tag_of(&self, quoted: &[u8]) -> Tag {
        let found = self.types.iter().position(|(name, _)| **name == *quoted);
        found.map_or(Tag::INVALID, |index| Tag(number(index)))
    }

    /// The tag of an object that does not say its type.
    pub(crate) fn tag_without_typename(&self) -> Tag {
        match self.types.len() {
            1 => Tag(0),
            _ => Tag::INVALID,
        }
    }
}

pub(super) fn compile(
    supergraph: &Supergraph,
    fetch: &Fetch,
) -> Result<FetchLayout, ExecutorError> {
    let known = |shape: ShapeId| match fetch.shapes.get(shape.index()) {
        Some(_) => Ok(shape.0),
        None => Err(inconsistent("shape", shape.index())),
    };
    let input = match &fetch.input {
        FetchInput::Root(shape) | FetchInput::RootBelow { shape, .. } => {
            LayoutInput::Root(known(*shape)?)
        }
        FetchInput::Entities(calls) => {
            let call = |call: &router_planner::EntityCall| {
                Ok(CallLayout {
                    quoted_key: quoted(&call.response_key),
                    shape: known(call.shape)?,
                    reachable: reachable(fetch, call.shape),
                })
            };
            LayoutInput::Calls(calls.iter().map(call).collect::<Result<_, _>>()?)
        }
    };
    let shapes = fetch.shapes.iter();
    let shapes = shapes.map(|shape| compile_shape(supergraph, shape, &known));
    Ok(FetchLayout {
        input,
        shapes: shapes.collect::<Result<Vec<_>, _>>()?.into(),
        may_share: true,
    })
}

fn compile_shape(
    supergraph: &Supergraph,
    shape: &ObjectShape,
    known: &dyn Fn(ShapeId) -> Result<u32, ExecutorError>,
) -> Result<ShapeLayout, ExecutorError> {
    let types = shape.types.iter();
    let types = types.map(|&ty| (quoted(&supergraph.ty(ty).name), ty));
    let slots = shape.slots.iter().map(|slot| {
        Ok(SlotLayout {
            key: Key::new(&slot.response_key),
            list_depth: slot.list_depth,
            value: match slot.value {
                SlotValue::Leaf(ty) => ValueLayout::Leaf(leaf(supergraph, ty)),
                SlotValue::Object(shape) => ValueLayout::Object(known(shape)?),
            },
            is_unread: slot.is_unread,
        })
    });
    let slots: Vec<SlotLayout> = slots.collect::<Result<_, ExecutorError>>()?;
    let by_key = match slots.len() > FEW_KEYS {
        true => slots.iter().enumerate(),
        false => [].iter().enumerate(),
    };
    Ok(ShapeLayout {
        has_typename: shape.has_typename,
        types: types.collect(),
        by_key: by_key
            .map(|(index, slot)| (slot.key.quoted().into(), index))
            .collect(),
        slots,
        rows: Density::default(),
    })
}

fn leaf(supergraph: &Supergraph, ty: TypeId) -> LeafLayout {
    let definition = supergraph.ty(ty);
    match definition.kind {
        TypeKind::Enum => {
            LeafLayout::Enum(definition.enum_values.iter().map(|v| quoted(v)).collect())
        }
        TypeKind::Scalar(LeafKind::Int) => LeafLayout::Int,
        TypeKind::Scalar(LeafKind::Float) => LeafLayout::Float,
        TypeKind::Scalar(LeafKind::String) => LeafLayout::String,
        TypeKind::Scalar(LeafKind::Boolean) => LeafLayout::Boolean,
        TypeKind::Scalar(LeafKind::Id) => LeafLayout::Id,
        _ => LeafLayout::Custom,
    }
}

fn quoted(name: &str) -> Box<[u8]> {
    format!("\"{name}\"").into_bytes().into()
}

fn reachable(fetch: &Fetch, from: ShapeId) -> Vec<u32> {
    let mut found = vec![from.0];
    let mut at = 0;
    while let Some(&shape) = found.get(at) {
        at += 1;
        let shape = fetch.shapes.get(shape as usize);
        for slot in shape.map_or(&[][..], |shape| &shape.slots) {
            if let SlotValue::Object(child) = slot.value
                && child.index() < fetch.shapes.len()
                && !found.contains(&child.0)
            {
                found.push(child.0);
            }
        }
    }
    found
}

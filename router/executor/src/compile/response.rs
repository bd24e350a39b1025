//! The client's answer as a list of writes.

use apollo_compiler::Name;
use router_planner::{ResponseField, ResponseObjectId, ResponseValue, ResponseVariant};
use rustc_hash::FxHashMap;
use schema_model::{TypeId, TypeKind, TypeRef};

use super::path::{self, Position, RowPath, RowsPath, SlotPath};
use super::representation::choose;
use super::{Context, inconsistent, number};
use crate::density::Density;
use crate::error::ExecutorError;
use crate::text::Literal;

/// All positions of the client's answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) objects: Vec<WriteObject>,
    pub(crate) root: u32,
    /// The tables whose first rows are the root context.
    pub(crate) root_tables: Vec<Position>,
    /// How many bytes are written of how many that came.
    pub(crate) size: Density,
}

/// One composite position.
#[derive(Debug)]
pub(crate) struct WriteObject {
    /// The position's type.
    pub(crate) type_name: Name,
    pub(crate) choice: Choice,
    pub(crate) variants: Vec<WriteVariant>,
}

/// How the runtime type decides what is written.
#[derive(Debug)]
pub(crate) enum Choice {
    /// It is known beforehand.
    Always(u32),
    /// By the tag of this row.
    ByTag {
        row: RowPath,
        choices: Vec<TagChoice>,
        /// By tag, with quotes.
        names: Vec<Box<str>>,
    },
}

/// What a runtime type means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagChoice {
    Variant(u32),
    /// Another position is written in its place.
    Instead(u32),
    /// Nothing is selected on it.
    Empty,
    /// Clients must not see it.
    Hidden,
}

/// What is written for some runtime types.
#[derive(Debug)]
pub(crate) struct WriteVariant {
    pub(crate) fields: Vec<WriteField>,
    /// What follows the last field, the bracket at least.
    pub(crate) tail: Literal,
    /// The rows that fields are read from.
    pub(crate) sources: Vec<RowPath>,
}

/// One key that is not the same in every answer.
#[derive(Debug)]
pub(crate) struct WriteField {
    /// Everything since the previous field: `{"__typename":"User","id":`.
    pub(crate) literal: Literal,
    pub(crate) key: Name,
    pub(crate) ty: TypeRef,
    pub(crate) value: WriteValue,
}

/// Where a value comes from.
#[derive(Debug)]
pub(crate) enum WriteValue {
    /// The name of the runtime type, which the object's [`Choice::ByTag`] has.
    Typename,
    Leaf {
        path: SlotPath,
        /// Its row among the variant's sources.
        source: u32,
    },
    /// As many lists around it as the field's type has.
    Object {
        rows: Vec<RowsPath>,
        /// By row.
        sources: Vec<u32>,
        object: u32,
    },
    /// Given with the request.
    Introspection,
}

pub(super) fn compile(context: &Context<'_>) -> Result<Response, ExecutorError> {
    let mut writer = Compiler {
        context,
        objects: Vec::new(),
        known: FxHashMap::default(),
    };
    let root_tables = path::root_tables(context)?;
    let root = writer.object(context.plan.root, root_tables.clone())?;
    let objects: Option<Vec<WriteObject>> = writer.objects.into_iter().collect();
    Ok(Response {
        objects: objects.ok_or(inconsistent("acyclic object", 0))?,
        root,
        root_tables,
        size: Density::default(),
    })
}

struct Compiler<'a> {
    context: &'a Context<'a>,
    /// Empty while an object's fields are compiled.
    objects: Vec<Option<WriteObject>>,
    known: FxHashMap<(ResponseObjectId, Vec<Position>), u32>,
}

impl Compiler<'_> {
    /// A position, once for every kind of context it is written from.
    fn object(
        &mut self,
        id: ResponseObjectId,
        tables: Vec<Position>,
    ) -> Result<u32, ExecutorError> {
        let key = (id, tables);
        if let Some(&known) = self.known.get(&key) {
            return match self.objects[known as usize] {
                Some(_) => Ok(known),
                None => Err(inconsistent("acyclic object", id.index())),
            };
        }
        let object = self.context.plan.objects.get(id.index());
        let object = object.ok_or(inconsistent("object", id.index()))?;
        let index = number(self.objects.len());
        self.objects.push(None);
        self.known.insert(key.clone(), index);
        let (_, tables) = key;
        let mut instead = Vec::with_capacity(object.variants.len());
        for variant in &object.variants {
            instead.push(match variant.instead {
                Some(id) => Some(self.object(id, tables.clone())?),
                None => None,
            });
        }
        let choice = self.choice(object, &instead, &tables)?;
        let static_type = match &choice {
            Choice::Always(_) => self.static_type(object, &tables)?,
            Choice::ByTag { .. } => None,
        };
        let empty = ResponseVariant {
            types: Vec::new(),
            fields: Vec::new(),
            instead: None,
        };
        let mut variants = Vec::new();
        // The last one is for what no variant is for.
        for variant in object.variants.iter().chain([&empty]) {
            variants.push(self.variant(variant, &tables, static_type)?);
        }
        self.objects[index as usize] = Some(WriteObject {
            type_name: self.context.supergraph.ty(object.ty).name.clone(),
            choice,
            variants,
        });
        Ok(index)
    }

    /// The runtime type, if there can only be one.
    fn static_type(
        &self,
        object: &router_planner::ResponseObject,
        tables: &[Position],
    ) -> Result<Option<TypeId>, ExecutorError> {
        let supergraph = self.context.supergraph;
        if supergraph.ty(object.ty).kind == TypeKind::Object {
            return Ok(Some(object.ty));
        }
        let row = self.context.row(&object.type_from, tables)?;
        Ok(match self.context.shape(row.position)?.types.as_slice() {
            [only] if supergraph.ty(*only).kind == TypeKind::Object => {
                Some(*only).filter(|ty| !supergraph.ty(*ty).is_inaccessible)
            }
            _ => None,
        })
    }

    fn choice(
        &self,
        object: &router_planner::ResponseObject,
        instead: &[Option<u32>],
        tables: &[Position],
    ) -> Result<Choice, ExecutorError> {
        let supergraph = self.context.supergraph;
        let variants = object.variants.iter().map(|v| v.types.as_slice());
        if let Some(ty) = self.static_type(object, tables)? {
            let chosen = choose(&[ty], variants)[0];
            return Ok(Choice::Always(
                chosen.unwrap_or(number(object.variants.len())),
            ));
        }
        let row = self.context.row(&object.type_from, tables)?;
        let types = &self.context.shape(row.position)?.types;
        let chosen = choose(types, variants).into_iter().zip(types);
        let choices = chosen.map(|(chosen, &ty)| match chosen {
            _ if supergraph.ty(ty).is_inaccessible => TagChoice::Hidden,
            Some(variant) => match instead.get(variant as usize).copied().flatten() {
                Some(object) => TagChoice::Instead(object),
                None => TagChoice::Variant(variant),
            },
            None => TagChoice::Empty,
        });
        let names = types.iter();
        let names = names.map(|&ty| format!("\"{}\"", supergraph.ty(ty).name).into());
        Ok(Choice::ByTag {
            choices: choices.collect(),
            names: names.collect(),
            row,
        })
    }

    fn variant(
        &mut self,
        variant: &ResponseVariant,
        tables: &[Position],
        static_type: Option<TypeId>,
    ) -> Result<WriteVariant, ExecutorError> {
        let only = match variant.types.as_slice() {
            [only] => Some(*only),
            _ => static_type,
        };
        let mut fields = Vec::with_capacity(variant.fields.len());
        let mut literal = String::from("{");
        let mut sources = Vec::new();
        for (index, field) in variant.fields.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            literal += &format!("{comma}\"{}\":", field.response_key);
            if let (ResponseValue::Typename, Some(ty)) = (&field.value, only) {
                literal += &format!("\"{}\"", self.context.supergraph.ty(ty).name);
                continue;
            }
            if field.value == ResponseValue::Null {
                literal += "null";
                continue;
            }
            fields.push(WriteField {
                literal: Literal::new(&std::mem::take(&mut literal)),
                key: field.response_key.clone(),
                ty: field.ty,
                value: self.value(field, tables, &mut sources)?,
            });
        }
        literal.push('}');
        Ok(WriteVariant {
            fields,
            tail: Literal::new(&literal),
            sources,
        })
    }

    fn value(
        &mut self,
        field: &ResponseField,
        tables: &[Position],
        sources: &mut Vec<RowPath>,
    ) -> Result<WriteValue, ExecutorError> {
        Ok(match &field.value {
            ResponseValue::Typename => WriteValue::Typename,
            // Part of the literals.
            ResponseValue::Null => return Err(inconsistent("null", 0)),
            ResponseValue::Introspection(_) => WriteValue::Introspection,
            ResponseValue::Leaf(slot) => {
                let path = self.context.slot(slot, tables)?;
                let source = path::number_of(&path.row, sources);
                WriteValue::Leaf { path, source }
            }
            ResponseValue::Object { rows, object } => {
                let (rows, list_depth) = self.context.rows(rows, tables)?;
                if field.ty.list_depth() != list_depth {
                    return Err(inconsistent("list of the field's depth", object.index()));
                }
                let nested = rows.iter().map(|row| row.child).collect();
                let object = self.object(*object, nested)?;
                let sources = rows
                    .iter()
                    .map(|rows| path::number_of(&rows.path.row, sources));
                WriteValue::Object {
                    sources: sources.collect(),
                    rows,
                    object,
                }
            }
        })
    }
}

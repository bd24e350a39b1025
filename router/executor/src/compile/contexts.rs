//! Values taken from contexts: where they are found, and the text of calls that are made once for every combination.

use router_planner::{
    ContextOrigin, ContextSource, ContextStep, EntityCall, EntityInput, FetchInput, SelectionPart,
    SlotValue,
};

use super::path::Position;
use super::representation::{RepField, compile_value};
use super::{Context, inconsistent};
use crate::error::ExecutorError;

/// Where a context's value is found for every row of an input.
#[derive(Debug)]
pub(crate) struct CompiledSource {
    pub(crate) origin: SourceOrigin,
    pub(crate) steps: Vec<SourceStep>,
}

/// The rows from which a value spreads.
#[derive(Debug)]
pub(crate) enum SourceOrigin {
    Nothing,
    Objects {
        table: Position,
        /// By tag: whether the value is taken from such rows.
        by_tag: Vec<bool>,
        value: RepField,
    },
    Root {
        value: RepField,
    },
    Entities {
        fetch: u32,
        call: u32,
        context: u32,
        shape: u32,
    },
}

/// From rows to others.
#[derive(Debug)]
pub(crate) enum SourceStep {
    Slot {
        from: Position,
        slot: u32,
        depth: u32,
        child: Position,
    },
    Link {
        link: u32,
        to: Position,
    },
}

/// A call whose text is written for every request. All texts are escaped for JSON.
#[derive(Debug)]
pub(crate) struct CallText {
    pub(crate) response_key: Box<str>,
    pub(crate) variable: Box<str>,
    /// By context, name and type of its variable.
    pub(crate) contexts: Vec<Option<(Box<str>, Box<str>)>>,
    pub(crate) selection: Vec<TextPart>,
}

/// A part of a selection's text.
#[derive(Debug)]
pub(crate) enum TextPart {
    Text(Box<str>),
    Context(u32),
}

/// What of a fetch's text is the same for every request.
#[derive(Debug)]
pub(crate) struct FetchText {
    /// The declarations of the client's variables, each after a comma.
    pub(crate) declarations: Box<str>,
    /// By call.
    pub(crate) calls: Vec<CallText>,
}

/// The text of a fetch with contextual calls; `None` for others.
pub(super) fn text(fetch: &router_planner::Fetch, calls: &[EntityCall]) -> Option<FetchText> {
    if calls.iter().all(|call| call.contexts.is_empty()) {
        return None;
    }
    let declarations = fetch
        .declarations
        .iter()
        .map(|one| escaped(&format!(",{one}")));
    Some(FetchText {
        declarations: declarations.collect::<String>().into(),
        calls: calls.iter().map(call_text).collect(),
    })
}

fn call_text(call: &EntityCall) -> CallText {
    let contexts = call.contexts.iter().map(|context| {
        let variable = context.variable.as_ref()?;
        Some((
            Box::from(variable.name.as_str()),
            escaped(&variable.ty).into(),
        ))
    });
    let selection = call.selection.iter().map(|part| match part {
        SelectionPart::Text(text) => TextPart::Text(escaped(text).into()),
        SelectionPart::Context(context) => TextPart::Context(*context),
    });
    CallText {
        response_key: Box::from(call.response_key.as_str()),
        variable: Box::from(call.variable.as_str()),
        contexts: contexts.collect(),
        selection: selection.collect(),
    }
}

/// A text as it stands inside a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

pub(super) fn sources(
    context: &Context<'_>,
    fetch: usize,
    call: &EntityCall,
    input: &EntityInput,
) -> Result<Vec<CompiledSource>, ExecutorError> {
    if input.contexts.len() != call.contexts.len() {
        return Err(inconsistent("value of a context", input.contexts.len()));
    }
    let to = Position::from(input.from);
    let sources = input.contexts.iter();
    sources.map(|one| source(context, fetch, one, to)).collect()
}

fn source(
    context: &Context<'_>,
    fetch: usize,
    source: &ContextSource,
    to: Position,
) -> Result<CompiledSource, ExecutorError> {
    let (origin, start) = origin(context, fetch, &source.origin)?;
    let mut steps = Vec::with_capacity(source.steps.len());
    if let Some(mut at) = start {
        for &step in &source.steps {
            let (compiled, next) = compile_step(context, step, at)?;
            at = earlier(next, fetch)?;
            steps.push(compiled);
        }
        if at != to {
            return Err(inconsistent("way of a context", to.shape as usize));
        }
    }
    Ok(CompiledSource { origin, steps })
}

fn earlier(at: Position, fetch: usize) -> Result<Position, ExecutorError> {
    match (at.fetch as usize) < fetch {
        true => Ok(at),
        false => Err(inconsistent("earlier fetch", at.fetch as usize)),
    }
}

/// Where values spread from, and the table in which that begins.
fn origin(
    context: &Context<'_>,
    fetch: usize,
    origin: &ContextOrigin,
) -> Result<(SourceOrigin, Option<Position>), ExecutorError> {
    let value = |table: Position, value| -> Result<RepField, ExecutorError> {
        Ok(RepField {
            key: Box::default(),
            is_key: false,
            ty: None,
            value: compile_value(context, value, None, &[table])?,
        })
    };
    match origin {
        ContextOrigin::Nothing => Ok((SourceOrigin::Nothing, None)),
        ContextOrigin::Root {
            table,
            value: taken,
        } => {
            let table = earlier(Position::from(*table), fetch)?;
            let value = value(table, taken)?;
            Ok((SourceOrigin::Root { value }, None))
        }
        ContextOrigin::Objects {
            table,
            types,
            value: taken,
        } => {
            let table = earlier(Position::from(*table), fetch)?;
            let known = context.shape(table)?.types.iter();
            let is_set = |ty| types.is_empty() || types.contains(ty);
            let origin = SourceOrigin::Objects {
                table,
                by_tag: known.map(is_set).collect(),
                value: value(table, taken)?,
            };
            Ok((origin, Some(table)))
        }
        ContextOrigin::Entities {
            fetch: carrying,
            call,
            context: index,
        } => {
            let missing = || inconsistent("call with contexts", carrying.index());
            let known = context.plan.fetches.get(carrying.index());
            let Some(FetchInput::Entities(calls)) = known.map(|fetch| &fetch.input) else {
                return Err(missing());
            };
            let known = calls.get(*call as usize).ok_or_else(missing)?;
            if *index as usize >= known.contexts.len() {
                return Err(missing());
            }
            let shape = known.shape.0;
            let table = Position {
                fetch: carrying.0,
                shape,
            };
            let origin = SourceOrigin::Entities {
                fetch: carrying.0,
                call: *call,
                context: *index,
                shape,
            };
            Ok((origin, Some(earlier(table, fetch)?)))
        }
    }
}

fn compile_step(
    context: &Context<'_>,
    step: ContextStep,
    from: Position,
) -> Result<(SourceStep, Position), ExecutorError> {
    match step {
        ContextStep::Slot(slot) => {
            let missing = || inconsistent("slot", slot.index());
            let shape = context.shape(from)?.slots.get(slot.index());
            let shape = shape.ok_or_else(missing)?;
            let SlotValue::Object(child) = shape.value else {
                return Err(missing());
            };
            let child = Position {
                fetch: from.fetch,
                shape: child.0,
            };
            let step = SourceStep::Slot {
                from,
                slot: slot.0,
                depth: shape.list_depth,
                child,
            };
            Ok((step, child))
        }
        ContextStep::Link(link) => {
            let row = router_planner::RowRef {
                row: 0,
                links: vec![link],
            };
            let path = context.row(&row, &[from])?;
            let to = path.position;
            let link = path.links[0];
            Ok((SourceStep::Link { link, to }, to))
        }
    }
}

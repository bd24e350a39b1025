//! From grouped steps to the plan: requests are printed, provisional ids replaced by final ones.

mod contexts;
mod numbers;
mod readers;

use std::sync::Arc;

use apollo_compiler::Name;
use apollo_compiler::ast::OperationType;
use indexmap::IndexSet;
use router_operation::{Operation, Variable};
use schema_model::Supergraph;

use crate::builder::{Step, StepContext};
use crate::fetches::FetchGroup;
use crate::plan::{
    EntityCall, EntityInput, Fetch, FetchId, FetchInput, ObjectShape, QueryPlan, ResponseObject,
    ResponseObjectId, RootInput, ShapeId, SlotId, SlotValue,
};
use crate::selection::{Selections, StepId};
use numbers::Numbers;
use readers::Readers;

/// A plan whose requests are merged but not yet printed.
pub(crate) struct Parts<'p, 'a> {
    pub(crate) supergraph: &'p Supergraph,
    pub(crate) operation: &'p Operation,
    pub(crate) steps: Vec<Step>,
    pub(crate) selections: Selections<'a>,
    pub(crate) groups: Vec<FetchGroup>,
    pub(crate) objects: Vec<ResponseObject>,
    pub(crate) root: ResponseObjectId,
}

impl Parts<'_, '_> {
    /// What it costs: requests, then depth, then steps.
    pub(crate) fn rank(&self) -> (usize, usize, usize) {
        let depth = self.groups.iter().map(|group| group.level).max();
        (self.groups.len(), depth.unwrap_or(0), self.steps.len())
    }
}

/// Makes the plan.
pub(crate) fn assemble(parts: Parts<'_, '_>) -> QueryPlan {
    let mut numbers = Numbers {
        fetch_of: vec![FetchId(0); parts.steps.len()],
        links: vec![None; parts.steps.len()],
        shapes: vec![ShapeId(0); parts.selections.nodes.len()],
        slots: vec![SlotId(0); parts.selections.entries.len()],
        root_rows: vec![0; parts.steps.len()],
    };
    for (index, group) in parts.groups.iter().enumerate() {
        for step in &group.steps {
            numbers.fetch_of[step.index()] = FetchId(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }
    let readers = Readers::new(&parts, &numbers);
    let mut fetches = Vec::with_capacity(parts.groups.len());
    for group in &parts.groups {
        let fetch = assemble_fetch(&parts, group, &readers, &mut numbers);
        fetches.push(fetch);
    }
    let mut root_fetches = Vec::new();
    for group in &parts.groups {
        for step in &group.steps {
            if parts.steps[step.index()].input.is_none() {
                numbers.root_rows[step.index()] =
                    u32::try_from(root_fetches.len()).unwrap_or(u32::MAX);
                root_fetches.push(numbers.fetch_of[step.index()]);
            }
        }
    }
    numbers.renumber_fetches(&mut fetches, &parts.selections);
    reduce_dependencies(&mut fetches);
    let mut objects = parts.objects;
    for (index, object) in objects.iter_mut().enumerate() {
        numbers.renumber_object(object, index == parts.root.index());
    }
    QueryPlan {
        kind: parts.operation.kind,
        fetches,
        objects,
        root: parts.root,
        root_fetches,
    }
}

/// A call of a fetch under construction.
struct Draft {
    first: StepId,
    text: String,
    shapes: Vec<ObjectShape>,
    base: u32,
    contexts: Vec<StepContext>,
    /// Where in the text variables of the contexts belong.
    holes: Vec<(usize, u32)>,
    inputs: Vec<(StepId, EntityInput)>,
}

fn assemble_fetch(
    parts: &Parts<'_, '_>,
    group: &FetchGroup,
    readers: &Readers,
    numbers: &mut Numbers,
) -> Fetch {
    let mut variables = IndexSet::new();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut size = 0;
    for &step in &group.steps {
        let request = &parts.steps[step.index()];
        let printed = readers.printed(step);
        variables.extend(printed.variables.iter().cloned());
        let known = drafts.iter().position(|draft| {
            draft.text == printed.text
                && draft.shapes == printed.shapes
                && draft.contexts == request.contexts
                && draft.holes == printed.holes
                && (!request.asks_about_entities() || readers.are_alike(draft.first, step))
        });
        let index = known.unwrap_or_else(|| {
            drafts.push(Draft {
                first: step,
                text: printed.text.clone(),
                shapes: printed.shapes.clone(),
                base: size,
                contexts: request.contexts.clone(),
                holes: printed.holes.clone(),
                inputs: Vec::new(),
            });
            size += u32::try_from(printed.shapes.len()).unwrap_or(u32::MAX);
            drafts.len() - 1
        });
        numbers.number_selection(printed, drafts[index].base);
        if let Some(input) = &request.input {
            numbers.add_input(step, input, index, &mut drafts[index], &parts.selections);
        }
    }
    let mut variables: Vec<&Variable> = used(&parts.operation.variables, &variables);
    variables.sort_by_key(|variable| position(&parts.operation.variables, variable));
    finish_fetch(parts, group, drafts, &variables, numbers)
}

fn used<'v>(declared: &'v [Variable], used: &IndexSet<Name>) -> Vec<&'v Variable> {
    let declared = declared.iter();
    declared
        .filter(|variable| used.contains(&variable.name))
        .collect()
}

fn position(declared: &[Variable], variable: &Variable) -> usize {
    let at = declared
        .iter()
        .position(|known| known.name == variable.name);
    at.unwrap_or(declared.len())
}

fn finish_fetch(
    parts: &Parts<'_, '_>,
    group: &FetchGroup,
    drafts: Vec<Draft>,
    variables: &[&Variable],
    numbers: &Numbers,
) -> Fetch {
    let first = &parts.steps[group.steps[0].index()];
    let steps = group.steps.iter();
    let after = steps.flat_map(|step| &parts.steps[step.index()].after);
    let mut after: Vec<FetchId> = after.map(|step| numbers.fetch_of[step.index()]).collect();
    after.sort();
    after.dedup();
    let mut request = match first.input {
        None => Request::root(drafts),
        Some(_) if !first.asks_about_entities() => Request::root_below(drafts),
        Some(_) => Request::entities(drafts, &parts.operation.variables),
    };
    let declared = variables.iter().map(|variable| declaration(variable));
    let declared: Vec<String> = declared.collect();
    request.declarations.extend(declared.iter().cloned());
    Fetch {
        subgraph: first.subgraph,
        after,
        kind: first.kind,
        query: Arc::from(request.document(first.kind)),
        operation_name: None,
        variables: variables
            .iter()
            .map(|variable| variable.name.clone())
            .collect(),
        declarations: declared.into_iter().map(Arc::from).collect(),
        input: request.input,
        shapes: request.shapes,
    }
}

/// A fetch's document, and what describes its answer.
struct Request {
    declarations: Vec<String>,
    body: String,
    input: FetchInput,
    shapes: Vec<ObjectShape>,
}

impl Request {
    fn root(drafts: Vec<Draft>) -> Self {
        let mut request = Self {
            declarations: Vec::new(),
            body: String::new(),
            input: FetchInput::Root(ShapeId(0)),
            shapes: Vec::new(),
        };
        for draft in drafts {
            request.body = draft.text;
            request.shapes = draft.shapes;
        }
        request
    }

    /// All drafts are the same.
    fn root_below(mut drafts: Vec<Draft>) -> Self {
        let inputs = drafts.iter_mut().flat_map(|draft| draft.inputs.drain(..));
        let inputs = inputs.map(|(_, input)| RootInput {
            from: input.from,
            path: input.path,
        });
        let inputs: Vec<RootInput> = inputs.collect();
        let mut request = Self::root(drafts);
        request.input = FetchInput::RootBelow {
            shape: ShapeId(0),
            inputs,
        };
        request
    }

    fn entities(drafts: Vec<Draft>, declared: &[Variable]) -> Self {
        let mut declarations = Vec::new();
        let mut body = String::from("{");
        let mut calls = Vec::with_capacity(drafts.len());
        let mut shapes = Vec::new();
        let is_single = drafts.len() == 1;
        for (index, draft) in drafts.into_iter().enumerate() {
            let (key, mut variable) = call_names(index, is_single, declared);
            if !draft.contexts.is_empty() {
                variable = name_of(&contexts::unlike(variable.to_string(), declared));
            }
            declarations.push(format!("${variable}:[_Any!]!"));
            let contexts = contexts::call_contexts(index, is_single, &draft.contexts, declared);
            let taken = contexts.iter().filter_map(|one| one.variable.as_ref());
            declarations.extend(taken.map(|one| format!("${}:{}", one.name, one.ty)));
            let selection = contexts::parts(&draft);
            if !is_single {
                body += &format!("{key}:");
            }
            let text = contexts::text(&selection, &contexts);
            body += &format!("_entities(representations:${variable}){text}");
            calls.push(EntityCall {
                response_key: key,
                variable,
                shape: ShapeId(draft.base),
                inputs: draft.inputs.into_iter().map(|(_, input)| input).collect(),
                contexts,
                selection,
            });
            shapes.extend(
                draft
                    .shapes
                    .into_iter()
                    .map(|shape| moved(shape, draft.base)),
            );
        }
        body.push('}');
        Self {
            declarations,
            body,
            input: FetchInput::Entities(calls),
            shapes,
        }
    }

    /// The document, as short as it can be written.
    fn document(&self, kind: OperationType) -> String {
        let declarations = self.declarations.join(",");
        match (kind, declarations.as_str()) {
            (OperationType::Query, "") => self.body.clone(),
            (kind, "") => format!("{}{}", kind.name(), self.body),
            (kind, declarations) => format!("{}({declarations}){}", kind.name(), self.body),
        }
    }
}

/// A shape whose local ids are moved behind those of earlier calls.
fn moved(mut shape: ObjectShape, base: u32) -> ObjectShape {
    for slot in &mut shape.slots {
        if let SlotValue::Object(below) = &mut slot.value {
            below.0 += base;
        }
    }
    shape
}

/// The response key and the variable of a call; the variable is none of the client's.
fn call_names(index: usize, is_single: bool, declared: &[Variable]) -> (Name, Name) {
    let (key, mut variable) = if is_single {
        (String::from("_entities"), String::from("representations"))
    } else {
        (format!("_e{index}"), format!("r{index}"))
    };
    while declared.iter().any(|known| known.name == variable.as_str()) {
        variable.insert(0, '_');
    }
    (name_of(&key), name_of(&variable))
}

fn name_of(text: &str) -> Name {
    Name::new(text).unwrap_or_else(|_| apollo_compiler::name!("_entities"))
}

fn declaration(variable: &Variable) -> String {
    let default = variable.default.as_ref();
    let default = default.map(|value| format!("={}", value.serialize().no_indent()));
    format!(
        "${}:{}{}",
        variable.name,
        variable.ty,
        default.unwrap_or_default()
    )
}

/// Leaves out dependencies that others imply.
fn reduce_dependencies(fetches: &mut [Fetch]) {
    let count = fetches.len();
    let mut ancestors: Vec<Vec<bool>> = Vec::with_capacity(count);
    for fetch in fetches {
        let mut implied = vec![false; count];
        for before in &fetch.after {
            for (seen, ancestor) in implied.iter_mut().zip(&ancestors[before.index()]) {
                *seen |= *ancestor;
            }
        }
        let direct = std::mem::take(&mut fetch.after);
        let needed = direct.iter().copied().filter(|f| !implied[f.index()]);
        fetch.after = needed.collect();
        for before in direct {
            implied[before.index()] = true;
        }
        ancestors.push(implied);
    }
}

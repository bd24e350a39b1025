//! What can be known of a plan before any request: layouts for reading answers, templates of requests, and the list
//! of writes that makes the client's answer.

mod contexts;
mod layout;
mod path;
mod representation;
mod response;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use apollo_compiler::Name;
use apollo_compiler::ast::OperationType;
use router_planner::{FetchInput, QueryPlan};
use schema_model::{SubgraphId, Supergraph};

use crate::density::Density;
use crate::error::ExecutorError;
use crate::port::Note;

pub(crate) use contexts::{
    CallText, CompiledSource, FetchText, SourceOrigin, SourceStep, TextPart,
};
pub(crate) use layout::{
    CallLayout, FetchLayout, LayoutInput, LeafLayout, ShapeLayout, SlotLayout, ValueLayout,
};
pub(crate) use path::{Position, RowPath, RowsPath, SlotPath};
pub(crate) use representation::{
    CompiledCall, CompiledInput, CompiledRootInput, FEW_LEAVES, PlainField, PlainRepresentation,
    RepField, RepObject, RepValue, Representation,
};
pub(crate) use response::{
    Choice, Response, TagChoice, WriteField, WriteObject, WriteValue, WriteVariant,
};

/// What a field of the answer or of a fetch takes, in the plan and in what is made of it.
const BYTES_PER_FIELD: usize = 950;

/// A plan made ready to run any number of times.
#[derive(Debug)]
pub struct ExecutablePlan {
    plan: Arc<QueryPlan>,
    pub(crate) fetches: Vec<CompiledFetch>,
    /// Links of all entity fetches.
    pub(crate) link_count: usize,
    pub(crate) response: Response,
    /// All tables, by fetch and shape.
    pub(crate) tables: Vec<Position>,
}

/// One fetch.
#[derive(Debug)]
pub(crate) struct CompiledFetch {
    pub(crate) subgraph: SubgraphId,
    /// The subgraph's name.
    pub(crate) service: Arc<str>,
    pub(crate) kind: OperationType,
    /// Fetches that have to end before.
    pub(crate) waits_for: u32,
    /// Fetches that wait for this one.
    pub(crate) dependants: Vec<u32>,
    /// The request up to the variables: `{"query":"…","variables":{`.
    pub(crate) head: Box<str>,
    /// The parts of a text that is written for every request, instead of `head`.
    pub(crate) text: Option<FetchText>,
    /// Client variables with the text before their value: `"name":`.
    pub(crate) variables: Vec<(Name, Box<str>)>,
    /// What is asked about; empty for a root fetch.
    pub(crate) calls: Vec<CompiledCall>,
    /// Tables whose rows stand for the root object; empty unless it is a root fetch below the root.
    pub(crate) below: Vec<CompiledRootInput>,
    pub(crate) layout: FetchLayout,
    /// How many bytes requests have for how many rows that are asked about.
    pub(crate) size: Density,
    /// Bytes of the latest answer, for room to be made for the next one.
    pub(crate) answered: AtomicUsize,
    /// What ports are told.
    pub(crate) note: Option<Note>,
}

impl ExecutablePlan {
    /// Prepares a plan of this supergraph.
    ///
    /// # Errors
    /// [`ExecutorError::InconsistentPlan`] if the plan refers to something that it does not hold.
    pub fn compile(supergraph: &Supergraph, plan: Arc<QueryPlan>) -> Result<Self, ExecutorError> {
        let context = Context::new(supergraph, &plan);
        let mut fetches = Vec::with_capacity(plan.fetches.len());
        for index in 0..plan.fetches.len() {
            fetches.push(context.fetch(index)?);
        }
        for (index, fetch) in plan.fetches.iter().enumerate() {
            let mut after: Vec<usize> = fetch.after.iter().map(|id| id.index()).collect();
            after.sort_unstable();
            after.dedup();
            if let Some(&late) = after.iter().find(|&&earlier| earlier >= index) {
                return Err(inconsistent("earlier fetch", late));
            }
            fetches[index].waits_for = number(after.len());
            for earlier in after {
                fetches[earlier].dependants.push(number(index));
            }
        }
        // Values of contexts go with rows, from the rows around them.
        if fetches.iter().any(|fetch| fetch.text.is_some()) {
            for fetch in &mut fetches {
                fetch.layout.may_share = false;
            }
        }
        let response = response::compile(&context)?;
        Ok(Self {
            fetches,
            link_count: context.link_count,
            response,
            tables: context.tables,
            plan,
        })
    }

    /// The same plan; with each request of a fetch its port is told the note for it, by the fetch's index.
    #[must_use]
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = Option<Note>>) -> Self {
        for (fetch, note) in self.fetches.iter_mut().zip(notes) {
            fetch.note = note;
        }
        self
    }

    /// About how many bytes it takes in memory, the plan it was made from included.
    pub fn weight(&self) -> usize {
        let variants = self
            .response
            .objects
            .iter()
            .flat_map(|object| &object.variants);
        let fields: usize = variants.map(|variant| variant.fields.len()).sum();
        let shapes = self
            .fetches
            .iter()
            .flat_map(|fetch| fetch.layout.shapes.iter());
        let slots: usize = shapes.map(|shape| shape.slots.len()).sum();
        let texts: usize = self.fetches.iter().map(|fetch| fetch.head.len()).sum();
        BYTES_PER_FIELD * (fields + slots) + 2 * texts
    }

    /// The plan this was made from.
    pub fn plan(&self) -> &Arc<QueryPlan> {
        &self.plan
    }
}

/// What every part of compilation reads.
struct Context<'a> {
    supergraph: &'a Supergraph,
    plan: &'a QueryPlan,
    /// By fetch and call, the number of the first input's link.
    links: Vec<Vec<u32>>,
    link_count: usize,
    tables: Vec<Position>,
}

impl<'a> Context<'a> {
    fn new(supergraph: &'a Supergraph, plan: &'a QueryPlan) -> Self {
        let mut link_count = 0;
        let mut links = Vec::with_capacity(plan.fetches.len());
        for fetch in &plan.fetches {
            let mut firsts = Vec::new();
            let calls: Vec<usize> = match &fetch.input {
                FetchInput::Root(_) => Vec::new(),
                FetchInput::RootBelow { inputs, .. } => vec![inputs.len()],
                FetchInput::Entities(calls) => calls.iter().map(|c| c.inputs.len()).collect(),
            };
            for inputs in calls {
                firsts.push(number(link_count));
                link_count += inputs;
            }
            links.push(firsts);
        }
        let tables = (0..).zip(&plan.fetches).flat_map(|(fetch, of)| {
            let shapes = 0..number(of.shapes.len());
            shapes.map(move |shape| Position { fetch, shape })
        });
        Self {
            supergraph,
            plan,
            links,
            link_count,
            tables: tables.collect(),
        }
    }

    fn fetch(&self, index: usize) -> Result<CompiledFetch, ExecutorError> {
        let fetch = &self.plan.fetches[index];
        let subgraphs = self.supergraph.subgraphs();
        let subgraph = subgraphs.get(fetch.subgraph.index());
        let subgraph = subgraph.ok_or(inconsistent("subgraph", fetch.subgraph.index()))?;
        let below = representation::compile_root_inputs(self, index)?;
        let calls = match &fetch.input {
            FetchInput::Root(_) | FetchInput::RootBelow { .. } => Vec::new(),
            FetchInput::Entities(_) => representation::compile(self, index)?,
        };
        let text = match &fetch.input {
            FetchInput::Root(_) | FetchInput::RootBelow { .. } => None,
            FetchInput::Entities(calls) => contexts::text(fetch, calls),
        };
        let variables = fetch.variables.iter();
        let variables = variables.map(|name| (name.clone(), format!("\"{name}\":").into()));
        Ok(CompiledFetch {
            subgraph: fetch.subgraph,
            service: Arc::from(subgraph.name.as_str()),
            kind: fetch.kind,
            waits_for: 0,
            dependants: Vec::new(),
            head: head(&fetch.query, fetch.operation_name.as_ref()).into(),
            text,
            variables: variables.collect(),
            calls,
            below,
            layout: layout::compile(self.supergraph, fetch)?,
            size: Density::default(),
            answered: AtomicUsize::new(0),
            note: None,
        })
    }
}

fn head(query: &str, operation_name: Option<&Name>) -> String {
    let query = serde_json::Value::from(query);
    match operation_name {
        Some(name) => format!(r#"{{"query":{query},"operationName":"{name}","variables":{{"#),
        None => format!(r#"{{"query":{query},"variables":{{"#),
    }
}

fn inconsistent(what: &'static str, index: usize) -> ExecutorError {
    ExecutorError::InconsistentPlan { what, index }
}

/// Indices of a plan are far below 2³².
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

//! `weft plan`: the query plan of an operation, for people and for programs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use router_operation::{Conditions, Document, Limits, OperationError, Request};
use router_planner::{ActiveLabels, Planner};
use schema_model::Supergraph;

use crate::failure::Failure;
use crate::output::{print, print_line};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The composed supergraph (SDL file).
    #[arg(long)]
    supergraph: PathBuf,
    /// The GraphQL document.
    #[arg(long)]
    operation: PathBuf,
    /// Which operation of the document.
    #[arg(long)]
    operation_name: Option<String>,
    /// Variables (JSON file). Needed where @skip or @include depend on them: a plan is for their values.
    #[arg(long)]
    variables: Option<PathBuf>,
    /// A label of `@override` that is on (repeatable); all others are off, `percent(…)` among them.
    #[arg(long, value_name = "NAME")]
    override_label: Vec<String>,
    /// How to print the plan.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// The documented contract (router/planner/README.md).
    Json,
}

pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let sdl = read(&arguments.supergraph)?;
    let supergraph = Supergraph::parse_named(&sdl, &arguments.supergraph.display().to_string());
    let supergraph = supergraph.map_err(|error| {
        let file = arguments.supergraph.display().to_string();
        Failure::input(error.render(&file))
    })?;
    let source = read(&arguments.operation)?;
    let file = arguments.operation.display().to_string();
    let explain = |error: OperationError| Failure::input(at(&file, &error));
    let document = Document::parse(&supergraph, &source, &Limits::default());
    let document = document.map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| at(&file, error)).collect();
        Failure::input(lines.join("\n"))
    })?;
    let name = arguments.operation_name.as_deref();
    let request = document.request(&supergraph, name).map_err(explain)?;
    let conditions = conditions(&supergraph, &request, arguments.variables.as_deref())?;
    let operation = request.normalize(&supergraph, &conditions);
    let supergraph = Arc::new(supergraph);
    let planner = Planner::new(Arc::clone(&supergraph));
    let active = active_labels(&planner, &arguments.override_label)?;
    let plan = planner.plan_with(&operation, &active);
    let plan = plan.map_err(Failure::input)?;
    match arguments.format {
        Format::Text => print(router_planner::render_waves(&supergraph, &plan)),
        Format::Json => print_line(format_args!(
            "{:#}",
            router_planner::render_json(&supergraph, &plan)
        )),
    }
}

fn active_labels(planner: &Planner, names: &[String]) -> Result<ActiveLabels, Failure> {
    let known = planner.labels();
    let label = |name: &String| {
        let label = known.iter().find(|label| ***label == **name);
        label.cloned().ok_or_else(|| {
            let known: Vec<&str> = known.iter().map(|label| &**label).collect();
            let known = match known.as_slice() {
                [] => String::from("the graph has none"),
                some => format!("the graph has {}", some.join(", ")),
            };
            Failure::input(format!(
                "--override-label: no @override has the label {name:?}; {known}"
            ))
        })
    };
    names.iter().map(label).collect()
}

fn conditions(
    supergraph: &Supergraph,
    request: &Request<'_>,
    file: Option<&Path>,
) -> Result<Conditions, Failure> {
    let values = match file {
        Some(file) => serde_json::from_str(&read(file)?).map_err(|error| {
            let file = file.display();
            Failure::input(format!("{file}: not a JSON object of variables: {error}"))
        })?,
        None => match request.unconditional() {
            Some(conditions) => return Ok(conditions),
            None => serde_json::Map::new(),
        },
    };
    let variables = request.coerce_variables(supergraph, values);
    let variables = variables.map_err(|error| Failure::input(format!("--variables: {error}")))?;
    Ok(request.conditions(&variables))
}

fn at(file: &str, error: &OperationError) -> String {
    match error.locations.first() {
        Some(place) => format!("{file}:{}:{}: {error}", place.line, place.column),
        None => format!("{file}: {error}"),
    }
}

/// A text file's content.
pub(crate) fn read(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file);
    text.map_err(|error| Failure::input(format!("{}: {error}", file.display())))
}

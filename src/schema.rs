//! `weft schema`: schemas for people, for diffs and for client code generators.

use std::path::PathBuf;

use router_operation::{Document, Limits};
use schema_composition::{SubgraphInput, compose};
use schema_model::Supergraph;

use crate::composition::{self, CompositionOptions};
use crate::failure::Failure;
use crate::output::{print, print_line};
use crate::services::{self, Service};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Which schema.
    #[arg(value_enum)]
    schema: Which,
    /// SDL, or the answer to the standard introspection query.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Of these subgraphs instead of Weft's own: a supergraph.yaml, or a weft.yaml that names a graph. For
    /// `supergraph` and `api`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: CompositionOptions,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Which {
    /// The users subgraph.
    Users,
    /// The posts subgraph.
    Posts,
    /// The todos subgraph.
    Todos,
    /// What the router reads: all three, composed.
    Supergraph,
    /// What clients see: for code generators and linters.
    Api,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// Schema definition language.
    #[default]
    Sdl,
    /// JSON, as an introspecting client would get it.
    Introspection,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    if let (Which::Users | Which::Posts | Which::Todos, Some(_)) =
        (arguments.schema, &arguments.config)
    {
        return Err(Failure::usage("--config goes with `supergraph` or `api`"));
    }
    let own = match arguments.schema {
        Which::Users => Some(Service::Users),
        Which::Posts => Some(Service::Posts),
        Which::Todos => Some(Service::Todos),
        Which::Supergraph | Which::Api => None,
    };
    match (own, arguments.format) {
        (Some(service), Format::Sdl) => print(services::sdl(service)),
        (Some(service), Format::Introspection) => {
            print_line(introspection(&supergraph(&[service])?)?)
        }
        (None, format) => {
            let sdl = match &arguments.config {
                Some(config) => composition::supergraph(config, &arguments.options).await?,
                None => supergraph(&Service::ALL)?,
            };
            match (arguments.schema, format) {
                (Which::Supergraph, Format::Sdl) => print(sdl),
                (_, Format::Sdl) => print(parse(&sdl)?.api()),
                (_, Format::Introspection) => print_line(introspection(&sdl)?),
            }
        }
    }
}

/// The supergraph of some of our services, as `weft up` composes it.
pub(crate) fn supergraph(services: &[Service]) -> Result<String, Failure> {
    let inputs = inputs(services);
    match compose(&inputs) {
        Ok(composed) => Ok(composed.supergraph),
        Err(diagnostics) => Err(Failure::input(diagnostics.render(false, &inputs))),
    }
}

/// Our services' schemas under the URLs they listen on by default.
pub(crate) fn inputs(services: &[Service]) -> Vec<SubgraphInput> {
    let input = |service: &Service| SubgraphInput {
        name: service.name().to_owned(),
        url: format!("http://{}/graphql", services::default_listen(*service)),
        sdl: services::sdl(*service),
        source: None,
    };
    services.iter().map(input).collect()
}

fn parse(sdl: &str) -> Result<Supergraph, Failure> {
    let parsed = Supergraph::parse(sdl);
    parsed.map_err(|error| Failure::input(format!("the supergraph cannot be read: {error}")))
}

/// The answer to the standard introspection query over the API schema of `sdl`.
fn introspection(sdl: &str) -> Result<String, Failure> {
    let supergraph = parse(sdl)?;
    let query = include_str!("introspection.graphql");
    let document = Document::parse(&supergraph, query, &Limits::default());
    let document = document.map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::input(lines.join("\n"))
    })?;
    let request = document
        .request(&supergraph, None)
        .map_err(Failure::input)?;
    let variables = request.coerce_variables(&supergraph, serde_json::Map::new());
    let variables = variables.map_err(Failure::input)?;
    let answers = request.introspect(&supergraph, &variables);
    let answers = answers.map_err(Failure::input)?;
    let fields = answers
        .iter()
        .map(|(key, json)| format!("\"{key}\":{json}"));
    Ok(format!(
        "{{\"data\":{{{}}}}}",
        fields.collect::<Vec<_>>().join(",")
    ))
}

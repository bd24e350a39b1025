//! `weft compose`: subgraph schemas to a supergraph, or a list of what is wrong with them.

use std::io::IsTerminal;
use std::path::PathBuf;

use router_server::{ComposeFile, InternalSecret, Sources, load_subgraphs};
use schema_composition::{Report, SubgraphInput, compose};

use crate::failure::Failure;
use crate::output::{print, report};
use crate::router::refused;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Which subgraphs to compose: a supergraph.yaml as rover reads it.
    #[arg(long)]
    config: PathBuf,
    /// Write the supergraph here instead of to standard output.
    #[arg(long)]
    output: Option<PathBuf>,
    /// How to print the outcome.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// The supergraph's SDL; mistakes on standard error with the line they are in.
    #[default]
    Text,
    /// {supergraph, errors, hints} on standard output.
    Json,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let subgraphs = load(&arguments.config).await?;
    let composed = compose(&subgraphs);
    if let Format::Json = arguments.format {
        let report = serde_json::to_string_pretty(&Report::new(composed.as_ref()));
        let report = report.map_err(|error| Failure::internal("writing the report", error))?;
        write(arguments.output, &(report + "\n"))?;
        return composed.map(drop).map_err(|_| Failure::reported());
    }
    match composed {
        Ok(composed) => write(arguments.output, &composed.supergraph),
        Err(diagnostics) => {
            let color = std::io::stderr().is_terminal();
            report(diagnostics.render(color, &subgraphs));
            Err(Failure::reported())
        }
    }
}

async fn load(config: &std::path::Path) -> Result<Vec<SubgraphInput>, Failure> {
    let sources = Sources::process(None);
    let file = ComposeFile::load(config, &sources.environment);
    let file = file.map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Failure::usage(lines.join("\n"))
    })?;
    let secret = InternalSecret::from_environment(&sources.environment).map_err(refused)?;
    load_subgraphs(&file, secret.as_ref())
        .await
        .map_err(refused)
}

fn write(output: Option<PathBuf>, text: &str) -> Result<(), Failure> {
    let Some(file) = output else {
        return print(text);
    };
    let written = std::fs::write(&file, text);
    written.map_err(|error| Failure::input(format!("{}: {error}", file.display())))
}

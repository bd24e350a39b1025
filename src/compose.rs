//! `weft compose`: subgraph schemas to a supergraph, or a list of what is wrong with them.

use std::path::PathBuf;

use schema_composition::Report;

use crate::composition::{Composition, CompositionOptions};
use crate::failure::Failure;
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Which subgraphs to compose: a supergraph.yaml as rover reads it; - for standard input.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Write the supergraph (or the JSON) here instead of to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How to print the outcome.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    options: CompositionOptions,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// The supergraph's SDL; mistakes and hints on standard error with the lines they are in.
    #[default]
    Text,
    /// {supergraph, errors, hints} on standard output.
    Json,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let composition = arguments.options.compose(&arguments.config).await?;
    match arguments.format {
        Format::Text => match composition.told() {
            Some(supergraph) => write(arguments.output, &supergraph),
            None => Err(Failure::reported()),
        },
        Format::Json => {
            write(arguments.output, &json(&composition)?)?;
            let failed = |_| Failure::reported();
            composition.outcome.map(drop).map_err(failed)
        }
    }
}

fn json(composition: &Composition) -> Result<String, Failure> {
    let report = Report::new(composition.outcome.as_ref(), &composition.sources);
    let text = serde_json::to_string_pretty(&report);
    let text = text.map_err(|error| Failure::internal("writing the report", error))?;
    Ok(text + "\n")
}

fn write(output: Option<PathBuf>, text: &str) -> Result<(), Failure> {
    let Some(file) = output else {
        return print(text);
    };
    let written = std::fs::write(&file, text);
    written.map_err(|error| Failure::input(format!("{}: {error}", file.display())))
}

//! `weft check`: what composing these subgraphs would change for clients.

use std::fmt::Write;
use std::path::PathBuf;

use schema_check::{Change, Criticality, compare, read};
use schema_composition::Report;
use schema_model::Supergraph;
use serde_json::json;

use crate::composition::CompositionOptions;
use crate::failure::Failure;
use crate::output::{print, print_line};
use crate::plan;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Which subgraphs to compose: a supergraph.yaml as rover reads it; - for standard input.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// What clients use now: SDL of the API, a supergraph, or an introspection result (JSON).
    #[arg(long, value_name = "FILE")]
    against: PathBuf,
    /// How to print the changes.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Which changes end in exit status 2.
    #[arg(long, value_enum, value_name = "CRITICALITY", default_value_t)]
    fail_on: FailOn,
    #[command(flatten)]
    options: CompositionOptions,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// A line for each change, the worst first.
    #[default]
    Text,
    /// {changes, breaking, dangerous, safe, errors, hints}.
    Json,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum FailOn {
    /// Changes after which operations are refused or answered in another shape.
    #[default]
    Breaking,
    /// Those, and changes that a program may not expect.
    Dangerous,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let file = arguments.against.display().to_string();
    let old = read(&plan::read(&arguments.against)?, &file);
    let old = old.map_err(|error| Failure::input(format!("{file}: {error}")))?;
    let composition = arguments.options.compose(&arguments.config).await?;
    let Ok(composed) = &composition.outcome else {
        if let Format::Json = arguments.format {
            let report = Report::new(composition.outcome.as_ref(), &composition.sources);
            let (errors, hints) = (report.errors, report.hints);
            let report = json!({ "changes": null, "errors": errors, "hints": hints });
            print_line(format_args!("{report:#}"))?;
        } else {
            composition.told();
        }
        return Err(Failure::reported());
    };
    let supergraph = Supergraph::parse(&composed.supergraph);
    let supergraph =
        supergraph.map_err(|error| Failure::internal("reading the composed supergraph", error))?;
    let changes = compare(&old, supergraph.api());
    match arguments.format {
        Format::Text => {
            composition.told();
            print(text(&changes))?;
        }
        Format::Json => {
            let report = Report::new(composition.outcome.as_ref(), &composition.sources);
            let count = |criticality| of(&changes, criticality).count();
            let report = json!({
                "changes": changes,
                "breaking": count(Criticality::Breaking),
                "dangerous": count(Criticality::Dangerous),
                "safe": count(Criticality::Safe),
                "errors": [],
                "hints": report.hints,
            });
            print_line(format_args!("{report:#}"))?;
        }
    }
    let worst = match arguments.fail_on {
        FailOn::Breaking => Criticality::Breaking,
        FailOn::Dangerous => Criticality::Dangerous,
    };
    match changes.iter().any(|change| change.criticality <= worst) {
        true => Err(Failure::changes()),
        false => Ok(()),
    }
}

fn of(changes: &[Change], criticality: Criticality) -> impl Iterator<Item = &Change> {
    let is_so = move |change: &&Change| change.criticality == criticality;
    changes.iter().filter(is_so)
}

/// A line for each change, and one that counts them.
fn text(changes: &[Change]) -> String {
    let mut out = String::new();
    for change in changes {
        let (criticality, kind) = (change.criticality, change.kind);
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "{criticality}[{kind}]: {}", change.message);
    }
    let counts = [
        Criticality::Breaking,
        Criticality::Dangerous,
        Criticality::Safe,
    ]
    .map(|criticality| (of(changes, criticality).count(), criticality));
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, criticality)| format!("{count} {criticality}"))
        .collect();
    let noun = match changes.len() {
        1 => "change",
        _ => "changes",
    };
    match counts.is_empty() {
        true => out.push_str("no changes\n"),
        false => {
            let _ = writeln!(out, "{} {noun}", counts.join(", "));
        }
    }
    out
}

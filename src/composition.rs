//! The subgraphs of a `supergraph.yaml`, read and composed: what `compose`, `check` and `schema` share.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use router_server::{
    ComposeFile, Config, InternalSecret, LoadedSubgraphs, Sources, Span, load_subgraphs,
};
use schema_composition::{Composed, Diagnostic, Diagnostics, Level, Options, SubgraphInput};

use crate::failure::Failure;
use crate::output::report;
use crate::router::refused;

/// `--config -` reads standard input.
const STANDARD_INPUT: &str = "-";

/// How the subgraphs are read and composed.
#[derive(Debug, clap::Args)]
pub(crate) struct CompositionOptions {
    /// Wait so long (`20s`) for running subgraphs that do not answer yet.
    #[arg(long, value_name = "DURATION")]
    wait: Option<Span>,
    /// Give up, with MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED, when so many ways through the subgraphs wait to
    /// be followed while queries are proven answerable.
    #[arg(long, value_name = "NUMBER", default_value_t = Options::default().max_subgraph_paths)]
    max_paths: usize,
    /// Which hints to show: those of this level and above.
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t)]
    hints: Hints,
}

/// Which hints are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Hints {
    /// None.
    Off,
    /// What is probably not meant.
    Warning,
    /// What is worth knowing, too (also written `on`).
    #[default]
    #[value(alias = "on")]
    Info,
    /// Everything.
    Debug,
}

/// Subgraphs and what came of composing them.
pub(crate) struct Composition {
    pub(crate) outcome: Result<Composed, Diagnostics>,
    pub(crate) sources: Vec<SubgraphInput>,
}

impl Hints {
    fn shows(self, level: Level) -> bool {
        match self {
            Self::Off => false,
            Self::Warning => level <= Level::Warning,
            Self::Info => level <= Level::Info,
            Self::Debug => true,
        }
    }
}

impl CompositionOptions {
    /// Reads and composes the subgraphs that `config` names. Mistakes in schemas are part of the outcome.
    pub(crate) async fn compose(&self, config: &Path) -> Result<Composition, Failure> {
        let wait = self.wait.map_or(Duration::ZERO, |wait| wait.0);
        let loaded = load(config, wait).await?;
        let options = Options {
            max_subgraph_paths: self.max_paths,
        };
        let mut outcome = loaded.compose(&options);
        let is_shown = |hint: &Diagnostic| self.hints.shows(hint.level);
        match &mut outcome {
            Ok(composed) => composed.hints.retain(is_shown),
            Err(diagnostics) => diagnostics.retain(is_shown),
        }
        Ok(Composition {
            outcome,
            sources: loaded.sources(),
        })
    }
}

/// The supergraph that `config` stands for: a `supergraph.yaml`, or a `weft.yaml` that names one or names an SDL
/// file. What is wrong with it is said on standard error.
pub(crate) async fn supergraph(
    config: &Path,
    options: &CompositionOptions,
) -> Result<String, Failure> {
    let composition = match router_graph(config) {
        Some((Some(sdl), _)) => return crate::plan::read(&sdl),
        Some((None, Some(compose))) => options.compose(&compose).await?,
        Some((None, None)) | None => options.compose(config).await?,
    };
    composition.told().ok_or_else(Failure::reported)
}

/// The supergraph and the `supergraph.yaml` that `config` names, if it is a router's configuration.
fn router_graph(config: &Path) -> Option<(Option<PathBuf>, Option<PathBuf>)> {
    let sources = Sources {
        file: Some(config.to_owned()),
        ..Sources::process(None)
    };
    let config = Config::load(&sources).ok()?;
    Some((config.supergraph, config.compose))
}

impl Composition {
    /// The supergraph, if there is one. What there is to say is said on standard error.
    pub(crate) fn told(self) -> Option<String> {
        let color = is_coloured();
        match self.outcome {
            Ok(composed) => {
                let hints = composed.render_hints(color, &self.sources);
                if !hints.is_empty() {
                    report(hints + &composed.hint_summary());
                }
                Some(composed.supergraph)
            }
            Err(diagnostics) => {
                report(diagnostics.render(color, &self.sources) + &diagnostics.summary());
                None
            }
        }
    }
}

async fn load(config: &Path, wait: Duration) -> Result<LoadedSubgraphs, Failure> {
    let environment = Sources::process(None).environment;
    let file = match config == Path::new(STANDARD_INPUT) {
        true => ComposeFile::parse(&PathBuf::from("stdin"), &standard_input()?, &environment),
        false => ComposeFile::load(config, &environment),
    };
    let file = file.map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Failure::usage(lines.join("\n"))
    })?;
    let secret = InternalSecret::from_environment(&environment).map_err(refused)?;
    let loaded = load_subgraphs(&file, secret.as_ref(), wait).await;
    loaded.map_err(refused)
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    match read {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::usage(format!("standard input: {error}"))),
    }
}

/// Whether standard error is a screen that shows colours (`NO_COLOR`: no-color.org).
fn is_coloured() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && !is_set("NO_COLOR") && !is_dumb
}

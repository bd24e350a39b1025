#![doc = include_str!("../README.md")]

mod access;
mod diagnostic;
mod directive;
mod facts;
mod links;
mod merge;
mod merged;
mod parsed;
mod post_merge;
mod recursion;
mod satisfiability;
mod source;
mod specification;
mod subgraph;
mod supergraph;
mod unavailable;
mod upgrade;
mod validate;

pub use diagnostic::{Code, Diagnostic, Diagnostics, Level, Location, Report, Reported};
pub use unavailable::{Unavailable, UnavailableReason};

use diagnostic::Findings;
use source::Source;
use specification::Version;
use subgraph::Subgraph;
use upgrade::Upgraded;

/// One subgraph to compose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubgraphInput {
    /// Unique name; `@override(from:)` and diagnostics use it.
    pub name: String,
    /// Where the router reaches it; written into the supergraph as it is.
    pub url: String,
    /// Its schema, as `_service { sdl }` returns it.
    pub sdl: String,
    /// The file shown in diagnostics, if the SDL is from one.
    pub source: Option<String>,
}

/// What can be set about a composition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many ways to stand in subgraphs may wait to be followed while queries are proven
    /// answerable. More of them are `MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED`; time is bounded by
    /// a multiple of it.
    pub max_subgraph_paths: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_subgraph_paths: 1_000_000,
        }
    }
}

/// A supergraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Supergraph SDL in the join specification.
    pub supergraph: String,
    /// What is no mistake but worth knowing.
    pub hints: Vec<Diagnostic>,
}

impl Composed {
    /// The hints as text for a terminal, as [`Diagnostics::render`] does it.
    pub fn render_hints(&self, color: bool, sources: &[SubgraphInput]) -> String {
        diagnostic::render(&self.hints, color, sources)
    }

    /// How many hints there are, in one line: `2 warnings, 1 info in 2 subgraphs`; empty if there are none.
    pub fn hint_summary(&self) -> String {
        diagnostic::summary(&self.hints)
    }
}

/// Composes subgraphs into a supergraph.
///
/// The outcome depends neither on the order of the subgraphs nor on that of the definitions in
/// them. Time and memory grow with the size of the input, whatever it says.
///
/// # Errors
///
/// Every mistake found, at once, up to the first phase that cannot be entered because of them:
/// a subgraph that is not GraphQL keeps subgraphs from being merged, but not the others from
/// being checked.
pub fn compose(subgraphs: &[SubgraphInput]) -> Result<Composed, Diagnostics> {
    compose_with(subgraphs, &Options::default())
}

/// [`compose`] with options.
///
/// # Errors
///
/// As for [`compose`].
pub fn compose_with(
    subgraphs: &[SubgraphInput],
    options: &Options,
) -> Result<Composed, Diagnostics> {
    compose_available(subgraphs, &[], options)
}

/// [`compose_with`] for subgraphs some of which could not be had: why is reported together with what
/// is wrong with the others.
///
/// # Errors
///
/// As for [`compose`]; and always if a schema is unavailable.
pub fn compose_available(
    subgraphs: &[SubgraphInput],
    unavailable: &[Unavailable],
    options: &Options,
) -> Result<Composed, Diagnostics> {
    let mut report = Findings::default();
    unavailable::report(unavailable, &mut report);
    match phases(subgraphs, options, &mut report) {
        Some(supergraph) => {
            let hints = Diagnostics::new(report.into_hints()).into_items();
            Ok(Composed { supergraph, hints })
        }
        None => Err(Diagnostics::new(report.into_all())),
    }
}

/// All phases in order; `None` as soon as one cannot be entered.
fn phases(subgraphs: &[SubgraphInput], options: &Options, report: &mut Findings) -> Option<String> {
    let inputs = in_order(subgraphs, report);
    let subgraphs = read(&inputs, report);
    if !report.is_empty() {
        check_alone(subgraphs, report);
        return None;
    }
    let upgraded = upgrade::upgrade(subgraphs, report);
    let validated = proceed(validate::validate(upgraded, report), report)?;
    let merged = proceed(merge::merge(&validated, report), report)?;
    let valid = proceed(post_merge::validate(merged, report), report)?;
    let satisfiable = proceed(
        satisfiability::check(valid, &validated, options, report),
        report,
    )?;
    proceed(supergraph::write(satisfiable, report), report)
}

fn proceed<T>(outcome: T, report: &Findings) -> Option<T> {
    report.is_empty().then_some(outcome)
}

/// The subgraphs by name; names must be given once.
fn in_order<'a>(subgraphs: &'a [SubgraphInput], report: &mut Findings) -> Vec<&'a SubgraphInput> {
    let mut inputs: Vec<&SubgraphInput> = subgraphs.iter().collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    let mut invalid = |name: &str, message: String| {
        let location = Source::new(name, "").location(None, None);
        let code = Code::InvalidSubgraphName;
        report.push(Diagnostic::error(code, message, [location]));
    };
    for input in &inputs {
        if input.name.is_empty() || input.name == "_" {
            invalid(
                &input.name,
                format!("a subgraph cannot be called {:?}", input.name),
            );
        }
    }
    for pair in inputs.windows(2) {
        if pair[0].name == pair[1].name {
            let name = &pair[0].name;
            invalid(name, format!("two subgraphs are called {name:?}"));
        }
    }
    inputs
}

/// Phases one to three, subgraph by subgraph.
fn read(inputs: &[&SubgraphInput], report: &mut Findings) -> Vec<Subgraph> {
    inputs
        .iter()
        .filter_map(|input| {
            let parsed = parsed::parse(input, report)?;
            let linked = links::resolve(parsed, report)?;
            subgraph::build(linked, report)
        })
        .collect()
}

/// Some subgraph could not be read: what can be said of the others without it is still said.
/// Federation 1 subgraphs have to wait, since their upgrade depends on all.
fn check_alone(mut subgraphs: Vec<Subgraph>, report: &mut Findings) {
    subgraphs.retain(|subgraph| subgraph.version != Version::One);
    validate::validate(Upgraded(subgraphs), report);
}

#![doc = include_str!("../README.md")]

mod bare;
mod cold;
mod compare;
mod figures;
mod graph;
mod growth;
mod http;
mod in_process;
mod light;
mod load;
mod machine;
mod measure;
mod mix;
mod operation;
mod peer;
mod proc;
mod process;
mod site;
mod soak;
mod subgraphs;
mod synthetic;
mod weft;
mod wrk;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// As in `weft`, for the router with subgraphs in its process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Puts load on the router, a process of its own over the bench's subgraphs, and says what it does and uses.
///
/// Without a subcommand: every operation in every mode, beside another router if --peer names one. Answers are
/// compared with what they must be before anything is timed. Processor time and memory are those of the router's
/// process.
#[derive(Debug, Parser)]
#[command(name = "bench-router", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    compare: compare::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure operations that are new to the router: CPU beside that of the same operation known to it.
    Cold(cold::Arguments),
    /// Measure how CPU grows with entities, fields and subgraphs, and draw it.
    Growth(growth::Arguments),
    /// Measure a read-heavy mix on the whole stack, with and without the cache.
    Mix(mix::Arguments),
    /// Load for a long time, the supergraph replaced meanwhile, memory sampled every second.
    Soak(soak::Arguments),
    /// Serve the subgraphs of every graph of the bench.
    Subgraphs(subgraphs::Arguments),
    /// Serve the same bytes to everybody: what an answer costs without a router.
    ServeBytes(bare::Arguments),
    /// Serve the benchmark's graph, its subgraphs called through memory.
    ServeInProcess(in_process::Arguments),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-router: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        None => compare::run(&cli.compare),
        Some(Command::Cold(arguments)) => cold::run(&arguments),
        Some(Command::Growth(arguments)) => growth::run(&arguments),
        Some(Command::Mix(arguments)) => mix::run(&arguments),
        Some(Command::Soak(arguments)) => soak::run(&arguments),
        Some(Command::Subgraphs(arguments)) => subgraphs::run(&arguments),
        Some(Command::ServeBytes(arguments)) => bare::run(&arguments),
        Some(Command::ServeInProcess(arguments)) => in_process::run(arguments),
    }
}

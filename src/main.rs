//! The `weft` program: one binary, a role per subcommand.

mod check;
mod compose;
mod composition;
mod config;
mod failure;
mod health;
mod migrate;
mod mount;
mod output;
mod plan;
mod router;
mod schema;
mod seed;
mod services;
mod subgraph;
mod up;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

use failure::{Failure, USAGE};

/// glibc's gives memory back after nearly every request and takes it again page by page (`docs/performance.md`). Without
/// huge pages, which cost an idle router 8 MB and gave nothing.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A federated GraphQL API in one program: three subgraphs and a router.
///
/// Without a subcommand the whole stack runs in this process: the router and the subgraphs users, posts
/// and todos, on SQLite files under --data-dir. The other subcommands run or examine its parts.
#[derive(Debug, Parser)]
#[command(name = "weft", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: up::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole stack in this process (what `weft` alone does).
    Up(up::Arguments),
    /// Run the router alone, over subgraphs reached by HTTP.
    Router(router::Arguments),
    /// Run one subgraph as an HTTP service.
    Subgraph(subgraph::Arguments),
    /// Create, take back or list database migrations.
    Migrate(migrate::Arguments),
    /// Fill the databases with demo data; the same seed gives the same rows.
    Seed(seed::Arguments),
    /// Compose subgraph schemas into a supergraph.
    Compose(compose::Arguments),
    /// Compose subgraph schemas and say what that changes for clients: exit status 2 if it breaks them.
    Check(check::Arguments),
    /// Print the query plan of an operation.
    Plan(plan::Arguments),
    /// Print a schema: a subgraph's, the supergraph's, or the API's for client code generators.
    Schema(schema::Arguments),
    /// The router's configuration: its JSON Schema, or a check of a file.
    Config(config::Arguments),
    /// Ask a running server whether it is well: exit status 0 if the URL answers with 2xx.
    Health(health::Arguments),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(Failure::internal("starting the async runtime", error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command.unwrap_or(Command::Up(cli.up)) {
        Command::Up(arguments) => up::run(arguments).await,
        Command::Router(arguments) => router::run(arguments).await,
        Command::Subgraph(arguments) => subgraph::run(arguments).await,
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::Seed(arguments) => seed::run(arguments).await,
        Command::Compose(arguments) => compose::run(arguments).await,
        Command::Check(arguments) => check::run(arguments).await,
        Command::Plan(arguments) => plan::run(arguments),
        Command::Schema(arguments) => schema::run(arguments).await,
        Command::Config(arguments) => config::run(arguments),
        Command::Health(arguments) => health::run(arguments).await,
    }
}

/// Help and version go to standard output with 0; a wrong command line is a usage error.
fn refuse(error: &clap::Error) -> ExitCode {
    let is_wrong = error.use_stderr();
    if error.print().is_err() || !is_wrong {
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::InvalidSubcommand {
        let names = Cli::command();
        let names = names.get_subcommands().map(clap::Command::get_name);
        let names = names.collect::<Vec<_>>().join(", ");
        output::report(format_args!("subcommands: {names}"));
    }
    ExitCode::from(USAGE)
}

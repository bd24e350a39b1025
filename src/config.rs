//! `weft config`: the JSON Schema of `weft.yaml`, and a check of a file.

use std::path::PathBuf;

use router_server::{Config, Sources};

use crate::failure::Failure;
use crate::output::print_line;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print the JSON Schema of weft.yaml, for editors and linters.
    Schema,
    /// Check a configuration file, and the environment over it, without starting anything.
    Validate {
        /// The file to check.
        #[arg(default_value = "weft.yaml")]
        file: PathBuf,
    },
}

pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.action {
        Action::Schema => print_line(format_args!("{:#}", Config::json_schema())),
        Action::Validate { file } => {
            let mistakes = Config::validate(&Sources::process(Some(file.clone())));
            if mistakes.is_empty() {
                return print_line(format_args!("{}: valid", file.display()));
            }
            let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            Err(Failure::usage(lines.join("\n")))
        }
    }
}

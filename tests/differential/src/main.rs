//! The command: `cargo run --release -p tests-differential -- --operations 100000 --worlds 60`.

use std::process::ExitCode;

use anyhow::Result;

fn main() -> Result<ExitCode> {
    match tests_differential::command::execute()? {
        true => Ok(ExitCode::SUCCESS),
        false => Ok(ExitCode::FAILURE),
    }
}

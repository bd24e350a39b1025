//! The command: `cargo run --release -p tests-differential -- --operations 100000 --worlds 60`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match tests_differential::command::execute() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

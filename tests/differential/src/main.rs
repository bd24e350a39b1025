//! The command: `cargo run --release -p tests-differential -- --operations 100000 --worlds 60`.

use anyhow::Result;

fn main() -> Result<()> {
    tests_differential::command::run()
}

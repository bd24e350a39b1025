//! Standard output, for readers that may stop reading.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use crate::failure::Failure;

/// Writes to standard output. That nobody reads on (`weft schema api | head`) is no failure.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = write!(stdout, "{text}").and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::internal("writing to standard output", error))
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard output, as [`print`] does.
pub(crate) fn print_line(text: impl Display) -> Result<(), Failure> {
    print(format_args!("{text}\n"))
}

/// Writes a line to standard error; there is nobody to tell if that fails.
pub(crate) fn report(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

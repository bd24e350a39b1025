//! How a subcommand fails: a message for people and an exit status for programs.

use std::error::Error;
use std::fmt::Display;
use std::process::ExitCode;

/// The input is at fault: a schema, an operation, a database that cannot be reached.
pub(crate) const INPUT: u8 = 1;
/// The input is right, but what it would change is not allowed (`weft check`).
pub(crate) const CHANGES: u8 = 2;
/// The command line or the configuration is at fault (`EX_USAGE`).
pub(crate) const USAGE: u8 = 64;
/// Weft is at fault (`EX_SOFTWARE`).
pub(crate) const INTERNAL: u8 = 70;

/// Why a subcommand ended without success.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    /// The input is at fault.
    pub(crate) fn input(message: impl Display) -> Self {
        Self::new(INPUT, message.to_string())
    }

    /// The command line or the configuration is at fault.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(USAGE, message.to_string())
    }

    /// Something failed that neither input nor usage explains; `doing` says what was going on.
    pub(crate) fn internal(doing: &str, error: impl Error) -> Self {
        Self::new(INTERNAL, format!("{doing}: {}", with_causes(&error)))
    }

    /// Everything there is to say was printed already.
    pub(crate) fn reported() -> Self {
        Self::new(INPUT, String::new())
    }

    /// There are changes that must not be; all there is to say of them was printed already.
    pub(crate) fn changes() -> Self {
        Self::new(CHANGES, String::new())
    }

    fn new(status: u8, message: String) -> Self {
        Self { status, message }
    }

    /// Prints the message to standard error and gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            crate::output::report(format_args!("error: {}", self.message));
        }
        ExitCode::from(self.status)
    }
}

/// An error's message with those of its causes that it does not repeat.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

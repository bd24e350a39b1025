//! Weft's own program, and its configuration in each mode.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::site::{Mode, Router};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct WeftArguments {
    /// The program under test; without it the one beside this program.
    #[arg(long, value_name = "PATH")]
    weft: Option<PathBuf>,
    /// What the configuration file says in mode no-dedup.
    #[arg(long, value_name = "YAML", default_value = NO_DEDUP, hide_default_value = true)]
    no_dedup_config: String,
}

/// Every request is answered by itself, and every fetch is a request of its own.
const NO_DEDUP: &str = "traffic:\n  deduplicate: false\nsubgraph_defaults:\n  deduplicate: false\n";

impl WeftArguments {
    /// The program, which must be there.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        let program = match &self.weft {
            Some(program) => program.clone(),
            None => std::env::current_exe()?.with_file_name("weft"),
        };
        let shown = program.display();
        ensure!(
            program.is_file(),
            "there is no {shown}: build it, or name it with --weft"
        );
        Ok(program)
    }

    /// The configuration file's text.
    pub(crate) fn config(&self, mode: Mode) -> String {
        match mode {
            Mode::NoDedup => self.no_dedup_config.clone(),
            Mode::Default | Mode::InProcess | Mode::Cached => String::new(),
        }
    }

    /// The program without deduplication and with this besides.
    pub(crate) fn router_with(&self, config: &str) -> Result<Router> {
        Ok(Router::Weft {
            program: self.program()?,
            config: format!("{}{config}", self.no_dedup_config),
        })
    }

    /// The program with the configuration of `mode`.
    pub(crate) fn router(&self, mode: Mode) -> Result<Router> {
        Ok(Router::Weft {
            program: self.program()?,
            config: self.config(mode),
        })
    }
}

//! Directives that tie subgraphs together.

use super::graph::Graph;

impl Graph {
    pub(crate) fn add_directives(&mut self) {
        let _ = &self.parts;
    }
}

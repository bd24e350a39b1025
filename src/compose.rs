//! `weft compose`: subgraph schemas to a supergraph, or a list of what is wrong with them.

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments) -> Result<(), crate::failure::Failure> {
    Ok(())
}

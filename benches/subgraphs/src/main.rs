//! Serves the benchmark's subgraphs until it is stopped.

use std::net::SocketAddr;

use benches_subgraphs::{Estimate, serve};
use clap::Parser;

/// The four subgraphs of the public gateway benchmark.
#[derive(Parser)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:4200")]
    listen: SocketAddr,
    /// Compute shipping estimates from price and weight; the benchmark's answer has none.
    #[arg(long)]
    estimate: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let estimate = match arguments.estimate {
        true => Estimate::FromRepresentation,
        false => Estimate::Unknown,
    };
    let subgraphs = serve(arguments.listen, estimate).await?;
    println!("listening on http://{}", subgraphs.address());
    Ok(subgraphs.wait().await?)
}

#![doc = include_str!("../README.md")]

mod bombs;
mod router;

use std::env;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::bombs::Bomb;
use crate::router::Router;

const SDL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/supergraph.graphql");

fn main() -> anyhow::Result<()> {
    let mut weft = PathBuf::from("target/release/weft");
    let mut names = Vec::new();
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--weft" => weft = arguments.next().context("--weft needs a path")?.into(),
            _ => names.push(argument),
        }
    }
    let bombs = bombs::all();
    let wanted = |bomb: &&Bomb| names.is_empty() || names.iter().any(|name| name == bomb.name);
    ensure!(
        bombs.iter().any(|bomb| wanted(&bomb)),
        "there is no such bomb"
    );
    println!("| bomb | requests | bytes | status | what stops it | CPU of one | peak memory |");
    println!("|---|---:|---:|---|---|---:|---:|");
    for bomb in bombs.iter().filter(wanted) {
        let router = Router::start(&weft, SDL.as_ref())?;
        router.post(br#"{"query":"{ __typename }"}"#)?;
        let (answer, cost) = router.watch(|router| {
            let mut last = None;
            for number in 0..bomb.requests {
                last = Some(router.post(&(bomb.body)(number))?);
            }
            last.context("a bomb has requests")
        })?;
        let (status, body) = answer;
        println!(
            "| {} | {} | {} | {status} | {} | {:.1} ms | {:.1} MB |",
            bomb.name,
            bomb.requests,
            (bomb.body)(0).len(),
            code_of(&body),
            cost.cpu.as_secs_f64() * 1e3 / bomb.requests as f64,
            cost.memory_kb as f64 / 1e3,
        );
    }
    Ok(())
}

/// The first error's code; that of no error is that it was answered.
fn code_of(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    code.map_or_else(|| "nothing".to_owned(), |code| format!("`{code}`"))
}

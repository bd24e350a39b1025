#![doc = include_str!("../README.md")]

mod bombs;
mod router;

use std::env;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::bombs::Bomb;
use crate::router::Router;

fn main() -> anyhow::Result<()> {
    let names: Vec<String> = env::args().skip(1).collect();
    if names.first().map(String::as_str) == Some(router::SERVE) {
        return router::serve();
    }
    let bombs = bombs::all();
    let wanted = |bomb: &&Bomb| {
        names.is_empty() || names.iter().any(|name| bomb.name.contains(name.as_str()))
    };
    ensure!(
        bombs.iter().any(|bomb| wanted(&bomb)),
        "there is no such bomb"
    );
    println!("| bomb | requests | bytes | status | what stops it | CPU of one | peak memory |");
    println!("|---|---:|---:|---|---|---:|---:|");
    for bomb in bombs.iter().filter(wanted) {
        let router = Router::start()?;
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

//! Answers of subgraphs, kept and found again: `router/cache` seen from GraphQL.

mod control;
mod entities;
mod selected;
mod tags;
mod units;

#[cfg(test)]
mod tests;

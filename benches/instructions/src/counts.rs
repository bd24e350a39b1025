//! The accepted counts, and what may differ from them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};

/// Where the accepted counts are.
pub(crate) const FILE: &str = "benches/instructions/counts.txt";
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.txt");

/// By how much a count may differ, in percent: what hash seeds and addresses move, several times over.
const TOLERANCE: f64 = 3.0;

/// The head of the table.
pub(crate) const HEAD: &str =
    "case                 instructions       before     change  allocations       before";

/// What a case takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) instructions: u64,
    pub(crate) allocations: u64,
}

impl Count {
    /// What is wrong with it beside what was accepted.
    pub(crate) fn complaint(self, case: &str, accepted: Self) -> Option<String> {
        let instructions = change(self.instructions, accepted.instructions);
        let allocations = change(self.allocations, accepted.allocations);
        let (what, change, now, before) = match (instructions, allocations) {
            (change, _) if change.abs() > TOLERANCE => (
                "instructions",
                change,
                self.instructions,
                accepted.instructions,
            ),
            (_, change) if change.abs() > TOLERANCE => (
                "allocations",
                change,
                self.allocations,
                accepted.allocations,
            ),
            _ => return None,
        };
        let verdict = if change > 0.0 {
            "became dearer"
        } else {
            "became cheaper, which is not written down yet"
        };
        Some(format!(
            "{case} {verdict}: {before} {what} were accepted, now it takes {now} ({change:+.1} %, {TOLERANCE} % are allowed)"
        ))
    }
}

/// In percent.
fn change(now: u64, before: u64) -> f64 {
    match (now, before) {
        (0, 0) => 0.0,
        (now, before) => (now as f64 / before as f64 - 1.0) * 100.0,
    }
}

/// A line of the table.
pub(crate) fn line(case: &str, now: Count, before: Option<Count>) -> String {
    let Some(before) = before else {
        let (instructions, allocations) = (now.instructions, now.allocations);
        return format!(
            "{case:<20} {instructions:>12}            -          - {allocations:>12}            -"
        );
    };
    format!(
        "{case:<20} {:>12} {:>12} {:>+8.1} % {:>12} {:>12}",
        now.instructions,
        before.instructions,
        change(now.instructions, before.instructions),
        now.allocations,
        before.allocations,
    )
}

/// The file.
pub(crate) struct Counts(BTreeMap<String, Count>);

impl Counts {
    pub(crate) fn read() -> Result<Self> {
        let text = fs::read_to_string(PATH).with_context(|| FILE.to_owned())?;
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let counts = lines.map(|line| {
            let mut words = line.split_whitespace();
            let mut next = || words.next().with_context(|| format!("{FILE}: {line}"));
            let case = next()?.to_owned();
            let count = Count {
                instructions: next()?.parse()?,
                allocations: next()?.parse()?,
            };
            Ok((case, count))
        });
        Ok(Self(counts.collect::<Result<_>>()?))
    }

    pub(crate) fn get(&self, case: &str) -> Option<Count> {
        self.0.get(case).copied()
    }

    pub(crate) fn set(&mut self, case: &str, count: Count) {
        self.0.insert(case.to_owned(), count);
    }

    /// Writes the counts of these cases; what is no case any more is gone.
    pub(crate) fn write<'a>(&self, cases: impl Iterator<Item = &'a str>) -> Result<()> {
        let mut text = String::from(
            "# Accepted by `just bench-instructions --accept`: case, instructions, allocations.\n",
        );
        for case in cases {
            if let Some(count) = self.get(case) {
                writeln!(
                    text,
                    "{case:<20} {:>12} {:>8}",
                    count.instructions, count.allocations
                )?;
            }
        }
        fs::write(PATH, text).with_context(|| FILE.to_owned())
    }
}

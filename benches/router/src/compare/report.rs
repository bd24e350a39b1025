//! What a comparison found, as a table for people and as JSON.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::Series;
use crate::figures::{Ratio, Table, median};
use crate::machine::Machine;
use crate::measure::Sample;
use crate::site::Mode;

pub(super) struct Report {
    machine: Machine,
    results: Vec<Value>,
    ratios: Vec<Value>,
}

type Figure = (&'static str, fn(&Sample) -> f64);

/// What two routers are compared by.
const COMPARED: [Figure; 4] = [
    ("requests a second", |sample| sample.requests_per_second),
    ("p50", |sample| sample.p50),
    ("p99", |sample| sample.p99),
    ("CPU a request", |sample| sample.cpu),
];

impl Report {
    pub(super) fn new(machine: Machine) -> Self {
        Self {
            machine,
            results: Vec::new(),
            ratios: Vec::new(),
        }
    }

    /// Prints the figures of a mode and keeps them.
    pub(super) fn add(&mut self, mode: Mode, series: &[Series]) {
        let whose = match mode {
            Mode::InProcess => "router and subgraphs together",
            Mode::NoDedup | Mode::Default | Mode::Cached => "router",
        };
        println!(
            "{} (CPU and memory: {whose}; client: the load's own CPU; medians of the rounds)",
            mode.name()
        );
        let mut table = Table::new(
            1,
            [
                "operation",
                "conn.",
                "router",
                "req/s",
                "p50 ms",
                "p99 ms",
                "user µs",
                "system µs",
                "CPU µs",
                "client µs",
                "idle MB",
                "RSS MB",
                "peak MB",
                "subgraph req",
            ],
        );
        for (index, own) in series.iter().enumerate() {
            table.row(cells(own));
            self.results.push(as_json(own));
            // Sides of a comparison follow each other.
            let first = index.checked_sub(1).and_then(|before| series.get(before));
            let first = first.filter(|first| {
                first.operation == own.operation && first.connections == own.connections
            });
            if let Some(first) = first {
                table.text(self.compare(first, own));
            }
        }
        println!("{table}");
    }

    fn compare(&mut self, ours: &Series, theirs: &Series) -> String {
        let ratios = COMPARED.map(|(name, figure)| {
            (
                name,
                Ratio::of(&values(ours, figure), &values(theirs, figure)),
            )
        });
        self.ratios.push(json!({
            "mode": ours.mode.name(),
            "operation": ours.operation,
            "connections": ours.connections,
            "of": ours.side,
            "to": theirs.side,
            "ratios": ratios.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        }));
        let ratios = ratios.map(|(name, ratio)| format!("{name} {ratio}"));
        format!("  {} ÷ {}: {}", ours.side, theirs.side, ratios.join(", "))
    }

    /// Writes the JSON, if it is wanted.
    pub(super) fn finish(self, file: Option<&Path>) -> Result<()> {
        let Some(file) = file else { return Ok(()) };
        let report = json!({
            "machine": self.machine,
            "results": self.results,
            "ratios": self.ratios,
        });
        fs::write(file, format!("{report:#}\n"))?;
        println!("everything is in {}", file.display());
        Ok(())
    }
}

fn values(series: &Series, figure: fn(&Sample) -> f64) -> Vec<f64> {
    series.samples.iter().map(figure).collect()
}

fn cells(series: &Series) -> [String; 14] {
    let median_of = |figure: fn(&Sample) -> f64| median(&values(series, figure));
    let idle: Vec<f64> = series.idle.iter().map(|idle| *idle as f64).collect();
    [
        series.operation.clone(),
        series.connections.to_string(),
        series.side.clone(),
        format!("{:.0}", median_of(|sample| sample.requests_per_second)),
        format!("{:.2}", median_of(|sample| sample.p50) / 1e3),
        format!("{:.2}", median_of(|sample| sample.p99) / 1e3),
        format!("{:.0}", median_of(|sample| sample.user)),
        format!("{:.0}", median_of(|sample| sample.system)),
        format!("{:.0}", median_of(|sample| sample.cpu)),
        format!("{:.1}", median_of(|sample| sample.client_cpu)),
        format!("{:.1}", median(&idle) / 1e3),
        format!("{:.1}", median_of(|sample| sample.resident as f64) / 1e3),
        format!("{:.1}", median_of(|sample| sample.peak as f64) / 1e3),
        format!("{:.2}", median_of(|sample| sample.subgraph_requests)),
    ]
}

fn as_json(series: &Series) -> Value {
    json!({
        "mode": series.mode.name(),
        "operation": series.operation,
        "connections": series.connections,
        "router": series.side,
        "idle": series.idle,
        "rounds": series.samples,
    })
}

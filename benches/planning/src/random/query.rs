//! A random operation.

use std::fmt::Write as _;

use super::Tape;
use super::graph::{Graph, GraphField, Target};

/// How deep selections are.
const DEPTH: usize = 3;

pub(super) fn draw(graph: &Graph, tape: &mut Tape<'_>) -> String {
    let mut out = String::from("{ ");
    for (index, field) in graph.roots.iter().enumerate() {
        if index == 0 || tape.percent(60) {
            let _ = write!(out, "q{index} ");
            below(graph, field.target, DEPTH, tape, &mut out);
        }
    }
    out.push('}');
    out
}

fn below(graph: &Graph, target: Target, depth: usize, tape: &mut Tape<'_>, out: &mut String) {
    match target {
        Target::Leaf => {}
        Target::Entity(entity) => {
            out.push_str("{ ");
            if tape.percent(20) {
                out.push_str("__typename ");
            }
            let prefix = format!("e{entity}f");
            fields(
                graph,
                &prefix,
                &graph.entities[entity].fields,
                depth,
                tape,
                out,
            );
            out.push_str("} ");
        }
        Target::Value => {
            out.push_str("{ always ");
            fields(graph, "v", &graph.value, depth, tape, out);
            out.push_str("} ");
        }
        Target::Interface | Target::Union => {
            let common = if target == Target::Union {
                "__typename"
            } else {
                "id"
            };
            let _ = write!(out, "{{ {common} ");
            for entity in 0..graph.entities.len().min(2) {
                if tape.percent(60) {
                    let _ = write!(out, "... on E{entity} ");
                    below(graph, Target::Entity(entity), depth, tape, out);
                }
            }
            out.push_str("} ");
        }
    }
}

fn fields(
    graph: &Graph,
    prefix: &str,
    all: &[GraphField],
    depth: usize,
    tape: &mut Tape<'_>,
    out: &mut String,
) {
    let mut is_empty = true;
    for (index, field) in all.iter().enumerate() {
        let is_last = index + 1 == all.len();
        let is_wanted = tape.percent(50) || is_last && is_empty;
        if !is_wanted || field.target != Target::Leaf && depth == 0 {
            continue;
        }
        is_empty = false;
        let _ = write!(out, "{prefix}{index} ");
        below(graph, field.target, depth.saturating_sub(1), tape, out);
    }
    if is_empty {
        out.push_str("__typename ");
    }
}

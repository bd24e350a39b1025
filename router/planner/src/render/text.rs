//! Plans for people.

use std::fmt::Write as _;

use schema_model::Supergraph;

use super::{path, representation, taken};
use crate::plan::{Fetch, FetchInput, QueryPlan};

/// A plan as text: one block per fetch with its subgraph, what it waits for, which objects it is about and the
/// operation that is sent. What is taken from contexts stands behind the objects, as `$variable: path{selection}`, or as
/// `kept:` if only later fetches need it.
///
/// ```text
/// 0 accounts
///   {me{__typename id}}
/// 1 reviews after 0
///   me User{id}
///   query($representations:[_Any!]!){_entities(representations:$representations){...on User{reviews{body}}}}
/// ```
pub fn render_text(supergraph: &Supergraph, plan: &QueryPlan) -> String {
    let mut text = String::new();
    for (index, fetch) in plan.fetches.iter().enumerate() {
        block(supergraph, index, fetch, &mut text);
    }
    text
}

/// The same in waves, with how many there are: `2 fetches in 2 waves`, then each wave under a heading.
pub fn render_waves(supergraph: &Supergraph, plan: &QueryPlan) -> String {
    let waves = plan.waves();
    let last = waves.iter().copied().max().unwrap_or(0);
    let count = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let fetches = count(plan.fetches.len(), "fetch", "fetches");
    let mut text = format!("{fetches} in {}\n", count(last, "wave", "waves"));
    for wave in 1..=last {
        let _ = writeln!(text, "\nwave {wave}");
        for (index, fetch) in plan.fetches.iter().enumerate() {
            if waves[index] == wave {
                block(supergraph, index, fetch, &mut text);
            }
        }
    }
    text
}

fn block(supergraph: &Supergraph, index: usize, fetch: &Fetch, text: &mut String) {
    let name = &supergraph.subgraph(fetch.subgraph).name;
    let _ = write!(text, "{index} {name}");
    if !fetch.after.is_empty() {
        let after: Vec<String> = fetch.after.iter().map(|f| f.0.to_string()).collect();
        let _ = write!(text, " after {}", after.join(", "));
    }
    text.push('\n');
    inputs(supergraph, fetch, text);
    let _ = writeln!(text, "  {}", fetch.query);
}

fn inputs(supergraph: &Supergraph, fetch: &Fetch, text: &mut String) {
    let calls = match &fetch.input {
        FetchInput::Root(_) => return,
        FetchInput::RootBelow { inputs, .. } => {
            for input in inputs {
                let _ = writeln!(text, "  {} is the root", path(&input.path));
            }
            return;
        }
        FetchInput::Entities(calls) => calls,
    };
    for call in calls {
        let prefix = if calls.len() > 1 {
            format!("{}: ", call.response_key)
        } else {
            String::new()
        };
        for input in &call.inputs {
            let sent = input.representations.iter();
            let sent: Vec<String> = sent.map(|one| representation(supergraph, one)).collect();
            let at = path(&input.path);
            let _ = write!(text, "  {prefix}{at} {}", sent.join(" | "));
            for (context, source) in call.contexts.iter().zip(&input.contexts) {
                let variable = context.variable.as_ref();
                let variable = variable.map_or(String::from("kept"), |v| format!("${}", v.name));
                let _ = write!(text, ", {variable}: {}", taken(source));
            }
            text.push('\n');
        }
    }
}

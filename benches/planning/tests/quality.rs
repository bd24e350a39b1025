//! Plans are as good as can be: on random cases beside the reference, and in the table that is checked in.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use benches_planning::cases::cases;
use benches_planning::compare::Tally;
use benches_planning::table::{Line, line, read};

/// Random cases of each seed; the last seed is another in every run.
const CASES: usize = 40;

#[test]
fn no_plan_of_a_small_graph_costs_more_than_the_least() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let fresh = now.map_or(0, |time| time.as_secs());
    let mut tally = Tally::default();
    for seed in [1, 2, 3, fresh] {
        let before = tally.optimal;
        if let Err(failed) = tally.run(seed, before + CASES) {
            panic!("{failed}");
        }
    }
    assert!(tally.interesting > CASES / 2, "{tally}");
    assert!(tally.too_large < CASES / 4, "{tally}");
}

#[test]
fn the_table_says_what_the_planner_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plan-quality.md");
    let written = read(&std::fs::read_to_string(path).expect("the table"));
    let today: Vec<Line> = cases()
        .expect("cases")
        .iter()
        .map(|case| line(case).expect("a plan"))
        .collect();
    assert!(today.len() >= 100, "{} operations", today.len());
    assert_eq!(
        written, today,
        "run `cargo run --release -p benches-planning -- table`"
    );
}

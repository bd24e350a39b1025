//! The rig as a test: a fixed set of worlds, and a fresh one each run whose seed is printed.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use tests_differential::{Case, Features, Mistake, Outcome, Settings, render, run, shrink};

/// Features whose differences are known and not yet mended (`docs/plan.md`); empty is the aim.
const OPEN: &[&str] = &[];

fn settings(seed: u64, worlds: usize, operations: usize) -> Settings {
    let open: Vec<String> = OPEN.iter().map(|name| (*name).to_owned()).collect();
    Settings {
        seed,
        worlds,
        operations,
        features: Features::without(&open).unwrap(),
        mistake: None,
    }
}

/// Asserts that there is no difference; the first one is shown, made small.
fn check(settings: &Settings) -> Outcome {
    run(settings, |world, case, difference| {
        let (small, last) = shrink(&case, None);
        let shown = render(&small, &last.unwrap_or(difference));
        panic!("seed {}, world {world}\n{shown}", settings.seed);
    })
}

#[test]
fn fixed_worlds_are_answered_as_one_schema() {
    let outcome = check(&settings(1, 20, 400));
    assert_eq!(outcome.worlds, 20);
    assert!(outcome.errors > 10, "too few errors to compare");
    let rejected: usize = outcome.rejected.values().sum();
    assert!(rejected < 10, "{:#?}", outcome.rejected);
    let holes = outcome.coverage.holes();
    assert!(holes.is_empty(), "never exercised: {holes:?}");
}

#[test]
fn fresh_worlds_are_answered_as_one_schema() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    println!("seed {}", now.as_secs());
    let outcome = check(&settings(now.as_secs(), 8, 200));
    assert!(outcome.requests > outcome.operations / 2);
}

#[test]
fn one_seed_is_one_world() {
    let features = Features::default();
    let subgraphs = || tests_differential::subgraphs(7, &features);
    assert_eq!(subgraphs(), subgraphs());
}

#[test]
fn cases_are_answered_as_one_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut count = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        count += 1;
        let case = Case::load(&path).unwrap();
        match case.run(None) {
            Some(Ok(())) => {}
            Some(Err(difference)) => panic!("{}\n{}", path.display(), render(&case, &difference)),
            None => panic!("{} is no case", path.display()),
        }
    }
    assert!(count > 0);
}

#[test]
fn planted_mistakes_turn_the_rig_red() {
    let mistakes = [
        Mistake::SwappedEntities,
        Mistake::KeyOrder,
        Mistake::NoPropagation,
        Mistake::Conditions,
        Mistake::Arguments,
        Mistake::LostField,
    ];
    for mistake in mistakes {
        let settings = Settings {
            mistake: Some(mistake),
            ..settings(3, 6, 240)
        };
        let mut found = 0;
        run(&settings, |_, _, _| {
            found += 1;
            false
        });
        assert!(found > 0, "{mistake:?} was not noticed");
    }
}

#[test]
fn what_is_found_is_made_small() {
    let settings = Settings {
        mistake: Some(Mistake::KeyOrder),
        features: Features::only(&["several-keys".to_owned()]).unwrap(),
        ..settings(4, 2, 60)
    };
    let mut sizes = Vec::new();
    run(&settings, |_, case, _| {
        let (small, difference) = shrink(&case, Some(Mistake::KeyOrder));
        assert!(difference.is_some());
        sizes.push((case.request.operation.len(), small.request.operation.len()));
        false
    });
    // Three keys of one object are the least in which order is noticed.
    let (_, small) = sizes[0];
    assert!(small < 200, "{sizes:?}");
}

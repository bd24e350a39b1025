//! Makes a failing case small: whatever can go while the failure stays the same in kind goes.

mod operation;
mod schema;

use std::sync::Arc;

use crate::check::{Difference, Kind, Request, check, validate};
use crate::execute::Mistake;
use crate::world::World;

/// Attempts for one case.
const ATTEMPTS: usize = 20_000;

/// Subgraphs and a request.
#[derive(Clone, Debug)]
pub struct Case {
    /// (name, SDL) of every subgraph.
    pub parts: Vec<(String, String)>,
    pub request: Request,
}

impl Case {
    /// Runs the case; `None` if there is no such world or the request is not valid in it.
    pub fn run(&self, mistake: Option<Mistake>) -> Option<Result<(), Box<Difference>>> {
        let world = Arc::new(World::new(&self.parts).ok()?);
        self.run_in(&world, mistake)
    }

    fn run_in(
        &self,
        world: &Arc<World>,
        mistake: Option<Mistake>,
    ) -> Option<Result<(), Box<Difference>>> {
        validate(world, &self.request).ok()?;
        Some(check(world, &self.request, mistake).map(|_| ()))
    }
}

/// The phrases that tell violations apart.
const PHRASES: [&str; 9] = [
    "is external",
    "is overridden",
    "there is no representation",
    "requires {",
    "invalid request",
    "cannot be entered",
    "fits no key",
    "not known there",
    "variable",
];

/// What has to stay the same.
fn class(difference: &Difference) -> (Kind, Option<usize>, &str) {
    let what = match difference.kind {
        // The coordinate.
        Kind::NoPlan | Kind::Refused => difference.what.split(':').next_back(),
        _ => None,
    };
    let what = what.and_then(|what| what.split('`').nth(1)).unwrap_or("");
    let phrase = match difference.kind {
        Kind::Violation => PHRASES
            .iter()
            .position(|phrase| difference.what.contains(phrase)),
        Kind::Data => {
            // A null in place of everything is another failure than a wrong value.
            Some(usize::from(difference.got.contains("\"errors\":")))
        }
        _ => None,
    };
    (difference.kind, phrase, what)
}

/// A smaller case that fails in the same way, and how.
pub fn shrink(case: &Case, mistake: Option<Mistake>) -> (Case, Option<Box<Difference>>) {
    let Some(Err(first)) = case.run(mistake) else {
        return (case.clone(), None);
    };
    let mut shrinking = Shrinking {
        case: case.clone(),
        last: first,
        mistake,
        left: ATTEMPTS,
    };
    loop {
        let before = shrinking.case.clone();
        shrinking.operation();
        shrinking.schema();
        let is_same =
            before.parts == shrinking.case.parts && before.request == shrinking.case.request;
        if is_same || shrinking.left == 0 {
            return (shrinking.case, Some(shrinking.last));
        }
    }
}

struct Shrinking {
    case: Case,
    last: Box<Difference>,
    mistake: Option<Mistake>,
    left: usize,
}

impl Shrinking {
    fn operation(&mut self) {
        let Ok(world) = World::new(&self.case.parts) else {
            return;
        };
        let world = Arc::new(world);
        let mut edit = 0;
        while let Some(request) = operation::edited(&self.case.request, edit) {
            let smaller = Case {
                parts: self.case.parts.clone(),
                request,
            };
            let outcome = smaller.run_in(&world, self.mistake);
            if !self.accept(smaller, outcome) {
                edit += 1;
            }
            if self.left == 0 {
                return;
            }
        }
    }

    fn schema(&mut self) {
        let mut edit = 0;
        while let Some(parts) = schema::edited(&self.case.parts, edit) {
            let smaller = Case {
                parts,
                request: self.case.request.clone(),
            };
            let outcome = smaller.run(self.mistake);
            if !self.accept(smaller, outcome) {
                edit += 1;
            }
            if self.left == 0 {
                return;
            }
        }
    }

    /// Takes the smaller case if it fails in the same way.
    fn accept(&mut self, smaller: Case, outcome: Option<Result<(), Box<Difference>>>) -> bool {
        self.left = self.left.saturating_sub(1);
        let Some(Err(difference)) = outcome else {
            return false;
        };
        if class(&difference) != class(&self.last) {
            return false;
        }
        self.case = smaller;
        self.last = difference;
        true
    }
}

//! Plausible texts from a seeded generator.

/// SplitMix64: small, fast, and the same on every machine. Not for secrets.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// True once in `times` on average.
    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of `items`, which are not empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.below(items.len() as u64);
        &items[usize::try_from(index).unwrap_or_default()]
    }
}

const DEEDS: [&str; 10] = [
    "Review", "Write up", "Fix", "Measure", "Plan", "Discuss", "Clean up", "Test", "Document",
    "Deploy",
];

const THINGS: [&str; 14] = [
    "the release notes",
    "the login page",
    "the slow query",
    "the cache settings",
    "the backup schedule",
    "the dashboard",
    "the onboarding guide",
    "the error messages",
    "the search results",
    "the nightly job",
    "the mobile layout",
    "the invoice export",
    "the team calendar",
    "the schema change",
];

const REMARKS: [&str; 8] = [
    "Ask around first, somebody may have started.",
    "Keep it small.",
    "The last attempt stalled at the tests.",
    "There is a note in the shared folder.",
    "Should not take longer than an hour.",
    "Check the numbers before and after.",
    "Two people are waiting for this.",
    "Can wait until the release is out.",
];

pub(super) fn title(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(&DEEDS), dice.pick(&THINGS))
}

pub(super) fn description(dice: &mut Dice) -> String {
    let first = dice.below(REMARKS.len() as u64) as usize;
    let second = (first + 1) % REMARKS.len();
    if dice.one_in(2) {
        REMARKS[first].to_owned()
    } else {
        format!("{} {}", REMARKS[first], REMARKS[second])
    }
}

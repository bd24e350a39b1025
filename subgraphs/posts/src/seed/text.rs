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

    /// One of `items`, which are not empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.below(items.len() as u64);
        &items[usize::try_from(index).unwrap_or_default()]
    }
}

const TAGS: [&str; 12] = [
    "rust",
    "graphql",
    "databases",
    "testing",
    "federation",
    "caching",
    "performance",
    "design",
    "operations",
    "security",
    "tooling",
    "release",
];

const OPENINGS: [&str; 8] = [
    "What we learned from",
    "A short guide to",
    "Rethinking",
    "Five questions about",
    "The quiet cost of",
    "Getting started with",
    "Notes on",
    "Why we moved to",
];

const SUBJECTS: [&str; 12] = [
    "keyset pagination",
    "query plans",
    "federated schemas",
    "cache invalidation",
    "data loaders",
    "schema reviews",
    "slow statements",
    "graceful shutdown",
    "token rotation",
    "window functions",
    "partial failures",
    "zero-downtime migrations",
];

const SENTENCES: [&str; 12] = [
    "We started with the simplest thing that could work and measured it.",
    "The numbers surprised everyone on the team.",
    "Most of the time went into a single statement.",
    "A small change to the index made the difference.",
    "It is easy to forget what happens when a service is away.",
    "The tests caught it before anybody else did.",
    "We would make the same decision again.",
    "Readers asked for more detail, so here it is.",
    "None of this needs special hardware.",
    "The second attempt was shorter than the first.",
    "There is a trade-off, and it is worth naming.",
    "In the end the plain solution won.",
];

const REMARKS: [&str; 8] = [
    "Thank you, this is exactly what I was looking for.",
    "Have you compared it with the previous release?",
    "We saw the same thing last month.",
    "Could you share the query?",
    "The second paragraph saved my afternoon.",
    "I am not convinced yet, but I will try it.",
    "Does this hold on SQLite, too?",
    "Looking forward to the next part.",
];

pub(super) fn title(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(&OPENINGS), dice.pick(&SUBJECTS))
}

pub(super) fn body(dice: &mut Dice) -> String {
    let paragraphs = 1 + dice.below(3);
    let mut body = String::new();
    for paragraph in 0..paragraphs {
        if paragraph > 0 {
            body.push_str("\n\n");
        }
        for position in 0..3 + dice.below(4) {
            if position > 0 {
                body.push(' ');
            }
            let sentence: &&str = dice.pick(&SENTENCES);
            body.push_str(sentence);
        }
    }
    body
}

/// Up to three different tags.
pub(super) fn tags(dice: &mut Dice) -> Vec<&'static str> {
    let mut tags = Vec::new();
    for _ in 0..dice.below(4) {
        let tag = *dice.pick(&TAGS);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

pub(super) fn comment(dice: &mut Dice) -> String {
    (*dice.pick(&REMARKS)).to_owned()
}

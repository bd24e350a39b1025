//! Changes of a text that mostly leave it GraphQL: of tokens, lines and subgraphs.

use libfuzzer_sys::fuzzer_mutate;

use crate::input::SEPARATOR;

/// Changes of one input at once.
const MAX_CHANGES: u32 = 4;
/// Tokens or lines moved, copied or removed at once.
const MAX_RANGE: usize = 6;

/// What is worth inserting: the grammar's words, and federation's.
const WORDS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "!",
    ":",
    "=",
    "|",
    "&",
    "@",
    "...",
    "on",
    "\"",
    "\"\"\"",
    "1",
    "null",
    "true",
    "type",
    "interface",
    "union",
    "enum",
    "input",
    "scalar",
    "schema",
    "directive",
    "extend",
    "implements",
    "repeatable",
    "Query",
    "Mutation",
    "Subscription",
    "ID",
    "Int",
    "String",
    "Boolean",
    "__typename",
    "_service",
    "_entities",
    "_Any",
    "id",
    "name",
    "from: \"a\"",
    "label: \"percent(5)\"",
    "resolvable: false",
    "(a: Int)",
    "(a: Int! = 1)",
    "(a: [ID!] = [])",
    "[ID!]!",
    "query: Query",
    "@key(fields: \"id\")",
    "@key(fields: \"id name\")",
    "@key(fields: \"t { id }\", resolvable: false)",
    "@requires(fields: \"id\")",
    "@requires(fields: \"t { ... on T { id } }\")",
    "@provides(fields: \"id\")",
    "@external",
    "@shareable",
    "@override(from: \"b\")",
    "@override(from: \"b\", label: \"x\")",
    "@inaccessible",
    "@tag(name: \"x\")",
    "@interfaceObject",
    "@extends",
    "@authenticated",
    "@requiresScopes(scopes: [[\"a\"]])",
    "@policy(policies: [[\"a\"], [\"b\"]])",
    "@cost(weight: 3)",
    "@listSize(assumedSize: 1)",
    "@context(name: \"c\")",
    "@fromContext(field: \"$c { id }\")",
    "@cacheTag(format: \"x\")",
    "@composeDirective(name: \"@x\")",
    "@deprecated",
    "@oneOf",
    "@specifiedBy(url: \"u\")",
    "@link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@shareable\", \"@external\"])",
    "@link(url: \"https://specs.apollo.dev/federation/v2.12\", import: [{name: \"@key\", as: \"@k\"}])",
    "\ntype T @key(fields: \"id\") { id: ID! t: T u: U i: I e: E }\n",
    "\nunion U = T\n",
    "\ninterface I { id: ID! }\n",
    "\nenum E { A B }\n",
    "\ninput X { a: Int x: [X!] }\n",
    "\ndirective @x(a: Int) repeatable on OBJECT | FIELD\n",
];

/// A small generator of random numbers; libFuzzer gives the seed.
struct Random(u64);

impl Random {
    fn new(seed: u32) -> Self {
        Self(u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`; 0 if there is none.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % end.max(1)
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        start..(start + 1 + self.below(MAX_RANGE)).min(length)
    }
}

pub(crate) fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random::new(seed);
    let Some(text) = data
        .get(..size)
        .and_then(|text| std::str::from_utf8(text).ok())
    else {
        return fuzzer_mutate(data, size, max_size);
    };
    if random.below(16) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut text = text.to_owned();
    for _ in 0..=random.below(MAX_CHANGES as usize) {
        text = match random.below(3) {
            0 => change(lines(&text), &mut random),
            _ => change(tokens(&text), &mut random),
        };
    }
    put(&text, data, max_size)
}

/// Some lines of one input between the lines of another.
pub(crate) fn cross(one: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut random = Random::new(seed);
    let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    let (mut mine, theirs) = (lines(&one), lines(&other));
    let at = random.below(mine.len() + 1);
    let range = random.range(theirs.len());
    mine.splice(at..at, theirs[range].iter().copied());
    let max_size = out.len();
    put(&mine.concat(), out, max_size)
}

fn put(text: &str, data: &mut [u8], max_size: usize) -> usize {
    let size = text.len().min(max_size).min(data.len());
    data[..size].copy_from_slice(&text.as_bytes()[..size]);
    size
}

fn change(mut pieces: Vec<&str>, random: &mut Random) -> String {
    let range = random.range(pieces.len());
    let at = random.below(pieces.len() + 1);
    match random.below(8) {
        0 => drop(pieces.drain(range)),
        1 => {
            let copied = pieces[range].to_vec();
            drop(pieces.splice(at..at, copied));
        }
        2 => {
            let moved: Vec<&str> = pieces.drain(range).collect();
            let at = at.min(pieces.len());
            drop(pieces.splice(at..at, moved));
        }
        3 if !pieces.is_empty() => {
            let other = random.below(pieces.len());
            pieces.swap(range.start, other);
        }
        4 if !pieces.is_empty() => pieces[range.start] = pieces[random.below(pieces.len())],
        5 => {
            let name = ["\n#--- a\n", "\n#--- b\n", "\n#--- c\n"][random.below(3)];
            debug_assert!(name.contains(SEPARATOR));
            pieces.insert(at, name);
        }
        _ => {
            let word = WORDS[random.below(WORDS.len())];
            drop(pieces.splice(at..at, [" ", word, " "]));
        }
    }
    pieces.concat()
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Names and numbers whole; every other character for itself.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match rest.find(|c| !is_word(c)) {
            Some(0) => first.len_utf8(),
            Some(end) => end,
            None => rest.len(),
        };
        let (token, after) = rest.split_at(length);
        out.push(token);
        rest = after;
    }
    out
}

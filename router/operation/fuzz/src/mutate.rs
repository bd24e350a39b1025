//! Changes of a text that mostly leave it GraphQL: of tokens and lines.

use libfuzzer_sys::fuzzer_mutate;

/// Changes of one input at once.
const MAX_CHANGES: u32 = 4;
/// Tokens or lines moved, copied or removed at once.
const MAX_RANGE: usize = 6;

/// What is worth inserting: the grammar's words, and the supergraphs'.
const WORDS: &[&str] = &[
    "{", "}", "(", ")", "[", "]", "!", ":", "=", "$", "@", "...", "on", "\"", "\"\"\"", "#", ",", "1", "-1", "1.5", "1e9", "null",
    "true", "false", "query", "mutation", "subscription", "fragment", "Query", "Mutation", "Subscription", "Pet", "Dog", "Cat",
    "Being", "Color", "RED", "Json", "Filter", "Select", "Node", "T0", "T1", "T19", "ID", "Int", "Int!", "String", "Boolean", "Boolean!",
    "[Int!]", "[[Int]]", "$a", "$b", "$a: Int", "$b: Boolean!", "$c: [ID!] = [1]", "$d: Filter", "__typename", "__schema { types { name } }",
    "__type(name: \"Dog\") { name kind fields { name } }", "id", "name", "child", "child { id }", "children { id name }", "node { id }",
    "pet { name }", "dog { barks }", "friend { name }", "being { ... on Dog { name } }", "own0", "own1", "other { own1 }", "x: id", "id: name",
    "@skip(if: $b)", "@include(if: $b)", "@skip(if: true)", "@include(if: false)", "@note", "@note(on: {id: 1})", "...A", "...B",
    "... on Node { id }", "... on T0 { own0 }", "... on Dog { age }", "... on Cat { meows }", "... { id }", "... @include(if: $b) { name }",
    "(a: 1)", "(a: $a)", "(id: \"x\")", "(filter: {most: 1})", "(a: {needed: $a})", "(list: [[[1]]])",
    "\nfragment A on Node { id }\n", "\nfragment B on Pet { name friend { name } }\n", "\nquery A($a: Int, $b: Boolean!) { int(a: $a) @skip(if: $b) }\n",
    "\nmutation M { change }\n", "\n#--- variables\n", "{\"a\": 1, \"b\": true}", "{\"d\": {\"needed\": 1}}", "\\u0041",
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

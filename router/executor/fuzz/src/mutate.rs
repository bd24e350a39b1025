//! Changes of an answer that mostly leave it JSON: of values, members, escapes and spaces.

use libfuzzer_sys::fuzzer_mutate;

/// Changes of one input at once.
const MAX_CHANGES: usize = 4;

/// What is worth standing somewhere.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "1.0",
    "1e2",
    "1e400",
    "-1E-400",
    "0.10",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "123456789012345678901234567890",
    "\"\"",
    "\"GOOD\"",
    "\"G\\u004fOD\"",
    "\"HIDDEN\"",
    "\"One\"",
    "\"Two\"",
    "\"Hidden\"",
    "\"Item\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\n\\/\\\\\"",
    "\"é\"",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "[1,2]",
    "[ 1 , 2 ]",
    "{\"x\":1,\"y\":2}",
    "{\"__typename\":\"One\",\"n\":1,\"i\":2}",
    "{\"__typename\":\"Two\",\"n\":1,\"m\":2,\"part\":{\"y\":3}}",
    "[{\"message\":\"m\",\"path\":[\"item\",\"int\"]}]",
    "[{\"message\":\"m\"}]",
    "[{\"message\":\"m\",\"path\":[\"_entities\",1,\"list\",0],\"extensions\":{\"code\":\"C\"}}]",
];

/// Keys that mean something.
const KEYS: &[&str] = &[
    "data",
    "errors",
    "extensions",
    "_entities",
    "__typename",
    "item",
    "items",
    "strict",
    "nodes",
    "either",
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "int",
    "float",
    "text",
    "flag",
    "ref",
    "kind",
    "any",
    "must",
    "list",
    "grid",
    "texts",
    "anys",
    "kinds",
    "refs",
    "part",
    "parts",
    "squares",
    "x",
    "y",
    "n",
    "m",
    "i",
    "path",
    "message",
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

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

pub(crate) fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random::new(seed);
    if size < 2 || random.below(8) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut choice = data[0];
    if random.below(32) == 0 {
        choice = u8::try_from(random.below(256)).unwrap_or(0);
    }
    let mut text = data[1..size].to_vec();
    for _ in 0..=random.below(MAX_CHANGES) {
        change(&mut text, &mut random);
    }
    put(choice, &text, data, max_size)
}

/// A value of one input in the place of one of another.
pub(crate) fn cross(one: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut random = Random::new(seed);
    let Some((&choice, one)) = one.split_first() else {
        return 0;
    };
    let mut text = one.to_vec();
    let (to, from) = (values(&text), values(other));
    if let (false, false) = (to.is_empty(), from.is_empty()) {
        let to = to[random.below(to.len())].clone();
        let from = from[random.below(from.len())].clone();
        text.splice(to, other[from].to_vec());
    }
    let length = out.len();
    put(choice, &text, out, length)
}

fn put(choice: u8, text: &[u8], data: &mut [u8], max_size: usize) -> usize {
    let length = text.len().min(max_size.min(data.len()).saturating_sub(1));
    data[0] = choice;
    data[1..=length].copy_from_slice(&text[..length]);
    length + 1
}

fn change(text: &mut Vec<u8>, random: &mut Random) {
    let values = values(text);
    if values.is_empty() {
        return;
    }
    let at = values[random.below(values.len())].clone();
    let other = values[random.below(values.len())].clone();
    match random.below(10) {
        0..3 => {
            let value = random.of(VALUES);
            text.splice(at, value.bytes());
        }
        3 => drop(text.splice(at, text[other].to_vec())),
        // Once more: as a further item, or a key twice.
        4 => {
            let copy = [b",", &text[at.clone()]].concat();
            text.splice(at.end..at.end, copy);
        }
        5 => {
            let member = format!(",\"{}\":{}", random.of(KEYS), random.of(VALUES));
            text.splice(at.end..at.end, member.into_bytes());
        }
        6 => {
            // With the comma or the key before it.
            let before = text[..at.start]
                .iter()
                .rposition(|byte| matches!(byte, b',' | b'{' | b'['));
            let start = before.map_or(at.start, |before| {
                before + usize::from(text[before] != b',')
            });
            text.drain(start..at.end);
        }
        7 => {
            let space = random.of(&[" ", "\n", "\t\r", "\u{c}", "\u{a0}"]);
            let place = if random.below(2) == 0 {
                at.start
            } else {
                at.end
            };
            text.splice(place..place, space.bytes());
        }
        8 => escape(text, at, random),
        _ => {
            let key = random.of(KEYS);
            if text.get(at.start) == Some(&b'"') {
                text.splice(at, format!("\"{key}\"").into_bytes());
            }
        }
    }
}

/// A character of a string, written another way.
fn escape(text: &mut Vec<u8>, at: std::ops::Range<usize>, random: &mut Random) {
    if text.get(at.start) != Some(&b'"') || at.len() < 3 {
        return;
    }
    let place = at.start + 1 + random.below(at.len() - 2);
    let byte = text[place];
    if byte.is_ascii_graphic() && byte != b'\\' {
        text.splice(place..=place, format!("\\u{byte:04x}").into_bytes());
    }
}

/// Where values and keys begin and end, if it is JSON; something similar if not.
fn values(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        at += 1;
        match text[start] {
            b'"' => {
                while at < text.len() && text[at] != b'"' {
                    at += if text[at] == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(text.len());
                found.push(start..at);
            }
            b'{' | b'[' => open.push(start),
            b'}' | b']' => found.extend(open.pop().map(|start| start..at)),
            b' ' | b'\n' | b'\t' | b'\r' | b',' | b':' => {}
            _ => {
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                while at < text.len() && is_word(&text[at]) {
                    at += 1;
                }
                found.push(start..at);
            }
        }
    }
    found
}

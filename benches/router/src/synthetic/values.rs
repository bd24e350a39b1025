//! The values: each depends on the field's name and the item's id, and on nothing else.

const WORDS: [&str; 16] = [
    "amber", "birch", "cobalt", "delta", "ember", "fjord", "granite", "harbour", "indigo",
    "juniper", "kelp", "lantern", "marble", "nectar", "orchid", "pebble",
];
/// What needs escaping or more than a byte a character.
const ODD_WORDS: [&str; 8] = [
    "\"quoted\"",
    "back\\slash",
    "line\nbreak",
    "tab\tstop",
    "Größe",
    "naïve",
    "東京",
    "🙂",
];

/// Between -500,000 and 1,499,999.
pub(super) fn integer(field: &str, id: &str) -> i32 {
    (hash(field, id) % 2_000_000) as i32 - 500_000
}

/// Three to six words; one text in eight has an odd one.
pub(super) fn text(field: &str, id: &str) -> String {
    let mut rest = hash(field, id);
    let mut take = |choices: usize| {
        let choice = rest as usize % choices;
        rest = mixed(rest);
        choice
    };
    let mut words: Vec<&str> = (0..3 + take(4)).map(|_| WORDS[take(WORDS.len())]).collect();
    if take(8) == 0 {
        words[1] = ODD_WORDS[take(ODD_WORDS.len())];
    }
    words.join(" ")
}

/// Up to three words.
pub(super) fn texts(field: &str, id: &str) -> Vec<&'static str> {
    let hash = hash(field, id);
    let word = |n: u64| WORDS[(hash >> (8 * n)) as usize % WORDS.len()];
    (1..=hash % 4).map(word).collect()
}

/// FNV-1a over both, then mixed so that low bits are as good as high ones.
fn hash(field: &str, id: &str) -> u64 {
    let bytes = field.bytes().chain([0xff]).chain(id.bytes());
    mixed(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }))
}

/// The finaliser of splitmix64.
fn mixed(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

//! Compares our composition with other composers' answers, over a corpus of inputs.
//!
//! `cross_check CORPUS [--case TEXT]`: the corpus has `<suite>/<case>/subgraphs/*.graphql` and a
//! `reference.json` with each composer's answer beside them (`scripts/cross-check` makes one).
//! Writes markdown: agreements per suite, then the differences, grouped. With `--case`, only the
//! cases whose path has the text are looked at, and our diagnostics are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use schema_composition::{SubgraphInput, compose};
use serde::Deserialize;

type Codes = BTreeSet<String>;

/// `reference.json`.
#[derive(Deserialize)]
struct Reference {
    /// What the suite's own composer says, or its tests expect.
    own: Option<Verdict>,
    apollo: Answer,
    hive: Answer,
}

#[derive(Deserialize)]
struct Verdict {
    ok: bool,
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    codes: Codes,
    hints: Codes,
}

/// Our own answer.
struct Ours {
    ok: bool,
    codes: Codes,
    hints: Codes,
    text: String,
}

struct Case {
    name: String,
    reference: Reference,
    ours: Ours,
}

#[derive(Default)]
struct Suite {
    inputs: usize,
    own: (usize, usize),
    verdict: usize,
    codes: usize,
    hints: usize,
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let corpus = arguments
        .first()
        .ok_or_else(|| io::Error::other("usage: cross_check CORPUS [--case TEXT]"))?;
    let wanted = arguments.iter().position(|argument| argument == "--case");
    let wanted = wanted.and_then(|at| arguments.get(at + 1));
    let mut cases = Vec::new();
    for folder in case_folders(Path::new(corpus))? {
        let name = folder.strip_prefix(corpus).unwrap_or(&folder);
        let name = name.display().to_string();
        if wanted.is_none_or(|text| name.contains(text.as_str())) {
            cases.push(read(&folder, name)?);
        }
    }
    if wanted.is_some() {
        cases.iter().for_each(show);
    }
    agreements(&cases);
    differences(&cases);
    Ok(())
}

fn case_folders(corpus: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for suite in fs::read_dir(corpus)? {
        let suite = suite?.path();
        if !suite.is_dir() {
            continue;
        }
        for case in fs::read_dir(suite)? {
            let case = case?.path();
            if case.join("reference.json").exists() {
                folders.push(case);
            }
        }
    }
    folders.sort();
    Ok(folders)
}

fn read(folder: &Path, name: String) -> io::Result<Case> {
    let reference = fs::read_to_string(folder.join("reference.json"))?;
    let reference: Reference = serde_json::from_str(&reference)?;
    let mut inputs = Vec::new();
    for file in fs::read_dir(folder.join("subgraphs"))? {
        let file = file?.path();
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let subgraph = percent_decoded(&stem);
        inputs.push(SubgraphInput {
            url: format!("http://{stem}.example/graphql"),
            sdl: fs::read_to_string(&file)?,
            source: None,
            name: subgraph,
        });
    }
    let ours = ours(inputs);
    Ok(Case {
        name,
        reference,
        ours,
    })
}

/// File names hold subgraph names in percent encoding.
fn percent_decoded(name: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn ours(inputs: Vec<SubgraphInput>) -> Ours {
    let sources = inputs.clone();
    let Ok(outcome) = catch_unwind(move || compose(&inputs)) else {
        return Ours {
            ok: false,
            codes: Codes::from(["PANIC".to_owned()]),
            hints: Codes::new(),
            text: "panicked".to_owned(),
        };
    };
    match outcome {
        Ok(composed) => Ours {
            ok: true,
            codes: Codes::new(),
            hints: composed
                .hints
                .iter()
                .map(|hint| hint.code.to_string())
                .collect(),
            text: composed.render_hints(false, &sources),
        },
        Err(diagnostics) => Ours {
            ok: false,
            codes: diagnostics
                .errors()
                .map(|error| error.code.to_string())
                .collect(),
            hints: diagnostics
                .hints()
                .map(|hint| hint.code.to_string())
                .collect(),
            text: diagnostics.render(false, &sources),
        },
    }
}

fn joined(codes: &Codes) -> String {
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    codes.join(" ")
}

fn show(case: &Case) {
    let Reference { apollo, hive, .. } = &case.reference;
    println!("## {}\n", case.name);
    println!(
        "- Apollo: {} {} / {}",
        apollo.ok,
        joined(&apollo.codes),
        joined(&apollo.hints)
    );
    println!("- Hive: {} {}", hive.ok, joined(&hive.codes));
    let ours = &case.ours;
    println!(
        "- ours: {} {} / {}",
        ours.ok,
        joined(&ours.codes),
        joined(&ours.hints)
    );
    println!("\n```\n{}```\n", ours.text);
}

fn agreements(cases: &[Case]) {
    let mut suites: BTreeMap<&str, Suite> = BTreeMap::new();
    for case in cases {
        let suite = case.name.split('/').next().unwrap_or_default();
        suites.entry(suite).or_default().count(case);
        suites.entry("~ all").or_default().count(case);
    }
    println!(
        "| suite | inputs | verdict as the suite's own | as Apollo's | same codes as Apollo | same hints as Apollo |"
    );
    println!("|---|---|---|---|---|---|");
    for (name, suite) in suites {
        let Suite {
            inputs,
            own,
            verdict,
            codes,
            hints,
        } = suite;
        let name = name.trim_start_matches("~ ");
        let (agreed, of) = own;
        println!("| {name} | {inputs} | {agreed} of {of} | {verdict} | {codes} | {hints} |");
    }
}

impl Suite {
    fn count(&mut self, case: &Case) {
        let Reference { own, apollo, .. } = &case.reference;
        let ours = &case.ours;
        self.inputs += 1;
        if let Some(own) = own {
            self.own.0 += usize::from(own.ok == ours.ok);
            self.own.1 += 1;
        }
        self.verdict += usize::from(apollo.ok == ours.ok);
        self.codes += usize::from(apollo.codes == ours.codes);
        self.hints += usize::from(apollo.hints == ours.hints);
    }
}

/// Differences of the codes, then of the hints, largest group first.
fn differences(cases: &[Case]) {
    type Pick = fn(&Case) -> (&Codes, &Codes);
    let kinds: [(&str, Pick); 2] = [
        ("codes", |case| {
            (&case.reference.apollo.codes, &case.ours.codes)
        }),
        ("hints", |case| {
            (&case.reference.apollo.hints, &case.ours.hints)
        }),
    ];
    for (kind, pick) in kinds {
        let mut groups: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
        for case in cases {
            let (theirs, ours) = pick(case);
            if theirs != ours {
                let group = (difference(theirs, ours), difference(ours, theirs));
                groups.entry(group).or_default().push(&case.name);
            }
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(group, names)| (usize::MAX - names.len(), group.clone()));
        println!("\n## Differences: {kind}\n");
        println!("| Apollo's alone | ours alone | inputs | which |");
        println!("|---|---|---|---|");
        for ((theirs, ours), names) in groups {
            let shown = names
                .iter()
                .take(6)
                .copied()
                .collect::<Vec<_>>()
                .join("<br>");
            println!("| {theirs} | {ours} | {} | {shown} |", names.len());
        }
    }
}

fn difference(left: &Codes, right: &Codes) -> String {
    joined(&left.difference(right).cloned().collect())
}

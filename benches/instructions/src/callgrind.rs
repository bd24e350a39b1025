//! Runs this program again under callgrind and reads what it wrote.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::counts::Count;

/// Runs before the one that counts: what is made once is there, and is not counted.
const WARM_UP: u32 = 3;

/// What callgrind begins and ends counting at: [`counted`], however it is mangled.
const COUNTED: &str = "*benches_instructions*counted_section*";

/// What takes memory, by symbol.
const ALLOCATIONS: [&str; 5] = [
    "malloc",
    "calloc",
    "realloc",
    "posix_memalign",
    "aligned_alloc",
];

/// Runs a case so that callgrind counts its last run, and ends the process.
pub(crate) fn run_counted(run: &mut dyn FnMut(), warm_up: u32) -> ! {
    for _ in 0..warm_up {
        run();
    }
    counted_section(run);
    std::process::exit(0)
}

#[inline(never)]
fn counted_section(run: &mut dyn FnMut()) {
    run();
    // So that `run` is called and not jumped to, which would leave this function before the work is done.
    black_box(());
}

/// The counts of a case.
pub(crate) fn count(case: &str) -> Result<Count> {
    let first = read(case, WARM_UP)?;
    // Of what is called in the counted section, callgrind counts the calls before it too: one more run tells.
    let second = read(case, WARM_UP + 1)?;
    ensure!(
        first.instructions > 0,
        "callgrind did not come to the counted section"
    );
    Ok(Count {
        instructions: first.instructions,
        allocations: second.allocations.saturating_sub(first.allocations),
    })
}

fn read(case: &str, warm_up: u32) -> Result<Count> {
    let path = run(case, warm_up)?;
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    fs::remove_file(&path)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals:"));
    let total = total.context("callgrind says no total")?;
    Ok(Count {
        instructions: total.trim().parse()?,
        allocations: allocations(&text),
    })
}

/// The file that callgrind writes of a case.
pub(crate) fn profile(case: &str) -> Result<PathBuf> {
    run(case, WARM_UP)
}

fn run(case: &str, warm_up: u32) -> Result<PathBuf> {
    let path = env::temp_dir().join(format!("callgrind.{}.{case}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", path.display()))
        .arg(env::current_exe()?)
        .args(["--run", case, &warm_up.to_string()])
        // The environment lies on the stack: it would move what lies above it.
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .output()
        .context("valgrind cannot be run: is it installed?")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{case}: {}\n{said}", output.status);
    Ok(path)
}

/// Calls of functions that take memory: `cfn=(id) name` or `cfn=(id)` names the callee of the next `calls=`.
fn allocations(profile: &str) -> u64 {
    let mut is_allocation: HashMap<&str, bool> = HashMap::new();
    let mut is_next = false;
    let mut count = 0;
    for line in profile.lines() {
        if let Some(function) = line
            .strip_prefix("cfn=")
            .or_else(|| line.strip_prefix("fn="))
        {
            let (id, name) = function.split_once(' ').unwrap_or((function, ""));
            if !name.is_empty() {
                is_allocation.insert(id, ALLOCATIONS.contains(&name));
            }
            is_next = line.starts_with('c') && is_allocation.get(id).copied().unwrap_or(false);
        } else if let Some(calls) = line.strip_prefix("calls=")
            && is_next
        {
            let calls = calls.split_whitespace().next();
            count += calls
                .and_then(|calls| calls.parse::<u64>().ok())
                .unwrap_or(0);
        }
    }
    count
}

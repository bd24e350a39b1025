//! The PostgreSQL the tests use: the one in `WEFT_TEST_POSTGRES_URL`, or a private one.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// A private PostgreSQL under `scripts/with-services.sh`, which stops it once our end of its
/// standard input is closed: when this process ends, however it ends.
struct PrivateServices {
    postgres_url: String,
    _keeps_running: (Child, ChildStdin),
}

/// The URL of a PostgreSQL superuser who may create databases.
pub(crate) fn postgres_url() -> &'static str {
    static GIVEN: OnceLock<Option<String>> = OnceLock::new();
    static PRIVATE: OnceLock<PrivateServices> = OnceLock::new();
    match GIVEN.get_or_init(|| std::env::var("WEFT_TEST_POSTGRES_URL").ok()) {
        Some(url) => url,
        None => &PRIVATE.get_or_init(start).postgres_url,
    }
}

fn start() -> PrivateServices {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/with-services.sh");
    let mut child = Command::new(script)
        .args(["sh", "-c", "echo \"$WEFT_TEST_POSTGRES_URL\"; exec cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("scripts/with-services.sh starts");
    let stdin = child.stdin.take().expect("its input is a pipe");
    let mut url = String::new();
    BufReader::new(child.stdout.take().expect("its output is a pipe"))
        .read_line(&mut url)
        .expect("it prints the URL");
    assert!(
        !url.is_empty(),
        "no private PostgreSQL: see the message above"
    );
    PrivateServices {
        postgres_url: url.trim().to_owned(),
        _keeps_running: (child, stdin),
    }
}

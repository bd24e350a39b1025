//! Where the tests' PostgreSQL is, and the private server they start when nobody gives them one.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{LazyLock, OnceLock},
    time::{Duration, Instant},
};

/// Who runs the server when the tests run as root, which PostgreSQL refuses.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// The URL of a server's maintenance database.
pub(super) fn server_url() -> String {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| match std::env::var("WEFT_TEST_POSTGRES_URL") {
        Ok(url) if !url.trim().is_empty() => with_database(url.trim(), "postgres"),
        _ => PRIVATE.url.clone(),
    })
    .clone()
}

/// `server` with another database.
pub(super) fn with_database(server: &str, name: &str) -> String {
    let (base, query) = match server.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (server, String::new()),
    };
    let (scheme, rest) = base.split_once("://").expect("a URL with a scheme");
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}{query}")
}

static PRIVATE: LazyLock<PrivateServer> = LazyLock::new(PrivateServer::start);

/// A server of this test process. A shell waits for the end of the pipe the process holds, then stops
/// the server and removes its files, so that nothing is left however the process ends.
struct PrivateServer {
    url: String,
    #[expect(dead_code, reason = "holds the pipe whose end stops the server")]
    keeper: Child,
}

impl PrivateServer {
    fn start() -> Self {
        let binaries = find_binaries();
        let directory = tempfile::Builder::new()
            .prefix("weft-pg-")
            .tempdir_in("/tmp")
            .expect("a temporary directory")
            .keep();
        let user = is_root().then(unprivileged_user);
        if let Some(user) = &user {
            run(Command::new("chown").arg(user).arg(&directory));
        }
        let data = directory.join("data");
        run(as_user(user.as_deref(), &binaries.join("initdb"))
            .args(["--no-sync", "--auth=trust", "--username=postgres"])
            .args(["--encoding=UTF8", "--locale=C", "--pgdata"])
            .arg(&data));

        // A socket in the private directory needs no free port.
        let script = r#""$@" >"$LOG" 2>&1 & server=$!
cat >/dev/null
kill -INT "$server"; wait "$server"; rm -rf "$DIRECTORY""#;
        let program = as_user(user.as_deref(), &binaries.join("postgres"));
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", script, "weft-test-postgres"])
            .arg(program.get_program())
            .args(program.get_args())
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&directory)
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .args(["-c", "max_connections=200", "-c", "synchronous_commit=off"])
            .env("LOG", directory.join("log"))
            .env("DIRECTORY", &directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let keeper = keeper.spawn().expect("sh starts");
        wait_until_ready(&data, &directory);
        Self {
            url: format!(
                "postgres://postgres@localhost/postgres?host={}",
                directory.display()
            ),
            keeper,
        }
    }
}

fn find_binaries() -> PathBuf {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .chain(
            std::env::var_os("PATH")
                .iter()
                .flat_map(std::env::split_paths)
                .collect::<Vec<_>>(),
        )
        .filter(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    found.sort();
    found.pop().expect(
        "no PostgreSQL for the tests: set WEFT_TEST_POSTGRES_URL to a server, or install one \
         (Debian: postgresql)",
    )
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn unprivileged_user() -> String {
    UNPRIVILEGED
        .into_iter()
        .find(|user| {
            let output = Command::new("id").arg(user).output();
            output.is_ok_and(|output| output.status.success())
        })
        .expect("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
        .to_owned()
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    match user {
        None => Command::new(program),
        Some(user) => {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", user, "--regid"])
                .arg(primary_group(user))
                .arg("--clear-groups")
                .arg(program);
            command
        }
    }
}

fn primary_group(user: &str) -> String {
    let output = run(Command::new("id").args(["-g", user]));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Waits as `pg_ctl` does, for the last line of the server's status file.
fn wait_until_ready(data: &Path, directory: &Path) {
    let started = Instant::now();
    loop {
        let status = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        if status
            .lines()
            .last()
            .is_some_and(|line| line.trim() == "ready")
        {
            return;
        }
        assert!(
            started.elapsed() < START_TIMEOUT,
            "PostgreSQL did not start: {}",
            fs::read_to_string(directory.join("log")).unwrap_or_default()
        );
        // There is no event to await: the server writes a file.
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

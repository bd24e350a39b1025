//! Where the tests' Redis is, and the private server they start when nobody gives them one.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{LazyLock, OnceLock},
    time::{Duration, Instant},
};

const START_TIMEOUT: Duration = Duration::from_secs(30);

/// The URL of a Redis for tests: the server at `WEFT_TEST_REDIS_URL`, or a private one that ends with the
/// test process. Tests share it, so each takes a key prefix of its own.
///
/// # Panics
/// When there is neither: a test without its Redis has failed.
#[must_use]
pub fn redis_url() -> String {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| match std::env::var("WEFT_TEST_REDIS_URL") {
        Ok(url) if !url.trim().is_empty() => url.trim().to_owned(),
        _ => PRIVATE.url.clone(),
    })
    .clone()
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
        let directory = tempfile::Builder::new()
            .prefix("weft-redis-")
            .tempdir()
            .expect("a temporary directory")
            .keep();
        let port = free_port();
        let script = r#"redis-server --port "$PORT" --bind 127.0.0.1 --dir "$DIRECTORY" --save '' \
  --appendonly no >"$DIRECTORY/log" 2>&1 & server=$!
cat >/dev/null
kill -KILL "$server"; wait "$server"; rm -rf "$DIRECTORY""#;
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", script])
            .env("PORT", port.to_string())
            .env("DIRECTORY", &directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let keeper = keeper.spawn().expect("sh starts");
        wait_until_ready(port, &directory);
        Self {
            url: format!("redis://127.0.0.1:{port}/"),
            keeper,
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn wait_until_ready(port: u16, directory: &Path) {
    let started = Instant::now();
    // There is no event to await: the server opens its port when it is ready.
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            started.elapsed() < START_TIMEOUT,
            "no Redis for the tests: set WEFT_TEST_REDIS_URL to a server, or install redis-server; {}",
            fs::read_to_string(directory.join("log")).unwrap_or_default()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

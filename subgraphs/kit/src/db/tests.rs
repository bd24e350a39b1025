//! What databases are refused, whose files they are, and the settings their connections have.

use sea_orm::{ConnectionTrait, QueryResult, Statement};

use super::*;
use crate::testing::{Backend, TestDb};

#[test]
fn a_shown_url_has_no_password() {
    for (url, shown) in [
        ("postgres://u:p@h:1/d", "postgres://u@h:1/d"),
        ("postgres://u:p@x@h/d?password=q", "postgres://u@h/d"),
        ("postgres://h/d", "postgres://h/d"),
        ("sqlite::memory:", "sqlite::memory:"),
    ] {
        assert_eq!(without_password(url), shown);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_the_reason() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let config = DbConfig {
        acquire_timeout: Duration::from_millis(50),
        ..DbConfig::new("test", format!("postgres://u:secret@{address}/d"))
    };
    let error = Db::connect(&config).await.err().unwrap().to_string();
    let expected = format!("cannot connect to {address}: Connection refused");
    assert!(error.contains(&expected), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_file_is_for_its_owner_and_one_that_is_there_stays_as_it_is() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let folder = tempfile::tempdir().unwrap();
    for (name, before, expected) in [
        ("new.db", None, 0o600),
        ("a%20name.db", None, 0o600),
        ("shared.db", Some(0o640), 0o640),
    ] {
        let file = folder.path().join(name.replace("%20", " "));
        if let Some(mode) = before {
            fs::write(&file, "").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        }
        let url = format!("sqlite://{}/{name}", folder.path().display());
        let db = Db::connect(&DbConfig::new("test", url)).await.unwrap();
        let statement = "CREATE TABLE t (a INTEGER)";
        db.write().execute_unprepared(statement).await.unwrap();
        let mut files = 0;
        for entry in fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let found = entry.file_name().into_string().unwrap();
            if found.starts_with(file.file_name().unwrap().to_str().unwrap()) {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                assert_eq!(mode, expected, "{found}");
                files += 1;
            }
        }
        assert!(files >= 2, "the file and its write-ahead log");
        db.close().await.unwrap();
    }
}

#[tokio::test]
async fn an_unusable_database_is_refused_with_its_reason() {
    for (url, reason) in [
        ("mysql://h/d", "must begin with"),
        ("sqlite:///nonexistent/dir/x.db", "does not exist"),
        ("postgres://u:secret@127.0.0.1:9/d", "127.0.0.1:9"),
    ] {
        let mut config = DbConfig::new("test", url);
        config.acquire_timeout = Duration::from_millis(600);
        let started = std::time::Instant::now();
        let message = match Db::connect(&config).await {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert!(message.contains(reason), "{url}: {message}");
        assert!(!message.contains("secret"), "{message}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

async fn row(db: &Db, query: &str) -> QueryResult {
    let statement = Statement::from_string(db.backend(), query);
    let found = db.write().query_one_raw(statement).await.unwrap();
    found.unwrap()
}

async fn texts(db: &Db, queries: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for query in queries {
        let row = row(db, query).await;
        let text = row.try_get_by_index::<String>(0);
        let number = || row.try_get_by_index::<i64>(0).unwrap().to_string();
        found.push(text.unwrap_or_else(|_| number()));
    }
    found
}

#[tokio::test]
async fn sqlite_connections_write_ahead_wait_for_writers_and_know_foreign_keys() {
    let test = TestDb::create(Backend::Sqlite).await;
    let found = texts(
        &test.db,
        &[
            "PRAGMA journal_mode",
            "PRAGMA busy_timeout",
            "PRAGMA foreign_keys",
            "PRAGMA synchronous",
        ],
    );
    assert_eq!(found.await, ["wal", "5000", "1", "1"]);
}

#[tokio::test]
async fn postgres_connections_have_a_name_and_statements_that_end() {
    let test = TestDb::create(Backend::Postgres).await;
    let settings = ["SHOW application_name", "SHOW statement_timeout"];
    assert_eq!(texts(&test.db, &settings).await, ["weft-test", "10s"]);
    test.drop_database().await;
}

#[test]
fn a_pool_pings_connections_that_were_idle_and_no_others() {
    for url in ["sqlite::memory:", "postgres://h/d"] {
        let options = options(&DbConfig::new("test", url), url).unwrap();
        assert!(!options.get_test_before_acquire(), "{url}");
        let idle = options.get_test_before_acquire_if_idle_for();
        assert_eq!(idle, Some(PING_AFTER_IDLE), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_writer_loses_against_another_between_its_read_and_its_write() {
    const WRITERS: i64 = 100;
    for backend in Backend::ALL {
        let test = TestDb::create(backend).await;
        let db = test.db.clone();
        let setup = "CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (0)";
        db.write().execute_unprepared(setup).await.unwrap();
        let writers = (0..WRITERS).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let transaction = db.begin().await.unwrap();
                let lock = match db.backend() {
                    DbBackend::Postgres => "SELECT n FROM t FOR UPDATE",
                    _ => "SELECT n FROM t",
                };
                let read = Statement::from_string(db.backend(), lock);
                let before = transaction.query_one_raw(read).await.unwrap().unwrap();
                let next = before.try_get_by_index::<i64>(0).unwrap() + 1;
                let write = format!("UPDATE t SET n = {next}");
                transaction.execute_unprepared(&write).await.unwrap();
                transaction.commit().await.unwrap();
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let written = texts(&db, &["SELECT n FROM t"]).await;
        assert_eq!(written, [WRITERS.to_string()], "{backend:?}");
        test.drop_database().await;
    }
}

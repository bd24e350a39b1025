//! What a database's failure looks like from outside.

use std::time::Duration;

use sea_orm::ConnectionTrait;

use super::*;
use crate::{
    db::{Db, DbConfig},
    testing::{Backend, TestDb},
};

async fn code_of(db: &Db, sql: &str) -> ErrorCode {
    let error = db.write().execute_unprepared(sql).await.unwrap_err();
    let error = Error::from(error);
    assert!(!error.public_message().contains("nothing"));
    error.code()
}

#[tokio::test]
async fn a_slow_statement_is_a_timeout() {
    let test = TestDb::create(Backend::Postgres).await;
    let mut config = DbConfig::new("test", &test.url);
    config.statement_timeout = Duration::from_millis(50);
    let db = Db::connect(&config).await.unwrap();
    assert_eq!(
        code_of(&db, "SELECT pg_sleep(20)").await,
        ErrorCode::Timeout
    );
    db.close().await.unwrap();
    test.drop_database().await;
}

#[tokio::test]
async fn a_wrong_statement_is_internal_and_a_closed_pool_unavailable() {
    for backend in Backend::ALL {
        let test = TestDb::create(backend).await;
        let sql = "SELECT * FROM nothing";
        assert_eq!(code_of(&test.db, sql).await, ErrorCode::InternalServerError);
        let closed = Db::connect(&DbConfig::new("test", &test.url))
            .await
            .unwrap();
        closed.close().await.unwrap();
        assert_eq!(code_of(&closed, sql).await, ErrorCode::ServiceUnavailable);
        test.drop_database().await;
    }
}

#[tokio::test]
async fn a_locked_file_is_unavailable_and_concurrent_writers_wait() {
    let test = TestDb::create(Backend::Sqlite).await;
    let db = &test.db;
    let create = "CREATE TABLE t (n INTEGER)";
    db.write().execute_unprepared(create).await.unwrap();
    let writers = (0..40).map(|_| async {
        let transaction = db.begin().await.unwrap();
        let count = "INSERT INTO t SELECT count(*) FROM t";
        transaction.execute_unprepared(count).await.unwrap();
        transaction.commit().await.unwrap();
    });
    futures::future::join_all(writers).await;
    let locked = db.begin().await.unwrap();
    let other = Db::connect(&DbConfig::new("test", &test.url))
        .await
        .unwrap();
    let insert = "PRAGMA busy_timeout = 10; INSERT INTO t VALUES (1)";
    assert_eq!(code_of(&other, insert).await, ErrorCode::ServiceUnavailable);
    locked.rollback().await.unwrap();
}

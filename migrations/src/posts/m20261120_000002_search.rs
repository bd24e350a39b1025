//! The words of posts, indexed: FTS5 on SQLite, a `tsvector` on PostgreSQL.
//!
//! Both databases keep the index up to date themselves, so that no way of writing a post can forget it.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// FTS5 wants rows with numbers that never change; a table without a number of its own has none
/// (VACUUM renumbers), hence `posts_search_rows`.
const SQLITE_UP: &str = r#"
CREATE TABLE posts_search_rows (
  number INTEGER PRIMARY KEY,
  id uuid_text NOT NULL UNIQUE REFERENCES posts (id) ON DELETE CASCADE
);
CREATE VIRTUAL TABLE posts_search USING fts5 (
  title, body, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0"
);
CREATE TRIGGER posts_search_insert AFTER INSERT ON posts BEGIN
  INSERT INTO posts_search_rows (id) VALUES (new.id);
  INSERT INTO posts_search (rowid, title, body)
    SELECT number, new.title, new.body FROM posts_search_rows WHERE id = new.id;
END;
CREATE TRIGGER posts_search_update AFTER UPDATE OF title, body ON posts BEGIN
  UPDATE posts_search SET title = new.title, body = new.body
    WHERE rowid = (SELECT number FROM posts_search_rows WHERE id = new.id);
END;
CREATE TRIGGER posts_search_delete BEFORE DELETE ON posts BEGIN
  DELETE FROM posts_search
    WHERE rowid = (SELECT number FROM posts_search_rows WHERE id = old.id);
END;
INSERT INTO posts_search_rows (id) SELECT id FROM posts;
INSERT INTO posts_search (rowid, title, body)
  SELECT r.number, p.title, p.body FROM posts p JOIN posts_search_rows r ON r.id = p.id;
"#;

const SQLITE_DOWN: &str = "
DROP TRIGGER posts_search_delete;
DROP TRIGGER posts_search_update;
DROP TRIGGER posts_search_insert;
DROP TABLE posts_search;
DROP TABLE posts_search_rows;
";

/// Punctuation is taken out first: the parser would read `a.b/c` as one address instead of words. Lower
/// case is ICU's, because the database's own locale may know the case of ASCII only (`C`).
const POSTGRES_UP: &str = r#"
ALTER TABLE posts ADD COLUMN search tsvector GENERATED ALWAYS AS (
  to_tsvector('simple', regexp_replace(
    lower((title || ' ' || body) COLLATE "und-x-icu"), '[[:punct:]]+', ' ', 'g'
  ))
) STORED;
CREATE INDEX posts_search ON posts USING gin (search);
"#;

const POSTGRES_DOWN: &str = "ALTER TABLE posts DROP COLUMN search;";

#[expect(
    elided_lifetimes_in_paths,
    reason = "async_trait needs the signatures as the trait has them"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, SQLITE_UP, POSTGRES_UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, SQLITE_DOWN, POSTGRES_DOWN).await
    }
}

async fn run(manager: &SchemaManager<'_>, sqlite: &str, postgres: &str) -> Result<(), DbErr> {
    let sql = match manager.get_database_backend() {
        DbBackend::Postgres => postgres,
        _ => sqlite,
    };
    manager.get_connection().execute_unprepared(sql).await?;
    Ok(())
}

//! Full-text search behind a trait, because the two databases do it differently.

use sea_orm::{
    DbBackend,
    sea_query::{Expr, ExprTrait, Func, LikeExpr},
};

/// The most words of a search that are looked at.
const MAX_WORDS: usize = 8;

/// Finds the rows of one table that contain the words of a search.
pub trait Search: Send + Sync {
    /// The condition that a row contains every word of `text`; `None` if it has no words.
    fn matches(&self, backend: DbBackend, text: &str) -> Option<Expr>;
}

/// Search by substring, case ignored, over a few columns.
pub struct SubstringSearch {
    columns: Vec<Expr>,
}

impl SubstringSearch {
    /// Searches `columns`, which must be texts.
    #[must_use]
    pub fn new(columns: Vec<Expr>) -> Self {
        Self { columns }
    }
}

impl Search for SubstringSearch {
    fn matches(&self, _: DbBackend, text: &str) -> Option<Expr> {
        words(text)
            .map(|word| {
                let pattern = format!("%{}%", escape_like(&word));
                self.columns
                    .iter()
                    .map(|column| {
                        Expr::expr(Func::lower(column.clone()))
                            .like(LikeExpr::new(pattern.clone()).escape('\\'))
                    })
                    .reduce(ExprTrait::or)
                    .unwrap_or_else(|| Expr::val(false))
            })
            .reduce(ExprTrait::and)
    }
}

/// Search by the beginnings of words, through an index the database keeps.
///
/// PostgreSQL: `vector` is the table's `tsvector` column, made with the configuration `simple`. SQLite:
/// `table` is an FTS5 table whose row numbers `rows` maps to ids (columns `number` and `id`).
pub struct FullTextSearch {
    /// The id of the searched table.
    pub id: Expr,
    /// PostgreSQL's column.
    pub vector: Expr,
    /// SQLite's FTS5 table.
    pub table: &'static str,
    /// SQLite's table from numbers to ids.
    pub rows: &'static str,
}

impl Search for FullTextSearch {
    fn matches(&self, backend: DbBackend, text: &str) -> Option<Expr> {
        // Letters and digits only: neither query language has a syntax made of them, once quoted.
        // Case is the database's business: PostgreSQL folds it as its locale does.
        let words: Vec<_> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(MAX_WORDS)
            .collect();
        if words.is_empty() {
            return None;
        }
        Some(if backend == DbBackend::Postgres {
            let query: Vec<_> = words.iter().map(|word| format!("{word}:*")).collect();
            Expr::cust_with_exprs(
                "$1 @@ to_tsquery('simple', $2)",
                [self.vector.clone(), Expr::val(query.join(" & "))],
            )
        } else {
            let query: Vec<_> = words.iter().map(|word| format!("\"{word}\"*")).collect();
            let sql = format!(
                "? IN (SELECT found.id FROM {table} JOIN {rows} found ON found.number = {table}.rowid \
                 WHERE {table} MATCH ?)",
                table = self.table,
                rows = self.rows,
            );
            Expr::cust_with_exprs(sql, [self.id.clone(), Expr::val(query.join(" AND "))])
        })
    }
}

/// The words of a search: lower case, without zero bytes (which PostgreSQL refuses).
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace()
        .map(|word| word.replace('\0', "").to_lowercase())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
}

/// Takes the meaning from LIKE's own characters.
#[must_use]
pub fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

//! Full-text search behind a trait, because the two databases do it differently.

use sea_orm::{
    DbBackend,
    sea_query::{Expr, ExprTrait, LikeExpr},
};

/// The most words of a search that are looked at.
const MAX_WORDS: usize = 8;

/// Finds the rows of one table that contain the words of a search.
pub trait Search: Send + Sync {
    /// The condition that a row contains every word of `text`; `None` if it has no words.
    fn matches(&self, backend: DbBackend, text: &str) -> Option<Expr>;
}

/// Search by substring, case ignored, over a few columns.
///
/// The columns hold texts that were [`fold`]ed when they were written. Case is not folded in SQL, because
/// SQLite's `lower` knows ASCII only, and PostgreSQL's knows what the database's locale knows.
pub struct SubstringSearch {
    columns: Vec<Expr>,
}

impl SubstringSearch {
    /// Searches `columns`, which must be folded texts.
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
                        let pattern = LikeExpr::new(pattern.clone()).escape('\\');
                        column.clone().like(pattern)
                    })
                    .reduce(ExprTrait::or)
                    .unwrap_or_else(|| Expr::val(false))
            })
            .reduce(ExprTrait::and)
    }
}

/// Search by the beginnings of words, through an index the database keeps.
///
/// PostgreSQL: `vector` is the table's `tsvector` column, made with the configuration `simple` from texts
/// in the lower case of the collation `und-x-icu`, whatever the database's locale. SQLite:
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
        // Case is the database's business: what it did to the index it does to the search.
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
                "$1 @@ to_tsquery('simple', lower($2 COLLATE \"und-x-icu\"))",
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

/// The words of a search: folded, without zero bytes (which PostgreSQL refuses).
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace()
        .map(|word| fold(&word.replace('\0', "")))
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
}

/// `text` without regard to case, letter by letter: a part of a text folds to a part of the folded text.
/// `str::to_lowercase` does not do that, because the last Σ of a word becomes ς.
#[must_use]
pub fn fold(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.map(|c| if c == 'ς' { 'σ' } else { c }).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_text_folds_to_a_part_of_the_folded_text() {
        for (text, folded) in [
            ("", ""),
            ("Äpfel & ÖL", "äpfel & öl"),
            ("ΟΔΟΣ οδός", "οδοσ οδόσ"),
            ("STRAẞE", "straße"),
            ("İ", "i\u{307}"),
            ("ЖУК 東京 Ǆ", "жук 東京 ǆ"),
        ] {
            assert_eq!(fold(text), folded);
            assert_eq!(fold(folded), folded, "folding again changes nothing");
            for (at, _) in text.char_indices() {
                assert!(folded.ends_with(&fold(&text[at..])), "{text} from {at}");
                assert!(folded.starts_with(&fold(&text[..at])), "{text} to {at}");
            }
        }
    }
}

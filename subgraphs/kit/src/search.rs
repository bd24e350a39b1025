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

//! The README's first query, as it stands there, gets the answer that stands below it.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::in_process;

/// The text between the first `from` after `start` and the next `to`.
fn between<'a>(text: &'a str, start: &str, from: &str, to: &str) -> &'a str {
    let (_, text) = text.split_once(start).expect(start);
    let (_, text) = text.split_once(from).expect(from);
    let (text, _) = text.split_once(to).expect(to);
    text.trim()
}

#[tokio::test]
async fn the_first_query_is_answered_as_written() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let request = between(&readme, "## A first query", "-d '", "'\n");
    let answer = between(&readme, "## A first query", "```json", "```");
    let request: Value = serde_json::from_str(request).unwrap();

    let folder = TempDir::new().unwrap();
    let stack = in_process(folder.path()).await;
    let response = stack.client().post(request.to_string()).await;
    assert_eq!(response.text(), answer);
}

//! What an answer says that changed.

use async_graphql::ServerError;
use serde_json::json;

use super::*;

fn told(changes: &Changes, fields: usize, errors: usize) -> serde_json::Value {
    let error = || ServerError::new("wrong", None);
    let mut response = Response::from_errors((0..errors).map(|_| error()).collect());
    changes.tell(fields, &mut response);
    serde_json::to_value(&response.extensions).unwrap()
}

#[test]
fn it_is_all_if_every_field_has_spoken_and_nothing_failed() {
    let changes = Changes::default();
    assert_eq!(told(&changes, 1, 0), json!({}), "nobody knows");
    changes.say([Change::fields("Post", 7, &["likes"]), Change::lists("Post")]);
    let targets = json!([
        { "type": "Post", "key": { "id": "7" }, "only": "fields", "fields": ["likes"], "own": true },
        { "type": "Post", "only": "lists" },
    ]);
    let said = |complete: bool| json!({ "cacheInvalidation": { "complete": complete, "targets": targets } });
    assert_eq!(told(&changes, 1, 0), said(true));
    assert_eq!(told(&changes, 1, 1), said(false), "an error");
    assert_eq!(told(&changes, 2, 0), said(false), "of one of two fields");
    assert_eq!(
        told(&changes, 0, 0),
        said(false),
        "of who knows how many fields"
    );
    changes.say([Change::lists("Post")]);
    assert_eq!(told(&changes, 2, 0), said(true), "nothing is said twice");
}

#[test]
fn nothing_can_be_all_that_changed() {
    let changes = Changes::default();
    changes.say([]);
    let nothing = json!({ "cacheInvalidation": { "complete": true, "targets": [] } });
    assert_eq!(told(&changes, 1, 0), nothing);
}

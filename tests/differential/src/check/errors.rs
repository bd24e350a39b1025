//! Errors: every null that one explains must have one, and none may stand where nothing went wrong.

use serde_json::Value;

use super::Expected;

/// The router reports an error that shows at many places at this many of them.
const PLACES: usize = 10;

/// Compares where the router's errors stand with where the monolith's do.
///
/// # Errors
/// They do not fit.
pub(crate) fn compare(expected: &Expected, got: &[Value], may_be_more: bool) -> Result<(), String> {
    let required = expected.errors.iter().filter(|e| !e.is_optional);
    let nulls: Vec<Vec<Value>> = required.map(|e| null_at(&expected.data, &e.path)).collect();
    let all = expected
        .errors
        .iter()
        .map(|e| null_at(&expected.data, &e.path));
    let allowed: Vec<Vec<Value>> = all.collect();
    let mut paths = Vec::new();
    for error in got {
        match &error["path"] {
            Value::Array(path) => paths.push(path),
            // A further error where one has been told already.
            _ if !allowed.is_empty() || may_be_more => {}
            _ => return Err(format!("an error where nothing is wrong: {error}")),
        }
    }
    for path in &paths {
        let fits = |null: &Vec<Value>| path.starts_with(null) || null.starts_with(path);
        if !allowed.iter().any(fits) && !may_be_more {
            return Err(format!("an error where nothing is wrong: {path:?}"));
        }
    }
    let is_shortened = nulls.len() >= PLACES;
    for null in &nulls {
        if !paths.iter().any(|path| path.starts_with(null)) && !is_shortened {
            return Err(format!("no error explains the null at {null:?}"));
        }
    }
    if is_shortened && paths.is_empty() {
        return Err("no errors".to_owned());
    }
    Ok(())
}

/// Where the null is that an error led to.
fn null_at(data: &Value, path: &[Value]) -> Vec<Value> {
    let mut at = data;
    for (depth, step) in path.iter().enumerate() {
        let below = match step {
            Value::String(key) => at.get(key.as_str()),
            Value::Number(index) => {
                let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
                index.and_then(|index| at.get(index))
            }
            _ => None,
        };
        match below {
            Some(below) => at = below,
            None => return path[..depth].to_vec(),
        }
    }
    path.to_vec()
}

//! What a running subgraph answers to `{ _service { sdl } }`.

use serde_json::Value;

use super::read::ReadError;

/// Characters of a subgraph's own words that are repeated.
const MAX_QUOTED: usize = 200;

/// The GraphQL error that a subgraph gave instead of its schema.
#[derive(Debug, thiserror::Error)]
#[error("{message}{}", more(.others))]
pub(super) struct SubgraphSaid {
    message: String,
    others: usize,
}

fn more(others: &usize) -> String {
    match others {
        0 => String::new(),
        others => format!(" (and {others} more)"),
    }
}

/// The schema in the answer.
pub(super) fn sdl_of(body: &[u8]) -> Result<String, ReadError> {
    let answer: Value = serde_json::from_slice(body).map_err(ReadError::NotGraphql)?;
    match answer.pointer("/data/_service/sdl") {
        Some(Value::String(sdl)) => Ok(sdl.clone()),
        _ => Err(ReadError::NoSdl(first_error(&answer))),
    }
}

fn first_error(answer: &Value) -> Option<SubgraphSaid> {
    let (first, others) = answer.get("errors")?.as_array()?.split_first()?;
    let message = first.get("message").and_then(Value::as_str);
    let message = message.unwrap_or("an error without a message");
    Some(SubgraphSaid {
        message: message.chars().take(MAX_QUOTED).collect(),
        others: others.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::with_causes;

    #[test]
    fn an_answer_gives_the_schema_or_says_what_is_wrong_with_it() {
        let no_sdl = "it does not answer `{ _service { sdl } }`";
        let cases = [
            (
                r#"{"data":{"_service":{"sdl":"type Query"}}}"#,
                "type Query".to_owned(),
            ),
            (
                "<html>",
                "not a GraphQL response: expected value at line 1 column 1".to_owned(),
            ),
            (
                r#"{"errors":[{"message":"Cannot query field \"_service\""},{}]}"#,
                format!("{no_sdl}: Cannot query field \"_service\" (and 1 more)"),
            ),
            (
                r#"{"data":null,"errors":[{}]}"#,
                format!("{no_sdl}: an error without a message"),
            ),
            (r#"{"data":{"_service":{"sdl":null}}}"#, no_sdl.to_owned()),
            (r#"{"data":{"_service":{"sdl":7}}}"#, no_sdl.to_owned()),
            (r#"{"data":null,"errors":[]}"#, no_sdl.to_owned()),
            ("[]", no_sdl.to_owned()),
        ];
        for (body, expected) in cases {
            let outcome = sdl_of(body.as_bytes());
            let said = outcome.unwrap_or_else(|error| with_causes(&error));
            assert_eq!(said, expected, "{body}");
        }
    }
}

//! Requests for a part of what is asked, and answers put together from parts.

use std::ops::Range;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// The body with only those representations that are `wanted`, by call.
pub(super) fn request(
    body: &[u8],
    representations: &[Vec<Range<usize>>],
    wanted: &[Vec<usize>],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    for (places, wanted) in representations.iter().zip(wanted) {
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            continue;
        };
        out.extend_from_slice(body.get(at..first.start).unwrap_or_default());
        for (index, place) in wanted
            .iter()
            .filter_map(|&index| places.get(index))
            .enumerate()
        {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(body.get(place.clone()).unwrap_or_default());
        }
        at = last.end;
    }
    out.extend_from_slice(body.get(at..).unwrap_or_default());
    out
}

/// A GraphQL response, its parts as they came.
#[derive(Debug, Deserialize)]
pub(super) struct Response<'a> {
    #[serde(borrow, default)]
    pub(super) data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) errors: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) extensions: Option<&'a RawValue>,
}

impl<'a> Response<'a> {
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        // A list would be read as the fields in their order.
        let is_object = body.trim_ascii_start().starts_with(b"{");
        serde_json::from_slice(body).ok().filter(|_| is_object)
    }

    /// Whether there is an error. What is no list of errors counts as one.
    pub(super) fn has_errors(&self) -> bool {
        self.errors.is_some_and(|errors| {
            let errors: Result<Vec<serde::de::IgnoredAny>, _> = serde_json::from_str(errors.get());
            errors.map_or(true, |errors| !errors.is_empty())
        })
    }

    /// The lists of entities under `keys`, if `data` has them all.
    pub(super) fn lists(&self, keys: &[&str]) -> Option<Vec<Vec<&'a RawValue>>> {
        let data: std::collections::HashMap<&str, &RawValue> =
            serde_json::from_str(self.data?.get()).ok()?;
        let lists = keys
            .iter()
            .map(|key| serde_json::from_str(data.get(key)?.get()).ok());
        lists.collect()
    }

    /// The errors as values.
    pub(super) fn errors(&self) -> Option<Vec<Value>> {
        match self.errors {
            None => Some(Vec::new()),
            Some(errors) => serde_json::from_str(errors.get()).ok(),
        }
    }
}

/// Which entity an error is about: call and index in its list; `None` if it is not about one alone.
pub(super) fn entity_of(error: &Value, keys: &[&str]) -> Option<(usize, usize)> {
    let path = error.get("path")?.as_array()?;
    let key = path.first()?.as_str()?;
    let call = keys.iter().position(|known| *known == key)?;
    let index = path.get(1)?.as_u64()?;
    Some((call, usize::try_from(index).ok()?))
}

/// Says of an error about the entity at one index that it is about the one at another.
pub(super) fn move_error(error: &mut Value, to: usize) {
    if let Some(index) = error.get_mut("path").and_then(|path| path.get_mut(1)) {
        *index = Value::from(to);
    }
}

/// A response with these lists of entities and errors.
pub(super) fn response(lists: &[(&str, Vec<&[u8]>)], errors: &[Value]) -> Vec<u8> {
    let size: usize = lists
        .iter()
        .flat_map(|(_, list)| list)
        .map(|entity| entity.len() + 1)
        .sum();
    let mut out = Vec::with_capacity(size + 64);
    out.extend_from_slice(b"{\"data\":{");
    for (index, (key, list)) in lists.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        // Names of GraphQL need no escapes.
        out.push(b'"');
        out.extend_from_slice(key.as_bytes());
        out.extend_from_slice(b"\":[");
        for (index, entity) in list.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(entity);
        }
        out.push(b']');
    }
    out.push(b'}');
    if !errors.is_empty() {
        out.extend_from_slice(b",\"errors\":");
        out.extend_from_slice(Value::from(errors.to_vec()).to_string().as_bytes());
    }
    out.push(b'}');
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_asks_for_what_is_wanted_alone() {
        let body = br#"{"query":"q","variables":{"a":[{1},{2},{3}],"b":[],"c":[{4}],"x":5}}"#;
        let place = |text: &str| {
            let all = str::from_utf8(body).unwrap();
            let start = all.find(text).unwrap();
            start..start + text.len()
        };
        let places = [
            vec![place("{1}"), place("{2}"), place("{3}")],
            vec![],
            vec![place("{4}")],
        ];
        let cases: [(&[Vec<usize>], &str); 3] = [
            (
                &[vec![0, 1, 2], vec![], vec![0]],
                r#"{"query":"q","variables":{"a":[{1},{2},{3}],"b":[],"c":[{4}],"x":5}}"#,
            ),
            (
                &[vec![0, 2], vec![], vec![]],
                r#"{"query":"q","variables":{"a":[{1},{3}],"b":[],"c":[],"x":5}}"#,
            ),
            (
                &[vec![], vec![], vec![0]],
                r#"{"query":"q","variables":{"a":[],"b":[],"c":[{4}],"x":5}}"#,
            ),
        ];
        for (wanted, expected) in cases {
            let asked = request(body, &places, wanted);
            assert_eq!(str::from_utf8(&asked).unwrap(), expected, "{wanted:?}");
        }
    }

    #[test]
    fn an_answer_is_taken_apart_and_put_together() {
        let body = br#"{"data":{"_0":[{"a":1},null],"_1":[]},"errors":[{"message":"x","path":["_0",1,"a"]}]}"#;
        let parts = Response::read(body).unwrap();
        assert!(parts.has_errors());
        let lists = parts.lists(&["_0", "_1"]).unwrap();
        let of = |list: &[&RawValue]| {
            list.iter()
                .map(|entity| entity.get().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&lists[0]), [r#"{"a":1}"#, "null"]);
        assert_eq!(lists[1].len(), 0);
        let mut errors = parts.errors().unwrap();
        assert_eq!(entity_of(&errors[0], &["_1", "_0"]), Some((1, 1)));
        move_error(&mut errors[0], 7);
        let whole = response(&[("_0", vec![b"1", b"null"]), ("_1", vec![])], &errors);
        let whole: Value = serde_json::from_slice(&whole).unwrap();
        let expected = json!({
            "data": {"_0": [1, null], "_1": []},
            "errors": [{"message": "x", "path": ["_0", 7, "a"]}],
        });
        assert_eq!(whole, expected);
        assert!(parts.lists(&["_2"]).is_none());
    }

    #[test]
    fn errors_are_seen_whatever_they_are() {
        let cases = [
            (r#"{"data":{}}"#, false),
            (r#"{"data":{},"errors":null}"#, false),
            (r#"{"data":{},"errors":[]}"#, false),
            (r#"{"data":{},"errors":[{}]}"#, true),
            (r#"{"data":{},"errors":{}}"#, true),
        ];
        for (body, expected) in cases {
            let response = Response::read(body.as_bytes()).unwrap();
            assert_eq!(response.has_errors(), expected, "{body}");
        }
        assert!(Response::read(b"[]").is_none() && Response::read(b"x").is_none());
    }
}

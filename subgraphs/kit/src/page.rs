//! Page arguments and cursors of the Relay connection specification, checked once.
//!
//! A cursor is base64url over `[ordering, key, id]`: opaque to clients, and refused when it comes from
//! another ordering, so that a page never starts at a meaningless place.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result};

/// The largest page.
pub const MAX_PAGE: u64 = 100;
/// The page when neither `first` nor `last` is given.
pub const DEFAULT_PAGE: u64 = 20;
/// The longest cursor that is looked at, in bytes.
const MAX_CURSOR: usize = 4096;

/// The value a row is ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Key {
    /// Ordered by id alone.
    #[serde(rename = "i")]
    Id,
    /// A time in microseconds since the epoch.
    #[serde(rename = "t")]
    Time(i64),
    /// A number.
    #[serde(rename = "n")]
    Int(i64),
    /// A text.
    #[serde(rename = "s")]
    Text(String),
}

impl Key {
    /// The key of a time.
    #[must_use]
    pub fn time(time: DateTime<Utc>) -> Self {
        Self::Time(time.timestamp_micros())
    }
}

/// A place in an ordered list: just after (or before) one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The ordering's name.
    pub ordering: String,
    /// The row's key.
    pub key: Key,
    /// The row's id, which breaks ties.
    pub id: Uuid,
}

impl Cursor {
    /// The opaque text clients get.
    #[must_use]
    pub fn encode(&self) -> String {
        // A tuple of strings and numbers always serializes.
        let json = serde_json::to_vec(&(&self.ordering, &self.key, &self.id)).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(json)
    }

    /// Reads what a client sent back.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`, naming `argument`.
    pub fn decode(argument: &str, text: &str) -> Result<Self> {
        let invalid = || Error::bad_input(format!("`{argument}` is not a cursor of this service"));
        if text.len() > MAX_CURSOR {
            return Err(invalid());
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let (ordering, key, id) = serde_json::from_slice(&json).map_err(|_| invalid())?;
        Ok(Self { ordering, key, id })
    }
}

/// A checked page request. It is part of loader keys, so that fields with different arguments never
/// share a result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Rows per page, 0 to [`MAX_PAGE`].
    pub size: u64,
    /// Counted from the end (`last`).
    pub backward: bool,
    /// Only rows after this place.
    pub after: Option<Cursor>,
    /// Only rows before this place.
    pub before: Option<Cursor>,
}

impl PageRequest {
    /// Checks the four arguments of a connection field.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`, naming the argument at fault.
    pub fn new(
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Self> {
        if first.is_some() && last.is_some() {
            return Err(Error::bad_input(
                "`first` and `last` cannot be given together",
            ));
        }
        let size = match (first, last) {
            (Some(first), _) => page_size("first", first)?,
            (None, Some(last)) => page_size("last", last)?,
            (None, None) => DEFAULT_PAGE,
        };
        let decode = |argument, text: Option<String>| {
            text.map(|text| Cursor::decode(argument, &text)).transpose()
        };
        Ok(Self {
            size,
            backward: last.is_some(),
            after: decode("after", after)?,
            before: decode("before", before)?,
        })
    }

    /// The first `size` rows.
    #[must_use]
    pub fn first(size: u64) -> Self {
        Self {
            size: size.min(MAX_PAGE),
            backward: false,
            after: None,
            before: None,
        }
    }
}

fn page_size(argument: &str, value: i32) -> Result<u64> {
    match u64::try_from(value) {
        Ok(size) if size <= MAX_PAGE => Ok(size),
        _ => Err(Error::bad_input(format!(
            "`{argument}` must be between 0 and {MAX_PAGE}, not {value}"
        ))),
    }
}

/// One page of rows, each with its cursor.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows in the connection's order.
    pub rows: Vec<(Cursor, T)>,
    /// Whether rows follow.
    pub has_next_page: bool,
    /// Whether rows precede.
    pub has_previous_page: bool,
}

impl<T> Page<T> {
    /// A page without rows.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            rows: Vec::new(),
            has_next_page: false,
            has_previous_page: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip() {
        for key in [
            Key::Id,
            Key::Time(-5),
            Key::Int(i64::MAX),
            Key::Text("naïve \"x\"".to_owned()),
        ] {
            let cursor = Cursor {
                ordering: "TITLE_ASC".to_owned(),
                key,
                id: Uuid::from_u128(7),
            };
            let decoded = Cursor::decode("after", &cursor.encode()).unwrap();
            assert_eq!(decoded, cursor);
        }
    }

    #[test]
    fn bad_page_arguments_are_named() {
        type Arguments = (
            Option<i32>,
            Option<&'static str>,
            Option<i32>,
            Option<&'static str>,
        );
        let cases: [(Arguments, &str); 7] = [
            ((Some(1), None, Some(1), None), "`first` and `last`"),
            ((Some(-1), None, None, None), "`first` must be between"),
            ((Some(101), None, None, None), "`first` must be between"),
            ((None, None, Some(i32::MAX), None), "`last` must be between"),
            ((None, Some("!"), None, None), "`after` is not a cursor"),
            ((None, None, None, Some("e30")), "`before` is not a cursor"),
            ((None, Some(""), None, None), "`after` is not a cursor"),
        ];
        for ((first, after, last, before), expected) in cases {
            let result = PageRequest::new(
                first,
                after.map(str::to_owned),
                last,
                before.map(str::to_owned),
            );
            let error = result.unwrap_err();
            assert_eq!(error.code(), crate::ErrorCode::BadUserInput);
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }

    #[test]
    fn the_page_is_twenty_rows_unless_told_otherwise() {
        let page = PageRequest::new(None, None, None, None).unwrap();
        assert_eq!((page.size, page.backward), (20, false));
        let page = PageRequest::new(None, None, Some(0), None).unwrap();
        assert_eq!((page.size, page.backward), (0, true));
    }
}

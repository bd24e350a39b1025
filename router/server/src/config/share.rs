//! A share of requests, as `override_labels` and `circuit_breaker` give it.

use std::{borrow::Cow, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A share of requests: `true` (all), `false` (none) or a percentage such as `25%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(f64);

impl Share {
    /// All requests, or none.
    #[must_use]
    pub const fn of_all(is_on: bool) -> Self {
        Self(if is_on { 100.0 } else { 0.0 })
    }

    /// A number from 0 to 100, as digits with at most one point among them.
    #[must_use]
    pub fn percent(digits: &str) -> Option<Self> {
        let is_digit = |c: char| c.is_ascii_digit() || c == '.';
        if !digits.chars().all(is_digit) || digits.len() > 16 {
            return None;
        }
        let number: f64 = digits.parse().ok()?;
        (number <= 100.0).then_some(Self(number))
    }

    /// Whether a request belongs to the share that drew `lot`, a number from 0 up to (not including) 100.
    #[must_use]
    pub fn includes(self, lot: f64) -> bool {
        lot < self.0
    }

    /// From 0 to 1.
    pub(crate) fn fraction(self) -> f64 {
        self.0 / 100.0
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim().strip_suffix('%').map(str::trim_end);
        digits.and_then(Self::percent).ok_or_else(|| {
            format!("`{text}` is no share of requests; write it as `true`, `false` or `25%`")
        })
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Share;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`true`, `false` or a percentage such as `25%`")
            }
            fn visit_bool<E: de::Error>(self, is_on: bool) -> Result<Share, E> {
                Ok(Share::of_all(is_on))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Share, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *self == Self::of_all(true) || *self == Self::of_all(false) {
            serializer.serialize_bool(*self == Self::of_all(true))
        } else {
            serializer.collect_str(&format_args!("{}%", self.0))
        }
    }
}

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["boolean", "string"],
            "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%\s*$",
            "description": "A share of requests: `true` for all, `false` for none, or a percentage from 0% to 100%.",
            "examples": [true, "25%", "0.5%"],
        })
    }
}

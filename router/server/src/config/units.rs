//! Values with units as they are written in `weft.yaml`: durations, byte sizes, addresses, URLs.
//!
//! Each type refuses what it cannot use while the file is read, so that the mistake is reported
//! with its line and the rest of the program never sees it.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time, written `250ms`, `30s`, `5m` or `1h 30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    /// A span of whole seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let duration = humantime::parse_duration(text.trim()).map_err(|_| {
            format!("`{text}` is not a duration; write it as `250ms`, `30s` or `5m`")
        })?;
        if duration.is_zero() {
            return Err("the duration must be longer than zero".to_owned());
        }
        if duration > MAX_SPAN {
            return Err(format!("`{text}` is longer than a year"));
        }
        Ok(Self(duration))
    }
}

/// Longer than any sensible timeout, short enough that adding it to a clock never overflows.
const MAX_SPAN: Duration = Duration::from_secs(366 * 24 * 3600);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Span;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration with a unit, such as `30s`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time with its unit: `250ms`, `30s`, `5m`, `1h`.",
            "examples": ["250ms", "30s", "5m"],
        })
    }
}

/// How often something is done: `10s`, or `off` (also written `0s`) for never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval(pub Option<Duration>);

impl Interval {
    /// Every so many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Some(Duration::from_secs(seconds)))
    }
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_zero = humantime::parse_duration(text.trim()).is_ok_and(|span| span.is_zero());
        if is_zero || text.trim() == "off" {
            return Ok(Self(None));
        }
        let span: Span = text.parse().map_err(|wrong| format!("{wrong}, or `off`"))?;
        if span.0 < MIN_INTERVAL {
            return Err(format!("`{text}` is shorter than {MIN_INTERVAL:?}"));
        }
        Ok(Self(Some(span.0)))
    }
}

/// Shorter intervals would be a busy loop.
const MIN_INTERVAL: Duration = Duration::from_millis(10);

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(interval) => humantime::format_duration(interval).fmt(f),
            None => f.write_str("off"),
        }
    }
}

/// A number of bytes, written as an integer or with a unit: `2MB` (10^6), `512KiB` (2^10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub usize);

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a size; write it as `2000000`, `2MB` or `512KiB`");
        let trimmed = text.trim();
        let digits = trimmed
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let number: usize = number.parse().map_err(|_| wrong())?;
        let factor = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            _ => return Err(wrong()),
        };
        let bytes = number.checked_mul(factor).ok_or_else(wrong)?;
        if bytes == 0 {
            Err("the size must be larger than zero".to_owned())
        } else {
            Ok(Self(bytes))
        }
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = ByteSize;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size in bytes, such as `2000000` or `2MB`")
            }
            fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<ByteSize, E> {
                match usize::try_from(bytes) {
                    Ok(0) => Err(E::custom("the size must be larger than zero")),
                    Ok(bytes) => Ok(ByteSize(bytes)),
                    Err(_) => Err(E::custom(
                        "the size is larger than this machine can address",
                    )),
                }
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ByteSize, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0 as u64)
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "minimum": 1,
            "description": "Bytes: an integer, or a string with a unit (`2MB`, `512KiB`).",
        })
    }
}

/// An absolute `http://` or `https://` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(http::Uri);

impl HttpUrl {
    /// The URL as a URI with scheme and authority.
    #[must_use]
    pub fn uri(&self) -> &http::Uri {
        &self.0
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for HttpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: http::Uri = text.parse().map_err(|_| format!("`{text}` is not a URL"))?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("http" | "https"), Some(authority)) if authority.as_str().contains('@') => Err(
                "the URL carries a user name or password; these do not belong in a file".to_owned(),
            ),
            (Some("http" | "https"), Some(_)) => Ok(Self(uri)),
            _ => Err(format!(
                "`{text}` is not an absolute http:// or https:// URL"
            )),
        }
    }
}

/// `host:port`; the host may be a name, an IPv4 address or an IPv6 address in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress(String);

impl ListenAddress {
    /// The address as `host:port`, ready to be resolved and bound.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ListenAddress {
    fn default() -> Self {
        Self("127.0.0.1:4000".to_owned())
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not an address; write it as `127.0.0.1:4000`, `[::]:4000` or `localhost:4000`"
            )
        };
        if text.parse::<std::net::SocketAddr>().is_ok() {
            return Ok(Self(text.to_owned()));
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let host_is_name = !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
            && !host.chars().all(|c| c.is_ascii_digit() || c == '.');
        if !host_is_name || port.parse::<u16>().is_err() {
            return Err(wrong());
        }
        Ok(Self(text.to_owned()))
    }
}

/// An HTTP header's name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header(http::HeaderName);

impl Header {
    /// A name known to be valid and in lower case.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        Self(http::HeaderName::from_static(name))
    }

    /// The name as the HTTP library's type.
    #[must_use]
    pub fn name(&self) -> &http::HeaderName {
        &self.0
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl FromStr for Header {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|_| format!("`{text}` is not a header name"))
    }
}

/// Serde and JSON Schema for the types whose written form is one string.
macro_rules! written_as_string {
    ($type:ty, $name:literal, $expecting:literal, $schema:tt) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_any(Visitor)
            }
        }
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

written_as_string!(HttpUrl, "HttpUrl", "an http:// or https:// URL", {
    "type": "string", "format": "uri", "pattern": "^https?://"
});
written_as_string!(ListenAddress, "ListenAddress", "an address such as `127.0.0.1:4000`", {
    "type": "string", "examples": ["127.0.0.1:4000", "[::]:4000"]
});
written_as_string!(Interval, "Interval", "a duration with a unit, such as `10s`, or `off`", {
    "type": "string",
    "description": "How often: a duration with its unit, or `off` for never.",
    "examples": ["10s", "1m", "off"],
});
written_as_string!(Header, "Header", "a header name", { "type": "string" });

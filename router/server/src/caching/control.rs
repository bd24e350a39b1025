//! What an origin says about keeping its answer: `Cache-Control`, `Age`, `Vary` (RFC 9111, RFC 5861).

use std::time::Duration;

use http::{HeaderMap, HeaderName, header};

/// What the headers of an answer say. The default is of one that says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CacheControl {
    /// `no-store`, or `Vary: *`: nobody may keep it.
    pub(super) no_store: bool,
    /// `no-cache`: not used without asking again.
    pub(super) no_cache: bool,
    pub(super) private: bool,
    pub(super) public: bool,
    /// `s-maxage`, or else `max-age`, less the answer's `Age`.
    pub(super) fresh_for: Option<Duration>,
    /// `must-revalidate` or `proxy-revalidate`: never used when it is stale.
    pub(super) must_revalidate: bool,
    pub(super) stale_while_revalidate: Option<Duration>,
    pub(super) stale_if_error: Option<Duration>,
}

/// A year; nothing is kept for longer.
const LONGEST: u64 = 365 * 24 * 3600;

impl CacheControl {
    /// Reads the headers; unknown directives are ignored, of one that is there twice the stricter counts.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        let (mut max_age, mut shared_max_age) = (None, None);
        for directive in members(headers, header::CACHE_CONTROL) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let seconds = || seconds(value);
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" => found.no_store = true,
                "no-cache" => found.no_cache = true,
                "private" => found.private = true,
                "public" => found.public = true,
                "must-revalidate" | "proxy-revalidate" => found.must_revalidate = true,
                "max-age" => lower(&mut max_age, seconds()),
                "s-maxage" => lower(&mut shared_max_age, seconds()),
                "stale-while-revalidate" => lower(&mut found.stale_while_revalidate, seconds()),
                "stale-if-error" => lower(&mut found.stale_if_error, seconds()),
                _ => {}
            }
        }
        // RFC 9111, section 5.2.2.10: a shared cache must ask again when `s-maxage` is over.
        found.must_revalidate |= shared_max_age.is_some();
        let age = members(headers, header::AGE).next().map(seconds);
        let fresh_for = shared_max_age.or(max_age);
        found.fresh_for = fresh_for.map(|time| time.saturating_sub(age.unwrap_or_default()));
        found.no_store |= members(headers, header::VARY).any(|name| name == "*");
        found
    }
}

/// The members of a header that is a list; commas in quoted values do not occur in directives we know.
fn members(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let members = texts.flat_map(|text| text.split(','));
    members.map(str::trim).filter(|member| !member.is_empty())
}

/// A number of seconds; what is none counts as none (RFC 9111, section 4.2.1: stale).
fn seconds(value: &str) -> Duration {
    let digits = value.trim().trim_matches('"');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = match is_number {
        // Too many digits for a number are still a long time.
        true => digits.parse().unwrap_or(LONGEST),
        false => 0,
    };
    Duration::from_secs(seconds.min(LONGEST))
}

fn lower(kept: &mut Option<Duration>, found: Duration) {
    *kept = Some(kept.map_or(found, |kept| kept.min(found)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)], expected: &CacheControl) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            map.append(name, value.parse().unwrap());
        }
        assert_eq!(CacheControl::of(&map), *expected, "{headers:?}");
    }

    #[test]
    fn directives_are_read_as_the_rfcs_say() {
        let nothing = CacheControl::default;
        let fresh = |seconds| CacheControl {
            fresh_for: Some(Duration::from_secs(seconds)),
            ..CacheControl::default()
        };
        check(&[], &nothing());
        check(&[("cache-control", "max-age=60")], &fresh(60));
        check(
            &[("cache-control", "Max-Age=\"60\", what=ever, x")],
            &fresh(60),
        );
        check(
            &[
                ("cache-control", "max-age=60"),
                ("cache-control", "max-age=5"),
            ],
            &fresh(5),
        );
        check(
            &[("cache-control", "max-age=60"), ("age", "25")],
            &fresh(35),
        );
        check(&[("cache-control", "max-age=60"), ("age", "61")], &fresh(0));
        check(&[("cache-control", "max-age=-1")], &fresh(0));
        check(&[("cache-control", "max-age")], &fresh(0));
        check(
            &[("cache-control", "max-age=99999999999999999999999")],
            &fresh(LONGEST),
        );
        check(
            &[("cache-control", "public, max-age=9, s-maxage=60")],
            &CacheControl {
                public: true,
                must_revalidate: true,
                ..fresh(60)
            },
        );
        check(
            &[(
                "cache-control",
                "private,max-age=60,stale-while-revalidate=30,stale-if-error=90",
            )],
            &CacheControl {
                private: true,
                stale_while_revalidate: Some(Duration::from_secs(30)),
                stale_if_error: Some(Duration::from_secs(90)),
                ..fresh(60)
            },
        );
        check(
            &[("cache-control", "no-store"), ("cache-control", "no-cache")],
            &CacheControl {
                no_store: true,
                no_cache: true,
                ..nothing()
            },
        );
        check(
            &[("vary", "accept, *")],
            &CacheControl {
                no_store: true,
                ..nothing()
            },
        );
        check(&[("vary", "accept")], &nothing());
    }
}

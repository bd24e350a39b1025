//! Whether an answer is kept, for whom and for how long.

use std::time::Duration;

use http::{HeaderMap, header};

use super::{
    control::CacheControl,
    ledger::{NotStored, Scope, TtlSource},
};
use crate::config::{self, CacheRule, CacheScope};

/// What holds for one subgraph.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) is_on: bool,
    pub(super) consistency: router_cache::Consistency,
    pub(super) default_max_age: Option<Duration>,
    /// How long after a mutation the subgraph may answer from before.
    pub(super) settle: Option<Duration>,
    settings: config::SubgraphCache,
}

/// How an answer is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) scope: Scope,
    pub(super) ttl: Duration,
    pub(super) source: TtlSource,
    pub(super) stale_while_revalidate: Duration,
    pub(super) stale_if_error: Duration,
}

impl Policy {
    pub(super) fn of(config: &config::Cache, subgraph: &str) -> Self {
        let settings = config.subgraphs.get(subgraph).cloned().unwrap_or_default();
        let consistency = settings.consistency.unwrap_or(config.consistency);
        Self {
            is_on: config.enabled && settings.enabled.unwrap_or(true),
            consistency: match consistency {
                config::Consistency::Bounded => router_cache::Consistency::Bounded,
                config::Consistency::Strict => router_cache::Consistency::Strict,
            },
            default_max_age: settings
                .default_max_age
                .or(config.default_max_age)
                .map(|age| age.0),
            settle: settings.settle.map(|lag| lag.0),
            settings,
        }
    }

    /// What the configuration says of entities of these types.
    pub(super) fn of_types<'t>(&self, types: impl Iterator<Item = &'t str>) -> Rule {
        Rule::strictest(types.map(|ty| self.settings.types.get(ty)))
    }

    /// What it says of these root fields.
    pub(super) fn of_fields<'f>(&self, fields: impl Iterator<Item = &'f str>) -> Rule {
        Rule::strictest(fields.map(|field| self.settings.fields.get(field)))
    }

    /// Whether answers with these headers are kept, whatever they are about.
    pub(super) fn may_keep(&self, headers: &HeaderMap, has_identity: bool) -> bool {
        self.terms(&Rule::default(), headers, has_identity).is_ok()
    }

    /// Whether the configuration says something of single types or fields.
    pub(super) fn has_rules(&self) -> bool {
        !self.settings.types.is_empty() || !self.settings.fields.is_empty()
    }

    /// How an answer with these headers is kept: of it everything else is known to be as it must be.
    pub(super) fn terms(
        &self,
        rule: &Rule,
        headers: &HeaderMap,
        has_identity: bool,
    ) -> Result<Terms, NotStored> {
        let said = CacheControl::of(headers);
        if headers.contains_key(header::SET_COOKIE) {
            return Err(NotStored::SetCookie);
        }
        // An entry that had to be asked about each time would be of no use.
        if said.no_store || said.no_cache {
            return Err(NotStored::NoStore);
        }
        let times = [
            (rule.max_age, TtlSource::Override),
            (said.fresh_for, TtlSource::Response),
            (self.default_max_age, TtlSource::Default),
        ];
        let stated = times
            .into_iter()
            .find_map(|(time, source)| Some((time?, source)));
        let (ttl, source) = stated.ok_or(NotStored::NoTtl)?;
        let ttl = rule.at_most.map_or(ttl, |most| ttl.min(most));
        if ttl.is_zero() {
            return Err(NotStored::NoTtl);
        }
        let stale = |time: Option<Duration>| match said.must_revalidate {
            true => Duration::ZERO,
            false => time.unwrap_or_default(),
        };
        Ok(Terms {
            scope: scope(rule.scope, &said, has_identity)?,
            ttl,
            source,
            stale_while_revalidate: stale(said.stale_while_revalidate),
            stale_if_error: stale(said.stale_if_error),
        })
    }
}

/// RFC 9111, section 3.5: what was made for somebody who was known is nobody else's unless it says so.
fn scope(
    rule: Option<CacheScope>,
    said: &CacheControl,
    has_identity: bool,
) -> Result<Scope, NotStored> {
    match (rule, said.private, said.public, has_identity) {
        (Some(CacheScope::Public), ..) | (None, false, true, _) => Ok(Scope::Public),
        (_, _, _, true) => Ok(Scope::Private),
        (Some(CacheScope::Private), ..) | (None, true, ..) => {
            Err(NotStored::PrivateWithoutIdentity)
        }
        (None, false, false, false) => Ok(Scope::Anonymous),
    }
}

/// What the configuration says of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rule {
    /// How long it is kept, whatever the answer says.
    max_age: Option<Duration>,
    /// It is kept no longer than that.
    at_most: Option<Duration>,
    scope: Option<CacheScope>,
}

impl Rule {
    /// The shortest time and the narrowest scope. A part that nothing is said of leaves both to the answer, within what is
    /// said of the others.
    fn strictest<'r>(rules: impl Iterator<Item = Option<&'r CacheRule>>) -> Self {
        let (mut at_most, mut all_timed, mut any) = (None, true, false);
        let (mut is_private, mut all_public) = (false, true);
        for rule in rules {
            any = true;
            let max_age = rule.and_then(|rule| match rule.keep {
                true => rule.max_age.map(|age| age.0),
                false => Some(Duration::ZERO),
            });
            all_timed &= max_age.is_some();
            at_most = match (at_most, max_age) {
                (Some(one), Some(other)) => Some(Duration::min(one, other)),
                (one, other) => one.or(other),
            };
            let scope = rule.and_then(|rule| rule.scope);
            is_private |= scope == Some(CacheScope::Private);
            all_public &= scope == Some(CacheScope::Public);
        }
        Self {
            max_age: at_most.filter(|_| all_timed),
            at_most,
            scope: match (is_private, any && all_public) {
                (true, _) => Some(CacheScope::Private),
                (false, true) => Some(CacheScope::Public),
                (false, false) => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Span;

    fn headers(cache_control: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !cache_control.is_empty() {
            headers.insert(header::CACHE_CONTROL, cache_control.parse().unwrap());
        }
        headers
    }

    fn rule(max_age: Option<u64>, scope: Option<CacheScope>) -> CacheRule {
        CacheRule {
            keep: max_age != Some(0),
            max_age: max_age.map(Span::seconds),
            scope,
        }
    }

    #[test]
    fn who_may_be_given_an_answer_is_as_narrow_as_it_must_be() {
        let policy = Policy::of(&config::Cache::default(), "a");
        use CacheScope::{Private, Public};
        use NotStored::{NoStore, NoTtl, PrivateWithoutIdentity};
        let cases = [
            // What it says, with an identity, what is configured, what comes of it.
            ("max-age=9", false, None, Ok(Scope::Anonymous)),
            ("max-age=9", true, None, Ok(Scope::Private)),
            ("max-age=9, public", true, None, Ok(Scope::Public)),
            ("max-age=9, public", false, None, Ok(Scope::Public)),
            ("max-age=9, private", true, None, Ok(Scope::Private)),
            (
                "max-age=9, private",
                false,
                None,
                Err(PrivateWithoutIdentity),
            ),
            ("max-age=9, private, public", true, None, Ok(Scope::Private)),
            ("max-age=9, private", true, Some(Public), Ok(Scope::Public)),
            ("max-age=9, public", true, Some(Private), Ok(Scope::Private)),
            (
                "max-age=9, public",
                false,
                Some(Private),
                Err(PrivateWithoutIdentity),
            ),
            ("no-store, max-age=9", false, Some(Public), Err(NoStore)),
            ("no-cache, max-age=9", false, None, Err(NoStore)),
            ("public", false, None, Err(NoTtl)),
            ("", false, None, Err(NoTtl)),
            ("max-age=0", false, None, Err(NoTtl)),
        ];
        for (said, has_identity, scope, expected) in cases {
            let rule = rule(None, scope);
            let rule = Rule::strictest([Some(&rule)].into_iter());
            let terms = policy.terms(&rule, &headers(said), has_identity);
            let found = terms.map(|terms| terms.scope);
            assert_eq!(found, expected, "{said} {has_identity} {scope:?}");
        }
        let mut with_cookie = headers("max-age=9, public");
        with_cookie.insert(header::SET_COOKIE, "a=b".parse().unwrap());
        let terms = policy.terms(&Rule::default(), &with_cookie, false);
        assert_eq!(terms, Err(NotStored::SetCookie));
    }

    #[test]
    fn the_configuration_overrides_the_answer_which_overrides_the_default() {
        let config = config::Cache {
            default_max_age: Some(Span::seconds(7)),
            ..config::Cache::default()
        };
        let policy = Policy::of(&config, "a");
        let (ruled, zero, silent) = (rule(Some(5), None), rule(Some(0), None), rule(None, None));
        type Rules<'r> = Vec<Option<&'r CacheRule>>;
        type Case<'r> = (&'static str, Rules<'r>, Result<(u64, TtlSource), NotStored>);
        let cases: [Case<'_>; 8] = [
            ("max-age=9", vec![], Ok((9, TtlSource::Response))),
            ("", vec![], Ok((7, TtlSource::Default))),
            (
                "max-age=9",
                vec![Some(&ruled)],
                Ok((5, TtlSource::Override)),
            ),
            (
                "max-age=3",
                vec![Some(&ruled)],
                Ok((5, TtlSource::Override)),
            ),
            (
                "max-age=9",
                vec![Some(&ruled), None],
                Ok((5, TtlSource::Response)),
            ),
            (
                "max-age=3",
                vec![Some(&ruled), Some(&silent)],
                Ok((3, TtlSource::Response)),
            ),
            (
                "max-age=9",
                vec![Some(&ruled), Some(&zero)],
                Err(NotStored::NoTtl),
            ),
            ("max-age=9", vec![None, Some(&zero)], Err(NotStored::NoTtl)),
        ];
        for (said, rules, expected) in cases {
            let rule = Rule::strictest(rules.clone().into_iter());
            let terms = policy.terms(&rule, &headers(said), false);
            let found = terms.map(|terms| (terms.ttl.as_secs(), terms.source));
            assert_eq!(found, expected, "{said} {rules:?}");
        }
    }
}

//! Links beside each other: every name in the subgraph stands for one element of one specification.

use std::collections::HashMap;

use super::import::{Import, Link};
use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::source::{At, Source};
use crate::specification::{FEDERATION_IDENTITY, Federation, LINK_IDENTITY};

/// What the links of a subgraph stand beside without being written: the link specification
/// itself, and federation, which a Federation 1 subgraph is given under its usual names.
fn implied(links: &[Link], link_name: &str) -> Vec<Link> {
    let is_linked = |identity| links.iter().any(|link| link.identity == identity);
    let mut found = Vec::new();
    if !is_linked(LINK_IDENTITY) {
        found.push(Link::implied(LINK_IDENTITY, link_name, Vec::new()));
    }
    if !is_linked(FEDERATION_IDENTITY) {
        let imports = Federation::GIVEN_TO_VERSION_ONE
            .iter()
            .map(|directive| Import {
                at: None,
                name: directive.to_string(),
                alias: directive.to_string(),
            })
            .collect();
        found.push(Link::implied(FEDERATION_IDENTITY, "federation", imports));
    }
    found
}

/// Reports links and imports whose names collide.
pub(super) fn check(links: &[Link], link_name: &str, source: &Source, report: &mut Findings) {
    if links.is_empty() {
        return;
    }
    let implied = implied(links, link_name);
    let mut check = Check {
        namespaces: HashMap::new(),
        imported: HashMap::new(),
        source,
        report,
    };
    for link in implied.iter().chain(links) {
        check.namespace(link);
    }
    for link in implied.iter().chain(links) {
        check.imports(link);
    }
}

struct Check<'a> {
    namespaces: HashMap<&'a str, &'a Link>,
    /// Names in the subgraph, with `@` if they are directives.
    imported: HashMap<&'a str, (&'a Link, &'a Import)>,
    source: &'a Source,
    report: &'a mut Findings,
}

impl<'a> Check<'a> {
    fn error(&mut self, at: At, message: String) {
        let location = self.source.location(None, at);
        let code = Code::InvalidLinkDirectiveUsage;
        self.report
            .push(Diagnostic::error(code, message, [location]));
    }

    fn namespace(&mut self, link: &'a Link) {
        let Some(other) = self.namespaces.insert(&link.namespace, link) else {
            return;
        };
        let (at, message) = between(link, other).unwrap_or_else(|| {
            let message = format!(
                "{:?} and {:?} are both called {:?} here; give one another name with `as`",
                other.identity, link.identity, link.namespace
            );
            (link.at.max(other.at), message)
        });
        self.error(at, message);
    }

    fn imports(&mut self, link: &'a Link) {
        let mut aliases: HashMap<&str, &str> = HashMap::new();
        for import in &link.imports {
            let at = import.at.or(link.at);
            if let Some((place, message)) = self.confusion(link, import) {
                self.error(place.or(at), message);
                continue;
            }
            let alias = import.alias.as_str();
            let first = *aliases.entry(&import.name).or_insert(alias);
            if first != alias {
                let name = &import.name;
                let message =
                    format!("{name:?} is imported as {first:?} and as {alias:?}; keep one of them");
                self.error(at, message);
                continue;
            }
            let (from, earlier) = *self.imported.entry(alias).or_insert((link, import));
            if from.identity == link.identity && earlier.name == import.name {
                continue;
            }
            let (at, message) = between(link, from).unwrap_or_else(|| {
                let message = format!(
                    "{alias:?} is imported for {:?} of {:?} and for {:?} of {:?}; rename one with `as`",
                    earlier.name, from.identity, import.name, link.identity
                );
                (at.max(earlier.at.or(from.at)), message)
            });
            self.error(at, message);
        }
    }

    /// An import must not look like the full name of another element.
    fn confusion(&self, link: &Link, import: &Import) -> Option<(At, String)> {
        let name = import.name.trim_start_matches('@');
        let alias = import.alias.trim_start_matches('@');
        let elsewhere = |namespace: &str| {
            let other = self.namespaces.get(namespace)?;
            if other.identity == link.identity {
                return None;
            }
            Some(between(link, other).unwrap_or_else(|| {
                let message = format!(
                    "{:?} is imported as {:?}, which is a name of {:?}, linked as {namespace:?}; rename one with `as`",
                    import.name, import.alias, other.identity
                );
                (import.at.or(other.at), message)
            }))
        };
        let own = || {
            let message = format!(
                "{:?} is imported as {:?}, which is the full name of another element of {:?}; rename it with `as`",
                import.name, import.alias, link.identity
            );
            Some((import.at, message))
        };
        if let Some((namespace, rest)) = alias.split_once("__") {
            match namespace == link.namespace {
                true if rest != name => return own(),
                true => {}
                false => {
                    if let Some(found) = elsewhere(namespace) {
                        return Some(found);
                    }
                }
            }
        }
        match import.alias.starts_with('@') {
            true if alias == link.namespace && name != link.name => own(),
            true if alias != link.namespace => elsewhere(alias),
            _ => None,
        }
    }
}

/// `@tag` and `@inaccessible` have specifications of their own, for supergraphs; they are often
/// linked by mistake. Gives where, and what to do.
fn between(one: &Link, other: &Link) -> Option<(At, String)> {
    let pair = [one, other];
    let federation = pair.iter().any(|link| link.identity == FEDERATION_IDENTITY);
    let own = pair.iter().find_map(|link| {
        let directive = Federation::by_own_specification(&link.identity)?;
        matches!(directive, Federation::Tag | Federation::Inaccessible)
            .then_some((directive, *link))
    });
    let (directive, own) = own.filter(|_| federation)?;
    let message = format!(
        "{directive} is linked from {:?} beside federation's own; import it from {FEDERATION_IDENTITY:?} only",
        own.identity
    );
    Some((own.at, message))
}

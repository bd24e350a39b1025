//! What subgraphs ask for with `@composeDirective`.

use std::collections::HashMap;

use super::Request;
use crate::diagnostic::{Code, Diagnostic};
use crate::links::{Compose, Link};
use crate::merge::Merger;
use crate::specification::{
    CORE_IDENTITY, FEDERATION_IDENTITY, Federation, JOIN_IDENTITY, LINK_IDENTITY,
};
use crate::subgraph::Directives;

/// Names of federation's directives that a directive of one's own cannot have: those of `@tag` and
/// `@inaccessible` in any subgraph, and of others that compose where they are applied.
type Taken<'a> = HashMap<&'a str, Federation>;

impl<'a> Merger<'a> {
    /// The requests that can be met as far as their own subgraph is concerned.
    pub(super) fn requests(&mut self) -> Vec<Request<'a>> {
        let taken = self.taken_names();
        let mut requests = Vec::new();
        for (graph, valid) in self.subgraphs.iter().enumerate() {
            let directives = &valid.subgraph.directives;
            let elements = Elements::of(&directives.links);
            for compose in &directives.composed {
                match request(graph, compose, directives, &elements, &taken) {
                    Ok(request) => requests.push(request),
                    Err(Refusal::Needless(message)) => {
                        let source = &self.graphs[graph].source;
                        let location = source.location(None, compose.at);
                        let code = Code::DirectiveCompositionInfo;
                        self.report
                            .hint(Diagnostic::hint(code, message, [location]));
                    }
                    Err(Refusal::Mistake(code, message)) => {
                        let source = &self.graphs[graph].source;
                        let location = source.location(None, compose.at);
                        self.report
                            .push(Diagnostic::error(code, message, [location]));
                    }
                }
            }
        }
        requests
    }

    fn taken_names(&self) -> Taken<'a> {
        let mut taken = Taken::new();
        for valid in self.subgraphs {
            let directives = &valid.subgraph.directives;
            let used = directives.used.iter();
            let used = used.filter(|(directive, ..)| Federation::COMPOSED.contains(directive));
            taken.extend(used.map(|(directive, name, _)| (name.as_str(), *directive)));
            for (name, meaning) in &directives.federation {
                if matches!(meaning, Federation::Tag | Federation::Inaccessible) {
                    taken.insert(name, *meaning);
                }
            }
        }
        taken
    }
}

enum Refusal {
    /// What is asked for happens anyway.
    Needless(String),
    Mistake(Code, String),
}

fn request<'a>(
    graph: usize,
    compose: &'a Compose,
    directives: &'a Directives,
    elements: &Elements<'a>,
    taken: &Taken<'_>,
) -> Result<Request<'a>, Refusal> {
    let code = Code::DirectiveCompositionError;
    let mistake = |message: String| Err(Refusal::Mistake(code, message));
    let Some(local) = compose.directive() else {
        return mistake(format!(
            "@composeDirective(name: {:?}) names no directive; write its name with an @, as in \"@example\"",
            compose.name
        ));
    };
    if let Some(meaning) = directives.federation.get(local) {
        return Err(federation(local, *meaning));
    }
    if !directives.definitions.contains_key(local) {
        return mistake(format!(
            "@{local} is to be composed, but this subgraph does not define it; add its definition, or correct the name"
        ));
    }
    let Some((link, name)) = elements.find(local) else {
        return mistake(format!(
            "@{local} is to be composed, but is of no specification; add a @link to one that imports it"
        ));
    };
    let Some(name) = name else {
        return mistake(format!(
            "@{local} is to be composed, but {:?} is imported under another name; compose it under that",
            link.identity
        ));
    };
    let own = [
        CORE_IDENTITY,
        FEDERATION_IDENTITY,
        JOIN_IDENTITY,
        LINK_IDENTITY,
    ];
    if own.contains(&link.identity.as_str()) {
        return mistake(format!(
            "@{local} belongs to {:?}, which composition itself uses; remove this @composeDirective",
            link.identity
        ));
    }
    let namespace = local
        .split_once("__")
        .map_or(local, |(namespace, _)| namespace);
    if ["join", "link"].contains(&namespace) {
        let message = format!(
            "@{local} is to be composed, but in the supergraph that is a name of the {namespace} specification; import @{name} under another with `as`"
        );
        return Err(Refusal::Mistake(Code::InvalidLinkDirectiveUsage, message));
    }
    if let Some(other) = taken.get(local) {
        let code = match other {
            Federation::Tag | Federation::Inaccessible => Code::DirectiveCompositionError,
            _ => Code::InvalidLinkDirectiveUsage,
        };
        let message = format!(
            "@{local} is to be composed, but federation's {other} has that name; import @{name} under another with `as`"
        );
        return Err(Refusal::Mistake(code, message));
    }
    Ok(Request {
        graph,
        at: compose.at,
        local,
        link,
        name,
    })
}

fn federation(local: &str, meaning: Federation) -> Refusal {
    let composes_anyway = matches!(
        meaning,
        Federation::Tag
            | Federation::Inaccessible
            | Federation::Authenticated
            | Federation::RequiresScopes
            | Federation::Policy
            | Federation::Context
    );
    if composes_anyway {
        Refusal::Needless(format!(
            "@{local} is federation's {meaning}, which composes by itself; remove this @composeDirective"
        ))
    } else {
        let message = format!(
            "@{local} is federation's {meaning}, which cannot be composed as a directive of your own; remove this @composeDirective"
        );
        Refusal::Mistake(Code::DirectiveCompositionError, message)
    }
}

/// What a subgraph's names of directives mean, by its links.
struct Elements<'a> {
    /// By the name of an imported directive, with its `@`: the link, and the name there.
    imported: HashMap<&'a str, (&'a Link, &'a str)>,
    namespaces: HashMap<&'a str, &'a Link>,
}

impl<'a> Elements<'a> {
    fn of(links: &'a [Link]) -> Self {
        let mut elements = Elements {
            imported: HashMap::new(),
            namespaces: HashMap::new(),
        };
        for link in links {
            elements.namespaces.entry(&link.namespace).or_insert(link);
            for import in &link.imports {
                if let Some(name) = import.name.strip_prefix('@') {
                    let alias = elements.imported.entry(&import.alias);
                    alias.or_insert((link, name));
                }
            }
        }
        elements
    }

    /// The specification a directive is of, and its name there: none if that is imported under
    /// another name, so that this one means nothing.
    fn find(&self, local: &str) -> Option<(&'a Link, Option<String>)> {
        if let Some((link, name)) = self.imported.get(format!("@{local}").as_str()) {
            return Some((link, Some((*name).to_owned())));
        }
        let prefixed = local.split_once("__").and_then(|(namespace, name)| {
            let link = *self.namespaces.get(namespace)?;
            Some((link, name.to_owned()))
        });
        let root = || {
            let link = *self.namespaces.get(local)?;
            Some((link, link.name.clone()))
        };
        let (link, name) = prefixed.or_else(root)?;
        let is_shadowed = link.import_of(&name).is_some();
        Some((link, (!is_shadowed).then_some(name)))
    }
}

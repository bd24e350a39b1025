//! Who may see a field may see what it is made of: a field that reads others with `@requires` or
//! `@fromContext` asks for at least as much access as those.

use std::collections::HashSet;

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};

use super::Merger;
use super::fields::FieldSource;
use crate::access::Access;
use crate::diagnostic::{Code, Diagnostic};
use crate::merged::{MergedField, Site};
use crate::source::At;
use crate::subgraph::{Composing, Selection};

/// Steps that comparing access rules may take in all; a rule compares with another in the product
/// of their sizes.
const MAX_WORK: usize = 50_000_000;

/// A field that reads others, while these are looked at.
struct Reading<'r> {
    coordinate: &'r str,
    directive: &'static str,
    site: Site,
    access: Access,
    /// Elements already looked at.
    seen: HashSet<String>,
}

impl<'a> Merger<'a> {
    pub(super) fn check_transitive_access(&mut self) {
        let mut used = self.used.iter();
        if !used.any(|one| matches!(one, Composing::Federation(known) if known.is_access_rule())) {
            return;
        }
        let mut work = 0;
        for source in self.sources.values().flatten() {
            for field in source.ty.fields.values() {
                if self.report.is_full() {
                    return;
                }
                let source = FieldSource {
                    graph: source.graph,
                    valid: source.valid,
                    ty: source.ty,
                    field,
                };
                self.check_required_access(source, &mut work);
                self.check_context_access(source, &mut work);
            }
        }
    }

    fn check_required_access(&mut self, source: FieldSource<'a>, work: &mut usize) {
        let Some((fields, at)) = &source.field.requires else {
            return;
        };
        if !self.is_joined(&source, "requires") {
            return;
        }
        let coordinate = format!("{}.{}", source.ty.name, source.field.name);
        let mut reading = self.reading(&source, &coordinate, "@requires", *at);
        self.check_read(&mut reading, &source.ty.name, fields.selections(), work);
    }

    fn check_context_access(&mut self, source: FieldSource<'a>, work: &mut usize) {
        let coordinate = format!("{}.{}", source.ty.name, source.field.name);
        for argument in source.field.arguments.values() {
            let Some(from) = &argument.from_context else {
                continue;
            };
            let Some(value) = &from.value else {
                continue;
            };
            if !self.is_joined(&source, "contextArguments") {
                continue;
            }
            let mut reading = self.reading(&source, &coordinate, "@fromContext", from.at);
            for ty in source.valid.facts.setting(&value.context) {
                self.check_element(&mut reading, ty, None, work);
                self.check_read(&mut reading, ty, value.fields.selections(), work);
            }
        }
    }

    /// Whether the supergraph has the field as the subgraph says: it may be overridden.
    fn is_joined(&self, source: &FieldSource<'a>, argument: &str) -> bool {
        let graph = Value::Enum(self.graph(source.graph));
        let is_it = |one: &Node<Directive>| {
            let found = one.specified_argument_by_name("graph");
            found.is_some_and(|found| **found == graph)
                && one.specified_argument_by_name(argument).is_some()
        };
        let field = self.merged_field(&source.ty.name, &source.field.name);
        field.is_some_and(|field| field.directives.iter().any(is_it))
    }

    fn merged_field(&self, ty: &Name, field: &Name) -> Option<&MergedField> {
        self.types.get(ty)?.fields.get(field)
    }

    fn reading<'r>(
        &self,
        source: &FieldSource<'a>,
        coordinate: &'r str,
        directive: &'static str,
        at: At,
    ) -> Reading<'r> {
        let ty = self.types.get(&source.ty.name);
        let field = self.merged_field(&source.ty.name, &source.field.name);
        let on_type = ty.map_or_else(Access::default, |ty| Access::of(&ty.directives));
        let on_field = field.map_or_else(Access::default, |one| Access::of(&one.directives));
        Reading {
            coordinate,
            directive,
            site: (source.graph, at),
            access: on_type.and(on_field),
            seen: HashSet::new(),
        }
    }

    fn check_read(
        &mut self,
        reading: &mut Reading<'_>,
        parent: &Name,
        selections: &[Selection],
        work: &mut usize,
    ) {
        for selection in selections {
            match selection {
                Selection::Field {
                    name, selections, ..
                } => {
                    let Some(field) = self.merged_field(parent, name) else {
                        continue;
                    };
                    let inner = field.ty.inner_named_type().clone();
                    self.check_element(reading, parent, Some(name), work);
                    self.check_element(reading, &inner, None, work);
                    let below = selections.as_deref().unwrap_or_default();
                    self.check_read(reading, &inner, below, work);
                }
                Selection::Inline {
                    condition,
                    selections,
                    ..
                } => {
                    let parent = condition.as_ref().unwrap_or(parent);
                    self.check_element(reading, parent, None, work);
                    self.check_read(reading, parent, selections, work);
                }
                Selection::Spread { .. } => {}
            }
        }
    }

    /// A type, or a field of one.
    fn check_element(
        &mut self,
        reading: &mut Reading<'_>,
        ty: &Name,
        field: Option<&Name>,
        work: &mut usize,
    ) {
        let element = match field {
            Some(field) => format!("{ty}.{field}"),
            None => ty.to_string(),
        };
        if reading.seen.contains(&element) {
            return;
        }
        let found = match field {
            Some(field) => self
                .merged_field(ty, field)
                .map(|field| (&field.directives, &field.sites)),
            None => self.types.get(ty).map(|ty| (&ty.directives, &ty.sites)),
        };
        let Some((directives, sites)) = found else {
            return;
        };
        let wanted = Access::of(directives);
        *work += reading.access.cost(&wanted);
        // What is too much to compare is taken for more than the field asks for.
        if *work > MAX_WORK || !reading.access.implies(&wanted) {
            let coordinate = reading.coordinate;
            let message = format!(
                "{coordinate} reads {element} by {}, but asks for less access than that; give {coordinate} the @authenticated, @requiresScopes and @policy of {element}",
                reading.directive
            );
            let locate = |(graph, at): Site, coordinate: &str| {
                let source = &self.graphs[graph].source;
                source.location(coordinate.to_owned(), at)
            };
            let read = sites.iter().map(|site| locate(*site, &element));
            let locations: Vec<_> = [locate(reading.site, coordinate)]
                .into_iter()
                .chain(read)
                .collect();
            let code = Code::MissingTransitiveAuthRequirements;
            self.report
                .push(Diagnostic::error(code, message, locations));
        }
        reading.seen.insert(element);
    }
}

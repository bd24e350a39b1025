//! Fields of objects and interfaces.

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Type, Value};
use indexmap::IndexMap;

use super::access::Inherited;
use super::applied::applied_in;
use super::field_types::Variance;
use super::inputs::InputRole;
use super::value_types::ValueType;
use super::{Merger, TypeSource, values};
use crate::diagnostic::Code;
use crate::directive::directive;
use crate::merged::{MergedField, MergedInput, Overridden, Overrides, Site};
use crate::source::At;
use crate::subgraph::{Composing, Field, Input, Kind, TypeDefinition};
use crate::validate::ValidSubgraph;

/// A field in one subgraph.
#[derive(Clone, Copy)]
pub(super) struct FieldSource<'a> {
    pub(super) graph: usize,
    pub(super) valid: &'a ValidSubgraph,
    pub(super) ty: &'a TypeDefinition,
    pub(super) field: &'a Field,
}

impl FieldSource<'_> {
    pub(super) fn is_external(&self) -> bool {
        self.valid.facts.is_external(self.ty, self.field)
    }

    fn has_contextual_arguments(&self) -> bool {
        let mut arguments = self.field.arguments.values();
        arguments.any(|argument| argument.from_context.is_some())
    }

    pub(super) fn site(&self) -> Site {
        (self.graph, self.field.at)
    }
}

pub(super) fn sites(sources: &[FieldSource<'_>]) -> Vec<Site> {
    sources.iter().map(FieldSource::site).collect()
}

fn arguments<'a>(sources: &[FieldSource<'a>]) -> Vec<(Site, &'a IndexMap<Name, Input>)> {
    let of_source = |one: &FieldSource<'a>| (one.site(), &one.field.arguments);
    sources.iter().map(of_source).collect()
}

fn descriptions<'s>(
    sources: &'s [FieldSource<'_>],
) -> impl Iterator<Item = (Site, Option<&'s str>)> {
    sources
        .iter()
        .map(|one| (one.site(), one.field.description.as_deref()))
}

impl<'a> Merger<'a> {
    pub(super) fn merge_fields(
        &mut self,
        kind: Kind,
        sources: &[TypeSource<'a>],
        inherited: &Inherited<'a>,
    ) -> IndexMap<Name, MergedField> {
        let mut fields: IndexMap<&Name, Vec<FieldSource<'a>>> = IndexMap::new();
        for source in sources {
            for field in source.ty.fields.values() {
                fields.entry(&field.name).or_default().push(FieldSource {
                    graph: source.graph,
                    valid: source.valid,
                    ty: source.ty,
                    field,
                });
            }
        }
        let everywhere = sources.len();
        let value_type = ValueType::of(kind, sources);
        fields
            .into_iter()
            .filter_map(|(name, sources)| {
                if let Some(value_type) = &value_type {
                    self.compare_presence(value_type, name, &sources);
                }
                let merged = self.merge_field(&sources, everywhere, inherited)?;
                Some((name.clone(), merged))
            })
            .collect()
    }

    fn merge_field(
        &mut self,
        sources: &[FieldSource<'a>],
        everywhere: usize,
        inherited: &Inherited<'a>,
    ) -> Option<MergedField> {
        let first = sources.first()?;
        let coordinate = format!("{}.{}", first.ty.name, first.field.name);
        let resolving: Vec<FieldSource<'a>> = sources
            .iter()
            .copied()
            .filter(|source| !source.is_external())
            .collect();
        if resolving.is_empty()
            && !self
                .by_interface_objects(&first.ty.name, &first.field.name)
                .is_empty()
        {
            return self.merge_spread_field(&coordinate, sources, inherited);
        }
        if resolving.is_empty() {
            let message = format!(
                "{coordinate} is @external in {}, but no subgraph resolves it",
                self.names(sources.iter().map(|source| source.graph))
            );
            let code = Code::ExternalMissingOnBase;
            self.error(code, &coordinate, &sites(sources), message);
            return None;
        }
        self.check_external_directives(&coordinate, sources);
        let overrides = self.overrides(&coordinate, sources);
        if first.ty.kind == Kind::Object && !first.ty.is_interface_object() {
            self.check_sharing(&coordinate, sources, &overrides);
        }
        let ty = self.field_type(&coordinate, &resolving);
        let arguments = self.merge_arguments(&coordinate, &arguments(&resolving));
        let (ty, all_equal) = ty?;
        self.check_externals(&coordinate, sources, (&ty, all_equal), &arguments);
        let mut directives = self.join_fields(sources, everywhere, all_equal, &overrides);
        let applied = resolving.iter();
        let applied = applied.flat_map(|one| applied_in(one.graph, &one.field.applied));
        let applied = applied.chain(inherited.on_field(&first.field.name));
        directives.extend(self.merge_applied(&coordinate, applied));
        let tags = sources.iter();
        directives.extend(
            self.merge_cache_tags(tags.map(|one| (one.graph, one.field.cache_tags.as_slice()))),
        );
        Some(MergedField {
            description: self.merge_description(&coordinate, descriptions(&resolving)),
            ty,
            arguments,
            directives,
            sites: sites(&resolving),
            overrides,
        })
    }

    /// External in every subgraph that has it, but resolved for the whole interface by an
    /// `@interfaceObject`: the bare `@join__field` says so.
    fn merge_spread_field(
        &mut self,
        coordinate: &str,
        sources: &[FieldSource<'a>],
        inherited: &Inherited<'a>,
    ) -> Option<MergedField> {
        let first = sources.first()?;
        let (ty, all_equal) = self.field_type(coordinate, sources)?;
        let none = Overrides::default();
        let joins = sources
            .iter()
            .filter_map(|source| self.join_field(source, all_equal, &none));
        let mut directives: Vec<_> = joins.chain([directive("join__field", [])]).collect();
        let inherited = inherited.on_field(&first.field.name);
        directives.extend(self.merge_applied(coordinate, inherited));
        Some(MergedField {
            description: self.merge_description(coordinate, descriptions(sources)),
            ty,
            arguments: self.merge_arguments(coordinate, &arguments(sources)),
            directives,
            sites: sites(sources),
            overrides: none,
        })
    }

    fn field_type(
        &mut self,
        coordinate: &str,
        resolving: &[FieldSource<'a>],
    ) -> Option<(Type, bool)> {
        let codes = (
            Code::FieldTypeMismatch,
            Code::InconsistentButCompatibleFieldType,
        );
        let types = resolving.iter().map(|one| (one.site(), &one.field.ty));
        self.merge_field_types(coordinate, codes, types, Variance::Output)
    }

    /// `sources`: the fields, or directives, with their arguments.
    pub(super) fn merge_arguments(
        &mut self,
        coordinate: &str,
        sources: &[(Site, &'a IndexMap<Name, Input>)],
    ) -> IndexMap<Name, MergedInput> {
        let mut arguments: IndexMap<&Name, Vec<(usize, &Input)>> = IndexMap::new();
        for ((graph, _), of_source) in sources {
            for argument in of_source.values() {
                let entry = arguments.entry(&argument.name).or_default();
                entry.push((*graph, argument));
            }
        }
        let places: Vec<Site> = sources.iter().map(|(site, _)| *site).collect();
        arguments
            .into_iter()
            .filter_map(|(name, sources)| {
                let coordinate = format!("{coordinate}({name}:)");
                if sources.iter().any(|(_, one)| one.from_context.is_some()) {
                    self.check_contextual_argument(&coordinate, &sources);
                    return None;
                }
                let role = InputRole::Argument;
                let merged = self.merge_shared_input(&coordinate, role, &sources, &places)?;
                Some((name.clone(), merged))
            })
            .collect()
    }

    /// What composes is taken from where the field is resolved.
    fn check_external_directives(&mut self, coordinate: &str, sources: &[FieldSource<'a>]) {
        for source in sources.iter().filter(|source| source.is_external()) {
            for applied in &source.field.applied {
                let directive = match applied.directive {
                    // A composed directive of one's own is left out of the supergraph there.
                    Composing::Custom => continue,
                    Composing::Federation(directive) => directive.name(),
                    _ => applied.node.name.as_str(),
                };
                let message = format!(
                    "@{directive} has no effect on an @external field; put it where {coordinate} is resolved"
                );
                let code = Code::MergedDirectiveApplicationOnExternal;
                self.error(code, coordinate, &[(source.graph, applied.at)], message);
            }
        }
    }

    /// An external field repeats what is resolved elsewhere, so it has to agree.
    fn check_externals(
        &mut self,
        coordinate: &str,
        sources: &[FieldSource<'a>],
        (ty, all_equal): (&Type, bool),
        arguments: &IndexMap<Name, MergedInput>,
    ) {
        for source in sources.iter().filter(|source| source.is_external()) {
            let field = source.field;
            // Where subgraphs resolve it as different types, it may repeat a narrower one of them.
            let may_be_narrower = !all_equal && self.is_subtype(&field.ty, ty);
            if field.ty != *ty && !may_be_narrower {
                let message = format!(
                    "{coordinate} is {} where it is @external, but {ty} where it is resolved",
                    field.ty
                );
                let code = Code::ExternalTypeMismatch;
                self.error(code, coordinate, &[source.site()], message);
            }
            for (name, argument) in arguments {
                let coordinate = format!("{coordinate}({name}:)");
                self.check_external_argument(&coordinate, source, name, argument);
            }
        }
    }

    fn check_external_argument(
        &mut self,
        coordinate: &str,
        source: &FieldSource<'a>,
        name: &Name,
        resolved: &MergedInput,
    ) {
        let (code, at, message): (_, At, _) = match source.field.arguments.get(name) {
            None => (
                Code::ExternalArgumentMissing,
                source.field.at,
                format!("{coordinate} is missing where the field is @external"),
            ),
            Some(given) if given.ty != resolved.ty && !self.is_subtype(&resolved.ty, &given.ty) => {
                (
                    Code::ExternalArgumentTypeMismatch,
                    given.at,
                    format!(
                        "{coordinate} is {} where the field is @external, but {} where it is resolved",
                        given.ty, resolved.ty
                    ),
                )
            }
            Some(given)
                if !values::is_same_default(
                    given.default.as_deref(),
                    resolved.default.as_deref(),
                ) =>
            {
                (
                    Code::ExternalArgumentDefaultMismatch,
                    given.at,
                    format!("{coordinate} has another default where the field is @external"),
                )
            }
            Some(_) => return,
        };
        self.error(code, coordinate, &[(source.graph, at)], message);
    }

    /// `@join__field`s, or none if they would say what is true anyway.
    fn join_fields(
        &self,
        sources: &[FieldSource<'a>],
        everywhere: usize,
        all_equal: bool,
        overrides: &Overrides,
    ) -> Vec<Node<Directive>> {
        let is_plain = |source: &FieldSource<'_>| {
            !source.is_external()
                && source.field.requires.is_none()
                && source.field.provides.is_none()
                && !source.has_contextual_arguments()
        };
        if all_equal
            && sources.len() == everywhere
            && overrides.is_empty()
            && sources.iter().all(is_plain)
        {
            return Vec::new();
        }
        sources
            .iter()
            .filter_map(|source| self.join_field(source, all_equal, overrides))
            .collect()
    }

    fn join_field(
        &self,
        source: &FieldSource<'a>,
        all_equal: bool,
        overrides: &Overrides,
    ) -> Option<Node<Directive>> {
        let overridden = overrides.of(source.graph);
        let label = overrides.label(source.graph);
        if overridden == Overridden::Unused && label.is_none() {
            return None;
        }
        let field = source.field;
        let flag = |set: bool| set.then_some(Value::Boolean(true));
        let text = |text: Option<String>| text.map(Value::String);
        let set = |set: &Option<(crate::subgraph::FieldSet, At)>| {
            set.as_ref().map(|(fields, _)| fields.text())
        };
        let from = field.overrides.as_ref().map(|one| one.from.clone());
        Some(directive(
            "join__field",
            [
                ("graph", Some(Value::Enum(self.graph(source.graph)))),
                ("requires", text(set(&field.requires))),
                ("provides", text(set(&field.provides))),
                ("type", text((!all_equal).then(|| field.ty.to_string()))),
                ("external", flag(source.is_external())),
                ("override", text(from)),
                ("usedOverridden", flag(overridden == Overridden::Used)),
                ("overrideLabel", text(label.map(str::to_owned))),
                ("contextArguments", self.context_arguments(source)),
            ],
        ))
    }
}

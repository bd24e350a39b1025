//! From a linked document to a [`Subgraph`]: GraphQL validation, then reading.

use std::collections::HashSet;

use apollo_compiler::ast::{
    Definition, Directive, DirectiveDefinition, DirectiveLocation, OperationType, Type,
};
use apollo_compiler::schema::{ComponentOrigin, DirectiveList, ExtendedType, Schema};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::{
    Composing, Directives, FieldSet, Key, Kind, OwnDirective, SchemaDefinition, Subgraph,
    TypeDefinition,
};
use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::links::{Linked, Names};
use crate::parsed::report_graphql;
use crate::recursion;
use crate::source::{At, Source};
use crate::specification::{Federation, Version};

/// GraphQL validation errors reported per subgraph.
const MAX_GRAPHQL_ERRORS: usize = 200;

/// Phase three. `None` if the subgraph is not valid GraphQL; the reasons are in the report.
pub(crate) fn build(linked: Linked, report: &mut Findings) -> Option<Subgraph> {
    let schema = validate(&linked, report)?;
    let before = report.len();
    let reader = Reader::new(&linked, &schema);
    reader.check_roots(report);
    reader.check_inputs(report);
    if report.len() > before {
        return None;
    }
    let mut types: IndexMap<Name, TypeDefinition> = schema
        .types
        .values()
        .filter(|ty| !ty.is_built_in() && !linked.names.is_machinery(ty.name()))
        .map(|ty| reader.type_definition(ty))
        .map(|ty| (ty.name.clone(), ty))
        .collect();
    types.sort_unstable_keys();
    let own_directives = reader.own_directives();
    let schema_definition = reader.schema_definition();
    let Linked {
        source, url, names, ..
    } = linked;
    let directives = Directives {
        links: names.links,
        federation: names.directives,
        used: names.used,
        definitions: schema.directive_definitions.into_iter().collect(),
        composed: names.composed,
    };
    Some(Subgraph {
        source,
        url,
        version: names.version,
        types,
        own_directives,
        directives,
        schema: schema_definition,
    })
}

fn validate(linked: &Linked, report: &mut Findings) -> Option<Schema> {
    let built = Schema::builder()
        .adopt_orphan_extensions()
        .ignore_builtin_redefinitions()
        .add_ast(&linked.document)
        .add_ast(&linked.machinery)
        .build();
    let schema = match &built {
        Ok(schema) => schema,
        Err(failed) => &failed.partial,
    };
    if let Some(message) = recursion::excessive(schema) {
        let location = linked.source.location(None, None);
        report.push(Diagnostic::error(Code::InvalidGraphql, message, [location]));
        return None;
    }
    let errors = match built {
        Ok(schema) => match schema.validate() {
            Ok(valid) => return Some(valid.into_inner()),
            Err(failed) => failed.errors,
        },
        // What could be built is validated all the same, so that all mistakes are told at once.
        Err(failed) => {
            let mut errors = failed.errors;
            if let Err(more) = failed.partial.validate() {
                errors.merge(more.errors);
            }
            errors
        }
    };
    report_graphql(&errors, &linked.source, report, MAX_GRAPHQL_ERRORS);
    None
}

pub(super) struct Reader<'a> {
    pub(super) schema: &'a Schema,
    pub(super) source: &'a Source,
    pub(super) names: &'a Names,
    /// Types that have a definition, not only extensions.
    defined: HashSet<&'a Name>,
    /// Root types that are called otherwise, and their default names.
    renamed: Vec<(Name, Name)>,
}

impl<'a> Reader<'a> {
    fn new(linked: &'a Linked, schema: &'a Schema) -> Self {
        let defined = linked
            .document
            .definitions
            .iter()
            .filter(|definition| !definition.is_extension_definition())
            .filter(|definition| !matches!(definition, Definition::DirectiveDefinition(_)))
            .filter_map(|definition| definition.name())
            .collect();
        let renamed = roots(schema)
            .filter(|(operation, name)| **name != operation.default_type_name())
            .map(|(operation, name)| (name.clone(), operation.default_type_name()))
            .collect();
        Self {
            schema,
            source: &linked.source,
            names: &linked.names,
            defined,
            renamed,
        }
    }

    /// A type called `Query` that is not the query root would collide with the supergraph's.
    fn check_roots(&self, report: &mut Findings) {
        for (operation, code) in [
            (OperationType::Query, Code::RootQueryUsed),
            (OperationType::Mutation, Code::RootMutationUsed),
            (OperationType::Subscription, Code::RootSubscriptionUsed),
        ] {
            let default = operation.default_type_name();
            let Some(ty) = self.schema.types.get(&default) else {
                continue;
            };
            if self.schema.root_operation(operation) == Some(&default) {
                continue;
            }
            let at = self.source.at(ty.name().location());
            report.push(Diagnostic::error(
                code,
                format!("type {default} is not the {operation} root of its subgraph, but the supergraph's {operation} root is called so; rename it"),
                [self.source.location(default.to_string(), at)],
            ));
        }
    }

    pub(super) fn type_name(&self, name: &Name) -> Name {
        self.renamed
            .iter()
            .find(|(from, _)| from == name)
            .map_or_else(|| name.clone(), |(_, to)| to.clone())
    }

    pub(super) fn ty(&self, ty: &Type) -> Type {
        if self.renamed.is_empty() {
            return ty.clone();
        }
        match ty {
            Type::Named(name) => Type::Named(self.type_name(name)),
            Type::NonNullNamed(name) => Type::NonNullNamed(self.type_name(name)),
            Type::List(item) => Type::List(Box::new(self.ty(item))),
            Type::NonNullList(item) => Type::NonNullList(Box::new(self.ty(item))),
        }
    }

    pub(super) fn meaning(&self, directive: &Directive) -> Option<Federation> {
        self.names.directives.get(directive.name.as_str()).copied()
    }

    pub(super) fn at(&self, directive: &Node<Directive>) -> At {
        self.source.at(directive.location())
    }

    fn type_definition(&self, ty: &ExtendedType) -> TypeDefinition {
        let directives = ty.directives();
        let has = |wanted| {
            directives
                .iter()
                .any(|directive| self.meaning(directive) == Some(wanted))
        };
        let is_extension = !self.defined.contains(ty.name()) || has(Federation::Extends);
        let mut out = TypeDefinition {
            name: self.type_name(ty.name()),
            at: self.source.at(self.declared_at(ty)),
            kind: kind(ty),
            description: ty.description().map(|text| text.to_string()),
            is_extension,
            has_definition: self.defined.contains(ty.name()),
            implements: IndexMap::new(),
            fields: IndexMap::new(),
            inputs: IndexMap::new(),
            values: IndexMap::new(),
            members: IndexMap::new(),
            keys: Vec::new(),
            interface_object: None,
            applied: self.applied(directives.iter().map(|directive| &directive.node)),
            repeated_shareable: None,
            contexts: self.contexts(directives),
            cache_tags: Vec::new(),
        };
        if out.kind != Kind::InputObject {
            // Some subgraph's own directive of that name.
            out.applied.retain(|one| one.directive != Composing::OneOf);
        }
        self.type_directives(directives, &mut out);
        self.contents(ty, &mut out);
        out
    }

    /// An adopted extension carries its name's position only in its location.
    fn declared_at(&self, ty: &ExtendedType) -> Option<apollo_compiler::parser::SourceSpan> {
        if self.defined.contains(ty.name()) {
            ty.name().location()
        } else {
            ty.location()
        }
    }

    fn type_directives(&self, directives: &DirectiveList, out: &mut TypeDefinition) {
        let mut shared: HashSet<&ComponentOrigin> = HashSet::new();
        for directive in directives.iter() {
            let at = self.at(&directive.node);
            match self.meaning(directive) {
                Some(Federation::Key) => {
                    let extension = directive.origin.extension_id().is_some();
                    out.keys
                        .push(self.key(&directive.node, extension || out.is_extension));
                }
                Some(Federation::InterfaceObject) => out.interface_object = Some(at),
                Some(Federation::Shareable) if !shared.insert(&directive.origin) => {
                    out.repeated_shareable = Some(at);
                }
                Some(Federation::CacheTag) => out.cache_tags.push(self.cache_tag(directive)),
                _ => {}
            }
        }
        // Extensions may stand in any order in the file.
        let (mut own, mut added): (Vec<_>, Vec<_>) = std::mem::take(&mut out.keys)
            .into_iter()
            .partition(|key| !key.on_extension);
        added.sort_by_cached_key(|key| key.fields.text());
        own.append(&mut added);
        out.keys = own;
    }

    fn key(&self, directive: &Node<Directive>, on_extension: bool) -> Key {
        let resolvable = directive
            .specified_argument_by_name("resolvable")
            .and_then(|value| value.to_bool())
            .unwrap_or(true);
        Key {
            at: self.at(directive),
            fields: self.field_set(directive),
            resolvable,
            on_extension,
        }
    }

    pub(super) fn field_set(&self, directive: &Node<Directive>) -> FieldSet {
        let lists = self.names.version == Version::One;
        match directive.specified_argument_by_name("fields") {
            Some(value) => FieldSet::read(value, lists, self.source),
            None => FieldSet::missing(self.at(directive)),
        }
    }

    fn schema_definition(&self) -> SchemaDefinition {
        let definition = &self.schema.schema_definition;
        let mut applied = self.applied(definition.directives.iter().map(|one| &one.node));
        // The schema may be extended in any order.
        applied.sort_by_cached_key(|one| one.node.to_string());
        SchemaDefinition {
            at: self.source.at(definition.location()),
            description: definition.description.as_ref().map(|text| text.to_string()),
            applied,
        }
    }

    fn own_directives(&self) -> IndexMap<Name, OwnDirective> {
        let mut found: IndexMap<_, _> = self
            .schema
            .directive_definitions
            .iter()
            .filter(|(_, definition)| self.source.at(definition.name.location()).is_some())
            .map(|(name, definition)| (name.clone(), self.own_directive(definition)))
            .collect();
        found.sort_unstable_keys();
        found
    }

    fn own_directive(&self, definition: &DirectiveDefinition) -> OwnDirective {
        let locations = definition.locations.iter();
        let mut locations: Vec<_> = locations.copied().filter(is_executable).collect();
        locations.sort_unstable_by_key(|location| location.name());
        locations.dedup();
        let arguments = definition.arguments.iter();
        OwnDirective {
            at: self.source.at(definition.name.location()),
            description: definition.description.as_ref().map(|text| text.to_string()),
            repeatable: definition.repeatable,
            locations,
            arguments: arguments
                .map(|argument| (argument.name.clone(), self.input(argument)))
                .collect(),
        }
    }
}

fn is_executable(location: &DirectiveLocation) -> bool {
    use DirectiveLocation::{
        Field, FragmentDefinition, FragmentSpread, InlineFragment, Mutation, Query, Subscription,
        VariableDefinition,
    };
    matches!(
        location,
        Query
            | Mutation
            | Subscription
            | Field
            | FragmentDefinition
            | FragmentSpread
            | InlineFragment
            | VariableDefinition
    )
}

fn roots(schema: &Schema) -> impl Iterator<Item = (OperationType, &Name)> {
    [
        OperationType::Query,
        OperationType::Mutation,
        OperationType::Subscription,
    ]
    .into_iter()
    .filter_map(|operation| Some((operation, schema.root_operation(operation)?)))
}

fn kind(ty: &ExtendedType) -> Kind {
    match ty {
        ExtendedType::Scalar(_) => Kind::Scalar,
        ExtendedType::Object(_) => Kind::Object,
        ExtendedType::Interface(_) => Kind::Interface,
        ExtendedType::Union(_) => Kind::Union,
        ExtendedType::Enum(_) => Kind::Enum,
        ExtendedType::InputObject(_) => Kind::InputObject,
    }
}

//! Types as wholes: kinds, descriptions, `join__type`, interfaces, unions and scalars.

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};
use indexmap::IndexMap;

use super::applied::applied_in;
use super::{Merger, TypeSource};
use crate::diagnostic::Code;
use crate::directive::directive;
use crate::merged::{MergedType, Site};
use crate::specification::Version;
use crate::subgraph::{Kind, TypeDefinition};

impl<'a> Merger<'a> {
    pub(super) fn merge_types(&mut self) {
        for (name, sources) in self.sources {
            self.check_base(name, sources);
            if let Some(kind) = self.common_kind(name, sources) {
                let merged = self.merge_type(name, kind, sources);
                self.types.insert((*name).clone(), merged);
            }
        }
    }

    /// Something has to be extended.
    fn check_base(&mut self, name: &Name, sources: &[TypeSource<'a>]) {
        let has_base = sources
            .iter()
            .any(|source| source.ty.has_definition || source.ty.is_root());
        if !has_base {
            let message = format!("{name} is extended here, but no subgraph defines it");
            self.error(Code::ExtensionWithNoBase, name, &sites(sources), message);
        }
    }

    /// An `@interfaceObject` counts as the interface it stands for.
    fn common_kind(&mut self, name: &Name, sources: &[TypeSource<'a>]) -> Option<Kind> {
        let first = merged_kind(sources.first()?.ty);
        if sources.iter().all(|one| merged_kind(one.ty) == first) {
            return Some(first);
        }
        let mut kinds: IndexMap<Kind, Vec<usize>> = IndexMap::new();
        for source in sources {
            kinds
                .entry(merged_kind(source.ty))
                .or_default()
                .push(source.graph);
        }
        let found: Vec<String> = kinds
            .into_iter()
            .map(|(kind, graphs)| {
                let names = self.names(graphs.into_iter());
                format!("{} in {names}", kind.describe())
            })
            .collect();
        let message = format!("{name} is {}", found.join(", but "));
        self.error(Code::TypeKindMismatch, name, &sites(sources), message);
        None
    }

    fn merge_type(&mut self, name: &Name, kind: Kind, sources: &[TypeSource<'a>]) -> MergedType {
        let mut directives = self.join_types(sources);
        directives.extend(self.join_implements(sources));
        let descriptions = sources.iter();
        let descriptions = descriptions.map(|one| (one.site(), one.ty.description.as_deref()));
        let mut merged = MergedType {
            kind,
            description: self.merge_description(name, descriptions),
            directives: Vec::new(),
            implements: names(sources, |ty| &ty.implements),
            fields: IndexMap::new(),
            inputs: IndexMap::new(),
            values: IndexMap::new(),
            members: names(sources, |ty| &ty.members),
            sites: sites(sources),
        };
        let inherited = self.inherited_access(name, kind);
        match kind {
            Kind::Object | Kind::Interface => {
                if kind == Kind::Object {
                    self.hint_entity(name, sources);
                }
                merged.fields = self.merge_fields(kind, sources, &inherited);
            }
            Kind::Union => {
                self.compare_members(name, &merged.members, sources);
                directives.extend(self.join_members(sources));
            }
            Kind::InputObject => merged.inputs = self.merge_input_fields(name, sources),
            // Which values an enum keeps depends on where it is used: see `merge_enums`.
            Kind::Enum | Kind::Scalar => {}
        }
        let applied = sources.iter();
        let applied = applied.flat_map(|one| applied_in(one.graph, &one.ty.applied));
        let applied = applied.chain(inherited.on_type());
        directives.extend(self.join_contexts(sources));
        directives.extend(self.merge_applied(name, applied));
        let tags = sources.iter();
        directives.extend(
            self.merge_cache_tags(tags.map(|one| (one.graph, one.ty.cache_tags.as_slice()))),
        );
        merged.directives = directives;
        self.check_one_of(name, &merged);
        merged
    }

    /// Every member is one in the supergraph, wherever it is one.
    fn compare_members(&mut self, name: &Name, members: &[Name], sources: &[TypeSource<'a>]) {
        let count: usize = sources.iter().map(|source| source.ty.members.len()).sum();
        if count == members.len() * sources.len() {
            return;
        }
        let places = sites(sources);
        for member in members {
            let having = sources.iter().filter_map(|source| {
                let at = source.ty.members.get(member)?;
                Some((source.graph, *at))
            });
            let having: Vec<Site> = having.collect();
            if having.len() < places.len() {
                self.hint_union_member(name, member, &having, &places);
            }
        }
    }

    fn join_types(&self, sources: &[TypeSource<'a>]) -> Vec<Node<Directive>> {
        let mut out = Vec::new();
        for source in sources {
            let graph = Value::Enum(self.graph(source.graph));
            let ty = source.ty;
            let interface_object = ty.is_interface_object().then_some(Value::Boolean(true));
            if ty.keys.is_empty() {
                out.push(directive(
                    "join__type",
                    [
                        ("graph", Some(graph)),
                        ("isInterfaceObject", interface_object),
                    ],
                ));
                continue;
            }
            for key in &ty.keys {
                // In Federation 2 it makes no difference whether a type is written as an extension.
                let extension = key.on_extension && source.valid.subgraph.version == Version::One;
                let key_text = Value::String(key.fields.text());
                out.push(directive(
                    "join__type",
                    [
                        ("graph", Some(graph.clone())),
                        ("key", Some(key_text)),
                        ("extension", extension.then_some(Value::Boolean(true))),
                        (
                            "resolvable",
                            (!key.resolvable).then_some(Value::Boolean(false)),
                        ),
                        ("isInterfaceObject", interface_object.clone()),
                    ],
                ));
            }
        }
        // One key written twice in a subgraph says nothing more.
        let mut seen = std::collections::HashSet::new();
        out.retain(|one| seen.insert(one.clone()));
        out
    }

    fn join_implements(&self, sources: &[TypeSource<'a>]) -> Vec<Node<Directive>> {
        self.join_names("join__implements", "interface", sources, |ty| {
            &ty.implements
        })
    }

    fn join_members(&self, sources: &[TypeSource<'a>]) -> Vec<Node<Directive>> {
        self.join_names("join__unionMember", "member", sources, |ty| &ty.members)
    }

    fn join_names(
        &self,
        name: &'static str,
        argument: &'static str,
        sources: &[TypeSource<'a>],
        of: impl Fn(&TypeDefinition) -> &IndexMap<Name, crate::source::At>,
    ) -> Vec<Node<Directive>> {
        let mut out = Vec::new();
        for source in sources {
            let mut names: Vec<_> = of(source.ty).keys().collect();
            names.sort_unstable();
            for member in names {
                let graph = Value::Enum(self.graph(source.graph));
                let member = Value::String(member.to_string());
                out.push(directive(
                    name,
                    [("graph", Some(graph)), (argument, Some(member))],
                ));
            }
        }
        out
    }
}

fn merged_kind(ty: &TypeDefinition) -> Kind {
    if ty.is_interface_object() {
        Kind::Interface
    } else {
        ty.kind
    }
}

pub(super) fn sites(sources: &[TypeSource<'_>]) -> Vec<Site> {
    sources.iter().map(TypeSource::site).collect()
}

fn names(
    sources: &[TypeSource<'_>],
    of: impl Fn(&TypeDefinition) -> &IndexMap<Name, crate::source::At>,
) -> Vec<Name> {
    let mut all: Vec<Name> = sources
        .iter()
        .flat_map(|source| of(source.ty).keys().cloned())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

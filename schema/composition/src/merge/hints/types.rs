//! Types and fields that are not the same everywhere.

use std::fmt::Display;

use apollo_compiler::Name;
use apollo_compiler::ast::Type;

use super::{Merger, common_prefix, lacking, shortened};
use crate::diagnostic::Code;
use crate::merge::TypeSource;
use crate::merge::field_types::Variance;
use crate::merged::Site;
use crate::subgraph::Kind;

impl<'a> Merger<'a> {
    /// The subgraphs describe one element differently; `merged` is what the supergraph says.
    pub(in crate::merge) fn hint_descriptions(
        &mut self,
        coordinate: impl Display,
        descriptions: &[(Site, &str)],
        merged: &str,
    ) {
        let code = Code::InconsistentDescription;
        if !self.wants(code) {
            return;
        }
        let texts = descriptions.iter().map(|(_, text)| *text);
        let common = common_prefix(merged, texts.filter(|text| *text != merged));
        let quoted = |text: &str| format!("\"{}\"", shortened(text, common));
        let values = descriptions.iter();
        let values = values.map(|((graph, _), text)| (*graph, quoted(text)));
        let message = format!(
            "the description of {coordinate} is {}; the supergraph has {}; describe it alike everywhere, or in one subgraph only",
            self.by_value(values),
            quoted(merged)
        );
        let sites: Vec<Site> = descriptions.iter().map(|(site, _)| *site).collect();
        self.hint(code, coordinate, &sites, message);
    }

    /// An element has several types, of which `merged` fits all.
    pub(in crate::merge) fn hint_compatible_types<'t>(
        &mut self,
        code: Code,
        coordinate: &str,
        types: impl Iterator<Item = (Site, &'t Type)>,
        (merged, variance): (&Type, Variance),
    ) {
        if !self.wants(code) {
            return;
        }
        let types: Vec<(Site, &Type)> = types.collect();
        let values = types.iter().map(|((graph, _), ty)| (*graph, *ty));
        let fits = match variance {
            Variance::Output => "which covers every subgraph's result",
            Variance::Input => "which every subgraph accepts",
        };
        let message = format!(
            "the type of {coordinate} is {}; the supergraph has {merged}, {fits}; give it one type everywhere",
            self.by_value(values)
        );
        let sites: Vec<Site> = types.iter().map(|(site, _)| *site).collect();
        self.hint(code, coordinate, &sites, message);
    }

    /// An object type has a `@key` in some subgraphs only.
    pub(in crate::merge) fn hint_entity(&mut self, name: &Name, sources: &[TypeSource<'a>]) {
        let (with_key, without): (Vec<_>, Vec<_>) = sources
            .iter()
            .partition(|source| !source.ty.keys.is_empty());
        let code = Code::InconsistentEntity;
        if with_key.is_empty() || without.is_empty() || !self.wants(code) {
            return;
        }
        let without: Vec<Site> = without.into_iter().map(TypeSource::site).collect();
        let with_key: Vec<Site> = with_key.into_iter().map(TypeSource::site).collect();
        let message = format!(
            "{name} has a @key {}; what is only there cannot be added to a {name} of another subgraph; give it a @key there too",
            self.presence(&with_key, &without)
        );
        self.hint(code, name, &[without, with_key].concat(), message);
    }

    /// Subgraphs that have a type, but not this field of it; the type is no entity.
    pub(in crate::merge) fn hint_value_type_field(
        &mut self,
        kind: Kind,
        coordinate: impl Display,
        having: &[Site],
        places: &[Site],
    ) {
        let (code, or) = match kind {
            Kind::Interface => (Code::InconsistentInterfaceValueTypeField, ""),
            _ => (
                Code::InconsistentObjectValueTypeField,
                ", or give the type a @key",
            ),
        };
        if !self.wants(code) {
            return;
        }
        let lacking = lacking(places, having);
        let message = format!(
            "{coordinate} is {}; it can be asked for only where a subgraph that has it resolves the type; add it to the others{or}",
            self.presence(having, &lacking)
        );
        self.hint(code, coordinate, &[having, &lacking].concat(), message);
    }

    /// A type that is a member of a union in some subgraphs only.
    pub(in crate::merge) fn hint_union_member(
        &mut self,
        name: &Name,
        member: &Name,
        having: &[Site],
        places: &[Site],
    ) {
        let code = Code::InconsistentUnionMember;
        if !self.wants(code) {
            return;
        }
        let lacking = lacking(places, having);
        let message = format!(
            "{member} is a member of {name} {}; the supergraph has it; add it to the others if they may return one",
            self.presence(having, &lacking)
        );
        self.hint(code, name, &[having, &lacking].concat(), message);
    }
}

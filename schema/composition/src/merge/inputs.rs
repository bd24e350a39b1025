//! Arguments and input fields: only what every subgraph takes may be given.

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use indexmap::IndexMap;

use super::field_types::Variance;
use super::types::description;
use super::{Merger, TypeSource};
use crate::diagnostic::Code;
use crate::directive::directive;
use crate::merged::{MergedInput, Site};
use crate::subgraph::Input;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum InputRole {
    Argument,
    Field,
}

impl InputRole {
    fn missing(self) -> Code {
        match self {
            InputRole::Argument => Code::RequiredArgumentMissingInSomeSubgraph,
            InputRole::Field => Code::RequiredInputFieldMissingInSomeSubgraph,
        }
    }

    fn type_mismatch(self) -> Code {
        match self {
            InputRole::Argument => Code::FieldArgumentTypeMismatch,
            InputRole::Field => Code::FieldTypeMismatch,
        }
    }

    fn default_mismatch(self) -> Code {
        match self {
            InputRole::Argument => Code::FieldArgumentDefaultMismatch,
            InputRole::Field => Code::InputFieldDefaultMismatch,
        }
    }
}

impl<'a> Merger<'a> {
    pub(super) fn merge_input_fields(
        &mut self,
        name: &Name,
        sources: &[TypeSource<'a>],
    ) -> IndexMap<Name, MergedInput> {
        let mut fields: IndexMap<&Name, Vec<(usize, &Input)>> = IndexMap::new();
        for source in sources {
            for input in source.ty.inputs.values() {
                let entry = fields.entry(&input.name).or_default();
                entry.push((source.graph, input));
            }
        }
        let places = super::types::sites(sources);
        let before = self.report.len();
        let merged: IndexMap<Name, MergedInput> = fields
            .into_iter()
            .filter_map(|(field, sources)| {
                let coordinate = format!("{name}.{field}");
                let role = InputRole::Field;
                let mut merged = self.merge_shared_input(&coordinate, role, &sources, &places)?;
                self.join_input_field(&sources, &mut merged);
                Some((field.clone(), merged))
            })
            .collect();
        if merged.is_empty() && self.report.len() == before {
            let message = format!(
                "{name} has no field that {} all take, so nothing could be given",
                self.names(sources.iter().map(|source| source.graph))
            );
            self.error(Code::EmptyMergedInputType, name, &places, message);
        }
        merged
    }

    /// The merged argument or input field; `None` if some subgraph does not take it.
    /// `places`: where every subgraph has the field or input type it belongs to.
    pub(super) fn merge_shared_input(
        &mut self,
        coordinate: &str,
        role: InputRole,
        sources: &[(usize, &Input)],
        places: &[Site],
    ) -> Option<MergedInput> {
        if sources.len() == places.len() {
            return self.merge_input(coordinate, role, sources);
        }
        let required: Vec<&(usize, &Input)> = sources
            .iter()
            .filter(|(_, one)| one.is_required())
            .collect();
        if !required.is_empty() {
            let having: std::collections::HashSet<usize> =
                sources.iter().map(|(graph, _)| *graph).collect();
            let lacking = places.iter().filter(|(graph, _)| !having.contains(graph));
            let lacking: Vec<Site> = lacking.copied().collect();
            let message = format!(
                "{coordinate} is required in {}, but does not exist in {}; make it optional or add it",
                self.names(required.iter().map(|(graph, _)| *graph)),
                self.names(lacking.iter().map(|(graph, _)| *graph)),
            );
            let sites: Vec<Site> = required
                .iter()
                .map(|(graph, input)| (*graph, input.at))
                .chain(lacking)
                .collect();
            self.error(role.missing(), coordinate, &sites, message);
        }
        None
    }

    fn merge_input(
        &mut self,
        coordinate: &str,
        role: InputRole,
        sources: &[(usize, &Input)],
    ) -> Option<MergedInput> {
        let sites: Vec<Site> = sources
            .iter()
            .map(|(graph, one)| (*graph, one.at))
            .collect();
        let types = sources.iter().map(|(_, one)| &one.ty);
        let Some((ty, _)) = self.merge_field_types(types, Variance::Input) else {
            let types = sources.iter().map(|(graph, one)| (*graph, &one.ty));
            let message = self.mismatch(coordinate, types);
            self.error(role.type_mismatch(), coordinate, &sites, message);
            return None;
        };
        let default = self.merge_default(coordinate, role, sources, &sites);
        let applied: Vec<_> = sources
            .iter()
            .map(|(_, one)| one.applied.as_slice())
            .collect();
        Some(MergedInput {
            description: description(sources.iter().map(|(_, one)| one.description.as_deref())),
            ty,
            default,
            directives: self.merge_applied(&applied),
            sites,
        })
    }

    /// A default stays only if every subgraph has it; two different ones are a mistake.
    fn merge_default(
        &mut self,
        coordinate: &str,
        role: InputRole,
        sources: &[(usize, &Input)],
        sites: &[Site],
    ) -> Option<Node<Value>> {
        let mut defaults = sources.iter().filter_map(|(_, one)| one.default.as_ref());
        let first = defaults.next()?;
        if let Some(other) = defaults.find(|other| *other != first) {
            let message = format!(
                "the default of {coordinate} is {} in one subgraph, but {} in another",
                first.serialize().no_indent(),
                other.serialize().no_indent()
            );
            self.error(role.default_mismatch(), coordinate, sites, message);
            return None;
        }
        let everywhere = sources.iter().all(|(_, one)| one.default.is_some());
        everywhere.then(|| first.clone())
    }

    fn join_input_field(&self, sources: &[(usize, &Input)], merged: &mut MergedInput) {
        if sources.iter().all(|(_, one)| one.ty == merged.ty) {
            return;
        }
        let joins = sources.iter().map(|(graph, one)| {
            directive(
                "join__field",
                [
                    ("graph", Some(Value::Enum(self.graph(*graph)))),
                    ("type", Some(Value::String(one.ty.to_string()))),
                ],
            )
        });
        let applied = std::mem::take(&mut merged.directives);
        merged.directives = joins.chain(applied).collect();
    }
}

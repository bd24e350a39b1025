//! Arguments and input fields: only what every subgraph takes may be given.

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use indexmap::IndexMap;

use super::applied::applied_in;
use super::field_types::Variance;
use super::hints::lacking;
use super::{Merger, TypeSource, values};
use crate::diagnostic::Code;
use crate::directive::directive;
use crate::merged::{MergedInput, MergedType, Site};
use crate::subgraph::{Input, is_inaccessible};

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

    fn compatible_types(self) -> Code {
        match self {
            InputRole::Argument => Code::InconsistentButCompatibleArgumentType,
            InputRole::Field => Code::InconsistentButCompatibleFieldType,
        }
    }

    fn dropped(self) -> Code {
        match self {
            InputRole::Argument => Code::InconsistentArgumentPresence,
            InputRole::Field => Code::InconsistentInputObjectField,
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
        let is_kept = |one: &Vec<(usize, &Input)>| one.len() == places.len() || is_hidden(one);
        let is_empty = !fields.values().any(is_kept);
        let merged: IndexMap<Name, MergedInput> = fields
            .into_iter()
            .filter_map(|(field, sources)| {
                let coordinate = format!("{name}.{field}");
                let role = InputRole::Field;
                let mut merged = self.merge_shared_input(&coordinate, role, &sources, &places)?;
                let everywhere = sources.len() == places.len();
                self.join_input_field(&sources, everywhere, &mut merged);
                Some((field.clone(), merged))
            })
            .collect();
        if is_empty {
            let message = format!(
                "{name} has no field that {} all take, so nothing could be given",
                self.names(sources.iter().map(|source| source.graph))
            );
            self.error(Code::EmptyMergedInputType, name, &places, message);
        }
        merged
    }

    /// Of the fields of a `@oneOf` input one alone is given, so none may be asked for always.
    pub(super) fn check_one_of(&mut self, name: &Name, merged: &MergedType) {
        if !merged.directives.iter().any(|one| one.name == "oneOf") {
            return;
        }
        for (field, input) in &merged.inputs {
            if !input.ty.is_non_null() && input.default.is_none() {
                continue;
            }
            let coordinate = format!("{name}.{field}");
            let message = format!(
                "{name} is @oneOf, so {coordinate} can neither be non-null nor have a default value: \
                 make it nullable and take the default away in every subgraph"
            );
            self.error(Code::InvalidGraphql, &coordinate, &input.sites, message);
        }
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
        let everywhere = sources.len() == places.len();
        // What nobody sees is given by nobody, so it need not be understood everywhere.
        if everywhere || (role == InputRole::Field && is_hidden(sources)) {
            let mut merged = self.merge_input(coordinate, role, sources)?;
            let applied = sources.iter();
            let applied = applied.flat_map(|(graph, one)| applied_in(*graph, &one.applied));
            merged.directives = self.merge_applied(coordinate, applied);
            return Some(merged);
        }
        if role == InputRole::Field {
            // It is left out, but must mean one thing all the same.
            let left_out = self.merge_input(coordinate, role, sources);
            let ty = left_out.map(|input| input.ty.inner_named_type().clone());
            self.left_out_inputs.extend(ty);
        }
        self.report_missing(coordinate, role, sources, places);
        None
    }

    /// Not every subgraph has the input: a mistake if another one requires it.
    fn report_missing(
        &mut self,
        coordinate: &str,
        role: InputRole,
        sources: &[(usize, &Input)],
        places: &[Site],
    ) {
        let having = sites(sources);
        let required = sources.iter().filter(|(_, one)| one.is_required());
        let required: Vec<Site> = required.map(|(graph, one)| (*graph, one.at)).collect();
        if required.is_empty() {
            return self.hint_dropped_input(role.dropped(), coordinate, &having, places);
        }
        let lacking = lacking(places, &having);
        let message = format!(
            "{coordinate} is required in {}, but does not exist in {}; make it optional or add it",
            self.names(required.iter().map(|(graph, _)| *graph)),
            self.names(lacking.iter().map(|(graph, _)| *graph)),
        );
        let sites = [required, lacking].concat();
        self.error(role.missing(), coordinate, &sites, message);
    }

    fn merge_input(
        &mut self,
        coordinate: &str,
        role: InputRole,
        sources: &[(usize, &Input)],
    ) -> Option<MergedInput> {
        let sourced = || sources.iter().map(|(graph, one)| ((*graph, one.at), *one));
        let codes = (role.type_mismatch(), role.compatible_types());
        let types = sourced().map(|(site, one)| (site, &one.ty));
        let ty = self.merge_field_types(coordinate, codes, types, Variance::Input);
        let descriptions = sourced().map(|(site, one)| (site, one.description.as_deref()));
        let description = self.merge_description(coordinate, descriptions);
        let default = self.merge_default(coordinate, role, sources);
        let (ty, _) = ty?;
        Some(MergedInput {
            description,
            ty,
            default,
            directives: Vec::new(),
            sites: sites(sources),
        })
    }

    /// A default stays only if every subgraph has it; two different ones are a mistake.
    fn merge_default(
        &mut self,
        coordinate: &str,
        role: InputRole,
        sources: &[(usize, &Input)],
    ) -> Option<Node<Value>> {
        let mut defaults = sources.iter().filter_map(|(_, one)| one.default.as_ref());
        let first = defaults.next()?;
        if defaults.any(|other| !values::is_same(other, first)) {
            let message = format!(
                "the default of {coordinate} is {}; give the same default everywhere",
                self.defaults(sources)
            );
            self.error(
                role.default_mismatch(),
                coordinate,
                &sites(sources),
                message,
            );
            return None;
        }
        if sources.iter().any(|(_, one)| one.default.is_none()) {
            self.hint_dropped_default(coordinate, sources);
            return None;
        }
        Some(first.clone())
    }

    fn join_input_field(
        &self,
        sources: &[(usize, &Input)],
        everywhere: bool,
        merged: &mut MergedInput,
    ) {
        let all_equal = sources.iter().all(|(_, one)| one.ty == merged.ty);
        if all_equal && everywhere {
            return;
        }
        let joins = sources.iter().map(|(graph, one)| {
            directive(
                "join__field",
                [
                    ("graph", Some(Value::Enum(self.graph(*graph)))),
                    (
                        "type",
                        (!all_equal).then(|| Value::String(one.ty.to_string())),
                    ),
                ],
            )
        });
        let applied = std::mem::take(&mut merged.directives);
        merged.directives = joins.chain(applied).collect();
    }
}

fn sites(sources: &[(usize, &Input)]) -> Vec<Site> {
    sources
        .iter()
        .map(|(graph, one)| (*graph, one.at))
        .collect()
}

fn is_hidden(sources: &[(usize, &Input)]) -> bool {
    sources.iter().any(|(_, one)| is_inaccessible(&one.applied))
}

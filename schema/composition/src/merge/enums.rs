//! Enums, last: their values depend on where the merged schema uses them.

use std::collections::HashSet;

use apollo_compiler::Name;
use apollo_compiler::ast::Value;
use indexmap::IndexMap;

use super::applied::applied_in;
use super::types::sites;
use super::{Merger, TypeSource};
use crate::diagnostic::Code;
use crate::directive::directive;
use crate::merged::{MergedValue, Site};
use crate::subgraph::{EnumValue, Kind, is_inaccessible};

impl<'a> Merger<'a> {
    pub(super) fn merge_enums(&mut self) {
        let (inputs, outputs) = self.usage();
        for (name, sources) in self.sources {
            let is_enum = self
                .types
                .get(*name)
                .is_some_and(|ty| ty.kind == Kind::Enum);
            if is_enum {
                let used = (inputs.contains(*name), outputs.contains(*name));
                if used == (false, false) {
                    self.hint_unused_enum(name, &sites(sources));
                }
                let values = self.merge_values(name, sources, used);
                if let Some(ty) = self.types.get_mut(*name) {
                    ty.values = values;
                }
            }
        }
    }

    /// Names of types used in arguments and input fields, and of types used as results.
    fn usage(&self) -> (HashSet<Name>, HashSet<Name>) {
        let mut inputs = self.left_out_inputs.clone();
        inputs.extend(self.custom_input_types());
        let mut outputs = self.left_out_outputs.clone();
        for directive in self.executable_directives.values() {
            let arguments = directive.arguments.values();
            inputs.extend(arguments.map(|one| one.ty.inner_named_type().clone()));
        }
        for ty in self.types.values() {
            for field in ty.fields.values() {
                outputs.insert(field.ty.inner_named_type().clone());
                let arguments = field.arguments.values();
                inputs.extend(arguments.map(|one| one.ty.inner_named_type().clone()));
            }
            let fields = ty.inputs.values();
            inputs.extend(fields.map(|one| one.ty.inner_named_type().clone()));
        }
        (inputs, outputs)
    }

    fn merge_values(
        &mut self,
        name: &Name,
        sources: &[TypeSource<'a>],
        (as_input, as_output): (bool, bool),
    ) -> IndexMap<Name, MergedValue> {
        let mut values: IndexMap<&Name, Vec<(usize, &EnumValue)>> = IndexMap::new();
        for source in sources {
            for (value, definition) in &source.ty.values {
                values
                    .entry(value)
                    .or_default()
                    .push((source.graph, definition));
            }
        }
        let places = sites(sources);
        let before = self.report.len();
        let mut merged = IndexMap::new();
        for (value, having) in values {
            let everywhere = having.len() == sources.len();
            // As a result any value may appear; as input only what all subgraphs understand, and
            // what nobody sees.
            let visible_input = as_input && !everywhere && !is_hidden(&having);
            if visible_input && as_output {
                self.report_mismatch(name, value, &having, sources);
            } else if visible_input || !(everywhere || as_input) {
                let having = value_sites(&having);
                self.hint_enum_value((name, value), as_input, &having, &places);
            }
            if as_output || !visible_input {
                let one = self.merge_value(name, value, &having);
                merged.insert(value.clone(), one);
            }
        }
        if merged.is_empty() && self.report.len() == before {
            let message = format!(
                "{name} is used as input, but has no value that {} all know",
                self.names(sources.iter().map(|source| source.graph))
            );
            self.error(Code::EmptyMergedEnumType, name, &places, message);
        }
        merged
    }

    fn report_mismatch(
        &mut self,
        name: &Name,
        value: &Name,
        having: &[(usize, &EnumValue)],
        sources: &[TypeSource<'a>],
    ) {
        let known: HashSet<usize> = having.iter().map(|(graph, _)| *graph).collect();
        let lacking = sources
            .iter()
            .filter(|source| !known.contains(&source.graph));
        let lacking: Vec<Site> = lacking.map(|source| (source.graph, source.ty.at)).collect();
        let message = format!(
            "{name} is used both as input and as output, so its values must be the same everywhere; {value} is in {}, but not in {}",
            self.names(having.iter().map(|(graph, _)| *graph)),
            self.names(lacking.iter().map(|(graph, _)| *graph)),
        );
        let sites = [value_sites(having), lacking].concat();
        let coordinate = format!("{name}.{value}");
        self.error(Code::EnumValueMismatch, &coordinate, &sites, message);
    }

    fn merge_value(
        &mut self,
        name: &Name,
        value: &Name,
        having: &[(usize, &EnumValue)],
    ) -> MergedValue {
        let joins = having.iter().map(|(graph, _)| {
            let graph = Value::Enum(self.graph(*graph));
            directive("join__enumValue", [("graph", Some(graph))])
        });
        let mut directives: Vec<_> = joins.collect();
        let coordinate = format_args!("{name}.{value}");
        let applied = having.iter();
        let applied = applied.flat_map(|(graph, one)| applied_in(*graph, &one.applied));
        directives.extend(self.merge_applied(coordinate, applied));
        let descriptions = having.iter();
        let descriptions =
            descriptions.map(|(graph, one)| ((*graph, one.at), one.description.as_deref()));
        MergedValue {
            description: self.merge_description(coordinate, descriptions),
            directives,
        }
    }
}

fn value_sites(having: &[(usize, &EnumValue)]) -> Vec<Site> {
    having
        .iter()
        .map(|(graph, value)| (*graph, value.at))
        .collect()
}

fn is_hidden(having: &[(usize, &EnumValue)]) -> bool {
    having
        .iter()
        .any(|(_, value)| is_inaccessible(&value.applied))
}

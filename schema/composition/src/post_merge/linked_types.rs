//! Types in the namespace of a specification that the supergraph links are removed from the API,
//! so nothing that stays there may refer to them.

use std::collections::HashSet;

use apollo_compiler::Name;

use super::Check;
use crate::diagnostic::Code;
use crate::merged::{MergedType, Site, is_inaccessible};
use crate::specification::Federation;
use crate::subgraph::Composing;

impl<'a> Check<'a> {
    pub(super) fn linked_types(&mut self) {
        let linked = self.linked_names();
        let merged = self.merged;
        let is_linked = |name: &Name| {
            let namespace = name.split_once("__").map(|(namespace, _)| namespace);
            namespace.is_some_and(|namespace| linked.contains(namespace))
        };
        let removed: HashSet<&Name> = merged.types.keys().filter(|name| is_linked(name)).collect();
        if removed.is_empty() {
            return;
        }
        for (name, ty) in &merged.types {
            if !removed.contains(name) && !is_inaccessible(&ty.directives) {
                self.refers(name, ty, &removed);
            }
        }
    }

    fn linked_names(&self) -> HashSet<&'a str> {
        let features = self.merged.features.iter();
        let mut names: HashSet<&str> = features.map(|feature| feature.local_name()).collect();
        for composing in &self.merged.used {
            match composing {
                // It is of the same specification as `@cost`.
                Composing::Federation(Federation::ListSize) => names.insert("cost"),
                Composing::Federation(known) => names.insert(known.name()),
                _ => false,
            };
        }
        names
    }

    fn refers(&mut self, name: &Name, ty: &'a MergedType, removed: &HashSet<&Name>) {
        for other in ty.implements.iter().chain(&ty.members) {
            self.reference_to_linked(name, other, &ty.sites, removed);
        }
        let visible = ty.fields.iter();
        for (field, definition) in visible.filter(|(_, one)| !is_inaccessible(&one.directives)) {
            let coordinate = format!("{name}.{field}");
            let inner = definition.ty.inner_named_type();
            self.reference_to_linked(&coordinate, inner, &definition.sites, removed);
            let arguments = definition.arguments.iter();
            for (argument, input) in arguments.filter(|(_, one)| !is_inaccessible(&one.directives))
            {
                let coordinate = format!("{coordinate}({argument}:)");
                let inner = input.ty.inner_named_type();
                self.reference_to_linked(&coordinate, inner, &input.sites, removed);
            }
        }
        let inputs = ty.inputs.iter();
        for (field, input) in inputs.filter(|(_, one)| !is_inaccessible(&one.directives)) {
            let coordinate = format!("{name}.{field}");
            let inner = input.ty.inner_named_type();
            self.reference_to_linked(&coordinate, inner, &input.sites, removed);
        }
    }

    fn reference_to_linked(
        &mut self,
        coordinate: &str,
        other: &Name,
        sites: &[Site],
        removed: &HashSet<&Name>,
    ) {
        if removed.contains(other) {
            let message = format!(
                "{coordinate} refers to {other}, which belongs to a specification that the supergraph links and so is no part of the API; make {coordinate} @inaccessible, or use a type of another name"
            );
            self.error(Code::ReferencedInaccessible, coordinate, sites, message);
        }
    }
}

//! `@override`: which subgraphs' fields are resolved elsewhere now.

use super::Merger;
use super::fields::FieldSource;
use crate::diagnostic::Code;
use crate::merged::{Overridden, Overrides};
use crate::subgraph::Override;

impl<'a> Merger<'a> {
    pub(super) fn overrides(&mut self, coordinate: &str, sources: &[FieldSource<'a>]) -> Overrides {
        let mut found = Overrides::default();
        for source in sources {
            let Some(overrides) = &source.field.overrides else {
                continue;
            };
            // That `from` names no subgraph, or one without the field, is no mistake: it may be
            // what is left after a migration.
            let Some(from) = self.graph_named(&overrides.from) else {
                self.hint_override_from_nowhere(coordinate, source, overrides);
                continue;
            };
            let position = sources.binary_search_by_key(&from, |other| other.graph);
            let target = position.ok().and_then(|position| sources.get(position));
            let Some(target) = target.filter(|_| from != source.graph) else {
                self.override_nothing(coordinate, source, overrides, from);
                continue;
            };
            if !self.can_override(coordinate, source, target) {
                continue;
            }
            if let Some(label) = &overrides.label {
                self.has_labels = true;
                found.label_both(source.graph, target.graph, label);
            }
            if target.is_external() {
                self.hint_override_of_nothing(coordinate, source, overrides, Some(target));
                continue;
            }
            let state = if target.valid.facts.is_used(target.ty, target.field) {
                Overridden::Used
            } else {
                Overridden::Unused
            };
            self.hint_overridden(coordinate, source, target, (overrides, state));
            found.insert(target.graph, state);
        }
        found
    }

    /// The overridden subgraph does not have the field, unless as one of an interface object.
    fn override_nothing(
        &mut self,
        coordinate: &str,
        source: &FieldSource<'a>,
        overrides: &Override,
        from: usize,
    ) {
        let objects = self.by_interface_objects(&source.ty.name, &source.field.name);
        let object = objects.into_iter().find(|(graph, ..)| *graph == from);
        let Some((_, site, _)) = object else {
            return self.hint_override_of_nothing(coordinate, source, overrides, None);
        };
        let message = format!(
            "{coordinate} cannot be overridden from subgraph {:?}, which resolves it by an @interfaceObject for all implementations",
            overrides.from
        );
        let code = Code::OverrideCollisionWithAnotherDirective;
        let sites = [(source.graph, overrides.at), site];
        self.error(code, coordinate, &sites, message);
    }

    fn can_override(
        &mut self,
        coordinate: &str,
        source: &FieldSource<'a>,
        target: &FieldSource<'a>,
    ) -> bool {
        let at = source.field.overrides.as_ref().and_then(|one| one.at);
        let sites = [(source.graph, at), target.site()];
        let from = self.graph_name(target.graph).to_owned();
        if target.field.overrides.is_some() {
            let message = format!("{coordinate} of subgraph {from:?} is itself an @override");
            self.error(Code::OverrideSourceHasOverride, coordinate, &sites, message);
            return false;
        }
        let field_sets = [
            ("@requires", target.field.requires.is_some()),
            ("@provides", target.field.provides.is_some()),
        ];
        for (directive, present) in field_sets {
            if present {
                let message = format!(
                    "{coordinate} of subgraph {from:?} has {directive}, so it cannot be overridden"
                );
                let code = Code::OverrideCollisionWithAnotherDirective;
                self.error(code, coordinate, &sites, message);
                return false;
            }
        }
        true
    }
}

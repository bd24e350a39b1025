//! `@override`: which subgraphs' fields are resolved elsewhere now.

use super::Merger;
use super::fields::FieldSource;
use crate::diagnostic::Code;
use crate::merged::{Overridden, Overrides};
use crate::subgraph::{Kind, Override};

impl<'a> Merger<'a> {
    pub(super) fn overrides(&mut self, coordinate: &str, sources: &[FieldSource<'a>]) -> Overrides {
        let mut found = Overrides::default();
        for source in sources {
            let Some(overrides) = &source.field.overrides else {
                continue;
            };
            if !self.may_override(coordinate, source, overrides) {
                continue;
            }
            // That `from` names no subgraph, or one without the field, is no mistake: it may be
            // what is left after a migration.
            let Some(from) = self.graph_named(&overrides.from) else {
                self.hint_override_from_nowhere(coordinate, source, overrides);
                continue;
            };
            let position = sources.binary_search_by_key(&from, |other| other.graph);
            let target = position.ok().and_then(|position| sources.get(position));
            let Some(target) = target else {
                self.override_nothing(coordinate, source, overrides, from);
                continue;
            };
            if !self.can_override(coordinate, source, target) {
                continue;
            }
            let label = self.label(coordinate, source, overrides);
            if let Some(label) = label {
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
            if label.is_some() || overrides.label.is_none() {
                self.hint_overridden(coordinate, source, target, (overrides, state));
            }
            found.insert(target.graph, state);
        }
        found
    }

    /// Whether the field can be an override of anything.
    fn may_override(
        &mut self,
        coordinate: &str,
        source: &FieldSource<'a>,
        overrides: &Override,
    ) -> bool {
        let (code, message) = if source.ty.kind == Kind::Interface {
            let message = "@override is not supported on fields of interfaces".to_owned();
            (Code::OverrideOnInterface, message)
        } else if source.ty.is_interface_object() {
            let message = "@override is not supported on fields of an @interfaceObject".to_owned();
            (Code::OverrideCollisionWithAnotherDirective, message)
        } else if overrides.from == self.graph_name(source.graph) {
            let message = format!("{coordinate} cannot override itself: name another subgraph");
            (Code::OverrideFromSelfError, message)
        } else {
            return true;
        };
        self.error(code, coordinate, &[(source.graph, overrides.at)], message);
        false
    }

    fn label<'o>(
        &mut self,
        coordinate: &str,
        source: &FieldSource<'a>,
        overrides: &'o Override,
    ) -> Option<&'o str> {
        let label = overrides.label.as_deref()?;
        if is_label(label) {
            return Some(label);
        }
        let message = format!(
            "{label:?} is no label: a label is letters, digits and _-:./ beginning with a letter, or percent(0) to percent(100)"
        );
        let sites = [(source.graph, overrides.at)];
        self.error(Code::OverrideLabelInvalid, coordinate, &sites, message);
        None
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
        let code = Code::OverrideCollisionWithAnotherDirective;
        if let Some((directive, _)) = field_sets.iter().find(|(_, present)| *present) {
            let message = format!(
                "{coordinate} of subgraph {from:?} has {directive}, so it cannot be overridden"
            );
            self.error(code, coordinate, &sites, message);
            return false;
        }
        if source.is_external() {
            let message = format!("{coordinate} cannot be both @override and @external");
            self.error(code, coordinate, &sites[..1], message);
            return false;
        }
        true
    }
}

/// `[a-zA-Z][a-zA-Z0-9_\-:./]*` or `percent(n)`, n from 0 to 100 with up to 8 decimals.
fn is_label(label: &str) -> bool {
    let percent = label
        .strip_prefix("percent(")
        .and_then(|rest| rest.strip_suffix(')'));
    match percent {
        Some(number) => is_percentage(number),
        None => {
            label.starts_with(|c: char| c.is_ascii_alphabetic())
                && label
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_-:./".contains(c))
        }
    }
}

fn is_percentage(number: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match number.split_once('.') {
        None => number == "100" || number.len() <= 2 && digits(number),
        Some((whole, decimals)) => {
            whole.len() <= 2 && digits(whole) && decimals.len() <= 8 && digits(decimals)
        }
    }
}

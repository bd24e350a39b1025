//! `@external`, `@shareable`, `@override` and what may not stand beside them.

use super::Check;
use crate::diagnostic::Code;
use crate::subgraph::{Field, Kind, TypeDefinition};

impl Check<'_> {
    pub(super) fn type_directives(&mut self, ty: &TypeDefinition) {
        if let Some(at) = ty.repeated_shareable {
            let message = "@shareable is repeated on one declaration".to_owned();
            self.error(Code::InvalidShareableUsage, &ty.name, at, message);
        }
    }

    pub(super) fn field_directives(&mut self, ty: &TypeDefinition, field: &Field) {
        let coordinate = format!("{}.{}", ty.name, field.name);
        self.shareable(ty, field, &coordinate);
        self.external(ty, field, &coordinate);
        self.overrides(ty, field, &coordinate);
    }

    fn shareable(&mut self, ty: &TypeDefinition, field: &Field, coordinate: &str) {
        if let (Kind::Interface, Some(at)) = (ty.kind, field.shareable) {
            let message = "@shareable is for fields of object types; an interface resolves nothing"
                .to_owned();
            self.error(Code::InvalidShareableUsage, coordinate, at, message);
        }
        if let Some(at) = field.repeated_shareable {
            let message = "@shareable is repeated on one field".to_owned();
            self.error(Code::InvalidShareableUsage, coordinate, at, message);
        }
    }

    fn external(&mut self, ty: &TypeDefinition, field: &Field, coordinate: &str) {
        let Some(at) = field.external else {
            return;
        };
        if ty.kind == Kind::Interface {
            let message =
                "@external is for fields of object types; an interface resolves nothing".to_owned();
            self.error(Code::ExternalOnInterface, coordinate, at, message);
        }
        if !self.facts.is_external(ty, field) {
            return;
        }
        if !self.facts.is_used(ty, field) {
            let message = format!(
                "{coordinate} is @external but no @key, @requires, @provides or interface uses it; remove it, or remove @external if this subgraph resolves it"
            );
            self.error(Code::ExternalUnused, coordinate, at, message);
        }
    }

    fn overrides(&mut self, ty: &TypeDefinition, field: &Field, coordinate: &str) {
        let Some(overrides) = &field.overrides else {
            return;
        };
        let at = overrides.at;
        if ty.kind == Kind::Interface {
            let message = "@override is not supported on fields of interfaces".to_owned();
            return self.error(Code::OverrideOnInterface, coordinate, at, message);
        }
        if ty.is_interface_object() {
            let message = "@override is not supported on fields of an @interfaceObject".to_owned();
            let code = Code::OverrideCollisionWithAnotherDirective;
            return self.error(code, coordinate, at, message);
        }
        if overrides.from == self.subgraph.name() {
            let message = format!("{coordinate} cannot override itself: name another subgraph");
            self.error(Code::OverrideFromSelfError, coordinate, at, message);
        }
        if self.facts.is_external(ty, field) {
            let message = format!("{coordinate} cannot be both @override and @external");
            let code = Code::OverrideCollisionWithAnotherDirective;
            self.error(code, coordinate, at, message);
        }
        if let Some(label) = overrides.label.as_deref().filter(|label| !is_label(label)) {
            let message = format!(
                "{label:?} is no label: a label is letters, digits and _-:./ beginning with a letter, or percent(0) to percent(100)"
            );
            self.error(Code::OverrideLabelInvalid, coordinate, at, message);
        }
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

//! `@external`, `@shareable` and what may not stand beside them.

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
}

//! Access rules stand where something is resolved, not on interfaces.

use super::Check;
use crate::diagnostic::Code;
use crate::subgraph::{Applied, Composing, Kind, TypeDefinition};

impl Check<'_> {
    pub(super) fn interface_access(&mut self, ty: &TypeDefinition) {
        let what = match ty.kind {
            Kind::Interface => "an interface",
            Kind::Object if ty.is_interface_object() => "an @interfaceObject",
            _ => return,
        };
        self.no_access_rules(&ty.name, &ty.applied, what);
        // The fields of an interface object are resolved by it.
        if ty.kind == Kind::Interface {
            for field in ty.fields.values() {
                let coordinate = format!("{}.{}", ty.name, field.name);
                self.no_access_rules(&coordinate, &field.applied, "a field of an interface");
            }
        }
    }

    fn no_access_rules(&mut self, coordinate: &str, applied: &[Applied], what: &str) {
        for applied in applied.iter().filter(|applied| applied.is_access_rule()) {
            if let Composing::Federation(directive) = applied.directive {
                let message = format!(
                    "{directive} cannot stand on {what}; put it on the implementations, and the supergraph's {coordinate} asks for what they ask for"
                );
                let code = Code::AuthRequirementsAppliedOnInterface;
                self.error(code, coordinate, applied.at, message);
            }
        }
    }
}

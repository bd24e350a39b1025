//! `@cost` and `@listSize`.

use apollo_compiler::Node;
use apollo_compiler::ast::Directive;

use super::Check;
use crate::diagnostic::Code;
use crate::source::At;
use crate::specification::Federation;
use crate::subgraph::{Applied, Composing, Field, Kind, TypeDefinition};

impl Check<'_> {
    pub(super) fn field_cost(&mut self, ty: &TypeDefinition, field: &Field) {
        let coordinate = format!("{}.{}", ty.name, field.name);
        if ty.kind == Kind::Interface {
            self.no_cost(&coordinate, &field.applied);
        }
        for applied in &field.applied {
            if applied.directive == Composing::Federation(Federation::ListSize) {
                self.list_size(field, &coordinate, &applied.node, applied.at);
            }
        }
    }

    fn no_cost(&mut self, coordinate: &str, applied: &[Applied]) {
        let cost = Composing::Federation(Federation::Cost);
        for applied in applied.iter().filter(|one| one.directive == cost) {
            let message =
                "@cost is not for fields of interfaces; put it on the implementations".to_owned();
            let code = Code::CostAppliedToInterfaceField;
            self.error(code, coordinate, applied.at, message);
        }
    }

    fn list_size(&mut self, field: &Field, coordinate: &str, node: &Node<Directive>, at: At) {
        let argument = |name| node.specified_argument_by_name(name);
        let names = |name| {
            let list = argument(name).and_then(|value| value.as_list());
            list.unwrap_or_default()
                .iter()
                .filter_map(|value| value.as_str())
        };
        let sized: Vec<&str> = names("sizedFields").collect();
        if sized.is_empty() && !field.ty.is_list() {
            let message =
                format!("{coordinate} is not a list; name its list fields in sizedFields");
            self.error(Code::ListSizeAppliedToNonList, coordinate, at, message);
        }
        let assumed = argument("assumedSize").and_then(|value| value.to_i32());
        if assumed.is_some_and(|size| size < 0) {
            let message = "assumedSize must not be negative".to_owned();
            self.error(Code::ListSizeInvalidAssumedSize, coordinate, at, message);
        }
        for name in names("slicingArguments") {
            let found = field.arguments.get(name);
            let is_int = found.is_some_and(|argument| {
                !argument.ty.is_list() && argument.ty.inner_named_type() == "Int"
            });
            if !is_int {
                let message =
                    format!("slicing argument {name:?} is not an Int argument of {coordinate}");
                self.error(
                    Code::ListSizeInvalidSlicingArgument,
                    coordinate,
                    at,
                    message,
                );
            }
        }
        self.sized_fields(field, coordinate, &sized, at);
    }

    fn sized_fields(&mut self, field: &Field, coordinate: &str, sized: &[&str], at: At) {
        let inner = field.ty.inner_named_type();
        let target = self.subgraph.types.get(inner);
        for name in sized {
            let found = target.and_then(|target| target.fields.get(*name));
            let (code, message) = match found {
                None => (
                    Code::ListSizeInvalidSizedField,
                    format!("{inner} has no field {name:?} that could be sized"),
                ),
                Some(field) if !field.ty.is_list() => (
                    Code::ListSizeAppliedToNonList,
                    format!("sized field {name:?} of {inner} is not a list"),
                ),
                Some(_) => continue,
            };
            self.error(code, coordinate, at, message);
        }
    }
}

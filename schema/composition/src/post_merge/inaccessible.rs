//! `@inaccessible`: what stays visible must not lean on what does not.

use apollo_compiler::Name;
use apollo_compiler::ast::{Type, Value};

use super::Check;
use crate::diagnostic::Code;
use crate::merged::{Feature, MergedField, MergedInput, MergedType, Site, is_inaccessible};
use crate::specification::Federation;
use crate::subgraph::Composing;

impl<'a> Check<'a> {
    pub(super) fn inaccessible(&mut self) {
        self.composed_directives();
        let directive = Composing::Federation(Federation::Inaccessible);
        if !self.merged.used.contains(&directive) {
            return;
        }
        let merged = self.merged;
        for (name, ty) in &merged.types {
            if is_inaccessible(&ty.directives) {
                if name == "Query" {
                    let message = "the query root type cannot be @inaccessible: an API has at least one query; hide its fields instead".to_owned();
                    self.error(Code::QueryRootTypeInaccessible, name, &ty.sites, message);
                }
                continue;
            }
            self.visible_type(name, ty);
        }
        for (name, directive) in &merged.executable_directives {
            for (argument, input) in &directive.arguments {
                self.input(&format!("@{name}({argument}:)"), input);
            }
        }
    }

    /// What subgraphs apply to their schemas, the API does not have, so nothing of it can be hidden.
    fn composed_directives(&mut self) {
        let merged = self.merged;
        let arguments = merged.custom.values().flat_map(|one| &one.inaccessible);
        for (coordinate, site) in arguments {
            self.disallowed(coordinate, &[*site]);
        }
        for (name, ty) in &merged.types {
            let belongs = |feature: &Feature| {
                let rest = name.strip_prefix(feature.local_name());
                rest.is_some_and(|rest| rest.starts_with("__"))
            };
            if merged.features.iter().any(belongs) {
                self.specified_type(name, ty);
            }
        }
    }

    /// A type of a composed directive's specification.
    fn specified_type(&mut self, name: &Name, ty: &'a MergedType) {
        if is_inaccessible(&ty.directives) {
            self.disallowed(name, &ty.sites);
        }
        for (field, definition) in &ty.fields {
            if is_inaccessible(&definition.directives) {
                self.disallowed(&format!("{name}.{field}"), &definition.sites);
            }
        }
        for (field, input) in &ty.inputs {
            if is_inaccessible(&input.directives) {
                self.disallowed(&format!("{name}.{field}"), &input.sites);
            }
        }
        for (value, definition) in &ty.values {
            if is_inaccessible(&definition.directives) {
                self.disallowed(&format!("{name}.{value}"), &ty.sites);
            }
        }
    }

    fn disallowed(&mut self, coordinate: &str, sites: &[Site]) {
        let message = format!(
            "{coordinate} belongs to a composed directive, which clients do not see at all; it cannot be @inaccessible"
        );
        self.error(Code::DisallowedInaccessible, coordinate, sites, message);
    }

    fn is_hidden_type(&self, name: &Name) -> bool {
        let ty = self.merged.types.get(name);
        ty.is_some_and(|ty| is_inaccessible(&ty.directives))
    }

    fn visible_type(&mut self, name: &Name, ty: &'a MergedType) {
        let hidden = [
            all_hidden(ty.fields.values(), |one| is_inaccessible(&one.directives)),
            all_hidden(ty.inputs.values(), |one| is_inaccessible(&one.directives)),
            all_hidden(ty.values.values(), |one| is_inaccessible(&one.directives)),
            all_hidden(ty.members.iter(), |one| self.is_hidden_type(one)),
        ];
        if hidden.contains(&true) {
            let message = format!(
                "{name} is visible, but all it consists of is @inaccessible; make {name} @inaccessible too"
            );
            self.error(Code::OnlyInaccessibleChildren, name, &ty.sites, message);
        }
        for (field, definition) in &ty.fields {
            let coordinate = format!("{name}.{field}");
            self.implemented(name, ty, field, definition);
            self.requires_hidden_argument(name, ty, field, definition);
            if is_inaccessible(&definition.directives) {
                continue;
            }
            self.reference(&coordinate, &definition.ty, &definition.sites);
            for (argument, input) in &definition.arguments {
                self.input(&format!("{coordinate}({argument}:)"), input);
            }
        }
        for (field, input) in &ty.inputs {
            self.input(&format!("{name}.{field}"), input);
        }
    }

    fn reference(&mut self, coordinate: &str, ty: &Type, sites: &[Site]) {
        let inner = ty.inner_named_type();
        if self.is_hidden_type(inner) {
            let message = format!(
                "{coordinate} is visible, but its type {inner} is @inaccessible; hide both or neither"
            );
            self.error(Code::ReferencedInaccessible, coordinate, sites, message);
        }
    }

    fn input(&mut self, coordinate: &str, input: &MergedInput) {
        if is_inaccessible(&input.directives) {
            if input.is_required() {
                let message = format!(
                    "{coordinate} is required, so it cannot be @inaccessible: nobody could give it"
                );
                self.error(
                    Code::RequiredInaccessible,
                    coordinate,
                    &input.sites,
                    message,
                );
            }
            return;
        }
        self.reference(coordinate, &input.ty, &input.sites);
        if let Some(default) = &input.default
            && let Some(hidden) = self.hidden_in(default, &input.ty)
        {
            let message = format!(
                "the default of {coordinate} uses {hidden}, which is @inaccessible; use what is visible, or hide {coordinate} too"
            );
            let code = Code::DefaultValueUsesInaccessible;
            self.error(code, coordinate, &input.sites, message);
        }
    }

    /// The coordinate of an inaccessible element that a value of this type uses.
    fn hidden_in(&self, value: &Value, ty: &Type) -> Option<String> {
        let inner = ty.inner_named_type();
        let definition = self.merged.types.get(inner)?;
        match value {
            Value::Enum(name) => {
                let value = definition.values.get(name)?;
                is_inaccessible(&value.directives).then(|| format!("{inner}.{name}"))
            }
            Value::List(items) => items.iter().find_map(|item| self.hidden_in(item, ty)),
            Value::Object(fields) => fields.iter().find_map(|(name, value)| {
                let field = definition.inputs.get(name)?;
                if is_inaccessible(&field.directives) {
                    return Some(format!("{inner}.{name}"));
                }
                self.hidden_in(value, &field.ty)
            }),
            _ => None,
        }
    }

    /// A hidden field cannot implement a visible one; nor a hidden argument.
    fn implemented(
        &mut self,
        name: &Name,
        ty: &'a MergedType,
        field: &Name,
        definition: &'a MergedField,
    ) {
        let merged = self.merged;
        for interface in ty
            .implements
            .iter()
            .filter(|one| !self.is_hidden_type(one))
            .collect::<Vec<_>>()
        {
            let wanted = merged
                .types
                .get(interface)
                .and_then(|interface| interface.fields.get(field))
                .filter(|wanted| !is_inaccessible(&wanted.directives));
            let Some(wanted) = wanted else {
                continue;
            };
            let code = Code::ImplementedByInaccessible;
            if is_inaccessible(&definition.directives) {
                let coordinate = format!("{name}.{field}");
                let message = format!(
                    "{coordinate} is @inaccessible, but {interface}.{field}, which it implements, is visible; hide both or neither"
                );
                self.error(code, &coordinate, &definition.sites, message);
                continue;
            }
            for (argument, input) in &definition.arguments {
                let visible = wanted
                    .arguments
                    .get(argument)
                    .is_some_and(|wanted| !is_inaccessible(&wanted.directives));
                if visible && is_inaccessible(&input.directives) {
                    let coordinate = format!("{name}.{field}({argument}:)");
                    let message = format!(
                        "{coordinate} is @inaccessible, but {interface}.{field}({argument}:), which it implements, is visible; hide both or neither"
                    );
                    self.error(code, &coordinate, &input.sites, message);
                }
            }
        }
    }

    /// An argument that an interface hides is given by nobody who selects through the interface.
    fn requires_hidden_argument(
        &mut self,
        name: &Name,
        ty: &'a MergedType,
        field: &Name,
        definition: &'a MergedField,
    ) {
        let merged = self.merged;
        for (argument, input) in &definition.arguments {
            if !input.is_required() || is_inaccessible(&input.directives) {
                continue;
            }
            for interface in ty
                .implements
                .iter()
                .filter(|one| !self.is_hidden_type(one))
                .collect::<Vec<_>>()
            {
                let fields = merged.types.get(interface).map(|one| &one.fields);
                let wanted = fields
                    .and_then(|fields| fields.get(field))
                    .filter(|wanted| !is_inaccessible(&wanted.directives))
                    .and_then(|wanted| wanted.arguments.get(argument))
                    .filter(|wanted| is_inaccessible(&wanted.directives));
                if let Some(wanted) = wanted {
                    let coordinate = format!("{interface}.{field}({argument}:)");
                    let message = format!(
                        "{coordinate} is @inaccessible, but {name}.{field}({argument}:), which implements it, is required; make that one optional"
                    );
                    let sites: Vec<Site> =
                        wanted.sites.iter().chain(&input.sites).copied().collect();
                    self.error(Code::RequiredInaccessible, &coordinate, &sites, message);
                }
            }
        }
    }
}

fn all_hidden<T>(
    mut children: impl ExactSizeIterator<Item = T>,
    is_hidden: impl Fn(T) -> bool,
) -> bool {
    children.len() > 0 && children.all(is_hidden)
}

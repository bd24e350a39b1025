//! Reading what types consist of: fields, arguments, values and the directives on them.

use std::collections::HashMap;

use apollo_compiler::ast::Directive;
use apollo_compiler::collections::{IndexMap as CompilerMap, IndexSet};
use apollo_compiler::schema::{
    Component, ComponentName, ComponentOrigin, DirectiveList, ExtendedType, FieldDefinition,
    InputValueDefinition,
};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::build::Reader;
use super::{Applied, CacheTag, Composing, EnumValue, Field, Input, Override, TypeDefinition};
use crate::links::is_machinery_field;
use crate::source::At;
use crate::specification::{Federation, Version};

/// Where a declaration of a type has a directive that its fields inherit.
type Inherited<'d> = HashMap<(&'d ComponentOrigin, Federation), At>;

impl Reader<'_> {
    pub(super) fn contents(&self, ty: &ExtendedType, out: &mut TypeDefinition) {
        match ty {
            ExtendedType::Scalar(_) => {}
            ExtendedType::Object(ty) => {
                out.fields = self.fields(&ty.fields, &ty.directives);
                out.implements = self.component_names(&ty.implements_interfaces);
                if ty.name == self.names.query_root.as_str() {
                    out.fields.retain(|name, _| !is_machinery_field(name));
                }
            }
            ExtendedType::Interface(ty) => {
                out.fields = self.fields(&ty.fields, &ty.directives);
                out.implements = self.component_names(&ty.implements_interfaces);
            }
            ExtendedType::Union(ty) => out.members = self.component_names(&ty.members),
            ExtendedType::Enum(ty) => {
                out.values = in_order(&ty.values)
                    .map(|(name, value)| {
                        let value = EnumValue {
                            at: self.source.at(value.value.location()),
                            description: value.description.as_ref().map(|text| text.to_string()),
                            applied: self.applied(value.directives.iter()),
                        };
                        (name.clone(), value)
                    })
                    .collect();
            }
            ExtendedType::InputObject(ty) => {
                out.inputs = in_order(&ty.fields)
                    .map(|(name, input)| (name.clone(), self.input(input)))
                    .collect();
            }
        }
    }

    fn component_names(&self, names: &IndexSet<ComponentName>) -> IndexMap<Name, At> {
        names
            .iter()
            .map(|name| (self.type_name(name), self.source.at(name.location())))
            .collect()
    }

    fn fields(
        &self,
        fields: &CompilerMap<Name, Component<FieldDefinition>>,
        on_type: &DirectiveList,
    ) -> IndexMap<Name, Field> {
        let inherited = self.inherited(on_type);
        in_order(fields)
            .map(|(name, field)| (name.clone(), self.field(field, &inherited)))
            .collect()
    }

    /// On a type, `@external` and `@shareable` speak of the fields of the same declaration.
    fn inherited<'d>(&self, on_type: &'d DirectiveList) -> Inherited<'d> {
        let mut found = Inherited::new();
        for directive in on_type.iter() {
            let meaning = match self.meaning(directive) {
                // Federation 1 ignored `@external` on types.
                Some(Federation::External) if self.names.version == Version::One => continue,
                Some(known @ (Federation::External | Federation::Shareable)) => known,
                _ => continue,
            };
            let at = self.at(&directive.node);
            found.insert((&directive.origin, meaning), at);
        }
        found
    }

    fn field(&self, field: &Component<FieldDefinition>, inherited: &Inherited<'_>) -> Field {
        let inherited = |meaning| inherited.get(&(&field.origin, meaning)).copied();
        let mut out = Field {
            name: field.name.clone(),
            at: self.source.at(field.name.location()),
            description: field.description.as_ref().map(|text| text.to_string()),
            ty: self.ty(&field.ty),
            arguments: field
                .arguments
                .iter()
                .map(|argument| (argument.name.clone(), self.input(argument)))
                .collect(),
            in_extension: field.origin.extension_id().is_some(),
            external: inherited(Federation::External),
            shareable: inherited(Federation::Shareable),
            repeated_shareable: None,
            requires: None,
            provides: None,
            overrides: None,
            applied: self.applied(field.directives.iter()),
            cache_tags: Vec::new(),
        };
        self.field_directives(field, &mut out);
        out
    }

    fn field_directives(&self, field: &Component<FieldDefinition>, out: &mut Field) {
        let mut shareable = 0;
        for directive in field.directives.iter() {
            let at = self.at(directive);
            match self.meaning(directive) {
                Some(Federation::External) => out.external = Some(at),
                Some(Federation::Shareable) => {
                    shareable += 1;
                    out.shareable = Some(at);
                    if shareable > 1 {
                        out.repeated_shareable = Some(at);
                    }
                }
                Some(Federation::Requires) => out.requires = Some((self.field_set(directive), at)),
                Some(Federation::Provides) => out.provides = Some((self.field_set(directive), at)),
                Some(Federation::Override) => out.overrides = Some(self.overrides(directive)),
                Some(Federation::CacheTag) => out.cache_tags.push(self.cache_tag(directive)),
                _ => {}
            }
        }
    }

    fn overrides(&self, directive: &Node<Directive>) -> Override {
        let text = |name| {
            directive
                .specified_argument_by_name(name)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        Override {
            at: self.at(directive),
            from: text("from").unwrap_or_default(),
            // An empty one is no label.
            label: text("label").filter(|label| !label.is_empty()),
        }
    }

    pub(super) fn cache_tag(&self, directive: &Node<Directive>) -> CacheTag {
        let format = directive.specified_argument_by_name("format");
        CacheTag {
            at: self.at(directive),
            format: format
                .and_then(|text| text.as_str())
                .unwrap_or_default()
                .to_owned(),
        }
    }

    pub(super) fn input(&self, input: &InputValueDefinition) -> Input {
        Input {
            name: input.name.clone(),
            at: self.source.at(input.name.location()),
            description: input.description.as_ref().map(|text| text.to_string()),
            ty: input.ty.as_ref().clone(),
            default: self.default(input),
            from_context: self.contextual(input.directives.iter()),
            applied: self.applied(input.directives.iter()),
        }
    }

    pub(super) fn applied<'d>(
        &self,
        directives: impl Iterator<Item = &'d Node<Directive>>,
    ) -> Vec<Applied> {
        directives
            .filter_map(|directive| {
                let composing = match self.meaning(directive) {
                    Some(known) if Federation::COMPOSED.contains(&known) => {
                        Composing::Federation(known)
                    }
                    Some(_) => return None,
                    None => match directive.name.as_str() {
                        "deprecated" => Composing::Deprecated,
                        "specifiedBy" => Composing::SpecifiedBy,
                        "oneOf" => Composing::OneOf,
                        name if self.names.composes(name) => Composing::Custom,
                        _ => return None,
                    },
                };
                Some(Applied {
                    directive: composing,
                    at: self.at(directive),
                    node: directive.clone(),
                })
            })
            .collect()
    }
}

/// The definition's own members as written, then those of extensions by name, so that the order
/// of definitions in the file does not matter.
fn in_order<T>(
    members: &CompilerMap<Name, Component<T>>,
) -> impl Iterator<Item = (&Name, &Component<T>)> {
    let (own, mut added): (Vec<_>, Vec<_>) = members
        .iter()
        .partition(|(_, member)| member.origin.extension_id().is_none());
    added.sort_unstable_by_key(|(name, _)| *name);
    own.into_iter().chain(added)
}

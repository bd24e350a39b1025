//! The schema as JSON, along what is wanted.

use std::borrow::Cow;

use apollo_compiler::ast::{
    DirectiveDefinition, DirectiveList, EnumValueDefinition, FieldDefinition, InputValueDefinition,
    Type, Value,
};
use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::{ComponentName, ExtendedType, Implementers};
use apollo_compiler::{Name, Schema};

use super::size;
use super::wanted::Wanted;

/// The answer is larger than any honest question's.
pub(super) struct TooLarge {
    pub(super) limit: usize,
}

type Written = Result<(), TooLarge>;

/// Something that introspection tells of.
#[derive(Clone)]
enum Subject<'a> {
    Schema,
    Type(&'a ExtendedType),
    /// A list or non-null type.
    Wrapper(Cow<'a, Type>),
    Field(&'a FieldDefinition),
    Input(&'a InputValueDefinition),
    Value(&'a EnumValueDefinition),
    Directive(&'a DirectiveDefinition),
}

pub(super) struct Writer<'a> {
    schema: &'a Schema,
    implementers: HashMap<Name, Implementers>,
    out: String,
    limit: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        Self {
            schema,
            implementers: schema.implementers_map(),
            out: String::new(),
            limit: size::allowed(schema),
        }
    }

    /// The value of a field of the query root; all of a request together are bounded.
    pub(super) fn root(&mut self, wanted: &Wanted<'_>) -> Result<String, TooLarge> {
        let subject = match (wanted.field, &wanted.name) {
            ("__schema", _) => Some(Subject::Schema),
            (_, Some(name)) => self.named(name),
            _ => None,
        };
        self.nullable(subject, wanted)?;
        self.limit = self.limit.saturating_sub(self.out.len());
        Ok(std::mem::take(&mut self.out))
    }

    fn named(&self, name: &str) -> Option<Subject<'a>> {
        self.schema.types.get(name).map(Subject::Type)
    }

    fn ty(&self, ty: &'a Type) -> Option<Subject<'a>> {
        match ty {
            Type::Named(name) => self.named(name),
            wrapper => Some(Subject::Wrapper(Cow::Borrowed(wrapper))),
        }
    }

    fn nullable(&mut self, subject: Option<Subject<'a>>, wanted: &Wanted<'_>) -> Written {
        match subject {
            Some(subject) => self.object(&subject, wanted),
            None => self.push("null"),
        }
    }

    fn list(
        &mut self,
        subjects: impl Iterator<Item = Subject<'a>>,
        wanted: &Wanted<'_>,
    ) -> Written {
        self.push("[")?;
        for (index, subject) in subjects.enumerate() {
            if index > 0 {
                self.push(",")?;
            }
            self.object(&subject, wanted)?;
        }
        self.push("]")
    }

    fn object(&mut self, subject: &Subject<'a>, wanted: &Wanted<'_>) -> Written {
        self.push("{")?;
        for (index, field) in wanted.below.iter().enumerate() {
            self.push(if index > 0 { ",\"" } else { "\"" })?;
            self.push(field.key)?;
            self.push("\":")?;
            match subject {
                Subject::Schema => self.schema_field(field)?,
                Subject::Type(ty) => self.type_field(ty, field)?,
                Subject::Wrapper(ty) => self.wrapper_field(ty, field)?,
                Subject::Field(definition) => self.field_field(definition, field)?,
                Subject::Input(definition) => self.input_field(definition, field)?,
                Subject::Value(definition) => self.value_field(definition, field)?,
                Subject::Directive(definition) => self.directive_field(definition, field)?,
            }
        }
        self.push("}")
    }

    fn schema_field(&mut self, wanted: &Wanted<'_>) -> Written {
        let schema = self.schema;
        let definition = &schema.schema_definition;
        let root = |name: &Option<ComponentName>| schema.types.get(&name.as_ref()?.name);
        match wanted.field {
            "types" => self.list(schema.types.values().map(Subject::Type), wanted),
            "directives" => {
                let directives = schema.directive_definitions.values();
                self.list(directives.map(|one| Subject::Directive(one)), wanted)
            }
            "queryType" => self.nullable(root(&definition.query).map(Subject::Type), wanted),
            "mutationType" => self.nullable(root(&definition.mutation).map(Subject::Type), wanted),
            "subscriptionType" => {
                self.nullable(root(&definition.subscription).map(Subject::Type), wanted)
            }
            "description" => self.text(definition.description.as_deref()),
            _ => self.typename(wanted, "__Schema"),
        }
    }

    fn type_field(&mut self, ty: &'a ExtendedType, wanted: &Wanted<'_>) -> Written {
        match wanted.field {
            "kind" => self.text(Some(kind(ty))),
            "name" => self.text(Some(ty.name())),
            "description" => self.text(ty.description().map(|text| &**text)),
            "fields" => self.fields(ty, wanted),
            "interfaces" => self.interfaces(ty, wanted),
            "possibleTypes" => self.possible_types(ty, wanted),
            "enumValues" => match ty {
                ExtendedType::Enum(definition) => {
                    let values = definition.values.values().map(|value| &**value);
                    let shown = values.filter(|value| wanted.shows(&value.directives));
                    self.list(shown.map(|value| Subject::Value(value)), wanted)
                }
                _ => self.push("null"),
            },
            "inputFields" => match ty {
                ExtendedType::InputObject(definition) => {
                    let fields = definition.fields.values().map(|field| &***field);
                    self.inputs(fields, wanted)
                }
                _ => self.push("null"),
            },
            "specifiedByURL" => {
                let directive = ty.directives().get("specifiedBy");
                let url = directive.and_then(|one| one.specified_argument_by_name("url"));
                self.text(url.and_then(|url| url.as_str()))
            }
            "isOneOf" => match ty {
                ExtendedType::InputObject(input) => self.flag(input.directives.has("oneOf")),
                _ => self.push("null"),
            },
            "ofType" => self.push("null"),
            _ => self.typename(wanted, "__Type"),
        }
    }

    fn fields(&mut self, ty: &'a ExtendedType, wanted: &Wanted<'_>) -> Written {
        let fields = match ty {
            ExtendedType::Object(definition) => &definition.fields,
            ExtendedType::Interface(definition) => &definition.fields,
            _ => return self.push("null"),
        };
        let fields = fields.values().map(|field| &***field);
        let shown = fields.filter(|field| wanted.shows(&field.directives));
        self.list(shown.map(Subject::Field), wanted)
    }

    fn interfaces(&mut self, ty: &'a ExtendedType, wanted: &Wanted<'_>) -> Written {
        let interfaces = match ty {
            ExtendedType::Object(definition) => &definition.implements_interfaces,
            ExtendedType::Interface(definition) => &definition.implements_interfaces,
            _ => return self.push("null"),
        };
        let schema = self.schema;
        let types = interfaces
            .iter()
            .filter_map(|one| schema.types.get(&one.name));
        self.list(types.map(Subject::Type), wanted)
    }

    fn possible_types(&mut self, ty: &'a ExtendedType, wanted: &Wanted<'_>) -> Written {
        let schema = self.schema;
        let names: Vec<&Name> = match ty {
            ExtendedType::Interface(definition) => {
                let implementers = self.implementers.get(&definition.name);
                let objects = implementers.into_iter().flat_map(|found| &found.objects);
                let types = objects.filter_map(|name| schema.types.get(name));
                types.map(ExtendedType::name).collect()
            }
            ExtendedType::Union(definition) => {
                definition.members.iter().map(|one| &one.name).collect()
            }
            _ => return self.push("null"),
        };
        let types = names.into_iter().filter_map(|name| schema.types.get(name));
        self.list(types.map(Subject::Type), wanted)
    }

    fn wrapper_field(&mut self, ty: &Type, wanted: &Wanted<'_>) -> Written {
        match wanted.field {
            "kind" => self.text(Some(if ty.is_non_null() { "NON_NULL" } else { "LIST" })),
            "ofType" => {
                let inner = match ty {
                    Type::NonNullNamed(name) => self.named(name),
                    Type::NonNullList(item) => {
                        Some(Subject::Wrapper(Cow::Owned(Type::List(item.clone()))))
                    }
                    Type::List(item) => match &**item {
                        Type::Named(name) => self.named(name),
                        item => Some(Subject::Wrapper(Cow::Owned(item.clone()))),
                    },
                    Type::Named(_) => None,
                };
                self.nullable(inner, wanted)
            }
            "__typename" => self.typename(wanted, "__Type"),
            _ => self.push("null"),
        }
    }

    fn field_field(&mut self, field: &'a FieldDefinition, wanted: &Wanted<'_>) -> Written {
        match wanted.field {
            "name" => self.text(Some(&field.name)),
            "description" => self.text(field.description.as_deref()),
            "args" => self.inputs(field.arguments.iter().map(|one| &**one), wanted),
            "type" => self.nullable(self.ty(&field.ty), wanted),
            _ => self.deprecation(&field.directives, wanted, "__Field"),
        }
    }

    fn input_field(&mut self, input: &'a InputValueDefinition, wanted: &Wanted<'_>) -> Written {
        match wanted.field {
            "name" => self.text(Some(&input.name)),
            "description" => self.text(input.description.as_deref()),
            "type" => self.nullable(self.ty(&input.ty), wanted),
            "defaultValue" => {
                let text = |value: &Value| value.serialize().no_indent().to_string();
                let default = input.default_value.as_deref().map(text);
                self.text(default.as_deref())
            }
            _ => self.deprecation(&input.directives, wanted, "__InputValue"),
        }
    }

    fn value_field(&mut self, value: &EnumValueDefinition, wanted: &Wanted<'_>) -> Written {
        match wanted.field {
            "name" => self.text(Some(&value.value)),
            "description" => self.text(value.description.as_deref()),
            _ => self.deprecation(&value.directives, wanted, "__EnumValue"),
        }
    }

    fn directive_field(
        &mut self,
        directive: &'a DirectiveDefinition,
        wanted: &Wanted<'_>,
    ) -> Written {
        match wanted.field {
            "name" => self.text(Some(&directive.name)),
            "description" => self.text(directive.description.as_deref()),
            "args" => self.inputs(directive.arguments.iter().map(|one| &**one), wanted),
            "locations" => {
                let locations = directive.locations.iter();
                let names: Vec<_> = locations.map(|one| format!("\"{}\"", one.name())).collect();
                self.push(&format!("[{}]", names.join(",")))
            }
            "isRepeatable" => self.flag(directive.repeatable),
            _ => self.typename(wanted, "__Directive"),
        }
    }

    fn inputs(
        &mut self,
        inputs: impl Iterator<Item = &'a InputValueDefinition>,
        wanted: &Wanted<'_>,
    ) -> Written {
        let shown = inputs.filter(|input| wanted.shows(&input.directives));
        self.list(shown.map(Subject::Input), wanted)
    }

    fn deprecation(
        &mut self,
        directives: &DirectiveList,
        wanted: &Wanted<'_>,
        ty: &str,
    ) -> Written {
        let deprecated = directives.get("deprecated");
        match wanted.field {
            "isDeprecated" => self.flag(deprecated.is_some()),
            "deprecationReason" => {
                let schema = self.schema;
                let reason = deprecated.and_then(|one| one.argument_by_name("reason", schema).ok());
                self.text(reason.and_then(|reason| reason.as_str()))
            }
            _ => self.typename(wanted, ty),
        }
    }

    fn typename(&mut self, wanted: &Wanted<'_>, ty: &str) -> Written {
        match wanted.field {
            "__typename" => self.text(Some(ty)),
            _ => self.push("null"),
        }
    }

    fn flag(&mut self, value: bool) -> Written {
        self.push(if value { "true" } else { "false" })
    }

    fn text(&mut self, text: Option<&str>) -> Written {
        match text.map(serde_json::to_string) {
            Some(Ok(json)) => self.push(&json),
            _ => self.push("null"),
        }
    }

    fn push(&mut self, text: &str) -> Written {
        if self.out.len() + text.len() > self.limit {
            return Err(TooLarge { limit: self.limit });
        }
        self.out.push_str(text);
        Ok(())
    }
}

impl Wanted<'_> {
    fn shows(&self, directives: &DirectiveList) -> bool {
        self.with_deprecated || !directives.has("deprecated")
    }
}

fn kind(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Scalar(_) => "SCALAR",
        ExtendedType::Object(_) => "OBJECT",
        ExtendedType::Interface(_) => "INTERFACE",
        ExtendedType::Union(_) => "UNION",
        ExtendedType::Enum(_) => "ENUM",
        ExtendedType::InputObject(_) => "INPUT_OBJECT",
    }
}

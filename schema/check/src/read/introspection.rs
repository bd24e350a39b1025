//! An introspection result as a document (GraphQL, section 4).

use apollo_compiler::ast::{
    self, Argument, Definition, Directive, DirectiveList, DirectiveLocation, Document,
    OperationType, Type, Value,
};
use apollo_compiler::parser::Parser;
use apollo_compiler::{Name, Node, name};
use serde::Deserialize;

use super::{BUILT_IN_DIRECTIVES, MAX_DEPTH, ReadError};

/// Scalars that every schema has.
const BUILT_IN_SCALARS: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

const LOCATIONS: [DirectiveLocation; 19] = [
    DirectiveLocation::Query,
    DirectiveLocation::Mutation,
    DirectiveLocation::Subscription,
    DirectiveLocation::Field,
    DirectiveLocation::FragmentDefinition,
    DirectiveLocation::FragmentSpread,
    DirectiveLocation::InlineFragment,
    DirectiveLocation::VariableDefinition,
    DirectiveLocation::Schema,
    DirectiveLocation::Scalar,
    DirectiveLocation::Object,
    DirectiveLocation::FieldDefinition,
    DirectiveLocation::ArgumentDefinition,
    DirectiveLocation::Interface,
    DirectiveLocation::Union,
    DirectiveLocation::Enum,
    DirectiveLocation::EnumValue,
    DirectiveLocation::InputObject,
    DirectiveLocation::InputFieldDefinition,
];

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "__schema")]
    schema: Schema,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    description: Option<String>,
    query_type: Option<Named>,
    mutation_type: Option<Named>,
    subscription_type: Option<Named>,
    types: Vec<FullType>,
    #[serde(default)]
    directives: Vec<FullDirective>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
    List,
    NonNull,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullType {
    kind: Kind,
    name: String,
    description: Option<String>,
    #[serde(rename = "specifiedByURL")]
    specified_by_url: Option<String>,
    is_one_of: Option<bool>,
    fields: Option<Vec<Field>>,
    interfaces: Option<Vec<Named>>,
    possible_types: Option<Vec<Named>>,
    enum_values: Option<Vec<EnumValue>>,
    input_fields: Option<Vec<InputValue>>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    description: Option<String>,
    #[serde(default)]
    args: Vec<InputValue>,
    #[serde(rename = "type")]
    ty: TypeReference,
    #[serde(flatten)]
    deprecation: Deprecation,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deprecation {
    #[serde(default)]
    is_deprecated: Option<bool>,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InputValue {
    name: String,
    description: Option<String>,
    #[serde(rename = "type")]
    ty: TypeReference,
    default_value: Option<String>,
    #[serde(flatten)]
    deprecation: Deprecation,
}

#[derive(Deserialize)]
struct EnumValue {
    name: String,
    description: Option<String>,
    #[serde(flatten)]
    deprecation: Deprecation,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeReference {
    kind: Kind,
    name: Option<String>,
    of_type: Option<Box<TypeReference>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullDirective {
    name: String,
    description: Option<String>,
    #[serde(default)]
    is_repeatable: bool,
    locations: Vec<String>,
    #[serde(default)]
    args: Vec<InputValue>,
}

type Outcome<T> = Result<T, ReadError>;

/// The definitions of the schema in `json`: an introspection query's answer, or its `data` alone.
pub(super) fn document(json: &str) -> Outcome<Document> {
    let mut answer: serde_json::Value = serde_json::from_str(json).map_err(ReadError::Json)?;
    let data = answer.get_mut("data").map(serde_json::Value::take);
    let answer: Answer =
        serde_json::from_value(data.unwrap_or(answer)).map_err(ReadError::NotIntrospection)?;
    let schema = answer.schema;
    let mut document = Document::new();
    let definitions = &mut document.definitions;
    definitions.push(Definition::SchemaDefinition(Node::new(roots(&schema)?)));
    for ty in schema.types {
        let is_built_in = ty.name.starts_with("__") || BUILT_IN_SCALARS.contains(&&*ty.name);
        if !is_built_in {
            definitions.push(definition(ty)?);
        }
    }
    for directive in schema.directives {
        if !BUILT_IN_DIRECTIVES.contains(&&*directive.name) {
            definitions.push(directive_definition(directive)?);
        }
    }
    Ok(document)
}

fn not_graphql(what: &str) -> ReadError {
    ReadError::NotGraphql {
        what: format!("{what:?}"),
    }
}

fn graphql_name(text: &str) -> Outcome<Name> {
    Name::new(text).map_err(|_| not_graphql(text))
}

fn names(named: Option<Vec<Named>>) -> Outcome<Vec<Name>> {
    let named = named.unwrap_or_default();
    named.iter().map(|one| graphql_name(&one.name)).collect()
}

fn text(description: Option<String>) -> Option<Node<str>> {
    description.map(|text| Node::from(text.as_str()))
}

fn roots(schema: &Schema) -> Outcome<ast::SchemaDefinition> {
    let mut root_operations = Vec::new();
    for (operation, root) in [
        (OperationType::Query, &schema.query_type),
        (OperationType::Mutation, &schema.mutation_type),
        (OperationType::Subscription, &schema.subscription_type),
    ] {
        if let Some(root) = root {
            root_operations.push(Node::new((operation, graphql_name(&root.name)?)));
        }
    }
    Ok(ast::SchemaDefinition {
        description: text(schema.description.clone()),
        directives: DirectiveList::default(),
        root_operations,
    })
}

fn definition(ty: FullType) -> Outcome<Definition> {
    let name = graphql_name(&ty.name)?;
    let description = text(ty.description);
    let mut directives = DirectiveList::default();
    if let Some(url) = ty.specified_by_url {
        directives.push(applied(name!("specifiedBy"), Some((name!("url"), url))));
    }
    if ty.is_one_of == Some(true) {
        directives.push(applied(name!("oneOf"), None));
    }
    Ok(match ty.kind {
        Kind::Scalar => Definition::ScalarTypeDefinition(Node::new(ast::ScalarTypeDefinition {
            description,
            name,
            directives,
        })),
        Kind::Object => Definition::ObjectTypeDefinition(Node::new(ast::ObjectTypeDefinition {
            description,
            name,
            implements_interfaces: names(ty.interfaces)?,
            directives,
            fields: each(ty.fields.unwrap_or_default(), field)?,
        })),
        Kind::Interface => {
            Definition::InterfaceTypeDefinition(Node::new(ast::InterfaceTypeDefinition {
                description,
                name,
                implements_interfaces: names(ty.interfaces)?,
                directives,
                fields: each(ty.fields.unwrap_or_default(), field)?,
            }))
        }
        Kind::Union => Definition::UnionTypeDefinition(Node::new(ast::UnionTypeDefinition {
            description,
            name,
            directives,
            members: names(ty.possible_types)?,
        })),
        Kind::Enum => Definition::EnumTypeDefinition(Node::new(ast::EnumTypeDefinition {
            description,
            name,
            directives,
            values: each(ty.enum_values.unwrap_or_default(), enum_value)?,
        })),
        Kind::InputObject => {
            Definition::InputObjectTypeDefinition(Node::new(ast::InputObjectTypeDefinition {
                description,
                name,
                directives,
                fields: each(ty.input_fields.unwrap_or_default(), input_value)?,
            }))
        }
        Kind::List | Kind::NonNull => return Err(not_graphql(&ty.name)),
    })
}

fn each<T, U>(items: Vec<T>, convert: fn(T) -> Outcome<U>) -> Outcome<Vec<Node<U>>> {
    items
        .into_iter()
        .map(|item| convert(item).map(Node::new))
        .collect()
}

fn field(field: Field) -> Outcome<ast::FieldDefinition> {
    Ok(ast::FieldDefinition {
        description: text(field.description),
        name: graphql_name(&field.name)?,
        arguments: each(field.args, input_value)?,
        ty: reference(&field.ty)?,
        directives: deprecated(field.deprecation),
    })
}

fn input_value(input: InputValue) -> Outcome<ast::InputValueDefinition> {
    let default = input.default_value.as_deref().map(literal).transpose()?;
    Ok(ast::InputValueDefinition {
        description: text(input.description),
        name: graphql_name(&input.name)?,
        ty: Node::new(reference(&input.ty)?),
        default_value: default,
        directives: deprecated(input.deprecation),
    })
}

fn enum_value(value: EnumValue) -> Outcome<ast::EnumValueDefinition> {
    Ok(ast::EnumValueDefinition {
        description: text(value.description),
        value: graphql_name(&value.name)?,
        directives: deprecated(value.deprecation),
    })
}

fn directive_definition(directive: FullDirective) -> Outcome<Definition> {
    let location = |text: &String| {
        let mut known = LOCATIONS.into_iter();
        let location = known.find(|known| known.name() == text);
        location.ok_or_else(|| not_graphql(text))
    };
    let locations = directive.locations.iter().map(location);
    Ok(Definition::DirectiveDefinition(Node::new(
        ast::DirectiveDefinition {
            description: text(directive.description),
            name: graphql_name(&directive.name)?,
            arguments: each(directive.args, input_value)?,
            repeatable: directive.is_repeatable,
            locations: locations.collect::<Outcome<_>>()?,
        },
    )))
}

fn deprecated(deprecation: Deprecation) -> DirectiveList {
    let mut directives = DirectiveList::default();
    if deprecation.is_deprecated == Some(true) {
        let reason = deprecation.deprecation_reason;
        let reason = reason.map(|reason| (name!("reason"), reason));
        directives.push(applied(name!("deprecated"), reason));
    }
    directives
}

fn applied(name: Name, argument: Option<(Name, String)>) -> Node<Directive> {
    let argument = argument.map(|(name, value)| {
        let value = Node::new(Value::String(value));
        Node::new(Argument { name, value })
    });
    Node::new(Directive {
        name,
        arguments: argument.into_iter().collect(),
    })
}

/// Depth is bounded by that of the JSON.
fn reference(ty: &TypeReference) -> Outcome<Type> {
    let inner = |what: &str| match &ty.of_type {
        Some(inner) => reference(inner),
        None => Err(not_graphql(what)),
    };
    match (ty.kind, &ty.name) {
        (Kind::NonNull, _) => match inner("a non-null type of nothing")? {
            Type::Named(name) => Ok(Type::NonNullNamed(name)),
            Type::List(item) => Ok(Type::NonNullList(item)),
            Type::NonNullNamed(_) | Type::NonNullList(_) => Err(not_graphql("!!")),
        },
        (Kind::List, _) => Ok(Type::List(Box::new(inner("a list of nothing")?))),
        (_, Some(name)) => Ok(Type::Named(graphql_name(name)?)),
        (_, None) => Err(not_graphql("a type without a name")),
    }
}

/// A default value, which introspection gives in GraphQL's own notation.
fn literal(written: &str) -> Outcome<Node<Value>> {
    let field = format!("input I {{ f: T = {written} }}");
    let mut parser = Parser::new().recursion_limit(MAX_DEPTH);
    let parsed = parser.parse_ast(field, "default");
    let document = parsed.map_err(|_| not_graphql(written))?;
    if let [Definition::InputObjectTypeDefinition(input)] = &document.definitions[..]
        && let [field] = &input.fields[..]
        && let Some(value) = &field.default_value
    {
        return Ok(value.clone());
    }
    Err(not_graphql(written))
}

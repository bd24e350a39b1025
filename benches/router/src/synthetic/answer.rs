//! The executor: a GraphQL request in, the response's bytes out, in the order of the selection.

use anyhow::{Context, Result, bail, ensure};
use apollo_compiler::Name;
use apollo_compiler::ast::{self, Definition, Document, Selection};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{FAILS_EVERY, NULL_EVERY, SCALARS, Service, numbered, values};

/// A GraphQL request; an operation name is not needed, since documents have one operation.
#[derive(Deserialize)]
struct Request {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
}

/// Answers a request in JSON as `service` would. What it cannot answer is a request error.
pub(crate) fn answer(service: Service, request: &[u8]) -> Vec<u8> {
    execute(service, request).unwrap_or_else(|error| {
        let message = format!("{error:#}");
        json!({"errors": [{"message": message}]})
            .to_string()
            .into_bytes()
    })
}

fn execute(service: Service, request: &[u8]) -> Result<Vec<u8>> {
    let request: Request = serde_json::from_slice(request).context("not a GraphQL request")?;
    let document = Document::parse(request.query.as_str(), "request.graphql")
        .map_err(|invalid| anyhow::anyhow!("{}", invalid.errors))?;
    let operation = document
        .definitions
        .iter()
        .find_map(|definition| match definition {
            Definition::OperationDefinition(operation) => Some(operation),
            _ => None,
        });
    let operation = operation.context("no operation")?;
    let mut execution = Execution {
        service,
        document: &document,
        variables: request.variables.unwrap_or_default(),
        out: br#"{"data":"#.to_vec(),
        path: Vec::new(),
        errors: Vec::new(),
    };
    execution.object(&Object::Query, &[&operation.selection_set])?;
    let Execution {
        mut out, errors, ..
    } = execution;
    if !errors.is_empty() {
        out.extend(br#","errors":"#);
        serde_json::to_writer(&mut out, &errors)?;
    }
    out.push(b'}');
    Ok(out)
}

enum Object {
    Query,
    Item { id: String },
    Part { number: usize, id: String },
    Risky { id: String },
}

impl Object {
    fn type_name(&self) -> String {
        match self {
            Self::Query => "Query".to_owned(),
            Self::Item { .. } => "Item".to_owned(),
            Self::Part { number, .. } => format!("Part{number}"),
            Self::Risky { .. } => "Risky".to_owned(),
        }
    }
}

/// What a field resolves to.
enum Resolved {
    Leaf(Value),
    Object(Object),
    Objects(Vec<Object>),
    Failed(String),
}

struct Execution<'a> {
    service: Service,
    document: &'a Document,
    variables: Map<String, Value>,
    out: Vec<u8>,
    /// Where the value being written stands.
    path: Vec<Value>,
    errors: Vec<Value>,
}

type Fields<'a> = IndexMap<&'a Name, Vec<&'a ast::Field>>;

impl<'a> Execution<'a> {
    /// Writes an object: the selection sets of all fields that select it together.
    fn object(&mut self, object: &Object, selections: &[&'a [Selection]]) -> Result<()> {
        let mut fields = Fields::new();
        let type_name = object.type_name();
        for selections in selections {
            self.collect(&type_name, selections, &mut fields)?;
        }
        self.out.push(b'{');
        for (index, (key, fields)) in fields.into_iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            serde_json::to_writer(&mut self.out, key.as_str())?;
            self.out.push(b':');
            self.path.push(key.as_str().into());
            let resolved = self.resolve(object, fields[0])?;
            let below: Vec<&[Selection]> = fields
                .iter()
                .map(|field| &field.selection_set[..])
                .collect();
            self.value(resolved, &below)?;
            self.path.pop();
        }
        self.out.push(b'}');
        Ok(())
    }

    /// CollectFields of the specification, over types that are all objects.
    fn collect(
        &self,
        type_name: &str,
        selections: &'a [Selection],
        fields: &mut Fields<'a>,
    ) -> Result<()> {
        for selection in selections {
            ensure!(directives(selection).is_empty(), "no directives here");
            match selection {
                Selection::Field(field) => {
                    fields.entry(field.response_name()).or_default().push(field);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    if condition.is_none_or(|condition| condition == type_name) {
                        self.collect(type_name, &fragment.selection_set, fields)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let mut definitions = self.document.definitions.iter();
                    let fragment = definitions.find_map(|definition| match definition {
                        Definition::FragmentDefinition(fragment)
                            if fragment.name == spread.fragment_name =>
                        {
                            Some(fragment)
                        }
                        _ => None,
                    });
                    let fragment = fragment.context("an unknown fragment")?;
                    if fragment.type_condition == type_name {
                        self.collect(type_name, &fragment.selection_set, fields)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn value(&mut self, resolved: Resolved, selections: &[&'a [Selection]]) -> Result<()> {
        match resolved {
            Resolved::Leaf(value) => serde_json::to_writer(&mut self.out, &value)?,
            Resolved::Object(object) => self.object(&object, selections)?,
            Resolved::Objects(objects) => {
                self.out.push(b'[');
                for (index, object) in objects.iter().enumerate() {
                    if index > 0 {
                        self.out.push(b',');
                    }
                    self.path.push(index.into());
                    self.object(object, selections)?;
                    self.path.pop();
                }
                self.out.push(b']');
            }
            Resolved::Failed(message) => {
                self.out.extend(b"null");
                self.errors
                    .push(json!({"message": message, "path": self.path}));
            }
        }
        Ok(())
    }

    fn resolve(&self, object: &Object, field: &ast::Field) -> Result<Resolved> {
        let name = field.name.as_str();
        if name == "__typename" {
            return Ok(Resolved::Leaf(object.type_name().into()));
        }
        let resolved = match object {
            Object::Query | Object::Item { .. } if !self.service.knows(name) => None,
            Object::Query => self.of_query(field)?,
            Object::Item { id } => of_item(id, name),
            Object::Part { number, id } => of_part(&format!("p{number}.{name}"), id, name),
            Object::Risky { id } => match name {
                "level" => Some(Resolved::Leaf(values::integer(name, id).into())),
                "note" => Some(Resolved::Leaf(values::text(name, id).into())),
                _ => None,
            },
        };
        let type_name = object.type_name();
        resolved.with_context(|| format!("{} has no {type_name}.{name}", self.service.name()))
    }

    fn of_query(&self, field: &ast::Field) -> Result<Option<Resolved>> {
        Ok(match field.name.as_str() {
            "items" => {
                let first = self.argument(field, "first")?;
                let first = first.as_u64().context("first is a number")?;
                let ids = (1..=first).map(|id| Object::Item { id: id.to_string() });
                Some(Resolved::Objects(ids.collect()))
            }
            "_entities" => {
                let representations = self.argument(field, "representations")?;
                let representations = representations.as_array().context("a list")?;
                let items: Result<Vec<Object>> = representations.iter().map(item_of).collect();
                Some(Resolved::Objects(items?))
            }
            _ => None,
        })
    }

    /// An argument's value as JSON, variables filled in.
    fn argument(&self, field: &ast::Field, name: &str) -> Result<Value> {
        let mut arguments = field.arguments.iter();
        let argument = arguments.find(|argument| argument.name == name);
        self.input(
            &argument
                .with_context(|| format!("{name} is missing"))?
                .value,
        )
    }

    fn input(&self, value: &ast::Value) -> Result<Value> {
        Ok(match value {
            ast::Value::Variable(name) => {
                let variable = self.variables.get(name.as_str());
                variable
                    .with_context(|| format!("${name} is missing"))?
                    .clone()
            }
            ast::Value::String(text) => text.as_str().into(),
            ast::Value::Int(number) => number.as_str().parse::<i64>()?.into(),
            ast::Value::List(values) => {
                let values: Result<Vec<Value>> = values.iter().map(|v| self.input(v)).collect();
                values?.into()
            }
            ast::Value::Object(fields) => {
                let fields = fields.iter();
                let fields: Result<Map<String, Value>> = fields
                    .map(|(name, value)| Ok((name.to_string(), self.input(value)?)))
                    .collect();
                fields?.into()
            }
            _ => bail!("no argument here is like {value}"),
        })
    }
}

fn directives(selection: &Selection) -> &ast::DirectiveList {
    match selection {
        Selection::Field(field) => &field.directives,
        Selection::InlineFragment(fragment) => &fragment.directives,
        Selection::FragmentSpread(spread) => &spread.directives,
    }
}

/// What a representation stands for.
fn item_of(representation: &Value) -> Result<Object> {
    ensure!(
        representation["__typename"] == "Item",
        "only items are entities"
    );
    let id = representation["id"].as_str().context("an item has an id")?;
    Ok(Object::Item { id: id.to_owned() })
}

fn of_item(id: &str, name: &str) -> Option<Resolved> {
    let is_scalar = |prefix| {
        let number = numbered(name, prefix);
        number.is_some_and(|number| (1..=SCALARS).contains(&number))
    };
    Some(match name {
        "id" => Resolved::Leaf(id.into()),
        "name" => Resolved::Leaf(values::text(name, id).into()),
        "risky" => risky(id),
        _ if is_scalar('n') => Resolved::Leaf(values::integer(name, id).into()),
        _ if is_scalar('s') => Resolved::Leaf(values::text(name, id).into()),
        _ => Resolved::Object(Object::Part {
            number: numbered(name, 'p')?,
            id: id.to_owned(),
        }),
    })
}

fn of_part(field: &str, id: &str, name: &str) -> Option<Resolved> {
    Some(Resolved::Leaf(match name {
        "number" => values::integer(field, id).into(),
        "text" => values::text(field, id).into(),
        "tags" => values::texts(field, id).into(),
        _ => return None,
    }))
}

fn risky(id: &str) -> Resolved {
    let number: u64 = id.parse().unwrap_or_default();
    if number.is_multiple_of(FAILS_EVERY) {
        Resolved::Failed(format!("item {id} cannot be assessed"))
    } else if number.is_multiple_of(NULL_EVERY) {
        Resolved::Leaf(Value::Null)
    } else {
        Resolved::Object(Object::Risky { id: id.to_owned() })
    }
}

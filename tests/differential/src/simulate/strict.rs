//! What a subgraph must not be asked although its schema allows it: fields that others resolve.

use apollo_compiler::ast::Selection as AstSelection;
use apollo_compiler::executable::{Field, Operation, Selection};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Name};

use crate::coverage::Coverage;
use crate::execute::entities::is_entities;
use crate::world::subgraph::SubgraphSchema;

/// Walks a request.
struct Walk<'a> {
    subgraph: &'a SubgraphSchema,
    document: &'a ExecutableDocument,
    found: Vec<String>,
    coverage: &'a mut Coverage,
    labels: &'a [String],
}

/// Where the walk is.
#[derive(Clone)]
struct At<'a> {
    /// The object types that are possible there.
    possible: Vec<Name>,
    /// What `@provides` adds there.
    provided: Vec<&'a AstSelection>,
    /// The object was found by a representation.
    is_entity: bool,
    /// The field that led there is of an abstract type.
    is_abstract: bool,
}

/// Everything that is wrong about what a request selects.
pub(crate) fn violations(
    subgraph: &SubgraphSchema,
    document: &ExecutableDocument,
    operation: &Operation,
    coverage: &mut Coverage,
    labels: &[String],
) -> Vec<String> {
    let mut walk = Walk {
        subgraph,
        document,
        found: Vec::new(),
        coverage,
        labels,
    };
    for selection in &operation.selection_set.selections {
        let at = match selection.as_field() {
            Some(field) if is_entities(selection) => {
                let at = At {
                    possible: subgraph.possible("_Entity"),
                    provided: Vec::new(),
                    is_entity: true,
                    is_abstract: false,
                };
                walk.selections(&field.selection_set.selections, &at);
                continue;
            }
            _ => At {
                possible: vec![operation.selection_set.ty.clone()],
                provided: Vec::new(),
                is_entity: false,
                is_abstract: false,
            },
        };
        walk.selections(std::slice::from_ref(selection), &at);
    }
    walk.found
}

impl<'a> Walk<'a> {
    fn selections(&mut self, selections: &[Selection], at: &At<'a>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(field, at),
                Selection::InlineFragment(fragment) => {
                    let at = match &fragment.type_condition {
                        Some(condition) => self.narrowed(at, condition),
                        None => at.clone(),
                    };
                    self.selections(&fragment.selection_set.selections, &at);
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.fragment_name];
                    let at = self.narrowed(at, fragment.type_condition());
                    self.selections(&fragment.selection_set.selections, &at);
                }
            }
        }
    }

    fn narrowed(&self, at: &At<'a>, condition: &Name) -> At<'a> {
        let possible = self.subgraph.possible(condition);
        let mut at = at.clone();
        at.possible.retain(|ty| possible.contains(ty));
        at
    }

    fn field(&mut self, field: &Field, at: &At<'a>) {
        if field.name.starts_with("__") {
            return;
        }
        let mut below = Vec::new();
        for ty in &at.possible {
            let Some(facts) = self.subgraph.types.get(ty) else {
                continue;
            };
            let Some(own) = facts.fields.get(&field.name) else {
                continue;
            };
            let provided = self.provided(&at.provided, ty, &field.name);
            let is_known = facts.has_key_field(&field.name) || !provided.is_empty();
            if (own.external || own.is_taken(self.labels)) && !is_known {
                let why = if own.external {
                    "external"
                } else {
                    "overridden"
                };
                self.found.push(format!("{ty}.{} is {why}", field.name));
            }
            if own.overridden_by_label.is_some() {
                self.coverage.note("field kept while a label is off");
            }
            if own.external && !facts.has_key_field(&field.name) && !provided.is_empty() {
                self.coverage.note(match at.is_abstract {
                    true => "provided field behind an abstract type",
                    false => "provided field",
                });
            }
            if own.requires.is_some() && !at.is_entity {
                let what = format!(
                    "{ty}.{} requires, but there is no representation",
                    field.name
                );
                self.found.push(what);
            }
            below.extend(provided.into_iter().flatten());
            below.extend(own.provides.iter().flatten());
        }
        let named = field.definition.ty.inner_named_type();
        let is_leaf = matches!(
            self.subgraph.schema.types.get(named),
            Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_)) | None
        );
        if !is_leaf {
            let at = At {
                possible: self.subgraph.possible(named),
                provided: below,
                is_entity: false,
                is_abstract: self.subgraph.schema.get_object(named).is_none(),
            };
            self.selections(&field.selection_set.selections, &at);
        }
    }

    /// What provided sets say about a field of an object type: a list of sub-selections for each set that has it.
    fn provided(
        &self,
        sets: &[&'a AstSelection],
        ty: &Name,
        name: &Name,
    ) -> Vec<&'a [AstSelection]> {
        let mut found = Vec::new();
        for selection in sets {
            match selection {
                AstSelection::Field(field) if field.name == *name => {
                    found.push(field.selection_set.as_slice());
                }
                AstSelection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    let applies =
                        condition.is_none_or(|name| self.subgraph.possible(name).contains(ty));
                    if applies {
                        let inner: Vec<_> = fragment.selection_set.iter().collect();
                        found.extend(self.provided(&inner, ty, name));
                    }
                }
                _ => {}
            }
        }
        found
    }
}

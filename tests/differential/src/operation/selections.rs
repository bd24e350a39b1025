//! Random selection sets.

use apollo_compiler::Name;
use apollo_compiler::schema::{Component, ExtendedType, FieldDefinition};

use super::{Fragment, Generator, Selection};
use crate::world::subgraph::possible;

/// Selections do not nest deeper.
const DEPTH: usize = 7;

/// Names under which something else may hide.
const ALIASES: [&str; 8] = ["id", "code", "sku", "region", "a", "b", "name", "_0"];

impl Generator<'_> {
    /// Selections on a type; `path` is that of the response keys above.
    pub(crate) fn selections(&mut self, ty: &str, path: &str, depth: usize) -> Vec<Selection> {
        let mut out = Vec::new();
        let count = match depth {
            0 => self.random.between(1, 3),
            _ => self.random.between(1, 4),
        };
        for _ in 0..count {
            if let Some(selection) = self.selection(ty, path, depth) {
                if self.random.percent(6) {
                    self.count("repeated selection");
                    out.push(selection.clone());
                }
                out.push(selection);
            }
        }
        if out.is_empty() {
            out.push(self.type_name(path));
        }
        out
    }

    fn selection(&mut self, ty: &str, path: &str, depth: usize) -> Option<Selection> {
        let is_abstract = !matches!(self.schema.types.get(ty), Some(ExtendedType::Object(_)));
        let chance = if is_abstract { 45 } else { 12 };
        if self.random.percent(6) {
            return Some(self.type_name(path));
        }
        if depth < DEPTH && self.random.percent(chance) {
            return self.fragment(ty, path, depth);
        }
        if ty == "Query" && path.is_empty() && self.random.percent(3) {
            return Some(self.introspection());
        }
        let fields = self.fields_of(ty);
        if fields.is_empty() {
            return match depth < DEPTH {
                true => self.fragment(ty, path, depth),
                false => Some(self.type_name(path)),
            };
        }
        // Fields with contexts and requirements, and the ways to them, are few.
        let rare = |own: &&Component<FieldDefinition>| own.name.starts_with(['c', 'n', 'r']);
        let rare: Vec<_> = fields.iter().filter(rare).cloned().collect();
        let candidates = match !rare.is_empty() && self.random.percent(25) {
            true => &rare,
            false => &fields,
        };
        let field = self.random.pick(candidates).clone();
        self.field(&field, path, depth)
    }

    fn fields_of(&self, ty: &str) -> Vec<Component<FieldDefinition>> {
        match self.schema.types.get(ty) {
            Some(ExtendedType::Object(ty)) => ty.fields.values().cloned().collect(),
            Some(ExtendedType::Interface(ty)) => ty.fields.values().cloned().collect(),
            _ => Vec::new(),
        }
    }

    fn field(&mut self, field: &FieldDefinition, path: &str, depth: usize) -> Option<Selection> {
        let named = field.ty.inner_named_type();
        let is_leaf = self.schema.types.get(named).is_some_and(|ty| ty.is_leaf());
        if !is_leaf && (depth >= DEPTH || self.budget == 0) {
            return None;
        }
        self.budget = self.budget.saturating_sub(1);
        let arguments = self.arguments(field);
        let (alias, key) = self.response_key(&field.name, path, &arguments, &field.ty.to_string());
        let path = format!("{path}/{key}");
        let directives = self.directives();
        let selections = match is_leaf {
            true => Vec::new(),
            false => self.selections(named, &path, depth + 1),
        };
        Some(Selection::Field {
            alias,
            name: field.name.to_string(),
            arguments,
            directives,
            selections,
        })
    }

    /// A response key under which the field merges with what is there, or that is free.
    fn response_key(
        &mut self,
        name: &str,
        path: &str,
        arguments: &str,
        ty: &str,
    ) -> (Option<String>, String) {
        let signature = format!("{name}{arguments}:{ty}");
        if self.random.percent(20) {
            let alias = (*self.random.pick(&ALIASES)).to_owned();
            if self.take(path, &alias, &signature) {
                let hides = ["id", "code", "sku", "region"].contains(&alias.as_str());
                self.count(if hides { "alias that hides" } else { "alias" });
                return (Some(alias.clone()), alias);
            }
        }
        if self.take(path, name, &signature) {
            return (None, name.to_owned());
        }
        let mut number = 0;
        loop {
            let alias = format!("x{number}");
            if self.take(path, &alias, &signature) {
                self.count("alias");
                return (Some(alias.clone()), alias);
            }
            number += 1;
        }
    }

    fn take(&mut self, path: &str, key: &str, signature: &str) -> bool {
        let place = format!("{path}/{key}");
        let taken = self
            .taken
            .entry(place)
            .or_insert_with(|| signature.to_owned());
        taken == signature
    }

    fn type_name(&mut self, path: &str) -> Selection {
        self.count("__typename");
        let name = "__typename";
        let (alias, _) = match self.random.percent(30) {
            true => self.response_key(name, path, "", "String!"),
            false => (None, String::new()),
        };
        Selection::Field {
            alias,
            name: name.to_owned(),
            arguments: String::new(),
            directives: self.directives(),
            selections: Vec::new(),
        }
    }

    fn introspection(&mut self) -> Selection {
        self.count("introspection");
        let (name, arguments, below) = match self.random.percent(50) {
            true => ("__type", "(name: \"User\")", "name"),
            false => ("__schema", "", "description"),
        };
        let below = Selection::Field {
            alias: None,
            name: below.to_owned(),
            arguments: String::new(),
            directives: String::new(),
            selections: Vec::new(),
        };
        Selection::Field {
            alias: None,
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            directives: self.directives(),
            selections: vec![below],
        }
    }

    /// A fragment on the type, on one it overlaps with, or on none.
    fn fragment(&mut self, ty: &str, path: &str, depth: usize) -> Option<Selection> {
        let conditions = self.conditions(ty);
        let condition = match self.random.below(10) {
            0 => None,
            _ => Some(self.random.pick(&conditions).to_string()),
        };
        let on = condition.as_deref().unwrap_or(ty).to_owned();
        self.count(match condition {
            None => "fragment without condition",
            Some(_) if on == ty => "fragment on the type itself",
            Some(_) if self.schema.types[on.as_str()].is_object() => "fragment on an object",
            Some(_) => "fragment on an abstract type",
        });
        Some(Selection::Inline {
            condition,
            directives: self.directives(),
            selections: self.selections(&on, path, depth + 1),
        })
    }

    /// Types that a fragment may have within a type.
    fn conditions(&self, ty: &str) -> Vec<Name> {
        let own = possible(self.schema, ty);
        let composite = self.schema.types.iter().filter(|(name, ty)| {
            let is_composite = ty.is_object() || ty.is_interface() || ty.is_union();
            let overlaps = || {
                possible(self.schema, name)
                    .iter()
                    .any(|ty| own.contains(ty))
            };
            is_composite && !name.starts_with("__") && overlaps()
        });
        composite.map(|(name, _)| name.clone()).collect()
    }

    pub(crate) fn directives(&mut self) -> String {
        if !self.random.percent(12) {
            return String::new();
        }
        let mut out = String::new();
        for name in ["skip", "include"] {
            if !self.random.percent(55) {
                continue;
            }
            let value = match self.random.percent(60) {
                true => {
                    self.count("condition on a variable");
                    self.condition_variable()
                }
                false => {
                    self.count("constant condition");
                    self.random.percent(50).to_string()
                }
            };
            out.push_str(&format!(" @{name}(if: {value})"));
        }
        out
    }

    /// Makes some inline fragments named ones, and spreads some of these again.
    pub(crate) fn extract(
        &mut self,
        selections: Vec<Selection>,
        ty: &str,
        is_root: bool,
    ) -> Vec<Selection> {
        let mut out = Vec::new();
        for selection in selections {
            match selection {
                Selection::Inline {
                    condition,
                    directives,
                    selections,
                } => {
                    let on = condition.clone().unwrap_or_else(|| ty.to_owned());
                    let selections = self.extract(selections, &on, false);
                    if !self.random.percent(35) {
                        out.push(Selection::Inline {
                            condition,
                            directives,
                            selections,
                        });
                        continue;
                    }
                    self.count("named fragment");
                    let name = format!("F{}", self.fragments.len());
                    self.fragments.push(Fragment {
                        name: name.clone(),
                        condition: on,
                        selections,
                    });
                    out.push(Selection::Spread { name, directives });
                }
                Selection::Field {
                    alias,
                    name,
                    arguments,
                    directives,
                    selections,
                } => {
                    let below = self.schema.type_field(ty, &name).ok();
                    let below = below.map(|field| field.ty.inner_named_type().to_string());
                    let below = below.unwrap_or_default();
                    let selections = self.extract(selections, &below, false);
                    out.push(Selection::Field {
                        alias,
                        name,
                        arguments,
                        directives,
                        selections,
                    });
                }
                spread => out.push(spread),
            }
        }
        if !is_root && self.random.percent(4) {
            let fitting: Vec<String> = self
                .fragments
                .iter()
                .filter(|fragment| fragment.condition == ty)
                .map(|fragment| fragment.name.clone())
                .collect();
            if !fitting.is_empty() && !out.is_empty() {
                self.count("fragment spread again");
                let name = self.random.pick(&fitting).clone();
                out.push(Selection::Spread {
                    name,
                    directives: self.directives(),
                });
            }
        }
        out
    }
}

//! Values for arguments: literals, variables, nothing.

use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use serde_json::{Map, Value, json};

use super::{Generator, Variable};

/// A value as literal and as JSON.
type Both = (String, Value);

impl Generator<'_> {
    /// `(a: 1, b: $v0)` for a field, or nothing.
    pub(crate) fn arguments(&mut self, field: &FieldDefinition) -> String {
        let mut given = Vec::new();
        for argument in &field.arguments {
            let is_optional = !argument.ty.is_non_null() || argument.default_value.is_some();
            if is_optional && self.random.percent(40) {
                continue;
            }
            let has_default = argument.default_value.is_some();
            let value = match self.random.percent(35) {
                true => self.variable(&argument.ty, has_default),
                false => {
                    self.count("literal argument");
                    self.value(&argument.ty, 0).0
                }
            };
            given.push(format!("{}: {value}", argument.name));
        }
        match given.is_empty() {
            true => String::new(),
            false => format!("({})", given.join(", ")),
        }
    }

    fn variable(&mut self, ty: &Type, has_default: bool) -> String {
        self.count("variable");
        let known = self.variables.iter().find(|own| own.ty == ty.to_string());
        if let Some(known) = known.filter(|_| self.random.clone().percent(50)) {
            return format!("${}", known.name);
        }
        let name = format!("v{}", self.variables.len());
        let mut declared = ty.to_string();
        let mut default = None;
        if !ty.is_non_null() && self.random.percent(25) {
            declared.push('!');
        } else if self.random.percent(30) {
            let (text, _) = self.value(&ty.clone().non_null(), 0);
            default = Some(text);
            self.count("variable with a default");
            // A default makes up for what the type allows.
            if ty.is_non_null() && self.random.percent(50) {
                declared.pop();
            }
        } else if ty.is_non_null() && has_default && self.random.percent(50) {
            // The argument's default does so too.
            declared.pop();
        }
        let is_optional = !declared.ends_with('!') || default.is_some();
        let value = match is_optional && self.random.percent(30) {
            true => {
                self.count("variable left out");
                None
            }
            false => {
                let strict = declared.ends_with('!');
                let ty = if strict {
                    ty.clone().non_null()
                } else {
                    ty.clone()
                };
                Some(self.value(&ty, 0).1)
            }
        };
        self.variables.push(Variable {
            name: name.clone(),
            ty: declared,
            default,
            value,
        });
        format!("${name}")
    }

    /// `$b0`, a Boolean for a condition.
    pub(crate) fn condition_variable(&mut self) -> String {
        let number = self.random.below(3);
        let name = format!("b{number}");
        if !self.variables.iter().any(|own| own.name == name) {
            let has_default = self.random.percent(30);
            let value = self.random.percent(50);
            let left_out = has_default && self.random.percent(50);
            self.variables.push(Variable {
                name: name.clone(),
                ty: "Boolean!".to_owned(),
                default: has_default.then(|| self.random.percent(50).to_string()),
                value: (!left_out).then_some(value.into()),
            });
        }
        format!("${name}")
    }

    fn value(&mut self, ty: &Type, depth: usize) -> Both {
        if !ty.is_non_null() && self.random.percent(15) {
            return ("null".to_owned(), Value::Null);
        }
        if let Type::List(item) | Type::NonNullList(item) = ty {
            if self.random.percent(20) {
                // A single value is a list of one.
                let single = self.value(&item.as_ref().clone().non_null(), depth);
                if !single.1.is_null() {
                    return single;
                }
            }
            let count = self.random.below(3);
            let items: Vec<Both> = (0..count).map(|_| self.value(item, depth)).collect();
            let texts: Vec<&str> = items.iter().map(|(text, _)| text.as_str()).collect();
            let text = format!("[{}]", texts.join(", "));
            return (text, items.into_iter().map(|(_, value)| value).collect());
        }
        let named = ty.inner_named_type().clone();
        match named.as_str() {
            "Int" => number(self.random.below(4)),
            "Float" if self.random.percent(50) => number(self.random.below(4)),
            "Float" => ("2.5".to_owned(), json!(2.5)),
            "Boolean" => {
                let value = self.random.percent(50);
                (value.to_string(), value.into())
            }
            "ID" if self.random.percent(30) => number(self.random.below(9)),
            "ID" | "String" => {
                let text = *self.random.pick(&["a", "é\\\"", ""]);
                let plain = text.replace('\\', "");
                (format!("\"{text}\""), plain.into())
            }
            _ => self.named_value(&named, depth),
        }
    }

    fn named_value(&mut self, name: &str, depth: usize) -> Both {
        match self.schema.types.get(name) {
            Some(ExtendedType::Enum(ty)) => {
                let values: Vec<_> = ty.values.keys().collect();
                let value = self.random.pick(&values);
                (value.to_string(), value.as_str().into())
            }
            Some(ExtendedType::InputObject(ty)) => {
                self.count("input object");
                let mut texts = Vec::new();
                let mut values = Map::new();
                for (name, field) in &ty.fields {
                    let is_required = field.ty.is_non_null() && field.default_value.is_none();
                    let is_deep = depth > 1 && field.ty.inner_named_type() == &ty.name;
                    if !is_required && (is_deep || self.random.percent(50)) {
                        continue;
                    }
                    let (text, value) = self.value(&field.ty, depth + 1);
                    texts.push(format!("{name}: {text}"));
                    values.insert(name.to_string(), value);
                }
                (format!("{{{}}}", texts.join(", ")), values.into())
            }
            _ => ("\"any\"".to_owned(), "any".into()),
        }
    }
}

fn number(number: usize) -> Both {
    (number.to_string(), number.into())
}

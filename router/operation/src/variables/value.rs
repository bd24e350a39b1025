//! Input coercion of JSON text (section 3, "Input Coercion" of each kind of type).

use apollo_compiler::Schema;
use apollo_compiler::ast::{Type, Value};
use apollo_compiler::schema::{ExtendedType, InputObjectType};

use super::cursor::{Cursor, unescape};
use super::literal;
use super::mistake::Mistake;

/// Coerced values are larger than the client's by the defaults that are filled in; not more than this in all.
const MOST_BYTES: usize = 16 << 20;

type Coerced = Result<(), Mistake>;

/// Writes coerced values.
pub(super) struct Coercer<'a> {
    pub(super) schema: &'a Schema,
    pub(super) out: String,
    written: usize,
}

impl<'a> Coercer<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        Self {
            schema,
            out: String::new(),
            written: 0,
        }
    }

    /// `text`, one JSON value, as a value of `ty`.
    pub(super) fn json(&mut self, ty: &Type, text: &str) -> Result<String, Mistake> {
        let coerced = self.value(ty, &mut Cursor::new(text));
        self.finish(coerced)
    }

    /// `value`, valid for `ty`, as JSON.
    pub(super) fn literal(&mut self, ty: &Type, value: &Value) -> Result<String, Mistake> {
        let coerced = literal::write(self, ty, value, 0);
        self.finish(coerced)
    }

    fn finish(&mut self, coerced: Coerced) -> Result<String, Mistake> {
        let text = std::mem::take(&mut self.out);
        self.written += text.len();
        coerced.map(|()| text)
    }

    /// Writes `text`, if there is room.
    pub(super) fn push(&mut self, text: &str) -> Coerced {
        if self.written + self.out.len() + text.len() > MOST_BYTES {
            return Err(Mistake::new(format!(
                "the variables with their defaults have more than {MOST_BYTES} bytes"
            )));
        }
        self.out.push_str(text);
        Ok(())
    }

    /// Writes the key of a member; names need no escapes.
    pub(super) fn push_key(&mut self, name: &str) -> Coerced {
        self.push("\"")?;
        self.push(name)?;
        self.push("\":")
    }

    fn value(&mut self, ty: &Type, cursor: &mut Cursor<'_>) -> Coerced {
        if cursor.peek() == Some(b'n') {
            let null = cursor.skip()?;
            return match ty.is_non_null() {
                true => Err(Mistake::new(format!("{ty} must not be null"))),
                false => self.push(null),
            };
        }
        match ty {
            Type::List(item) | Type::NonNullList(item) => self.list(item, cursor),
            Type::Named(name) | Type::NonNullNamed(name) => match self.schema.types.get(name) {
                Some(ExtendedType::InputObject(input)) => self.object(input, cursor),
                Some(other) => self.leaf(other, cursor.skip()?),
                None => Err(Mistake::new(format!("there is no type {name}"))),
            },
        }
    }

    fn list(&mut self, item: &Type, cursor: &mut Cursor<'_>) -> Coerced {
        self.push("[")?;
        if cursor.peek() != Some(b'[') {
            // A single value counts as a list of one.
            self.value(item, cursor)?;
            return self.push("]");
        }
        cursor.begin(b'[')?;
        let mut index = 0;
        while cursor.item()? {
            if index > 0 {
                self.push(",")?;
            }
            self.value(item, cursor)
                .map_err(|mistake| mistake.at(index))?;
            index += 1;
        }
        self.push("]")
    }

    fn object(&mut self, input: &InputObjectType, cursor: &mut Cursor<'_>) -> Coerced {
        let ty = &input.name;
        if cursor.peek() != Some(b'{') {
            let expected = format!("{ty} must be an object");
            return Err(Mistake::unfit(&expected, cursor.skip()?));
        }
        cursor.begin(b'{')?;
        let mut members = Members::new(input);
        self.push("{")?;
        while let Some(key) = cursor.key()? {
            let field = members.give(&key)?;
            if members.given > 1 {
                self.push(",")?;
            }
            self.push_key(&field.name)?;
            if input.directives.has("oneOf") && cursor.peek() == Some(b'n') {
                return Err(not_one(ty).below(&key));
            }
            self.value(&field.ty, cursor)
                .map_err(|mistake| mistake.below(&key))?;
        }
        literal::write_defaults(self, &members, 0)?;
        self.push("}")
    }

    fn leaf(&mut self, ty: &ExtendedType, text: &str) -> Coerced {
        let is_string = text.starts_with('"');
        let name = ty.name().as_str();
        let (fits, expected) = match (ty, name) {
            (ExtendedType::Enum(definition), _) => {
                let value = is_string.then(|| unescape(text)).transpose()?;
                let fits = value.is_some_and(|value| definition.values.contains_key(&*value));
                (fits, "must be one of its values, as a string")
            }
            (_, "Int") => (
                is_integer(text) && text.parse::<i32>().is_ok(),
                "must be an integer of 32 bits",
            ),
            (_, "Float") => (is_finite(text), "must be a finite number"),
            (_, "String") => (is_string, "must be a string"),
            (_, "Boolean") => (
                matches!(text, "true" | "false"),
                "must be `true` or `false`",
            ),
            (_, "ID") if is_integer(text) => {
                self.push("\"")?;
                self.push(text)?;
                return self.push("\"");
            }
            (_, "ID") => (is_string, "must be a string or an integer"),
            // What a custom scalar allows is its subgraphs' to say.
            _ => (true, ""),
        };
        if fits {
            self.push(text)
        } else {
            Err(Mistake::unfit(&format!("{name} {expected}"), text))
        }
    }
}

/// Which fields of an input object are given.
pub(super) struct Members<'a> {
    pub(super) input: &'a InputObjectType,
    is_given: Vec<bool>,
    pub(super) given: usize,
}

impl<'a> Members<'a> {
    pub(super) fn new(input: &'a InputObjectType) -> Self {
        Self {
            input,
            is_given: vec![false; input.fields.len()],
            given: 0,
        }
    }

    /// The field named `key`, given from now on.
    pub(super) fn give(
        &mut self,
        key: &str,
    ) -> Result<&'a apollo_compiler::ast::InputValueDefinition, Mistake> {
        let ty = &self.input.name;
        let Some((index, _, field)) = self.input.fields.get_full(key) else {
            let message = format!("{ty} has no field `{}`", shortened(key));
            return Err(Mistake::new(message));
        };
        if std::mem::replace(&mut self.is_given[index], true) {
            return Err(Mistake::new(format!("`{key}` is given twice")));
        }
        self.given += 1;
        Ok(field)
    }

    pub(super) fn is_given(&self, index: usize) -> bool {
        self.is_given[index]
    }
}

/// Of a `@oneOf` input one field must be given, and not null.
pub(super) fn not_one(ty: &str) -> Mistake {
    Mistake::new(format!(
        "{ty} is @oneOf: exactly one field must be given, and not null"
    ))
}

fn shortened(key: &str) -> String {
    key.chars().take(60).collect()
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_finite(text: &str) -> bool {
    let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    is_number && text.parse::<f64>().is_ok_and(f64::is_finite)
}

//! Variables: coerced against their declared types, kept as JSON text for subgraphs.
//!
//! No tree is built of what the client sent: its text is read once, along the declared types, and copied. Numbers
//! thus travel as they were written, and memory is bounded by the request's size, not by the number of its values.

mod cursor;
mod literal;
mod mistake;
mod value;

use apollo_compiler::executable::Operation;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node};
use rustc_hash::{FxHashMap, FxHashSet};
use schema_model::Supergraph;

use self::cursor::Cursor;
use self::mistake::Mistake;
use self::value::Coercer;
use crate::document::locations;
use crate::error::{OperationError, Problem};

/// The coerced variables of one request.
///
/// A variable that was not given and has no default is absent, which is not the same as null.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    texts: Vec<(Name, String)>,
}

impl Variables {
    /// A variable's value as JSON text; `None` if it is absent.
    pub fn json(&self, name: &str) -> Option<&str> {
        let (_, text) = self.texts.iter().find(|(own, _)| own == name)?;
        Some(text)
    }

    /// All present variables with their JSON text, in order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.texts.iter().map(|(name, text)| (name, text.as_str()))
    }

    /// Whether a Boolean variable is true; absent or null counts as false.
    pub(crate) fn is_true(&self, name: &Name) -> bool {
        self.json(name) == Some("true")
    }
}

/// CoerceVariableValues (section 6.1.2); `given` is a JSON object.
pub(crate) fn coerce(
    supergraph: &Supergraph,
    document: &Valid<ExecutableDocument>,
    operation: &Node<Operation>,
    given: &str,
) -> Result<Variables, OperationError> {
    let refused = |mistake: Mistake, name: &str, at: Option<_>| OperationError {
        problem: Problem::Variables,
        message: mistake.describe(name),
        locations: locations(at, &document.sources),
    };
    let given = members(given, operation).map_err(|mistake| refused(mistake, "", None))?;
    let mut coercer = Coercer::new(supergraph.api());
    let mut texts = Vec::with_capacity(operation.variables.len());
    for variable in &operation.variables {
        let value = given.get(variable.name.as_str());
        let coerced = match (value, &variable.default_value) {
            (Some(value), _) => coercer.json(&variable.ty, value).map(Some),
            (None, Some(default)) => coercer.literal(&variable.ty, default).map(Some),
            (None, None) if variable.ty.is_non_null() => Err(Mistake::new(format!(
                "a value of type {} must be given",
                variable.ty
            ))),
            (None, None) => Ok(None),
        };
        match coerced {
            Ok(Some(text)) => texts.push((variable.name.clone(), text)),
            Ok(None) => {}
            Err(mistake) => return Err(refused(mistake, &variable.name, variable.location())),
        }
    }
    Ok(Variables { texts })
}

/// The declared variables that are given, by name, as JSON text. Others are passed over.
fn members<'a>(
    given: &'a str,
    operation: &Operation,
) -> Result<FxHashMap<String, &'a str>, Mistake> {
    let declared = operation.variables.iter().map(|one| one.name.as_str());
    let declared: FxHashSet<&str> = declared.collect();
    let mut found = FxHashMap::default();
    let mut cursor = Cursor::new(given);
    cursor.begin(b'{')?;
    while let Some(name) = cursor.key()? {
        let text = cursor.skip()?;
        if declared.contains(&*name) && found.insert(name.to_string(), text).is_some() {
            return Err(Mistake::new(format!("variable ${name} is given twice")));
        }
    }
    Ok(found)
}

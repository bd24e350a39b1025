//! A client's document, parsed and valid; and one operation of it.

use apollo_compiler::ast::OperationType;
use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::executable;
use apollo_compiler::parser::{LineColumn, Parser, SourceMap, SourceSpan};
use apollo_compiler::response::GraphQLError;
use apollo_compiler::validation::{DiagnosticData, DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Node, Schema, ast};
use schema_model::{Supergraph, TypeId};

use crate::conditions::{self, Conditions};
use crate::error::{LimitKind, Location, OperationError, Problem};
use crate::introspection;
use crate::limits::{self, Limits};
use crate::locate;
use crate::merging;
use crate::normalize;
use crate::operation::Operation;
use crate::validate;
use crate::variables::{self, Variables};

/// Nesting the parser itself accepts; the depth limit, which knows fragments, is checked after it.
const PARSER_RECURSION_LIMIT: usize = 300;

/// Steps of checking whether fields can be merged, for each field that an operation may have.
const MERGING_STEPS_PER_FIELD: usize = 20;

/// What a selection or value takes in memory.
const BYTES_PER_NODE: usize = 400;

/// At most this many mistakes are reported for one document, out of those found first.
const MAX_ERRORS: usize = 100;
const MAX_CONSIDERED: usize = 200;

/// A document that parsed, is within the limits and is valid against the API schema. Worth caching by its source.
#[derive(Debug)]
pub struct Document {
    valid: Valid<ExecutableDocument>,
    weight: usize,
}

impl Document {
    /// Parses and validates `source` (GraphQL specification, sections 2 and 5).
    ///
    /// # Errors
    /// Every mistake found: syntax errors, or else the first limit exceeded, or else validation errors.
    pub fn parse(
        supergraph: &Supergraph,
        source: &str,
        limits: &Limits,
    ) -> Result<Self, Vec<OperationError>> {
        let syntax = parse_syntax(source, limits)?;
        let nodes = limits::check(&syntax, limits).map_err(|error| vec![error])?;
        let valid = validate(supergraph.api(), &syntax, limits)?;
        let weight = BYTES_PER_NODE * nodes as usize + 2 * source.len();
        Ok(Self { valid, weight })
    }

    /// About how many bytes it takes in memory.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Picks the operation to run.
    ///
    /// # Errors
    /// The name is unknown, or needed because there are several operations (section 6.1).
    pub fn request(
        &self,
        supergraph: &Supergraph,
        name: Option<&str>,
    ) -> Result<Request<'_>, OperationError> {
        let name = name.filter(|name| !name.is_empty());
        let found = self.valid.operations.get(name).ok();
        let operation = found.ok_or_else(|| self.unknown_operation(name))?;
        let root = supergraph.root(operation.operation_type);
        Ok(Request {
            document: &self.valid,
            operation,
            root: root.ok_or_else(|| no_root(operation.operation_type))?,
        })
    }

    fn unknown_operation(&self, name: Option<&str>) -> OperationError {
        let defined: Vec<&str> = self
            .valid
            .operations
            .named
            .keys()
            .map(|n| n.as_str())
            .collect();
        let message = match name {
            Some(name) if defined.is_empty() => {
                format!("operationName is \"{name}\", but the document's operation has no name")
            }
            Some(name) => format!(
                "operationName \"{name}\" is not one of the document's operations: {}",
                defined.join(", ")
            ),
            None if defined.is_empty() => "the document defines no operation".to_owned(),
            None => format!(
                "the document has several operations; operationName must name one of {}",
                defined.join(", ")
            ),
        };
        OperationError::new(Problem::UnknownOperation, message)
    }
}

/// One operation of a document.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    document: &'a Valid<ExecutableDocument>,
    operation: &'a Node<executable::Operation>,
    root: TypeId,
}

impl Request<'_> {
    /// Query, mutation or subscription.
    pub fn kind(&self) -> OperationType {
        self.operation.operation_type
    }

    /// The operation's name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.operation.name.as_ref().map(|name| name.as_str())
    }

    /// Whether `__schema` or `__type` is selected anywhere at the root, conditions aside.
    pub fn uses_introspection(&self) -> bool {
        let mut fields = self.operation.root_fields(self.document);
        fields.any(|field| field.name == "__schema" || field.name == "__type")
    }

    /// Coerces the client's variables, defaults applied (section 6.1.2).
    ///
    /// # Errors
    /// A value does not fit its declared type, or a required one is missing.
    pub fn coerce_variables(
        &self,
        supergraph: &Supergraph,
        values: serde_json::Map<String, serde_json::Value>,
    ) -> Result<Variables, OperationError> {
        self.coerce_json_variables(supergraph, &serde_json::Value::Object(values).to_string())
    }

    /// The same for variables as a JSON object's text, which is copied as it is written: a number keeps its digits.
    ///
    /// # Errors
    /// A value does not fit its declared type, or a required one is missing.
    pub fn coerce_json_variables(
        &self,
        supergraph: &Supergraph,
        values: &str,
    ) -> Result<Variables, OperationError> {
        variables::coerce(supergraph, self.document, self.operation, values)
    }

    /// The values of the Boolean variables that decide `@skip` and `@include`: with the document and the operation's
    /// name they are the key of the plan.
    pub fn conditions(&self, variables: &Variables) -> Conditions {
        conditions::of(self.document, self.operation, variables)
    }

    /// The conditions of an operation whose selection depends on no variable; `None` if it does.
    pub fn unconditional(&self) -> Option<Conditions> {
        conditions::constant(self.document, self.operation)
    }

    /// The operation as the planner reads it: fragments inlined, conditions decided, fields merged.
    pub fn normalize(&self, supergraph: &Supergraph, conditions: &Conditions) -> Operation {
        normalize::normalize(
            supergraph,
            self.document,
            self.operation,
            self.root,
            conditions,
        )
    }

    /// Where in the document the field at a path of the answer is written; `keys` is the path without list indices.
    /// Empty if it leads nowhere.
    pub fn locate(&self, conditions: &Conditions, keys: &[&str]) -> Vec<Location> {
        locate::locate(self.document, self.operation, conditions, keys)
    }

    /// Answers `__schema` and `__type` from the API schema: (response key, JSON value) per field.
    ///
    /// # Errors
    /// The introspection nests lists deeper than is allowed.
    pub fn introspect(
        &self,
        supergraph: &Supergraph,
        variables: &Variables,
    ) -> Result<Vec<(apollo_compiler::Name, String)>, OperationError> {
        introspection::answer(supergraph, self.document, self.operation, variables)
    }
}

fn validate(
    schema: &Valid<Schema>,
    syntax: &ast::Document,
    limits: &Limits,
) -> Result<Valid<ExecutableDocument>, Vec<OperationError>> {
    let mistakes = |errors: &DiagnosticList| from_diagnostics(errors, Problem::Validation);
    let (document, misbuilt) = match syntax.to_executable(schema) {
        Ok(document) => (document, None),
        Err(invalid) => (invalid.partial, Some(invalid.errors)),
    };
    let most = MERGING_STEPS_PER_FIELD * limits.fields as usize;
    merging::check(schema, &document, most).map_err(|_| {
        let message = "the operation is too complex: its fields overlap in too many ways";
        let problem = Problem::Limit(LimitKind::Fields);
        vec![OperationError::new(problem, message.to_owned())]
    })?;
    if misbuilt.is_some() {
        // What could not be built is reported with what is invalid besides.
        let invalid = syntax.to_executable_validate(schema);
        return invalid.map_err(|invalid| mistakes(&invalid.errors));
    }
    let valid = document.validate(schema);
    let valid = valid.map_err(|invalid| mistakes(&invalid.errors))?;
    let mut further = validate::check(schema, &valid);
    further.truncate(MAX_ERRORS);
    if further.is_empty() {
        Ok(valid)
    } else {
        Err(further)
    }
}

fn no_root(kind: OperationType) -> OperationError {
    let message = format!("the schema has no {kind} root type");
    OperationError::new(Problem::Validation, message)
}

fn parse_syntax(source: &str, limits: &Limits) -> Result<ast::Document, Vec<OperationError>> {
    let mut parser = Parser::new()
        .recursion_limit(PARSER_RECURSION_LIMIT)
        .token_limit(limits.tokens);
    let parsed = parser.parse_ast(source, "operation.graphql");
    let exceeded = |kind, unit, limit| {
        let message = format!("the document has more than {limit} {unit}");
        vec![OperationError::new(Problem::Limit(kind), message)]
    };
    parsed.map_err(|invalid| {
        if parser.tokens_reached() > limits.tokens {
            exceeded(LimitKind::Tokens, "tokens", limits.tokens)
        } else if parser.recursion_reached() > PARSER_RECURSION_LIMIT {
            exceeded(
                LimitKind::Depth,
                "levels of nesting",
                PARSER_RECURSION_LIMIT,
            )
        } else {
            from_diagnostics(&invalid.errors, Problem::Syntax)
        }
    })
}

fn from_diagnostics(errors: &DiagnosticList, problem: Problem) -> Vec<OperationError> {
    let place = |at: LineColumn| (at.line, at.column);
    // Finding a place takes time, so that it is not done for thousands.
    let considered = || errors.iter().take(MAX_CONSIDERED);
    let lacks_selection = |diagnostic: &Diagnostic<'_, DiagnosticData>| {
        diagnostic.error.unstable_error_name() == Some("MissingSubselection")
    };
    let ranges = considered().map(|diagnostic| {
        let range = diagnostic.line_column_range()?;
        Some(place(range.start)..place(range.end))
    });
    let ranges: Vec<_> = ranges.collect();
    let surrounds_another = |index: usize| {
        let Some(own) = &ranges[index] else {
            return false;
        };
        let mut others = ranges.iter().flatten();
        others.any(|other| own.start < other.start && other.end <= own.end)
    };
    let reported = considered().enumerate().filter(|(index, diagnostic)| {
        // An unknown field is taken out before its parent is looked at, which then seems to select nothing.
        !(lacks_selection(diagnostic) && surrounds_another(*index))
    });
    let converted = reported.map(|(_, diagnostic)| {
        let GraphQLError {
            message, locations, ..
        } = diagnostic.to_json();
        let better = match lacks_selection(&diagnostic) {
            true => diagnostic.error.unstable_compat_message(),
            false => None,
        };
        OperationError {
            problem,
            message: better.unwrap_or(message),
            locations: locations.into_iter().map(location).collect(),
        }
    });
    converted.take(MAX_ERRORS).collect()
}

/// Where a span of the document begins.
pub(crate) fn locations(at: Option<SourceSpan>, sources: &SourceMap) -> Vec<Location> {
    let range = at.and_then(|at| at.line_column_range(sources));
    range
        .map(|range| location(range.start))
        .into_iter()
        .collect()
}

pub(crate) fn location(at: LineColumn) -> Location {
    Location {
        line: at.line,
        column: at.column,
    }
}

pub(crate) fn request_error(
    error: &apollo_compiler::request::RequestError,
    document: &ExecutableDocument,
    problem: Problem,
) -> OperationError {
    let GraphQLError {
        message, locations, ..
    } = error.to_graphql_error(&document.sources);
    OperationError {
        problem,
        message,
        locations: locations.into_iter().map(location).collect(),
    }
}

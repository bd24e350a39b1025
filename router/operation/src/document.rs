//! A client's document, parsed and valid; and one operation of it.

use apollo_compiler::ast::OperationType;
use apollo_compiler::executable;
use apollo_compiler::parser::{LineColumn, Parser};
use apollo_compiler::response::GraphQLError;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Node, ast};
use schema_model::{Supergraph, TypeId};

use crate::conditions::{self, Conditions};
use crate::error::{LimitKind, Location, OperationError, Problem};
use crate::introspection;
use crate::limits::{self, Limits};
use crate::normalize;
use crate::operation::Operation;
use crate::variables::{self, Variables};

/// Nesting the parser itself accepts; the depth limit, which knows fragments, is checked after it.
const PARSER_RECURSION_LIMIT: usize = 300;

/// At most this many mistakes are reported for one document.
const MAX_ERRORS: usize = 100;

/// A document that parsed, is within the limits and is valid against the API schema. Worth caching by its source.
#[derive(Debug)]
pub struct Document {
    valid: Valid<ExecutableDocument>,
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
        limits::check(&syntax, limits).map_err(|error| vec![error])?;
        let valid = syntax.to_executable_validate(supergraph.api());
        let valid =
            valid.map_err(|errors| from_diagnostics(&errors.errors, Problem::Validation))?;
        Ok(Self { valid })
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
    let ranges = errors.iter().map(|diagnostic| {
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
    let reported = errors.iter().enumerate().filter(|(index, diagnostic)| {
        // An unknown field is taken out before its parent is looked at, which then seems to select nothing.
        let is_empty = diagnostic.error.unstable_error_name() == Some("MissingSubselection");
        !(is_empty && surrounds_another(*index))
    });
    let converted = reported.map(|(_, diagnostic)| {
        let GraphQLError {
            message, locations, ..
        } = diagnostic.to_json();
        OperationError {
            problem,
            message,
            locations: locations.into_iter().map(location).collect(),
        }
    });
    converted.take(MAX_ERRORS).collect()
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

//! Parsed documents, remembered by their text.

use std::sync::Arc;

use async_graphql::{
    Name, Value, Variables,
    parser::{
        parse_query,
        types::{
            DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
        },
    },
};
use quick_cache::sync::Cache;

use crate::{
    Error, ErrorCode, Result,
    cache_policy::{CachePolicy, Hints},
    limits::Limits,
};

/// How many documents are remembered.
const CAPACITY: usize = 1_000;
/// Longer documents are parsed each time, so that the cache stays small.
const MAX_CACHED: usize = 16 * 1024;

/// A parsed document within the limits.
pub(crate) struct Document {
    pub(crate) executable: ExecutableDocument,
    /// What the schema's hints say about answers to each operation.
    policies: Vec<(Option<Name>, CachePolicy)>,
}

impl Document {
    /// Whether the operation a request names is a mutation. An operation that cannot be chosen is not;
    /// the execution will say what is wrong with it.
    pub(crate) fn is_mutation(&self, operation_name: Option<&str>) -> bool {
        self.operation(operation_name)
            .is_some_and(|operation| operation.ty == OperationType::Mutation)
    }

    /// How many fields the operation has at its root; none if it has fragments there, of which nobody knows.
    pub(crate) fn root_fields(&self, operation_name: Option<&str>) -> usize {
        let operation = self.operation(operation_name);
        let items = operation.map_or(&[][..], |operation| &operation.selection_set.node.items);
        let all_are_fields = items
            .iter()
            .all(|item| matches!(item.node, Selection::Field(_)));
        if all_are_fields { items.len() } else { 0 }
    }

    /// Refuses variables without which the operation cannot begin (GraphQL spec, section 6.1.2); the
    /// library would find out in the middle of a mutation.
    pub(crate) fn check_variables(
        &self,
        operation_name: Option<&str>,
        variables: &Variables,
    ) -> Result<()> {
        let definitions = self
            .operation(operation_name)
            .map_or(&[][..], |operation| &operation.variable_definitions);
        for definition in definitions {
            let (name, required) = (&definition.node.name.node, &definition.node.var_type.node);
            let missing = match variables.get(name) {
                None => definition.node.default_value.is_none(),
                Some(value) => *value == Value::Null,
            };
            if missing && !required.nullable {
                return Err(Error::bad_input(format!(
                    "the variable `${name}` of type `{required}` is required"
                )));
            }
        }
        Ok(())
    }

    /// Refuses variables with which the operation costs more than `limits` allow.
    pub(crate) fn check_cost(
        &self,
        operation_name: Option<&str>,
        variables: &Variables,
        limits: &Limits,
    ) -> Result<()> {
        match self.operation(operation_name) {
            Some(operation) => limits.check_cost(&self.executable, operation, variables),
            None => Ok(()),
        }
    }

    /// What the schema's hints say about answers to the operation a request names.
    pub(crate) fn cache_policy(&self, operation_name: Option<&str>) -> CachePolicy {
        let named = |(name, _): &&(Option<Name>, _)| name.as_deref() == operation_name;
        match self.policies.as_slice() {
            [(_, policy)] => *policy,
            policies => {
                let found = policies.iter().find(named);
                found.map_or(CachePolicy::NO_STORE, |(_, policy)| *policy)
            }
        }
    }

    /// The operation that will be executed (GraphQL spec, section 6.1).
    fn operation(&self, name: Option<&str>) -> Option<&OperationDefinition> {
        match (&self.executable.operations, name) {
            (DocumentOperations::Single(operation), _) => Some(&operation.node),
            (DocumentOperations::Multiple(operations), Some(name)) => {
                operations.get(name).map(|operation| &operation.node)
            }
            // One is enough even if it has a name: the library keeps named ones in a map.
            (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
                let mut operations = operations.values();
                operations.next().map(|operation| &operation.node)
            }
            (DocumentOperations::Multiple(_), None) => None,
        }
    }
}

/// The documents a service has seen.
pub(crate) struct Documents {
    cache: Cache<String, Arc<Document>>,
    limits: Limits,
    hints: Hints,
}

impl Documents {
    pub(crate) fn new(limits: Limits, hints: Hints) -> Self {
        Self {
            cache: Cache::new(CAPACITY),
            limits,
            hints,
        }
    }

    /// Parses and measures `query`, or remembers having done so.
    pub(crate) fn get(&self, query: &str) -> Result<Arc<Document>> {
        if let Some(document) = self.cache.get(query) {
            return Ok(document);
        }
        self.limits.check_source(query)?;
        let executable = parse_query(query)
            .map_err(|error| Error::client(ErrorCode::GraphqlParseFailed, error.to_string()))?;
        self.limits.check_document(&executable)?;
        let operations = executable.operations.iter();
        let policies = operations
            .map(|(name, operation)| {
                let policy = self.hints.policy(&operation.node, &executable);
                (name.cloned(), policy)
            })
            .collect();
        let document = Arc::new(Document {
            executable,
            policies,
        });
        if query.len() <= MAX_CACHED {
            self.cache.insert(query.to_owned(), document.clone());
        }
        Ok(document)
    }
}

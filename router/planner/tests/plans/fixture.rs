//! Supergraphs without their prelude, operations, and what is checked of every plan.

use std::collections::HashMap;
use std::sync::Arc;

use router_operation::{Document, Limits, Operation};
use router_planner::{ActiveLabels, Planner, QueryPlan, render_text};
use schema_model::Supergraph;

const PRELUDE: &str = r#"
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) @link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY) { ROOTS }
directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String, contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar join__FieldValue
input join__ContextArgument { name: String! type: String! context: String! selection: join__FieldValue! }
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
"#;

/// A supergraph of subgraphs named like their `join__Graph` values, in lower case.
pub(crate) fn supergraph(subgraphs: &str, types: &str) -> Arc<Supergraph> {
    let mut roots = String::from("query: Query");
    if types.contains("type Mutation") {
        roots += " mutation: Mutation";
    }
    let mut sdl = PRELUDE.replace("ROOTS", &roots) + "enum join__Graph {";
    for graph in subgraphs.split_whitespace() {
        let name = graph.to_lowercase();
        sdl += &format!("{graph} @join__graph(name: \"{name}\", url: \"http://{name}\") ");
    }
    sdl += "}\n";
    // `@on(A)` and `@on(A, key: …)` abbreviate join__type, `@at(A, …)` join__field.
    let types = types.replace("@on(", "@join__type(graph: ");
    let types = types.replace("@at(", "@join__field(graph: ");
    let types = types.replace("@impl(", "@join__implements(graph: ");
    let types = types.replace("@member(", "@join__unionMember(graph: ");
    Arc::new(Supergraph::parse(&(sdl + &types)).expect("the case's supergraph is valid"))
}

pub(crate) fn operation(supergraph: &Supergraph, source: &str) -> Operation {
    try_operation(supergraph, source).expect("the case's operation is valid")
}

/// `None` if it is not valid.
pub(crate) fn try_operation(supergraph: &Supergraph, source: &str) -> Option<Operation> {
    let document = Document::parse(supergraph, source, &Limits::default()).ok()?;
    let request = document.request(supergraph, None).expect("one operation");
    let conditions = request.unconditional().expect("no conditions");
    Some(request.normalize(supergraph, &conditions))
}

pub(crate) fn plan(supergraph: &Arc<Supergraph>, source: &str) -> QueryPlan {
    let planner = Planner::new(Arc::clone(supergraph));
    let operation = operation(supergraph, source);
    let plan = planner.plan(&operation).expect("the operation has a plan");
    super::consistency::assert_consistent(supergraph, &plan);
    plan
}

/// The plan of an operation, printed.
pub(crate) fn check(supergraph: &Arc<Supergraph>, source: &str) -> String {
    let plan = plan(supergraph, source);
    render_text(supergraph, &plan)
}

/// The plan of an operation while these labels are on, printed.
pub(crate) fn check_with(supergraph: &Arc<Supergraph>, labels: &[&str], source: &str) -> String {
    let planner = Planner::new(Arc::clone(supergraph));
    let operation = operation(supergraph, source);
    let active: ActiveLabels = labels.iter().map(|&label| Arc::from(label)).collect();
    let plan = planner.plan_with(&operation, &active);
    let plan = plan.expect("the operation has a plan");
    super::consistency::assert_consistent(supergraph, &plan);
    render_text(supergraph, &plan)
}

/// The plan of an operation that says which entities it changed, known by these fields; printed.
pub(crate) fn check_identifying(
    supergraph: &Arc<Supergraph>,
    keys: &[(&str, &[&str])],
    source: &str,
) -> String {
    let known = keys.iter().map(|(ty, fields)| {
        let fields = fields.iter().map(|field| Box::from(*field));
        (*ty, fields.collect())
    });
    let known: HashMap<&str, Vec<Box<str>>> = known.collect();
    let planner = Planner::new(Arc::clone(supergraph));
    let planner = planner.identifying_changes(|ty| known.get(ty).map(Vec::as_slice));
    let operation = operation(supergraph, source);
    let plan = planner.plan(&operation).expect("the operation has a plan");
    super::consistency::assert_consistent(supergraph, &plan);
    render_text(supergraph, &plan)
}

//! Contexts: `@context` under names that no two subgraphs share, and arguments filled from them.

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::{Name, Node};

use super::fields::FieldSource;
use super::{Merger, TypeSource};
use crate::diagnostic::Code;
use crate::directive::directive;
use crate::merged::Site;
use crate::specification::Federation;
use crate::subgraph::{Composing, Input};

impl<'a> Merger<'a> {
    /// `@context` of a type in every subgraph that sets one.
    pub(super) fn join_contexts(&mut self, sources: &[TypeSource<'a>]) -> Vec<Node<Directive>> {
        let mut out = Vec::new();
        for source in sources {
            for context in &source.ty.contexts {
                let name = Value::String(self.context_name(source.graph, &context.name));
                out.push(directive("context", [("name", Some(name))]));
            }
        }
        if !out.is_empty() {
            self.used.insert(Composing::Federation(Federation::Context));
        }
        out
    }

    /// A context is seen in the subgraph that sets it only.
    fn context_name(&self, graph: usize, name: &str) -> String {
        format!("{}__{name}", self.graph_name(graph))
    }

    /// The arguments of a field in one subgraph that the router fills.
    pub(super) fn context_arguments(&self, source: &FieldSource<'a>) -> Option<Value> {
        let arguments = source.field.arguments.values().filter_map(|argument| {
            let value = argument.from_context.as_ref()?.value.as_ref()?;
            let context = self.context_name(source.graph, &value.context);
            let selection = format!("{{ {} }}", value.fields.text());
            let members = [
                ("context", context),
                ("name", argument.name.to_string()),
                ("type", argument.ty.to_string()),
                ("selection", selection),
            ];
            let members = members.map(|(name, text)| {
                let value = Node::new(Value::String(text));
                (Name::new_static_unchecked(name), value)
            });
            Some(Node::new(Value::Object(members.into())))
        });
        let arguments: Vec<_> = arguments.collect();
        (!arguments.is_empty()).then_some(Value::List(arguments))
    }

    /// An argument that some subgraph takes from a context is not in the supergraph, so no other
    /// subgraph may need the client to give it.
    pub(super) fn check_contextual_argument(
        &mut self,
        coordinate: &str,
        sources: &[(usize, &Input)],
    ) {
        let (contextual, plain): (Vec<_>, Vec<_>) = sources
            .iter()
            .partition(|(_, argument)| argument.from_context.is_some());
        let filled: Vec<Site> = sites(&contextual);
        let by = self.names(contextual.iter().map(|(graph, _)| *graph));
        let (required, optional): (Vec<_>, Vec<_>) = plain
            .into_iter()
            .partition(|(_, argument)| argument.is_required());
        let code = Code::ContextualArgumentNotContextualInAllSubgraphs;
        if !required.is_empty() {
            let names = self.names(required.iter().map(|(graph, _)| *graph));
            let message = format!(
                "{coordinate} is filled from a context in {by}, so clients cannot give it, but it is required in {names}; use @fromContext there too, or make it optional"
            );
            let all: Vec<Site> = sites(&required).into_iter().chain(filled.clone()).collect();
            self.error(code, coordinate, &all, message);
        }
        if !optional.is_empty() {
            let names = self.names(optional.iter().map(|(graph, _)| *graph));
            let message = format!(
                "{coordinate} is filled from a context in {by}, so it is not in the supergraph and nobody can give it to {names}"
            );
            let all: Vec<Site> = sites(&optional).into_iter().chain(filled).collect();
            self.hint(code, coordinate, &all, message);
        }
    }
}

fn sites(sources: &[(usize, &Input)]) -> Vec<Site> {
    sources
        .iter()
        .map(|(graph, one)| (*graph, one.at))
        .collect()
}

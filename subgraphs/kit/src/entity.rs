//! `_entities` as a router needs it: one failed representation is one `null` with one error at its
//! index, and never fails its neighbours.

use std::borrow::Cow;

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, QueryPathNode,
    QueryPathSegment, ServerResult, Value, parser::types::Field, registry::Registry,
};

use crate::scope::Scope;

/// The query root, with entity resolution isolated per representation.
///
/// async-graphql resolves representations with errors that carry no index and fail the whole list
/// (<https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec>
/// wants a list as long as the representations). Wrap the root: `Schema::build(Entities(Query), …)`.
pub struct Entities<Q>(pub Q);

impl<Q: ObjectType> OutputType for Entities<Q> {
    fn type_name() -> Cow<'static, str> {
        Q::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Q::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        self.0.resolve(ctx, field).await
    }
}

impl<Q: ObjectType> ContainerType for Entities<Q> {
    fn is_empty() -> bool {
        Q::is_empty()
    }

    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(ctx).await
    }

    async fn find_entity(&self, ctx: &Context<'_>, params: &Value) -> ServerResult<Option<Value>> {
        let Ok(scope) = Scope::of(ctx) else {
            return self.0.find_entity(ctx, params).await;
        };
        // Items are first polled in the order of the list, so counting gives each its index.
        let index = scope.next_entity_index(ctx.item.pos);
        let parent = ctx.path_node;
        let mut at_index = ctx.clone();
        at_index.path_node = Some(QueryPathNode {
            parent: parent.as_ref(),
            segment: QueryPathSegment::Index(index),
        });
        match self.0.find_entity(&at_index, params).await {
            Ok(found) => Ok(Some(found.unwrap_or(Value::Null))),
            Err(error) => {
                ctx.add_error(error);
                Ok(Some(Value::Null))
            }
        }
    }
}

impl<Q: ObjectType> ObjectType for Entities<Q> {}

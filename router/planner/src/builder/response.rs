//! The client's answer, position by position.

use std::sync::Arc;

use schema_model::TypeRef;

use super::{Builder, BuiltGroup, BuiltPosition, BuiltWant};
use crate::plan::{ResponseField, ResponseValue, ResponseVariant};
use crate::position::{ClientField, Group};

impl<'a> Builder<'_, 'a> {
    /// What is written by runtime type; types of which the same is written share a variant.
    pub(super) fn variants(&self, built: &BuiltPosition<'a>) -> Vec<ResponseVariant> {
        let mut variants: Vec<ResponseVariant> = Vec::new();
        let is_hidden =
            |group: &&BuiltGroup<'a>| self.graph.supergraph.ty(group.group.ty()).is_inaccessible;
        for group in built.groups.iter().filter(|group| !is_hidden(group)) {
            let fields = self.response_fields(&group.group, &group.wants);
            match variants.iter_mut().find(|v| v.fields == fields) {
                Some(variant) => variant.types.extend(&group.group.types),
                None => variants.push(ResponseVariant {
                    types: group.group.types.clone(),
                    fields,
                    instead: None,
                }),
            }
        }
        variants.extend(built.resolved.iter().map(|(ty, position)| ResponseVariant {
            types: vec![*ty],
            fields: Vec::new(),
            instead: position.object,
        }));
        if let ([variant], true) = (variants.as_mut_slice(), built.is_monomorphic) {
            variant.types.clear();
        }
        variants
    }

    /// What is written for a group, in the client's order.
    pub(super) fn response_fields(
        &self,
        group: &Group<'a>,
        wants: &[BuiltWant<'a>],
    ) -> Vec<ResponseField> {
        let fields = group.fields.iter().filter_map(|field| match field {
            ClientField::Typename(key) => Some(ResponseField {
                response_key: (*key).clone(),
                ty: self.typename_type(group),
                value: ResponseValue::Typename,
            }),
            ClientField::Introspection(about) => Some(ResponseField {
                response_key: about.response_key.clone(),
                ty: TypeRef::nullable(group.ty()),
                value: ResponseValue::Introspection(Arc::clone(about)),
            }),
            ClientField::Null(key, field) => Some(ResponseField {
                response_key: (*key).clone(),
                ty: self.graph.supergraph.field(*field).ty,
                value: ResponseValue::Null,
            }),
            ClientField::Want(index) => {
                let want = wants.get(*index)?;
                let value = match &want.child {
                    None => ResponseValue::Leaf(want.slots.first()?.clone()),
                    Some(child) => ResponseValue::Object {
                        rows: want.slots.clone(),
                        object: child.object?,
                    },
                };
                Some(ResponseField {
                    response_key: group.wants.get(*index)?.response_key?.clone(),
                    ty: self.graph.supergraph.field(want.field).ty,
                    value,
                })
            }
        });
        fields.collect()
    }

    /// `String!`, or a non-null of the object itself where the graph has no strings.
    fn typename_type(&self, group: &Group<'a>) -> TypeRef {
        let string = self.graph.supergraph.type_named("String");
        TypeRef::nullable(string.unwrap_or(group.ty())).non_null()
    }
}

//! Mutations whose later fields are not to be carried out.

use std::ops::Range;

use super::{Scope, Writer};
use crate::compile::{Choice, ExecutablePlan, WriteField, WriteValue};
use crate::execution::ExecutionInput;
use crate::report::Frame;
use crate::view::View;

/// Whether the answer's `data` is null already because of a field of a mutation whose root fetch is one of these: the
/// fields after it are then not carried out (GraphQL specification, sections 6.2.2 and 6.4.4).
pub(crate) fn is_lost_by(
    plan: &ExecutablePlan,
    view: View<'_>,
    input: &ExecutionInput<'_>,
    fetches: Range<u32>,
) -> bool {
    let mut writer = Writer::new(plan, view, input);
    let context = writer.root_context();
    let root = &plan.response.objects[plan.response.root as usize];
    let Choice::Always(variant) = root.choice else {
        return false;
    };
    let variant = &root.variants[variant as usize];
    let sources = writer.sources(variant, &context);
    let scope = Scope {
        object: root,
        typename: None,
        context: &context,
        sources: &sources,
        frame: &Frame::ROOT,
    };
    let is_one = |field: &&WriteField| {
        let start = match &field.value {
            WriteValue::Leaf { path, .. } => path.row.start,
            WriteValue::Object { rows, .. } => rows[0].path.row.start,
            WriteValue::Typename | WriteValue::Introspection => return false,
        };
        let table = plan.response.root_tables.get(start as usize);
        table.is_some_and(|table| fetches.contains(&table.fetch))
    };
    let mut fields = variant.fields.iter().filter(is_one);
    fields.any(|field| {
        let is_lost = field.ty.is_non_null() && writer.value(field, &scope).is_err();
        writer.out.clear();
        is_lost
    })
}

//! Mutations whose later fields are not to be carried out.

use super::Writer;
use crate::compile::{Choice, ExecutablePlan, WriteField, WriteValue};
use crate::execution::ExecutionInput;
use crate::report::Frame;
use crate::view::View;

/// Whether the answer's `data` is null already because of a field of a mutation that comes before this fetch: the
/// fields after it are then not carried out (GraphQL specification, sections 6.2.2 and 6.4.4).
pub(crate) fn is_lost_before(
    plan: &ExecutablePlan,
    view: View<'_>,
    input: &ExecutionInput<'_>,
    fetch: u32,
) -> bool {
    let mut writer = Writer::new(plan, view, input);
    let context = writer.root_context();
    let root = &plan.response.objects[plan.response.root as usize];
    let Choice::Always(variant) = root.choice else {
        return false;
    };
    let fields = &root.variants[variant as usize].fields;
    let is_earlier = |field: &&WriteField| {
        let start = match &field.value {
            WriteValue::Leaf(path) => path.row.start,
            WriteValue::Object { rows, .. } => rows[0].path.row.start,
            WriteValue::Typename | WriteValue::Introspection => return true,
        };
        let table = plan.response.root_tables.get(start as usize);
        table.is_some_and(|table| table.fetch < fetch)
    };
    let mut earlier = fields.iter().filter(is_earlier);
    earlier.any(|field| {
        let is_lost = field.ty.is_non_null()
            && writer
                .field(root, field, None, &context, &Frame::ROOT)
                .is_err();
        writer.out.clear();
        is_lost
    })
}

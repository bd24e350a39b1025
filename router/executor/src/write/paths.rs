//! Error paths below a field: from a subgraph's keys to the client's.

use super::{Origin, Writer};
use crate::compile::{Position, SlotPath, WriteField, WriteValue};
use crate::fault::{Fault, Place, Segment};

impl<'a> Writer<'a> {
    /// The rest of a fault's path below the field of `origin`; `None` if it belongs to another field.
    pub(super) fn below(
        &self,
        fault: &Fault,
        fetch: u32,
        place: Place,
        origin: Option<Origin<'a, '_>>,
    ) -> Option<Vec<Segment>> {
        let (Some((first, rest)), Some(origin)) = (fault.rest.split_first(), origin) else {
            return Some(Vec::new());
        };
        let layout = &self.plan.fetches[fetch as usize].layout;
        let object = match place {
            Place::Row { shape, .. } => Some(shape),
            Place::Slot { shape, slot, .. } => layout.child(shape, slot),
            Place::Fetch | Place::Call(_) | Place::Input { .. } => None,
        };
        let (Segment::Key(key), Some(shape)) = (first, object) else {
            return Some(Vec::new());
        };
        let slot = layout.shapes[shape as usize].find(format!("\"{key}\"").as_bytes());
        let is_own = origin.path.row.position == Position { fetch, shape }
            && slot == Some(origin.path.slot as usize);
        is_own.then(|| self.translate(origin.field, child_of(origin), rest))
    }

    /// The rest of a fault's path below the object of `origin`, if it belongs to a later field of that object.
    pub(super) fn beside(
        &self,
        fault: &Fault,
        fetch: u32,
        place: Place,
        origin: Origin<'a, '_>,
    ) -> Option<Vec<Segment>> {
        let layout = &self.plan.fetches[fetch as usize].layout;
        let Some((Segment::Key(key), rest)) = fault.rest.split_first() else {
            return None;
        };
        let shape = match place {
            Place::Row { shape, .. } => shape,
            Place::Slot { shape, slot, .. } => layout.child(shape, slot)?,
            Place::Fetch | Place::Call(_) | Place::Input { .. } => return None,
        };
        let slot = layout.shapes[shape as usize].find(format!("\"{key}\"").as_bytes())?;
        let table = Position { fetch, shape };
        let is_it = |path: &SlotPath| path.row.position == table && path.slot as usize == slot;
        let later = origin.object.variants.iter().flat_map(|variant| {
            let fields = variant.fields.iter();
            fields.skip_while(|field| !std::ptr::eq(*field, origin.field))
        });
        let mut found = later.filter_map(|field| match &field.value {
            WriteValue::Leaf { path, .. } => is_it(path).then_some((field, None)),
            WriteValue::Object { rows, .. } => {
                let rows = rows.iter().find(|rows| is_it(&rows.path))?;
                Some((field, Some(rows.child)))
            }
            _ => None,
        });
        let (field, child) = found.next()?;
        let mut path = vec![Segment::Key(field.key.to_string())];
        path.extend(self.translate(field, child, rest));
        Some(path)
    }

    /// A path below a field, from the subgraph's keys to the client's. It ends where it leaves what the client asked
    /// for: further keys are the router's or the subgraph's own.
    pub(super) fn translate(
        &self,
        field: &'a WriteField,
        child: Option<Position>,
        rest: &[Segment],
    ) -> Vec<Segment> {
        self.follow(object_of(field).zip(child), field.ty.list_depth(), rest)
    }

    /// The client's path of an error whose path in the answer of its fetch begins at the root.
    pub(super) fn path_from_root(&self, fetch: u32, fault: &Fault) -> Option<Vec<Segment>> {
        let response = &self.plan.response;
        let mut tables = response.root_tables.iter();
        let table = tables.find(|table| table.fetch == fetch)?;
        let path = self.follow(Some((response.root, *table)), 0, &fault.from_root);
        Some(path).filter(|path| !path.is_empty())
    }

    /// Follows a path from an object and one of its tables, or from lists of such objects.
    fn follow(
        &self,
        mut at: Option<(u32, Position)>,
        mut lists: u32,
        rest: &[Segment],
    ) -> Vec<Segment> {
        let mut path = Vec::new();
        for segment in rest {
            let Segment::Key(key) = segment else {
                if lists == 0 {
                    break;
                }
                lists -= 1;
                path.push(segment.clone());
                continue;
            };
            let found = at.and_then(|(object, table)| self.field_of(object, table, key));
            let Some((field, child)) = found else {
                break;
            };
            path.push(Segment::Key(field.key.to_string()));
            lists = field.ty.list_depth();
            at = object_of(field).zip(child);
        }
        path
    }

    /// The field of a position that shows a key of one of its tables.
    fn field_of(
        &self,
        object: u32,
        table: Position,
        key: &str,
    ) -> Option<(&'a WriteField, Option<Position>)> {
        let layout = &self.plan.fetches[table.fetch as usize].layout;
        let slot = layout.shapes[table.shape as usize].find(format!("\"{key}\"").as_bytes())?;
        let object = &self.plan.response.objects[object as usize];
        let fields = object.variants.iter().flat_map(|variant| &variant.fields);
        let paths = fields.flat_map(|field| match &field.value {
            WriteValue::Leaf { path, .. } => vec![(field, path, None)],
            WriteValue::Object { rows, .. } => {
                let paths = rows.iter();
                let paths = paths.map(|rows| (field, &rows.path, Some(rows.child)));
                paths.collect()
            }
            WriteValue::Typename | WriteValue::Introspection => Vec::new(),
        });
        let mut paths = paths.filter(|(_, path, _)| {
            path.row.links.is_empty() && path.row.position == table && path.slot as usize == slot
        });
        paths.next().map(|(field, _, child)| (field, child))
    }
}

fn object_of(field: &WriteField) -> Option<u32> {
    match &field.value {
        WriteValue::Object { object, .. } => Some(*object),
        _ => None,
    }
}

/// The table of the objects that a field's first slot holds.
pub(super) fn child_of(origin: Origin<'_, '_>) -> Option<Position> {
    match &origin.field.value {
        WriteValue::Object { rows, .. } => rows.first().map(|rows| rows.child),
        _ => None,
    }
}

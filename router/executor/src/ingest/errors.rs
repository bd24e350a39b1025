//! The `errors` of an answer: kept within bounds and marked where they belong.

use serde_json::{Map, Value};

use super::lexer::Reader;
use crate::compile::{CallLayout, FetchLayout, LayoutInput, ValueLayout};
use crate::fault::{DOWNSTREAM, Fault, Place, Segment};
use crate::table::{Answer, Slot};

/// Errors of one answer that are kept; the rest is counted in one more.
const MAX_FAULTS: usize = 200;
/// Bytes of one error that are looked at.
const MAX_ERROR_BYTES: usize = 16 << 10;
/// Segments of a path that are looked at.
const MAX_PATH: usize = 256;

/// What of subgraph errors is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorPolicy<'a> {
    pub(crate) shown_extensions: &'a [String],
}

/// Adds the faults in the JSON text `errors` to the answer, whose tables are complete.
pub(super) fn read(
    errors: &[u8],
    layout: &FetchLayout,
    answer: &mut Answer,
    policy: &ErrorPolicy<'_>,
) {
    let Ok(text) = std::str::from_utf8(errors) else {
        return;
    };
    let mut reader = Reader::new(text);
    match reader.peek() {
        Ok(b'[') => reader.step(),
        Ok(b'n') | Err(_) => return,
        // It says that something is wrong, if not how that is said.
        Ok(_) => return place(unreadable(), &[], layout, answer),
    }
    if matches!(reader.next_is(b']'), Ok(true)) {
        return;
    }
    let mut left_out = 0_usize;
    // The text was read as JSON before, so that a syntax error cannot happen; it would end the list.
    while let Ok((start, end)) = reader.skip() {
        if answer.faults.len() < MAX_FAULTS {
            let (fault, path) = fault(text.get(start..end).unwrap_or_default(), policy);
            place(fault, &path, layout, answer);
        } else {
            left_out += 1;
        }
        if !matches!(reader.continues(b']'), Ok(true)) {
            break;
        }
    }
    if left_out > 0 {
        let message = format!("the subgraph reported {left_out} further errors");
        let fault = answer.add_fault(Fault::new(DOWNSTREAM, message));
        answer.marks.add(Place::Fetch, fault);
    }
}

fn unreadable() -> Fault {
    Fault::new(DOWNSTREAM, "the subgraph reported an error")
}

fn fault(text: &str, policy: &ErrorPolicy<'_>) -> (Fault, Vec<Segment>) {
    if text.len() > MAX_ERROR_BYTES {
        return (unreadable(), Vec::new());
    }
    let Ok(Value::Object(mut entry)) = serde_json::from_str(text) else {
        return (unreadable(), Vec::new());
    };
    let mut fault = unreadable();
    if let Some(Value::String(message)) = entry.remove("message") {
        fault.message = message;
    }
    if let Some(Value::Object(extensions)) = entry.remove("extensions") {
        keep_extensions(&mut fault, extensions, policy);
    }
    let path = entry.remove("path").map(segments).unwrap_or_default();
    (fault, path)
}

fn keep_extensions(fault: &mut Fault, extensions: Map<String, Value>, policy: &ErrorPolicy<'_>) {
    for (key, value) in extensions {
        match value {
            Value::String(code) if key == "code" => fault.code = code,
            value if key != "service" && policy.shown_extensions.contains(&key) => {
                fault.extensions.insert(key, value);
            }
            _ => {}
        }
    }
}

fn segments(path: Value) -> Vec<Segment> {
    let Value::Array(segments) = path else {
        return Vec::new();
    };
    let segment = |segment| match segment {
        Value::String(key) => Some(Segment::Key(key)),
        Value::Number(index) => index.as_u64().map(Segment::Index),
        _ => None,
    };
    // What follows a segment that is none is of no use; what comes before it is.
    let segments = segments.into_iter().take(MAX_PATH);
    segments.map_while(segment).collect()
}

fn place(mut fault: Fault, path: &[Segment], layout: &FetchLayout, answer: &mut Answer) {
    let located = locate(path, layout, answer);
    if is_unread(located.place, layout) {
        return;
    }
    fault.rest = path.get(located.used..).unwrap_or_default().to_vec();
    if matches!(located.place, Place::Fetch) {
        fault.rest.clear();
    }
    match &layout.input {
        LayoutInput::Root(_) => fault.from_root = path.to_vec(),
        LayoutInput::Calls(calls) => fault.call = call(path, calls),
    }
    answer.marks.on_values |= located.has_value;
    let fault = answer.add_fault(fault);
    answer.marks.add(located.place, fault);
}

/// Whether nobody reads what stands at a place: an error about that alone is none for the client.
fn is_unread(place: Place, layout: &FetchLayout) -> bool {
    let Place::Slot { shape, slot, .. } = place else {
        return false;
    };
    layout.shapes[shape as usize].slots[slot as usize].is_unread
}

/// The call that a path begins with.
fn call(path: &[Segment], calls: &[CallLayout]) -> Option<u32> {
    let Some(Segment::Key(key)) = path.first() else {
        return None;
    };
    let quoted = format!("\"{key}\"");
    let mut numbered = (0..).zip(calls);
    let found = numbered.find(|(_, call)| *call.quoted_key == *quoted.as_bytes());
    found.map(|(index, _)| index)
}

/// How far a path leads through the tables.
struct Located {
    place: Place,
    /// Segments of the path that lead there.
    used: usize,
    /// There is a value, although there is an error.
    has_value: bool,
}

/// The object that a path has led to so far.
#[derive(Clone, Copy)]
struct At {
    shape: u32,
    row: u32,
    used: usize,
    place: Place,
}

/// What a key of an object leads to.
enum Next {
    Object(At),
    End(Located),
}

/// Follows a path through the tables as far as it goes.
fn locate(path: &[Segment], layout: &FetchLayout, answer: &Answer) -> Located {
    let mut at = match entry(path, layout, answer) {
        Ok(at) => at,
        Err(located) => return located,
    };
    loop {
        match follow(at, path, layout, answer) {
            Next::Object(next) => at = next,
            Next::End(located) => return located,
        }
    }
}

/// Where a path enters the tables.
fn entry(path: &[Segment], layout: &FetchLayout, answer: &Answer) -> Result<At, Located> {
    let stop = |place, used| Located {
        place,
        used,
        has_value: false,
    };
    let whole = || stop(Place::Fetch, 0);
    if answer.failed || path.is_empty() {
        return Err(whole());
    }
    let calls = match &layout.input {
        LayoutInput::Root(shape) => {
            return Ok(At {
                shape: *shape,
                row: 0,
                used: 0,
                place: Place::Row {
                    shape: *shape,
                    row: 0,
                },
            });
        }
        LayoutInput::Calls(calls) => calls,
    };
    let index = call(path, calls).ok_or_else(whole)?;
    let list = answer.calls.get(index as usize).copied();
    let shape = calls[index as usize].shape;
    match entity(list, path.get(1)) {
        Some(row) => Ok(At {
            shape,
            row,
            used: 2,
            place: Place::Row { shape, row },
        }),
        None => Err(stop(Place::Call(index), path.len())),
    }
}

/// The row of an item of a list.
fn entity(list: Option<Slot>, index: Option<&Segment>) -> Option<u32> {
    let (Some(Slot::List { first, len }), Some(Segment::Index(index))) = (list, index) else {
        return None;
    };
    let index = u32::try_from(*index).ok()?;
    (index < len).then_some(first + index)
}

/// One key further, and the indices behind it.
fn follow(at: At, path: &[Segment], layout: &FetchLayout, answer: &Answer) -> Next {
    let table = &answer.tables[at.shape as usize];
    let end = |place, used, has_value| {
        Next::End(Located {
            place,
            used,
            has_value,
        })
    };
    let is_object = table.tag(at.row).is_object();
    let shape = &layout.shapes[at.shape as usize];
    let slot = match path.get(at.used) {
        Some(Segment::Key(key)) if is_object => shape.find(format!("\"{key}\"").as_bytes()),
        _ => None,
    };
    let Some(index) = slot else {
        // A path that leads nowhere at all says as much as none.
        let is_nowhere = at.used == 0;
        let place = if is_nowhere { Place::Fetch } else { at.place };
        return end(place, at.used, is_object && !is_nowhere);
    };
    let slot = u32::try_from(index).unwrap_or(u32::MAX);
    let place = Place::Slot {
        shape: at.shape,
        row: at.row,
        slot,
    };
    let used = at.used + 1;
    let outer = table.slot(at.row, slot);
    let is_list = matches!(outer, Slot::List { .. });
    let ValueLayout::Object(child) = &shape.slots[index].value else {
        return end(place, used, is_list || matches!(outer, Slot::Leaf { .. }));
    };
    // Only indices that lead to an object are used up.
    let (mut value, mut ahead) = (outer, used);
    let mut depth = shape.slots[index].list_depth;
    while let Some(item) = entity(Some(value), path.get(ahead)) {
        ahead += 1;
        depth = depth.saturating_sub(1);
        value = match depth {
            0 => Slot::Object(item),
            _ => answer.item(item),
        };
    }
    let Slot::Object(row) = value else {
        return end(place, used, is_list);
    };
    Next::Object(At {
        shape: *child,
        row,
        used: ahead,
        place: match ahead > used {
            true => Place::Row { shape: *child, row },
            false => place,
        },
    })
}

//! The `errors` of an answer: kept within bounds and marked where they belong.

use serde_json::{Map, Value};

use super::lexer::Reader;
use crate::compile::{FetchLayout, LayoutInput, ValueLayout};
use crate::fault::{DOWNSTREAM, Fault, Place, Segment};
use crate::table::{Answer, Slot};

/// Errors of one answer that are kept; the rest is counted in one more.
const MAX_FAULTS: usize = 200;
/// Bytes of one error that are looked at.
const MAX_ERROR_BYTES: usize = 64 << 10;
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
    if !matches!(reader.next_is(b'['), Ok(true)) || matches!(reader.next_is(b']'), Ok(true)) {
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

fn fault(text: &str, policy: &ErrorPolicy<'_>) -> (Fault, Vec<Segment>) {
    let unreadable = || Fault::new(DOWNSTREAM, "the subgraph reported an error");
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
    let segments: Option<Vec<_>> = segments.into_iter().take(MAX_PATH).map(segment).collect();
    segments.unwrap_or_default()
}

fn place(mut fault: Fault, path: &[Segment], layout: &FetchLayout, answer: &mut Answer) {
    let located = locate(path, layout, answer);
    fault.rest = path.get(located.used..).unwrap_or_default().to_vec();
    if matches!(located.place, Place::Fetch) {
        fault.rest.clear();
    }
    answer.marks.on_values |= located.has_value;
    let fault = answer.add_fault(fault);
    answer.marks.add(located.place, fault);
}

struct Located {
    place: Place,
    /// Segments of the path that lead there.
    used: usize,
    /// There is a value.
    has_value: bool,
}

/// Follows a path through the tables as far as it goes.
fn locate(path: &[Segment], layout: &FetchLayout, answer: &Answer) -> Located {
    let (mut shape, mut row, mut used, mut place) = match entry(path, layout, answer) {
        Ok(entry) => entry,
        Err(located) => return located,
    };
    loop {
        let tag = answer.tables[shape as usize].tag(row);
        let Some(Segment::Key(key)) = path.get(used).filter(|_| tag.is_object()) else {
            let has_value = tag.is_object();
            return Located {
                place,
                used,
                has_value,
            };
        };
        let shape_layout = &layout.shapes[shape as usize];
        let Some(slot) = shape_layout.find(format!("\"{key}\"").as_bytes()) else {
            let has_value = true;
            return Located {
                place,
                used,
                has_value,
            };
        };
        used += 1;
        let slot_layout = &shape_layout.slots[slot];
        let slot = u32::try_from(slot).unwrap_or(u32::MAX);
        place = Place::Slot { shape, row, slot };
        let mut value = answer.tables[shape as usize].slot(row, slot);
        let mut depth = slot_layout.list_depth;
        let ValueLayout::Object(child) = &slot_layout.value else {
            let has_value = matches!(value, Slot::Leaf { .. } | Slot::List { .. });
            return Located {
                place,
                used,
                has_value,
            };
        };
        let is_list = matches!(value, Slot::List { .. });
        // Only indices that lead to an object are used up.
        let mut ahead = used;
        while let (Slot::List { first, len }, Some(Segment::Index(index))) =
            (value, path.get(ahead))
        {
            let Some(at) = u32::try_from(*index).ok().filter(|index| index < &len) else {
                break;
            };
            ahead += 1;
            depth = depth.saturating_sub(1);
            value = match depth {
                0 => Slot::Object(first + at),
                _ => answer.item(first + at),
            };
        }
        let Slot::Object(next) = value else {
            return Located {
                place,
                used,
                has_value: is_list,
            };
        };
        if ahead > used {
            place = Place::Row {
                shape: *child,
                row: next,
            };
        }
        (shape, row, used) = (*child, next, ahead);
    }
}

/// Where a path enters the tables: shape, row, segments used, place.
fn entry(
    path: &[Segment],
    layout: &FetchLayout,
    answer: &Answer,
) -> Result<(u32, u32, usize, Place), Located> {
    let stop = |place, used| {
        Err(Located {
            place,
            used,
            has_value: false,
        })
    };
    if answer.failed || path.is_empty() {
        return stop(Place::Fetch, 0);
    }
    let calls = match &layout.input {
        LayoutInput::Root(shape) => {
            let place = Place::Row {
                shape: *shape,
                row: 0,
            };
            return Ok((*shape, 0, 0, place));
        }
        LayoutInput::Calls(calls) => calls,
    };
    let Some(Segment::Key(key)) = path.first() else {
        return stop(Place::Fetch, 0);
    };
    let quoted = format!("\"{key}\"");
    let found = calls
        .iter()
        .position(|c| *c.quoted_key == *quoted.as_bytes());
    let Some(call) = found else {
        return stop(Place::Fetch, 0);
    };
    let place = Place::Call(u32::try_from(call).unwrap_or(u32::MAX));
    match (answer.calls.get(call), path.get(1)) {
        (Some(Slot::List { first, len }), Some(Segment::Index(index)))
            if *index < u64::from(*len) =>
        {
            let row = first + u32::try_from(*index).unwrap_or(0);
            let shape = calls[call].shape;
            Ok((shape, row, 2, Place::Row { shape, row }))
        }
        _ => stop(place, path.len()),
    }
}

//! What a text may not exceed, because reading it would cost more than its length says.

use apollo_compiler::ast::{Definition, Document, FieldDefinition};
use apollo_compiler::{Name, Node};

use super::MAX_DEPTH;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{At, Source};

/// Bytes of one name. Coordinates are made of names, and there are as many of them as fields.
const MAX_NAME: usize = 1024;
/// Open brackets, of any kind: some of them the parser does not count as nesting.
const MAX_OPEN: usize = 2 * MAX_DEPTH;
/// Characters that no token begins with. The parser has an error for each.
const MAX_STRAY: usize = 1000;
/// Arguments of one field or directive, which GraphQL's validation compares with each other.
const MAX_ARGUMENTS: usize = 1000;
/// Interfaces of one type, likewise.
const MAX_INTERFACES: usize = 200;

/// Something that there is too much of.
pub(super) struct Excess {
    place: Place,
    message: String,
}

enum Place {
    Offset(usize),
    Name(Name),
}

impl Excess {
    fn at(offset: usize, message: impl Into<String>) -> Self {
        let place = Place::Offset(offset);
        let message = message.into();
        Self { place, message }
    }

    pub(super) fn diagnostic(self, source: &Source) -> Diagnostic {
        let (coordinate, at): (_, At) = match self.place {
            Place::Offset(offset) => (None, u32::try_from(offset).ok()),
            Place::Name(name) => (Some(name.to_string()), source.at(name.location())),
        };
        let location = source.location(coordinate, at);
        Diagnostic::error(Code::InvalidGraphql, self.message, [location])
    }
}

/// Looks through the text once, before the parser makes a tree of it.
pub(super) fn of_text(text: &str) -> Option<Excess> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_line_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let (mut at, mut open, mut stray) = (0, 0_usize, 0);
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        at += match rest {
            [b'#', ..] => rest.iter().position(is_line_end).unwrap_or(rest.len()),
            [b'"', b'"', b'"', ..] => 3 + block_string(&rest[3..]),
            [b'"', ..] => 1 + string(&rest[1..]),
            [b'{' | b'[' | b'(', ..] => {
                open += 1;
                1
            }
            [b'}' | b']' | b')', ..] => {
                stray += usize::from(open == 0);
                open = open.saturating_sub(1);
                1
            }
            [byte, ..] if is_name(byte) => {
                let length = rest.iter().take_while(|byte| is_name(byte)).count();
                if length > MAX_NAME {
                    let message = format!("a name is longer than {MAX_NAME} bytes");
                    return Some(Excess::at(at, message));
                }
                length
            }
            [byte, ..] => {
                stray += usize::from(!b" \t\r\n,!$&.:=@|-\xef\xbb\xbf".contains(byte));
                1
            }
            [] => break,
        };
        if open > MAX_OPEN {
            let message = format!("more than {MAX_OPEN} brackets are open at once");
            return Some(Excess::at(at, message));
        }
        if stray > MAX_STRAY {
            return Some(Excess::at(at, "this is not GraphQL"));
        }
    }
    None
}

/// Bytes up to the end of a block string, quotes included.
fn block_string(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(b"\"\"\"") {
            return at + 3;
        }
        at += if rest.starts_with(b"\\\"\"\"") { 4 } else { 1 };
    }
    text.len()
}

/// Bytes up to the end of a string, the quote included, or of the line.
fn string(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += match byte {
            b'"' | b'\n' | b'\r' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    text.len()
}

/// Looks through the definitions.
pub(super) fn of_document(document: &Document) -> Option<Excess> {
    let mut definitions = document.definitions.iter();
    definitions.find_map(|definition| match definition {
        Definition::DirectiveDefinition(directive) => {
            arguments(&directive.name, directive.arguments.len())
        }
        Definition::ObjectTypeDefinition(ty) => {
            composite(&ty.name, &ty.implements_interfaces, &ty.fields)
        }
        Definition::ObjectTypeExtension(ty) => {
            composite(&ty.name, &ty.implements_interfaces, &ty.fields)
        }
        Definition::InterfaceTypeDefinition(ty) => {
            composite(&ty.name, &ty.implements_interfaces, &ty.fields)
        }
        Definition::InterfaceTypeExtension(ty) => {
            composite(&ty.name, &ty.implements_interfaces, &ty.fields)
        }
        _ => None,
    })
}

fn composite(name: &Name, interfaces: &[Name], fields: &[Node<FieldDefinition>]) -> Option<Excess> {
    if interfaces.len() > MAX_INTERFACES {
        let message = format!("{name} implements more than {MAX_INTERFACES} interfaces");
        let place = Place::Name(name.clone());
        return Some(Excess { place, message });
    }
    let mut fields = fields.iter();
    fields.find_map(|field| arguments(&field.name, field.arguments.len()))
}

fn arguments(name: &Name, count: usize) -> Option<Excess> {
    (count > MAX_ARGUMENTS).then(|| Excess {
        place: Place::Name(name.clone()),
        message: format!("{name} has more than {MAX_ARGUMENTS} arguments"),
    })
}

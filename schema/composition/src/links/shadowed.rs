//! Elements that are imported under another name and used under their full one, too: only the
//! import means the element, so the other would be ignored.

use std::collections::BTreeMap;

use apollo_compiler::ast::{Definition, Document, FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::{Name, Node};

use super::import::{Import, Link};
use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::source::{At, Source};

/// Names in use, and where the first use is.
type Used<'d> = BTreeMap<&'d str, At>;

/// `applied`: the directives that are applied.
pub(super) fn check(
    links: &[Link],
    applied: &Used<'_>,
    document: &Document,
    source: &Source,
    report: &mut Findings,
) {
    let imports = links.iter().flat_map(|link| link.imports.iter());
    let has_types = imports.clone().any(|import| !import.name.starts_with('@'));
    let referenced = if has_types {
        referenced(document, source)
    } else {
        Used::new()
    };
    for link in links {
        for import in &link.imports {
            let Some((full, at)) = shadowed(link, import, applied, &referenced) else {
                continue;
            };
            let message = format!(
                "{full} is used, but {:?} is imported as {:?}: use the imported name",
                import.name, import.alias
            );
            let code = Code::InvalidLinkDirectiveUsage;
            let location = source.location(None, at);
            report.push(Diagnostic::error(code, message, [location]));
        }
    }
}

/// The full name under which an import is used, and where.
fn shadowed(
    link: &Link,
    import: &Import,
    applied: &Used<'_>,
    referenced: &Used<'_>,
) -> Option<(String, At)> {
    let Some(name) = import.name.strip_prefix('@') else {
        let full = format!("{}__{}", link.namespace, import.name);
        let at = *referenced.get(full.as_str())?;
        return (import.alias != full).then_some((full, at));
    };
    let mut full = vec![format!("{}__{name}", link.namespace)];
    full.extend((name == link.name).then(|| link.namespace.clone()));
    full.into_iter().find_map(|full| {
        let at = *applied.get(full.as_str())?;
        let full = format!("@{full}");
        (import.alias != full).then_some((full, at))
    })
}

/// Types of fields, arguments and input fields.
fn referenced<'d>(document: &'d Document, source: &Source) -> Used<'d> {
    let mut found = Used::new();
    let mut insert = |ty: &'d Type| {
        let name: &'d Name = ty.inner_named_type();
        let at = source.at(name.location());
        let first = found.entry(name.as_str()).or_insert(at);
        *first = (*first).min(at);
    };
    for definition in &document.definitions {
        match definition {
            Definition::ObjectTypeDefinition(ty) => fields(&ty.fields, &mut insert),
            Definition::ObjectTypeExtension(ty) => fields(&ty.fields, &mut insert),
            Definition::InterfaceTypeDefinition(ty) => fields(&ty.fields, &mut insert),
            Definition::InterfaceTypeExtension(ty) => fields(&ty.fields, &mut insert),
            Definition::InputObjectTypeDefinition(ty) => inputs(&ty.fields, &mut insert),
            Definition::InputObjectTypeExtension(ty) => inputs(&ty.fields, &mut insert),
            _ => {}
        }
    }
    found
}

fn fields<'d>(fields: &'d [Node<FieldDefinition>], visit: &mut dyn FnMut(&'d Type)) {
    for field in fields {
        visit(&field.ty);
        inputs(&field.arguments, visit);
    }
}

fn inputs<'d>(inputs: &'d [Node<InputValueDefinition>], visit: &mut dyn FnMut(&'d Type)) {
    for input in inputs {
        visit(&input.ty);
    }
}

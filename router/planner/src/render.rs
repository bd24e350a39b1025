//! Prints plans, for people and as JSON.

mod json;
mod text;

pub use json::render_json;
pub use text::{render_text, render_waves};

use std::sync::Arc;

use schema_model::{Supergraph, TypeId};

use crate::plan::{
    ContextOrigin, ContextSource, Representation, RepresentationObject, RepresentationValue,
    RepresentationVariant,
};

/// A client path: `users.@.reviews.@`.
fn path(segments: &[Arc<str>]) -> String {
    let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
    segments.join(".")
}

/// What is sent of an object, as a selection: `User{id name}`; required fields after a `+`.
fn representation(supergraph: &Supergraph, representation: &Representation) -> String {
    let (keys, requires) = sides(supergraph, &representation.object);
    let mut text = format!("{}{{{}}}", representation.typename, keys.join(" "));
    if !requires.is_empty() {
        text += &format!("+{{{}}}", requires.join(" "));
    }
    text
}

/// Fields of keys, and other fields.
fn sides(supergraph: &Supergraph, object: &RepresentationObject) -> (Vec<String>, Vec<String>) {
    let mut keys = Vec::new();
    let mut requires = Vec::new();
    for field in &object.fields {
        let side = if field.is_key {
            &mut keys
        } else {
            &mut requires
        };
        side.push(match &field.value {
            RepresentationValue::Leaf(_) | RepresentationValue::Typename(_) => {
                field.name.to_string()
            }
            RepresentationValue::Object { variants, .. } => {
                format!("{}{{{}}}", field.name, nested(supergraph, variants))
            }
        });
    }
    (keys, requires)
}

fn nested(supergraph: &Supergraph, variants: &[RepresentationVariant]) -> String {
    let variant = |variant: &RepresentationVariant| {
        let (mut fields, requires) = sides(supergraph, &variant.object);
        fields.extend(requires);
        if variant.types.is_empty() {
            fields.join(" ")
        } else {
            let types = names(supergraph, &variant.types);
            format!("...on {}{{{}}}", types.join("|"), fields.join(" "))
        }
    };
    let variants: Vec<String> = variants.iter().map(variant).collect();
    variants.join(" ")
}

/// Where a value is taken from a context: `shop{currency}`.
fn taken(source: &ContextSource) -> String {
    if matches!(source.origin, ContextOrigin::Nothing) {
        return String::from("null");
    }
    let selection = source.selection.trim();
    let inside = selection
        .strip_prefix('{')
        .and_then(|s| s.strip_suffix('}'));
    format!(
        "{}{{{}}}",
        path(&source.path),
        inside.unwrap_or(selection).trim()
    )
}

fn names(supergraph: &Supergraph, types: &[TypeId]) -> Vec<String> {
    let names = types.iter().map(|ty| supergraph.ty(*ty).name.to_string());
    names.collect()
}

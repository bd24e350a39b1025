//! Phase seven: the merged schema is itself valid, with and without what is inaccessible.

mod deprecated;
mod inaccessible;
mod linked_types;

use std::collections::HashSet;

use apollo_compiler::Name;
use apollo_compiler::ast::Type;

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::merged::{Merged, MergedField, MergedType, Site};
use crate::subgraph::Kind;

/// A merged schema that is valid.
pub(crate) struct PostMergeValidated(pub(crate) Merged);

pub(crate) fn validate(merged: Merged, report: &mut Findings) -> PostMergeValidated {
    let mut check = Check {
        merged: &merged,
        subtypes: subtypes(&merged),
        report,
    };
    for (name, ty) in &merged.types {
        if check.report.is_full() {
            break;
        }
        check.implements(name, ty);
    }
    check.deprecated();
    check.inaccessible();
    check.linked_types();
    PostMergeValidated(merged)
}

fn subtypes(merged: &Merged) -> HashSet<(&Name, &Name)> {
    let mut found = HashSet::new();
    for (name, ty) in &merged.types {
        found.extend(ty.implements.iter().map(|interface| (interface, name)));
        found.extend(ty.members.iter().map(|member| (name, member)));
    }
    found
}

struct Check<'a> {
    merged: &'a Merged,
    /// (abstract type, type that is one).
    subtypes: HashSet<(&'a Name, &'a Name)>,
    report: &'a mut Findings,
}

impl<'a> Check<'a> {
    fn error(&mut self, code: Code, coordinate: &str, sites: &[Site], message: String) {
        let locations = self.merged.locations(coordinate, sites);
        let error = Diagnostic::error(code, message, locations);
        self.report.push(error);
    }

    /// Merging may add fields to an interface that only some subgraphs' implementations have.
    fn implements(&mut self, name: &Name, ty: &'a MergedType) {
        for interface in &ty.implements {
            let Some(definition) = self.merged.types.get(interface) else {
                continue;
            };
            if definition.kind != Kind::Interface {
                continue;
            }
            for (field, wanted) in &definition.fields {
                if self.report.is_full() {
                    return;
                }
                match ty.fields.get(field) {
                    Some(found) => self.implements_field(name, interface, field, wanted, found),
                    None => {
                        let message = format!(
                            "interface {interface} has the field {field} in some subgraph, but {name}, which implements it, has it in none; add {name}.{field}"
                        );
                        let sites: Vec<Site> =
                            ty.sites.iter().chain(&wanted.sites).copied().collect();
                        self.error(Code::InterfaceFieldNoImplem, name, &sites, message);
                    }
                }
            }
        }
    }

    fn implements_field(
        &mut self,
        ty: &Name,
        interface: &Name,
        name: &Name,
        wanted: &MergedField,
        found: &MergedField,
    ) {
        let coordinate = format!("{ty}.{name}");
        let sites = || -> Vec<Site> { found.sites.iter().chain(&wanted.sites).copied().collect() };
        if !self.is_subtype(&found.ty, &wanted.ty) {
            let message = format!(
                "{coordinate} is {} in the supergraph, but {interface}.{name} is {}",
                found.ty, wanted.ty
            );
            self.error(Code::InvalidGraphql, &coordinate, &sites(), message);
        }
        for (argument, wanted) in &wanted.arguments {
            let given = found.arguments.get(argument);
            if given.is_none_or(|given| given.ty != wanted.ty) {
                let instead = given.map_or_else(
                    || "lacks the argument".to_owned(),
                    |given| format!("takes {} as", given.ty),
                );
                let message = format!(
                    "{coordinate} {instead} {argument} in the supergraph, but {interface}.{name} takes {}",
                    wanted.ty
                );
                self.error(Code::InvalidGraphql, &coordinate, &sites(), message);
            }
        }
        for (argument, given) in &found.arguments {
            if given.is_required() && !wanted.arguments.contains_key(argument) {
                let message = format!(
                    "{coordinate} requires the argument {argument}, which {interface}.{name} does not have"
                );
                self.error(Code::InvalidGraphql, &coordinate, &sites(), message);
            }
        }
    }

    fn is_subtype(&self, narrow: &Type, wide: &Type) -> bool {
        match (narrow, wide) {
            (Type::Named(narrow) | Type::NonNullNamed(narrow), Type::Named(wide))
            | (Type::NonNullNamed(narrow), Type::NonNullNamed(wide)) => {
                narrow == wide || self.subtypes.contains(&(wide, narrow))
            }
            (Type::List(narrow) | Type::NonNullList(narrow), Type::List(wide))
            | (Type::NonNullList(narrow), Type::NonNullList(wide)) => self.is_subtype(narrow, wide),
            _ => false,
        }
    }
}

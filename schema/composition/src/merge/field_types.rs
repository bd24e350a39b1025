//! One type for a field, argument or input field from the types the subgraphs give it.

use apollo_compiler::ast::Type;

use super::Merger;
use crate::diagnostic::Code;
use crate::merged::Site;

/// How types that differ are reconciled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variance {
    /// Results: the widest type wins.
    Output,
    /// Arguments and input fields: the narrowest type wins.
    Input,
}

impl Merger<'_> {
    /// The merged type and whether all agree; `None` if they cannot be reconciled. `codes`: what
    /// is then reported, and what is hinted if they only differ.
    pub(super) fn merge_field_types<'t>(
        &mut self,
        coordinate: &str,
        (mismatch, compatible): (Code, Code),
        types: impl Iterator<Item = (Site, &'t Type)> + Clone,
        variance: Variance,
    ) -> Option<(Type, bool)> {
        let merged = self.common_type(types.clone().map(|(_, ty)| ty), variance);
        match &merged {
            None => {
                let left_out = match variance {
                    Variance::Output => &mut self.left_out_outputs,
                    Variance::Input => &mut self.left_out_inputs,
                };
                let first = types.clone().next();
                left_out.extend(first.map(|(_, ty)| ty.inner_named_type().clone()));
                let values = types.clone().map(|((graph, _), ty)| (graph, ty));
                let message = format!(
                    "the type of {coordinate} is {}; none covers the others, so give it one type everywhere",
                    self.by_value(values)
                );
                let sites: Vec<Site> = types.map(|(site, _)| site).collect();
                self.error(mismatch, coordinate, &sites, message);
            }
            Some((_, true)) => {}
            Some((merged, false)) => {
                self.hint_compatible_types(compatible, coordinate, types, (merged, variance));
            }
        }
        merged
    }

    fn common_type<'t>(
        &self,
        types: impl Iterator<Item = &'t Type>,
        variance: Variance,
    ) -> Option<(Type, bool)> {
        let mut merged: Option<&Type> = None;
        let mut all_equal = true;
        for ty in types {
            let Some(current) = merged else {
                merged = Some(ty);
                continue;
            };
            if current == ty {
                continue;
            }
            all_equal = false;
            let (wide, narrow) = match variance {
                Variance::Output => (current, ty),
                Variance::Input => (ty, current),
            };
            if self.is_subtype(narrow, wide) {
                continue;
            }
            if !self.is_subtype(wide, narrow) {
                return None;
            }
            merged = Some(ty);
        }
        merged.map(|ty| (ty.clone(), all_equal))
    }

    /// Whether every value of `narrow` is one of `wide`.
    pub(super) fn is_subtype(&self, narrow: &Type, wide: &Type) -> bool {
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

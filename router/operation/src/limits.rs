//! Limits, checked on the syntax tree before validation and before any fragment is expanded.

mod reach;

use apollo_compiler::Name;
use apollo_compiler::ast::{Definition, Document, Selection};
use rustc_hash::FxHashMap;

use crate::error::{LimitKind, OperationError, Problem};

/// Nodes that validation may look at, for each field that an operation may have.
const NODES_PER_FIELD: u64 = 10;

/// How large an operation may be. Fragments count as often as they are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lexical tokens of the document, comments and commas included.
    pub tokens: usize,
    /// Nesting of selection sets.
    pub depth: u64,
    /// Aliased fields.
    pub aliases: u64,
    /// Fields of the root type.
    pub root_fields: u64,
    /// Fields at any depth.
    pub fields: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 15_000,
            depth: 50,
            aliases: 500,
            root_fields: 200,
            fields: 10_000,
        }
    }
}

/// What an operation or fragment amounts to with every fragment expanded; counts saturate.
#[derive(Clone, Copy, Default)]
struct Size {
    depth: u64,
    aliases: u64,
    root_fields: u64,
    fields: u64,
}

/// Checks every operation of the document, in time linear in the document: a fragment is measured once,
/// however often it is spread. Cyclic and unknown fragments are left to validation. Gives the number of the document's selections and
/// values.
pub(crate) fn check(document: &Document, limits: &Limits) -> Result<u64, OperationError> {
    let definitions = document.definitions.iter();
    let fragments = definitions.filter_map(|definition| match definition {
        Definition::FragmentDefinition(fragment) => {
            Some((&fragment.name, &*fragment.selection_set))
        }
        _ => None,
    });
    let mut measure = Measure {
        fragments: fragments.collect(),
        sizes: FxHashMap::default(),
    };
    for definition in &document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            within(&measure.selections(&operation.selection_set), limits)?;
        }
    }
    reach::check(document, NODES_PER_FIELD * limits.fields)
}

fn within(size: &Size, limits: &Limits) -> Result<(), OperationError> {
    let checks = [
        (LimitKind::Depth, "levels deep", size.depth, limits.depth),
        (
            LimitKind::RootFields,
            "root fields wide",
            size.root_fields,
            limits.root_fields,
        ),
        (
            LimitKind::Aliases,
            "aliases large",
            size.aliases,
            limits.aliases,
        ),
        (
            LimitKind::Fields,
            "fields large",
            size.fields,
            limits.fields,
        ),
    ];
    for (kind, unit, is, limit) in checks {
        if is > limit {
            let message = format!("the operation is {is} {unit}; the limit is {limit}");
            return Err(OperationError::new(Problem::Limit(kind), message));
        }
    }
    Ok(())
}

struct Measure<'a> {
    fragments: FxHashMap<&'a Name, &'a [Selection]>,
    /// `None` while a fragment is being measured: a cycle, which validation will report.
    sizes: FxHashMap<&'a Name, Option<Size>>,
}

impl<'a> Measure<'a> {
    fn selections(&mut self, selections: &'a [Selection]) -> Size {
        let mut total = Size::default();
        for selection in selections {
            let size = self.selection(selection);
            total.depth = total.depth.max(size.depth);
            total.aliases = total.aliases.saturating_add(size.aliases);
            total.root_fields = total.root_fields.saturating_add(size.root_fields);
            total.fields = total.fields.saturating_add(size.fields);
        }
        total
    }

    fn selection(&mut self, selection: &'a Selection) -> Size {
        match selection {
            Selection::Field(field) => {
                let below = self.selections(&field.selection_set);
                Size {
                    depth: below.depth.saturating_add(1),
                    aliases: below.aliases.saturating_add(field.alias.is_some().into()),
                    root_fields: 1,
                    fields: below.fields.saturating_add(1),
                }
            }
            Selection::InlineFragment(fragment) => self.selections(&fragment.selection_set),
            Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name),
        }
    }

    fn fragment(&mut self, name: &'a Name) -> Size {
        if let Some(known) = self.sizes.get(name) {
            return known.unwrap_or_default();
        }
        let Some(selections) = self.fragments.get(name).copied() else {
            return Size::default();
        };
        self.sizes.insert(name, None);
        let size = self.selections(selections);
        self.sizes.insert(name, Some(size));
        size
    }
}

//! Values taken from contexts: where they are read, and how they reach the objects whose fields need them.
//!
//! A value spreads from the objects that set the context along the slots in which objects below them are found. Where
//! an entity fetch lies between, the value travels with the entities that are asked for, because one entity may be
//! met below several objects.

use std::rc::Rc;
use std::sync::Arc;

use schema_model::FieldId;

use super::{Builder, BuiltWant, Place};
use crate::contexts::ContextId;
use crate::plan::{
    ContextOrigin, ContextSource, ContextStep, FetchId, LinkRef, RepresentationValue, ShapeId,
    SlotId, TableRef,
};
use crate::position::{Group, SetContext};
use crate::selection::{EntryId, NodeId, StepId};
use crate::solver::{Call, GroupSolution};

/// What an entity step takes from a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepContext {
    pub(crate) context: ContextId,
    /// The type of the arguments that it is for; `None` if only later steps need it.
    pub(crate) ty: Option<String>,
}

/// Where a context's value is found, as seen from a place. Ids are provisional: a table is a [`NodeId`] as its shape, a
/// slot an [`EntryId`], a fetch a [`StepId`].
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) source: ContextSource,
    /// Steps that are read.
    after: Vec<StepId>,
}

/// The contexts set around a place.
pub(super) type Bindings = Rc<[(ContextId, Rc<Binding>)]>;

impl Binding {
    fn nothing() -> Self {
        Self {
            source: ContextSource {
                origin: ContextOrigin::Nothing,
                steps: Vec::new(),
                path: Vec::new(),
                selection: Arc::default(),
            },
            after: Vec::new(),
        }
    }

    /// The same, one step further.
    fn then(&self, step: ContextStep) -> Self {
        let mut further = self.clone();
        let spreads = matches!(
            self.source.origin,
            ContextOrigin::Objects { .. } | ContextOrigin::Entities { .. }
        );
        if spreads {
            further.source.steps.push(step);
        }
        if let ContextStep::Link(link) = step {
            further.after.push(StepId(link.fetch.0));
        }
        further
    }
}

/// The table behind a node, as long as ids are provisional.
fn table(node: NodeId) -> TableRef {
    TableRef {
        fetch: FetchId(0),
        shape: ShapeId(node.0),
    }
}

impl<'a> Builder<'_, 'a> {
    /// The places of a group as its dependent wants see them: with the contexts that the group sets.
    pub(super) fn with_contexts(
        &self,
        solution: &GroupSolution<'a>,
        places: &[Place],
        wants: &[Option<BuiltWant<'a>>],
        path: &[Arc<str>],
    ) -> Vec<Place> {
        let set: Vec<(ContextId, Binding)> = solution
            .group
            .contexts
            .iter()
            .map(|set| self.set_context(solution, set, places, wants, path))
            .collect();
        let base = places.get(solution.base);
        let seen = |place: &Place| {
            let mut bindings: Vec<(ContextId, Rc<Binding>)> = place.contexts.to_vec();
            for (context, binding) in &set {
                bindings.retain(|(other, _)| other != context);
                let link = base.and_then(|base| {
                    let links = place.row.links.strip_prefix(base.row.links.as_slice())?;
                    links.first().copied()
                });
                let binding = match link {
                    Some(link) => binding.then(ContextStep::Link(link)),
                    None => binding.clone(),
                };
                bindings.push((*context, Rc::new(binding)));
            }
            Place {
                contexts: bindings.into(),
                ..place.clone()
            }
        };
        places.iter().map(seen).collect()
    }

    fn set_context(
        &self,
        solution: &GroupSolution<'a>,
        set: &SetContext<'a>,
        places: &[Place],
        wants: &[Option<BuiltWant<'a>>],
        path: &[Arc<str>],
    ) -> (ContextId, Binding) {
        let group = &solution.group;
        let is_root = path.is_empty();
        let at_root = set.want.and_then(|want| {
            let source = solution.wants.get(want)?.sources.first()?;
            places.get(*source)
        });
        let base = match is_root {
            true => at_root.or(places.first()),
            false => places.get(solution.base),
        };
        let value = base.and_then(|base| self.taken(group, set, base, wants));
        let (Some(base), Some(value)) = (base, value) else {
            return (set.context, Binding::nothing());
        };
        let table = table(base.node);
        let mut after = vec![self.selections.node(base.node).step];
        super::representation::read_value(&value, &mut after);
        let origin = match is_root {
            true => ContextOrigin::Root { table, value },
            false => ContextOrigin::Objects {
                table,
                types: match self.selections.node(base.node).types.len() {
                    1 => Vec::new(),
                    _ => group.types.clone(),
                },
                value,
            },
        };
        let source = ContextSource {
            origin,
            steps: Vec::new(),
            path: path.to_vec(),
            selection: Arc::from(set.taken.source.as_str()),
        };
        (set.context, Binding { source, after })
    }

    /// The value that is taken from an object of the group, as seen from its row.
    fn taken(
        &self,
        group: &Group<'a>,
        set: &SetContext<'a>,
        base: &Place,
        wants: &[Option<BuiltWant<'a>>],
    ) -> Option<RepresentationValue> {
        let known: Vec<&BuiltWant<'a>> = match set.want {
            Some(want) => vec![wants.get(want)?.as_ref()?],
            None => Vec::new(),
        };
        let demand = (&set.taken.selection, false);
        let subgraph = self.selections.node(base.node).subgraph;
        let object = self.object(&[demand], group.ty(), &known, &base.row, subgraph);
        object.fields.into_iter().next().map(|field| field.value)
    }

    /// The contexts of the objects below a want, in its entry at a place.
    pub(super) fn contexts_below(
        &self,
        needs: &[ContextId],
        place: &Place,
        entry: EntryId,
    ) -> Bindings {
        let step = ContextStep::Slot(SlotId(entry.0));
        let kept = place.contexts.iter();
        let kept = kept.filter(|(context, _)| needs.contains(context));
        kept.map(|(context, binding)| (*context, Rc::new(binding.then(step))))
            .collect()
    }

    /// What a call about objects at `base` takes from contexts: for arguments of what it is asked for, and for what is
    /// fetched below.
    pub(super) fn call_contexts(
        &self,
        solution: &GroupSolution<'a>,
        call: &Call<'a>,
        source: usize,
        base: &Place,
    ) -> Vec<StepContext> {
        let mut found: Vec<StepContext> = Vec::new();
        let mut add = |context, ty: Option<&String>| {
            let known = found.iter_mut().find(|one| {
                one.context == context
                    && (one.ty.is_none() || ty.is_none_or(|ty| one.ty.as_ref() == Some(ty)))
            });
            match known {
                Some(known) => known.ty = known.ty.take().or(ty.cloned()),
                None => found.push(StepContext {
                    context,
                    ty: ty.cloned(),
                }),
            }
        };
        let group = &solution.group;
        for solved in &solution.wants {
            if !solved.sources.contains(&source) {
                continue;
            }
            for one in self.uses(solved.want.field, call.subgraph, call.via, group) {
                add(one.context, Some(&one.ty));
            }
            for &context in solved.want.needs.iter() {
                if !group.contexts.iter().any(|set| set.context == context) {
                    add(context, None);
                }
            }
        }
        if solution.resolved.is_some() {
            for (context, _) in base.contexts.iter() {
                add(*context, None);
            }
        }
        found
    }

    fn uses(
        &self,
        field: FieldId,
        subgraph: schema_model::SubgraphId,
        via: schema_model::TypeId,
        group: &Group<'a>,
    ) -> &'a [crate::contexts::ContextUse] {
        let mut options = self.graph.field(field).options.iter();
        let via = if group.types.contains(&via) {
            group.ty()
        } else {
            via
        };
        let option = options.find(|option| option.subgraph == subgraph && option.via == via);
        option.map_or(&[], |option| &option.contexts)
    }

    /// Where the values of a step's contexts are found for the rows of `base`, and the steps that are read for it.
    pub(super) fn context_sources(
        contexts: &[StepContext],
        base: &Place,
    ) -> (Vec<ContextSource>, Vec<StepId>) {
        let mut after = Vec::new();
        let sources = contexts.iter().map(|one| {
            let mut known = base.contexts.iter();
            match known.find(|(context, _)| *context == one.context) {
                Some((_, binding)) => {
                    after.extend(&binding.after);
                    binding.source.clone()
                }
                None => Binding::nothing().source,
            }
        });
        let sources = sources.collect();
        (sources, after)
    }

    /// The contexts around the root object that a step enters again, which all objects that lead there share.
    pub(super) fn linked(step: StepId, base: &Place) -> Bindings {
        let link = ContextStep::Link(LinkRef {
            fetch: FetchId(step.0),
            call: 0,
            input: 0,
        });
        let around = base.contexts.iter();
        let around = around.map(|(context, binding)| (*context, Rc::new(binding.then(link))));
        around.collect()
    }

    /// The contexts around the entities of a step, which carries them.
    pub(super) fn carried(
        step: StepId,
        contexts: &[StepContext],
        sources: &[ContextSource],
    ) -> Bindings {
        let numbered = (0..).zip(contexts.iter().zip(sources));
        let carried = numbered.map(|(context, (one, source))| {
            let origin = match source.origin {
                ContextOrigin::Nothing => ContextOrigin::Nothing,
                _ => ContextOrigin::Entities {
                    fetch: FetchId(step.0),
                    call: 0,
                    context,
                },
            };
            let source = ContextSource {
                origin,
                steps: Vec::new(),
                path: source.path.clone(),
                selection: Arc::clone(&source.selection),
            };
            let after = vec![step];
            (one.context, Rc::new(Binding { source, after }))
        });
        let mut carried: Vec<(ContextId, Rc<Binding>)> = carried.collect();
        carried.dedup_by_key(|(context, _)| *context);
        carried.into()
    }
}

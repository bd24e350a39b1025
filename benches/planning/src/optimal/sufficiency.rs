//! Whether a set of requests suffices for an operation.

use std::collections::{BTreeSet, HashMap};

use router_operation::{Field, FieldTarget, Operation, Selection, SelectionSet, collect_fields};
use schema_model::{
    FieldId, FieldSet, FieldSetSelection, SubgraphId, Supergraph, TypeId, TypeKind,
};

use super::Request;

/// All keys and requirements of a supergraph, as selections, by the address of the field set.
pub(super) struct FieldSets(HashMap<usize, SelectionSet>);

impl FieldSets {
    pub(super) fn new(supergraph: &Supergraph) -> Self {
        let mut sets = HashMap::new();
        let mut add = |set: &FieldSet, ty| {
            let address = std::ptr::from_ref(set).addr();
            sets.insert(address, selection_set(supergraph, &set.selections, ty));
        };
        for ty in supergraph.type_ids() {
            let definition = supergraph.ty(ty);
            let keys = definition.subgraphs.iter().flat_map(|there| &there.keys);
            keys.for_each(|key| add(&key.fields, ty));
            if definition.is_composite() {
                for field in &definition.fields {
                    let there = supergraph.field(*field).subgraphs.iter();
                    let requires = there.filter_map(|there| there.requires.as_ref());
                    requires.for_each(|set| add(set, ty));
                }
            }
        }
        Self(sets)
    }

    fn get(&self, set: &FieldSet) -> &SelectionSet {
        &self.0[&std::ptr::from_ref(set).addr()]
    }
}

fn selection_set(
    supergraph: &Supergraph,
    selections: &[FieldSetSelection],
    ty: TypeId,
) -> SelectionSet {
    let selections = selections.iter().map(|selection| match selection {
        FieldSetSelection::Typename => Selection::Field(Field {
            response_key: "__typename".try_into().expect("a name"),
            target: FieldTarget::Typename,
            arguments: Vec::new(),
            selection_set: None,
        }),
        FieldSetSelection::Field {
            field,
            arguments,
            selections,
        } => {
            let definition = supergraph.field(*field);
            let below = definition.ty.named();
            let is_composite = supergraph.ty(below).is_composite();
            Selection::Field(Field {
                response_key: definition.name.clone(),
                target: FieldTarget::Field(*field),
                arguments: arguments.clone(),
                selection_set: is_composite.then(|| selection_set(supergraph, selections, below)),
            })
        }
        FieldSetSelection::Fragment { on, selections } => {
            Selection::Fragment(selection_set(supergraph, selections, *on))
        }
    });
    SelectionSet {
        ty,
        selections: selections.collect(),
    }
}

/// An object as a subgraph returned it, and what was provided with it.
#[derive(Clone)]
struct Arrival<'a> {
    subgraph: SubgraphId,
    /// As declared there.
    ty: TypeId,
    provided: Vec<&'a [FieldSetSelection]>,
}

/// Somewhere an object's fields can be had from.
#[derive(Clone)]
struct Source<'a> {
    arrival: Arrival<'a>,
    level: u32,
    by_request: bool,
    /// The arrival whose rows it is about.
    base: usize,
}

/// What a question is about: selection sets, arrivals (with what was provided), level.
type Question = (Vec<usize>, Vec<(SubgraphId, TypeId, Vec<usize>)>, u32);

/// Answers whether sets of requests suffice.
pub(super) struct Sufficiency<'a> {
    supergraph: &'a Supergraph,
    field_sets: &'a FieldSets,
    operation: &'a Operation,
    /// By level.
    requests: Vec<Vec<SubgraphId>>,
    known: HashMap<Question, Option<u32>>,
    asked: BTreeSet<Request>,
}

impl<'a> Sufficiency<'a> {
    pub(super) fn new(
        supergraph: &'a Supergraph,
        field_sets: &'a FieldSets,
        operation: &'a Operation,
    ) -> Self {
        Self {
            supergraph,
            field_sets,
            operation,
            requests: Vec::new(),
            known: HashMap::new(),
            asked: BTreeSet::new(),
        }
    }

    pub(super) fn subgraphs(&self) -> Vec<SubgraphId> {
        self.supergraph.subgraph_ids().collect()
    }

    /// Requests that were of any use when the last set was tried.
    pub(super) fn asked(&self) -> Vec<Request> {
        self.asked.iter().copied().collect()
    }

    pub(super) fn suffices(&mut self, requests: &[Request]) -> bool {
        let levels = requests.iter().map(|(level, _)| *level as usize + 1).max();
        self.requests = vec![Vec::new(); levels.unwrap_or(0)];
        for (level, subgraph) in requests {
            self.requests[*level as usize].push(*subgraph);
        }
        self.known.clear();
        self.asked.clear();
        let roots = self.requests.first().cloned().unwrap_or_default();
        let root = self.operation.root;
        let sources = roots.iter().map(|subgraph| Source {
            arrival: Arrival {
                subgraph: *subgraph,
                ty: root,
                provided: Vec::new(),
            },
            level: 0,
            by_request: true,
            base: 0,
        });
        let sources: Vec<Source<'a>> = sources.collect();
        self.asked
            .extend(roots.iter().map(|subgraph| (0, *subgraph)));
        let set = &self.operation.selection_set;
        self.selected(&[set], root, &sources).is_some()
    }

    /// The level from which on all that is selected on an object is there.
    fn object(
        &mut self,
        sets: &[&'a SelectionSet],
        arrivals: &[Arrival<'a>],
        level: u32,
    ) -> Option<u32> {
        let question = question(sets, arrivals, level);
        if let Some(known) = self.known.get(&question) {
            return *known;
        }
        self.known.insert(question.clone(), None);
        let answer = self.object_anew(sets, arrivals, level);
        self.known.insert(question, answer);
        answer
    }

    fn object_anew(
        &mut self,
        sets: &[&'a SelectionSet],
        arrivals: &[Arrival<'a>],
        level: u32,
    ) -> Option<u32> {
        let declared = self.supergraph.ty(arrivals[0].ty);
        let types = match declared.in_subgraph(arrivals[0].subgraph) {
            Some(there) => &there.possible_types,
            None => &declared.possible_types,
        };
        let mut ready = level;
        for ty in types {
            if !self.supergraph.ty(*ty).is_inaccessible {
                let sources = self.sources(*ty, arrivals, level);
                ready = ready.max(self.selected(sets, *ty, &sources)?);
            }
        }
        Some(ready)
    }

    /// The arrivals, and every request that can be made about the object. What is sent is read from one arrival's answer
    /// and from requests about it, never pieced together from what two subgraphs returned side by side.
    fn sources(&mut self, ty: TypeId, arrivals: &[Arrival<'a>], level: u32) -> Vec<Source<'a>> {
        let mut sources = Vec::new();
        for (base, arrival) in arrivals.iter().enumerate() {
            let mut about = vec![Source {
                arrival: arrival.clone(),
                level,
                by_request: false,
                base,
            }];
            self.add_requests(ty, level, &mut about);
            sources.extend(about);
        }
        sources
    }

    fn add_requests(&mut self, ty: TypeId, level: u32, sources: &mut Vec<Source<'a>>) {
        let definition = self.supergraph.ty(ty);
        let last = u32::try_from(self.requests.len()).unwrap_or(u32::MAX);
        for at in level + 1..last {
            for subgraph in self.requests[at as usize].clone() {
                let keys = definition.in_subgraph(subgraph).map(|there| &there.keys);
                let mut keys = keys.into_iter().flatten().filter(|key| key.resolvable);
                let can_be_asked = keys.any(|key| {
                    let set = self.field_sets.get(&key.fields);
                    self.is_there_before(&[set], ty, sources, at)
                });
                if can_be_asked {
                    self.asked.insert((at, subgraph));
                    sources.push(Source {
                        arrival: Arrival {
                            subgraph,
                            ty,
                            provided: Vec::new(),
                        },
                        level: at,
                        by_request: true,
                        base: sources[0].base,
                    });
                }
            }
        }
    }

    fn is_there_before(
        &mut self,
        sets: &[&'a SelectionSet],
        ty: TypeId,
        sources: &[Source<'a>],
        level: u32,
    ) -> bool {
        let before = sources.iter().filter(|source| source.level < level);
        let before: Vec<Source<'a>> = before.cloned().collect();
        self.selected(sets, ty, &before)
            .is_some_and(|ready| ready < level)
    }

    /// The level from which on all that is selected is there, from some sources.
    fn selected(
        &mut self,
        sets: &[&'a SelectionSet],
        ty: TypeId,
        sources: &[Source<'a>],
    ) -> Option<u32> {
        let mut ready = 0;
        for field in collect_fields(self.supergraph, sets, ty) {
            if let FieldTarget::Field(id) = field.target {
                ready = ready.max(self.field(id, &field.selection_sets, ty, sources)?);
            }
        }
        Some(ready)
    }

    fn field(
        &mut self,
        field: FieldId,
        below: &[&'a SelectionSet],
        ty: TypeId,
        sources: &[Source<'a>],
    ) -> Option<u32> {
        let mut answers: Vec<(u32, Arrival<'a>)> = Vec::new();
        for source in sources {
            if let Some(child) = self.answer(field, ty, source, sources) {
                answers.push((source.level, child));
            }
        }
        let levels: BTreeSet<u32> = answers.iter().map(|(level, _)| *level).collect();
        if below.is_empty() {
            return levels.first().copied();
        }
        // What is below may have to be pieced together from several sources.
        let ready = levels.into_iter().filter_map(|level| {
            let there = answers.iter().filter(|(at, _)| *at <= level);
            let mut there: Vec<Arrival<'a>> = there.map(|(_, child)| child.clone()).collect();
            let mut seen = BTreeSet::new();
            there.retain(|one| seen.insert((one.subgraph, one.ty, addresses(&one.provided))));
            self.object(below, &there, level)
        });
        ready.min()
    }

    /// The value of a field as a source returns it.
    fn answer(
        &mut self,
        field: FieldId,
        ty: TypeId,
        source: &Source<'a>,
        sources: &[Source<'a>],
    ) -> Option<Arrival<'a>> {
        let definition = self.supergraph.field(field);
        let arrival = &source.arrival;
        let there = definition.in_subgraph(arrival.subgraph)?;
        let mut mentioned = Vec::new();
        for set in &arrival.provided {
            self.mentions(set, &definition.name, ty, &mut mentioned);
        }
        let in_subgraph = self.supergraph.ty(ty).in_subgraph(arrival.subgraph);
        let keys = in_subgraph.filter(|_| !there.is_external);
        for key in keys.into_iter().flat_map(|there| &there.keys) {
            self.mentions(&key.fields.selections, &definition.name, ty, &mut mentioned);
        }
        if !there.is_resolvable() && mentioned.is_empty() {
            return None;
        }
        if let Some(requires) = &there.requires {
            let set = self.field_sets.get(requires);
            let about = sources.iter().filter(|other| other.base == source.base);
            let about: Vec<Source<'a>> = about.cloned().collect();
            if !source.by_request || !self.is_there_before(&[set], ty, &about, source.level) {
                return None;
            }
        }
        let own = there.provides.as_ref().map(|set| set.selections.as_slice());
        mentioned.extend(own);
        Some(Arrival {
            subgraph: arrival.subgraph,
            ty: there.ty.named(),
            provided: mentioned,
        })
    }

    /// What a field set selects below a field.
    fn mentions(
        &self,
        set: &'a [FieldSetSelection],
        name: &str,
        ty: TypeId,
        found: &mut Vec<&'a [FieldSetSelection]>,
    ) {
        for selection in set {
            match selection {
                FieldSetSelection::Typename => {}
                FieldSetSelection::Field {
                    field, selections, ..
                } => {
                    if self.supergraph.field(*field).name == name {
                        found.push(selections);
                    }
                }
                FieldSetSelection::Fragment { on, selections } => {
                    let is_abstract = self.supergraph.ty(*on).kind != TypeKind::Object;
                    if *on == ty || is_abstract && self.supergraph.is_possible(*on, ty) {
                        self.mentions(selections, name, ty, found);
                    }
                }
            }
        }
    }
}

fn question(sets: &[&SelectionSet], arrivals: &[Arrival<'_>], level: u32) -> Question {
    let address = |set: &&SelectionSet| std::ptr::from_ref::<SelectionSet>(set).addr();
    let arrivals = arrivals
        .iter()
        .map(|arrival| (arrival.subgraph, arrival.ty, addresses(&arrival.provided)));
    (
        sets.iter().map(address).collect(),
        arrivals.collect(),
        level,
    )
}

fn addresses(sets: &[&[FieldSetSelection]]) -> Vec<usize> {
    sets.iter().map(|set| set.as_ptr().addr()).collect()
}

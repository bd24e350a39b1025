//! Prints what a step selects, and describes the answer it will get.

use std::fmt::Write as _;

use apollo_compiler::ast::{Argument, Value};
use apollo_compiler::{Name, Node, name};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxHashMap;
use schema_model::{SubgraphId, Supergraph, TypeId};

use crate::plan::{ObjectShape, ShapeId, SlotShape, SlotValue};
use crate::selection::{EntryId, NodeId, SelectionEntry, SelectionNode, Selections};

/// A printed selection: braces included.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    pub(crate) text: String,
    /// Shapes, outer before inner; the zeroth is the step's own. Ids are local.
    pub(crate) shapes: Vec<ObjectShape>,
    /// The node behind every shape.
    pub(crate) nodes: Vec<NodeId>,
    /// The slot of every selected field.
    pub(crate) slots: Vec<(EntryId, u32)>,
    /// Where in the text the variable of which of the step's contexts belongs.
    pub(crate) holes: Vec<(usize, u32)>,
    /// Client variables, in order of use.
    pub(crate) variables: IndexSet<Name>,
}

/// Prints the selection at `node` with all below.
pub(crate) fn print(supergraph: &Supergraph, selections: &Selections<'_>, node: NodeId) -> Printed {
    let mut printer = Printer {
        supergraph,
        selections,
        printed: Printed::default(),
    };
    printer.node(node);
    printer.printed
}

struct Printer<'p, 'a> {
    supergraph: &'p Supergraph,
    selections: &'p Selections<'a>,
    printed: Printed,
}

/// The response keys of one node's entries.
type Keys = FxHashMap<EntryId, Name>;

impl<'a> Printer<'_, 'a> {
    fn node(&mut self, id: NodeId) -> ShapeId {
        let selections = self.selections;
        let node = selections.node(id);
        let shape = ShapeId(u32::try_from(self.printed.shapes.len()).unwrap_or(u32::MAX));
        // Where only one type may be met, its name is asked for to have a selection, and not looked at: a subgraph may
        // call a root type otherwise.
        let has_typename = node.types.len() != 1 || node.names_type;
        self.printed.shapes.push(ObjectShape {
            types: node.types.clone(),
            has_typename,
            slots: Vec::new(),
        });
        self.printed.nodes.push(id);
        let keys = response_keys(selections, node);
        let mut slots: IndexMap<Name, SlotShape> = IndexMap::new();
        self.printed.text.push('{');
        if has_typename || node.entries.is_empty() {
            self.printed.text.push_str("__typename");
        }
        let (direct, conditional): (Vec<EntryId>, Vec<EntryId>) = node
            .entries
            .iter()
            .partition(|entry| self.is_direct(node, **entry));
        let mut subselections = FxHashMap::default();
        for entry in direct {
            self.field(entry, &keys, &mut slots, &mut subselections);
        }
        let (covered, conditional) = self.on_interfaces(node, conditional);
        for (interface, fields) in covered {
            self.fragment(interface, &fields, &keys, &mut slots, &mut subselections);
        }
        for ty in &node.types {
            let on_type = |entry: &EntryId| selections.entry(*entry).types.contains(ty);
            let fields = conditional.iter().copied().filter(on_type);
            let fields: Vec<EntryId> = fields.collect();
            if !fields.is_empty() {
                self.fragment(*ty, &fields, &keys, &mut slots, &mut subselections);
            }
        }
        self.printed.text.push('}');
        for entry in &node.entries {
            let slot = keys.get(entry).and_then(|key| slots.get_index_of(key));
            if let Some(slot) = slot {
                let slot = u32::try_from(slot).unwrap_or(u32::MAX);
                self.printed.slots.push((*entry, slot));
            }
        }
        self.printed.shapes[shape.index()].slots = slots.into_values().collect();
        shape
    }

    fn fragment(
        &mut self,
        on: TypeId,
        fields: &[EntryId],
        keys: &Keys,
        slots: &mut IndexMap<Name, SlotShape>,
        subselections: &mut FxHashMap<EntryId, String>,
    ) {
        let name = &self.supergraph.ty(on).name;
        let _ = write!(self.printed.text, "...on {name}{{");
        for field in fields {
            self.field(*field, keys, slots, subselections);
        }
        self.printed.text.push('}');
    }

    /// Fields that one interface of the subgraph stands for: of exactly the types it may be there, or of all that may
    /// be met. Returns the others as well.
    fn on_interfaces(
        &self,
        node: &SelectionNode,
        entries: Vec<EntryId>,
    ) -> (IndexMap<TypeId, Vec<EntryId>>, Vec<EntryId>) {
        let mut covered: IndexMap<TypeId, Vec<EntryId>> = IndexMap::new();
        let mut others = Vec::new();
        for id in entries {
            match self.covering_interface(node, self.selections.entry(id)) {
                Some(interface) => covered.entry(interface).or_default().push(id),
                None => others.push(id),
            }
        }
        (covered, others)
    }

    fn covering_interface(
        &self,
        node: &SelectionNode,
        entry: &SelectionEntry<'a>,
    ) -> Option<TypeId> {
        let (first, others) = entry.types.split_first()?;
        if others.is_empty() {
            return None;
        }
        let is_everything = node.types.iter().all(|ty| entry.types.contains(ty));
        let there = self.supergraph.ty(*first).in_subgraph(node.subgraph)?;
        let mut interfaces = there.interfaces.iter().copied();
        interfaces.find(|interface| {
            let known = self.supergraph.ty(*interface).in_subgraph(node.subgraph);
            known.is_some_and(|known| {
                let possible = &known.possible_types;
                let covers = entry.types.iter().all(|ty| possible.contains(ty));
                let is_met = |ty: &TypeId| entry.types.contains(ty) || !node.types.contains(ty);
                covers && (is_everything || possible.iter().all(is_met))
            }) && self.is_on_interface(*interface, node.subgraph, entry)
        })
    }

    /// Prints a field; below it, what was printed for it before if it stands under several type conditions.
    fn field(
        &mut self,
        id: EntryId,
        keys: &Keys,
        slots: &mut IndexMap<Name, SlotShape>,
        subselections: &mut FxHashMap<EntryId, String>,
    ) {
        let selections = self.selections;
        let entry = selections.entry(id);
        let key = keys.get(&id).unwrap_or(entry.name);
        if self
            .printed
            .text
            .ends_with(|c: char| c.is_alphanumeric() || c == '_')
        {
            self.printed.text.push(' ');
        }
        if key != entry.name {
            let _ = write!(self.printed.text, "{key}:");
        }
        self.printed.text.push_str(entry.name);
        self.arguments(entry.arguments, &entry.contexts);
        let value = match entry.child {
            None => SlotValue::Leaf(entry.ty.named()),
            Some(child) => match subselections.get(&id) {
                Some(text) => {
                    self.printed.text.push_str(text);
                    return;
                }
                None => {
                    let start = self.printed.text.len();
                    let shape = self.node(child);
                    let text = self.printed.text[start..].to_owned();
                    subselections.insert(id, text);
                    SlotValue::Object(shape)
                }
            },
        };
        let slot = slots.entry(key.clone()).or_insert_with(|| SlotShape {
            response_key: key.clone(),
            list_depth: entry.ty.list_depth(),
            value,
            is_unread: true,
        });
        slot.is_unread &= entry.is_unread;
    }

    fn arguments(&mut self, arguments: &[Node<Argument>], contexts: &[(&Name, u32)]) {
        if arguments.is_empty() && contexts.is_empty() {
            return;
        }
        let mut separator = '(';
        for (name, context) in contexts {
            let _ = write!(self.printed.text, "{separator}{name}:");
            self.printed.holes.push((self.printed.text.len(), *context));
            separator = ',';
        }
        for argument in arguments {
            self.printed
                .text
                .push(std::mem::replace(&mut separator, ','));
            let value = &argument.value;
            let text = value.serialize().no_indent().to_string();
            let _ = write!(self.printed.text, "{}:{text}", argument.name);
            collect_variables(value, &mut self.printed.variables);
        }
        self.printed.text.push(')');
    }

    /// Whether a field can stand outside type conditions.
    fn is_direct(&self, node: &SelectionNode, entry: EntryId) -> bool {
        let Some(ty) = node.ty else {
            return false;
        };
        if node.types.as_slice() == [ty] {
            return true;
        }
        let entry = self.selections.entry(entry);
        node.types.iter().all(|ty| entry.types.contains(ty))
            && self.is_on_interface(ty, node.subgraph, entry)
    }

    /// Whether the subgraph's interface has the field itself, of the same type.
    fn is_on_interface(
        &self,
        interface: TypeId,
        subgraph: SubgraphId,
        entry: &SelectionEntry<'a>,
    ) -> bool {
        let Some(field) = self.supergraph.field_named(interface, entry.name) else {
            return false;
        };
        let definition = self.supergraph.field(field);
        let takes = |argument: &Node<Argument>| {
            definition
                .arguments
                .iter()
                .any(|known| known.name == argument.name)
        };
        definition.in_subgraph(subgraph).is_some_and(|there| {
            there.ty.named() == entry.ty.named() && there.ty.list_depth() == entry.ty.list_depth()
        }) && entry.arguments.iter().all(takes)
    }
}

/// Gives every entry of a node its response key: the client's where it is free, the field's name for what only
/// keys and `@requires` read, an alias where those are taken. Leaves of the same type under disjoint type
/// conditions share theirs.
fn response_keys(selections: &Selections<'_>, node: &SelectionNode) -> Keys {
    let mut keys = Keys::default();
    let mut holders: IndexMap<Name, Vec<EntryId>> = IndexMap::new();
    holders.insert(name!("__typename"), Vec::new());
    let (asked, internal): (Vec<EntryId>, Vec<EntryId>) = node
        .entries
        .iter()
        .partition(|id| selections.entry(**id).response_key.is_some());
    for id in asked.into_iter().chain(internal) {
        let entry = selections.entry(id);
        let mut key = entry.response_key.unwrap_or(entry.name).clone();
        let mut number = 0;
        while let Some(held) = holders.get(&key) {
            let can_share = |other: &EntryId| can_share(entry, selections.entry(*other));
            if !held.is_empty() && held.iter().all(can_share) {
                break;
            }
            let alias = format!("_{}_{number}", entry.name);
            number += 1;
            key = Name::new(&alias).unwrap_or(key);
        }
        holders.entry(key.clone()).or_default().push(id);
        keys.insert(id, key);
    }
    keys
}

fn can_share(one: &SelectionEntry<'_>, other: &SelectionEntry<'_>) -> bool {
    let are_leaves = one.child.is_none() && other.child.is_none();
    let are_disjoint = one.types.iter().all(|ty| !other.types.contains(ty));
    are_leaves && are_disjoint && one.ty == other.ty
}

/// Adds the variables that a value uses.
fn collect_variables(value: &Value, variables: &mut IndexSet<Name>) {
    match value {
        Value::Variable(name) => {
            variables.insert(name.clone());
        }
        Value::List(items) => items.iter().for_each(|v| collect_variables(v, variables)),
        Value::Object(fields) => {
            let values = fields.iter().map(|(_, value)| value);
            values.for_each(|v| collect_variables(v, variables));
        }
        _ => {}
    }
}

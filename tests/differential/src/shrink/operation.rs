//! Smaller operations.

use std::collections::HashSet;

use apollo_compiler::ast::{
    Definition, DirectiveList, Document, InlineFragment, Selection, Value as Literal,
};
use apollo_compiler::{Name, Node};

use crate::check::Request;

/// Counts edits down to the wanted one.
struct Editor {
    left: usize,
    is_done: bool,
    fragments: Vec<(Name, InlineFragment)>,
}

/// The request with its nth possible edit; `None` if there are fewer.
pub(crate) fn edited(request: &Request, edit: usize) -> Option<Request> {
    let mut document = Document::parse(&request.operation, "operation").ok()?;
    let fragments = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::FragmentDefinition(fragment) => {
                let inline = InlineFragment {
                    type_condition: Some(fragment.type_condition.clone()),
                    directives: DirectiveList::new(),
                    selection_set: fragment.selection_set.clone(),
                };
                Some((fragment.name.clone(), inline))
            }
            _ => None,
        });
    let mut editor = Editor {
        left: edit,
        is_done: false,
        fragments: fragments.collect(),
    };
    for definition in &mut document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                let operation = operation.make_mut();
                editor.selections(&mut operation.selection_set);
                for variable in &mut operation.variables {
                    let variable = variable.make_mut();
                    if variable.default_value.is_some() && editor.turn() {
                        variable.default_value = None;
                    }
                }
            }
            Definition::FragmentDefinition(fragment) => {
                editor.selections(&mut fragment.make_mut().selection_set);
            }
            _ => {}
        }
    }
    let mut request = request.clone();
    if request.name.is_some() && document.definitions.len() > 1 && editor.turn() {
        let name = request.name.clone();
        document.definitions.retain(|definition| match definition {
            Definition::OperationDefinition(own) => {
                own.name.as_ref().map(|name| name.as_str()) == name.as_deref()
            }
            _ => true,
        });
    }
    if !editor.is_done {
        return None;
    }
    drop_unused(&mut document, &mut request);
    request.operation = document.to_string();
    Some(request)
}

impl Editor {
    /// Whether this edit is the one.
    fn turn(&mut self) -> bool {
        if self.is_done {
            return false;
        }
        if self.left == 0 {
            self.is_done = true;
            return true;
        }
        self.left -= 1;
        false
    }

    fn selections(&mut self, set: &mut Vec<Selection>) {
        let mut index = 0;
        while index < set.len() && !self.is_done {
            if set.len() > 1 && self.turn() {
                set.remove(index);
                return;
            }
            if let Some(replacement) = self.replacement(&set[index]) {
                set.splice(index..=index, replacement);
                return;
            }
            self.selection(&mut set[index]);
            index += 1;
        }
    }

    /// What may stand in place of a selection.
    fn replacement(&mut self, selection: &Selection) -> Option<Vec<Selection>> {
        match selection {
            Selection::InlineFragment(fragment) if self.turn() => {
                Some(fragment.selection_set.clone())
            }
            Selection::FragmentSpread(spread) if self.turn() => {
                let mut named = self.fragments.iter();
                let (_, fragment) = named.find(|(name, _)| *name == spread.fragment_name)?;
                let mut inline = fragment.clone();
                inline.directives = spread.directives.clone();
                Some(vec![Selection::InlineFragment(Node::new(inline))])
            }
            _ => None,
        }
    }

    fn selection(&mut self, selection: &mut Selection) {
        match selection {
            Selection::Field(field) => {
                let field = field.make_mut();
                if field.alias.is_some() && self.turn() {
                    field.alias = None;
                }
                self.directives(&mut field.directives);
                let mut index = 0;
                while index < field.arguments.len() && !self.is_done {
                    if self.turn() {
                        field.arguments.remove(index);
                        return;
                    }
                    index += 1;
                }
                if !field.selection_set.is_empty() {
                    let is_bare = matches!(&field.selection_set[..], [Selection::Field(own)] if own.name == "__typename");
                    if !is_bare && self.turn() {
                        let name = Name::new_static("__typename");
                        let name = name.unwrap_or_else(|_| unreachable!("a name"));
                        let bare = apollo_compiler::ast::Field {
                            alias: None,
                            name,
                            arguments: Vec::new(),
                            directives: DirectiveList::new(),
                            selection_set: Vec::new(),
                        };
                        field.selection_set = vec![Selection::Field(Node::new(bare))];
                        return;
                    }
                    self.selections(&mut field.selection_set);
                }
            }
            Selection::InlineFragment(fragment) => {
                let fragment = fragment.make_mut();
                self.directives(&mut fragment.directives);
                self.selections(&mut fragment.selection_set);
            }
            Selection::FragmentSpread(spread) => {
                self.directives(&mut spread.make_mut().directives);
            }
        }
    }

    fn directives(&mut self, directives: &mut DirectiveList) {
        let mut index = 0;
        while index < directives.len() && !self.is_done {
            if self.turn() {
                directives.0.remove(index);
                return;
            }
            index += 1;
        }
    }
}

/// Fragments and variables that nothing uses are not valid.
fn drop_unused(document: &mut Document, request: &mut Request) {
    loop {
        let mut used = HashSet::new();
        for definition in &document.definitions {
            match definition {
                Definition::OperationDefinition(d) => note(&d.selection_set, &mut used),
                Definition::FragmentDefinition(d) => note(&d.selection_set, &mut used),
                _ => {}
            }
        }
        let before = document.definitions.len();
        document.definitions.retain(|definition| match definition {
            Definition::FragmentDefinition(d) => used.contains(&format!("...{}", d.name)),
            _ => true,
        });
        for definition in &mut document.definitions {
            if let Definition::OperationDefinition(operation) = definition {
                let operation = operation.make_mut();
                let is_used = |name: &Name| used.contains(&format!("${name}"));
                operation
                    .variables
                    .retain(|variable| is_used(&variable.name));
            }
        }
        request
            .variables
            .retain(|name, _| used.contains(&format!("${name}")));
        if before == document.definitions.len() {
            return;
        }
    }
}

fn note(set: &[Selection], used: &mut HashSet<String>) {
    for selection in set {
        let directives = match selection {
            Selection::Field(field) => &field.directives,
            Selection::InlineFragment(fragment) => &fragment.directives,
            Selection::FragmentSpread(spread) => &spread.directives,
        };
        for directive in directives.iter() {
            for argument in &directive.arguments {
                note_value(&argument.value, used);
            }
        }
        match selection {
            Selection::Field(field) => {
                for argument in &field.arguments {
                    note_value(&argument.value, used);
                }
                note(&field.selection_set, used);
            }
            Selection::InlineFragment(fragment) => note(&fragment.selection_set, used),
            Selection::FragmentSpread(spread) => {
                used.insert(format!("...{}", spread.fragment_name));
            }
        }
    }
}

fn note_value(value: &Literal, used: &mut HashSet<String>) {
    match value {
        Literal::Variable(name) => drop(used.insert(format!("${name}"))),
        Literal::List(items) => items.iter().for_each(|item| note_value(item, used)),
        Literal::Object(fields) => fields.iter().for_each(|(_, value)| note_value(value, used)),
        _ => {}
    }
}

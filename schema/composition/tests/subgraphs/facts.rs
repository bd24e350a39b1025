//! What a set of subgraphs says, read off its SDL without composing it; and what a supergraph says
//! of its subgraphs, in the same words.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{
    Definition, Directive, DirectiveList, Document, FieldDefinition, OperationType,
};
use apollo_compiler::{Name, Node};
use schema_composition::SubgraphInput;
use schema_model::{FieldSet, Supergraph, TypeKind};

/// Sentences such as `User.name in accounts: String`.
type Facts = BTreeSet<String>;

/// What the subgraphs say.
#[derive(Default)]
struct Said {
    facts: Facts,
    /// `(Type.field, subgraph, labelled)` that another subgraph overrides.
    overridden: BTreeSet<(String, String, bool)>,
    /// Subgraphs of Federation 1, which mean more than they say.
    federation_one: BTreeSet<String>,
}

/// A subgraph's names.
struct Reader<'s> {
    subgraph: &'s str,
    /// Local name to the specification's.
    directives: BTreeMap<String, String>,
    roots: BTreeMap<String, &'static str>,
    /// Of linked specifications: what their types' names begin with.
    namespaces: BTreeSet<String>,
    said: &'s mut Said,
}

fn said(inputs: &[SubgraphInput]) -> Said {
    let mut said = Said::default();
    for input in inputs {
        let sdl = input.sdl.trim_start_matches('\u{feff}');
        let document = Document::parse(sdl, "subgraph.graphql").unwrap();
        let mut reader = Reader {
            subgraph: &input.name,
            directives: BTreeMap::new(),
            roots: BTreeMap::new(),
            namespaces: ["federation", "link"].map(str::to_owned).into(),
            said: &mut said,
        };
        reader.names(&document);
        // Every subgraph has a query root, be it for its machinery only.
        reader.say(format!("Query in {}", input.name));
        for definition in &document.definitions {
            reader.definition(definition);
        }
    }
    said
}

fn text<'d>(directive: &'d Directive, argument: &str) -> Option<&'d str> {
    directive.specified_argument_by_name(argument)?.as_str()
}

impl Reader<'_> {
    fn names(&mut self, document: &Document) {
        let mut linked = false;
        for definition in &document.definitions {
            let roots = match definition {
                Definition::SchemaDefinition(schema) => &schema.root_operations,
                Definition::SchemaExtension(schema) => &schema.root_operations,
                _ => continue,
            };
            for root in roots {
                let default = match root.0 {
                    OperationType::Query => "Query",
                    OperationType::Mutation => "Mutation",
                    OperationType::Subscription => "Subscription",
                };
                self.roots.insert(root.1.to_string(), default);
            }
            for link in definition.directives().iter() {
                let url = text(link, "url").unwrap_or_default();
                if url.starts_with("https://specs.apollo.dev/") {
                    let namespace = text(link, "as").or_else(|| url.rsplit('/').nth(1));
                    self.namespaces.extend(namespace.map(str::to_owned));
                }
                if url.starts_with("https://specs.apollo.dev/federation/v2.") {
                    linked = true;
                    self.link(link);
                } else if url.starts_with("https://specs.apollo.dev/inaccessible/") {
                    let name = text(link, "as").unwrap_or("inaccessible").to_owned();
                    self.directives.insert(name, "inaccessible".to_owned());
                }
            }
        }
        if !linked {
            self.said.federation_one.insert(self.subgraph.to_owned());
            for name in [
                "key",
                "requires",
                "provides",
                "external",
                "inaccessible",
                "override",
            ] {
                self.directives.insert(name.to_owned(), name.to_owned());
            }
        }
    }

    fn link(&mut self, link: &Directive) {
        let namespace = text(link, "as").unwrap_or("federation");
        for name in [
            "key",
            "requires",
            "provides",
            "external",
            "shareable",
            "override",
            "interfaceObject",
            "inaccessible",
            "fromContext",
        ] {
            self.directives
                .insert(format!("{namespace}__{name}"), name.to_owned());
        }
        let imports = link.specified_argument_by_name("import");
        for import in imports.and_then(|list| list.as_list()).unwrap_or_default() {
            let field = |key: &str| {
                let object = import.as_object()?;
                object.iter().find(|(name, _)| name == key)?.1.as_str()
            };
            let name = import
                .as_str()
                .or_else(|| field("name"))
                .unwrap_or_default();
            let alias = field("as").unwrap_or(name);
            self.directives.insert(
                alias.trim_start_matches('@').to_owned(),
                name.trim_start_matches('@').to_owned(),
            );
        }
    }

    fn applied<'d>(&self, all: &'d DirectiveList, name: &str) -> Vec<&'d Node<Directive>> {
        let is_meant = |one: &&'d Node<Directive>| {
            self.directives
                .get(one.name.as_str())
                .is_some_and(|meant| meant == name)
        };
        all.iter().filter(is_meant).collect()
    }

    fn type_name(&self, name: &str) -> String {
        self.roots.get(name).map_or(name, |root| root).to_owned()
    }

    fn say(&mut self, fact: String) {
        self.said.facts.insert(fact);
    }

    fn is_machinery(&self, name: &str) -> bool {
        let namespace = name.split_once("__").map(|(namespace, _)| namespace);
        name.starts_with('_')
            || is_built_in(name)
            || ["FieldSet", "Scope", "Policy", "ContextFieldValue"].contains(&name)
            || namespace.is_some_and(|namespace| self.namespaces.contains(namespace))
    }

    fn definition(&mut self, definition: &Definition) {
        let Some(name) = definition.name().filter(|name| !self.is_machinery(name)) else {
            return;
        };
        if matches!(definition, Definition::DirectiveDefinition(_)) {
            return;
        }
        let name = self.type_name(name);
        let subgraph = self.subgraph;
        self.say(format!("{name} in {subgraph}"));
        let none = (&[][..], &[][..]);
        let (interfaces, fields) = match definition {
            Definition::ObjectTypeDefinition(ty) => (&ty.implements_interfaces[..], &ty.fields[..]),
            Definition::ObjectTypeExtension(ty) => (&ty.implements_interfaces[..], &ty.fields[..]),
            Definition::InterfaceTypeDefinition(ty) => {
                (&ty.implements_interfaces[..], &ty.fields[..])
            }
            Definition::InterfaceTypeExtension(ty) => {
                (&ty.implements_interfaces[..], &ty.fields[..])
            }
            Definition::UnionTypeDefinition(ty) => {
                self.members(&name, &ty.members);
                none
            }
            Definition::UnionTypeExtension(ty) => {
                self.members(&name, &ty.members);
                none
            }
            _ => none,
        };
        for interface in interfaces {
            self.say(format!("{name} implements {interface} in {subgraph}"));
        }
        let directives = definition.directives();
        if !self.applied(directives, "interfaceObject").is_empty() {
            self.say(format!("{name} stands for an interface in {subgraph}"));
        }
        if !self.applied(directives, "inaccessible").is_empty() {
            self.say(format!("{name} is inaccessible"));
        }
        let keys = self.keys(&name, directives);
        let extension_keys = if definition.is_extension_definition() {
            keys
        } else {
            Vec::new()
        };
        let all_external = !self.applied(directives, "external").is_empty();
        for field in fields.iter().filter(|field| !field.name.starts_with('_')) {
            // The key of an extension is resolved there, whatever it says.
            let is_key = extension_keys
                .iter()
                .any(|key| key.split(' ').any(|one| field.name == one));
            self.field(&name, field, all_external, is_key);
        }
    }

    fn members(&mut self, name: &str, members: &[Name]) {
        for member in members {
            self.say(format!("{name} may be {member} in {}", self.subgraph));
        }
    }

    fn keys(&mut self, name: &str, directives: &DirectiveList) -> Vec<String> {
        let mut keys = Vec::new();
        for key in self.applied(directives, "key") {
            let fields = canonical(text(key, "fields").unwrap_or_default());
            let resolvable = key
                .specified_argument_by_name("resolvable")
                .and_then(|value| value.to_bool());
            let resolvable = resolvable.unwrap_or(true);
            self.say(format!(
                "{name} has key {fields:?} in {}, resolvable: {resolvable}",
                self.subgraph
            ));
            keys.push(fields);
        }
        keys
    }

    fn field(&mut self, ty: &str, field: &FieldDefinition, all_external: bool, is_key: bool) {
        let coordinate = format!("{ty}.{}", field.name);
        let directives = &field.directives;
        let is_external = all_external || !self.applied(directives, "external").is_empty();
        // Of an external field the supergraph has the type that it is resolved with.
        let what = if is_external && !is_key {
            "it, external".to_owned()
        } else {
            self.output_type(field)
        };
        let mut fact = format!("{coordinate} in {}: {what}", self.subgraph);
        for name in ["requires", "provides"] {
            if let Some(one) = self.applied(directives, name).first() {
                fact.push_str(&format!(
                    ", {name} {:?}",
                    canonical(text(one, "fields").unwrap_or_default())
                ));
            }
        }
        if let Some(one) = self.applied(directives, "override").first() {
            let (from, label) = (text(one, "from").unwrap_or_default(), text(one, "label"));
            fact.push_str(&format!(", overrides {from}"));
            let overridden = (coordinate.clone(), from.to_owned(), label.is_some());
            self.said.overridden.insert(overridden);
        }
        for argument in &field.arguments {
            if !self.applied(&argument.directives, "fromContext").is_empty() {
                fact.push_str(&format!(", {} from context", argument.name));
            }
        }
        if !self.applied(directives, "inaccessible").is_empty() {
            self.say(format!("{coordinate} is inaccessible"));
        }
        self.say(fact);
    }

    fn output_type(&self, field: &FieldDefinition) -> String {
        let written = field.ty.to_string();
        let inner = field.ty.inner_named_type();
        written.replace(inner.as_str(), &self.type_name(inner))
    }
}

fn is_built_in(name: &str) -> bool {
    ["Int", "Float", "String", "Boolean", "ID"].contains(&name)
}

/// A field set in one spelling.
fn canonical(text: &str) -> String {
    if text.is_empty() {
        // Federation 1 also had lists.
        return String::new();
    }
    let is_braced = text.trim_start().starts_with('{');
    let braced = if is_braced {
        text.to_owned()
    } else {
        format!("{{{text}\n}}")
    };
    let document = Document::parse(braced, "fields").unwrap();
    let Some(Definition::OperationDefinition(operation)) = document.definitions.first() else {
        panic!("{text:?} is no field set");
    };
    let selections = operation.selection_set.iter().map(ToString::to_string);
    let written = selections.collect::<Vec<_>>().join(" ");
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is said, but not modelled, or the other way round.
pub(crate) fn differences(inputs: &[SubgraphInput], supergraph: &Supergraph) -> Vec<String> {
    let Said {
        mut facts,
        overridden,
        federation_one,
    } = said(inputs);
    let mut modelled = modelled(supergraph);
    // The types of a specification whose directives compose are machinery in the supergraph.
    facts.retain(|fact| {
        let name = fact.split([' ', '.']).next().unwrap_or_default();
        !name.contains("__") || supergraph.type_named(name).is_some()
    });
    let mut wrong = Vec::new();
    for (coordinate, from, labelled) in overridden {
        let prefix = format!("{coordinate} in {from}: ");
        let is_about = |fact: &String| fact.starts_with(&prefix);
        if !facts.iter().any(is_about) {
            // What is not there need not be overridden, so it need not be told either.
            let prefix = format!("{coordinate} in ");
            facts = without_override(facts, &prefix, &from);
            modelled = without_override(modelled, &prefix, &from);
        }
        if facts
            .iter()
            .any(|fact| is_about(fact) && fact.contains(", external"))
        {
            continue;
        }
        facts.retain(|fact| !is_about(fact));
        let left = modelled.extract_if(.., |fact| is_about(fact));
        wrong.extend(left.filter(|fact| !labelled && !fact.ends_with(", overridden")));
    }
    // Of Federation 1 only what is said plainly is meant.
    let is_federation_one = |fact: &String| {
        federation_one.iter().any(|name| {
            let (end, middle) = (format!(" in {name}"), format!(" in {name}:"));
            fact.ends_with(&end)
                || fact.contains(&middle)
                || fact.contains(&format!(" in {name}, "))
        })
    };
    facts.retain(|fact| !is_federation_one(fact) || fact.contains(": ") && !fact.contains(", "));
    modelled.retain(|fact| !is_federation_one(fact) || facts.contains(fact));
    wrong.extend(
        facts
            .difference(&modelled)
            .map(|fact| format!("not modelled: {fact}")),
    );
    wrong.extend(
        modelled
            .difference(&facts)
            .map(|fact| format!("nowhere said: {fact}")),
    );
    wrong
}

fn without_override(facts: Facts, prefix: &str, from: &str) -> Facts {
    let strip = |fact: String| match fact.starts_with(prefix) {
        true => fact.replace(&format!(", overrides {from}"), ""),
        false => fact,
    };
    facts.into_iter().map(strip).collect()
}

/// What the model of a supergraph says.
fn modelled(supergraph: &Supergraph) -> Facts {
    let mut facts = Facts::new();
    for id in supergraph.type_ids() {
        let ty = supergraph.ty(id);
        let name = &ty.name;
        if is_built_in(name) {
            continue;
        }
        if ty.is_inaccessible {
            facts.insert(format!("{name} is inaccessible"));
        }
        for entry in &ty.subgraphs {
            let subgraph = &supergraph.subgraph(entry.subgraph).name;
            facts.insert(format!("{name} in {subgraph}"));
            if entry.is_interface_object {
                facts.insert(format!("{name} stands for an interface in {subgraph}"));
            }
            for interface in &entry.interfaces {
                let interface = &supergraph.ty(*interface).name;
                facts.insert(format!("{name} implements {interface} in {subgraph}"));
            }
            if ty.kind == TypeKind::Union {
                for member in &entry.possible_types {
                    let member = &supergraph.ty(*member).name;
                    facts.insert(format!("{name} may be {member} in {subgraph}"));
                }
            }
            for key in &entry.keys {
                let fields = canonical(&key.fields.source);
                let resolvable = key.resolvable;
                facts.insert(format!(
                    "{name} has key {fields:?} in {subgraph}, resolvable: {resolvable}"
                ));
            }
        }
        if ty.kind != TypeKind::InputObject {
            facts.extend(
                ty.fields
                    .iter()
                    .flat_map(|&field| fields_of(supergraph, field)),
            );
        }
    }
    facts
}

fn fields_of(supergraph: &Supergraph, id: schema_model::FieldId) -> Vec<String> {
    let field = supergraph.field(id);
    let coordinate = format!("{}.{}", supergraph.ty(field.parent).name, field.name);
    let mut facts = Vec::new();
    if field.is_inaccessible {
        facts.push(format!("{coordinate} is inaccessible"));
    }
    for entry in &field.subgraphs {
        let subgraph = &supergraph.subgraph(entry.subgraph).name;
        let what = if entry.is_external {
            "it, external".to_owned()
        } else {
            supergraph.display(entry.ty)
        };
        let mut fact = format!("{coordinate} in {subgraph}: {what}");
        let set = |name: &str, set: &Option<FieldSet>| {
            let set = set.as_ref();
            set.map(|set| format!(", {name} {:?}", canonical(&set.source)))
                .unwrap_or_default()
        };
        fact.push_str(&set("requires", &entry.requires));
        fact.push_str(&set("provides", &entry.provides));
        if let Some(overrides) = &entry.overrides {
            fact.push_str(&format!(", overrides {}", overrides.from));
        }
        if entry.is_overridden {
            fact.push_str(", overridden");
        }
        for argument in &entry.context_arguments {
            fact.push_str(&format!(", {} from context", argument.name));
        }
        facts.push(fact);
    }
    facts
}

//! Directives that tie subgraphs together.

use super::graph::{Graph, Planned};
use super::part::{Declaration, Field};

/// A field of a type and the subgraph that resolves it.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) part: usize,
    pub(crate) name: String,
    pub(crate) field: Field,
}

impl Graph {
    pub(crate) fn add_directives(&mut self) {
        self.add_overrides();
        self.add_requirements();
        self.add_provisions();
        self.add_interface_externals();
        self.add_contexts();
        self.add_abstract_fields();
        self.hide_some();
        self.drop_unused_externals();
    }

    /// Types that subgraphs enter, interface objects among them.
    pub(crate) fn entered(&self) -> Vec<String> {
        let mut names = self.entities();
        if let Some(Planned::Media { types, .. }) = self.types.get("Media") {
            names.extend(types.clone());
            names.push("Media".to_owned());
        }
        names
    }

    /// Fields that exactly one subgraph knows.
    pub(crate) fn owned(&self, ty: &str) -> Vec<Owned> {
        let mut found: Vec<Owned> = Vec::new();
        for part in self.having(ty) {
            let declaration = &self.parts[part].types[ty];
            if declaration.keyword != "type" {
                continue;
            }
            for (name, field) in &declaration.fields {
                let knowing = self.having(ty).into_iter();
                let knowing = knowing.filter(|&own| self.parts[own].field(ty, name).is_some());
                if knowing.count() == 1 && field.directives.is_empty() && field.ty != "Query" {
                    found.push(Owned {
                        part,
                        name: name.clone(),
                        field: field.clone(),
                    });
                }
            }
        }
        found.retain(|owned| !self.is_of_key(ty, &owned.name) && !owned.name.starts_with("tick"));
        found
    }

    fn is_of_key(&self, ty: &str, field: &str) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| {
            let declaration = part.types.get(ty);
            let mut keys = declaration.into_iter().flat_map(Declaration::keys);
            keys.any(|key| key.split([' ', '{', '}']).any(|word| word == field))
        })
    }

    pub(crate) fn is_leaf(&self, name: &str) -> bool {
        !self.types.contains_key(name)
    }

    fn add_overrides(&mut self) {
        for ty in self.entities() {
            for owned in self.owned(&ty) {
                if !self.wants("override", 15) {
                    continue;
                }
                let mut others = self.having(&ty);
                others.retain(|&other| {
                    other != owned.part && self.parts[other].types[&ty].is_entered()
                });
                if others.is_empty() {
                    continue;
                }
                let other = *self.random.pick(&others);
                self.ensure(other, &owned.field.named());
                self.ensure_inputs(other, &owned.field.arguments);
                let from = &self.parts[owned.part].name;
                let from = from.clone();
                let label = match self.wants("override-labels", 40) {
                    true => format!(", label: \"l{}\"", self.random.below(3)),
                    false => String::new(),
                };
                let taken = format!("@override(from: \"{from}\"{label})");
                let field = owned.field.clone().with(taken);
                self.add(other, &ty, &owned.name, field);
            }
        }
    }

    fn add_requirements(&mut self) {
        for ty in self.entered() {
            for part in self.having(&ty) {
                if self.parts[part].types[&ty].is_entered() && self.wants("requires", 45) {
                    self.add_requirement(part, &ty);
                    if self.wants("requires-chain", 40) {
                        self.add_requirement(part, &ty);
                    }
                }
            }
        }
    }

    /// A field for which this subgraph needs fields of others.
    fn add_requirement(&mut self, part: usize, ty: &str) {
        let declaration = &self.parts[part].types[ty];
        let is_interface_object = declaration.is_interface_object();
        let is_out = is_interface_object && !self.features.has("requires-of-interface-objects");
        if declaration.keyword != "type" || is_out {
            return;
        }
        let mut owned = self.owned(ty);
        owned.retain(|owned| owned.part != part);
        // A field that requires something itself.
        if self.features.has("requires-chain") {
            let chained = self.requiring(ty);
            owned.extend(chained.into_iter().filter(|own| own.part != part));
        }
        self.random.shuffle(&mut owned);
        let count = self.random.between(1, 2);
        let mut set = Vec::new();
        for owned in owned {
            if set.len() == count {
                break;
            }
            if let Some(selected) = self.required(part, ty, &owned) {
                set.push(selected);
            }
        }
        if set.is_empty() {
            return;
        }
        let field = self.any_field(part);
        let name = self.fresh("r");
        let requires = format!("@requires(fields: \"{}\")", set.join(" "));
        self.add(part, ty, &name, field.with(requires));
    }

    fn requiring(&self, ty: &str) -> Vec<Owned> {
        let mut found = Vec::new();
        for part in self.having(ty) {
            for (name, field) in &self.parts[part].types[ty].fields {
                if field.is("@requires") && field.directives.len() == 1 {
                    let mut field = field.clone();
                    field.directives.clear();
                    found.push(Owned {
                        part,
                        name: name.clone(),
                        field,
                    });
                }
            }
        }
        found
    }

    /// What of another subgraph's field is required, as a field set; declares it here.
    fn required(&mut self, part: usize, ty: &str, owned: &Owned) -> Option<String> {
        if self.parts[part].field(ty, &owned.name).is_some() {
            return None;
        }
        let target = owned.field.named();
        let mut arguments = String::new();
        if !owned.field.arguments.is_empty() && self.wants("requires-arguments", 60) {
            arguments = self.constant_arguments(&owned.field.arguments);
        }
        let below = match self.is_leaf(&target) {
            true => String::new(),
            false => {
                if !self.wants("requires-nested", 60) {
                    return None;
                }
                self.ensure(part, &target);
                let set = self.nested_set(part, &target)?;
                format!(" {{ {set} }}")
            }
        };
        self.ensure(part, &target);
        self.ensure_inputs(part, &owned.field.arguments);
        let external = owned.field.clone().with("@external");
        self.add(part, ty, &owned.name, external);
        Some(format!("{}{arguments}{below}", owned.name))
    }

    fn constant_arguments(&mut self, declared: &str) -> String {
        let given = match declared {
            "(first: Int = 2)" => *self.random.pick(&["(first: 1)", "(first: 3)"]),
            "(text: String)" => *self.random.pick(&["(text: \\\"a\\\")", "(text: null)"]),
            "(level: Level = MID, ids: [ID!])" => "(level: LOW, ids: [1])",
            "(filter: Filter)" => "(filter: {most: 1})",
            "(at: Float, on: Boolean = true)" => "(at: 2)",
            _ => "",
        };
        given.to_owned()
    }

    /// Fields of a type that this subgraph knows or gets to know as external.
    fn nested_set(&mut self, part: usize, target: &str) -> Option<String> {
        match self.types.get(target).cloned()? {
            Planned::Entity { .. } => self.entity_set(part, target),
            Planned::Value { fields } => {
                let mut leaves = fields;
                leaves.retain(|(_, field)| self.is_leaf(&field.named()));
                let (name, _) = leaves.first()?;
                Some(name.clone())
            }
            Planned::Union { .. } | Planned::Interface { .. } => {
                if !self.features.has("requires-abstract") {
                    return None;
                }
                let known = self.known_types(part, target);
                let mut sets = Vec::new();
                for ty in known {
                    if let Some(set) = self.nested_set(part, &ty) {
                        sets.push(format!("... on {ty} {{ {set} }}"));
                    }
                }
                (!sets.is_empty()).then(|| sets.join(" "))
            }
            Planned::Media { .. } => Some("id".to_owned()),
            Planned::Parallel { .. } => None,
        }
    }

    /// The types behind an abstract type in a subgraph.
    pub(crate) fn known_types(&self, part: usize, name: &str) -> Vec<String> {
        let declared = &self.parts[part].types;
        match self.types.get(name) {
            Some(Planned::Union { .. }) => declared[name].members.clone(),
            _ => {
                let types = declared
                    .iter()
                    .filter(|(_, own)| own.implements.iter().any(|interface| interface == name));
                types.map(|(ty, _)| ty.clone()).collect()
            }
        }
    }

    fn entity_set(&mut self, part: usize, ty: &str) -> Option<String> {
        let mut others = self.owned(ty);
        others.retain(|own| own.part != part && self.is_leaf(&own.field.named()));
        if !others.is_empty() && self.random.percent(80) {
            let own = self.random.pick(&others).clone();
            self.ensure(part, &own.field.named());
            self.ensure_inputs(part, &own.field.arguments);
            let external = own.field.clone().with("@external");
            self.add(part, ty, &own.name, external);
            return Some(own.name);
        }
        let fields = &self.parts[part].types[ty].fields;
        let mut known = fields.iter().filter(|(_, own)| own.is("@external"));
        let known = known.find(|(_, own)| self.is_leaf(&own.named()));
        if let Some((name, _)) = known {
            return Some(name.clone());
        }
        fields.contains_key("id").then(|| "id".to_owned())
    }

    fn add_provisions(&mut self) {
        for part in self.all_parts() {
            let declared = self.parts[part].types.keys();
            let names: Vec<String> = declared.cloned().collect();
            for ty in names {
                self.add_provisions_of(part, &ty);
            }
        }
    }

    fn add_provisions_of(&mut self, part: usize, ty: &str) {
        if self.parts[part].types[ty].keyword != "type" {
            return;
        }
        let fields: Vec<(String, String)> = self.parts[part].types[ty]
            .fields
            .iter()
            .filter(|(name, field)| {
                let mut others = self.parts.iter().filter_map(|own| own.field(ty, name));
                let is_taken = others.any(|own| own.is("@override"));
                !is_taken && !field.is("@external") && !field.is("@shareable")
            })
            .map(|(name, field)| (name.clone(), field.named()))
            .collect();
        for (name, target) in fields {
            let is_entity = self.is_entity(&target);
            let is_abstract = matches!(
                self.types.get(&target),
                Some(Planned::Union { .. } | Planned::Interface { .. })
            );
            let wanted = is_entity && self.wants("provides", 20)
                || is_abstract && self.wants("provides-abstract", 30);
            if !wanted {
                continue;
            }
            if let Some(set) = self.provided(part, &target)
                && let Some(own) = self.parts[part].types[ty].fields.get_mut(&name)
            {
                own.mark(format!("@provides(fields: \"{set}\")"));
            }
        }
    }

    /// Fields of others that come along.
    fn provided(&mut self, part: usize, target: &str) -> Option<String> {
        if self.is_entity(target) {
            let set = self.entity_set(part, target)?;
            let field = self.parts[part].field(target, &set)?;
            let fits = field.is("@external") && field.arguments.is_empty();
            return fits.then_some(set);
        }
        let mut sets = Vec::new();
        for ty in self.known_types(part, target) {
            if self.is_entity(&ty)
                && let Some(set) = self.provided(part, &ty)
            {
                sets.push(format!("... on {ty} {{ {set} }}"));
            }
        }
        (!sets.is_empty()).then(|| sets.join(" "))
    }
}

//! What one subgraph declares, until it is printed.

use std::fmt::Write;

use indexmap::IndexMap;

/// Everything that a world may use.
const LINK: &str = r#"@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@provides", "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@context", "@fromContext"])"#;

/// One subgraph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) types: IndexMap<String, Declaration>,
    /// What it calls its query type.
    pub(crate) query: String,
}

/// A type in a subgraph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declaration {
    /// `type`, `interface`, `union`, …
    pub(crate) keyword: &'static str,
    pub(crate) implements: Vec<String>,
    /// As they are printed.
    pub(crate) directives: Vec<String>,
    pub(crate) fields: IndexMap<String, Field>,
    /// Members of a union, values of an enum.
    pub(crate) members: Vec<String>,
}

/// A field in a subgraph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    /// With parentheses.
    pub(crate) arguments: String,
    pub(crate) ty: String,
    pub(crate) directives: Vec<String>,
}

impl Field {
    pub(crate) fn new(ty: impl Into<String>) -> Self {
        Self {
            ty: ty.into(),
            ..Self::default()
        }
    }

    pub(crate) fn with(mut self, directive: impl Into<String>) -> Self {
        self.mark(directive);
        self
    }

    /// Adds a directive that is not there yet.
    pub(crate) fn mark(&mut self, directive: impl Into<String>) {
        let directive = directive.into();
        if !self.directives.contains(&directive) {
            self.directives.push(directive);
        }
    }

    pub(crate) fn is(&self, directive: &str) -> bool {
        self.directives.iter().any(|own| own.starts_with(directive))
    }

    pub(crate) fn named(&self) -> String {
        self.ty.replace(['[', ']', '!'], "")
    }
}

impl Declaration {
    pub(crate) fn new(keyword: &'static str) -> Self {
        Self {
            keyword,
            ..Self::default()
        }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let keys = self.directives.iter();
        keys.filter_map(|own| own.strip_prefix("@key(fields: \"")?.split('"').next())
    }

    pub(crate) fn is_interface_object(&self) -> bool {
        self.directives.iter().any(|own| own == "@interfaceObject")
    }

    /// Whether subgraphs come in by a key.
    pub(crate) fn is_entered(&self) -> bool {
        let mut keys = self.directives.iter().filter(|own| own.starts_with("@key"));
        keys.any(|own| !own.contains("resolvable: false"))
    }

    fn print(&self, name: &str, out: &mut String) {
        let _ = write!(out, "{} {name}", self.keyword);
        if !self.implements.is_empty() {
            let _ = write!(out, " implements {}", self.implements.join(" & "));
        }
        for directive in &self.directives {
            let _ = write!(out, " {directive}");
        }
        match self.keyword {
            "union" => drop(writeln!(out, " = {}", self.members.join(" | "))),
            "enum" => drop(writeln!(out, " {{ {} }}", self.members.join(" "))),
            "scalar" => out.push('\n'),
            _ => {
                out.push_str(" {\n");
                for (name, field) in &self.fields {
                    let _ = write!(out, "  {name}{}: {}", field.arguments, field.ty);
                    for directive in &field.directives {
                        let _ = write!(out, " {directive}");
                    }
                    out.push('\n');
                }
                out.push_str("}\n");
            }
        }
    }
}

impl Part {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.types.contains_key(name)
    }

    pub(crate) fn field(&self, ty: &str, field: &str) -> Option<&Field> {
        self.types.get(ty)?.fields.get(field)
    }

    pub(crate) fn print(&self) -> String {
        let mut out = match self.query.as_str() {
            "Query" => format!("extend schema {LINK}\n"),
            own if self.has("Mutation") => {
                format!("schema {LINK} {{ query: {own} mutation: Mutation }}\n")
            }
            own => format!("schema {LINK} {{ query: {own} }}\n"),
        };
        for (name, declaration) in &self.types {
            let name = if name == "Query" { &self.query } else { name };
            declaration.print(name, &mut out);
        }
        match self.query.as_str() {
            "Query" => out,
            own => out.replace(": Query\n", &format!(": {own}\n")),
        }
    }
}

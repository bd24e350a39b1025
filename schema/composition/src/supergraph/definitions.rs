//! The supergraph's own machinery: `@link`s and definitions of the specifications it uses.

use std::fmt::Write;

use apollo_compiler::ast::{Definition, Directive, Document, Value};
use apollo_compiler::{Name, Node};

use crate::directive::directive;
use crate::merged::{Feature, Merged};
use crate::specification::Federation;
use crate::subgraph::Composing;

/// Version of the join specification, from what the supergraph needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    /// Everything but the following.
    V0_3,
    /// With `overrideLabel`.
    V0_4,
    /// With `contextArguments`.
    V0_5,
}

impl Join {
    fn of(merged: &Merged) -> Self {
        let context = Composing::Federation(Federation::Context);
        if merged.used.contains(&context) || merged.has_cache_tags {
            // `@join__directive` is older, but `@cacheTag` came with a federation that writes this.
            Join::V0_5
        } else if merged.has_labels {
            Join::V0_4
        } else {
            Join::V0_3
        }
    }

    fn url(self) -> &'static str {
        match self {
            Join::V0_3 => "https://specs.apollo.dev/join/v0.3",
            Join::V0_4 => "https://specs.apollo.dev/join/v0.4",
            Join::V0_5 => "https://specs.apollo.dev/join/v0.5",
        }
    }

    /// Arguments of `@join__field` that came later.
    fn field_arguments(self) -> &'static str {
        match self {
            Join::V0_3 => "",
            Join::V0_4 => ", overrideLabel: String",
            Join::V0_5 => ", overrideLabel: String, contextArguments: [join__ContextArgument!]",
        }
    }

    /// Types that these have.
    fn types(self) -> &'static str {
        match self {
            Join::V0_3 | Join::V0_4 => "",
            Join::V0_5 => CONTEXT_ARGUMENT,
        }
    }
}

/// A specification that composing directives are linked from.
struct Specification {
    directives: &'static [Federation],
    url: &'static str,
    purpose: Option<&'static str>,
    /// With their `@`.
    import: &'static [&'static str],
    definitions: &'static str,
}

const SPECIFICATIONS: &[Specification] = &[
    Specification {
        directives: &[Federation::Tag],
        url: "https://specs.apollo.dev/tag/v0.3",
        purpose: None,
        import: &[],
        definitions: "",
    },
    Specification {
        directives: &[Federation::Inaccessible],
        url: "https://specs.apollo.dev/inaccessible/v0.2",
        purpose: Some("SECURITY"),
        import: &[],
        definitions: "",
    },
    Specification {
        directives: &[Federation::Authenticated],
        url: "https://specs.apollo.dev/authenticated/v0.1",
        purpose: Some("SECURITY"),
        import: &[],
        definitions: "",
    },
    Specification {
        directives: &[Federation::RequiresScopes],
        url: "https://specs.apollo.dev/requiresScopes/v0.1",
        purpose: Some("SECURITY"),
        import: &[],
        definitions: "scalar requiresScopes__Scope\n",
    },
    Specification {
        directives: &[Federation::Policy],
        url: "https://specs.apollo.dev/policy/v0.1",
        purpose: Some("SECURITY"),
        import: &[],
        definitions: "scalar policy__Policy\n",
    },
    Specification {
        directives: &[Federation::Cost, Federation::ListSize],
        url: "https://specs.apollo.dev/cost/v0.1",
        purpose: None,
        import: &["@cost", "@listSize"],
        definitions: "",
    },
    Specification {
        directives: &[Federation::Context],
        url: "https://specs.apollo.dev/context/v0.1",
        purpose: Some("SECURITY"),
        import: &[],
        definitions: "directive @context__fromContext(field: context__ContextFieldValue) on ARGUMENT_DEFINITION\nscalar context__ContextFieldValue\n",
    },
];

fn specifications(merged: &Merged) -> impl Iterator<Item = &'static Specification> {
    SPECIFICATIONS.iter().filter(|specification| {
        let mut directives = specification.directives.iter();
        directives.any(|&one| merged.used.contains(&Composing::Federation(one)))
    })
}

pub(super) fn links(merged: &Merged) -> Vec<Node<Directive>> {
    let execution = Some("EXECUTION");
    let mut links = vec![
        link("https://specs.apollo.dev/link/v1.0", None, None, Vec::new()),
        link(Join::of(merged).url(), execution, None, Vec::new()),
    ];
    links.extend(specifications(merged).map(|one| specification_link(one, merged)));
    if merged.has_cache_tags {
        links.push(link(CACHE_TAG, execution, None, Vec::new()));
    }
    links.extend(merged.features.iter().map(feature_link));
    links
}

fn link(
    url: &str,
    purpose: Option<&'static str>,
    alias: Option<String>,
    imports: Vec<Node<Value>>,
) -> Node<Directive> {
    let purpose = purpose.map(Name::new_static_unchecked);
    let has_imports = !imports.is_empty();
    directive(
        "link",
        [
            ("url", Some(Value::String(url.to_owned()))),
            ("as", alias.map(Value::String)),
            ("for", purpose.map(Value::Enum)),
            ("import", has_imports.then_some(Value::List(imports))),
        ],
    )
}

/// An element of an `import`: a directive, given by its name in the specification and here.
fn import(name: &str, local: &str) -> Node<Value> {
    let text = |name: &str| Node::new(Value::String(format!("@{name}")));
    if name == local {
        return text(name);
    }
    let field = |key, name: &str| (Name::new_static_unchecked(key), text(name));
    Node::new(Value::Object(vec![field("name", name), field("as", local)]))
}

fn specification_link(specification: &Specification, merged: &Merged) -> Node<Directive> {
    let directives = specification.directives.iter();
    let renamed = directives
        .clone()
        .any(|one| merged.renamed.contains_key(one));
    let purpose = specification.purpose;
    if !renamed {
        let imports = specification.import.iter();
        let imports =
            imports.map(|name| import(name.trim_start_matches('@'), name.trim_start_matches('@')));
        return link(specification.url, purpose, None, imports.collect());
    }
    let imports = directives.map(|one| import(one.name(), local_name(*one, merged)));
    // Its own name would be taken for the directive that has it now. Types are under that name.
    let has_types = !specification.definitions.is_empty();
    let name = specification.directives.first().map(|one| one.name());
    let alias = name
        .filter(|_| !has_types)
        .map(|name| format!("federation_{name}"));
    link(specification.url, purpose, alias, imports.collect())
}

/// What a directive of federation is called in the supergraph.
fn local_name(directive: Federation, merged: &Merged) -> &str {
    merged
        .renamed
        .get(&directive)
        .map_or(directive.name(), Name::as_str)
}

/// The link of a specification whose directives `@composeDirective` names: all are imported, so
/// that they are called what they are called in the subgraphs.
fn feature_link(feature: &Feature) -> Node<Directive> {
    let imports = feature.imports.iter();
    let imports = imports.map(|(name, local)| import(name, local));
    let (major, minor) = feature.version;
    let url = format!("{}/v{major}.{minor}", feature.identity);
    link(&url, None, feature.alias.clone(), imports.collect())
}

const CACHE_TAG: &str = "https://specs.apollo.dev/cacheTag/v0.1";

const JOIN_DIRECTIVE: &str = "
directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION
scalar join__DirectiveArguments
";

const CONTEXT_ARGUMENT: &str = "
input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}
scalar join__FieldValue
";

const LINK_AND_JOIN: &str = r#"
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean$later) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose {
  "`SECURITY` features provide metadata necessary to securely resolve fields."
  SECURITY
  "`EXECUTION` features provide metadata necessary for operation execution."
  EXECUTION
}
"#;

pub(super) fn machinery(merged: &Merged) -> Vec<Definition> {
    let join = Join::of(merged);
    let mut sdl = LINK_AND_JOIN.replace("$later", join.field_arguments());
    sdl.push_str(join.types());
    if merged.has_cache_tags {
        sdl.push_str(JOIN_DIRECTIVE);
    }
    for specification in specifications(merged) {
        sdl.push_str(specification.definitions);
        for directive in specification.directives {
            let definition = directive
                .definition()
                .replace("$Scope", "requiresScopes__Scope")
                .replace("$Policy", "policy__Policy");
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                sdl,
                "directive @{}{definition}",
                local_name(*directive, merged)
            );
        }
    }
    if merged.used.contains(&Composing::OneOf) {
        sdl.push_str("directive @oneOf on INPUT_OBJECT\n");
    }
    match Document::parse(sdl, "supergraph.graphql") {
        Ok(document) => document.definitions,
        // The text is constant; what was missing, the final validation of the supergraph names.
        Err(failed) => failed.partial.definitions,
    }
}

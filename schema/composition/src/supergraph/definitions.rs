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
    let link = |url: &str, purpose: Option<&'static str>, import: &[&str]| {
        let imports = import
            .iter()
            .map(|name| Node::new(Value::String((*name).to_owned())));
        let purpose = purpose.map(Name::new_static_unchecked);
        directive(
            "link",
            [
                ("url", Some(Value::String(url.to_owned()))),
                ("for", purpose.map(Value::Enum)),
                (
                    "import",
                    (!import.is_empty()).then(|| Value::List(imports.collect())),
                ),
            ],
        )
    };
    let mut links = vec![
        link("https://specs.apollo.dev/link/v1.0", None, &[]),
        link(Join::of(merged).url(), Some("EXECUTION"), &[]),
    ];
    links.extend(specifications(merged).map(|one| link(one.url, one.purpose, one.import)));
    if merged.has_cache_tags {
        links.push(link(CACHE_TAG, Some("EXECUTION"), &[]));
    }
    links.extend(merged.features.iter().map(feature_link));
    links
}

/// The link of a specification whose directives `@composeDirective` names: all are imported, so
/// that they are called what they are called in the subgraphs.
fn feature_link(feature: &Feature) -> Node<Directive> {
    let text = |text: String| Node::new(Value::String(text));
    let imports = feature.imports.iter().map(|(name, local)| {
        if name == local {
            return text(format!("@{name}"));
        }
        let field = |key, name: &str| (Name::new_static_unchecked(key), text(format!("@{name}")));
        Node::new(Value::Object(vec![field("name", name), field("as", local)]))
    });
    let (major, minor) = feature.version;
    let url = format!("{}/v{major}.{minor}", feature.identity);
    directive(
        "link",
        [
            ("url", Some(Value::String(url))),
            ("as", feature.alias.clone().map(Value::String)),
            ("import", Some(Value::List(imports.collect()))),
        ],
    )
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
            let _ = writeln!(sdl, "directive @{}{definition}", directive.name());
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

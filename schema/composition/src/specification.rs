//! The federation specification: its directives, since when, and how they are defined.

use std::fmt;

/// Highest minor version of federation 2 that may be linked.
pub(crate) const NEWEST_MINOR: u32 = 14;

/// URLs without the version.
pub(crate) const FEDERATION_IDENTITY: &str = "https://specs.apollo.dev/federation";
pub(crate) const LINK_IDENTITY: &str = "https://specs.apollo.dev/link";
pub(crate) const JOIN_IDENTITY: &str = "https://specs.apollo.dev/join";
pub(crate) const CORE_IDENTITY: &str = "https://specs.apollo.dev/core";
pub(crate) const CONNECT_IDENTITY: &str = "https://specs.apollo.dev/connect";

/// Which federation a subgraph speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// No `@link` to the federation specification.
    One,
    /// `v2.minor`.
    Two { minor: u32 },
}

impl Version {
    /// Whether `@key` may stand on an interface, and `@interfaceObject` exists.
    pub(crate) fn has_entity_interfaces(self) -> bool {
        matches!(self, Version::Two { minor } if minor >= 3)
    }

    /// Whether `@tag` may stand on the schema.
    pub(crate) fn has_schema_tags(self) -> bool {
        matches!(self, Version::Two { minor } if minor >= 3)
    }

    /// Whether `@shareable` may be repeated, on a type and on its extensions.
    pub(crate) fn has_repeatable_shareable(self) -> bool {
        matches!(self, Version::Two { minor } if minor >= 2)
    }

    /// Whether `@override` has a `label`.
    pub(crate) fn has_override_label(self) -> bool {
        matches!(self, Version::Two { minor } if minor >= 7)
    }
}

macro_rules! directives {
    ($($variant:ident $name:literal since $since:literal = $definition:literal;)+) => {
        /// A directive of the federation specification, whatever a subgraph calls it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Federation {
            $($variant,)+
        }

        impl Federation {
            pub(crate) const ALL: &[Federation] = &[$(Federation::$variant,)+];

            /// Name in the specification, without `@`.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Federation::$variant => $name,)+
                }
            }

            /// Minor version of federation 2 that brought it.
            pub(crate) fn since(self) -> u32 {
                match self {
                    $(Federation::$variant => $since,)+
                }
            }

            /// Arguments and locations, with `$FieldSet` and such for the names of scalars.
            pub(crate) fn definition(self) -> &'static str {
                match self {
                    $(Federation::$variant => $definition,)+
                }
            }
        }
    };
}

directives! {
    Key "key" since 0 = "(fields: $FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE";
    Requires "requires" since 0 = "(fields: $FieldSet!) on FIELD_DEFINITION";
    Provides "provides" since 0 = "(fields: $FieldSet!) on FIELD_DEFINITION";
    External "external" since 0 = "(reason: String) on OBJECT | FIELD_DEFINITION";
    Extends "extends" since 0 = " on OBJECT | INTERFACE";
    Shareable "shareable" since 0 = " repeatable on OBJECT | FIELD_DEFINITION";
    Override "override" since 0 = "(from: String!, label: String) on FIELD_DEFINITION";
    Inaccessible "inaccessible" since 0 = " on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION";
    Tag "tag" since 0 = "(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCHEMA";
    ComposeDirective "composeDirective" since 1 = "(name: String) repeatable on SCHEMA";
    InterfaceObject "interfaceObject" since 3 = " on OBJECT";
    Authenticated "authenticated" since 5 = " on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM";
    RequiresScopes "requiresScopes" since 5 = "(scopes: [[$Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM";
    Policy "policy" since 6 = "(policies: [[$Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM";
    Context "context" since 8 = "(name: String!) repeatable on INTERFACE | OBJECT | UNION";
    FromContext "fromContext" since 8 = "(field: $ContextFieldValue) on ARGUMENT_DEFINITION";
    Cost "cost" since 9 = "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR";
    ListSize "listSize" since 9 = "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION";
    CacheTag "cacheTag" since 12 = "(format: String!) repeatable on OBJECT | FIELD_DEFINITION";
}

impl fmt::Display for Federation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.name())
    }
}

/// Scalars of the federation specification.
pub(crate) const SCALARS: &[(&str, u32)] = &[
    ("FieldSet", 0),
    ("Scope", 5),
    ("Policy", 6),
    ("ContextFieldValue", 8),
];

impl Federation {
    /// Those a Federation 1 subgraph may use without asking.
    pub(crate) const VERSION_ONE: &[Federation] = &[
        Federation::Key,
        Federation::Requires,
        Federation::Provides,
        Federation::External,
        Federation::Extends,
        Federation::Tag,
    ];

    /// Those that a Federation 1 subgraph has under their own names once it is upgraded.
    pub(crate) const GIVEN_TO_VERSION_ONE: &[Federation] = &[
        Federation::Key,
        Federation::Requires,
        Federation::Provides,
        Federation::External,
        Federation::Tag,
        Federation::Extends,
        Federation::Shareable,
        Federation::Inaccessible,
        Federation::Override,
        Federation::ComposeDirective,
        Federation::InterfaceObject,
    ];

    /// Those that mean the same in a Federation 1 subgraph, if it defines them.
    pub(crate) const VERSION_ONE_IF_DEFINED: &[Federation] = &[
        Federation::Shareable,
        Federation::Override,
        Federation::Inaccessible,
        Federation::InterfaceObject,
    ];

    /// Directives whose applications travel into the supergraph.
    pub(crate) const COMPOSED: &[Federation] = &[
        Federation::Tag,
        Federation::Inaccessible,
        Federation::Authenticated,
        Federation::RequiresScopes,
        Federation::Policy,
        Federation::Cost,
        Federation::ListSize,
    ];

    /// Whether it says who may see what it stands on.
    pub(crate) fn is_access_rule(self) -> bool {
        matches!(
            self,
            Federation::Authenticated | Federation::RequiresScopes | Federation::Policy
        )
    }

    /// By the identity of a specification of its own, as in
    /// `@link(url: "https://specs.apollo.dev/tag/v0.3")`.
    pub(crate) fn by_own_specification(identity: &str) -> Option<Federation> {
        let name = identity.strip_prefix("https://specs.apollo.dev/")?;
        [
            Federation::Tag,
            Federation::Inaccessible,
            Federation::Authenticated,
            Federation::RequiresScopes,
            Federation::Policy,
            Federation::Cost,
        ]
        .into_iter()
        .find(|directive| directive.name() == name)
    }

    /// Versions of the directive's own specification.
    pub(crate) fn own_versions(self) -> &'static [(u32, u32)] {
        match self {
            Federation::Tag => &[(0, 1), (0, 2), (0, 3)],
            Federation::Inaccessible => &[(0, 1), (0, 2)],
            _ => &[(0, 1)],
        }
    }

    /// Minor version of federation that a version of another specification came with, where
    /// linking that implies it.
    pub(crate) fn needed_minor(identity: &str, version: (u32, u32)) -> Option<u32> {
        match (identity, version) {
            (JOIN_IDENTITY, (0, 4)) => Some(7),
            (JOIN_IDENTITY, (0, 5)) => Some(8),
            _ => match Federation::by_own_specification(identity)? {
                Federation::Authenticated if version == (0, 1) => Some(5),
                Federation::Cost if version == (0, 1) => Some(9),
                _ => None,
            },
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<Federation> {
        Self::ALL
            .iter()
            .copied()
            .find(|directive| directive.name() == name)
    }
}

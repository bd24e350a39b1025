//! The closed list of codes, under the names published for Apollo Federation 2 composition.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// The code of a diagnostic: the same name for the same mistake as in Apollo's published
        /// list of composition error codes. Only codes that this crate produces are here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// Every code, in the order of the list.
            pub const ALL: &[Code] = &[$(Code::$variant,)+];

            /// The published name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)+
                }
            }
        }
    };
}

codes! {
    /// `@cost` stands on a field of an interface.
    CostAppliedToInterfaceField = "COST_APPLIED_TO_INTERFACE_FIELD",
    /// A visible default value uses an inaccessible enum value or input field.
    DefaultValueUsesInaccessible = "DEFAULT_VALUE_USES_INACCESSIBLE",
    /// A subgraph defines a federation directive in another shape than the specification's.
    DirectiveDefinitionInvalid = "DIRECTIVE_DEFINITION_INVALID",
    /// An enum used as input has no value that all subgraphs know.
    EmptyMergedEnumType = "EMPTY_MERGED_ENUM_TYPE",
    /// An input type has no field that all subgraphs know.
    EmptyMergedInputType = "EMPTY_MERGED_INPUT_TYPE",
    /// An enum used as input and output has different values in different subgraphs.
    EnumValueMismatch = "ENUM_VALUE_MISMATCH",
    /// `extend type` of a type that no subgraph defines (Federation 1).
    ExtensionWithNoBase = "EXTENSION_WITH_NO_BASE",
    /// An external field's argument has another default value.
    ExternalArgumentDefaultMismatch = "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH",
    /// An external field lacks an argument that the field has elsewhere.
    ExternalArgumentMissing = "EXTERNAL_ARGUMENT_MISSING",
    /// An external field's argument has an incompatible type.
    ExternalArgumentTypeMismatch = "EXTERNAL_ARGUMENT_TYPE_MISMATCH",
    /// A field is external everywhere.
    ExternalMissingOnBase = "EXTERNAL_MISSING_ON_BASE",
    /// `@external` on a field of an interface.
    ExternalOnInterface = "EXTERNAL_ON_INTERFACE",
    /// An external field has another type than where it is resolved.
    ExternalTypeMismatch = "EXTERNAL_TYPE_MISMATCH",
    /// An external field that nothing uses.
    ExternalUnused = "EXTERNAL_UNUSED",
    /// Different default values of one argument.
    FieldArgumentDefaultMismatch = "FIELD_ARGUMENT_DEFAULT_MISMATCH",
    /// Incompatible types of one argument.
    FieldArgumentTypeMismatch = "FIELD_ARGUMENT_TYPE_MISMATCH",
    /// Incompatible types of one field.
    FieldTypeMismatch = "FIELD_TYPE_MISMATCH",
    /// A visible type implements an inaccessible interface's field invisibly.
    ImplementedByInaccessible = "IMPLEMENTED_BY_INACCESSIBLE",
    /// Different default values of one input field.
    InputFieldDefaultMismatch = "INPUT_FIELD_DEFAULT_MISMATCH",
    /// An implementation lacks a field that the merged interface has.
    InterfaceFieldNoImplem = "INTERFACE_FIELD_NO_IMPLEM",
    /// An interface with `@key` whose subgraph does not know all implementations.
    InterfaceKeyMissingImplementationType = "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE",
    /// An implementation lacks a key of its interface.
    InterfaceKeyNotOnImplementation = "INTERFACE_KEY_NOT_ON_IMPLEMENTATION",
    /// `@interfaceObject` where it cannot stand.
    InterfaceObjectUsageError = "INTERFACE_OBJECT_USAGE_ERROR",
    /// A field is resolved by several subgraphs without being shareable.
    InvalidFieldSharing = "INVALID_FIELD_SHARING",
    /// The SDL is not valid GraphQL.
    InvalidGraphql = "INVALID_GRAPHQL",
    /// `@link` with arguments that make no sense.
    InvalidLinkDirectiveUsage = "INVALID_LINK_DIRECTIVE_USAGE",
    /// `@link` with a URL that is not one.
    InvalidLinkIdentifier = "INVALID_LINK_IDENTIFIER",
    /// `@shareable` where it means nothing.
    InvalidShareableUsage = "INVALID_SHAREABLE_USAGE",
    /// A subgraph's name is empty, reserved or given twice.
    InvalidSubgraphName = "INVALID_SUBGRAPH_NAME",
    /// A directive in a key's field set.
    KeyDirectiveInFieldsArg = "KEY_DIRECTIVE_IN_FIELDS_ARG",
    /// A key selects a field with arguments.
    KeyFieldsHasArgs = "KEY_FIELDS_HAS_ARGS",
    /// A key selects an interface or a union.
    KeyFieldsSelectInvalidType = "KEY_FIELDS_SELECT_INVALID_TYPE",
    /// A key's field set does not fit the type.
    KeyInvalidFields = "KEY_INVALID_FIELDS",
    /// A key's `fields` is not a string.
    KeyInvalidFieldsType = "KEY_INVALID_FIELDS_TYPE",
    /// `@key` on an interface before federation 2.3.
    KeyUnsupportedOnInterface = "KEY_UNSUPPORTED_ON_INTERFACE",
    /// Subgraphs import one directive under different names.
    LinkImportNameMismatch = "LINK_IMPORT_NAME_MISMATCH",
    /// `@listSize` on a field that is not a list.
    ListSizeAppliedToNonList = "LIST_SIZE_APPLIED_TO_NON_LIST",
    /// `@listSize(assumedSize:)` is negative.
    ListSizeInvalidAssumedSize = "LIST_SIZE_INVALID_ASSUMED_SIZE",
    /// `@listSize(sizedFields:)` names no list field.
    ListSizeInvalidSizedField = "LIST_SIZE_INVALID_SIZED_FIELD",
    /// `@listSize(slicingArguments:)` names no integer argument.
    ListSizeInvalidSlicingArgument = "LIST_SIZE_INVALID_SLICING_ARGUMENT",
    /// A directive that composes stands on an external field.
    MergedDirectiveApplicationOnExternal = "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL",
    /// No subgraph has a query.
    NoQueries = "NO_QUERIES",
    /// A visible type has no visible child.
    OnlyInaccessibleChildren = "ONLY_INACCESSIBLE_CHILDREN",
    /// `@override` together with `@external`, `@requires` or `@provides`.
    OverrideCollisionWithAnotherDirective = "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
    /// `@override(from:)` names its own subgraph.
    OverrideFromSelfError = "OVERRIDE_FROM_SELF_ERROR",
    /// `@override(label:)` is malformed.
    OverrideLabelInvalid = "OVERRIDE_LABEL_INVALID",
    /// `@override` on a field of an interface.
    OverrideOnInterface = "OVERRIDE_ON_INTERFACE",
    /// The overridden field is itself an override.
    OverrideSourceHasOverride = "OVERRIDE_SOURCE_HAS_OVERRIDE",
    /// A directive in a field set of `@provides`.
    ProvidesDirectiveInFieldsArg = "PROVIDES_DIRECTIVE_IN_FIELDS_ARG",
    /// `@provides` selects a field with arguments.
    ProvidesFieldsHasArgs = "PROVIDES_FIELDS_HAS_ARGS",
    /// `@provides` selects a field that is not external.
    ProvidesFieldsMissingExternal = "PROVIDES_FIELDS_MISSING_EXTERNAL",
    /// The field set of `@provides` does not fit the type.
    ProvidesInvalidFields = "PROVIDES_INVALID_FIELDS",
    /// The `fields` of `@provides` is not a string.
    ProvidesInvalidFieldsType = "PROVIDES_INVALID_FIELDS_TYPE",
    /// `@provides` on a field without sub-fields.
    ProvidesOnNonObjectField = "PROVIDES_ON_NON_OBJECT_FIELD",
    /// `@provides` on a field of an interface.
    ProvidesUnsupportedOnInterface = "PROVIDES_UNSUPPORTED_ON_INTERFACE",
    /// The query root is inaccessible.
    QueryRootTypeInaccessible = "QUERY_ROOT_TYPE_INACCESSIBLE",
    /// A visible element refers to an inaccessible type.
    ReferencedInaccessible = "REFERENCED_INACCESSIBLE",
    /// A required argument that some subgraph lacks.
    RequiredArgumentMissingInSomeSubgraph = "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
    /// A required argument or input field is inaccessible.
    RequiredInaccessible = "REQUIRED_INACCESSIBLE",
    /// A required input field that some subgraph lacks.
    RequiredInputFieldMissingInSomeSubgraph = "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
    /// A directive in a field set of `@requires`.
    RequiresDirectiveInFieldsArg = "REQUIRES_DIRECTIVE_IN_FIELDS_ARG",
    /// `@requires` selects a field that is not external.
    RequiresFieldsMissingExternal = "REQUIRES_FIELDS_MISSING_EXTERNAL",
    /// The field set of `@requires` does not fit the type.
    RequiresInvalidFields = "REQUIRES_INVALID_FIELDS",
    /// The `fields` of `@requires` is not a string.
    RequiresInvalidFieldsType = "REQUIRES_INVALID_FIELDS_TYPE",
    /// `@requires` on a field of an interface.
    RequiresUnsupportedOnInterface = "REQUIRES_UNSUPPORTED_ON_INTERFACE",
    /// A type named `Mutation` that is not the mutation root.
    RootMutationUsed = "ROOT_MUTATION_USED",
    /// A type named `Query` that is not the query root.
    RootQueryUsed = "ROOT_QUERY_USED",
    /// A type named `Subscription` that is not the subscription root.
    RootSubscriptionUsed = "ROOT_SUBSCRIPTION_USED",
    /// A shared field may return disjoint object types in different subgraphs.
    ShareableHasMismatchedRuntimeTypes = "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES",
    /// One name, several kinds of type.
    TypeKindMismatch = "TYPE_KIND_MISMATCH",
    /// A Federation 1 type with nothing but unused external fields.
    TypeWithOnlyUnusedExternal = "TYPE_WITH_ONLY_UNUSED_EXTERNAL",
    /// `@link` to a version of the federation specification that is not known.
    UnknownFederationLinkVersion = "UNKNOWN_FEDERATION_LINK_VERSION",
    /// `@link` to a version of the link specification that is not known.
    UnknownLinkVersion = "UNKNOWN_LINK_VERSION",
    /// A feature that is not composed yet.
    UnsupportedFeature = "UNSUPPORTED_FEATURE",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

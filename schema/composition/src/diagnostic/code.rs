//! The closed list of codes, under the names published for Apollo Federation 2 composition.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Level;

macro_rules! codes {
    (
        errors { $($(#[$doc:meta])* $variant:ident = $name:literal,)+ }
        hints { $($(#[$hint_doc:meta])* $hint:ident = $hint_name:literal at $level:ident,)+ }
    ) => {
        /// The code of a diagnostic: the same name for the same mistake, or for the same thing
        /// worth knowing, as in Apollo's published lists of composition error and hint codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)+
            $($(#[$hint_doc])* $hint,)+
        }

        impl Code {
            /// Every code of an error, in the order of the list.
            pub const ERRORS: &[Code] = &[$(Code::$variant,)+];

            /// Every code that only a hint has, in the order of the list.
            pub const HINTS: &[Code] = &[$(Code::$hint,)+];

            /// The published name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)+
                    $(Code::$hint => $hint_name,)+
                }
            }

            /// How much a hint with this code matters; none if the code is an error's alone.
            pub fn hint_level(self) -> Option<Level> {
                match self {
                    Code::ContextualArgumentNotContextualInAllSubgraphs => Some(Level::Info),
                    $(Code::$hint => Some(Level::$level),)+
                    _ => None,
                }
            }
        }
    };
}

codes! {
    errors {
        /// An access rule stands on an interface, or on a field of one, and not on its implementations.
        AuthRequirementsAppliedOnInterface = "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE",
        /// `@cacheTag` on a field that is not one of a root type.
        CacheTagAppliedToNonRootField = "CACHE_TAG_APPLIED_TO_NON_ROOT_FIELD",
        /// `@cacheTag` on a type that no key leads to.
        CacheTagEntityNotResolvable = "CACHE_TAG_ENTITY_NOT_RESOLVABLE",
        /// `@cacheTag(format:)` is malformed, or names what does not exist.
        CacheTagInvalidFormat = "CACHE_TAG_INVALID_FORMAT",
        /// `@cacheTag(format:)` of a type uses something else than what is in all keys.
        CacheTagInvalidFormatArgumentOnEntity = "CACHE_TAG_INVALID_FORMAT_ARGUMENT_ON_ENTITY",
        /// `@cacheTag(format:)` of a root field uses something else than its arguments.
        CacheTagInvalidFormatArgumentOnRootField = "CACHE_TAG_INVALID_FORMAT_ARGUMENT_ON_ROOT_FIELD",
        /// An argument with `@fromContext` that another subgraph requires from the client.
        ContextualArgumentNotContextualInAllSubgraphs = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
        /// The selection of `@fromContext` does not fit the types that set the context.
        ContextInvalidSelection = "CONTEXT_INVALID_SELECTION",
        /// The name of a context is not a plain name.
        ContextNameInvalid = "CONTEXT_NAME_INVALID",
        /// `@fromContext` names a context that no type sets.
        ContextNotSet = "CONTEXT_NOT_SET",
        /// A type with a contextual argument cannot be reached by a key.
        ContextNoResolvableKey = "CONTEXT_NO_RESOLVABLE_KEY",
        /// `@cost` stands on a field of an interface.
        CostAppliedToInterfaceField = "COST_APPLIED_TO_INTERFACE_FIELD",
        /// A visible default value uses an inaccessible enum value or input field.
        DefaultValueUsesInaccessible = "DEFAULT_VALUE_USES_INACCESSIBLE",
        /// `@composeDirective` names something that cannot be composed.
        DirectiveCompositionError = "DIRECTIVE_COMPOSITION_ERROR",
        /// A subgraph defines a federation directive in another shape than the specification's.
        DirectiveDefinitionInvalid = "DIRECTIVE_DEFINITION_INVALID",
        /// `@inaccessible` on something of GraphQL's or federation's own.
        DisallowedInaccessible = "DISALLOWED_INACCESSIBLE",
        /// A subgraph's schema could not be had.
        DownstreamServiceError = "DOWNSTREAM_SERVICE_ERROR",
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
        /// `@external` beside a directive that contradicts it.
        ExternalCollisionWithAnotherDirective = "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE",
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
        /// A text that should be a supergraph is none.
        InvalidFederationSupergraph = "INVALID_FEDERATION_SUPERGRAPH",
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
        /// There are too many ways to reach some field to look at all of them.
        MaxValidationSubgraphPathsExceeded = "MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED",
        /// A directive that composes stands on an external field.
        MergedDirectiveApplicationOnExternal = "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL",
        /// A field with `@requires` or `@fromContext` asks for less access than what it reads.
        MissingTransitiveAuthRequirements = "MISSING_TRANSITIVE_AUTH_REQUIREMENTS",
        /// The value of `@fromContext` names no context.
        NoContextInSelection = "NO_CONTEXT_IN_SELECTION",
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
        /// A query of the API that no combination of subgraphs can answer.
        SatisfiabilityError = "SATISFIABILITY_ERROR",
        /// A shared field may return disjoint object types in different subgraphs.
        ShareableHasMismatchedRuntimeTypes = "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES",
        /// A subgraph defines a federation type in another shape than the specification's.
        TypeDefinitionInvalid = "TYPE_DEFINITION_INVALID",
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
        /// `@link(for:)` asks for a feature that composition does not support.
        UnsupportedLinkedFeature = "UNSUPPORTED_LINKED_FEATURE",
    }
    hints {
        /// What `@composeDirective` did is worth knowing.
        DirectiveCompositionInfo = "DIRECTIVE_COMPOSITION_INFO" at Info,
        /// `@composeDirective` probably does not do what was meant.
        DirectiveCompositionWarn = "DIRECTIVE_COMPOSITION_WARN" at Warning,
        /// `@override(from:)` names no subgraph.
        FromSubgraphDoesNotExist = "FROM_SUBGRAPH_DOES_NOT_EXIST" at Warning,
        /// A subgraph was read with a later federation version than it links.
        ImplicitlyUpgradedFederationVersion = "IMPLICITLY_UPGRADED_FEDERATION_VERSION" at Info,
        /// An optional argument that only some subgraphs have, and that is dropped.
        InconsistentArgumentPresence = "INCONSISTENT_ARGUMENT_PRESENCE" at Warning,
        /// An argument has different types, and one is the other's subtype.
        InconsistentButCompatibleArgumentType = "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE" at Info,
        /// A field or input field has different types, and one is the other's subtype.
        InconsistentButCompatibleFieldType = "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE" at Info,
        /// A default value that only some subgraphs give, and that is dropped.
        InconsistentDefaultValuePresence = "INCONSISTENT_DEFAULT_VALUE_PRESENCE" at Warning,
        /// Different descriptions of one element.
        InconsistentDescription = "INCONSISTENT_DESCRIPTION" at Warning,
        /// A type is an entity in some subgraphs only.
        InconsistentEntity = "INCONSISTENT_ENTITY" at Info,
        /// A value of an enum for input that only some subgraphs have, and that is dropped.
        InconsistentEnumValueForInputEnum = "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM" at Warning,
        /// A value of an enum for output that only some subgraphs have.
        InconsistentEnumValueForOutputEnum = "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM" at Debug,
        /// A directive for operations has different locations.
        InconsistentExecutableDirectiveLocations = "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS" at Warning,
        /// A directive for operations that only some subgraphs define, and that is dropped.
        InconsistentExecutableDirectivePresence = "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE" at Warning,
        /// A directive for operations is repeatable in some subgraphs only.
        InconsistentExecutableDirectiveRepeatable = "INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE" at Warning,
        /// An input field that only some subgraphs have, and that is dropped.
        InconsistentInputObjectField = "INCONSISTENT_INPUT_OBJECT_FIELD" at Warning,
        /// A field of an interface is not in all subgraphs.
        InconsistentInterfaceValueTypeField = "INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD" at Debug,
        /// One directive with different arguments, of which one is kept.
        InconsistentNonRepeatableDirectiveArguments = "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS" at Warning,
        /// A field of an object type that is no entity is not in all subgraphs.
        InconsistentObjectValueTypeField = "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD" at Debug,
        /// A shared field may return other object types in some subgraphs.
        InconsistentRuntimeTypesForShareableReturn = "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN" at Warning,
        /// A directive for schemas has different locations.
        InconsistentTypeSystemDirectiveLocations = "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS" at Debug,
        /// A directive for schemas is repeatable in some subgraphs only.
        InconsistentTypeSystemDirectiveRepeatable = "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE" at Debug,
        /// A member of a union that only some subgraphs have.
        InconsistentUnionMember = "INCONSISTENT_UNION_MEMBER" at Debug,
        /// One directive with different arguments, which are merged.
        MergedNonRepeatableDirectiveArguments = "MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS" at Info,
        /// A directive for operations has no location that all subgraphs know.
        NoExecutableDirectiveIntersection = "NO_EXECUTABLE_DIRECTIVE_INTERSECTION" at Warning,
        /// A field is overridden and can be removed where it was.
        OverriddenFieldCanBeRemoved = "OVERRIDDEN_FIELD_CAN_BE_REMOVED" at Info,
        /// `@override` overrides nothing any more.
        OverrideDirectiveCanBeRemoved = "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED" at Info,
        /// A field is overridden for a share of the requests.
        OverrideMigrationInProgress = "OVERRIDE_MIGRATION_IN_PROGRESS" at Info,
        /// An enum that is used neither for input nor for output.
        UnusedEnumType = "UNUSED_ENUM_TYPE" at Debug,
    }
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

//! One difference between two schemas: what it is, where, and how bad.

use std::fmt;

use serde::{Serialize, Serializer};

/// How bad a change is for those who use the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Criticality {
    /// An operation that was valid may be refused now, or be answered in another shape.
    Breaking,
    /// Every operation stays valid, but a program may meet a value it does not expect.
    Dangerous,
    /// Nobody notices who does not look.
    Safe,
}

impl Criticality {
    /// `breaking`, `dangerous`, `safe`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Dangerous => "dangerous",
            Self::Safe => "safe",
        }
    }
}

impl fmt::Display for Criticality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! kinds {
    ($($variant:ident = $name:literal,)+) => {
        /// What kind of change it is. Where GraphQL Inspector has a name for it, it is that.
        ///
        /// A change that ends in `ADDED` is the other way round one that ends in `REMOVED`; the others are
        /// their own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum ChangeKind {
            $($variant,)+
        }

        impl ChangeKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in reports.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

kinds! {
    SchemaQueryTypeChanged = "SCHEMA_QUERY_TYPE_CHANGED",
    SchemaMutationTypeChanged = "SCHEMA_MUTATION_TYPE_CHANGED",
    SchemaSubscriptionTypeChanged = "SCHEMA_SUBSCRIPTION_TYPE_CHANGED",
    TypeRemoved = "TYPE_REMOVED",
    TypeAdded = "TYPE_ADDED",
    TypeKindChanged = "TYPE_KIND_CHANGED",
    TypeDescriptionChanged = "TYPE_DESCRIPTION_CHANGED",
    TypeSpecifiedByChanged = "TYPE_SPECIFIED_BY_CHANGED",
    TypeOneOfAdded = "TYPE_ONE_OF_ADDED",
    TypeOneOfRemoved = "TYPE_ONE_OF_REMOVED",
    InterfaceRemoved = "OBJECT_TYPE_INTERFACE_REMOVED",
    InterfaceAdded = "OBJECT_TYPE_INTERFACE_ADDED",
    UnionMemberRemoved = "UNION_MEMBER_REMOVED",
    UnionMemberAdded = "UNION_MEMBER_ADDED",
    EnumValueRemoved = "ENUM_VALUE_REMOVED",
    EnumValueAdded = "ENUM_VALUE_ADDED",
    EnumValueDescriptionChanged = "ENUM_VALUE_DESCRIPTION_CHANGED",
    EnumValueDeprecationAdded = "ENUM_VALUE_DEPRECATION_ADDED",
    EnumValueDeprecationRemoved = "ENUM_VALUE_DEPRECATION_REMOVED",
    EnumValueDeprecationReasonChanged = "ENUM_VALUE_DEPRECATION_REASON_CHANGED",
    FieldRemoved = "FIELD_REMOVED",
    FieldAdded = "FIELD_ADDED",
    FieldTypeChanged = "FIELD_TYPE_CHANGED",
    FieldDescriptionChanged = "FIELD_DESCRIPTION_CHANGED",
    FieldDeprecationAdded = "FIELD_DEPRECATION_ADDED",
    FieldDeprecationRemoved = "FIELD_DEPRECATION_REMOVED",
    FieldDeprecationReasonChanged = "FIELD_DEPRECATION_REASON_CHANGED",
    ArgumentRemoved = "FIELD_ARGUMENT_REMOVED",
    ArgumentAdded = "FIELD_ARGUMENT_ADDED",
    ArgumentTypeChanged = "FIELD_ARGUMENT_TYPE_CHANGED",
    ArgumentDefaultChanged = "FIELD_ARGUMENT_DEFAULT_CHANGED",
    ArgumentDescriptionChanged = "FIELD_ARGUMENT_DESCRIPTION_CHANGED",
    ArgumentDeprecationAdded = "FIELD_ARGUMENT_DEPRECATION_ADDED",
    ArgumentDeprecationRemoved = "FIELD_ARGUMENT_DEPRECATION_REMOVED",
    ArgumentDeprecationReasonChanged = "FIELD_ARGUMENT_DEPRECATION_REASON_CHANGED",
    InputFieldRemoved = "INPUT_FIELD_REMOVED",
    InputFieldAdded = "INPUT_FIELD_ADDED",
    InputFieldTypeChanged = "INPUT_FIELD_TYPE_CHANGED",
    InputFieldDefaultChanged = "INPUT_FIELD_DEFAULT_VALUE_CHANGED",
    InputFieldDescriptionChanged = "INPUT_FIELD_DESCRIPTION_CHANGED",
    InputFieldDeprecationAdded = "INPUT_FIELD_DEPRECATION_ADDED",
    InputFieldDeprecationRemoved = "INPUT_FIELD_DEPRECATION_REMOVED",
    InputFieldDeprecationReasonChanged = "INPUT_FIELD_DEPRECATION_REASON_CHANGED",
    DirectiveRemoved = "DIRECTIVE_REMOVED",
    DirectiveAdded = "DIRECTIVE_ADDED",
    DirectiveDescriptionChanged = "DIRECTIVE_DESCRIPTION_CHANGED",
    DirectiveLocationRemoved = "DIRECTIVE_LOCATION_REMOVED",
    DirectiveLocationAdded = "DIRECTIVE_LOCATION_ADDED",
    DirectiveRepeatableRemoved = "DIRECTIVE_REPEATABLE_REMOVED",
    DirectiveRepeatableAdded = "DIRECTIVE_REPEATABLE_ADDED",
    DirectiveArgumentRemoved = "DIRECTIVE_ARGUMENT_REMOVED",
    DirectiveArgumentAdded = "DIRECTIVE_ARGUMENT_ADDED",
    DirectiveArgumentTypeChanged = "DIRECTIVE_ARGUMENT_TYPE_CHANGED",
    DirectiveArgumentDefaultChanged = "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED",
    DirectiveArgumentDescriptionChanged = "DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED",
    DirectiveArgumentDeprecationAdded = "DIRECTIVE_ARGUMENT_DEPRECATION_ADDED",
    DirectiveArgumentDeprecationRemoved = "DIRECTIVE_ARGUMENT_DEPRECATION_REMOVED",
    DirectiveArgumentDeprecationReasonChanged = "DIRECTIVE_ARGUMENT_DEPRECATION_REASON_CHANGED",
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ChangeKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One difference. Changes order by criticality, the worst first, then by coordinate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// How bad it is.
    pub criticality: Criticality,
    /// Schema coordinate of what changed: `Type`, `Type.field(argument:)`, `@directive`.
    pub coordinate: String,
    /// What kind of change it is.
    pub kind: ChangeKind,
    /// What changed, and for whom that breaks what.
    pub message: String,
}

//! Why a supergraph could not be read.

use apollo_compiler::Schema;
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::DiagnosticList;

/// A place in the supergraph's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    pub(crate) fn of(schema: &Schema, span: Option<SourceSpan>) -> Option<Self> {
        let start = span?.line_column(&schema.sources)?;
        Some(Self {
            line: start.line,
            column: start.column,
        })
    }

    /// Where the name of a type, or of a field of it, is.
    pub(crate) fn of_coordinate(schema: &Schema, coordinate: &str) -> Option<Self> {
        let (ty, field) = match coordinate.split_once('.') {
            Some((ty, field)) => (ty, Some(field)),
            None => (coordinate, None),
        };
        let ty = schema.types.get(ty)?;
        let field = field.and_then(|field| match ty {
            ExtendedType::Object(ty) => ty.fields.get(field).map(|field| &field.name),
            ExtendedType::Interface(ty) => ty.fields.get(field).map(|field| &field.name),
            ExtendedType::InputObject(ty) => ty.fields.get(field).map(|field| &field.name),
            _ => None,
        });
        Self::of(schema, field.unwrap_or(ty.name()).location())
    }
}

/// Why a supergraph could not be read. The input is at fault in every case.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The SDL does not parse or is not a valid GraphQL schema; the text gives every diagnostic with
    /// line and column.
    #[error("the supergraph is not a valid GraphQL schema:\n{diagnostics}")]
    InvalidSchema {
        /// apollo-compiler's diagnostics, rendered.
        diagnostics: String,
        /// Where the first of them is.
        place: Option<Place>,
    },
    /// Nothing says which subgraphs there are: this is not a supergraph but an ordinary schema.
    #[error(
        "no `join__Graph` enum: this is not a composed supergraph (compose subgraphs with `weft compose`)"
    )]
    NotASupergraph,
    /// A specification that the model is read by is linked in a version that is not known.
    #[error("{url:?} is not a version of the {name} specification that is known: {known}")]
    UnknownVersion {
        /// URL as written.
        url: String,
        /// The specification's name.
        name: &'static str,
        /// Versions that are known.
        known: String,
        /// Where the link is.
        place: Option<Place>,
    },
    /// What is linked for security or for execution has to be understood, or the supergraph would be
    /// served without it.
    #[error("{url:?} is linked for {purpose}, but this router does not support it")]
    UnsupportedFeature {
        /// URL as written.
        url: String,
        /// `SECURITY` or `EXECUTION`.
        purpose: String,
        /// Where the link is.
        place: Option<Place>,
    },
    /// More subgraphs than the model's ids can tell apart.
    #[error("{count} subgraphs are more than the limit of {limit}")]
    TooManySubgraphs {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A join directive names a graph that `join__Graph` does not list.
    #[error("{coordinate}: `{graph}` is not a value of join__Graph")]
    UnknownGraph {
        /// Schema coordinate of the element that carries the directive.
        coordinate: String,
        /// The graph as written.
        graph: String,
        /// Where the element is.
        place: Option<Place>,
    },
    /// A `key`, `requires` or `provides` argument is not a selection of its type.
    #[error("{coordinate}: the field set \"{field_set}\" is not valid: {reason}")]
    InvalidFieldSet {
        /// Schema coordinate of the element that carries the directive.
        coordinate: String,
        /// The field set as written.
        field_set: String,
        /// What is wrong with it.
        reason: String,
        /// Where the element is.
        place: Option<Place>,
    },
    /// A `type` argument of `@join__field` is not a type reference.
    #[error("{coordinate}: \"{written}\" is not a type reference")]
    InvalidTypeReference {
        /// Schema coordinate of the field.
        coordinate: String,
        /// The type as written.
        written: String,
        /// Where the element is.
        place: Option<Place>,
    },
}

impl ModelError {
    pub(crate) fn invalid_schema(diagnostics: &DiagnosticList) -> Self {
        let mut ranges = diagnostics.iter().filter_map(|one| one.line_column_range());
        Self::InvalidSchema {
            diagnostics: diagnostics.to_string(),
            place: ranges.next().map(|range| Place {
                line: range.start.line,
                column: range.start.column,
            }),
        }
    }

    /// The code under which Apollo's tools publish this mistake.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidSchema { .. } => "INVALID_GRAPHQL",
            Self::UnsupportedFeature { .. } => "UNSUPPORTED_LINKED_FEATURE",
            Self::NotASupergraph
            | Self::UnknownVersion { .. }
            | Self::TooManySubgraphs { .. }
            | Self::UnknownGraph { .. }
            | Self::InvalidFieldSet { .. }
            | Self::InvalidTypeReference { .. } => "INVALID_FEDERATION_SUPERGRAPH",
        }
    }

    /// Where it is, if it is in one place.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::InvalidSchema { place, .. }
            | Self::UnknownVersion { place, .. }
            | Self::UnsupportedFeature { place, .. }
            | Self::UnknownGraph { place, .. }
            | Self::InvalidFieldSet { place, .. }
            | Self::InvalidTypeReference { place, .. } => *place,
            Self::NotASupergraph | Self::TooManySubgraphs { .. } => None,
        }
    }

    /// The mistake as text for people, with the code and the place in `file`.
    pub fn render(&self, file: &str) -> String {
        let code = self.code();
        match self.place() {
            Some(Place { line, column }) => {
                format!("{self}\n  --> {file}:{line}:{column} [{code}]")
            }
            None => format!("{self}\n  --> {file} [{code}]"),
        }
    }
}

//! The hints of a schema, and what they add up to over an operation.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, Value,
    parser::{
        parse_schema,
        types::{
            BaseType, ConstDirective, ExecutableDocument, FieldDefinition, FragmentDefinition,
            OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeKind,
            TypeSystemDefinition,
        },
    },
};

use super::CachePolicy;
use crate::{Error, Result};

const QUERY: &str = "Query";
/// The union of all entities, which the SDL does not define.
const ENTITY: &str = "_Entity";
const DIRECTIVE: &str = "cacheControl";

/// The hints of a schema, ready to be added up.
#[derive(Default)]
pub(crate) struct Hints(HashMap<Name, TypeHints>);

struct TypeHints {
    own: Hint,
    fields: HashMap<Name, FieldHints>,
}

struct FieldHints {
    /// What the field adds, its type's hint considered.
    sum: Sum,
    /// The field's type without its wrappers.
    target: Name,
}

/// One `@cacheControl`, or none.
#[derive(Clone, Copy, Default)]
struct Hint {
    max_age: Option<u32>,
    inherits: bool,
    is_private: bool,
}

/// What fields add up to: the shortest time any of them states, and whether any is private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    seconds: Option<u32>,
    is_private: bool,
}

impl Sum {
    /// What must not be kept.
    const NOT_KEPT: Self = Self {
        seconds: Some(0),
        is_private: false,
    };

    fn add(&mut self, other: Self) {
        self.seconds = match (self.seconds, other.seconds) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        self.is_private |= other.is_private;
    }
}

impl Hints {
    /// The hints in `sdl`.
    ///
    /// # Errors
    /// `Internal` when it is no SDL.
    pub(crate) fn read(sdl: &str) -> Result<Self> {
        let document = parse_schema(sdl)
            .map_err(|error| Error::internal(format!("the SDL cannot be read: {error}")))?;
        let mut types = HashMap::new();
        for definition in document.definitions {
            if let TypeSystemDefinition::Type(definition) = definition {
                let definition = definition.node;
                let fields = match definition.kind {
                    TypeKind::Object(object) => object.fields,
                    TypeKind::Interface(interface) => interface.fields,
                    TypeKind::Union(_) => Vec::new(),
                    _ => continue,
                };
                let hint = Hint::read(&definition.directives);
                types.insert(definition.name.node, (hint, fields));
            }
        }
        let hint_of = |name: &Name| types.get(name).map(|(hint, _)| *hint);
        let resolved = types.iter().map(|(name, (own, fields))| {
            let fields = fields.iter().map(|field| {
                let hints = FieldHints::resolve(&field.node, name == QUERY, hint_of);
                (field.node.name.node.clone(), hints)
            });
            let fields = fields.collect();
            (name.clone(), TypeHints { own: *own, fields })
        });
        Ok(Self(resolved.collect()))
    }

    /// What the hints say about answers to `operation`. Fields that `@skip` or `@include` leave out count.
    ///
    /// The document's fragments must not be cyclic. The time is linear in the document.
    pub(crate) fn policy(
        &self,
        operation: &OperationDefinition,
        document: &ExecutableDocument,
    ) -> CachePolicy {
        if operation.ty != OperationType::Query {
            return CachePolicy::NO_STORE;
        }
        let mut walk = Walk {
            hints: self,
            fragments: &document.fragments,
            seen: HashSet::new(),
            sum: Sum::default(),
        };
        walk.selection_set(&operation.selection_set.node, QUERY);
        CachePolicy {
            // Whoever says nothing at all (`{ __typename }`) allows nothing.
            seconds: walk.sum.seconds.unwrap_or(0),
            is_private: walk.sum.is_private,
        }
    }
}

impl Hint {
    fn read(directives: &[Positioned<ConstDirective>]) -> Self {
        let mut hint = Self::default();
        let ours = directives.iter().filter(|d| d.node.name.node == DIRECTIVE);
        for (name, value) in ours.flat_map(|directive| &directive.node.arguments) {
            match (name.node.as_str(), &value.node) {
                ("maxAge", Value::Number(seconds)) => {
                    let seconds = seconds.as_i64().unwrap_or(0);
                    hint.max_age = Some(u32::try_from(seconds).unwrap_or(0));
                }
                ("scope", Value::Enum(scope)) => hint.is_private = scope == "PRIVATE",
                ("inheritMaxAge", Value::Boolean(inherits)) => hint.inherits = *inherits,
                _ => {}
            }
        }
        hint
    }
}

impl FieldHints {
    /// A field's own time goes before its type's. Without either a leaf is as good as what it is part of;
    /// an object and a root field must not be kept.
    fn resolve(
        field: &FieldDefinition,
        is_root: bool,
        hint_of: impl Fn(&Name) -> Option<Hint>,
    ) -> Self {
        let target = innermost(&field.ty.node);
        let own = Hint::read(&field.directives);
        let of_type = hint_of(target);
        let is_object = of_type.is_some();
        let of_type = of_type.unwrap_or_default();
        let inherits = !is_root && (!is_object || own.inherits || of_type.inherits);
        let stated = own.max_age.or(of_type.max_age);
        Self {
            sum: Sum {
                seconds: if inherits { stated } else { stated.or(Some(0)) },
                is_private: own.is_private || of_type.is_private,
            },
            target: target.clone(),
        }
    }
}

fn innermost(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => innermost(item),
    }
}

struct Walk<'a> {
    hints: &'a Hints,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// Fragments that are in the sum: a second time they would add nothing.
    seen: HashSet<&'a str>,
    sum: Sum,
}

impl<'a> Walk<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet, ty: &'a str) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    self.field(&field.name.node, &field.selection_set.node, ty);
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let inner = condition.map_or(ty, |condition| condition.node.on.node.as_str());
                    self.narrow(ty, inner);
                    self.selection_set(&inline.node.selection_set.node, inner);
                }
                Selection::FragmentSpread(spread) => {
                    // An unknown fragment is the validator's business.
                    let name = spread.node.fragment_name.node.as_str();
                    let Some(fragment) = self.fragments.get(name) else {
                        continue;
                    };
                    let inner = fragment.node.type_condition.node.on.node.as_str();
                    self.narrow(ty, inner);
                    if self.seen.insert(name) {
                        self.selection_set(&fragment.node.selection_set.node, inner);
                    }
                }
            }
        }
    }

    /// Objects that are only known to be of type `outer` turn out to be of type `inner`.
    fn narrow(&mut self, outer: &str, inner: &str) {
        if outer == inner {
            return;
        }
        let own = self.hints.0.get(inner).map_or(Hint::default(), |ty| ty.own);
        let seconds = match outer {
            ENTITY => own.max_age.or(Some(0)),
            _ => own.max_age,
        };
        self.sum.add(Sum {
            seconds,
            is_private: own.is_private,
        });
    }

    fn field(&mut self, name: &str, set: &'a SelectionSet, ty: &str) {
        match name {
            "__typename" => {}
            // Its types are those of the representations, which the fragments below name.
            "_entities" if ty == QUERY => self.selection_set(set, ENTITY),
            _ => {
                let hints = self.hints;
                match hints.0.get(ty).and_then(|ty| ty.fields.get(name)) {
                    Some(field) => {
                        self.sum.add(field.sum);
                        self.selection_set(set, &field.target);
                    }
                    // Introspection, the SDL, and what the validator refuses.
                    None => self.sum.add(Sum::NOT_KEPT),
                }
            }
        }
    }
}

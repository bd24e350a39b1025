//! Type references: a named type under any nesting of lists and non-nulls.

use crate::id::TypeId;

/// A type reference such as `[User!]!`, in eight bytes: the named type and, for each level from the
/// inside out, whether it is non-null. At most 31 list levels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TypeRef {
    named: TypeId,
    /// Bits 0..=26: non-null per level, level 0 being the named type. Bits 27..=31: list levels.
    wrapping: u32,
}

const DEPTH_SHIFT: u32 = 27;
const MAX_DEPTH: u32 = 26;

impl TypeRef {
    /// The nullable named type.
    pub fn nullable(named: TypeId) -> Self {
        Self { named, wrapping: 0 }
    }

    /// This type, non-null.
    #[must_use]
    pub fn non_null(self) -> Self {
        Self {
            wrapping: self.wrapping | 1 << self.list_depth(),
            ..self
        }
    }

    /// A nullable list of this type; `None` beyond 26 levels.
    pub fn list(self) -> Option<Self> {
        let depth = self.list_depth() + 1;
        (depth <= MAX_DEPTH).then_some(Self {
            wrapping: self.wrapping & ((1 << DEPTH_SHIFT) - 1) | depth << DEPTH_SHIFT,
            ..self
        })
    }

    /// The innermost named type.
    pub fn named(self) -> TypeId {
        self.named
    }

    /// How many lists surround the named type.
    pub fn list_depth(self) -> u32 {
        self.wrapping >> DEPTH_SHIFT
    }

    /// Whether the outermost level is non-null.
    pub fn is_non_null(self) -> bool {
        self.wrapping & 1 << self.list_depth() != 0
    }

    /// Whether the outermost level, non-null or not, is a list.
    pub fn is_list(self) -> bool {
        self.list_depth() > 0
    }

    /// The item type when this is a list.
    pub fn item(self) -> Option<Self> {
        let depth = self.list_depth();
        (depth > 0).then(|| Self {
            wrapping: self.wrapping & ((1 << depth) - 1) | (depth - 1) << DEPTH_SHIFT,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_off_in_the_order_they_went_on() {
        let named = TypeId::from_index(7);
        let inner = TypeRef::nullable(named).non_null();
        let outer = inner.list().and_then(TypeRef::list).map(TypeRef::non_null);
        let outer = outer.expect("two levels");
        assert!(outer.is_non_null() && outer.is_list());
        let middle = outer.item().expect("a list");
        assert!(!middle.is_non_null() && middle.is_list());
        assert_eq!(middle.item(), Some(inner));
        assert_eq!(inner.item(), None);
        assert_eq!(outer.named(), named);
    }

    #[test]
    fn nesting_is_bounded() {
        let mut ty = TypeRef::nullable(TypeId::from_index(0));
        for _ in 0..26 {
            ty = ty.non_null().list().expect("within the bound");
        }
        assert_eq!(ty.list(), None);
    }
}

//! Dense ids of one supergraph's subgraphs, types and fields.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// The position in the supergraph's arena.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            pub(crate) fn from_index(index: usize) -> Self {
                Self(<$inner>::try_from(index).unwrap_or(<$inner>::MAX))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id!(
    /// A subgraph; ids follow the order of the `join__Graph` enum.
    SubgraphId,
    u16
);
id!(
    /// A named type of the supergraph, built-in scalars included.
    TypeId,
    u32
);
id!(
    /// A field of an object, interface or input object type.
    FieldId,
    u32
);

//! Position tables: what the subgraphs answered, as rows of fixed slots over the answers' bytes.

use bytes::Bytes;

use crate::fault::{Fault, Marks, Place};

/// What a key of an object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The key is not there.
    Missing,
    /// Null.
    Null,
    /// Something that the schema does not allow there.
    Invalid,
    /// A JSON token: a scalar, or whole lists of them that hold neither null nor white space.
    Leaf { start: u32, len: u32 },
    /// A string where the API's enum has no such value: for subgraphs, not for clients.
    Unlisted { start: u32, len: u32 },
    /// The object in this row of the position's table.
    Object(u32),
    /// A list: of rows if the items are objects, else of entries of [`Answer::items`].
    List { first: u32, len: u32 },
    /// Not to be had, because of this.
    Absent(Cause),
}

/// Why there is no row. Which faults explain it, [`crate::view::Causes`] knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cause(u32);

impl Cause {
    /// Nobody said why.
    pub(crate) const UNEXPLAINED: Self = Self(0);
    /// Nothing went wrong: there is no such entity.
    pub(crate) const NOT_THERE: Self = Self(1);
    /// Causes from here on are numbered.
    const FIRST: u32 = 2;

    /// The cause of this number in [`crate::view::Causes`].
    pub(crate) fn numbered(number: usize) -> Self {
        let number = u32::try_from(number).ok();
        let cause = number.and_then(|number| number.checked_add(Self::FIRST));
        cause.map_or(Self::UNEXPLAINED, Self)
    }

    /// Its number, if it has one.
    pub(crate) fn number(self) -> Option<usize> {
        Some(self.0.checked_sub(Self::FIRST)? as usize)
    }

    /// A fetch failed as a whole.
    pub(crate) fn fetch(fetch: usize) -> Self {
        Self::numbered(fetch)
    }
}

/// A row of a table, or why there is none. Four bytes: the upper end of the range is causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row(u32);

impl Row {
    /// Rows are below, causes above.
    const FIRST_CAUSE: u32 = 0xFFF0_0000;

    pub(crate) fn at(row: u32) -> Self {
        debug_assert!(row < Self::FIRST_CAUSE);
        Self(row)
    }

    pub(crate) fn absent(cause: Cause) -> Self {
        let most = u32::MAX - Self::FIRST_CAUSE;
        let code = if cause.0 > most { 0 } else { cause.0 };
        Self(Self::FIRST_CAUSE + code)
    }

    pub(crate) fn get(self) -> Result<u32, Cause> {
        if self.0 < Self::FIRST_CAUSE {
            Ok(self.0)
        } else {
            Err(Cause(self.0 - Self::FIRST_CAUSE))
        }
    }
}

/// The runtime type of a row, as an index into its shape's types, or what the row is instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) u32);

impl Tag {
    /// The item was null.
    pub(crate) const NULL: Self = Self(u32::MAX);
    /// The item was not an object, or of a type that the position does not allow.
    pub(crate) const INVALID: Self = Self(u32::MAX - 1);

    pub(crate) fn is_object(self) -> bool {
        self.0 < Self::INVALID.0
    }
}

/// Most rows have no more slots.
const FEW: usize = 4;

/// The rows of one shape.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Runtime type by row.
    pub(crate) tags: Vec<Tag>,
    /// Slots, row by row.
    pub(crate) slots: Vec<Slot>,
    /// Slots in a row.
    pub(crate) width: u32,
}

impl Table {
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.tags.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn tag(&self, row: u32) -> Tag {
        self.tags.get(row as usize).copied().unwrap_or(Tag::INVALID)
    }

    pub(crate) fn slot(&self, row: u32, slot: u32) -> Slot {
        let at = row as usize * self.width as usize + slot as usize;
        self.slots.get(at).copied().unwrap_or(Slot::Missing)
    }

    /// Makes room for so many rows.
    pub(crate) fn reserve(&mut self, rows: usize) {
        if rows > 0 {
            self.tags.reserve(rows);
            self.slots.reserve(rows * self.width as usize + FEW);
        }
    }

    /// Adds a row of missing slots.
    #[inline]
    pub(crate) fn push(&mut self, tag: Tag) -> u32 {
        let row = self.len();
        self.tags.push(tag);
        let end = self.slots.len() + self.width as usize;
        if self.width as usize <= FEW {
            // Of a known number, which needs no loop.
            self.slots.extend_from_slice(&[Slot::Missing; FEW]);
            self.slots.truncate(end);
        } else {
            self.slots.resize(end, Slot::Missing);
        }
        row
    }

    /// Sets a slot; what it held before.
    pub(crate) fn replace(&mut self, row: u32, slot: usize, value: Slot) -> Slot {
        let at = row as usize * self.width as usize + slot;
        match self.slots.get_mut(at) {
            Some(place) => std::mem::replace(place, value),
            None => Slot::Missing,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.tags.clear();
        self.slots.clear();
    }
}

/// What one fetch brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The answer's bytes, which [`Slot::Leaf`] refers to.
    pub(crate) body: Bytes,
    /// Tables by shape.
    pub(crate) tables: Vec<Table>,
    /// Items of lists that are not rows.
    pub(crate) items: Vec<Slot>,
    /// By call, the list of entities.
    pub(crate) calls: Vec<Slot>,
    /// Rows stand for several places: the same came there.
    pub(crate) is_shared: bool,
    /// No data came.
    pub(crate) failed: bool,
    /// What went wrong.
    pub(crate) faults: Vec<Fault>,
    /// Where it went wrong.
    pub(crate) marks: Marks,
}

impl Answer {
    /// An answer without data yet.
    pub(crate) fn empty(widths: impl Iterator<Item = usize>) -> Self {
        let table = |width| Table {
            width: u32::try_from(width).unwrap_or(0),
            ..Table::default()
        };
        Self {
            tables: widths.map(table).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn token(&self, start: u32, len: u32) -> &[u8] {
        let start = start as usize;
        self.body
            .get(start..start + len as usize)
            .unwrap_or_default()
    }

    /// Forgets all data, for an answer that turned out not to be one.
    pub(crate) fn clear(&mut self) {
        self.tables.iter_mut().for_each(Table::clear);
        self.items.clear();
        self.calls.clear();
        self.is_shared = false;
    }
}

impl Answer {
    /// An item of a list that does not consist of rows.
    pub(crate) fn item(&self, index: u32) -> Slot {
        let item = self.items.get(index as usize);
        item.copied().unwrap_or(Slot::Missing)
    }

    /// Why there is no entity where null stands and no fault: an error without a path may be about it, errors about
    /// something else are not.
    pub(crate) fn cause_of_no_entity(&self, fetch: u32) -> Cause {
        if self.marks.at(Place::Fetch).is_empty() {
            Cause::NOT_THERE
        } else {
            Cause::fetch(fetch as usize)
        }
    }

    /// Adds a fault; the caller says where it is by a mark.
    pub(crate) fn add_fault(&mut self, fault: Fault) -> u32 {
        let index = u32::try_from(self.faults.len()).unwrap_or(u32::MAX);
        self.faults.push(fault);
        index
    }

    /// The answer of a fetch that got none.
    pub(crate) fn fail(&mut self, fault: Fault) {
        self.clear();
        self.failed = true;
        let fault = self.add_fault(fault);
        self.marks.add(Place::Fetch, fault);
    }
}

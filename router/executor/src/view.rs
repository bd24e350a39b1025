//! Reading tables through links.

use smallvec::SmallVec;

use crate::compile::{Position, RowPath, RowsPath, SlotPath};
use crate::fault::Place;
use crate::table::{Answer, Cause, Row, Slot, Tag};

/// The rows, in different tables, that describe one object.
pub(crate) type ContextRows = SmallVec<[Row; 4]>;

/// From rows of a table to the entities they stand for.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// By row.
    pub(crate) rows: Vec<Row>,
    /// For rows beyond.
    pub(crate) otherwise: Cause,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            otherwise: Cause::UNEXPLAINED,
        }
    }
}

impl Link {
    pub(crate) fn get(&self, row: u32) -> Row {
        let found = self.rows.get(row as usize);
        found.copied().unwrap_or(Row::absent(self.otherwise))
    }
}

/// What stands behind each [`Cause`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Causes {
    places: Vec<(u32, Place)>,
}

impl Causes {
    /// One cause for every fetch, as [`Cause::fetch`] counts them.
    pub(crate) fn new(fetches: usize) -> Self {
        let fetches = 0..u32::try_from(fetches).unwrap_or(u32::MAX);
        Self {
            places: fetches.map(|fetch| (fetch, Place::Fetch)).collect(),
        }
    }

    pub(crate) fn add(&mut self, fetch: u32, place: Place) -> Cause {
        self.places.push((fetch, place));
        Cause::numbered(self.places.len() - 1)
    }

    /// How many there are, which is the next one's number.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The fetch and the place of its answer that is to blame.
    pub(crate) fn get(&self, cause: Cause) -> Option<(u32, Place)> {
        self.places.get(cause.number()?).copied()
    }
}

/// Everything that is there to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// By fetch.
    pub(crate) answers: &'a [Answer],
    pub(crate) links: &'a [Link],
    pub(crate) causes: &'a Causes,
}

/// A row as far as it can be read without looking whether anything is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// Its slots; none if it is not there, or if values of its answer may have errors.
    pub(crate) slots: &'a [Slot],
    /// What their tokens are of.
    pub(crate) body: &'a [u8],
    /// Nothing at all is wrong with its answer.
    pub(crate) is_clean: bool,
}

impl Source<'_> {
    pub(crate) const NONE: Self = Self {
        slots: &[],
        body: &[],
        is_clean: false,
    };
}

/// A table with what is to be known of its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableView<'a> {
    pub(crate) tags: &'a [Tag],
    /// Row by row; none if values may have errors.
    pub(crate) slots: &'a [Slot],
    /// Slots in a row.
    pub(crate) width: usize,
    /// Rows stand for several places.
    pub(crate) is_shared: bool,
    /// What tokens are of.
    pub(crate) body: &'a [u8],
    /// No value has an error.
    pub(crate) is_plain: bool,
    /// Nothing at all is wrong with the answer.
    pub(crate) is_clean: bool,
}

impl<'a> TableView<'a> {
    #[inline]
    pub(crate) fn source(&self, row: u32) -> Source<'a> {
        let start = row as usize * self.width;
        Source {
            slots: self
                .slots
                .get(start..start + self.width)
                .unwrap_or_default(),
            body: self.body,
            is_clean: self.is_clean,
        }
    }
}

impl<'a> View<'a> {
    /// A table; one that may have errors at its values has no slots to be read without looking.
    pub(crate) fn table(&self, at: Position) -> TableView<'a> {
        let answer = self.answer(at.fetch);
        let table = answer.tables.get(at.shape as usize);
        let is_plain = !answer.marks.on_values;
        TableView {
            tags: table.map_or(&[], |table| &table.tags),
            slots: table.filter(|_| is_plain).map_or(&[], |table| &table.slots),
            width: table.map_or(0, |table| table.width as usize),
            is_shared: answer.is_shared,
            body: &answer.body,
            is_plain,
            is_clean: answer.faults.is_empty(),
        }
    }

    pub(crate) fn answer(&self, fetch: u32) -> &'a Answer {
        &self.answers[fetch as usize]
    }

    /// How many rows a table has.
    pub(crate) fn rows(&self, at: Position) -> usize {
        let table = self.answer(at.fetch).tables.get(at.shape as usize);
        table.map_or(0, |table| table.tags.len())
    }

    pub(crate) fn tag(&self, at: Position, row: u32) -> Tag {
        let table = self.answer(at.fetch).tables.get(at.shape as usize);
        table.map_or(Tag::INVALID, |table| table.tag(row))
    }

    /// By row of a table of the root type, the one row of the root object.
    pub(crate) fn root_rows(&self, from: Position) -> Vec<Row> {
        let table = self.answer(from.fetch).tables.get(from.shape as usize);
        let tags = table.map_or(&[][..], |table| &table.tags);
        let row = |tag: &Tag| match tag.is_object() {
            true => Row::at(0),
            false => Row::absent(Cause::UNEXPLAINED),
        };
        tags.iter().map(row).collect()
    }

    pub(crate) fn row(&self, path: &RowPath, context: &[Row]) -> Row {
        let start = context.get(path.start as usize).copied();
        let mut row = start.unwrap_or(Row::absent(Cause::UNEXPLAINED));
        for &link in &path.links {
            match row.get() {
                Ok(from) => row = self.links[link as usize].get(from),
                Err(_) => return row,
            }
        }
        row
    }

    /// The row that a path leads to.
    pub(crate) fn source(&self, path: &RowPath, context: &[Row]) -> Source<'a> {
        match self.row(path, context).get() {
            Ok(row) => self.table(path.position).source(row),
            Err(_) => Source::NONE,
        }
    }

    pub(crate) fn slot(&self, path: &SlotPath, context: &[Row]) -> Slot {
        match self.row(&path.row, context).get() {
            Ok(row) => {
                let at = path.row.position;
                let table = self.answer(at.fetch).tables.get(at.shape as usize);
                table.map_or(Slot::Missing, |table| table.slot(row, path.slot))
            }
            Err(cause) => Slot::Absent(cause),
        }
    }

    /// The slots of a nested context.
    pub(crate) fn slots(&self, rows: &[RowsPath], context: &[Row]) -> SmallVec<[Slot; 4]> {
        rows.iter()
            .map(|rows| self.slot(&rows.path, context))
            .collect()
    }

    /// Item `index` of lists of `len` items; `depth` lists surround the items' objects.
    pub(crate) fn items(
        &self,
        rows: &[RowsPath],
        lists: &[Slot],
        len: u32,
        depth: u32,
        index: u32,
    ) -> SmallVec<[Slot; 4]> {
        let item = |(rows, list): (&RowsPath, &Slot)| match *list {
            Slot::List { first, len: own } if own == len => {
                self.item(rows.child, first + index, depth)
            }
            Slot::Absent(cause) => Slot::Absent(cause),
            // Lists that should be alike and are not cannot be paired.
            _ => Slot::Absent(self.cause_of_null(rows.child.fetch)),
        };
        rows.iter().zip(lists).map(item).collect()
    }

    fn item(&self, child: Position, at: u32, depth: u32) -> Slot {
        if depth > 0 {
            return self.answer(child.fetch).item(at);
        }
        match self.tag(child, at) {
            Tag::NULL => Slot::Null,
            tag if tag.is_object() => Slot::Object(at),
            _ => Slot::Invalid,
        }
    }

    /// The rows that objects are in.
    pub(crate) fn context(&self, rows: &[RowsPath], slots: &[Slot]) -> ContextRows {
        let row = |(rows, slot): (&RowsPath, &Slot)| match *slot {
            Slot::Object(row) => Row::at(row),
            Slot::Absent(cause) => Row::absent(cause),
            _ => Row::absent(self.cause_of_null(rows.child.fetch)),
        };
        rows.iter().zip(slots).map(row).collect()
    }

    /// What a null of a fetch may be blamed on, if nothing better is known.
    pub(crate) fn cause_of_null(&self, fetch: u32) -> Cause {
        if self.answer(fetch).faults.is_empty() {
            Cause::UNEXPLAINED
        } else {
            Cause::fetch(fetch as usize)
        }
    }
}

//! Objects and lists of objects: rows.

use super::lexer::Reader;
use super::repeats::Repeats;
use super::{Budget, IngestError};
use crate::compile::{FetchLayout, LayoutInput, ShapeLayout, SlotLayout, ValueLayout};
use crate::table::{Answer, Slot, Tag};

const TYPENAME: &[u8] = b"\"__typename\"";

/// An answer being read.
pub(super) struct Ingestion<'a> {
    pub(super) reader: Reader<'a>,
    layout: &'a FetchLayout,
    pub(super) answer: &'a mut Answer,
    pub(super) budget: &'a mut Budget,
    /// Items of lists that have not ended.
    pub(super) open_items: Vec<Slot>,
    pub(super) repeats: Repeats,
}

/// What a key means.
enum Key {
    Slot(usize),
    Typename,
    Unknown,
}

impl<'a> Ingestion<'a> {
    pub(super) fn new(
        reader: Reader<'a>,
        layout: &'a FetchLayout,
        answer: &'a mut Answer,
        budget: &'a mut Budget,
        is_shared: bool,
    ) -> Self {
        Self {
            reader,
            layout,
            answer,
            budget,
            open_items: Vec::new(),
            repeats: Repeats::new(match is_shared && layout.may_share {
                true => layout.shapes.len(),
                false => 0,
            }),
        }
    }

    /// Reads the value of `data`; false if it is null.
    pub(super) fn data(&mut self) -> Result<bool, IngestError> {
        // A second `data` replaces the first.
        self.answer.clear();
        self.repeats.clear();
        match self.reader.peek()? {
            b'n' => {
                self.reader.literal(b"null")?;
                Ok(false)
            }
            b'{' => {
                match &self.layout.input {
                    LayoutInput::Root(shape) => drop(self.object(*shape)?),
                    LayoutInput::Calls(_) => self.calls()?,
                }
                Ok(true)
            }
            _ => Err(IngestError::NotAResponse("`data` is not an object")),
        }
    }

    /// The members of an entity fetch's `data`.
    fn calls(&mut self) -> Result<(), IngestError> {
        let layout = self.layout;
        let LayoutInput::Calls(calls) = &layout.input else {
            return Ok(());
        };
        self.answer.calls.resize(calls.len(), Slot::Missing);
        self.reader.step();
        let mut more = !self.reader.next_is(b'}')?;
        while more {
            let key = self.reader.key()?;
            let quoted = self.reader.quoted(key);
            match calls.iter().position(|call| *call.quoted_key == *quoted) {
                Some(index) => {
                    let list = self.objects(calls[index].shape, 1)?;
                    let before = std::mem::replace(&mut self.answer.calls[index], list);
                    self.forget(before, calls[index].shape, 1);
                }
                None => drop(self.reader.skip()?),
            }
            more = self.reader.continues(b'}')?;
        }
        Ok(())
    }

    /// Objects of a shape under `depth` lists.
    fn objects(&mut self, shape: u32, depth: u32) -> Result<Slot, IngestError> {
        match (self.reader.peek()?, depth) {
            (b'n', _) => {
                self.reader.literal(b"null")?;
                Ok(Slot::Null)
            }
            (b'{', 0) => self.once(shape, |this| {
                let row = this.object(shape)?;
                let is_object = this.answer.tables[shape as usize].tag(row).is_object();
                Ok(if is_object {
                    Slot::Object(row)
                } else {
                    Slot::Invalid
                })
            }),
            (b'[', 1) => self.once(shape, |this| this.rows(shape)),
            (b'[', 2..) => self.items(|this| this.objects(shape, depth - 1)),
            _ => {
                self.reader.skip()?;
                Ok(Slot::Invalid)
            }
        }
    }

    /// An object or a list of objects, which is the same as before if the same comes again.
    #[inline]
    fn once(
        &mut self,
        shape: u32,
        read: impl FnOnce(&mut Self) -> Result<Slot, IngestError>,
    ) -> Result<Slot, IngestError> {
        let Some(place) = self.repeats.place(&self.reader, shape) else {
            return read(self);
        };
        if let Some(known) = self.repeats.take(place, &mut self.reader, shape) {
            self.answer.is_shared = true;
            return Ok(known);
        }
        let start = self.reader.position();
        let slot = read(self)?;
        self.repeats
            .remember(place, &self.reader, shape, start, slot);
        Ok(slot)
    }

    /// A list of objects. Nothing inside an object has its shape, so the rows are contiguous.
    fn rows(&mut self, shape: u32) -> Result<Slot, IngestError> {
        let first = self.answer.tables[shape as usize].len();
        self.reader.step();
        let mut more = !self.reader.next_is(b']')?;
        while more {
            match self.reader.peek()? {
                b'{' => drop(self.object(shape)?),
                b'n' => {
                    self.reader.literal(b"null")?;
                    self.push(shape, Tag::NULL)?;
                }
                _ => {
                    self.reader.skip()?;
                    self.push(shape, Tag::INVALID)?;
                }
            }
            more = self.reader.continues(b']')?;
        }
        let len = self.answer.tables[shape as usize].len() - first;
        Ok(Slot::List { first, len })
    }

    /// A list whose items are not rows.
    pub(super) fn items(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<Slot, IngestError>,
    ) -> Result<Slot, IngestError> {
        let mark = self.open_items.len();
        self.reader.step();
        let mut more = !self.reader.next_is(b']')?;
        while more {
            self.budget.spend(1)?;
            let slot = item(self)?;
            self.open_items.push(slot);
            more = self.reader.continues(b']')?;
        }
        let items = &mut self.answer.items;
        let too_many = |_| IngestError::TooManyValues;
        let first = u32::try_from(items.len()).map_err(too_many)?;
        items.extend(self.open_items.drain(mark..));
        let len = u32::try_from(items.len()).map_err(too_many)? - first;
        Ok(Slot::List { first, len })
    }

    fn push(&mut self, shape: u32, tag: Tag) -> Result<u32, IngestError> {
        let table = &mut self.answer.tables[shape as usize];
        self.budget.spend(table.width as usize + 1)?;
        Ok(table.push(tag))
    }

    /// An object becomes a row; the next byte is its bracket.
    fn object(&mut self, shape: u32) -> Result<u32, IngestError> {
        let layout = &self.layout.shapes[shape as usize];
        let row = self.push(shape, layout.tag_without_typename())?;
        self.reader.step();
        let mut more = !self.reader.next_is(b'}')?;
        let mut expected = 0;
        while more {
            match self.key(layout, expected)? {
                Key::Slot(index) => {
                    self.member(shape, row, index, &layout.slots[index])?;
                    expected = index + 1;
                }
                Key::Typename => {
                    let tag = self.typename(layout)?;
                    let table = &mut self.answer.tables[shape as usize];
                    table.tags[row as usize] = tag;
                }
                Key::Unknown => drop(self.reader.skip()?),
            }
            more = self.reader.continues(b'}')?;
        }
        Ok(row)
    }

    /// The value of a key.
    #[inline]
    fn member(
        &mut self,
        shape: u32,
        row: u32,
        index: usize,
        slot: &SlotLayout,
    ) -> Result<(), IngestError> {
        match &slot.value {
            ValueLayout::Leaf(leaf) => {
                let value = match slot.list_depth {
                    0 => self.plain_leaf(leaf)?,
                    depth => self.leaf(leaf, depth)?,
                };
                self.answer.tables[shape as usize].replace(row, index, value);
            }
            ValueLayout::Object(child) => {
                let value = self.objects(*child, slot.list_depth)?;
                let before = self.answer.tables[shape as usize].replace(row, index, value);
                if before != Slot::Missing {
                    self.forget(before, *child, slot.list_depth);
                }
            }
        }
        Ok(())
    }

    /// A key that comes twice counts the last time: the objects it held before are none any more, so that nobody is
    /// asked about them.
    fn forget(&mut self, value: Slot, shape: u32, depth: u32) {
        self.repeats.forgot |= value != Slot::Missing;
        let rows = match (value, depth) {
            (Slot::Object(row), _) => row..row + 1,
            (Slot::List { first, len }, 0 | 1) => first..first + len,
            (Slot::List { first, len }, _) => {
                for index in first..first + len {
                    self.forget(self.answer.item(index), shape, depth - 1);
                }
                return;
            }
            _ => return,
        };
        for row in rows {
            self.answer.tables[shape as usize].tags[row as usize] = Tag::NULL;
            for (at, slot) in (0..).zip(&self.layout.shapes[shape as usize].slots) {
                if let ValueLayout::Object(child) = slot.value {
                    let nested = self.answer.tables[shape as usize].slot(row, at);
                    self.forget(nested, child, slot.list_depth);
                }
            }
        }
    }

    #[inline]
    fn key(&mut self, layout: &ShapeLayout, expected: usize) -> Result<Key, IngestError> {
        if let Some(slot) = layout.slots.get(expected)
            && self.reader.expected_key(&slot.key)
        {
            return Ok(Key::Slot(expected));
        }
        self.other_key(layout)
    }

    fn other_key(&mut self, layout: &ShapeLayout) -> Result<Key, IngestError> {
        let token = self.reader.key()?;
        let quoted = self.reader.quoted(token);
        if layout.has_typename && *quoted == *TYPENAME {
            return Ok(Key::Typename);
        }
        let found = layout.find(&quoted);
        Ok(found.map_or(Key::Unknown, Key::Slot))
    }

    fn typename(&mut self, layout: &ShapeLayout) -> Result<Tag, IngestError> {
        if self.reader.peek()? != b'"' {
            self.reader.skip()?;
            return Ok(Tag::INVALID);
        }
        let token = self.reader.string()?;
        Ok(layout.tag_of(&self.reader.quoted(token)))
    }
}

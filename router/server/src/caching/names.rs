//! Names of what an answer is made from, for caches that are not ours: a CDN purges by them.
//!
//! They are read off the answer and not off an entry's tags, which are hashes: a name is there however much of the answer
//! was kept before. Of what does not fit the coarser part is there, and a mark that says so.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::TagHeader;

/// What an answer is made from; names are encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    subgraphs: BTreeSet<String>,
    types: BTreeSet<String>,
    fields: BTreeSet<String>,
    tags: BTreeSet<String>,
    /// By type, without what stands before.
    entities: BTreeMap<String, BTreeSet<String>>,
    /// Types of entities of which there are some without a name.
    some: BTreeSet<String>,
}

/// Stands for names that did not fit.
const MORE: &str = "more";
/// A longer name is none: this is what all CDNs take.
const LONGEST: usize = 120;

impl Names {
    pub(super) fn subgraph(&mut self, name: &str) {
        self.subgraphs.insert(encode(name));
    }

    pub(super) fn ty(&mut self, name: &str) {
        self.types.insert(encode(name));
    }

    /// `Query.users`
    pub(super) fn root_field(&mut self, coordinate: &str) {
        let parts: Vec<String> = coordinate.split('.').map(encode).collect();
        self.fields.insert(parts.join("."));
    }

    pub(super) fn user(&mut self, tag: &str) {
        self.tags.insert(encode(tag));
    }

    /// An entity by the values of its main key.
    pub(super) fn entity<'v>(&mut self, ty: &str, key: impl Iterator<Item = &'v str>) {
        let key: Vec<String> = key.map(encode).collect();
        let of_type = self.entities.entry(encode(ty)).or_default();
        of_type.insert(key.join("."));
    }

    /// An entity of which nobody knows which it is.
    pub(super) fn some(&mut self, ty: &str) {
        self.some.insert(encode(ty));
    }

    pub(super) fn extend(&mut self, other: &Self) {
        let Self {
            subgraphs,
            types,
            fields,
            tags,
            entities,
            some,
        } = other;
        self.subgraphs.extend(subgraphs.iter().cloned());
        self.types.extend(types.iter().cloned());
        self.fields.extend(fields.iter().cloned());
        self.tags.extend(tags.iter().cloned());
        self.some.extend(some.iter().cloned());
        for (ty, keys) in entities {
            let of_type = self.entities.entry(ty.clone()).or_default();
            of_type.extend(keys.iter().cloned());
        }
    }

    /// The header's value: the coarsest first, as many as fit.
    pub(crate) fn header(&self, settings: &TagHeader) -> String {
        let mut list = List::of(settings);
        let coarse = [
            ("subgraph", &self.subgraphs),
            ("type", &self.types),
            ("field", &self.fields),
            ("tag", &self.tags),
            ("some", &self.some),
        ];
        for (kind, names) in coarse {
            for name in names {
                list.add(&format!("{kind}.{name}"));
            }
        }
        // What stands for the entities of the types that are still to come has room in any case.
        let mark = |ty: &String| format!("some.{ty}");
        let unmarked = || {
            self.entities
                .iter()
                .filter(|(ty, _)| !self.some.contains(*ty))
        };
        let mut marks: Vec<String> = unmarked().map(|(ty, _)| mark(ty)).collect();
        marks.reverse();
        for (ty, keys) in &self.entities {
            let is_marked = self.some.contains(ty);
            let mark = if is_marked { None } else { marks.pop() };
            let names: Vec<String> = keys
                .iter()
                .map(|key| format!("entity.{ty}.{key}"))
                .collect();
            if !list.add_all(&names, &marks)
                && let Some(mark) = mark
            {
                list.add(&mark);
            }
        }
        list.finish()
    }
}

/// The names of a header on their way.
struct List {
    names: Vec<String>,
    separator: char,
    bytes_left: usize,
    names_left: usize,
    is_cut: bool,
}

impl List {
    /// An empty one, with room left for [`MORE`].
    fn of(settings: &TagHeader) -> Self {
        Self {
            names: Vec::new(),
            separator: settings.separator(),
            bytes_left: settings.max_bytes.0.saturating_sub(MORE.len()),
            names_left: settings.max_names.saturating_sub(1),
            is_cut: false,
        }
    }

    /// Adds a name, or notes that it does not fit.
    fn add(&mut self, name: &str) {
        let one = [name.to_owned()];
        if !self.add_all(&one, &[]) {
            self.is_cut = true;
        }
    }

    /// Adds all of them if they fit and `others` still do.
    fn add_all(&mut self, names: &[String], others: &[String]) -> bool {
        let bytes = |names: &[String]| names.iter().map(|name| name.len() + 1).sum::<usize>();
        let fit = names.iter().all(|name| name.len() <= LONGEST)
            && names.len() + others.len() <= self.names_left
            && bytes(names) + bytes(others) <= self.bytes_left;
        if fit {
            self.names_left -= names.len();
            self.bytes_left -= bytes(names);
            self.names.extend(names.iter().cloned());
        }
        fit
    }

    fn finish(mut self) -> String {
        if self.is_cut {
            self.names.insert(0, MORE.to_owned());
        }
        self.names.join(&self.separator.to_string())
    }
}

/// With everything but letters, digits, `_` and `-` as `%` and two digits: every CDN takes these.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => out.push(char::from(byte)),
            other => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
                out.extend(['%', digit(other >> 4), digit(other & 15)]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ByteSize, TagHeader};

    fn names(add: impl FnOnce(&mut Names)) -> Names {
        let mut names = Names::default();
        add(&mut names);
        names
    }

    fn header(names: &Names, max_bytes: usize, max_names: usize) -> String {
        names.header(&TagHeader {
            max_bytes: ByteSize(max_bytes),
            max_names,
            ..TagHeader::default()
        })
    }

    fn feed() -> Names {
        names(|names| {
            for id in ["1", "2", "3"] {
                names.entity("Post", [id].into_iter());
            }
            names.entity("User", ["a", "b.c"].into_iter());
            names.user("feed, of all");
            names.root_field("Query.posts");
            names.ty("Post");
            names.ty("User");
            names.subgraph("posts");
        })
    }

    #[test]
    fn the_coarsest_are_first_and_go_last() {
        let names = feed();
        let coarse = "subgraph.posts,type.Post,type.User,field.Query.posts,tag.feed%2C%20of%20all";
        let posts = "entity.Post.1,entity.Post.2,entity.Post.3";
        let user = "entity.User.a.b%2Ec";
        let all = format!("{coarse},{posts},{user}");
        let room = |text: &str| text.len() + ",more".len();
        let cases = [
            (4096, 128, all.clone()),
            (room(&all), 10, all.clone()),
            // One byte less, one name less.
            (room(&all) - 1, 128, format!("{coarse},{posts},some.User")),
            (4096, 9, format!("{coarse},some.Post,{user}")),
            (4096, 8, format!("{coarse},some.Post,{user}")),
            (room(coarse), 128, format!("more,{coarse}")),
            (
                64,
                128,
                "more,subgraph.posts,type.Post,type.User,field.Query.posts".to_owned(),
            ),
            (4096, 3, "more,subgraph.posts,type.Post".to_owned()),
            (4096, 1, "more".to_owned()),
        ];
        for (max_bytes, max_names, expected) in cases {
            let found = header(&names, max_bytes, max_names);
            assert_eq!(found, expected, "{max_bytes} {max_names}");
            assert!(found.len() <= max_bytes && found.split(',').count() <= max_names);
        }
    }

    #[test]
    fn what_has_no_name_is_marked() {
        let found = names(|names| {
            names.some("Post");
            names.entity("Post", ["1"].into_iter());
            names.entity("User", ["x".repeat(200).as_str()].into_iter());
        });
        assert_eq!(
            header(&found, 4096, 128),
            "some.Post,entity.Post.1,some.User"
        );
        let found = names(|names| names.user(&"x".repeat(200)));
        assert_eq!(header(&found, 4096, 128), "more");
    }

    #[test]
    fn no_two_things_have_one_name_and_none_has_a_separator() {
        let all = [
            names(|names| names.entity("A", ["b.c"].into_iter())),
            names(|names| names.entity("A", ["b", "c"].into_iter())),
            names(|names| names.entity("A", ["b c"].into_iter())),
            names(|names| names.entity("A", ["b,c"].into_iter())),
            names(|names| names.entity("A", ["b%2Cc"].into_iter())),
            names(|names| names.entity("A", ["b\u{e9}\n"].into_iter())),
            names(|names| names.user("A.b")),
            names(|names| names.user("type.A")),
            names(|names| names.ty("A")),
            names(|names| names.some("A")),
            names(|names| names.root_field("A.b")),
        ];
        let headers: BTreeSet<String> = all.iter().map(|names| header(names, 4096, 128)).collect();
        assert_eq!(headers.len(), all.len(), "{headers:?}");
        for header in headers {
            let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b',';
            assert!(header.bytes().all(is_plain), "{header}");
        }
    }
}

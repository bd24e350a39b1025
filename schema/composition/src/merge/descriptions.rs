//! One description for an element from those the subgraphs give it.

use std::fmt::Display;

use indexmap::IndexMap;

use super::Merger;
use crate::merged::Site;

impl Merger<'_> {
    /// The description most subgraphs give; of equally many, the first.
    pub(super) fn merge_description<'d>(
        &mut self,
        coordinate: impl Display,
        descriptions: impl Iterator<Item = (Site, Option<&'d str>)>,
    ) -> Option<String> {
        let given: Vec<(Site, &str)> = descriptions
            .filter_map(|(site, text)| Some((site, text?)))
            .filter(|(_, text)| !text.trim().is_empty())
            .collect();
        let (_, first) = *given.first()?;
        if given.iter().all(|(_, text)| *text == first) {
            return Some(first.to_owned());
        }
        let merged = most_frequent(given.iter().map(|(_, text)| *text))?;
        self.hint_descriptions(coordinate, &given, merged);
        Some(merged.to_owned())
    }
}

fn most_frequent<'d>(texts: impl Iterator<Item = &'d str>) -> Option<&'d str> {
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts
        .into_iter()
        .find(|(_, count)| *count == most)
        .map(|(text, _)| text)
}

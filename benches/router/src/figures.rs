//! Medians, ratios and tables.

/// The middle one, or the mean of the two in the middle; of nothing it is not a number.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
    match (sorted.get(low), sorted.get(high)) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => f64::NAN,
    }
}

/// How one router's figures relate to another's: the ratio of the medians, and the rounds' own ratios from least to
/// most.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Ratio {
    pub(crate) of_medians: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Ratio {
    /// Of figures of the same rounds.
    pub(crate) fn of(ours: &[f64], theirs: &[f64]) -> Self {
        let rounds = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs);
        let rounds: Vec<f64> = rounds.collect();
        Self {
            of_medians: median(ours) / median(theirs),
            least: rounds.iter().copied().fold(f64::INFINITY, f64::min),
            most: rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            of_medians,
            least,
            most,
        } = self;
        write!(f, "{of_medians:.2} ({least:.2} to {most:.2})")
    }
}

/// A table for people: the first `left` columns stand to the left, the others to the right.
pub(crate) struct Table {
    left: usize,
    rows: Vec<Row>,
}

enum Row {
    Cells(Vec<String>),
    /// A line over the whole width.
    Text(String),
}

impl Table {
    pub(crate) fn new<const N: usize>(left: usize, heads: [&str; N]) -> Self {
        let heads = heads.map(str::to_owned).to_vec();
        Self {
            left,
            rows: vec![Row::Cells(heads)],
        }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(Row::Cells(cells.to_vec()));
    }

    pub(crate) fn text(&mut self, text: String) {
        self.rows.push(Row::Text(text));
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            widths.resize(widths.len().max(cells.len()), 0);
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &self.rows {
            let line = match row {
                Row::Text(text) => text.clone(),
                Row::Cells(cells) => {
                    let cells = cells.iter().zip(&widths).enumerate();
                    let cells = cells.map(|(column, (cell, width))| match column < self.left {
                        true => format!("{cell:<width$}"),
                        false => format!("{cell:>width$}"),
                    });
                    cells.collect::<Vec<_>>().join("  ")
                }
            };
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        let cases: [(&[f64], f64); 3] = [
            (&[3.0], 3.0),
            (&[9.0, 1.0, 2.0], 2.0),
            (&[4.0, 1.0, 2.0, 9.0], 3.0),
        ];
        for (values, expected) in cases {
            assert_eq!(median(values), expected, "{values:?}");
        }
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_ratio_has_the_range_of_its_rounds() {
        let ratio = Ratio::of(&[1.0, 2.0, 4.0], &[4.0, 4.0, 5.0]);
        let expected = Ratio {
            of_medians: 0.5,
            least: 0.25,
            most: 0.8,
        };
        assert_eq!(ratio, expected);
        assert_eq!(ratio.to_string(), "0.50 (0.25 to 0.80)");
    }

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::new(1, ["name", "µs"]);
        table.row(["a".to_owned(), "12345".to_owned()]);
        table.text("a line that is longer than the table".to_owned());
        let expected = "name     µs\na     12345\na line that is longer than the table\n";
        assert_eq!(table.to_string(), expected);
    }
}

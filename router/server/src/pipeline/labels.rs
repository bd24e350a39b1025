//! Which labels of progressive `@override` are on for a request.
//!
//! One number is drawn for each request and held against every share, so that of two labels the one with the larger
//! share is on whenever the other is: n labels have at most n + 1 combinations, each with a plan of its own.

use std::{collections::BTreeMap, sync::Arc};

use router_planner::ActiveLabels;

use crate::config::Share;

/// Decides about labels.
pub(super) struct LabelRules {
    settings: BTreeMap<String, Share>,
    /// Draws a request's number, from 0 up to (not including) 100.
    draw: fn() -> f64,
}

impl LabelRules {
    pub(super) fn new(settings: BTreeMap<String, Share>, draw: fn() -> f64) -> Self {
        Self { settings, draw }
    }

    /// Those of the labels that are on for one request.
    pub(super) fn decide(&self, labels: &[Arc<str>]) -> ActiveLabels {
        let lot = (self.draw)();
        let is_on = |label: &&Arc<str>| self.share(label).includes(lot);
        labels.iter().filter(is_on).cloned().collect()
    }

    /// For how many requests a label is on: as configured, else as `percent(…)` says; any other label is off.
    fn share(&self, label: &str) -> Share {
        if let Some(share) = self.settings.get(label) {
            return *share;
        }
        let number = label.strip_prefix("percent(");
        let number = number.and_then(|rest| rest.strip_suffix(')'));
        let share = number.and_then(Share::percent);
        share.unwrap_or(Share::of_all(false))
    }

    /// Says which settings have no effect on a graph with these labels.
    pub(super) fn report_unknown(&self, labels: &[Arc<str>]) {
        for label in self.unknown(labels) {
            tracing::warn!(
                override.label = label,
                "the configuration's `override_labels` names a label that no @override of the graph has"
            );
        }
    }

    fn unknown<'s>(&'s self, labels: &[Arc<str>]) -> Vec<&'s str> {
        let names = self.settings.keys().map(String::as_str);
        names
            .filter(|name| labels.iter().all(|label| &**label != *name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(settings: &[(&str, &str)], draw: fn() -> f64, labels: &[&str]) -> Vec<String> {
        let settings = settings.iter().map(|(label, share)| {
            let share = serde_json::from_str(share).unwrap();
            ((*label).to_owned(), share)
        });
        let rules = LabelRules::new(settings.collect(), draw);
        let labels: Vec<Arc<str>> = labels.iter().map(|&label| Arc::from(label)).collect();
        let active = rules.decide(&labels);
        let on = labels.iter().filter(|label| active.contains(label));
        on.map(ToString::to_string).collect()
    }

    #[test]
    fn percentages_are_of_requests() {
        let labels = ["percent(0)", "percent(12.5)", "percent(100)"];
        assert_eq!(on(&[], || 0.0, &labels), ["percent(12.5)", "percent(100)"]);
        assert_eq!(on(&[], || 12.4, &labels), ["percent(12.5)", "percent(100)"]);
        assert_eq!(on(&[], || 12.5, &labels), ["percent(100)"]);
        assert_eq!(on(&[], || 99.999, &labels), ["percent(100)"]);
    }

    #[test]
    fn labels_of_ones_own_are_on_as_configured() {
        let settings = [("a", "true"), ("b", "false"), ("c", "\"25%\"")];
        assert_eq!(on(&settings, || 24.0, &["a", "b", "c", "d"]), ["a", "c"]);
        assert_eq!(on(&settings, || 25.0, &["a", "b", "c", "d"]), ["a"]);
    }

    #[test]
    fn the_configuration_comes_before_the_labels_own_percentage() {
        let settings = [("percent(90)", "false"), ("percent(1)", "true")];
        assert_eq!(
            on(&settings, || 50.0, &["percent(1)", "percent(90)"]),
            ["percent(1)"]
        );
    }

    #[test]
    fn what_is_no_percentage_is_off() {
        let labels = [
            "percent()",
            "percent(x)",
            "percent(101)",
            "percent(-1)",
            "percent(inf)",
            "percent(nan)",
            "percent(1e1)",
            "percent(50",
            "Percent(100)",
            "",
        ];
        assert!(on(&[], || 0.0, &labels).is_empty());
    }

    #[test]
    fn settings_of_labels_that_the_graph_has_not_are_found() {
        let settings = [
            ("mine".to_owned(), Share::of_all(true)),
            ("x".to_owned(), Share::of_all(true)),
        ];
        let rules = LabelRules::new(settings.into(), || 0.0);
        assert_eq!(rules.unknown(&["mine".into(), "other".into()]), ["x"]);
    }
}

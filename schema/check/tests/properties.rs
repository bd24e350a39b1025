//! What holds for the comparison of any two schemas.

use proptest::prelude::*;
use schema_check::{Change, compare, read};

/// A schema from a pool of small parts, so that two of them have much in common.
fn schema() -> impl Strategy<Value = String> {
    let description = prop_oneof![Just(""), Just("\"one\" "), Just("\"two\" ")];
    let deprecated = prop_oneof![
        Just(""),
        Just(" @deprecated"),
        Just(" @deprecated(reason: \"old\")")
    ];
    let output = prop_oneof![
        Just("Int"),
        Just("Int!"),
        Just("[Int]"),
        Just("[Int!]!"),
        Just("A"),
        Just("U"),
        Just("E")
    ];
    let input = prop_oneof![
        Just("Int"),
        Just("Int = 1"),
        Just("Int = 2"),
        Just("Int!"),
        Just("Int! = 1"),
        Just("[Int] = [1]"),
        Just("E"),
        Just("I")
    ];
    let field = (
        description.clone(),
        prop::collection::btree_map("[ab]", input.clone(), 0..3),
        output,
        deprecated.clone(),
    )
        .prop_map(|(description, arguments, ty, deprecated)| {
            let arguments: Vec<String> = arguments
                .iter()
                .map(|(name, ty)| format!("{name}: {ty}"))
                .collect();
            let arguments = match arguments.is_empty() {
                true => String::new(),
                false => format!("({})", arguments.join(", ")),
            };
            (description, format!("{arguments}: {ty}{deprecated}\n"))
        });
    let fields = |names: &'static str| {
        prop::collection::btree_map(names, field.clone(), 1..3).prop_map(|fields| {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, (description, rest))| format!("  {description}{name}{rest}"))
                .collect();
            fields.concat()
        })
    };
    let body = (
        fields("[xyz]"),
        fields("[xyz]"),
        prop::collection::btree_set("[A-D]", 1..4),
        prop::collection::btree_map("[fg]", input.prop_filter("no cycle", |ty| *ty != "I"), 1..3),
        deprecated,
        description,
    );
    let switches = prop::collection::vec(any::<bool>(), 8);
    (body, switches).prop_map(
        |((query, a, values, inputs, deprecated, description), on)| {
            let values: Vec<String> = values.iter().map(|v| format!("{v}{deprecated}")).collect();
            let inputs: Vec<String> = inputs
                .iter()
                .map(|(name, ty)| format!("{name}: {ty}"))
                .collect();
            let pick = |index: usize, yes: &'static str, no: &'static str| {
                if on[index] { yes } else { no }
            };
            [
                format!("type Query {{\n{query}}}\n"),
                format!(
                    "{description}type A{} {{\n{a}  n: Int\n}}\n",
                    pick(0, " implements N", "")
                ),
                format!("union U = A{}\n", pick(1, " | B", "")),
                "type B { n: Int }\ninterface N { n: Int }\n".to_owned(),
                format!("enum E {{ {} }}\n", values.join("\n")),
                format!("input I {{ {} }}\n", inputs.join("\n")),
                pick(
                    2,
                    "scalar S @specifiedBy(url: \"http://s\")\n",
                    "enum S { ONE }\n",
                )
                .to_owned(),
                pick(3, "type Mutation { m: Int }\n", "").to_owned(),
                pick(
                    4,
                    "directive @d(a: Int) repeatable on FIELD | QUERY\n",
                    "directive @d on FIELD\n",
                )
                .to_owned(),
                pick(5, "directive @e on FIELD\n", "").to_owned(),
                pick(6, "input O @oneOf { a: Int }\n", "input O { a: Int }\n").to_owned(),
                pick(7, "type Extra { a: Int }\n", "").to_owned(),
            ]
            .concat()
        },
    )
}

/// A change as it looks from the other side.
fn mirrored(change: &Change) -> (String, String) {
    let kind = change.kind.as_str();
    let kind = match (kind.strip_suffix("ADDED"), kind.strip_suffix("REMOVED")) {
        (Some(stem), _) => format!("{stem}REMOVED"),
        (_, Some(stem)) => format!("{stem}ADDED"),
        _ => kind.to_owned(),
    };
    (kind, change.coordinate.clone())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_schema_is_no_change_of_itself(sdl in schema()) {
        let schema = read(&sdl, "schema").unwrap();
        prop_assert_eq!(compare(&schema, &schema), []);
        let printed = read(&schema.to_string(), "printed").unwrap();
        prop_assert_eq!(compare(&schema, &printed), []);
    }

    #[test]
    fn what_is_added_one_way_is_removed_the_other(old in schema(), new in schema()) {
        let (old, new) = (read(&old, "old").unwrap(), read(&new, "new").unwrap());
        let mut there: Vec<_> = compare(&old, &new).iter().map(mirrored).collect();
        let back = compare(&new, &old);
        let mut back: Vec<_> = back
            .iter()
            .map(|change| (change.kind.as_str().to_owned(), change.coordinate.clone()))
            .collect();
        there.sort();
        back.sort();
        prop_assert_eq!(there, back);
    }
}

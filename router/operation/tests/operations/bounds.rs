//! Documents made to hurt: refused by what they would cost, before it is spent.

use router_operation::{LimitKind, Limits, OperationError, Problem};

use super::fixture::{parse, supergraph};

fn refused(source: &str, kind: LimitKind) -> OperationError {
    let errors = parse(source).expect_err("too large");
    assert_eq!(errors[0].problem, Problem::Limit(kind), "{errors:?}");
    errors[0].clone()
}

/// `friend` stands on the interface and on both of its types, with something else below each, at every level.
fn overlapping(levels: usize) -> String {
    let mut text = String::from("name");
    for level in 0..levels {
        text = format!(
            "... on Dog {{ friend {{ d{level}: name }} }} ... on Cat {{ friend {{ c{level}: name }} }} friend {{ {text} }}"
        );
    }
    format!("{{ pet {{ {text} }} }}")
}

#[test]
fn fields_that_overlap_in_exponentially_many_ways_are_refused() {
    parse(&overlapping(6)).expect("a few levels are honest");
    let error = refused(&overlapping(40), LimitKind::Fields);
    assert!(error.message.contains("overlap"), "{error}");
}

#[test]
fn many_operations_over_one_large_fragment_are_refused() {
    let large = format!("fragment F on Query {{ {} }}", "int ".repeat(1000));
    let document = |operations: usize| {
        let operations = (0..operations).map(|n| format!("query Q{n} {{ ...F }} "));
        format!("{}{large}", operations.collect::<String>())
    };
    let generous = Limits {
        root_fields: 2000,
        ..Limits::default()
    };
    let parse = |source: &str| router_operation::Document::parse(supergraph(), source, &generous);
    parse(&document(20)).expect("a few operations are honest");
    let errors = parse(&document(500)).expect_err("too much");
    assert_eq!(errors[0].problem, Problem::Limit(LimitKind::Fields));
}

#[test]
fn an_introspection_is_answered_within_a_multiple_of_the_schema() {
    let answer = |source: &str| {
        let document = parse(source).expect(source);
        let request = document.request(supergraph(), None).expect(source);
        let variables = request
            .coerce_json_variables(supergraph(), "{}")
            .expect("none");
        request.introspect(supergraph(), &variables)
    };
    let part =
        "types { name description fields { name args { name type { name } } type { name kind } } }";
    answer(&format!("{{ __schema {{ {part} }} }}")).expect("an honest question");
    let aliases: String = (0..100).map(|n| format!("a{n}: {part} ")).collect();
    let error = answer(&format!("{{ __schema {{ {aliases} }} }}")).expect_err("too large");
    assert_eq!(error.problem, Problem::Limit(LimitKind::Introspection));
}

#[test]
fn a_document_without_end_of_mistakes_is_refused_with_the_first() {
    let fields: String = (0..4000).map(|n| format!("x{n} ")).collect();
    let errors = router_operation::Document::parse(
        supergraph(),
        &format!("{{ {fields} }}"),
        &Limits {
            root_fields: 5000,
            ..Limits::default()
        },
    );
    assert_eq!(errors.expect_err("unknown fields").len(), 100);
}

#[test]
fn values_and_types_nested_without_end_are_refused() {
    for source in [
        format!("{{ json(a: {}{}) }}", "[".repeat(3000), "]".repeat(3000)),
        format!("{{ json(a: {}1{}) }}", "{a:".repeat(3000), "}".repeat(3000)),
        format!(
            "query($a: {}Int{}) {{ int }}",
            "[".repeat(3000),
            "]".repeat(3000)
        ),
        format!("{{ {} int {} }}", "... {".repeat(3000), "}".repeat(3000)),
    ] {
        refused(&source, LimitKind::Depth);
    }
}

//! Random answers, most of them nearly right, against a model that reads them with `serde_json` and applies the
//! specification's rules for result coercion and null propagation to the tree.

use std::cell::Cell;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::fixture::{Case, GRAPH, JOIN, scripts};

const OPERATION: &str = "{ users { id nick age rating admin role meta tags grid name \
    best { age friends { name tags } } squares { nick id } } }";

/// A type as the model sees it.
enum Ty {
    Int,
    Float,
    Text,
    Boolean,
    Id,
    Role,
    Json,
    List(Box<Ty>),
    NonNull(Box<Ty>),
    Object(Vec<(&'static str, Ty)>),
}

fn list(ty: Ty) -> Ty {
    Ty::List(Box::new(ty))
}

fn required(ty: Ty) -> Ty {
    Ty::NonNull(Box::new(ty))
}

fn root() -> Ty {
    let name = || required(Ty::Text);
    let friend = Ty::Object(vec![("name", name()), ("tags", list(required(Ty::Text)))]);
    let best = vec![("age", Ty::Int), ("friends", list(required(friend)))];
    let square = vec![("nick", Ty::Text), ("id", required(Ty::Id))];
    let user = vec![
        ("id", required(Ty::Id)),
        ("nick", Ty::Text),
        ("age", Ty::Int),
        ("rating", Ty::Float),
        ("admin", Ty::Boolean),
        ("role", Ty::Role),
        ("meta", Ty::Json),
        ("tags", list(required(Ty::Text))),
        ("grid", list(list(Ty::Int))),
        ("name", name()),
        ("best", Ty::Object(best)),
        ("squares", list(list(Ty::Object(square)))),
    ];
    Ty::Object(vec![("users", list(Ty::Object(user)))])
}

/// A null that must not be.
struct Lost;

/// The value as clients get it; `has_errors` is set where one has to be told.
fn coerce(ty: &Ty, value: &Value, has_errors: &Cell<bool>) -> Result<Value, Lost> {
    if let Ty::NonNull(inner) = ty {
        return match coerce(inner, value, has_errors)? {
            Value::Null => {
                has_errors.set(true);
                Err(Lost)
            }
            value => Ok(value),
        };
    }
    let fits = match (ty, value) {
        (_, Value::Null) => return Ok(Value::Null),
        (Ty::List(item), Value::Array(items)) => {
            let items = items.iter().map(|value| coerce(item, value, has_errors));
            return Ok(items
                .collect::<Result<Vec<_>, _>>()
                .map_or(Value::Null, Value::from));
        }
        (Ty::Object(fields), Value::Object(object)) => {
            let fields = fields.iter().map(|(key, ty)| {
                let value = object.get(*key).unwrap_or_else(|| {
                    has_errors.set(true);
                    &Value::Null
                });
                Ok(((*key).to_owned(), coerce(ty, value, has_errors)?))
            });
            let fields = fields.collect::<Result<Map<_, _>, Lost>>();
            return Ok(fields.map_or(Value::Null, Value::from));
        }
        (Ty::Int, Value::Number(n)) => n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        (Ty::Id, Value::Number(n)) => n.is_i64() || n.is_u64(),
        (Ty::Float, Value::Number(_)) | (Ty::Boolean, Value::Bool(_)) | (Ty::Json, _) => true,
        (Ty::Text | Ty::Id, Value::String(_)) => true,
        (Ty::Role, Value::String(text)) => text == "USER" || text == "ADMIN",
        _ => false,
    };
    if fits {
        return Ok(value.clone());
    }
    has_errors.set(true);
    Ok(Value::Null)
}

/// JSON text, with choices of spelling that a tree does not have.
fn any_json() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i32>().prop_map(|n| if n == 0 {
            "0".to_owned()
        } else {
            n.to_string()
        }),
        (1_i64..i64::MAX).prop_map(|n| n.to_string()),
        "[1-9]\\.[0-9]{1,3}(e[+-]?[0-9])?",
        text(),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| joined("[", &items, "]")),
            prop::collection::vec((key(), inner), 0..4).prop_map(|members| object(&members)),
        ]
    })
    .boxed()
}

fn text() -> BoxedStrategy<String> {
    prop_oneof![
        Just(r#""USER""#.to_owned()),
        Just(r#""\u0041DMIN""#.to_owned()),
        "[a-z\\PC]{0,12}".prop_map(|text| Value::from(text).to_string()),
        "(\\\\[nrt\"/bf\\\\]|\\\\u00e[0-9a-f]|\\\\ud83d\\\\ude0[0-9]|[a-z]){0,6}"
            .prop_map(|raw| format!("\"{raw}\"")),
    ]
    .boxed()
}

fn key() -> BoxedStrategy<String> {
    prop_oneof![
        "[a-z]{1,4}".prop_map(|key| format!("\"{key}\"")),
        Just(r#""__typename""#.to_owned()),
        Just(r#""n\u0069ck""#.to_owned()),
    ]
    .boxed()
}

fn joined(open: &str, parts: &[String], close: &str) -> String {
    format!("{open}{}{close}", parts.join(","))
}

fn object(members: &[(String, String)]) -> String {
    let members = members.iter().map(|(key, value)| format!("{key}:{value}"));
    joined("{", &members.collect::<Vec<_>>(), "}")
}

/// Text for a type: mostly fitting, keys in any order, some missing, some twice, some unknown, white space.
fn nearly(ty: &Ty) -> BoxedStrategy<String> {
    let fitting = match ty {
        Ty::Int => any::<i32>().prop_map(|n| n.to_string()).boxed(),
        Ty::Float => "-?[1-9]\\.[0-9]{1,5}".boxed(),
        Ty::Text | Ty::Id => text(),
        Ty::Boolean => any::<bool>().prop_map(|b| b.to_string()).boxed(),
        Ty::Role => prop_oneof![Just(r#""USER""#), Just(r#""ROOT""#)]
            .prop_map(str::to_owned)
            .boxed(),
        Ty::Json => any_json(),
        Ty::NonNull(inner) => nearly(inner),
        Ty::List(item) => {
            let space = prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\r\n\t")];
            (prop::collection::vec(nearly(item), 0..4), space)
                .prop_map(|(items, space)| format!("[{space}{}{space}]", items.join(",")))
                .boxed()
        }
        Ty::Object(fields) => {
            let members: Vec<_> = fields
                .iter()
                .map(|(key, ty)| (Just(format!("\"{key}\"")), nearly(ty), 0..20_u8))
                .collect();
            let extra = prop::collection::vec((key(), any_json()), 0..2);
            (
                members,
                extra,
                any::<bool>(),
                prop_oneof![4 => Just(""), 1 => Just("\n ")],
            )
                .prop_map(|(members, extra, is_reversed, space)| {
                    let mut kept: Vec<(String, String)> = extra;
                    for (key, value, luck) in members {
                        match luck {
                            0 => {}
                            1 => {
                                kept.insert(0, (key.clone(), "[7]".to_owned()));
                                kept.push((key, value));
                            }
                            _ => kept
                                .push((format!("{space}{key}{space}"), format!("{space}{value}"))),
                        }
                    }
                    if is_reversed {
                        kept.reverse();
                    }
                    object(&kept)
                })
                .boxed()
        }
    };
    prop_oneof![
        30 => fitting,
        1 => Just("null".to_owned()),
        1 => any_json(),
    ]
    .boxed()
}

thread_local! {
    static CASE: Case = Case::new(&format!("{JOIN}{GRAPH}"), OPERATION, json!({}));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_read_as_the_specification_says(data in nearly(&root())) {
        let answer = format!(r#"{{"data":{data}}}"#);
        let tree: Value = serde_json::from_str(&answer).expect("the generator makes JSON");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let body = CASE.with(|case| runtime.block_on(scripts().answer("users", answer.clone()).run_case(case)));
        let body: Value = serde_json::from_str(&body).expect("the router writes JSON");
        let has_errors = Cell::new(false);
        let expected = match &tree["data"] {
            // No data at all, and nothing that says why.
            Value::Null => { has_errors.set(true); json!({"users": null}) }
            Value::Object(_) => match coerce(&root(), &tree["data"], &has_errors) {
                Ok(value) => value,
                Err(Lost) => Value::Null,
            },
            _ => { has_errors.set(true); json!({"users": null}) }
        };
        prop_assert_eq!(&body["data"], &expected, "{}", &answer);
        prop_assert_eq!(body.get("errors").is_some(), has_errors.get(), "{}", &answer);
    }
}

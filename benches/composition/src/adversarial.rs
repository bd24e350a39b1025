//! Inputs on which a composer that searches carelessly does not come to an end.

use std::fmt::Write;

use schema_composition::SubgraphInput;

use crate::random::Random;
use crate::subgraph;

/// Text of that many parts.
fn parts(count: usize, mut part: impl FnMut(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut out, index| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "{}", part(index));
        out
    })
}

/// From any subgraph to any other there are many ways, by each of five keys, for every entity.
pub(crate) fn many_keys() -> Vec<SubgraphInput> {
    const ENTITIES: usize = 20;
    const KEYS: usize = 12;
    const KEYS_HERE: usize = 5;
    let mut random = Random::new(7);
    let subgraphs = 0..30;
    subgraphs
        .map(|index| {
            let entities = parts(ENTITIES, |entity| {
                // The first key joins all subgraphs; the others are scattered.
                let mut keys = vec![0];
                while keys.len() < KEYS_HERE {
                    let key = random.within(1..KEYS);
                    if !keys.contains(&key) {
                        keys.push(key);
                    }
                }
                let applied = keys.iter().map(|key| format!(" @key(fields: \"k{key}\")"));
                let fields = keys.iter().map(|key| format!(" k{key}: ID!"));
                let next = random.within(0..ENTITIES);
                format!(
                    "type E{entity}{} {{{} own{index}: Int to{index}: E{next} }}",
                    applied.collect::<String>(),
                    fields.collect::<String>(),
                )
            });
            let query = format!("type Query {{ q{index}: E{} }}\n", index % ENTITIES);
            subgraph(format!("s{index}"), &(query + &entities))
        })
        .collect()
}

pub(crate) fn key_chain() -> Vec<SubgraphInput> {
    let link = |index: usize| {
        let query = if index == 0 {
            "type Query { e: E }\n"
        } else {
            ""
        };
        let entity = format!(
            "type E @key(fields: \"k{index}\") @key(fields: \"k{next}\") {{ k{index}: ID! k{next}: ID! own{index}: Int e{index}: E }}",
            next = index + 1,
        );
        subgraph(format!("s{index}"), &format!("{query}{entity}"))
    };
    (0..200).map(link).collect()
}

pub(crate) fn cyclic_types() -> Vec<SubgraphInput> {
    const TYPES: usize = 400;
    let types = parts(TYPES, |ty| {
        let fields = parts(10, |field| {
            format!("f{field}: T{}", (ty * 7 + field * 31 + 1) % TYPES)
        });
        format!("type T{ty} @shareable {{ a: Int {fields} }}")
    });
    (0..10)
        .map(|index| {
            let query = format!("type Query {{ q{index}: T0 }}\n");
            subgraph(format!("s{index}"), &(query + &types))
        })
        .collect()
}

pub(crate) fn labels() -> Vec<SubgraphInput> {
    const TYPES: usize = 24;
    let moved = |label: usize| format!(" @override(from: \"old\", label: \"percent({label})\")");
    let types = |mark: &dyn Fn(usize) -> String| {
        parts(TYPES, |ty| {
            format!(
                "type T{ty} @key(fields: \"id\") {{ id: ID! next: T{}{} leaf: Int{} }}",
                (ty + 1) % TYPES,
                mark(2 * ty),
                mark(2 * ty + 1),
            )
        })
    };
    let old = types(&|_| String::new());
    vec![
        subgraph("old".to_owned(), &format!("type Query {{ t: T0 }}\n{old}")),
        subgraph("new".to_owned(), &types(&moved)),
    ]
}

pub(crate) fn implementations() -> Vec<SubgraphInput> {
    const INTERFACES: usize = 30;
    let interfaces = parts(INTERFACES, |one| {
        format!("interface I{one} {{ id: ID! i{one}: Int }}")
    });
    let named: Vec<String> = (0..INTERFACES).map(|one| format!("I{one}")).collect();
    let fields = parts(INTERFACES, |one| format!("i{one}: Int"));
    let objects = parts(1000, |object| {
        format!(
            "type O{object} implements {} @key(fields: \"id\") @shareable {{ id: ID! {fields} to: I{} }}",
            named.join(" & "),
            object % INTERFACES,
        )
    });
    (0..10)
        .map(|index| {
            let query = format!("type Query {{ q{index}: I{index} }}\n");
            subgraph(
                format!("s{index}"),
                &format!("{query}{interfaces}{objects}"),
            )
        })
        .collect()
}

pub(crate) fn interface_objects() -> Vec<SubgraphInput> {
    let objects = parts(1000, |object| {
        format!("type O{object} implements I @key(fields: \"id\") {{ id: ID! own{object}: I }}")
    });
    let fields = parts(300, |field| format!("f{field}: I"));
    vec![
        subgraph(
            "objects".to_owned(),
            &format!(
                "type Query {{ i: I }} interface I @key(fields: \"id\") {{ id: ID! }}\n{objects}"
            ),
        ),
        subgraph(
            "fields".to_owned(),
            &format!("type I @interfaceObject @key(fields: \"id\") {{ id: ID! {fields} }}"),
        ),
    ]
}

pub(crate) fn requirements() -> Vec<SubgraphInput> {
    const FIELDS: usize = 300;
    // Even fields are resolved in one subgraph, odd ones in the other.
    let fields = |own: usize| {
        parts(FIELDS, |field| {
            if field % 2 != own {
                format!("f{field}: Int @external")
            } else if field == 0 {
                "f0: Int".to_owned()
            } else {
                format!("f{field}: Int @requires(fields: \"f{}\")", field - 1)
            }
        })
    };
    let sdl = |own, query: &str| {
        format!(
            "{query}type E @key(fields: \"id\") {{ id: ID! {} }}",
            fields(own)
        )
    };
    // What nothing requires would be an unused external.
    let last = format!("f{}: Int @external", FIELDS - 1);
    vec![
        subgraph(
            "even".to_owned(),
            &sdl(0, "type Query { e: E }\n").replace(&last, ""),
        ),
        subgraph("odd".to_owned(), &sdl(1, "")),
    ]
}

pub(crate) fn one_large() -> Vec<SubgraphInput> {
    const TYPES: usize = 60_000;
    let ty = |index: usize| {
        format!(
            "\"Number {index} of {TYPES} types, of which each refers to another one of them, and none of which has anything to say.\"\ntype Type{index} @key(fields: \"id\") {{\n  id: ID!\n  name(first: Int = 10): [String!]!\n  other: Type{}\n  total: Float @tag(name: \"some\")\n}}",
            index * 31 % TYPES,
        )
    };
    let types = parts(TYPES, ty);
    let query = "type Query { first: Type0 }\n";
    vec![subgraph("large".to_owned(), &format!("{query}{types}"))]
}

pub(crate) fn shared_types() -> Vec<SubgraphInput> {
    let types = parts(10_000, |ty| {
        format!("type T{ty} @shareable {{ a: Int b: String }}")
    });
    (0..100)
        .map(|index| {
            let query = format!("type Query {{ q{index}: T{index} }}\n");
            subgraph(format!("s{index}"), &(query + &types))
        })
        .collect()
}

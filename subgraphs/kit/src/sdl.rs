//! The SDL a subgraph publishes.
//!
//! async-graphql links federation v2.5 with a fixed import list and may define directives that
//! federation defines. [`publish`] links v2.9 with exactly what the schema uses.

use std::collections::BTreeSet;

use async_graphql::{ObjectType, SDLExportOptions, Schema, SubscriptionType};

/// The federation specification the subgraphs are written in.
const FEDERATION: &str = "https://specs.apollo.dev/federation/v2.9";

/// Directives that come from the federation specification.
const IMPORTS: [&str; 18] = [
    "authenticated",
    "composeDirective",
    "context",
    "cost",
    "extends",
    "external",
    "fromContext",
    "inaccessible",
    "interfaceObject",
    "key",
    "listSize",
    "override",
    "policy",
    "provides",
    "requires",
    "requiresScopes",
    "shareable",
    "tag",
];

/// Directives every GraphQL service has; defining them says nothing.
const BUILT_IN: [&str; 5] = ["deprecated", "include", "oneOf", "skip", "specifiedBy"];

/// What async-graphql says about its `DateTime` scalar, and what we say instead.
const DATE_TIME: [&str; 2] = [
    "Implement the DateTime<Utc> scalar\n\nThe input/output is a string in RFC3339 format.",
    "A time in UTC, written as RFC 3339 says: `2026-01-31T12:00:00+00:00`.",
];

/// The SDL as async-graphql writes it, which is also what its `_service` field answers.
pub(crate) fn raw<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    schema.sdl_with_options(SDLExportOptions::new().federation().compose_directive())
}

/// The SDL of `schema`, linked to federation v2.9 with exactly the directives it uses. The same
/// schema always gives the same text.
pub fn publish<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    link(&raw(schema))
}

/// Replaces the link of `raw` and drops definitions of known directives, descriptions included.
fn link(raw: &str) -> String {
    let mut body = String::with_capacity(raw.len());
    // Where the description of what comes next begins, if there is one.
    let mut description = None;
    let mut lines = raw.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("extend schema @link(") {
            for skipped in lines.by_ref() {
                if skipped.trim() == ")" {
                    break;
                }
            }
        } else if defines_known_directive(line) {
            body.truncate(description.unwrap_or(body.len()));
        } else if line == "\"\"\"" {
            description = Some(body.len());
            push_line(&mut body, line);
            for text in lines.by_ref() {
                push_line(&mut body, text);
                if text == "\"\"\"" {
                    break;
                }
            }
            continue;
        } else {
            push_line(&mut body, line);
        }
        description = None;
    }
    let imports: Vec<_> = used_directives(&body)
        .into_iter()
        .filter(|name| IMPORTS.contains(&name.as_str()))
        .map(|name| format!("\"@{name}\""))
        .collect();
    format!(
        "extend schema\n  @link(url: \"{FEDERATION}\", import: [{}])\n\n{}\n",
        imports.join(", "),
        body.replace('\t', "  ")
            .replace(DATE_TIME[0], DATE_TIME[1])
            .trim()
    )
}

fn push_line(body: &mut String, line: &str) {
    body.push_str(line.trim_end());
    body.push('\n');
}

fn defines_known_directive(line: &str) -> bool {
    line.strip_prefix("directive @").is_some_and(|rest| {
        let name = name_at(rest);
        IMPORTS.contains(&name) || BUILT_IN.contains(&name)
    })
}

/// The directives applied in `sdl`, texts and comments left out.
fn used_directives(sdl: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let mut rest = sdl;
    while let Some(at) = rest.find(['"', '#', '@']) {
        let (found, after) = rest[at..].split_at(1);
        rest = match found {
            "#" => after.split_once('\n').map_or("", |(_, next)| next),
            "@" => {
                used.insert(name_at(after).to_owned());
                after
            }
            _ => skip_string(after),
        };
    }
    used
}

/// What follows the string whose opening quote has been read.
fn skip_string(after_quote: &str) -> &str {
    if let Some(block) = after_quote.strip_prefix("\"\"") {
        return block.split_once("\"\"\"").map_or("", |(_, rest)| rest);
    }
    let mut escaped = false;
    for (at, character) in after_quote.char_indices() {
        match character {
            '"' if !escaped => return &after_quote[at + 1..],
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    ""
}

fn name_at(text: &str) -> &str {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_directives_in_use_are_imported() {
        let raw = concat!(
            "\"\"\"\nSay @tag \"quietly\"\n\"\"\"\n",
            "type User @key(fields: \"id @external\") {\n\tid: ID! # @override\n",
            "\t\"says \\\" @inaccessible\"\n\tname: String @shareable @deprecated\n}\n\n",
            "\"\"\"\nSkips what it is on.\n\"\"\"\ndirective @skip(if: Boolean!) on FIELD\n",
            "directive @shareable on OBJECT\n",
            "extend schema @link(\n\turl: \"https://specs.apollo.dev/federation/v2.5\",\n",
            "\timport: [\"@key\", \"@tag\"]\n)\n"
        );
        let sdl = link(raw);
        assert!(
            sdl.starts_with(
                "extend schema\n  @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@shareable\"])\n"
            ),
            "{sdl}"
        );
        assert!(
            !sdl.contains("v2.5") && !sdl.contains("directive @"),
            "{sdl}"
        );
        assert!(sdl.ends_with("}\n") && sdl.contains("quietly"), "{sdl}");
    }
}

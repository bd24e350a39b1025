//! A graph as a company with many teams has it: every subgraph owns an entity, adds fields to some
//! of the others', and repeats the value types, interfaces and enums that all agreed upon.

use std::collections::BTreeSet;
use std::fmt::Write;

use schema_composition::SubgraphInput;

use crate::random::Random;
use crate::subgraph;

/// What an entity may be called; numbers tell further ones apart.
const NOUNS: [&str; 20] = [
    "Account",
    "Address",
    "Booking",
    "Campaign",
    "Cart",
    "Contract",
    "Customer",
    "Delivery",
    "Employee",
    "Invoice",
    "Location",
    "Message",
    "Order",
    "Payment",
    "Product",
    "Review",
    "Shipment",
    "Supplier",
    "Ticket",
    "Warehouse",
];

const WORDS: [&str; 24] = [
    "status",
    "title",
    "total",
    "rating",
    "weight",
    "owner",
    "label",
    "region",
    "priority",
    "score",
    "limit",
    "version",
    "category",
    "channel",
    "budget",
    "summary",
    "notes",
    "margin",
    "quantity",
    "discount",
    "language",
    "source",
    "progress",
    "reference",
];

/// Types of fields that need nothing from elsewhere.
const LEAVES: [&str; 8] = [
    "String",
    "Int",
    "Float",
    "Boolean!",
    "ID",
    "[String!]!",
    "DateTime",
    "Audit",
];

/// Types that any subgraph may repeat, and what it imports with them.
const SHARED: [&str; 4] = [
    "\"An amount in a currency.\"\ntype Money @shareable {\n  \"In the smallest unit.\"\n  amount: Int!\n  currency: Currency!\n}\n\nenum Currency { EUR USD GBP JPY }\n",
    "\"Where one is in a list.\"\ntype PageInfo @shareable {\n  hasNextPage: Boolean!\n  hasPreviousPage: Boolean!\n  startCursor: String\n  endCursor: String\n}\n",
    "\"Who changed something, and when.\"\ntype Audit @shareable {\n  createdAt: DateTime!\n  createdBy: String\n  updatedAt: DateTime\n}\n\nscalar DateTime @specifiedBy(url: \"https://scalars.example/date-time\")\n",
    "\"What went wrong.\"\ninterface Failure {\n  message: String!\n  code: String\n}\n\ntype NotAllowed implements Failure @shareable {\n  message: String!\n  code: String\n}\n\ntype NotFound implements Failure @shareable {\n  message: String!\n  code: String\n  id: ID\n}\n",
];

pub(crate) fn subgraphs(count: usize) -> Vec<SubgraphInput> {
    let mut random = Random::new(190);
    (0..count)
        .map(|index| {
            let mut team = Team {
                index,
                count,
                random: &mut random,
                sdl: String::new(),
            };
            team.write();
            subgraph(service(index), &team.sdl)
        })
        .collect()
}

fn entity(index: usize) -> String {
    let noun = NOUNS[index % NOUNS.len()];
    match index / NOUNS.len() {
        0 => noun.to_owned(),
        number => format!("{noun}{number}"),
    }
}

fn service(index: usize) -> String {
    entity(index).to_lowercase()
}

/// Whether all who know an entity may also ask for it by its number.
fn has_number(index: usize) -> bool {
    index.is_multiple_of(4)
}

/// One subgraph while it is written.
struct Team<'r> {
    index: usize,
    count: usize,
    random: &'r mut Random,
    sdl: String,
}

impl Team<'_> {
    fn write(&mut self) {
        let name = entity(self.index);
        self.shared();
        self.own(&name);
        let mut others: BTreeSet<usize> = BTreeSet::new();
        for _ in 0..self.random.within(2..6) {
            others.insert(self.random.within(0..self.count));
        }
        others.remove(&self.index);
        for other in others {
            self.extend(other);
        }
        self.operations(&name);
    }

    fn push(&mut self, text: &str) {
        self.sdl.push_str(text);
        self.sdl.push('\n');
    }

    fn shared(&mut self) {
        for (position, text) in SHARED.iter().enumerate() {
            // Everyone needs the audit type and failures; the others are met often enough.
            if position >= 2 || self.random.percent(60) {
                self.push(text);
            }
        }
    }

    fn leaf(&mut self) -> &'static str {
        self.random.one_of(&LEAVES)
    }

    fn fields(&mut self, count: usize, prefix: &str) -> String {
        let mut out = String::new();
        let start = self.random.within(0..WORDS.len());
        for step in 0..count {
            let word = WORDS[(start + step) % WORDS.len()];
            let ty = self.leaf();
            let arguments = if self.random.percent(15) {
                "(first: Int = 20, after: String)"
            } else {
                ""
            };
            let applied = match self.random.within(0..30) {
                0 => " @tag(name: \"internal\")",
                1 => " @deprecated(reason: \"has moved\")",
                2 => " @inaccessible",
                _ => "",
            };
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                out,
                "  \"The {word}.\"\n  {prefix}{word}{step}{arguments}: {ty}{applied}"
            );
        }
        out
    }

    /// The entity this subgraph is there for.
    fn own(&mut self, name: &str) {
        let number = has_number(self.index);
        let second = if number {
            " @key(fields: \"number tenant { id }\")"
        } else {
            ""
        };
        let extra = if number {
            "  number: Int!\n  tenant: Tenant!\n"
        } else {
            ""
        };
        let count = self.random.within(5..12);
        let fields = self.fields(count, "");
        let state = format!("{name}State");
        self.push(&format!(
            "\"\"\"\nThe {name} as its own team knows it.\n\"\"\"\ntype {name} implements Node @key(fields: \"id\"){second} {{\n  id: ID!\n{extra}{fields}  state: {state}!\n  audit: Audit!\n}}\n\ninterface Node {{\n  id: ID!\n}}\n\nenum {state} {{\n  NEW\n  ACTIVE\n  \"No longer shown.\"\n  ARCHIVED\n}}\n"
        ));
        if number {
            self.push("type Tenant @shareable {\n  id: ID!\n}\n");
        }
    }

    /// Another team's entity with fields of this one.
    fn extend(&mut self, other: usize) {
        let name = entity(other);
        let prefix = service(self.index);
        let count = self.random.within(1..4);
        let fields = self.fields(count, &prefix);
        let own = entity(self.index);
        let resolvable = if self.random.percent(10) {
            ", resolvable: true"
        } else {
            ""
        };
        let requires = if has_number(other) && self.random.percent(50) {
            self.push(&format!(
                "extend type Query {{\n  {prefix}Latest{name}: {name} @provides(fields: \"number\")\n}}\n"
            ));
            format!(
                "  number: Int! @external\n  {prefix}Code: String @requires(fields: \"number\")\n"
            )
        } else {
            String::new()
        };
        self.push(&format!(
            "type {name} implements Node @key(fields: \"id\"{resolvable}) {{\n  id: ID!\n{requires}{fields}  {prefix}All(filter: {own}Filter): [{own}!]!\n}}\n"
        ));
    }

    fn operations(&mut self, name: &str) {
        let field = service(self.index);
        let tag = if self.random.percent(20) {
            " @tag(name: \"public\")"
        } else {
            ""
        };
        self.push(&format!(
            "input {name}Filter {{\n  ids: [ID!]\n  state: [{name}State!] = [ACTIVE]\n  and: [{name}Filter!]\n  text: String\n}}\n\ninput {name}Input {{\n  title: String!\n  notes: String = \"\"\n  amount: Int\n}}\n\nunion {name}Result = {name} | NotFound | NotAllowed\n\ntype {name}Edge {{\n  cursor: String!\n  node: {name}!\n}}\n\ntype {name}List {{\n  edges: [{name}Edge!]!\n  total: Int!\n}}\n\ntype Query {{\n  {field}(id: ID!): {name}{tag}\n  {field}List(filter: {name}Filter, first: Int = 20, after: String): {name}List!\n  {field}Node(id: ID!): Node\n}}\n\ntype Mutation {{\n  {field}Create(input: {name}Input!): {name}Result!\n  {field}Delete(id: ID!): Boolean!\n}}\n"
        ));
    }
}

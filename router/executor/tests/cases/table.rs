//! What may go wrong with a subgraph, as a table: every fault in every place of a plan, over HTTP, and the client's
//! answer to the byte.

mod bodies;
mod errors;
mod places;
mod values;
mod wires;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use router_executor::{
    ExecutionOptions, HttpClient, HttpSettings, HttpSubgraph, NoHeaders, Subgraph,
};
use serde_json::{Value, json};

use super::fixture::{Case, JOIN, error};
use super::server::{Act, Server};
use places::{GRAPH, PLACES, Place};

/// A fault of subgraph `b`, which is asked for `selection` of one object.
#[derive(Clone, Debug)]
struct Fault {
    /// What `b` is asked for.
    selection: &'static str,
    /// The members of another object that is right.
    other: &'static str,
    /// The object it answers with.
    object: String,
    /// The body: `$D` stands for the data with the object in it, `$P` for the segments of a path that lead to it.
    body: String,
    /// How the body is sent.
    wire: fn(&str) -> Act,
    /// How often `b` is asked.
    asked: usize,
    expected: Expected,
}

/// What the client sees.
#[derive(Clone, Debug)]
enum Expected {
    /// As much as if all was well.
    Right,
    /// Nothing of what `b` should have given, because of this.
    Lost(&'static str, &'static str),
    /// The same, and the error says at which of the object's fields it was.
    LostInside(&'static str, &'static str),
    /// The object's members (`None`: null in its place), and errors.
    Shown(Option<String>, Vec<Told>),
    /// The same, but the errors stand at the first place only: they may be about any null.
    First(Option<String>, Vec<Told>),
}

/// An error that the client sees.
#[derive(Clone, Debug)]
struct Told {
    /// `$T` stands for the object's type.
    message: &'static str,
    /// Below the object; `None`: it is not known where.
    path: Option<Value>,
    code: &'static str,
}

const RIGHT: &str = r#""int":7"#;

/// How many bytes an answer may have.
const LIMIT: usize = 20_000;

fn fault(expected: Expected) -> Fault {
    Fault {
        selection: "int",
        other: RIGHT,
        object: format!("{{{RIGHT}}}"),
        body: r#"{"data":$D}"#.to_owned(),
        wire: wires::plain,
        asked: 1,
        expected,
    }
}

fn told(message: &'static str, path: Value, code: &'static str) -> Told {
    Told {
        message,
        path: Some(path),
        code,
    }
}

/// Both subgraphs, and the way to them.
struct Stage {
    a: Server,
    b: Server,
    subgraphs: Vec<Arc<dyn Subgraph>>,
    /// Planned before, by operation.
    cases: HashMap<String, Case>,
}

impl Stage {
    async fn new() -> Self {
        let client = HttpClient::new().unwrap();
        let (a, b) = (Server::start().await, Server::start().await);
        let mut settings = HttpSettings::default();
        settings.response_bytes = LIMIT;
        settings.timeout = Duration::from_secs(20);
        let subgraph = |server: &Server| -> Arc<dyn Subgraph> {
            let url = format!("http://127.0.0.1:{}/internal/path", server.port);
            let headers = Arc::new(NoHeaders);
            Arc::new(HttpSubgraph::new(&url, client.clone(), headers, settings).unwrap())
        };
        let subgraphs = vec![subgraph(&a), subgraph(&b)];
        Self {
            a,
            b,
            subgraphs,
            cases: HashMap::new(),
        }
    }

    /// Runs a fault everywhere.
    async fn check(&mut self, fault: &Fault) {
        for place in PLACES {
            let operation = place.operation.replace("$S", fault.selection);
            let plan = || Case::new(&format!("{JOIN}{GRAPH}"), &operation, json!({}));
            self.cases.entry(operation.clone()).or_insert_with(plan);
            let case = &self.cases[&operation];
            let data = place.data.replace("$O", &fault.object);
            let data = data.replace("$R", &format!("{{{}}}", fault.other));
            let body = fault.body.replace("$D", &data).replace("$P", place.inner);
            self.a.will(wires::plain(place.a));
            self.b.will((fault.wire)(&body));
            let options = ExecutionOptions::default();
            let (output, ()) = tokio::join!(
                case.run(&self.subgraphs, &options),
                self.pass_time_if_stalled()
            );
            let answer = String::from_utf8(output.body.to_vec()).expect("an answer is UTF-8");
            let context = format!("{operation}\n{fault:#?}\n{answer}");
            assert_eq!(answer, expected(place, fault), "{context}");
            assert_eq!(self.b.requests().len(), fault.asked, "{context}");
            self.check_that_nothing_leaks(&answer, &context);
        }
    }

    /// A subgraph that is silent is not waited for in real time.
    async fn pass_time_if_stalled(&self) {
        if self.b.will_stall() {
            self.b.stalled.notified().await;
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(21)).await;
            tokio::time::resume();
        }
    }

    fn check_that_nothing_leaks(&self, answer: &str, context: &str) {
        let ports = [self.a.port, self.b.port].map(|port| port.to_string());
        let own = [
            "127.0.0.1",
            "localhost",
            "internal",
            "http:",
            "_entities",
            "representations",
        ];
        // What stands in bodies that are no GraphQL and in extensions.
        let theirs = ["secret", "<", "stack", "at /"];
        let ports = ports.iter().map(String::as_str);
        for text in own.into_iter().chain(theirs).chain(ports) {
            assert!(!answer.contains(text), "{text} leaks: {context}");
        }
    }
}

/// The client's answer.
fn expected(place: &Place, fault: &Fault) -> String {
    let (members, errors) = match &fault.expected {
        Expected::Right => (Some(RIGHT.to_owned()), Vec::new()),
        Expected::Lost(message, code) if place.is_lost_whole => {
            (None, vec![told(message, json!([]), code)])
        }
        Expected::LostInside(message, code) if place.is_lost_whole => {
            (None, vec![told(message, json!(["int"]), code)])
        }
        Expected::Lost(message, code) | Expected::LostInside(message, code) => {
            let error = told(message, json!(["int"]), code);
            (Some(r#""int":null"#.to_owned()), vec![error])
        }
        Expected::Shown(members, errors) | Expected::First(members, errors) => {
            (members.clone(), errors.clone())
        }
    };
    let is_lost = matches!(
        fault.expected,
        Expected::Lost(..) | Expected::LostInside(..)
    );
    let other = if is_lost {
        r#""int":null"#
    } else {
        fault.other
    };
    let data = (place.expected)(members.as_deref(), other);
    let mut shown = Vec::new();
    let places = match fault.expected {
        Expected::First(..) => &place.paths[..1],
        _ => place.paths,
    };
    for path in places.iter().chain(place.others.iter().filter(|_| is_lost)) {
        let seen = errors
            .iter()
            .filter_map(|told| Some((told, told.path.as_ref()?)));
        for (told, rest) in seen {
            let mut path: Vec<Value> = serde_json::from_str(path).unwrap();
            path.extend(rest.as_array().unwrap().iter().cloned());
            let message = told.message.replace("$T", place.ty);
            shown.push((path.clone(), error(&message, path.into(), told.code, "b")));
        }
    }
    // In the order of the answer.
    shown.sort_by_key(|(path, _)| {
        path.iter()
            .map(ToString::to_string)
            .take(place.levels)
            .collect::<Vec<_>>()
    });
    let unseen = errors.iter().filter(|told| told.path.is_none());
    let unseen = unseen.map(|told| {
        let path = serde_json::from_str(place.unseen).unwrap();
        error(told.message, path, told.code, "b")
    });
    let errors: Vec<String> = shown
        .into_iter()
        .map(|(_, error)| error)
        .chain(unseen)
        .collect();
    match errors.as_slice() {
        [] => format!(r#"{{"data":{data}}}"#),
        errors => format!(r#"{{"data":{data},"errors":[{}]}}"#, errors.join(",")),
    }
}

async fn check(faults: Vec<Fault>) {
    let mut stage = Stage::new().await;
    for fault in &faults {
        stage.check(fault).await;
    }
}

#[tokio::test]
async fn ways_to_send_an_answer() {
    check(wires::faults()).await;
}

#[tokio::test]
async fn bodies_that_are_an_answer_or_not() {
    check(bodies::faults()).await;
}

#[tokio::test]
async fn errors_of_every_form() {
    check(errors::faults()).await;
}

#[tokio::test]
async fn values_that_do_not_fit() {
    check(values::faults()).await;
}

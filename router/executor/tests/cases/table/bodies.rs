//! Bodies that are JSON or not, and a GraphQL response or not.

use super::super::server::Act;
use super::{Expected, Fault, fault, wires};

const NO_ANSWER: Expected = Expected::Lost(
    "the subgraph's answer is not a GraphQL response",
    "SUBREQUEST_MALFORMED_RESPONSE",
);

fn body(expected: Expected, body: &str) -> Fault {
    Fault {
        body: body.to_owned(),
        ..fault(expected)
    }
}

/// The body after a change to its bytes.
fn sent(expected: Expected, wire: fn(&str) -> Act) -> Fault {
    Fault {
        wire,
        ..fault(expected)
    }
}

fn bytes(body: Vec<u8>) -> Act {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let length = format!("content-length: {}\r\n\r\n", body.len());
    Act::Send([head.as_bytes(), length.as_bytes(), &body].concat())
}

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        sent(NO_ANSWER, |body| {
            bytes(body.as_bytes()[..body.len() - 1].to_vec())
        }),
        sent(NO_ANSWER, |body| {
            bytes(body.replace('7', "\u{1}").into_bytes())
        }),
        sent(NO_ANSWER, |body| {
            bytes(
                body.as_bytes()
                    .iter()
                    .map(|b| if *b == b'7' { 0xFF } else { *b })
                    .collect(),
            )
        }),
        sent(NO_ANSWER, |body| {
            bytes(body.encode_utf16().flat_map(u16::to_le_bytes).collect())
        }),
        sent(NO_ANSWER, |body| {
            bytes([b"\xEF\xBB\xBF", body.as_bytes()].concat())
        }),
        sent(NO_ANSWER, |body| wires::plain(&body.repeat(2))),
        sent(NO_ANSWER, |body| wires::plain(&format!("{body}secret"))),
        sent(NO_ANSWER, |body| wires::plain(&format!("[{body}]"))),
        sent(NO_ANSWER, |body| wires::plain(&format!("{body}\0"))),
        sent(Expected::Right, |body| {
            wires::plain(&format!("\r\n\t {body} \n"))
        }),
    ];
    faults.extend(TAKEN.iter().map(|text| body(Expected::Right, text)));
    faults.extend(REFUSED.iter().map(|text| body(NO_ANSWER, text)));
    let deep = |levels: usize, open: &str, close: &str| {
        let text = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        format!(r#"{{"deep":{text},"data":$D,"extensions":{text}}}"#)
    };
    faults.push(body(Expected::Right, &deep(100, "[", "]")));
    faults.push(body(NO_ANSWER, &deep(1000, "[", "]")));
    faults.push(body(NO_ANSWER, &deep(1000, r#"{"a":"#, "}")));
    // An object that is not asked for may hold anything.
    for object in [
        r#"{"secret":1,"int":7}"#,
        r#"{"int":7,"secret":{"int":[8,{"int":9}]}}"#,
        r#"{"int":8,"int":7}"#,
        r#"{"int":"secret","int":7}"#,
        r#"{"int":null,"i\u006et":7}"#,
        r#"{"\ud800":"\udc00","int":7}"#,
        r#"{"__typename":"Secret","int":7}"#,
        " { \"int\" :\t7\r\n} ",
    ] {
        faults.push(Fault {
            object: object.to_owned(),
            ..fault(Expected::Right)
        });
    }
    faults
}

/// With the right data, and with nothing to tell.
const TAKEN: &[&str] = &[
    r#"{"data":$D,"errors":[]}"#,
    r#"{"errors":[],"data":$D}"#,
    r#"{"data":$D,"errors":null}"#,
    r#"{"\u0064ata":$D,"err\u006Frs":[]}"#,
    r#"{"data":$D,"extensions":null}"#,
    r#"{"data":$D,"extensions":{"secret":{"stack":["at /"]}}}"#,
    r#"{"data":$D,"extensions":"secret"}"#,
    r#"{"data":$D,"extensions":[1e400,"\ud800"]}"#,
    r#"{"secret":1,"data":$D,"hasNext":false}"#,
    // Of what comes twice the last one counts.
    r#"{"data":null,"data":$D}"#,
    r#"{"data":{"item":1,"_entities":[],"both":"x"},"data":$D}"#,
    r#"{"errors":[{"message":"secret"}],"errors":[],"data":$D}"#,
];

/// Without data and without a word.
const REFUSED: &[&str] = &[
    "null",
    "7",
    r#""data""#,
    "[]",
    "{}",
    r#"{"data":null}"#,
    r#"{"data":null,"errors":[]}"#,
    r#"{"errors":[]}"#,
    r#"{"errors":null}"#,
    r#"{"data":$D,"data":null}"#,
    r#"{"data":[$D]}"#,
    r#"{"data":"secret"}"#,
    r#"{"data":false}"#,
    r#"{"message":"secret","stack":"at /"}"#,
    r#"{"data":$D,}"#,
    r#"{"data":$D "errors":[]}"#,
    r#"{"data":$D,"errors":[}"#,
    r#"{data:$D}"#,
    r#"{'data':$D}"#,
    r#"{"data":$D}/*secret*/"#,
    r#"{"data":$D,"n":0123}"#,
    r#"{"data":$D,"n":NaN}"#,
    r#"{"data":$D,"n":Infinity}"#,
    r#"{"data":$D,"n":+1}"#,
    r#"{"data":$D,"n":.5}"#,
    r#"{"data":$D,"n":undefined}"#,
    r#"{"data":$D,"s":"\x41"}"#,
    r#"{"data":$D,"s":"\u12"}"#,
    "{\"data\":$D,\"s\":\"a\nb\"}",
    "{\"data\":$D,\"s\":\"a\u{0}b\"}",
    "{\"data\":$D}\u{a0}",
];

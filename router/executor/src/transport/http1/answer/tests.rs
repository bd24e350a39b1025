//! Whatever comes in whichever pieces: nothing panics, and the pieces make no difference.

use proptest::prelude::*;

use super::Incoming;
use crate::transport::http1::connection::Failure;

const LIMIT: usize = 200;

/// What reading gives: status, body and whether the connection is kept; `Err` if it is no answer, `None` if it ends
/// too early.
type Outcome = Result<Option<(u16, Vec<u8>, bool)>, &'static str>;

/// Reads `bytes` in pieces whose lengths `steps` gives by turns.
fn read(bytes: &[u8], steps: &[usize]) -> Outcome {
    let mut incoming = Incoming::new(16, LIMIT);
    let mut rest = bytes;
    let mut steps = steps.iter().cycle();
    while !rest.is_empty() {
        incoming.make_room();
        let room = incoming.buffer.capacity() - incoming.buffer.len();
        assert!(room > 0, "there is always room for more");
        let step = steps.next().map_or(rest.len(), |step| *step);
        let (piece, more) = rest.split_at(step.clamp(1, room).min(rest.len()));
        incoming.buffer.extend_from_slice(piece);
        rest = more;
        match incoming.advance() {
            Ok(true) => {
                incoming.buffer.extend_from_slice(rest);
                let (answer, keeps) = incoming.finish();
                return Ok(Some((answer.status.as_u16(), answer.body.to_vec(), keeps)));
            }
            Ok(false) => {}
            Err(Failure::TooLarge) => return Err("too large"),
            Err(_) => return Err("malformed"),
        }
    }
    let answer = incoming.end();
    Ok(answer.map(|answer| (answer.status.as_u16(), answer.body.to_vec(), false)))
}

fn fragment() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 103 Early Hints\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n",
        "HTTP/1.1 204 No Content\r\n",
        "HTTP/1.0 200 OK\r\n",
        "content-length: 5\r\n",
        "content-length: 0\r\n",
        "content-length: 201\r\n",
        "content-length: 18446744073709551615\r\n",
        "transfer-encoding: chunked\r\n",
        "connection: close\r\n",
        "x: y\r\n",
        "\r\n",
        "\r\n\r\n",
        "\n",
        "\r",
        "5\r\nhello\r\n",
        "0\r\n",
        "c8\r\n",
        "fffffffffffffff\r\n",
        "hello",
        " ",
        ":",
        "\u{0}",
        "é",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn pieces_make_no_difference(
        starts_well in any::<bool>(),
        fragments in prop::collection::vec(fragment(), 0..12),
        steps in prop::collection::vec(1_usize..40, 1..6),
    ) {
        let mut text = fragments.concat();
        if starts_well {
            text.insert_str(0, "HTTP/1.1 200 OK\r\n");
        }
        let whole = read(text.as_bytes(), &[usize::MAX]);
        prop_assert_eq!(&read(text.as_bytes(), &[1]), &whole, "byte by byte: {:?}", text);
        prop_assert_eq!(&read(text.as_bytes(), &steps), &whole, "by {:?}: {:?}", steps, text);
        if let Ok(Some((_, body, _))) = &whole {
            prop_assert!(body.len() <= LIMIT);
        }
    }
}

#[test]
fn answers_are_read() {
    for (text, expected) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            Some((200, "hello", true)),
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello!",
            Some((200, "hello", false)),
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell", None),
        ("HTTP/1.1 500 No\r\n\r\nhello", Some((500, "hello", false))),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            Some((200, "", true)),
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Some((200, "hello", true)),
        ),
    ] {
        let expected =
            expected.map(|(status, body, keeps)| (status, body.as_bytes().to_vec(), keeps));
        assert_eq!(
            read(text.as_bytes(), &[usize::MAX]),
            Ok(expected),
            "{text:?}"
        );
    }
}

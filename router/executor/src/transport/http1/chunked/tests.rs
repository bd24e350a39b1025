use bytes::BytesMut;

use super::Chunked;

/// What a text in chunks brings, and what is left of the text; read in pieces of `step` bytes. An error is `Err`, a
/// text that does not end `None`.
fn read(text: &str, step: usize, limit: usize) -> Result<Option<(String, String)>, ()> {
    let mut chunked = Chunked::default();
    let mut input = BytesMut::new();
    let mut pieces = text.as_bytes().chunks(step);
    while let Some(piece) = pieces.next() {
        input.extend_from_slice(piece);
        if chunked.read(&mut input, limit).map_err(drop)? {
            let body = String::from_utf8(chunked.into_body().to_vec()).unwrap();
            let rest = pieces.flatten().copied();
            let rest = input.iter().copied().chain(rest).collect();
            return Ok(Some((body, String::from_utf8(rest).unwrap())));
        }
    }
    Ok(None)
}

#[test]
fn chunks_make_a_body_however_they_come() {
    let done = |body: &str, rest: &str| Ok(Some((body.to_owned(), rest.to_owned())));
    for (text, expected) in [
        ("0\r\n\r\n", done("", "")),
        ("3\r\nabc\r\n0\r\n\r\n", done("abc", "")),
        (
            "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nmore",
            done("abc0123456789", "more"),
        ),
        ("3;name=value\r\nabc\r\n0\r\n\r\n", done("abc", "")),
        ("3\r\nabc\r\n0\r\nx: y\r\nz: \r\n\r\n", done("abc", "")),
        ("3\r\nabc\r\n0\r\n", Ok(None)),
        ("3\r\nab", Ok(None)),
        ("", Ok(None)),
        ("3\r\nabcd\r\n0\r\n\r\n", Err(())),
        ("zz\r\nabc\r\n", Err(())),
        ("\r\n", Err(())),
        ("-3\r\nabc\r\n", Err(())),
        ("11\r\n01234567890123456\r\n0\r\n\r\n", Err(())),
        ("8\r\n01234567\r\n9\r\n012345678\r\n0\r\n\r\n", Err(())),
        ("ffffffffffffffffff\r\n", Err(())),
    ] {
        for step in 1..=text.len().max(1) {
            assert_eq!(read(text, step, 16), expected, "{text:?} by {step}");
        }
    }
}

#[test]
fn what_is_ignored_has_a_bound() {
    let extension = format!("3;{}", "x".repeat(100_000));
    assert_eq!(read(&extension, 1000, 16), Err(()));
    let trailer = format!("0\r\n{}", "x: y\r\n".repeat(20_000));
    assert_eq!(read(&trailer, 1000, 16), Err(()));
}

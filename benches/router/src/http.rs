//! Single requests over HTTP/1.1, for everything that is not load.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// Sends a GraphQL request to a router: the answer's body, if its status is 200.
pub(crate) fn graphql(port: u16, body: &str) -> Result<Vec<u8>> {
    let (status, answer) = send(port, "POST", "/graphql", body)?;
    let text = || String::from_utf8_lossy(&answer);
    ensure!(status == 200, "HTTP status {status}: {}", text());
    Ok(answer)
}

/// A request as it is sent.
pub(crate) fn request(port: u16, method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n\
         accept: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends a request: status and body.
pub(crate) fn send(port: u16, method: &str, path: &str, body: &str) -> Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request(port, method, path, body).as_bytes())?;
    // Not `connection: close`: a server that closes with something unread may take the end of its answer along.
    let mut answer = Vec::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        let count = stream.read(&mut piece)?;
        answer.extend_from_slice(&piece[..count]);
        if count == 0 || ends_itself(&answer) {
            return parse(&answer);
        }
    }
}

/// Whether the response is complete, without the connection having to say so.
fn ends_itself(response: &[u8]) -> bool {
    let head = response.windows(4).position(|four| four == b"\r\n\r\n");
    let head = head.map(|end| String::from_utf8_lossy(&response[..end]).to_ascii_lowercase());
    let is_framed = |head: &String| {
        let mut lines = head.lines();
        lines.any(|line| {
            line.starts_with("content-length:") || line.starts_with("transfer-encoding:")
        })
    };
    head.is_some_and(|head| is_framed(&head)) && parse(response).is_ok()
}

/// Status and body of a whole response.
fn parse(response: &[u8]) -> Result<(u16, Vec<u8>)> {
    let end = response.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.context("no HTTP response")?;
    let head = std::str::from_utf8(&response[..end])?.to_ascii_lowercase();
    let body = &response[end + 4..];
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        let mut named = lines.filter(|(key, _)| *key == name);
        named.next().map(|(_, value)| value.trim())
    };
    let body = match (header("transfer-encoding"), header("content-length")) {
        (Some("chunked"), _) => joined(body)?,
        (Some(coding), _) => bail!("transfer coding {coding}"),
        (None, Some(length)) => {
            ensure!(
                body.len() == length.parse::<usize>()?,
                "the body was cut off"
            );
            body.to_vec()
        }
        (None, None) => body.to_vec(),
    };
    Ok((status, body))
}

/// The chunks of a body as one.
fn joined(mut chunks: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|two| two == b"\r\n");
        let end = end.context("a chunk was cut off")?;
        let size = std::str::from_utf8(&chunks[..end])?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16)?;
        if size == 0 {
            return Ok(body);
        }
        let (start, rest) = (end + 2, end + 2 + size + 2);
        ensure!(chunks.len() >= rest, "a chunk was cut off");
        body.extend_from_slice(&chunks[start..start + size]);
        chunks = &chunks[rest..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_however_they_are_framed() {
        let cases = [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nhello",
        ];
        for response in cases {
            let (status, body) = parse(response.as_bytes()).unwrap();
            assert_eq!(
                (status, body.as_slice()),
                (200, &b"hello"[..]),
                "{response}"
            );
        }
    }

    #[test]
    fn what_was_cut_off_is_no_answer() {
        let cases = [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        ];
        for response in cases {
            assert!(parse(response.as_bytes()).is_err(), "{response}");
        }
    }
}

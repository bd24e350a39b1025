//! One connection of the light client: a request on its way out, or an answer on its way in.

use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Instant;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

/// Enough for a head; what comes of the body with it is copied.
const PIECE: usize = 1 << 10;
/// A longer head is none.
const LONGEST_HEAD: usize = 64 << 10;
/// More headers than that are not read.
const HEADERS: usize = 64;

/// Why a connection is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It was closed, or what came is no answer to what was asked.
    Lost,
    /// The answer does not say in its head how long it is.
    Unframed,
}

/// An answer that is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Of the body, in bytes.
    pub(super) length: usize,
}

#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    is_watched_for_sending: bool,
    /// When the request under way began to be sent.
    pub(super) since: Instant,
    /// How much of it is sent, in bytes.
    sent: usize,
    head: Vec<u8>,
    /// What the head says, once it is there, and how much of the body is due.
    answer: Option<(Answer, usize)>,
}

impl Connection {
    /// A connection that epoll reports under a number as soon as it takes something to send.
    pub(super) fn open(port: u16, epoll: &OwnedFd, number: usize) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let data = EventData::new_u64(number as u64);
        epoll::add(epoll, &stream, data, EventFlags::IN | EventFlags::OUT)?;
        Ok(Self {
            stream,
            is_watched_for_sending: true,
            since: Instant::now(),
            sent: 0,
            head: Vec::with_capacity(PIECE),
            answer: None,
        })
    }

    /// Makes ready for the next request.
    pub(super) fn begin(&mut self, now: Instant) {
        self.since = now;
        self.sent = 0;
        self.head.clear();
        self.answer = None;
    }

    /// Sends what is left of the request and takes what has come of the answer: the answer, if that was the end of it.
    pub(super) fn proceed(
        &mut self,
        request: &[u8],
        waste: &mut [u8],
    ) -> Result<Option<Answer>, Failure> {
        let is_sent = self.send(request)?;
        let answer = self.receive(waste)?;
        // An answer to half a request leaves the other half to be taken for the next.
        match answer.is_some() && !is_sent {
            true => Err(Failure::Lost),
            false => Ok(answer),
        }
    }

    /// Lets epoll report the connection under a number when something has come, or also when it takes more to send.
    pub(super) fn watch(&mut self, epoll: &OwnedFd, number: usize, sends: bool) -> io::Result<()> {
        if sends == self.is_watched_for_sending {
            return Ok(());
        }
        let flags = match sends {
            true => EventFlags::IN | EventFlags::OUT,
            false => EventFlags::IN,
        };
        let data = EventData::new_u64(number as u64);
        epoll::modify(epoll, &self.stream, data, flags)?;
        self.is_watched_for_sending = sends;
        Ok(())
    }

    /// Sends as much of the request as the socket takes now: whether that is the end of it.
    pub(super) fn send(&mut self, request: &[u8]) -> Result<bool, Failure> {
        while self.sent < request.len() {
            match send(&self.stream, &request[self.sent..], SendFlags::NOSIGNAL) {
                Ok(count) => self.sent += count,
                Err(Errno::WOULDBLOCK | Errno::INTR) => return Ok(false),
                Err(_) => return Err(Failure::Lost),
            }
        }
        Ok(true)
    }

    /// Takes what has come of the answer: the answer, if that was the end of it. Of the body nothing is copied, and
    /// nothing gets into `waste`, which only says how much can be thrown away at once.
    fn receive(&mut self, waste: &mut [u8]) -> Result<Option<Answer>, Failure> {
        loop {
            let (wanted, came) = match &mut self.answer {
                None => {
                    let mut piece = [0; PIECE];
                    let came = recv(&self.stream, &mut piece, RecvFlags::empty());
                    let Some(came) = some_bytes(came)? else {
                        return Ok(None);
                    };
                    self.head.extend_from_slice(&piece[..came]);
                    self.answer = begun(&self.head)?;
                    (PIECE, came)
                }
                Some((_, due)) => {
                    // The byte more would be of an answer that nobody asked for.
                    let wanted = due.saturating_add(1).min(waste.len());
                    let came = recv(&self.stream, &mut waste[..wanted], RecvFlags::TRUNC);
                    let Some(came) = some_bytes(came)? else {
                        return Ok(None);
                    };
                    *due = due.checked_sub(came).ok_or(Failure::Lost)?;
                    (wanted, came)
                }
            };
            if let Some((answer, 0)) = self.answer {
                return Ok(Some(answer));
            }
            // The socket is empty, so that asking again would be for nothing.
            if came < wanted {
                return Ok(None);
            }
        }
    }
}

/// How many bytes a call has received, or none yet; the end of the stream is a loss.
fn some_bytes<T>(received: Result<(T, usize), Errno>) -> Result<Option<usize>, Failure> {
    match received {
        Ok((_, 0)) => Err(Failure::Lost),
        Ok((_, count)) => Ok(Some(count)),
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
        Err(_) => Err(Failure::Lost),
    }
}

/// The answer that begins with these bytes, and how much of its body is due; none while its head is not complete.
fn begun(bytes: &[u8]) -> Result<Option<(Answer, usize)>, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let status = response.parse(bytes).map_err(|_| Failure::Lost)?;
    let httparse::Status::Complete(end) = status else {
        return match bytes.len() < LONGEST_HEAD {
            true => Ok(None),
            false => Err(Failure::Lost),
        };
    };
    let mut lengths = response.headers.iter().filter_map(|header| {
        let is_length = header.name.eq_ignore_ascii_case("content-length");
        is_length.then(|| std::str::from_utf8(header.value).ok()?.trim().parse().ok())
    });
    let length: usize = lengths.next().flatten().ok_or(Failure::Unframed)?;
    let due = length.checked_sub(bytes.len() - end);
    let answer = Answer {
        status: response.code.ok_or(Failure::Lost)?,
        length,
    };
    Ok(Some((answer, due.ok_or(Failure::Lost)?)))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use rustix::event::epoll::CreateFlags;
    use rustix::event::{PollFd, PollFlags, poll};

    use super::*;

    /// A connection, and its other end.
    fn pair() -> (Connection, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let epoll = epoll::create(CreateFlags::CLOEXEC).unwrap();
        let connection = Connection::open(port, &epoll, 0).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nodelay(true).unwrap();
        (connection, server)
    }

    fn wait(connection: &Connection, flags: PollFlags) {
        poll(&mut [PollFd::new(&connection.stream, flags)], None).unwrap();
    }

    /// What comes of these pieces, each of which arrives by itself, before the other end is closed.
    fn receive(pieces: &[&[u8]], waste: usize) -> Result<Option<Answer>, Failure> {
        let (mut connection, mut server) = pair();
        let mut waste = vec![0; waste];
        for (index, piece) in pieces.iter().enumerate() {
            server.write_all(piece).unwrap();
            wait(&connection, PollFlags::IN);
            match connection.receive(&mut waste) {
                Ok(None) => {}
                Ok(Some(answer)) if index + 1 == pieces.len() => return Ok(Some(answer)),
                Ok(Some(_)) => panic!("complete after piece {index}"),
                Err(failure) => return Err(failure),
            }
        }
        drop(server);
        wait(&connection, PollFlags::IN);
        connection.receive(&mut waste)
    }

    const HELLO: Answer = Answer {
        status: 200,
        length: 5,
    };

    #[test]
    fn an_answer_may_come_in_any_pieces() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        for at in 1..whole.len() {
            let (first, second) = whole.split_at(at);
            assert_eq!(receive(&[first, second], 1 << 10), Ok(Some(HELLO)), "{at}");
        }
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(receive(&bytes, 1 << 10), Ok(Some(HELLO)));
    }

    #[test]
    fn a_body_may_be_longer_than_what_is_thrown_away_at_once() {
        let length = 300_000;
        let head = format!("HTTP/1.1 503 No\r\nx: y\r\ncontent-length:{length}\r\n\r\n");
        let whole = [head.into_bytes(), vec![b'x'; length]].concat();
        let (mut connection, mut server) = pair();
        let mut waste = [0; 1000];
        let answer = thread::scope(|scope| {
            scope.spawn(|| server.write_all(&whole).unwrap());
            loop {
                wait(&connection, PollFlags::IN);
                if let Some(answer) = connection.receive(&mut waste).unwrap() {
                    return answer;
                }
            }
        });
        assert_eq!((answer.status, answer.length), (503, length));
        assert_eq!(waste, [0; 1000], "the body was copied");
    }

    #[test]
    fn what_is_no_single_answer_is_a_loss() {
        let mut endless = b"HTTP/1.1 200 OK\r\nx: ".to_vec();
        endless.resize(LONGEST_HEAD, b'x');
        let cases: [&[&[u8]]; 8] = [
            &[],
            &[b"HTTP/1.1 200 OK\r\n"],
            &[b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"],
            &[b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell"],
            &[b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello!"],
            &[b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", b"lo!"],
            &[b"I am not HTTP\r\n\r\n"],
            &[&endless],
        ];
        for (index, pieces) in cases.into_iter().enumerate() {
            assert_eq!(receive(pieces, 100), Err(Failure::Lost), "case {index}");
        }
    }

    #[test]
    fn an_answer_must_say_its_length() {
        let cases: [&[u8]; 3] = [
            b"HTTP/1.1 200 OK\r\n\r\nhello",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\nhello",
        ];
        for answer in cases {
            assert_eq!(receive(&[answer], 100), Err(Failure::Unframed));
        }
    }

    #[test]
    fn a_request_goes_out_as_the_socket_takes_it() {
        let (mut connection, mut server) = pair();
        let request: Vec<u8> = (0..32 << 20)
            .map(|index: u32| (index % 251) as u8)
            .collect();
        // Nobody reads yet, and so much no socket holds.
        assert_eq!(connection.send(&request), Ok(false));
        let received = thread::scope(|scope| {
            let length = request.len();
            let reader = scope.spawn(move || {
                let mut received = vec![0; length];
                server.read_exact(&mut received).unwrap();
                received
            });
            while !connection.send(&request).unwrap() {
                wait(&connection, PollFlags::OUT);
            }
            reader.join().unwrap()
        });
        assert!(received == request, "other bytes arrived");
    }
}

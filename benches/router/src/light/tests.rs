//! The light client against small servers that answer well and badly.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::*;

const BODY: &str = r#"{"query":"{ me { name } }"}"#;
const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
/// In the place of a piece: the connection is closed.
const CLOSE: &str = "";
/// How long a load lasts, and how long it may wait for an answer that comes.
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(60);

/// A server: its port, and how many requests it has had. `reply` has the number of each, from 0 on; what it cannot do
/// closes the connection, and so does a request that is not as it must be.
fn serve<R>(body: &str, reply: R) -> (u16, Arc<AtomicU64>)
where
    R: Fn(&mut TcpStream, u64) -> io::Result<()> + Send + Sync + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let expected = http::request(port, "POST", "/graphql", body);
    let shared = Arc::new((expected, reply));
    let count = Arc::new(AtomicU64::new(0));
    let requests = Arc::clone(&count);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (shared, requests) = (Arc::clone(&shared), Arc::clone(&requests));
            thread::spawn(move || -> io::Result<()> {
                let mut stream = stream?;
                stream.set_nodelay(true)?;
                let mut request = vec![0; shared.0.len()];
                loop {
                    stream.read_exact(&mut request)?;
                    if request != shared.0.as_bytes() {
                        return Ok(());
                    }
                    (shared.1)(&mut stream, requests.fetch_add(1, Ordering::SeqCst))?;
                }
            });
        }
    });
    (port, count)
}

/// What a client sees in a short time of a server that gives these answers by turns, each in pieces.
fn load(connections: usize, answers: &'static [&'static [&'static str]]) -> Result<Outcome> {
    let (port, _) = serve(BODY, move |stream, number| {
        for piece in answers[number as usize % answers.len()] {
            match *piece {
                CLOSE => return Err(io::ErrorKind::ConnectionAborted.into()),
                piece => stream.write_all(piece.as_bytes())?,
            }
        }
        Ok(())
    });
    Generator::new(port, connections, BODY, LONG)?.run(SHORT)
}

#[test]
fn answers_are_counted() {
    for connections in [1, 7] {
        let (port, count) = serve(BODY, |stream, _| stream.write_all(GOOD.as_bytes()));
        let mut generator = Generator::new(port, connections, BODY, LONG).unwrap();
        let outcome = generator.run(SHORT).unwrap();
        assert_eq!((outcome.refused, outcome.broken), (0, 0));
        let unanswered = count.load(Ordering::SeqCst) - outcome.requests;
        assert!(outcome.requests > 0 && unanswered <= connections as u64);
        assert!(outcome.seconds >= SHORT.as_secs_f64());
        assert!(outcome.p99 >= outcome.p50 && outcome.client_cpu.is_finite());
    }
}

#[test]
fn another_status_and_another_length_are_refusals() {
    let cases: [&[&[&str]]; 4] = [
        &[
            &[GOOD],
            &["HTTP/1.1 500 No\r\ncontent-length: 5\r\n\r\nhello"],
        ],
        &[
            &[GOOD],
            &["HTTP/1.1 202 No\r\ncontent-length: 5\r\n\r\nhello"],
        ],
        &[
            &[GOOD],
            &["HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhell"],
        ],
        &[
            &[GOOD],
            &["HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello!"],
        ],
    ];
    for answers in cases {
        let outcome = load(1, answers).unwrap();
        assert!(outcome.requests > 1, "{answers:?}");
        // Of one connection's answers it is every second.
        let counts = (outcome.refused, outcome.broken);
        assert_eq!(counts, (outcome.requests / 2, 0), "{answers:?}");
    }
}

#[test]
fn answers_cut_off_are_lost_and_the_connection_is_replaced() {
    let cases: [&[&[&str]]; 3] = [
        &[&[GOOD], &[CLOSE]],
        &[&[GOOD], &["HTTP/1.1 200 OK\r\ncontent-le", CLOSE]],
        &[
            &[GOOD],
            &["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", CLOSE],
        ],
    ];
    for answers in cases {
        let outcome = load(1, answers).unwrap();
        assert!(outcome.broken > 1, "{answers:?}: {outcome:?}");
        assert!(
            outcome.requests.abs_diff(outcome.broken) <= 1,
            "{outcome:?}"
        );
        assert_eq!(outcome.refused, 0, "{answers:?}");
    }
}

#[test]
fn an_answer_more_than_was_asked_for_is_a_loss() {
    let outcome = load(
        1,
        &[&["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello!"]],
    )
    .unwrap();
    assert!(outcome.broken > 0 && outcome.requests == 0, "{outcome:?}");
}

#[test]
fn an_answer_in_pieces_is_one() {
    let outcome = load(
        3,
        &[&[
            "HTTP/1.1 200",
            " OK\r\ncontent-length: 5\r\n",
            "\r\nh",
            "el",
            "lo",
        ]],
    );
    let outcome = outcome.unwrap();
    assert!(outcome.requests > 0, "{outcome:?}");
    assert_eq!((outcome.refused, outcome.broken), (0, 0));
}

#[test]
fn an_answer_without_a_length_is_for_the_other_client() {
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let error = load(2, &[&[CHUNKED]]).unwrap_err();
    assert!(error.to_string().contains("--client wrk"), "{error}");
}

#[test]
fn an_answer_that_does_not_come_is_a_loss_in_time() {
    // Only the first request is answered.
    let reply = |stream: &mut TcpStream, number| match number {
        0 => stream.write_all(GOOD.as_bytes()),
        _ => Ok(()),
    };
    for (patience, is_lost) in [(SHORT / 10, true), (LONG, false)] {
        let (port, _) = serve(BODY, reply);
        let mut generator = Generator::new(port, 1, BODY, patience).unwrap();
        let outcome = generator.run(SHORT).unwrap();
        let seen = (outcome.requests, outcome.refused, outcome.broken > 0);
        assert_eq!(seen, (1, 0, is_lost), "{outcome:?}");
    }
}

#[test]
fn an_answer_after_the_end_does_not_count() {
    let (port, count) = serve(BODY, |stream, _| stream.write_all(GOOD.as_bytes()));
    let mut generator = Generator::new(port, 1, BODY, LONG).unwrap();
    let end = Instant::now();
    generator.proceed(0, end).unwrap();
    let mut events: Vec<Event> = Vec::with_capacity(1);
    epoll::wait(&generator.epoll, spare_capacity(&mut events), None).unwrap();
    generator.proceed(0, end).unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let tally = &generator.tally;
    assert_eq!((tally.latencies.len(), tally.broken), (0, 0));
}

#[test]
fn a_request_larger_than_the_sockets_buffers_is_sent_whole() {
    let body = "x".repeat(16 << 20);
    let (port, _) = serve(&body, |stream, _| stream.write_all(GOOD.as_bytes()));
    let mut generator = Generator::new(port, 1, &body, LONG).unwrap();
    let outcome = generator.run(Duration::from_secs(1)).unwrap();
    assert!(outcome.requests > 0, "{outcome:?}");
    assert_eq!((outcome.refused, outcome.broken), (0, 0));
}

#[test]
fn without_a_server_there_is_no_load() {
    let port = http::free_port().unwrap();
    assert!(Generator::new(port, 1, BODY, LONG).is_err());
}

#[test]
fn percentiles_are_of_all_answers() {
    let mut tally = Tally::default();
    let answer = Answer {
        status: 200,
        length: 5,
    };
    for microseconds in (1..=200).rev() {
        tally.add(answer, Duration::from_micros(microseconds));
    }
    let used = Cpu {
        user: Duration::from_millis(1),
        system: Duration::from_millis(3),
    };
    let outcome = tally.outcome(2.0, used);
    let expected = Outcome {
        requests: 200,
        seconds: 2.0,
        p50: 100.0,
        p99: 198.0,
        refused: 0,
        broken: 0,
        client_cpu: 20.0,
    };
    assert_eq!(outcome, expected);
}

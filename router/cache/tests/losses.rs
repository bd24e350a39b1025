//! Whatever happens to the log costs misses, and never staleness.

use router_cache::{Cache, Mode};

use crate::harness::{Proxy, Server, fill, replica, strictly, tags, until};

type Loss = fn(&mut Server);

const LOSSES: &[(&str, Loss)] = &[
    ("nothing", |_| {}),
    ("FLUSHALL", |server| server.command(&["FLUSHALL"])),
    ("XTRIM", |server| {
        server.command(&["XTRIM", "{weft}:inv", "MAXLEN", "0"])
    }),
    ("DEL of the stream", |server| {
        server.command(&["DEL", "{weft}:inv"])
    }),
    ("DEL of the head", |server| {
        server.command(&["DEL", "{weft}:head"])
    }),
    ("DEL of both", |server| {
        server.command(&["DEL", "{weft}:inv", "{weft}:head"])
    }),
    ("XDEL of the last entry", |server| {
        let last: Vec<(String, Vec<Vec<u8>>)> =
            server.command(&["XREVRANGE", "{weft}:inv", "+", "-", "COUNT", "1"]);
        server.command(&["XDEL", "{weft}:inv", &last[0].0])
    }),
    ("eviction of everything", |server| {
        let _: () = server.command(&["CONFIG", "SET", "maxmemory-policy", "allkeys-random"]);
        let _: () = server.command(&["CONFIG", "SET", "maxmemory", "1"]);
        until_empty(server);
        server.command(&["CONFIG", "SET", "maxmemory", "0"])
    }),
    ("restart", |server| {
        server.kill();
        server.run();
    }),
    ("connections closed", |server| {
        let _: i64 = server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    }),
    ("SCRIPT FLUSH and FLUSHALL", |server| {
        let _: () = server.command(&["SCRIPT", "FLUSH"]);
        server.command(&["FLUSHALL"])
    }),
];

fn until_empty(server: &Server) {
    while server.command::<usize>(&["DBSIZE"]) > 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// One replica hears nothing while another invalidates and the log loses something.
async fn lose(name: &str, server: &mut Server, loss: Loss) {
    let proxy = Proxy::to(server.port).await;
    let (one, cut_off) = (replica(&server.url()).await, replica(&proxy.url()).await);
    for cache in [&one, &cut_off] {
        fill(cache, "a", &["t"], "1");
        assert_eq!(strictly(cache, "a").await.unwrap(), "1", "{name}");
    }
    proxy.hang();
    one.invalidate(&tags(&["t"]), Mode::Hard).await.unwrap();
    loss(server);
    proxy.flow();
    for cache in [&one, &cut_off] {
        recover(name, cache).await;
    }
    let started = replica(&server.url()).await;
    assert_ne!(
        strictly(&started, "a").await.as_deref(),
        Ok(&b"1"[..]),
        "{name}"
    );
}

/// Never finds the old answer, and a new one as soon as it can.
async fn recover(name: &str, cache: &Cache) {
    until(name, async || {
        let found = strictly(cache, "a").await;
        assert_ne!(found.as_deref(), Ok(&b"1"[..]), "{name}");
        fill(cache, "a", &["t"], "2");
        found.is_ok()
    })
    .await;
}

#[tokio::test]
async fn whatever_is_lost_is_never_taken_for_valid() {
    for (name, loss) in LOSSES {
        let mut server = Server::start();
        lose(name, &mut server, *loss).await;
    }
}

/// As [`whatever_is_lost_is_never_taken_for_valid`], but the log is appended to before the others look.
#[tokio::test]
async fn what_is_lost_and_written_over_is_never_taken_for_valid() {
    for (name, loss) in LOSSES {
        let mut server = Server::start();
        let proxy = Proxy::to(server.port).await;
        let (one, cut_off) = (replica(&server.url()).await, replica(&proxy.url()).await);
        fill(&cut_off, "a", &["t"], "1");
        proxy.hang();
        one.invalidate(&tags(&["t"]), Mode::Hard).await.unwrap();
        loss(&mut server);
        for _ in 0..2 {
            one.invalidate(&tags(&["other"]), Mode::Hard).await.unwrap();
        }
        proxy.flow();
        recover(name, &cut_off).await;
    }
}

/// A server that comes back with what it had saved some time ago: entries and log of then.
#[tokio::test]
async fn a_server_that_comes_back_as_it_was_is_not_believed() {
    for invalidations_after in [0, 1, 3] {
        let mut server = Server::with(&["--appendonly", "no"]);
        let (one, other) = (replica(&server.url()).await, replica(&server.url()).await);
        fill(&one, "a", &["t"], "1");
        until("the entry in Redis", async || {
            strictly(&other, "a").await.is_ok()
        })
        .await;
        let _: () = server.command(&["SAVE"]);
        one.invalidate(&tags(&["t"]), Mode::Hard).await.unwrap();
        server.kill();
        server.run();
        assert!(
            !server
                .command::<Vec<Vec<u8>>>(&["KEYS", "weft:*"])
                .is_empty(),
            "it is back"
        );
        for _ in 0..invalidations_after {
            one.invalidate(&tags(&["other"]), Mode::Hard).await.unwrap();
        }
        for cache in [&one, &other, &replica(&server.url()).await] {
            recover("restart", cache).await;
        }
    }
}

#[tokio::test]
async fn a_replica_that_starts_does_not_trust_what_a_trimmed_log_cannot_vouch_for() {
    let server = Server::start();
    let one = replica(&server.url()).await;
    fill(&one, "a", &["t"], "1");
    fill(&one, "b", &["u"], "1");
    until("the entries in Redis", async || {
        server.command::<Vec<Vec<u8>>>(&["KEYS", "weft:*"]).len() == 2
    })
    .await;
    for tag in ["t", "v"] {
        one.invalidate(&tags(&[tag]), Mode::Hard).await.unwrap();
    }
    let _: i64 = server.command(&["XTRIM", "{weft}:inv", "MAXLEN", "1"]);
    let other = replica(&server.url()).await;
    for name in ["a", "b"] {
        assert_eq!(strictly(&other, name).await, Err("before-floor".to_owned()));
    }
    assert_eq!(
        strictly(&one, "b").await.unwrap(),
        "1",
        "who has read it all knows"
    );
}

//! Redis over TLS, behind sentinels, and as a cluster.

use std::{process::Command, time::Duration};

use router_cache::{Cache, Mode, Settings};

use crate::harness::{
    Server, answer, fill, free_port, key, replica, replica_with, strictly, tags, until,
};

/// What holds wherever Redis is: what one puts the others find, until one invalidates it.
async fn works(one: &Cache, other: &Cache) {
    for number in 0..50 {
        let name = format!("{number} {:?}", std::time::Instant::now());
        one.put(key(one, &name), answer(one.position(), &["t"], "1"));
        until("the entry", async || strictly(other, &name).await.is_ok()).await;
        one.invalidate(&tags(&["t"]), Mode::Hard).await.unwrap();
        assert!(strictly(other, &name).await.is_err(), "{name}");
    }
}

/// Never finds the answer from before, and others as soon as it can.
async fn recovers(cache: &Cache) {
    until("hits", async || {
        let found = strictly(cache, "a").await;
        assert_ne!(found.as_deref(), Ok(&b"1"[..]));
        fill(cache, "a", &["t"], "2");
        found.is_ok()
    })
    .await;
}

fn openssl(folder: &std::path::Path, arguments: &str) {
    let run = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output();
    let output = run.expect("openssl is installed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn over_tls_with_an_authority_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("extensions"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    openssl(
        folder.path(),
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca",
    );
    openssl(
        folder.path(),
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out csr.pem -subj /CN=redis",
    );
    openssl(
        folder.path(),
        "x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile extensions",
    );
    let port = free_port();
    let _server = Server::with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &path("cert.pem"),
        "--tls-key-file",
        &path("key.pem"),
        "--tls-ca-cert-file",
        &path("ca.pem"),
        "--tls-auth-clients",
        "no",
    ]);
    let url = format!("rediss://127.0.0.1:{port}");
    let settings = Settings {
        read_budget: Duration::from_secs(1),
        tls_authority: Some(std::fs::read(path("ca.pem")).unwrap()),
        ..Settings::default()
    };
    let (one, other) = (
        replica_with(&url, settings.clone()).await,
        replica_with(&url, settings).await,
    );
    works(&one, &other).await;
    let stranger = Cache::redis(&url, Settings::default()).unwrap();
    let connected = tokio::time::timeout(Duration::from_millis(500), stranger.connected()).await;
    assert!(connected.is_err(), "an authority that nobody vouches for");
}

#[tokio::test]
async fn behind_a_sentinel_the_new_master_is_found_and_nothing_old_is_believed() {
    let mut master = Server::start();
    let follows = [
        "--save",
        "",
        "--replicaof",
        "127.0.0.1",
        &master.port.to_string(),
    ];
    let follower = Server::with(&follows);
    until("replication", async || {
        let info: String = follower.command(&["INFO", "replication"]);
        info.contains("master_link_status:up")
    })
    .await;
    let sentinel = Server::sentinel("main", master.port);
    until("the sentinel's knowledge", async || {
        let known: Vec<redis::Value> = sentinel.command(&["SENTINEL", "REPLICAS", "main"]);
        !known.is_empty()
    })
    .await;
    let url = format!("redis-sentinel://127.0.0.1:{}/main", sentinel.port);
    let (one, other) = (replica(&url).await, replica(&url).await);
    works(&one, &other).await;
    fill(&one, "a", &["t"], "1");
    until("the entry", async || strictly(&other, "a").await.is_ok()).await;
    one.invalidate(&tags(&["t"]), Mode::Hard).await.unwrap();
    master.kill();
    for cache in [&one, &other] {
        recovers(cache).await;
    }
    works(&one, &other).await;
    let found: Vec<String> = sentinel.command(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"]);
    assert_eq!(found[1], follower.port.to_string());
}

#[tokio::test]
async fn a_server_that_is_no_master_is_not_used() {
    let master = Server::start();
    let follows = [
        "--save",
        "",
        "--replicaof",
        "127.0.0.1",
        &master.port.to_string(),
    ];
    let follower = Server::with(&follows);
    let cache = Cache::redis(&follower.url(), Settings::default()).unwrap();
    let connected = tokio::time::timeout(Duration::from_millis(500), cache.connected()).await;
    assert!(connected.is_err());
    let _: () = follower.command(&["REPLICAOF", "NO", "ONE"]);
    cache.connected().await;
}

#[tokio::test]
async fn in_a_cluster_entries_are_everywhere_and_the_log_follows_its_slot() {
    let mut nodes: Vec<Server> = Vec::new();
    let mut buses = Vec::new();
    for _ in 0..3 {
        let bus = free_port().to_string();
        nodes.push(Server::with(&[
            "--save",
            "",
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            "2000",
            "--cluster-port",
            &bus,
        ]));
        buses.push(bus);
    }
    for (node, slots) in nodes
        .iter()
        .zip([["0", "5460"], ["5461", "10922"], ["10923", "16383"]])
    {
        let _: () = node.command(&["CLUSTER", "ADDSLOTSRANGE", slots[0], slots[1]]);
    }
    for (node, bus) in nodes.iter().zip(&buses).skip(1) {
        let port = node.port.to_string();
        let _: () = nodes[0].command(&["CLUSTER", "MEET", "127.0.0.1", &port, bus]);
    }
    let is_whole = |nodes: &[Server]| {
        nodes.iter().all(|node| {
            let info: String = node.command(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        })
    };
    until("the cluster", async || is_whole(&nodes)).await;
    let hosts: Vec<_> = nodes
        .iter()
        .map(|node| format!("127.0.0.1:{}", node.port))
        .collect();
    let url = format!("redis-cluster://{}", hosts.join(","));
    let (one, other) = (replica(&url).await, replica(&url).await);
    works(&one, &other).await;
    let names: Vec<_> = (0..300).map(|number| number.to_string()).collect();
    for name in &names {
        one.put(
            key(&one, name),
            answer(one.position(), &["u"], name.clone()),
        );
    }
    let keys: Vec<_> = names.iter().map(|name| key(&other, name)).collect();
    until("the entries", async || {
        let found = other
            .look_up(&keys, router_cache::Consistency::Strict, None)
            .await;
        let payloads = found
            .entries
            .iter()
            .map(|found| found.hit().map(|hit| &hit.entry.payload[..]));
        payloads.eq(names.iter().map(|name| Some(name.as_bytes())))
    })
    .await;
    let sizes: Vec<usize> = nodes.iter().map(|node| node.command(&["DBSIZE"])).collect();
    assert!(sizes.iter().all(|size| *size > 50), "{sizes:?}");
    for number in 0..3 {
        for cache in [&one, &other] {
            fill(cache, "a", &["t"], "1");
        }
        one.invalidate(&tags(&["t"]), Mode::Hard).await.unwrap();
        nodes[number].kill();
        nodes[number].run();
        until("the cluster", async || is_whole(&nodes)).await;
        for cache in [&one, &other] {
            recovers(cache).await;
        }
    }
}

//! Which URLs are understood, and as what.

use super::*;

fn shown(url: &str) -> String {
    let one = |info: &ConnectionInfo| {
        let settings = info.redis_settings();
        let user = settings.username().unwrap_or("-");
        let password = settings.password().unwrap_or("-");
        format!("{} {user} {password} {}", info.addr(), settings.db())
    };
    let many = |infos: &[ConnectionInfo]| infos.iter().map(one).collect::<Vec<_>>().join(" | ");
    match Address::parse(url, None).map(|address| address.place) {
        Ok(Place::Server(info)) => format!("server {}", one(&info)),
        Ok(Place::Cluster(nodes)) => format!("cluster {}", many(&nodes)),
        Ok(Place::Sentinels {
            sentinels,
            service,
            master,
        }) => format!("{service} of {} as {}", many(&sentinels), one(&master)),
        Err(error) => error.to_string(),
    }
}

#[test]
fn servers_sentinels_and_clusters_are_understood() {
    let cases = [
        ("redis://h", "server h:6379 - - 0"),
        ("redis://u:p@h:1/2", "server h:1 u p 2"),
        ("rediss://:p@h:1", "server h:1 - p 0"),
        (
            "redis-cluster://u:p@a:1,b",
            "cluster a:1 u p 0 | b:6379 u p 0",
        ),
        ("rediss-cluster://a", "cluster a:6379 - - 0"),
        (
            "redis-sentinel://u:p@a,b:1,[::1]/main/3",
            "main of a:26379 - - 0 | b:1 - - 0 | ::1:26379 - - 0 as localhost:6379 u p 3",
        ),
        (
            "redis-sentinel://a",
            "the cache's Redis URL cannot be used: the name of the master is missing (…/service)",
        ),
    ];
    for (url, expected) in cases {
        assert_eq!(shown(url), expected, "{url}");
    }
    for url in [
        "http://h",
        "",
        "redis://",
        "redis-cluster://",
        "redis-sentinel:///main",
    ] {
        assert!(Address::parse(url, None).is_err(), "{url}: {}", shown(url));
    }
}

#[test]
fn another_host_keeps_what_else_is_known() {
    let master = server("rediss://u:p@h:1/2").unwrap();
    let other = at(&master, "other".to_owned(), 9);
    assert!(
        matches!(other.addr(), ConnectionAddr::TcpTls { host, port: 9, .. } if host == "other")
    );
    assert_eq!(other.redis_settings().password(), Some("p"));
}

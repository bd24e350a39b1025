//! Where a request comes from: the connection's peer, or what trusted proxies say.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};

/// The header that carries the address to subgraphs.
pub(crate) const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("x-weft-client-address");

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The peer of the connection a request came over; a request extension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

/// The client's address when `proxies` proxies stand before the router, each appending to `x-forwarded-for` whom
/// it was called by: the entry `proxies` from the right. What is further left is the client's own word.
pub(crate) fn client_address(
    peer: Option<PeerAddress>,
    headers: &HeaderMap,
    proxies: usize,
) -> Option<IpAddr> {
    let peer = peer?.0;
    let Some(from_right) = proxies.checked_sub(1) else {
        return Some(peer);
    };
    let values = headers.get_all(FORWARDED_FOR).iter().rev();
    let entries = values.filter_map(|value| value.to_str().ok());
    let mut entries = entries.flat_map(|value| value.rsplit(','));
    let entry = entries.nth(from_right).map(|entry| entry.trim().parse());
    Some(entry.and_then(Result::ok).unwrap_or(peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_as_many_entries_are_believed_as_there_are_proxies() {
        let peer = Some(PeerAddress(IpAddr::from([10, 0, 0, 1])));
        let check = |values: &[&str], proxies: usize, expected: &str| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(FORWARDED_FOR, value.parse().expect("a header value"));
            }
            let found = client_address(peer, &headers, proxies).map(|ip| ip.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{values:?} {proxies}");
        };
        check(&["1.1.1.1"], 0, "10.0.0.1");
        check(&["9.9.9.9, 1.1.1.1"], 1, "1.1.1.1");
        check(&["9.9.9.9", "1.1.1.1,2.2.2.2"], 2, "1.1.1.1");
        check(&["9.9.9.9", "1.1.1.1,2.2.2.2"], 3, "9.9.9.9");
        check(&["::1"], 1, "::1");
        check(&["1.1.1.1"], 2, "10.0.0.1");
        check(&["garbage"], 1, "10.0.0.1");
        check(&[], 1, "10.0.0.1");
        assert_eq!(client_address(None, &HeaderMap::new(), 0), None);
    }
}

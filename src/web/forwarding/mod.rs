//! What proxies in front say about a request, and how much of it is believed.

mod certificate;
mod forwarded;
mod node;

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, uri::Authority};

pub use self::certificate::certificate;
use self::forwarded::Element;
use crate::config::Network;

const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Whose request it is, as far as it can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarding {
    /// The address of the device that asks; of the last trusted proxy where that one does not say.
    pub client: IpAddr,
    /// The host that was asked for, in words of the trusted proxy that speaks to us. `None`: it says nothing; the
    /// request's own `Host` counts.
    pub host: Option<Result<Authority, Unreadable>>,
}

/// A trusted proxy named a host that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// Reads what the proxies say (RFC 7239, and the `X-Forwarded-*` that came before it).
///
/// Everyone can write these headers. So they are read from the right, where the proxy next to us wrote, and only as
/// long as the one who wrote is trusted: the first address that is no trusted proxy is the client, whatever stands to
/// the left of it. An entry that cannot be read ends the walk at the proxy that wrote it.
///
/// A proxy keeps one of the two headers and may pass the other on as the client wrote it. Where both are there and
/// disagree, neither is believed and the proxy counts as the client: nobody can choose an address, and whoever tries
/// shares the throttle of others who try.
pub fn judge(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Forwarding {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return Forwarding { client: peer, host: None };
    }
    let new = lines(headers, &FORWARDED).map(|lines| forwarded::elements(&lines));
    let old = lines(headers, &X_FORWARDED_FOR);
    let by_new = new.as_ref().map(|elements| {
        let nodes = elements.as_deref().unwrap_or_default().iter().rev();
        walk(peer, nodes.map(|element| element.from.as_deref().and_then(node::quoted)), is_trusted)
    });
    let by_old = old.map(|lines| {
        let entries = lines.rsplit(',').map(str::trim).filter(|entry| !entry.is_empty());
        walk(peer, entries.map(node::plain), is_trusted)
    });
    let client = match (by_new, by_old) {
        (Some(new), Some(old)) if new != old => peer,
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => peer,
    };
    let host = match (host_of(new.as_ref()), lines(headers, &X_FORWARDED_HOST)) {
        (Some(host), _) => Some(host),
        (None, Some(lines)) => lines.rsplit(',').next().map(|last| last.trim().to_owned()),
        (None, None) => None,
    };
    Forwarding { client, host: host.map(|host| host.parse().map_err(|_| Unreadable)) }
}

/// Along the addresses from ours outward, as long as the one before is trusted. The last one known is the client.
fn walk(peer: IpAddr, outward: impl Iterator<Item = Option<IpAddr>>, is_trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut known = peer;
    for address in outward {
        match address {
            Some(address) => known = address,
            None => return known,
        }
        if !is_trusted(known) {
            return known;
        }
    }
    known
}

/// The host in the last element: the one that the proxy next to us wrote.
fn host_of(elements: Option<&Option<Vec<Element>>>) -> Option<String> {
    elements?.as_ref()?.last()?.host.clone()
}

/// All lines of a header as one (RFC 9110 §5.3); bytes that are no text as what no address contains.
fn lines(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    lines.map(std::borrow::Cow::into_owned).reduce(|all, line| format!("{all},{line}"))
}

#[cfg(test)]
mod tests;

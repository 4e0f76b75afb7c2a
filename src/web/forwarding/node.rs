//! Addresses as proxies write them, with or without a port.

use std::net::{IpAddr, Ipv6Addr};

/// An entry of `X-Forwarded-For`: an address, bare or with a port; IPv6 with a port stands in brackets.
pub(super) fn plain(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    bare.or_else(|| with_port(text)).map(|address| address.to_canonical())
}

/// A node of `Forwarded` (RFC 7239 §6): IPv6 always stands in brackets; `unknown` and `_hidden` are no addresses.
pub(super) fn quoted(text: &str) -> Option<IpAddr> {
    with_port(text).map(|address| address.to_canonical())
}

fn with_port(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            is_port(port).then_some(())?;
            address.parse::<Ipv6Addr>().ok().map(IpAddr::from)
        }
        None => {
            let end = text.find(':').unwrap_or(text.len());
            is_port(&text[end..]).then_some(())?;
            text[..end].parse::<std::net::Ipv4Addr>().ok().map(IpAddr::from)
        }
    }
}

/// Nothing, or a colon and a port, which may be hidden behind a name (RFC 7239 §6.2).
fn is_port(text: &str) -> bool {
    let Some(port) = text.strip_prefix(':') else { return text.is_empty() };
    let hidden = port
        .strip_prefix('_')
        .is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
    hidden || ((1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(address: Option<IpAddr>) -> Option<String> {
        address.map(|address| address.to_string())
    }

    #[test]
    fn addresses_stand_bare_or_with_a_port() {
        for (text, address) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:443", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:65535", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(shown(plain(text)).as_deref(), Some(address), "{text}");
        }
        for (text, address) in
            [("192.0.2.1", "192.0.2.1"), ("192.0.2.1:_gazonk", "192.0.2.1"), ("[2001:db8::1]:47011", "2001:db8::1")]
        {
            assert_eq!(shown(quoted(text)).as_deref(), Some(address), "{text}");
        }
    }

    #[test]
    fn names_and_fragments_are_no_addresses() {
        for text in [
            "",
            "unknown",
            "_hidden",
            "localhost",
            "192.0.2",
            "192.0.2.1:",
            "192.0.2.1:x",
            "192.0.2.1:123456",
            "192.0.2.1:_",
            "[2001:db8::1",
            "[2001:db8::1]x",
            "[192.0.2.1]",
            "[]",
            "2001:db8::1]",
            "192.0.2.1 ",
            "fe80::1%eth0",
            "0x7f.1",
            "010.0.0.1",
            "\u{fffd}",
        ] {
            assert_eq!(plain(text), None, "{text}");
            assert_eq!(quoted(text), None, "{text}");
        }
        assert_eq!(quoted("2001:db8::1"), None, "in Forwarded, IPv6 needs its brackets");
    }
}

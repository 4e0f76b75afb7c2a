//! Which addresses may be asked: the judgment of a URL, and of every address its name resolves to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use super::HttpError;

/// Longest URL that is asked.
const LONGEST: usize = 2000;

/// Why an address may not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not an absolute URL, or too long.
    #[error("is not an absolute URL")]
    NotAUrl,
    /// Neither https, nor http on loopback where that is allowed.
    #[error("must be an https URL")]
    NotHttps,
    /// User name or password before the host.
    #[error("must not contain a user name or password")]
    Credentials,
    /// A host inside: private, loopback, link-local or otherwise not public.
    #[error("leads to an address that is not public (http.allow_private_targets would allow it)")]
    Private,
}

/// The URL, if it may be asked as far as it can be told without a look-up. `private` lifts the ban on addresses that are not
/// public, and lets plain http pass on loopback hosts.
///
/// # Errors
/// [`Refused`] by reason.
pub fn judge_url(text: &str, private: bool) -> Result<Url, Refused> {
    if text.len() > LONGEST {
        return Err(Refused::NotAUrl);
    }
    let url = Url::parse(text).map_err(|_| Refused::NotAUrl)?;
    let host = url.host().ok_or(Refused::NotAUrl)?;
    let is_loopback = match &host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => is_local_name(name),
    };
    match url.scheme() {
        "https" => {}
        "http" if private && is_loopback => {}
        _ => return Err(Refused::NotHttps),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Credentials);
    }
    let inside = match &host {
        Host::Ipv4(address) => !is_public_v4(*address),
        Host::Ipv6(address) => !is_public_v6(*address),
        Host::Domain(_) => is_loopback,
    };
    if inside && !private {
        return Err(Refused::Private);
    }
    Ok(url)
}

/// `localhost` and everything under it (RFC 6761 §6.3), with or without the final dot.
fn is_local_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// Whether an address may be connected to.
///
/// # Errors
/// [`Refused::Private`] unless it is one of the public internet, or `private` lifts the ban.
pub fn judge_address(address: IpAddr, private: bool) -> Result<(), Refused> {
    let public = match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    };
    if public || (private && !address.is_multicast() && !address.is_unspecified()) {
        Ok(())
    } else {
        Err(Refused::Private)
    }
}

/// Everything but the special-purpose addresses (IANA IPv4 Special-Purpose Address Registry).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a == 10
        || a == 127
        || (a == 100 && (64..128).contains(&b)) // shared address space of carriers
        || (a == 169 && b == 254) // link-local, and the metadata service of clouds
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19 || (b == 51 && c == 100)))
        || (a == 203 && b == 0 && c == 113)
        || a >= 224) // multicast, reserved, broadcast
}

/// Global unicast (2000::/3) without what is special in it; addresses that carry an IPv4 address are judged by that one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let carried = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] => carried(high, low), // IPv4-mapped
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => carried(high, low), // NAT64 (RFC 6052)
        [0x2002, high, low, ..] => carried(high, low),            // 6to4
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8, // 2001::/23 is special (Teredo in it), 2001:db8::/32 documentation
        [0x3fff, second, ..] => second >= 0x1000,                   // 3fff::/20 documentation
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// The addresses of the URL's host. All of them have to be allowed: a name that leads inside and outside is up to something.
pub(super) async fn resolve(url: &Url, private: bool) -> Result<Vec<SocketAddr>, HttpError> {
    let port = url.port_or_known_default().ok_or(Refused::NotAUrl)?;
    let found: Vec<SocketAddr> = match url.host().ok_or(Refused::NotAUrl)? {
        Host::Ipv4(address) => vec![(address, port).into()],
        Host::Ipv6(address) => vec![(address, port).into()],
        Host::Domain(name) => {
            tokio::net::lookup_host((name, port)).await.map_err(|_| HttpError::Unresolved)?.take(16).collect()
        }
    };
    if found.is_empty() {
        return Err(HttpError::Unresolved);
    }
    for address in &found {
        judge_address(address.ip(), private)?;
        // Plain http is for this machine: what the name says has to be true.
        if url.scheme() == "http" && !address.ip().to_canonical().is_loopback() {
            return Err(Refused::NotHttps.into());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_are_refused() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.0.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert_eq!(judge_address(text.parse().unwrap(), false), Err(Refused::Private), "{text}");
        }
    }

    #[test]
    fn addresses_outside_are_asked() {
        for text in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2002:101:101::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert_eq!(judge_address(text.parse().unwrap(), false), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_ban_on_private_addresses_can_be_lifted_but_not_that_on_nowhere() {
        for text in ["127.0.0.1", "10.0.0.1", "::1", "fd00::1"] {
            assert_eq!(judge_address(text.parse().unwrap(), true), Ok(()), "{text}");
        }
        for text in ["0.0.0.0", "::", "224.0.0.1", "ff02::1"] {
            assert_eq!(judge_address(text.parse().unwrap(), true), Err(Refused::Private), "{text}");
        }
    }

    #[test]
    fn a_url_is_judged_before_any_look_up() {
        let judged = |text: &str, private| judge_url(text, private).map(drop);
        assert_eq!(judged("https://shop.example.test/jwks", false), Ok(()));
        assert_eq!(judged("https://shop.example.test:8443/jwks?a=b", false), Ok(()));
        assert_eq!(judged("http://shop.example.test/jwks", false), Err(Refused::NotHttps));
        assert_eq!(judged("http://shop.example.test/jwks", true), Err(Refused::NotHttps));
        assert_eq!(judged("http://127.0.0.1:9000/jwks", true), Ok(()));
        assert_eq!(judged("http://localhost:9000/jwks", true), Ok(()));
        assert_eq!(judged("http://127.0.0.1:9000/jwks", false), Err(Refused::NotHttps));
        assert_eq!(judged("http://10.0.0.1/jwks", true), Err(Refused::NotHttps));
        assert_eq!(judged("https://u:p@shop.example.test/", false), Err(Refused::Credentials));
        for scheme in ["file:///etc/passwd", "ftp://shop.example.test/", "gopher://shop.example.test/", "data:,x"] {
            assert!(judged(scheme, true).is_err(), "{scheme}");
        }
        for text in ["", "shop.example.test", "/jwks", "https://", &format!("https://a.test/{}", "x".repeat(2000))] {
            assert_eq!(judged(text, true), Err(Refused::NotAUrl), "{text}");
        }
    }

    #[test]
    fn other_spellings_of_inside_are_refused() {
        for text in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://169.254.169.254/latest/meta-data",
        ] {
            assert_eq!(judge_url(text, false).map(drop), Err(Refused::Private), "{text}");
            assert!(judge_url(text, true).is_ok(), "{text}");
        }
    }
}

//! Redirect URIs: which may be registered, and when a presented one is a registered one (RFC 9700 §2.1, RFC 8252 §7).

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::client::ApplicationType;

/// Why a redirect URI cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Not an absolute URI, or one with characters that have to be percent-encoded.
    #[error("is not an absolute URI")]
    NotAUri,
    /// RFC 6749 §3.1.2.
    #[error("must not have a fragment")]
    Fragment,
    /// Credentials before the host mislead people and programs.
    #[error("must not contain a user name or password")]
    Credentials,
    /// RFC 9700 §2.6: plain http only where nobody listens in between.
    #[error("may use http only for 127.0.0.1, [::1] or localhost")]
    PlainHttp,
    /// RFC 8252 §7.1.
    #[error("may use a scheme of its own only for a native application")]
    CustomScheme,
    /// RFC 8252 §7.1: a private-use scheme is a reversed domain name; others are the system's own.
    #[error("uses a scheme that is not a reversed domain name, such as com.example.app")]
    SchemeWithoutDomain,
    /// Would run in the browser.
    #[error("uses a scheme that cannot be redirected to")]
    DangerousScheme,
    /// Longer than any browser takes.
    #[error("is longer than 2000 characters")]
    TooLong,
}

/// Whether a client of this type may register `uri`.
pub fn check_redirect_uri(uri: &str, application: ApplicationType) -> Result<(), RedirectUriError> {
    if uri.len() > 2000 {
        return Err(RedirectUriError::TooLong);
    }
    // Byte-exact comparison later: nothing the URL parser would silently repair may be registered.
    if uri
        .bytes()
        .any(|b| b <= b' ' || b >= 0x7f || matches!(b, b'\\' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}'))
    {
        return Err(RedirectUriError::NotAUri);
    }
    let url = Url::parse(uri).map_err(|_| RedirectUriError::NotAUri)?;
    if uri.contains('#') {
        return Err(RedirectUriError::Fragment);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(RedirectUriError::Credentials);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err(RedirectUriError::PlainHttp),
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "filesystem" | "view-source" => {
            Err(RedirectUriError::DangerousScheme)
        }
        _ if application != ApplicationType::Native => Err(RedirectUriError::CustomScheme),
        scheme if !scheme.contains('.') => Err(RedirectUriError::SchemeWithoutDomain),
        _ => Ok(()),
    }
}

/// Whether `presented` is `registered`: byte for byte, except for the port of a native client's loopback address, which the
/// system chooses at run time (RFC 8252 §7.3, RFC 9700 §4.1.3).
pub fn redirect_uri_matches(registered: &str, presented: &str, application: ApplicationType) -> bool {
    if registered == presented {
        return true;
    }
    if application != ApplicationType::Native {
        return false;
    }
    match (split_loopback(registered), split_loopback(presented)) {
        (Some((host, rest)), Some((presented_host, presented_rest))) => {
            host == presented_host && rest == presented_rest
        }
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// `http://<loopback host>[:port]<rest>` as host and rest. Text, not a parsed URL: everything but the port stays exact.
fn split_loopback(uri: &str) -> Option<(&str, &str)> {
    let after_scheme = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|host| after_scheme.starts_with(host))?;
    let rest = &after_scheme[host.len()..];
    let rest = match rest.strip_prefix(':') {
        Some(port_and_rest) => {
            let digits = port_and_rest.bytes().take_while(u8::is_ascii_digit).count();
            port_and_rest[..digits].parse::<u16>().ok().filter(|port| *port > 0)?;
            &port_and_rest[digits..]
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

#[cfg(test)]
mod tests {
    use super::{ApplicationType::*, *};

    #[test]
    fn what_may_be_registered() {
        for (uri, application) in [
            ("https://shop.example.test/cb?x=1", Web),
            ("http://127.0.0.1:9601/cb", Web),
            ("http://localhost/cb", Web),
            ("http://[::1]:80/cb", Native),
            ("com.example.app:/oauth", Native),
        ] {
            assert_eq!(check_redirect_uri(uri, application), Ok(()), "{uri}");
        }
    }

    #[test]
    fn what_may_not_be_registered() {
        use RedirectUriError::*;
        for (uri, application, error) in [
            ("/cb", Web, NotAUri),
            ("https://shop.example.test/cb#x", Web, Fragment),
            ("https://shop.example.test/cb#", Web, Fragment),
            ("https://a:b@shop.example.test/", Web, Credentials),
            ("http://shop.example.test/cb", Web, PlainHttp),
            ("http://127.0.0.1.evil.test/cb", Native, PlainHttp),
            ("http://localhost.evil.test/cb", Native, PlainHttp),
            ("http://127.0.0.2/cb", Native, PlainHttp),
            ("com.example.app:/oauth", Web, CustomScheme),
            ("myapp:/oauth", Native, SchemeWithoutDomain),
            ("javascript:alert(1)", Native, DangerousScheme),
            ("data:text/html,x", Native, DangerousScheme),
            ("https://shop.example.test/a b", Web, NotAUri),
            ("https://shop.example.test/\u{0}", Web, NotAUri),
            ("https:\\\\shop.example.test/", Web, NotAUri),
        ] {
            assert_eq!(check_redirect_uri(uri, application), Err(error), "{uri}");
        }
    }

    #[test]
    fn comparison_is_byte_exact() {
        let registered = "https://shop.example.test/cb";
        assert!(redirect_uri_matches(registered, registered, Web));
        for presented in [
            "https://shop.example.test/cb/",
            "https://shop.example.test/cb?",
            "https://SHOP.example.test/cb",
            "https://shop.example.test:443/cb",
            "https://shop.example.test/%63b",
            "https://shop.example.test/x/../cb",
            "https://shop.example.test/cb#",
            "https://shop.example.test.evil.test/cb",
        ] {
            assert!(!redirect_uri_matches(registered, presented, Web), "{presented}");
            assert!(!redirect_uri_matches(registered, presented, Native), "{presented}");
        }
    }

    #[test]
    fn only_the_loopback_port_of_native_clients_varies() {
        for registered in ["http://127.0.0.1:9601/cb", "http://127.0.0.1/cb"] {
            assert!(redirect_uri_matches(registered, "http://127.0.0.1:50000/cb", Native));
            assert!(redirect_uri_matches(registered, "http://127.0.0.1/cb", Native));
            assert!(!redirect_uri_matches(registered, "http://127.0.0.1:50000/cb", Web));
            for presented in [
                "http://127.0.0.1:50000/cb2",
                "http://localhost:50000/cb",
                "https://127.0.0.1:50000/cb",
                "http://127.0.0.1:99999/cb",
                "http://127.0.0.1:0/cb",
                "http://127.0.0.1:/cb",
                "http://127.0.0.1:80@evil.test/cb",
                "http://127.0.0.1.evil.test/cb",
                "http://127.0.0.1evil.test/cb",
            ] {
                assert!(!redirect_uri_matches(registered, presented, Native), "{presented}");
            }
        }
        assert!(redirect_uri_matches("http://localhost/cb", "http://localhost:3000/cb", Native));
        assert!(redirect_uri_matches("http://[::1]/cb?a=b", "http://[::1]:3000/cb?a=b", Native));
    }
}

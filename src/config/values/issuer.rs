//! The issuer identifier (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).

use std::fmt;

use url::Url;

use super::setting::Setting;
use super::url_text::is_loopback;

/// The issuer: an origin, kept exactly as written because relying parties compare it byte by byte. Without a path: cookies
/// are `__Host-` and pages stand at the root, so nothing could be served under one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer {
    text: String,
    origin: String,
    host: String,
    https: bool,
    loopback: bool,
}

impl Issuer {
    /// The issuer of a service on this machine, `http://localhost:<port>`.
    pub fn localhost(port: u16) -> Self {
        let text = format!("http://localhost:{port}");
        Self { origin: text.clone(), text, host: "localhost".into(), https: false, loopback: true }
    }

    /// The identifier as it stands in `iss`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port, as a browser writes them in `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host as it stands in a `Host` header, without the port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// True for https: cookies are `Secure` and HSTS is sent.
    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// True when only this machine can reach the host.
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Setting for Issuer {
    const FROM_FILE: bool = true;

    fn kind() -> String {
        "URL".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|why| format!("must be a URL such as https://id.example.com ({why})"))?;
        let host = url.host().filter(|_| matches!(url.scheme(), "https" | "http"));
        let host = host.ok_or("must start with https:// (or http:// in development)")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user name or password".into());
        }
        if text.contains(['?', '#']) {
            return Err("must not have a query or fragment (RFC 8414 §2)".into());
        }
        if text.ends_with('/') {
            return Err(format!("must not end with a slash: write {}", text.trim_end_matches('/')));
        }
        let normal = url.as_str().trim_end_matches('/');
        if normal != text {
            // Two spellings of one issuer are two issuers to every relying party.
            return Err(format!("must be in normal form: write {normal}"));
        }
        let origin = url.origin().ascii_serialization();
        if origin != text {
            return Err(format!(
                "must not have a path, because everything is served at the root of its host: write {origin}"
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            origin,
            host: host.to_string(),
            https: url.scheme() == "https",
            loopback: is_loopback(&host),
        })
    }

    fn shown(&self) -> String {
        self.text.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_issuer_is_kept_as_written() {
        let issuer = Issuer::parse("https://id.example.com:8443").unwrap();
        assert_eq!((issuer.as_str(), issuer.origin()), ("https://id.example.com:8443", "https://id.example.com:8443"));
        assert_eq!(issuer.host(), "id.example.com");
        assert!(issuer.is_https() && !issuer.is_loopback());
        let local = Issuer::parse("http://localhost:8001").unwrap();
        assert_eq!(local.origin(), "http://localhost:8001");
        assert_eq!(local, Issuer::localhost(8001));
        assert!(!local.is_https() && local.is_loopback());
        assert!(Issuer::parse("http://[::1]:8001").unwrap().is_loopback());
    }

    #[test]
    fn other_spellings_of_the_same_issuer_are_refused() {
        for text in [
            "https://id.example.com/",
            "https://ID.example.com",
            "HTTPS://id.example.com",
            "https://id.example.com:443",
            "https://id.example.com/a/../b",
            "https://id.example.com/a/",
            " https://id.example.com",
            "https://bücher.example",
        ] {
            assert!(Issuer::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_issuer_with_a_path_is_told_what_to_write() {
        let why = Issuer::parse("https://id.example.com/tenants/one").unwrap_err();
        assert!(why.contains("must not have a path") && why.ends_with("write https://id.example.com"), "{why}");
    }

    #[test]
    fn what_is_not_an_issuer_is_refused() {
        for text in [
            "",
            "id.example.com",
            "ftp://id.example.com",
            "https://",
            "https://id.example.com?x=1",
            "https://id.example.com#x",
            "https://id.example.com?",
            "https://u:p@id.example.com",
            "mailto:a@b",
        ] {
            assert!(Issuer::parse(text).is_err(), "{text}");
        }
    }
}

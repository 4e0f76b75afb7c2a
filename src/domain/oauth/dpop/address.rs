//! Comparing the address that a proof names with the one it came to (RFC 9449 §4.3, checks 8 and 9 of the URI).

use url::Url;

/// Whether `htu` names `address`, which is ours: without query and fragment, after syntax-based and scheme-based normalization
/// (RFC 3986 §6.2.2, §6.2.3).
pub fn is_same(htu: &str, address: &str) -> bool {
    match (normal(htu), normal(address)) {
        (Some(named), Some(ours)) => named == ours,
        _ => false,
    }
}

/// Scheme and host in lower case, no usual port, no dot segments (all by the parser), and percent-encoding only where it is
/// needed, in upper case. A user name is part of no address of ours.
fn normal(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok().filter(|url| url.has_host())?;
    url.set_query(None);
    url.set_fragment(None);
    Some(decoded_unreserved(url.as_str()))
}

fn decoded_unreserved(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        normal.push_str(&rest[..at]);
        let encoded = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let Some(byte) = encoded else {
            normal.push('%');
            rest = &rest[at + 1..];
            continue;
        };
        match byte {
            b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => normal.push(char::from(byte)),
            other => normal.push_str(&format!("%{other:02X}")),
        }
        rest = &rest[at + 3..];
    }
    normal.push_str(rest);
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://id.example.test/oauth2/token";

    #[test]
    fn spelling_does_not_matter() {
        for same in [
            OURS,
            "HTTPS://ID.Example.Test/oauth2/token",
            "https://id.example.test:443/oauth2/token",
            "https://id.example.test/oauth2/token?grant=x#y",
            "https://id.example.test/./x/../oauth2/token",
            "https://id.example.test/oauth2/%74oken",
        ] {
            assert!(is_same(same, OURS), "{same}");
        }
        assert!(is_same("https://id.test/a%2fb%7e", "https://id.test/a%2Fb~"));
        assert!(is_same("https://id.test/100%", "https://id.test/100%"));
    }

    #[test]
    fn every_part_matters() {
        for other in [
            "http://id.example.test/oauth2/token",
            "https://id.example.test:8443/oauth2/token",
            "https://id.example.test.evil.test/oauth2/token",
            "https://evil@id.example.test/oauth2/token",
            "https://id.example.test/oauth2/token/",
            "https://id.example.test/oauth2/Token",
            "https://id.example.test/oauth2%2Ftoken",
            "https://id.example.test/oauth2/par",
            "/oauth2/token",
            "token",
            "",
        ] {
            assert!(!is_same(other, OURS), "{other}");
        }
    }
}

//! What may name a resource (RFC 8707 §2): an absolute URI without a fragment.

use url::Url;

/// Longest indicator, in characters.
const LONGEST: usize = 500;

/// Whether a text can name a resource: in a request, or at registration.
pub fn check(uri: &str) -> Result<(), &'static str> {
    if uri.len() > LONGEST {
        return Err("is longer than 500 characters");
    }
    // The parser forgives white space and odd characters; a name that is compared byte for byte must not need that.
    if !uri.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b)) {
        return Err("has characters that a URI cannot have");
    }
    let Ok(url) = Url::parse(uri) else { return Err("is not an absolute URI") };
    if url.fragment().is_some() {
        return Err("must not have a fragment");
    }
    Ok(())
}

/// Whether an API may be registered under this name: nothing at or below the issuer, whose own tokens name it as audience.
pub fn check_registration(uri: &str, issuer: &str) -> Result<(), &'static str> {
    check(uri)?;
    let below = uri.strip_prefix(issuer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    if below { Err("must not be at or below the issuer") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_uri_without_a_fragment() {
        for good in
            ["https://api.example.test", "https://api.example.test/v1?x=1", "urn:example:orders", "https://a/%7B"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let long = format!("https://a/{}", "x".repeat(500));
        let bad = [
            "",
            "orders",
            "/orders",
            "//api.example.test",
            "https://a#",
            "https://a#x",
            "https://a b",
            " https://a",
            "https://ä",
            "https://a/\u{0}",
            "https://a/\"",
            &long,
        ];
        for bad in bad {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_issuers_own_names_are_its_own() {
        let issuer = "https://id.example.test";
        for taken in ["https://id.example.test", "https://id.example.test/", "https://id.example.test/api/v1"] {
            assert!(check_registration(taken, issuer).is_err(), "{taken}");
        }
        for free in ["https://id.example.test.shop", "https://id.example.test:8443/x", "https://api.example.test"] {
            assert_eq!(check_registration(free, issuer), Ok(()), "{free}");
        }
    }
}

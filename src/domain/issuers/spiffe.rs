//! SPIFFE IDs (SPIFFE-ID §2): `spiffe://<trust domain>/<path>`, compared as they are written.

/// The scheme and what separates it.
const SCHEME: &str = "spiffe://";

/// Longest trust domain and longest ID, in bytes (SPIFFE-ID §2.1, §2.3).
const LONGEST_DOMAIN: usize = 255;
const LONGEST_ID: usize = 2048;

/// Whether a text is of the `spiffe` scheme, be it sound or not.
pub fn is_spiffe(text: &str) -> bool {
    text.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

/// Whether it names a trust domain and nothing in it.
pub fn is_trust_domain(text: &str) -> bool {
    parts(text).is_some_and(|(_, path)| path.is_empty())
}

/// Whether it names a workload of this trust domain (`spiffe://example.org`).
pub fn is_within(text: &str, domain: &str) -> bool {
    is_trust_domain(domain)
        && text.strip_prefix(domain).is_some_and(|path| path.starts_with('/'))
        && parts(text).is_some()
}

/// Trust domain and path of a sound ID.
fn parts(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(SCHEME)?;
    let (domain, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let of_domain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    let of_segment = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let segment = |segment: &str| !["", ".", ".."].contains(&segment) && segment.bytes().all(of_segment);
    let sound = text.len() <= LONGEST_ID
        && (1..=LONGEST_DOMAIN).contains(&domain.len())
        && domain.bytes().all(of_domain)
        && (path.is_empty() || path[1..].split('/').all(segment));
    sound.then_some((domain, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trust_domain_is_a_name_and_no_more() {
        for good in ["spiffe://example.org", "spiffe://a", "spiffe://prod_1.acme-2.test"] {
            assert!(is_trust_domain(good), "{good}");
        }
        for bad in [
            "",
            "spiffe://",
            "spiffe://example.org/",
            "spiffe://example.org/a",
            "spiffe://Example.org",
            "SPIFFE://example.org",
            "spiffe://example.org:443",
            "spiffe://u@example.org",
            "spiffe://exämple.org",
            "https://example.org",
            "spiffe://example.org?a",
            "spiffe://example.org#a",
            "spiffe://exa%6dple.org",
        ] {
            assert!(!is_trust_domain(bad), "{bad}");
        }
        assert!(!is_trust_domain(&format!("spiffe://{}", "a".repeat(256))));
        assert!(is_spiffe("Spiffe://x") && !is_spiffe("https://x") && !is_spiffe("spiffé://x"));
    }

    #[test]
    fn a_workload_is_within_its_own_trust_domain() {
        const DOMAIN: &str = "spiffe://example.org";
        for good in ["spiffe://example.org/a", "spiffe://example.org/ns/Orders/sa/api_1", "spiffe://example.org/..."] {
            assert!(is_within(good, DOMAIN), "{good}");
        }
        for bad in [
            "spiffe://example.org",
            "spiffe://example.org/",
            "spiffe://example.org/a/",
            "spiffe://example.org//a",
            "spiffe://example.org/a/../b",
            "spiffe://example.org/./a",
            "spiffe://example.org/a%2fb",
            "spiffe://example.org/a b",
            "spiffe://example.org/*",
            "spiffe://example.org.evil.test/a",
            "spiffe://example.orga",
            "spiffe://evil.test/a",
            "spiffe://example.org/a?b",
            "spiffe://example.org/a#b",
            "spiffe://example.org/ä",
        ] {
            assert!(!is_within(bad, DOMAIN), "{bad}");
        }
        assert!(!is_within(&format!("{DOMAIN}/{}", "a".repeat(2048)), DOMAIN));
        assert!(!is_within("spiffe://example.org/a", "spiffe://example.org/"));
    }
}

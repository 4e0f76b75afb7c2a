//! The hashes that tie an ID token to what was issued with it (OpenID Connect Core §3.1.3.6, §3.3.2.11).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Algorithm;

/// The `at_hash` claim for `access_token`, in an ID token signed with `algorithm`.
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    left_half(algorithm, access_token)
}

/// The `c_hash` claim for an authorization `code`, in an ID token signed with `algorithm`.
pub fn c_hash(algorithm: Algorithm, code: &str) -> String {
    left_half(algorithm, code)
}

/// The left half of the hash that belongs to the algorithm, base64url. Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
fn left_half(algorithm: Algorithm, value: &str) -> String {
    match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => {
            URL_SAFE_NO_PAD.encode(&openssl::sha::sha256(value.as_bytes())[..16])
        }
        Algorithm::EdDSA => URL_SAFE_NO_PAD.encode(&openssl::sha::sha512(value.as_bytes())[..32]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_examples_of_openid_connect_core() {
        // Appendix A.3 and A.4.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256] {
            assert_eq!(at_hash(algorithm, token), "77QmUPtjPfzWtF2AnpK9RQ");
            assert_eq!(c_hash(algorithm, code), "LDktKdoQak3Pk0cnXxCltA");
        }
    }

    #[test]
    fn ed25519_takes_half_of_sha_512() {
        // First half of SHA-512("abc") by FIPS 180-4.
        let half = [
            0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba, 0xcc, 0x41, 0x73, 0x49, 0xae, 0x20, 0x41, 0x31, 0x12, 0xe6,
            0xfa, 0x4e, 0x89, 0xa9, 0x7e, 0xa2, 0x0a, 0x9e, 0xee, 0xe6, 0x4b, 0x55, 0xd3, 0x9a,
        ];
        assert_eq!(at_hash(Algorithm::EdDSA, "abc"), URL_SAFE_NO_PAD.encode(half));
    }
}

//! The algorithms that Signet signs and decrypts with (RFC 7518 §3.1, §4.1, RFC 8037 §3.1).

use super::choice::choice;
use super::setting::Setting;

choice! {
    /// A signature algorithm, named as in a JWT header.
    pub enum Algorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256; every relying party knows it.
        Rs256 = "RS256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

choice! {
    /// What a key decrypts, named as in a JWT header.
    pub enum DecryptionAlgorithm {
        /// RSA.
        RsaOaep256 = "RSA-OAEP-256",
        /// Key agreement on P-256, alone or with a wrapped key.
        EcdhEs = "ECDH-ES",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn no_symmetric_or_empty_algorithm_can_be_configured() {
        for name in ["none", "HS256", "rs256", "ES384", ""] {
            assert!(Algorithm::parse(name).is_err(), "{name}");
        }
        assert_eq!(Algorithm::parse("EdDSA"), Ok(Algorithm::EdDsa));
    }
}

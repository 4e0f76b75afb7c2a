//! The encryption algorithms that Signet uses: the allow-list itself (RFC 7518 §4.1, §5.1, RFC 8725 §3.1).

use std::fmt;
use std::str::FromStr;

use josekit::JoseError;
use josekit::jwe::enc::{A128CBC_HS256, A128GCM, A256GCM};
use josekit::jwe::{
    ECDH_ES, ECDH_ES_A128KW, ECDH_ES_A256KW, JweContentEncryption, JweDecrypter, JweEncrypter, RSA_OAEP_256,
};
use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $type { $($(#[$vdoc])* #[serde(rename = $name)] $variant,)+ }

        impl $type {
            /// All of them, in the order in which metadata lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The JOSE name, as it stands in headers and metadata.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownEncryption;

            /// Exact and case-sensitive, as RFC 7516 §4.1.1 demands.
            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name).ok_or(UnknownEncryption)
            }
        }
    };
}

/// The name is not that of an encryption Signet uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an encryption algorithm that is used here")]
pub struct UnknownEncryption;

names! {
    /// How the key of a message reaches its reader: `alg` of a JWE (RFC 7518 §4.1). What is not here cannot be asked for:
    /// `RSA1_5` has no variant (it tells its padding apart), `RSA-OAEP` uses SHA-1, and `dir` and the password families are for
    /// secrets that both sides share.
    EncryptionAlgorithm {
        /// Encrypted for an RSA key, with SHA-256.
        RsaOaep256 = "RSA-OAEP-256",
        /// Agreed with an EC key, and used as it is.
        EcdhEs = "ECDH-ES",
        /// Agreed with an EC key, wrapping another by AES-128.
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        /// The same by AES-256.
        EcdhEsA256Kw = "ECDH-ES+A256KW",
    }
}

names! {
    /// What the content is encrypted with: `enc` of a JWE (RFC 7518 §5.1).
    ContentEncryption {
        /// AES-128 in CBC mode with an HMAC of SHA-256: every reader has to know it, and the default of client metadata
        /// (OpenID Connect Registration §2).
        A128CbcHs256 = "A128CBC-HS256",
        /// AES-128 in Galois/Counter Mode.
        A128Gcm = "A128GCM",
        /// AES-256 in Galois/Counter Mode.
        A256Gcm = "A256GCM",
    }
}

names! {
    /// What a key of our own decrypts: a family, by the name of its plainest member.
    DecryptionAlgorithm {
        /// RSA-OAEP-256.
        RsaOaep256 = "RSA-OAEP-256",
        /// ECDH-ES on P-256, alone or with a wrapped key.
        EcdhEs = "ECDH-ES",
    }
}

impl EncryptionAlgorithm {
    /// The kind of key of ours that reads it.
    pub const fn family(self) -> DecryptionAlgorithm {
        match self {
            Self::RsaOaep256 => DecryptionAlgorithm::RsaOaep256,
            Self::EcdhEs | Self::EcdhEsA128Kw | Self::EcdhEsA256Kw => DecryptionAlgorithm::EcdhEs,
        }
    }

    /// Writes for the holder of a key, given as SubjectPublicKeyInfo.
    pub(crate) fn encrypter(self, spki: &[u8]) -> Result<Box<dyn JweEncrypter>, JoseError> {
        Ok(match self {
            Self::RsaOaep256 => Box::new(RSA_OAEP_256.encrypter_from_der(spki)?),
            Self::EcdhEs => Box::new(ECDH_ES.encrypter_from_der(spki)?),
            Self::EcdhEsA128Kw => Box::new(ECDH_ES_A128KW.encrypter_from_der(spki)?),
            Self::EcdhEsA256Kw => Box::new(ECDH_ES_A256KW.encrypter_from_der(spki)?),
        })
    }

    /// Reads with a private key, given as PKCS#8.
    pub(crate) fn decrypter(self, pkcs8: &[u8]) -> Result<Box<dyn JweDecrypter>, JoseError> {
        Ok(match self {
            Self::RsaOaep256 => Box::new(RSA_OAEP_256.decrypter_from_der(pkcs8)?),
            Self::EcdhEs => Box::new(ECDH_ES.decrypter_from_der(pkcs8)?),
            Self::EcdhEsA128Kw => Box::new(ECDH_ES_A128KW.decrypter_from_der(pkcs8)?),
            Self::EcdhEsA256Kw => Box::new(ECDH_ES_A256KW.decrypter_from_der(pkcs8)?),
        })
    }
}

impl ContentEncryption {
    /// The library's own, for names and lengths, and for writing. Reading is ours: see `content.rs`.
    pub(crate) fn josekit(self) -> &'static dyn JweContentEncryption {
        match self {
            Self::A128CbcHs256 => &A128CBC_HS256,
            Self::A128Gcm => &A128GCM,
            Self::A256Gcm => &A256GCM,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use josekit::jwe::JweAlgorithm;

    #[test]
    fn names_read_back_and_are_those_of_serde_and_of_the_library() {
        for algorithm in EncryptionAlgorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(*algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.as_str());
        }
        for enc in ContentEncryption::ALL {
            assert_eq!(enc.as_str().parse(), Ok(*enc));
            assert_eq!(enc.josekit().name(), enc.as_str());
        }
        let libraries = [RSA_OAEP_256.name(), ECDH_ES.name(), ECDH_ES_A128KW.name(), ECDH_ES_A256KW.name()];
        assert_eq!(EncryptionAlgorithm::ALL.iter().map(|a| a.as_str()).collect::<Vec<_>>(), libraries);
    }

    #[test]
    fn weak_and_shared_ones_have_no_name_here() {
        for name in ["RSA1_5", "RSA-OAEP", "dir", "A128KW", "A256GCMKW", "PBES2-HS256+A128KW", "none", "ecdh-es", ""] {
            assert_eq!(name.parse::<EncryptionAlgorithm>(), Err(UnknownEncryption), "{name:?}");
        }
        for name in ["A192GCM", "a256gcm", "A128CBC", "none", ""] {
            assert_eq!(name.parse::<ContentEncryption>(), Err(UnknownEncryption), "{name:?}");
        }
    }
}

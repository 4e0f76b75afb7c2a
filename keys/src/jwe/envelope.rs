//! Reading the compact serialization of a JWE (RFC 7516 §7.1) without trusting any of it.

use josekit::jwe::JweHeader;
use serde_json::{Map, Value};

use super::content::Sealed;
use super::{ContentEncryption, DecryptionAlgorithm, EncryptionAlgorithm};
use crate::Invalid;
use crate::compact::{LONGEST, bytes, object, text};

/// An encrypted token taken apart.
pub(crate) struct Envelope<'t> {
    pub(super) algorithm: EncryptionAlgorithm,
    pub(super) enc: ContentEncryption,
    pub(crate) kid: Option<String>,
    pub(super) header: JweHeader,
    pub(super) encrypted_key: Vec<u8>,
    encoded_header: &'t str,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

/// Whether a token has the five parts of a JWE. Nothing of it is looked at.
pub fn is_encrypted(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 4
}

impl<'t> Envelope<'t> {
    /// Takes a token apart. What it holds has to be a JWT, if it says what it holds (RFC 7519 §5.2); keys in the header other
    /// than the ephemeral one are not looked at.
    ///
    /// # Errors
    /// [`Invalid`] by reason.
    pub(crate) fn parse(token: &'t str) -> Result<Self, Invalid> {
        if token.len() > LONGEST {
            return Err(Invalid::TooLarge);
        }
        let [encoded_header, encrypted_key, iv, ciphertext, tag] = token.splitn(6, '.').collect::<Vec<_>>()[..] else {
            return Err(Invalid::Malformed);
        };
        let members = object(encoded_header)?;
        let refused = [("crit", Invalid::Extension), ("b64", Invalid::Extension), ("zip", Invalid::Compressed)];
        for (name, reason) in refused {
            if members.contains_key(name) {
                return Err(reason);
            }
        }
        if text(&members, "cty")?.is_some_and(|cty| !crate::claims::is_type(Some(&cty), &["JWT"])) {
            return Err(Invalid::TypeRefused);
        }
        let named = |name: &str| text(&members, name);
        Ok(Self {
            algorithm: named("alg")?.and_then(|name| name.parse().ok()).ok_or(Invalid::AlgorithmRefused)?,
            enc: named("enc")?.and_then(|name| name.parse().ok()).ok_or(Invalid::AlgorithmRefused)?,
            kid: named("kid")?,
            header: agreement(members)?,
            encrypted_key: bytes(encrypted_key)?,
            encoded_header,
            iv: bytes(iv)?,
            ciphertext: bytes(ciphertext)?,
            tag: bytes(tag)?,
        })
    }

    /// Whether a key of this kind may read it.
    pub(crate) fn is_for(&self, family: DecryptionAlgorithm) -> bool {
        self.algorithm.family() == family
    }

    /// What was encrypted.
    pub(super) fn sealed(&self) -> Sealed<'_> {
        let header = self.encoded_header.as_bytes();
        Sealed { iv: &self.iv, ciphertext: &self.ciphertext, tag: &self.tag, header }
    }
}

/// The members that key agreement reads (RFC 7518 §4.6.1), and no others.
fn agreement(mut members: Map<String, Value>) -> Result<JweHeader, Invalid> {
    members.retain(|name, _| matches!(name.as_str(), "epk" | "apu" | "apv"));
    JweHeader::from_map(members).map_err(|_| Invalid::Malformed)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn refusal(header: &str) -> Option<Invalid> {
        Envelope::parse(&format!("{}.AA.AA.AA.AA", URL_SAFE_NO_PAD.encode(header))).err()
    }

    #[test]
    fn the_shape_is_five_strict_segments() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ECDH-ES","enc":"A256GCM"}"#);
        assert!(Envelope::parse(&format!("{header}....")).is_ok());
        for rest in ["", "...", ".....", ".A...", "..AA==..", "...A+.", "....\n"] {
            let parsed = Envelope::parse(&format!("{header}{rest}")).err();
            assert_eq!(parsed, Some(Invalid::Malformed), "{rest}");
        }
        assert_eq!(Envelope::parse(&"A".repeat(LONGEST + 1)).err(), Some(Invalid::TooLarge));
        assert!(is_encrypted("....") && !is_encrypted("..") && !is_encrypted("....."));
    }

    #[test]
    fn only_our_algorithms_are_taken() {
        for (alg, enc) in [
            ("RSA1_5", "A128CBC-HS256"),
            ("RSA-OAEP", "A256GCM"),
            ("dir", "A256GCM"),
            ("A256KW", "A256GCM"),
            ("PBES2-HS256+A128KW", "A128CBC-HS256"),
            ("ECDH-ES", "A192GCM"),
            ("ECDH-ES", "A256CBC-HS512"),
            ("ecdh-es", "A256GCM"),
        ] {
            let header = format!(r#"{{"alg":"{alg}","enc":"{enc}"}}"#);
            assert_eq!(refusal(&header), Some(Invalid::AlgorithmRefused), "{header}");
        }
        for header in [r#"{"alg":"ECDH-ES"}"#, r#"{"enc":"A256GCM"}"#, "{}"] {
            assert_eq!(refusal(header), Some(Invalid::AlgorithmRefused), "{header}");
        }
    }

    #[test]
    fn extensions_compression_and_other_contents_are_refused() {
        let with = |member: &str| refusal(&format!(r#"{{"alg":"ECDH-ES","enc":"A256GCM",{member}}}"#));
        for (member, reason) in [
            (r#""crit":["exp"]"#, Invalid::Extension),
            (r#""crit":null"#, Invalid::Extension),
            (r#""b64":true"#, Invalid::Extension),
            (r#""zip":"DEF""#, Invalid::Compressed),
            (r#""zip":null"#, Invalid::Compressed),
            (r#""cty":"json""#, Invalid::TypeRefused),
            (r#""cty":7"#, Invalid::Malformed),
            (r#""kid":7"#, Invalid::Malformed),
        ] {
            assert_eq!(with(member), Some(reason), "{member}");
        }
        for member in [r#""cty":"JWT""#, r#""cty":"jwt""#, r#""cty":"application/jwt""#, r#""jku":7,"jwk":"x""#] {
            assert_eq!(with(member), None, "{member}");
        }
    }
}

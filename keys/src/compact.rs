//! Reading the compact serialization of a JWS (RFC 7515 §7.1) without trusting any of it.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::verifying::VerifyingKey;
use crate::{Algorithm, Invalid};

/// Longest token that is read, in bytes.
pub(crate) const LONGEST: usize = 64 * 1024;

/// A token that one of our algorithms may have signed.
pub(crate) type Compact<'t> = Segments<'t, Algorithm>;

/// A token taken apart, with `alg` read as `A`: what `A` does not know is refused. Nothing in it is believed yet: only
/// [`Segments::believe`] gives the claims.
pub(crate) struct Segments<'t, A> {
    pub(crate) algorithm: A,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
    pub(crate) signed: &'t str,
    payload: &'t str,
    pub(crate) signature: Vec<u8>,
}

impl<'t, A: FromStr> Segments<'t, A> {
    /// Takes a token apart. `jku`, `x5u`, `jwk` and `x5c` are not even looked at: a key comes from our own list by `kid`
    /// or not at all (RFC 8725 §3.10).
    ///
    /// # Errors
    /// [`Invalid`] by reason.
    pub(crate) fn parse(token: &'t str) -> Result<Self, Invalid> {
        Self::parse_with_header(token).map(|(segments, _)| segments)
    }

    /// The same with all members of the header, for the one kind of token whose key stands in it (RFC 9449 §4.2).
    ///
    /// # Errors
    /// [`Invalid`] by reason.
    pub(crate) fn parse_with_header(token: &'t str) -> Result<(Self, Map<String, Value>), Invalid> {
        if token.len() > LONGEST {
            return Err(Invalid::TooLarge);
        }
        let (header, payload, signature) = match token.splitn(6, '.').collect::<Vec<_>>()[..] {
            [header, payload, signature] => (header, payload, signature),
            [_, _, _, _, _] => return Err(Invalid::Encrypted),
            _ => return Err(Invalid::Malformed),
        };
        let members = object(header)?;
        let refused = [
            ("crit", Invalid::Extension),
            ("b64", Invalid::Extension),
            ("zip", Invalid::Compressed),
            ("enc", Invalid::Encrypted),
        ];
        for (name, reason) in refused {
            if members.contains_key(name) {
                return Err(reason);
            }
        }
        let segments = Self {
            algorithm: text(&members, "alg")?.and_then(|name| name.parse().ok()).ok_or(Invalid::AlgorithmRefused)?,
            kid: text(&members, "kid")?,
            typ: text(&members, "typ")?,
            signed: &token[..header.len() + 1 + payload.len()],
            payload,
            signature: bytes(signature)?,
        };
        Ok((segments, members))
    }

    /// The claims, authentic or not.
    ///
    /// # Errors
    /// [`Invalid::Malformed`] if the payload is no object.
    pub(crate) fn claims(&self) -> Result<Map<String, Value>, Invalid> {
        object(self.payload)
    }
}

impl Compact<'_> {
    /// The claims, if `key` signed them. The payload is not parsed before the signature holds.
    ///
    /// # Errors
    /// [`Invalid::AlgorithmMismatch`], [`Invalid::SignatureWrong`], or [`Invalid::Malformed`] if the payload is no object.
    pub(crate) fn believe(&self, key: &VerifyingKey) -> Result<Map<String, Value>, Invalid> {
        if key.algorithm() != self.algorithm {
            return Err(Invalid::AlgorithmMismatch);
        }
        if !key.accepts(self.signed.as_bytes(), &self.signature) {
            return Err(Invalid::SignatureWrong);
        }
        self.claims()
    }
}

/// A base64url segment that holds a JSON object.
pub(crate) fn object(segment: &str) -> Result<Map<String, Value>, Invalid> {
    serde_json::from_slice(&bytes(segment)?).map_err(|_| Invalid::Malformed)
}

/// Strict: no padding, no line breaks, no stray bits, so that one token has one spelling.
pub(crate) fn bytes(segment: &str) -> Result<Vec<u8>, Invalid> {
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| Invalid::Malformed)
}

pub(crate) fn text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, Invalid> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Invalid::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(token: &str) -> Option<Invalid> {
        Compact::parse(token).err()
    }

    fn with_header(header: &str) -> Option<Invalid> {
        refusal(&format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header)))
    }

    #[test]
    fn the_shape_is_three_strict_segments() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
        assert_eq!(refusal(&format!("{header}.e30.AA")), None);
        for token in ["", ".", "..", "a", "a.b", "....."] {
            assert_eq!(refusal(token), Some(Invalid::Malformed), "{token}");
        }
        assert_eq!(refusal(&format!("{header}.e30.AA.")), Some(Invalid::Malformed));
        assert_eq!(refusal("a.b.c.d.e"), Some(Invalid::Encrypted));
        // Padding, the other alphabet, white space, stray bits.
        for signature in ["AA==", "A+/A", "AA\n", " AA", "AB", "é"] {
            assert_eq!(refusal(&format!("{header}.e30.{signature}")), Some(Invalid::Malformed), "{signature}");
        }
    }

    #[test]
    fn size_is_bounded() {
        let token = |length: usize| format!("{}.e30.AA", "A".repeat(length - 7));
        assert_eq!(refusal(&token(LONGEST)), Some(Invalid::Malformed));
        assert_eq!(refusal(&token(LONGEST + 1)), Some(Invalid::TooLarge));
    }

    #[test]
    fn the_header_is_an_object_of_strings() {
        for header in ["", "null", "[]", "7", "\"ES256\"", "{", r#"{"alg":"ES256"} {}"#] {
            assert_eq!(with_header(header), Some(Invalid::Malformed), "{header}");
        }
        for header in [r#"{"alg":7}"#, r#"{"alg":"ES256","kid":7}"#, r#"{"alg":"ES256","typ":["JWT"]}"#] {
            assert_eq!(with_header(header), Some(Invalid::Malformed), "{header}");
        }
        let deep = format!(r#"{{"alg":"ES256","x":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
        assert_eq!(with_header(&deep), Some(Invalid::Malformed));
    }

    #[test]
    fn the_algorithm_is_one_of_ours() {
        for algorithm in ["none", "None", "NONE", "", "HS256", "HS512", "ES256K", "RSA-OAEP", "es256"] {
            let header = format!(r#"{{"alg":"{algorithm}"}}"#);
            assert_eq!(with_header(&header), Some(Invalid::AlgorithmRefused), "{algorithm}");
        }
        assert_eq!(with_header("{}"), Some(Invalid::AlgorithmRefused));
    }

    #[test]
    fn extensions_are_refused_whatever_they_say() {
        let cases = [
            (r#""crit":["exp"]"#, Invalid::Extension),
            (r#""crit":[]"#, Invalid::Extension),
            (r#""crit":null"#, Invalid::Extension),
            (r#""b64":false"#, Invalid::Extension),
            (r#""b64":true"#, Invalid::Extension),
            (r#""zip":"DEF""#, Invalid::Compressed),
            (r#""enc":"A256GCM""#, Invalid::Encrypted),
        ];
        for (member, reason) in cases {
            assert_eq!(with_header(&format!(r#"{{"alg":"ES256",{member}}}"#)), Some(reason), "{member}");
        }
    }

    #[test]
    fn keys_in_the_header_are_not_looked_at() {
        let header = r#"{"alg":"ES256","jku":7,"x5u":{},"jwk":"x","x5c":null}"#;
        assert_eq!(with_header(header), None);
    }
}

//! Public keys that somebody else published as a JWK Set (RFC 7517 §5): only what can verify or encrypt by one of our algorithms
//! counts.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::pkey::{PKey, Public};
use serde_json::{Map, Value};

use crate::verifying::VerifyingKey;
use crate::{Algorithm, Certificate, EncryptionAlgorithm, ForeignAlgorithm, Recipient, jwk};

/// More keys in one set are not looked at.
const MOST: usize = 50;
/// Members that only a private or a symmetric key has (RFC 7518 §6.2.2, §6.3.2, §6.4).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// `use` of a key that signs JWT-SVIDs (SPIFFE Trust Domain and Bundle §4.2.2).
const JWT_SVID: &str = "jwt-svid";

/// Why a JWK Set is refused as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// Not an object with an array `keys`.
    #[error("is not a JWK Set")]
    Malformed,
    /// A private or symmetric key is in it: whoever published it gave it away.
    #[error("holds a private key; publish the public ones only")]
    Private,
    /// No key in it verifies signatures by RS256, PS256, ES256 or EdDSA, can be encrypted for, or has a certificate.
    #[error(
        "holds no key that verifies RS256, PS256, ES256 or EdDSA signatures, none to encrypt for, and none with a certificate"
    )]
    Useless,
}

/// The usable keys of a JWK Set.
pub struct ForeignKeys {
    signing: Vec<ForeignKey>,
    svid: Vec<ForeignKey>,
    recipients: Vec<Recipient>,
    certified: Vec<Certified>,
}

/// A key that a certificate may be for.
struct Certified {
    public: PKey<Public>,
    /// The one certificate that it has, if it has one (`x5c`, RFC 7517 §4.7).
    own: Option<Vec<u8>>,
}

struct ForeignKey {
    kid: Option<String>,
    verifying: VerifyingKey,
}

impl ForeignKeys {
    /// Reads a JWK Set. Keys of other kinds and uses are passed over (RFC 7517 §5).
    ///
    /// # Errors
    /// [`JwksError`] by reason.
    pub fn parse(jwks: &Value) -> Result<Self, JwksError> {
        let keys = jwks.get("keys").and_then(Value::as_array).ok_or(JwksError::Malformed)?;
        if keys.len() > MOST {
            return Err(JwksError::Malformed);
        }
        let (mut signing, mut svid, mut recipients, mut certified) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for key in keys {
            let members = key.as_object().ok_or(JwksError::Malformed)?;
            if PRIVATE.iter().any(|name| members.contains_key(*name)) {
                return Err(JwksError::Private);
            }
            let verifying = algorithms(members).filter_map(|algorithm| ForeignKey::read(members, algorithm));
            match members.get("use").is_some_and(|usage| usage == JWT_SVID) {
                true => svid.extend(verifying),
                false => signing.extend(verifying),
            }
            recipients.extend(Recipient::read(members));
            certified.extend(Certified::read(members));
        }
        let certifies = certified.iter().any(|key| key.own.is_some());
        match signing.is_empty() && svid.is_empty() && recipients.is_empty() && !certifies {
            true => Err(JwksError::Useless),
            false => Ok(Self { signing, svid, recipients, certified }),
        }
    }

    /// Whether a certificate is one of theirs (RFC 8705 §2.2.2): the first of a key's `x5c`, or, of a key without, one for that key.
    pub fn certify(&self, certificate: &Certificate) -> bool {
        let Some(public) = certificate.public_key() else { return false };
        self.certified.iter().any(|key| match &key.own {
            Some(own) => own == certificate.der(),
            None => key.public.public_eq(&public),
        })
    }

    /// Whether a signature can be checked with any of them.
    pub fn verifies(&self) -> bool {
        !self.signing.is_empty()
    }

    /// Whether a JWT-SVID can be checked with any of them: whether it is the bundle of a SPIFFE trust domain.
    pub fn verifies_svids(&self) -> bool {
        !self.svid.is_empty()
    }

    /// The key to encrypt for by this algorithm: one that names it before one that names none, one with `use` before one
    /// without, and of equals the first (OpenID Connect Core §10.2.1).
    pub fn recipient(&self, algorithm: EncryptionAlgorithm) -> Option<&Recipient> {
        let ranked = self.recipients.iter().filter_map(|recipient| Some((recipient.rank(algorithm)?, recipient)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, recipient)| recipient)
    }

    /// The keys that may have made a signature: those of the algorithm, and of the `kid` where one is named. A published key
    /// without a `kid` may be any.
    pub(crate) fn candidates(&self, algorithm: Algorithm, kid: Option<&str>) -> impl Iterator<Item = &VerifyingKey> {
        fitting(&self.signing, algorithm, kid)
    }

    /// The same for a JWT-SVID: those keys sign nothing else, and no others sign it (SPIFFE Trust Domain and Bundle §4.2.2).
    pub(crate) fn svid_candidates(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> impl Iterator<Item = &VerifyingKey> {
        fitting(&self.svid, algorithm, kid)
    }
}

fn fitting<'k>(
    keys: &'k [ForeignKey],
    algorithm: Algorithm,
    kid: Option<&str>,
) -> impl Iterator<Item = &'k VerifyingKey> {
    let fits = move |key: &&ForeignKey| match (kid, &key.kid) {
        (Some(wanted), Some(kid)) => wanted == kid,
        _ => true,
    };
    keys.iter().filter(fits).map(|key| &key.verifying).filter(move |key| key.algorithm() == algorithm)
}

impl fmt::Debug for ForeignKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verifying = self.signing.iter().chain(&self.svid).map(|key| &key.kid);
        f.debug_list().entries(verifying).entries(&self.recipients).finish()
    }
}

impl Certified {
    /// None where it is no sound public key, or has a certificate for another one (RFC 7517 §4.7).
    fn read(members: &Map<String, Value>) -> Option<Self> {
        let public = jwk::public_key(members)?;
        let Some(chain) = members.get("x5c") else {
            let encrypts = members.get("use").is_some_and(|usage| usage == "enc");
            return (!encrypts).then_some(Self { public, own: None });
        };
        // Standard base64 here, unlike everywhere else in a JWK.
        let own = STANDARD.decode(chain.get(0)?.as_str()?).ok()?;
        let certificate = Certificate::parse(&[&own]).ok()?;
        certificate.public_key()?.public_eq(&public).then_some(Self { public, own: Some(own) })
    }
}

impl ForeignKey {
    fn read(members: &Map<String, Value>, algorithm: Algorithm) -> Option<Self> {
        let public = jwk::public_key(members)?;
        // Kind, curve and least size are checked there; a key that is too small is no key.
        jwk::public_members(algorithm, &public).ok()?;
        let der = public.public_key_to_der().ok()?;
        let verifying = VerifyingKey::from_public_der(algorithm, &der).ok()?;
        Some(Self { kid: members.get("kid").and_then(Value::as_str).map(str::to_owned), verifying })
    }
}

/// A single JWK that stands where its owner put it, read for one algorithm, with its thumbprint (RFC 7638). None where it is no
/// public key that this algorithm can use; a private key is none (RFC 9449 §4.3).
pub(crate) fn embedded(jwk: &Value, algorithm: Algorithm) -> Option<(PKey<Public>, String)> {
    let members = jwk.as_object()?;
    if PRIVATE.iter().any(|name| members.contains_key(*name)) || !algorithms(members).any(|may| may == algorithm) {
        return None;
    }
    let public = jwk::public_key(members)?;
    // Kind, curve and least size are checked there.
    let canonical = jwk::public_members(algorithm, &public).ok()?;
    Some((public, jwk::thumbprint(&canonical)))
}

/// What a key may verify: what its `alg` says, or everything its kind can do.
fn algorithms(members: &Map<String, Value>) -> impl Iterator<Item = Algorithm> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let signs = text("use").is_none_or(|usage| usage == "sig" || usage == JWT_SVID);
    let verifies = members
        .get("key_ops")
        .and_then(Value::as_array)
        .is_none_or(|ops| ops.iter().any(|op| op.as_str() == Some("verify")));
    let kind: &[Algorithm] = match text("kty") {
        Some("RSA") => &[Algorithm::RS256, Algorithm::PS256],
        Some("EC") => &[Algorithm::ES256],
        Some("OKP") => &[Algorithm::EdDSA],
        _ => &[],
    };
    let named = text("alg").map(str::to_owned);
    kind.iter().copied().filter(move |_| signs && verifies).filter(move |algorithm| {
        named.as_deref().is_none_or(|named| named.parse() == Ok(ForeignAlgorithm::Signed(*algorithm)))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use openssl::rsa::Rsa;
    use serde_json::json;

    use super::*;
    use crate::SigningKey;

    fn refused(jwks: Value) -> Option<JwksError> {
        ForeignKeys::parse(&jwks).err()
    }

    #[test]
    fn only_public_signature_keys_count() {
        let key = SigningKey::generate(Algorithm::ES256).unwrap().public_jwk();
        let with = |name: &str, value: Value| {
            let mut changed = key.clone();
            changed[name] = value;
            json!({ "keys": [changed] })
        };
        assert_eq!(refused(json!({ "keys": [key] })), None);
        assert_eq!(refused(with("d", json!("AA"))), Some(JwksError::Private));
        assert_eq!(refused(json!({ "keys": [{ "kty": "oct", "k": "AA" }] })), Some(JwksError::Private));
        assert_eq!(refused(with("use", json!("enc"))), Some(JwksError::Useless));
        assert_eq!(refused(with("key_ops", json!(["encrypt"]))), Some(JwksError::Useless));
        assert_eq!(refused(with("alg", json!("ECDH-ES"))), Some(JwksError::Useless));
        assert_eq!(refused(with("crv", json!("P-384"))), Some(JwksError::Useless));
        assert_eq!(refused(with("x", json!("AA"))), Some(JwksError::Useless), "not on the curve");
        assert_eq!(refused(with("x", json!(7))), Some(JwksError::Useless));
        for malformed in [json!([]), json!({}), json!({ "keys": {} }), json!({ "keys": [7] }), json!("keys")] {
            assert_eq!(refused(malformed), Some(JwksError::Malformed));
        }
        assert_eq!(refused(json!({ "keys": [] })), Some(JwksError::Useless));
        assert_eq!(refused(json!({ "keys": vec![json!({}); MOST + 1] })), Some(JwksError::Malformed));
    }

    #[test]
    fn weak_and_costly_rsa_keys_are_no_keys() {
        let jwk = |bits: u32, e: &str| {
            let rsa = Rsa::generate(bits).unwrap();
            json!({ "keys": [{ "kty": "RSA", "e": e, "n": URL_SAFE_NO_PAD.encode(rsa.n().to_vec()) }] })
        };
        assert_eq!(refused(jwk(1024, "AQAB")), Some(JwksError::Useless));
        assert_eq!(refused(jwk(2048, "AQ")), Some(JwksError::Useless));
        assert_eq!(refused(jwk(2048, "AQAA")), Some(JwksError::Useless));
        assert_eq!(refused(jwk(2048, "AQAB")), None);
        let huge = json!({ "keys": [{ "kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode([0xff; 2048]) }] });
        assert_eq!(refused(huge), Some(JwksError::Useless));
    }

    #[test]
    fn a_certificate_is_one_of_theirs_by_itself_or_by_its_key() {
        use crate::certificate::tests::{key, self_signed};
        let (mine, other) = (key(), key());
        let der = self_signed(&mine, |_| {}).to_der().unwrap();
        let again = self_signed(&mine, |builder| builder.set_version(2).unwrap()).to_der().unwrap();
        assert_ne!(der, again, "ECDSA signatures differ");
        let foreign = self_signed(&other, |_| {}).to_der().unwrap();
        let bare = || Value::Object(jwk::public_members(Algorithm::ES256, &mine).unwrap());
        let with = |der: &[u8]| {
            let mut jwk = bare();
            jwk["x5c"] = json!([STANDARD.encode(der)]);
            json!({ "keys": [jwk] })
        };
        let certified = |jwks: &Value, der: &Vec<u8>| {
            ForeignKeys::parse(jwks).unwrap().certify(&Certificate::parse(&[der]).unwrap())
        };
        let by_key = json!({ "keys": [bare()] });
        assert!(certified(&by_key, &der) && certified(&by_key, &again) && !certified(&by_key, &foreign));
        assert!(certified(&with(&der), &der) && !certified(&with(&der), &again), "x5c names one certificate");
        // A certificate for another key than the JWK's is no part of the set.
        assert!(!certified(&with(&foreign), &foreign) && !certified(&with(&foreign), &der));
        let mut encrypting = bare();
        encrypting["use"] = json!("enc");
        assert!(!certified(&json!({ "keys": [encrypting] }), &der));
        // One of a kind that signs no JWT here is good for certificates if it has one.
        let large = PKey::ec_gen("secp384r1").unwrap();
        let certificate = self_signed(&large, |_| {}).to_der().unwrap();
        let (mut x, mut y) = (openssl::bn::BigNum::new().unwrap(), openssl::bn::BigNum::new().unwrap());
        let ec = large.ec_key().unwrap();
        let mut scratch = openssl::bn::BigNumContext::new().unwrap();
        ec.public_key().affine_coordinates(ec.group(), &mut x, &mut y, &mut scratch).unwrap();
        let coordinate = |number: &openssl::bn::BigNum| URL_SAFE_NO_PAD.encode(number.to_vec_padded(48).unwrap());
        let mut jwk = json!({ "kty": "EC", "crv": "P-384", "alg": "ES384", "x": coordinate(&x), "y": coordinate(&y) });
        assert_eq!(refused(json!({ "keys": [jwk] })), Some(JwksError::Useless));
        jwk["x5c"] = json!([STANDARD.encode(&certificate)]);
        assert!(certified(&json!({ "keys": [jwk] }), &certificate));
    }

    #[test]
    fn keys_for_svids_are_kept_apart() {
        let key = SigningKey::generate(Algorithm::ES256).unwrap().public_jwk();
        let with_use = |usage: &str| {
            let mut changed = key.clone();
            changed["use"] = json!(usage);
            changed.as_object_mut().unwrap().remove("alg");
            json!({ "keys": [changed], "spiffe_sequence": 1 })
        };
        let bundle = ForeignKeys::parse(&with_use("jwt-svid")).unwrap();
        assert!(bundle.verifies_svids() && !bundle.verifies());
        assert_eq!(bundle.svid_candidates(Algorithm::ES256, None).count(), 1);
        assert_eq!(bundle.candidates(Algorithm::ES256, None).count(), 0);
        let usual = ForeignKeys::parse(&with_use("sig")).unwrap();
        assert!(usual.verifies() && !usual.verifies_svids());
        assert_eq!(usual.svid_candidates(Algorithm::ES256, None).count(), 0);
        assert_eq!(refused(with_use("x509-svid")), Some(JwksError::Useless));
    }

    #[test]
    fn an_rsa_key_without_alg_verifies_both_ways() {
        let mut key = SigningKey::generate(Algorithm::RS256).unwrap().public_jwk();
        key.as_object_mut().unwrap().remove("alg");
        let keys = ForeignKeys::parse(&json!({ "keys": [key] })).unwrap();
        assert_eq!(keys.candidates(Algorithm::RS256, None).count(), 1);
        assert_eq!(keys.candidates(Algorithm::PS256, None).count(), 1);
        assert_eq!(keys.candidates(Algorithm::ES256, None).count(), 0);
        assert_eq!(keys.candidates(Algorithm::RS256, Some("other")).count(), 0);
    }
}

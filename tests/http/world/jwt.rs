//! A checker of tokens that shares nothing with the service's own: keys from the served JWK Set, signatures by OpenSSL.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openssl::{
    bn::BigNum,
    ec::{EcGroup, EcKey},
    ecdsa::EcdsaSig,
    hash::MessageDigest,
    nid::Nid,
    pkey::{Id, PKey, Public},
    rsa::{Padding, Rsa},
    sha::sha256,
    sign::{RsaPssSaltlen, Verifier},
};
use serde_json::Value;

use super::World;

/// The public keys of the service.
#[derive(Debug, Clone)]
pub struct Jwks(pub Value);

/// A JWT whose signature is good.
#[derive(Debug, Clone)]
pub struct Jwt {
    pub header: Value,
    pub claims: Value,
}

impl Jwks {
    pub(super) async fn fetch(world: &World) -> Self {
        Self(world.get("/oauth2/jwks").await.expect(200).json())
    }

    /// Header and claims of a token whose signature one of the keys made.
    #[track_caller]
    pub fn verify(&self, token: &str) -> Jwt {
        let jwt = unverified(token);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let jwk = self.key(jwt.header["kid"].as_str().unwrap());
        assert_eq!(jwk["alg"], jwt.header["alg"], "the key is for another algorithm");
        assert_eq!(jwk["use"], "sig");
        assert!(is_signature(jwk, signed.as_bytes(), &signature), "the signature is wrong: {token}");
        jwt
    }

    /// The key of a name.
    #[track_caller]
    pub fn key(&self, kid: &str) -> &Value {
        let keys = self.0["keys"].as_array().unwrap();
        keys.iter().find(|key| key["kid"] == kid).unwrap_or_else(|| panic!("no key {kid} in {}", self.0))
    }
}

/// Header and claims, whoever signed.
#[track_caller]
pub fn unverified(token: &str) -> Jwt {
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "not a JWT: {token}");
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    Jwt { header: read(parts[0]), claims: read(parts[1]) }
}

/// The S256 challenge of a verifier (RFC 7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()))
}

/// `at_hash` for an algorithm with SHA-256 (OpenID Connect Core §3.1.3.6).
pub fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(access_token.as_bytes())[..16])
}

fn is_signature(jwk: &Value, signed: &[u8], signature: &[u8]) -> bool {
    let number = |name: &str| BigNum::from_slice(&bytes(jwk, name)).unwrap();
    match jwk["alg"].as_str().unwrap() {
        "RS256" => rsa(jwk, Padding::PKCS1, signed, signature),
        "PS256" => rsa(jwk, Padding::PKCS1_PSS, signed, signature),
        "ES256" => {
            assert_eq!((&jwk["kty"], &jwk["crv"]), (&"EC".into(), &"P-256".into()));
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
            let key = EcKey::from_public_key_affine_coordinates(&group, &number("x"), &number("y")).unwrap();
            let (r, s) = signature.split_at(32);
            let (r, s) = (BigNum::from_slice(r).unwrap(), BigNum::from_slice(s).unwrap());
            let signature = EcdsaSig::from_private_components(r, s).unwrap();
            signature.verify(&sha256(signed), &key).unwrap()
        }
        "EdDSA" => {
            assert_eq!((&jwk["kty"], &jwk["crv"]), (&"OKP".into(), &"Ed25519".into()));
            let key = PKey::public_key_from_raw_bytes(&bytes(jwk, "x"), Id::ED25519).unwrap();
            Verifier::new_without_digest(&key).unwrap().verify_oneshot(signature, signed).unwrap()
        }
        other => panic!("the test does not know {other}"),
    }
}

fn rsa(jwk: &Value, padding: Padding, signed: &[u8], signature: &[u8]) -> bool {
    assert_eq!(jwk["kty"], "RSA");
    let number = |name: &str| BigNum::from_slice(&bytes(jwk, name)).unwrap();
    let key: PKey<Public> = PKey::from_rsa(Rsa::from_public_components(number("n"), number("e")).unwrap()).unwrap();
    let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
    verifier.set_rsa_padding(padding).unwrap();
    if padding == Padding::PKCS1_PSS {
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
    }
    verifier.verify_oneshot(signature, signed).unwrap()
}

fn bytes(jwk: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap()
}

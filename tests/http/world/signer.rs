//! The private key of an application: what it signs request objects with. It shares nothing with the service's own signing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey},
    ecdsa::EcdsaSig,
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::{Padding, Rsa},
    sha::sha256,
    sign::{RsaPssSaltlen, Signer as Openssl},
};
use serde_json::{Value, json};

/// One key, for one algorithm.
#[derive(Clone)]
pub struct Signer {
    algorithm: &'static str,
    kid: String,
    key: PKey<Private>,
}

impl Signer {
    /// A fresh key for `RS256`, `PS256`, `ES256`, `EdDSA` or `Ed25519`, which is the same by a younger name.
    pub fn new(algorithm: &'static str) -> Self {
        let key = match algorithm {
            "RS256" | "PS256" => PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(),
            "ES256" => PKey::from_ec_key(EcKey::generate(&p256()).unwrap()).unwrap(),
            "EdDSA" | "Ed25519" => PKey::generate_ed25519().unwrap(),
            other => panic!("the test does not know {other}"),
        };
        let kid = signet::ports::random::token("key_").unwrap().expose().to_owned();
        Self { algorithm, kid, key }
    }

    /// A P-256 key that is there already.
    pub fn of(key: PKey<Private>) -> Self {
        Self { key, ..Self::new("ES256") }
    }

    /// The same key under another algorithm's name.
    pub fn posing_as(&self, algorithm: &'static str) -> Self {
        Self { algorithm, ..self.clone() }
    }

    pub(super) fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// The public half alone.
    pub(super) fn bare_jwk(&self) -> Value {
        let encode = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
        match self.algorithm {
            "RS256" | "PS256" => {
                let rsa = self.key.rsa().unwrap();
                json!({"kty": "RSA", "n": encode(rsa.n().to_vec()), "e": encode(rsa.e().to_vec())})
            }
            "ES256" => {
                let (mut x, mut y) = (BigNum::new().unwrap(), BigNum::new().unwrap());
                let key = self.key.ec_key().unwrap();
                let mut scratch = BigNumContext::new().unwrap();
                key.public_key().affine_coordinates(&p256(), &mut x, &mut y, &mut scratch).unwrap();
                let coordinate = |number: BigNum| encode(number.to_vec_padded(32).unwrap());
                json!({"kty": "EC", "crv": "P-256", "x": coordinate(x), "y": coordinate(y)})
            }
            _ => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(self.key.raw_public_key().unwrap())}),
        }
    }

    /// The public half, as the application registers it.
    pub fn jwks(&self) -> Value {
        let mut jwk = self.bare_jwk();
        jwk["kid"] = self.kid.clone().into();
        jwk["use"] = "sig".into();
        jwk["alg"] = self.algorithm.into();
        json!({ "keys": [jwk] })
    }

    /// A JWT with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(None, claims)
    }

    /// The same with a `typ`.
    pub fn sign_as(&self, typ: Option<&str>, claims: &Value) -> String {
        let mut header = json!({ "alg": self.algorithm, "kid": self.kid });
        if let Some(typ) = typ {
            header["typ"] = typ.into();
        }
        self.sign_whole(&header, claims)
    }

    /// A JWT with this header.
    pub(super) fn sign_whole(&self, header: &Value, claims: &Value) -> String {
        let signed = encoded(header, claims);
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(self.signature(signed.as_bytes())))
    }

    fn signature(&self, signed: &[u8]) -> Vec<u8> {
        match self.algorithm {
            "RS256" | "PS256" => {
                let mut signer = Openssl::new(MessageDigest::sha256(), &self.key).unwrap();
                if self.algorithm == "PS256" {
                    signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
                    signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
                }
                signer.sign_oneshot_to_vec(signed).unwrap()
            }
            "ES256" => {
                let signature = EcdsaSig::sign(&sha256(signed), &self.key.ec_key().unwrap()).unwrap();
                let number = |part: &openssl::bn::BigNumRef| part.to_vec_padded(32).unwrap();
                [number(signature.r()), number(signature.s())].concat()
            }
            _ => Openssl::new_without_digest(&self.key).unwrap().sign_oneshot_to_vec(signed).unwrap(),
        }
    }
}

/// A JWT that nobody signed.
pub fn not_signed(claims: &Value) -> String {
    format!("{}.", encoded(&json!({ "alg": "none" }), claims))
}

fn encoded(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn p256() -> EcGroup {
    EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap()
}

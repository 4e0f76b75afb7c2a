//! A key that an application holds, and the proofs that it makes with it (RFC 9449 §4). Every part of a proof can be spoilt.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openssl::sha::sha256;
use serde_json::{Value, json};

use super::{ISSUER, Signer, World};

/// The key.
#[derive(Clone)]
pub struct Prover {
    signer: Signer,
}

/// One proof in the making.
#[derive(Clone)]
#[must_use]
pub struct Proof {
    signer: Signer,
    header: Value,
    claims: Value,
}

impl Prover {
    /// A fresh P-256 key.
    pub fn new() -> Self {
        Self::with("ES256")
    }

    /// A fresh key for an algorithm.
    pub fn with(algorithm: &'static str) -> Self {
        match algorithm {
            "Ed25519" => Self { signer: Signer::new("EdDSA").posing_as("Ed25519") }, // the younger name of the same
            other => Self { signer: Signer::new(other) },
        }
    }

    /// The same key under another algorithm's name.
    pub fn posing_as(&self, algorithm: &'static str) -> Self {
        Self { signer: self.signer.posing_as(algorithm) }
    }

    /// The thumbprint (RFC 7638 §3), made here from the members in their order.
    pub fn jkt(&self) -> String {
        let jwk = self.signer.bare_jwk();
        let names = ["crv", "e", "kty", "n", "x", "y"];
        let members: Vec<_> = names.iter().filter_map(|name| Some(format!("\"{name}\":{}", jwk.get(name)?))).collect();
        URL_SAFE_NO_PAD.encode(sha256(format!("{{{}}}", members.join(",")).as_bytes()))
    }

    /// A good proof for one request.
    pub fn proof(&self, world: &World, method: &str, path: &str) -> Proof {
        let jti = signet::ports::random::token("").unwrap().expose().to_owned();
        let claims =
            json!({ "jti": jti, "htm": method, "htu": format!("{ISSUER}{path}"), "iat": world.now().timestamp() });
        let header = json!({ "typ": "dpop+jwt", "alg": self.signer.algorithm(), "jwk": self.signer.bare_jwk() });
        Proof { signer: self.signer.clone(), header, claims }
    }
}

impl Proof {
    /// For a request with this access token.
    pub fn of(self, access_token: &str) -> Self {
        self.claim("ath", URL_SAFE_NO_PAD.encode(sha256(access_token.as_bytes())))
    }

    /// Sets a claim; null takes it out.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// Sets a member of the header; null takes it out.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }

    /// Signs it with another key.
    pub fn signed_by(mut self, other: &Prover) -> Self {
        self.signer = other.signer.clone();
        self
    }

    pub fn text(&self) -> String {
        self.signer.sign_whole(&self.header, &self.claims)
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    match value {
        Value::Null => drop(object.as_object_mut().unwrap().remove(name)),
        value => object[name] = value,
    }
}

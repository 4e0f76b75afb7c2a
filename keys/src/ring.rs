//! All signing keys of an issuer, as one immutable value: it signs, verifies and publishes.
//!
//! Build a new ring when the rows change and swap it in whole; between two swaps only the clock moves.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::compact::Compact;
use crate::{Algorithm, Expectation, Fault, Invalid, Life, Schedule, SigningKey, Verified, claims};

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// No key of this algorithm is active.
    #[error("no active signing key for {0}")]
    NoActiveKey(Algorithm),
    /// The claims are not a JSON object.
    #[error("claims must be a JSON object")]
    NotAnObject,
    /// The library failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A JWK Set, ready to send (RFC 7517 §5).
#[derive(Debug, PartialEq, Eq)]
pub struct Jwks {
    /// The document.
    pub json: String,
    /// A strong entity tag of it, with its quotation marks.
    pub etag: String,
}

/// The keys with their schedules. Cheap to use, never changed.
pub struct Ring {
    /// Newest first, by the instant a key begins to sign.
    keys: Vec<(Schedule, Arc<SigningKey>)>,
    by_kid: HashMap<String, usize>,
    /// The JWK Sets to come, each with the instant until which it is the right one.
    editions: Vec<(DateTime<Utc>, Arc<Jwks>)>,
}

impl Ring {
    /// A ring of these keys. Pass an `Arc` for a key of the former ring ([`Ring::key`]), so that it is not built again.
    pub fn new<K: Into<Arc<SigningKey>>>(keys: Vec<(Schedule, K)>) -> Self {
        let mut keys: Vec<(Schedule, Arc<SigningKey>)> =
            keys.into_iter().map(|(schedule, key)| (schedule, key.into())).collect();
        keys.sort_by_key(|(schedule, _)| std::cmp::Reverse(schedule.active_at));
        let by_kid = keys.iter().enumerate().map(|(index, (_, key))| (key.kid().to_owned(), index)).collect();
        let editions = editions(&keys);
        Self { keys, by_kid, editions }
    }

    /// Signs `claims` (a JSON object) as a compact JWS with the newest active key of `algorithm`. An empty `typ` is written
    /// as `JWT` (RFC 7519 §5.1). RSA takes a quarter of a millisecond, the others a tenth of that.
    ///
    /// # Errors
    /// [`SignError`] by reason.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        typ: &str,
        claims: &Value,
        now: DateTime<Utc>,
    ) -> Result<String, SignError> {
        if !claims.is_object() {
            return Err(SignError::NotAnObject);
        }
        let (_, key) = self
            .keys
            .iter()
            .find(|(schedule, key)| key.algorithm() == algorithm && schedule.life(now) == Life::Active)
            .ok_or(SignError::NoActiveKey(algorithm))?;
        let typ = if typ.is_empty() { "JWT" } else { typ };
        let header = json!({ "alg": algorithm.as_str(), "kid": key.kid(), "typ": typ });

        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut token);
        let signature = key.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Whether `token` is one of ours and what `expected` says, at `now`. A key that is announced but not yet active counts:
    /// the clock of the node that signed may be ahead.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn verify(&self, token: &str, expected: &Expectation<'_>, now: DateTime<Utc>) -> Result<Verified, Invalid> {
        let compact = Compact::parse(token)?;
        if !expected.algorithms.contains(&compact.algorithm) {
            return Err(Invalid::AlgorithmRefused);
        }
        let kid = compact.kid.as_deref().ok_or(Invalid::NoKeyId)?;
        let (schedule, key) = self.by_kid.get(kid).map(|index| &self.keys[*index]).ok_or(Invalid::UnknownKey)?;
        if schedule.life(now) == Life::Gone && !expected.accept_retired {
            return Err(Invalid::KeyGone);
        }
        let claims = compact.believe(key.verifying())?;
        if !claims::is_type(compact.typ.as_deref(), expected.types) {
            return Err(Invalid::TypeRefused);
        }
        claims::check(&claims, expected, now)?;
        Ok(Verified { algorithm: compact.algorithm, kid: key.kid().to_owned(), typ: compact.typ, claims })
    }

    /// The JWK Set at `now`: announced, active and retiring keys. Made beforehand; this only looks it up.
    pub fn jwks(&self, now: DateTime<Utc>) -> Arc<Jwks> {
        let current = self.editions.iter().find(|(until, _)| now < *until).or(self.editions.last());
        current.map_or_else(|| Arc::new(Jwks::of(&[])), |(_, jwks)| Arc::clone(jwks))
    }

    /// The algorithms that can sign at `now`, in the order of [`Algorithm::ALL`]: what metadata may promise.
    pub fn algorithms(&self, now: DateTime<Utc>) -> Vec<Algorithm> {
        let signs = |algorithm: &Algorithm| {
            self.keys.iter().any(|(schedule, key)| key.algorithm() == *algorithm && schedule.life(now) == Life::Active)
        };
        Algorithm::ALL.iter().copied().filter(signs).collect()
    }

    /// The key with this id, whatever its state.
    pub fn key(&self, kid: &str) -> Option<&Arc<SigningKey>> {
        self.by_kid.get(kid).map(|index| &self.keys[*index].1)
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(_, key)| key)).finish()
    }
}

impl Jwks {
    fn of(keys: &[&Arc<SigningKey>]) -> Self {
        let members: Vec<Value> = keys.iter().map(|key| key.public_jwk()).collect();
        let json = json!({ "keys": members }).to_string();
        let digest = openssl::sha::sha256(json.as_bytes());
        Self { etag: format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..16])), json }
    }
}

/// A JWK Set changes by the clock only when a key is gone (a new one comes with a new ring), so all sets to come are known.
fn editions(keys: &[(Schedule, Arc<SigningKey>)]) -> Vec<(DateTime<Utc>, Arc<Jwks>)> {
    let mut ends: Vec<DateTime<Utc>> = keys.iter().filter_map(|(schedule, _)| schedule.gone_at).collect();
    ends.push(DateTime::<Utc>::MAX_UTC);
    ends.sort();
    ends.dedup();
    ends.into_iter()
        .map(|until| {
            let published: Vec<_> = keys
                .iter()
                .filter(|(schedule, _)| schedule.gone_at.is_none_or(|gone| until <= gone))
                .map(|(_, key)| key)
                .collect();
            (until, Arc::new(Jwks::of(&published)))
        })
        .collect()
}

#[cfg(test)]
mod tests;

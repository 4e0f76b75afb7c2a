//! All keys of an issuer, as one immutable value: it signs, verifies, decrypts and publishes.
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
use crate::jwe::Envelope;
use crate::{
    Algorithm, DecryptionKey, Expectation, Fault, Invalid, KeyPair, Life, Schedule, SigningKey, Verified, claims,
};

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
    /// Newest first, too.
    decryption: Vec<(Schedule, Arc<DecryptionKey>)>,
    by_kid: HashMap<String, usize>,
    /// The JWK Sets to come, each with the instant until which it is the right one.
    editions: Vec<(DateTime<Utc>, Arc<Jwks>)>,
}

impl Ring {
    /// A ring of these keys. Pass a key of the former ring ([`Ring::key`]) where there is one, so that it is not built again.
    pub fn new<K: Into<KeyPair>>(pairs: Vec<(Schedule, K)>) -> Self {
        let mut pairs: Vec<(Schedule, KeyPair)> =
            pairs.into_iter().map(|(schedule, key)| (schedule, key.into())).collect();
        pairs.sort_by_key(|(schedule, _)| std::cmp::Reverse(schedule.active_at));
        let (mut keys, mut decryption) = (Vec::new(), Vec::new());
        for (schedule, pair) in pairs {
            match pair {
                KeyPair::Signing(key) => keys.push((schedule, key)),
                KeyPair::Decrypting(key) => decryption.push((schedule, key)),
            }
        }
        let by_kid = keys.iter().enumerate().map(|(index, (_, key))| (key.kid().to_owned(), index)).collect();
        let editions = editions(&keys, &decryption);
        Self { keys, decryption, by_kid, editions }
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

    /// The text inside a token that was encrypted for one of our keys, at `now`. A key counts until it is gone; one that is named
    /// is the only one that is tried.
    ///
    /// # Errors
    /// [`Invalid::UnknownKey`] where none comes into question, [`Invalid::KeyGone`], [`Invalid::Undecryptable`], or why it was
    /// not looked at.
    pub fn decrypt(&self, token: &str, now: DateTime<Utc>) -> Result<String, Invalid> {
        let envelope = Envelope::parse(token)?;
        let mut trouble = Invalid::UnknownKey;
        let named = |key: &DecryptionKey| envelope.kid.as_deref().is_none_or(|kid| kid == key.kid());
        let candidates = self.decryption.iter().filter(|(_, key)| named(key) && envelope.is_for(key.algorithm()));
        for (schedule, key) in candidates {
            if schedule.life(now) == Life::Gone {
                trouble = Invalid::KeyGone;
                continue;
            }
            match key.open(&envelope) {
                Err(reason) => trouble = reason,
                opened => return opened,
            }
        }
        Err(trouble)
    }

    /// The JWK Set at `now`: announced, active and retiring keys that sign, and active ones that decrypt, so that nobody encrypts
    /// for a key that is on its way out. Made beforehand; this only looks it up.
    pub fn jwks(&self, now: DateTime<Utc>) -> Arc<Jwks> {
        let current = self.editions.iter().find(|(until, _)| now < *until).or(self.editions.last());
        current.map_or_else(|| Arc::new(Jwks::of(Vec::new())), |(_, jwks)| Arc::clone(jwks))
    }

    /// The algorithms that can sign at `now`, in the order of [`Algorithm::ALL`]: what metadata may promise.
    pub fn algorithms(&self, now: DateTime<Utc>) -> Vec<Algorithm> {
        let signs = |algorithm: &Algorithm| {
            self.keys.iter().any(|(schedule, key)| key.algorithm() == *algorithm && schedule.life(now) == Life::Active)
        };
        Algorithm::ALL.iter().copied().filter(signs).collect()
    }

    /// The key with this id, whatever its state.
    pub fn key(&self, kid: &str) -> Option<KeyPair> {
        let signing = self.by_kid.get(kid).map(|index| self.keys[*index].1.clone().into());
        signing.or_else(|| self.decryption.iter().find(|(_, key)| key.kid() == kid).map(|(_, key)| key.clone().into()))
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signing = self.keys.iter().map(|(_, key)| key.as_ref() as &dyn fmt::Debug);
        f.debug_list().entries(signing).entries(self.decryption.iter().map(|(_, key)| key)).finish()
    }
}

impl Jwks {
    fn of(members: Vec<Value>) -> Self {
        let json = json!({ "keys": members }).to_string();
        let digest = openssl::sha::sha256(json.as_bytes());
        Self { etag: format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..16])), json }
    }
}

/// Of the keys that are there, a JWK Set changes by the clock alone (a new one comes with a new ring), so all sets to come are
/// known: one until each instant at which a key that signs is gone, or one that decrypts begins or ends.
fn editions(
    keys: &[(Schedule, Arc<SigningKey>)],
    decryption: &[(Schedule, Arc<DecryptionKey>)],
) -> Vec<(DateTime<Utc>, Arc<Jwks>)> {
    let mut ends: Vec<DateTime<Utc>> = keys.iter().filter_map(|(schedule, _)| schedule.gone_at).collect();
    ends.extend(decryption.iter().map(|(schedule, _)| schedule.active_at));
    ends.extend(decryption.iter().filter_map(|(schedule, _)| schedule.retiring_at));
    ends.push(DateTime::<Utc>::MAX_UTC);
    ends.sort();
    ends.dedup();
    ends.into_iter()
        .map(|until| {
            let signing = keys.iter().filter(|(schedule, _)| schedule.gone_at.is_none_or(|gone| until <= gone));
            let begun = decryption.iter().filter(|(schedule, _)| schedule.active_at < until);
            let decrypting = begun.filter(|(schedule, _)| schedule.retiring_at.is_none_or(|end| until <= end));
            let members = signing.map(|(_, key)| key.public_jwk());
            (until, Arc::new(Jwks::of(members.chain(decrypting.map(|(_, key)| key.public_jwk())).collect())))
        })
        .collect()
}

#[cfg(test)]
mod tests;

//! What a token must be to be believed, what it is when it is, and every reason why it is not.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::Algorithm;

/// Whether a token past its `exp` is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It is refused.
    Enforced,
    /// It is accepted: for an `id_token_hint`, which identifies and grants nothing (OpenID Connect RP-Initiated Logout §2).
    Ignored,
}

/// One kind of JWT, as the place that reads it wants it (RFC 8725 §3). `iss` and `exp` are always required, `aud` whenever an
/// audience is named; absence is refusal.
#[derive(Debug, Clone, Copy)]
pub struct Expectation<'a> {
    /// Accepted signature algorithms. The key's own algorithm must be the header's besides.
    pub algorithms: &'a [Algorithm],
    /// Accepted `typ`, without `application/`, in any case. `"JWT"` also stands for a token without `typ`.
    pub types: &'a [&'a str],
    /// The exact `iss`.
    pub issuer: &'a str,
    /// A value that `aud` must hold. `None` leaves the audience to the caller: only for a reader that has no name of its own.
    pub audience: Option<&'a str>,
    /// Claims that must be present besides, neither null nor an empty string.
    pub required: &'a [&'a str],
    /// How far `iat` and `nbf` may lie in the future, for clocks that differ. It never prolongs `exp`.
    pub leeway: Duration,
    /// Whether `exp` is held to.
    pub expiry: Expiry,
    /// Whether a key that is gone still counts: for an old `id_token_hint`, never for anything that grants.
    pub accept_retired: bool,
}

impl<'a> Expectation<'a> {
    /// The strict form: any of our algorithms, 60 s leeway, expiry enforced, no key that is gone. Relax a field by name.
    pub fn new(types: &'a [&'a str], issuer: &'a str, audience: Option<&'a str>, required: &'a [&'a str]) -> Self {
        Self {
            algorithms: Algorithm::ALL,
            types,
            issuer,
            audience,
            required,
            leeway: Duration::from_secs(60),
            expiry: Expiry::Enforced,
            accept_retired: false,
        }
    }

    /// Whether claims that are known to be authentic by other means than a signature (sealed ones) are what is expected.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn check(&self, claims: &Map<String, Value>, now: DateTime<Utc>) -> Result<(), Invalid> {
        crate::claims::check(claims, self, now)
    }
}

/// A token that was believed.
#[derive(Clone, PartialEq)]
pub struct Verified {
    /// What it was signed with.
    pub algorithm: Algorithm,
    /// The key that signed it.
    pub kid: String,
    /// Its `typ` as written, if it had one.
    pub typ: Option<String>,
    /// Its claims. Only what the expectation names has been checked; the rest is only authentic.
    pub claims: Map<String, Value>,
}

impl fmt::Debug for Verified {
    /// Claims are personal data: only the header is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({} {} {:?})", self.algorithm, self.kid, self.typ)
    }
}

/// Why a token is not believed. For logs and for our own decisions: what the caller is told is decided elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Longer than 64 kB.
    #[error("the token is too large")]
    TooLarge,
    /// Not three base64url segments with a JSON object in the first two, or a header member of the wrong type.
    #[error("the token is malformed")]
    Malformed,
    /// A JWE where a JWS is expected.
    #[error("the token is encrypted")]
    Encrypted,
    /// A JWE that was not encrypted for the key, or was changed.
    #[error("the token cannot be decrypted")]
    Undecryptable,
    /// `zip`: decompression has no bound.
    #[error("the token is compressed")]
    Compressed,
    /// `crit` or `b64`: an extension we would have to understand (RFC 7515 §4.1.11, RFC 7797).
    #[error("the token uses a critical extension")]
    Extension,
    /// `alg` is missing, unknown or not expected here.
    #[error("the signature algorithm is not accepted")]
    AlgorithmRefused,
    /// No `kid`.
    #[error("the token names no key")]
    NoKeyId,
    /// `kid` is not one of our keys.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// The key is gone.
    #[error("the token's key is no longer in use")]
    KeyGone,
    /// `alg` is not the algorithm of the key that `kid` names.
    #[error("the algorithm is not that of the key")]
    AlgorithmMismatch,
    /// The signature does not hold.
    #[error("the signature is wrong")]
    SignatureWrong,
    /// `typ` is not expected here: another kind of token (RFC 8725 §3.11).
    #[error("the token is of another type")]
    TypeRefused,
    /// A required claim is absent, null or empty.
    #[error("the claim {0} is missing")]
    ClaimMissing(String),
    /// A claim has the wrong JSON type or is out of range.
    #[error("the claim {0} is malformed")]
    ClaimMalformed(String),
    /// `iss` is another.
    #[error("the token is of another issuer")]
    WrongIssuer,
    /// `aud` does not hold the audience.
    #[error("the token is for another audience")]
    WrongAudience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` is in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
}

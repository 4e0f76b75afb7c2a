//! Tokens that somebody else signed: client assertions (RFC 7523) and request objects (RFC 9101).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Map, Value};

use crate::claims::{is_type, malformed, missing, present, text, time};
use crate::compact::Segments;
use crate::verifying::VerifyingKey;
use crate::{Algorithm, ForeignKeys, Invalid, UnknownAlgorithm};

/// The younger name of [`Algorithm::EdDSA`], which says the curve as well (RFC 9864 §2.2). Clients write it, we do not: older
/// relying parties do not know it.
pub const ED25519: &str = "Ed25519";

/// What clients sign with (RFC 7518 §3.1). Which of these is taken is decided where the token is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignAlgorithm {
    /// A signature with the client's key.
    Signed(Algorithm),
    /// A MAC with the client's secret.
    HS256,
    /// Not at all.
    Unsigned,
}

impl ForeignAlgorithm {
    /// The JOSE name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed(algorithm) => algorithm.as_str(),
            Self::HS256 => "HS256",
            Self::Unsigned => "none",
        }
    }
}

impl FromStr for ForeignAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "HS256" => Ok(Self::HS256),
            "none" => Ok(Self::Unsigned),
            ED25519 => Ok(Self::Signed(Algorithm::EdDSA)),
            _ => name.parse().map(Self::Signed),
        }
    }
}

/// What a foreign token has to say. A claim that is there is checked; only `required` ones have to be there.
#[derive(Debug, Clone, Copy)]
pub struct ForeignExpectation<'a> {
    /// Accepted `typ`, as in [`crate::Expectation::types`].
    pub types: &'a [&'a str],
    /// What `iss` has to be; anything where something else says whose token it is.
    pub issuer: Option<&'a str>,
    /// What `sub` has to be: the client's own identifier again, or anything where somebody else is spoken of.
    pub subject: Option<&'a str>,
    /// What one value of `aud` has to be.
    pub audiences: &'a [&'a str],
    /// Claims that must be present.
    pub required: &'a [&'a str],
    /// How far clocks may differ, either way.
    pub skew: Duration,
    /// How far away `exp` may lie; any where there is none.
    pub longest: Option<Duration>,
}

/// A foreign token taken apart; nothing in it is believed.
pub struct Foreign<'t>(Segments<'t, ForeignAlgorithm>);

impl<'t> Foreign<'t> {
    /// Takes a token apart; `jku`, `x5u`, `jwk` and `x5c` are not looked at.
    ///
    /// # Errors
    /// [`Invalid`] by reason.
    pub fn parse(token: &'t str) -> Result<Self, Invalid> {
        Segments::parse(token).map(Self)
    }

    /// What it says it was signed with.
    pub fn algorithm(&self) -> ForeignAlgorithm {
        self.0.algorithm
    }

    /// Whether its `typ` is one of these.
    pub fn is_type(&self, types: &[&str]) -> bool {
        is_type(self.0.typ.as_deref(), types)
    }

    /// A text claim that is not believed yet: to find out whose token it may be.
    ///
    /// # Errors
    /// [`Invalid`] where the claims cannot be read.
    pub fn claimed(&self, name: &str) -> Result<Option<String>, Invalid> {
        let claims = self.0.claims()?;
        Ok(text(&claims, name)?.map(str::to_owned))
    }

    /// The claims, if one of `keys` signed them. A `kid` picks the key; without one every key of the algorithm is tried.
    ///
    /// # Errors
    /// [`Invalid::UnknownKey`] where no key comes into question, [`Invalid::SignatureWrong`] where none fits.
    pub fn believe(&self, keys: &ForeignKeys) -> Result<Map<String, Value>, Invalid> {
        let ForeignAlgorithm::Signed(algorithm) = self.0.algorithm else { return Err(Invalid::AlgorithmMismatch) };
        self.signed_by(keys.candidates(algorithm, self.0.kid.as_deref()))
    }

    /// The claims of a JWT-SVID, if one of the keys for those signed it.
    ///
    /// # Errors
    /// As [`Foreign::believe`]; [`Invalid::AlgorithmMismatch`] also for EdDSA, which a JWT-SVID is not signed with (JWT-SVID §2.1).
    pub fn believe_svid(&self, keys: &ForeignKeys) -> Result<Map<String, Value>, Invalid> {
        match self.0.algorithm {
            ForeignAlgorithm::Signed(algorithm) if algorithm != Algorithm::EdDSA => {
                self.signed_by(keys.svid_candidates(algorithm, self.0.kid.as_deref()))
            }
            _ => Err(Invalid::AlgorithmMismatch),
        }
    }

    fn signed_by<'k>(&self, keys: impl Iterator<Item = &'k VerifyingKey>) -> Result<Map<String, Value>, Invalid> {
        let mut trouble = Invalid::UnknownKey;
        for key in keys {
            if key.accepts(self.0.signed.as_bytes(), &self.0.signature) {
                return self.0.claims();
            }
            trouble = Invalid::SignatureWrong;
        }
        Err(trouble)
    }

    /// The claims, if `secret` made their MAC (HS256).
    ///
    /// # Errors
    /// [`Invalid::AlgorithmMismatch`] for another algorithm, [`Invalid::SignatureWrong`] where the MAC is another.
    pub fn believe_mac(&self, secret: &[u8]) -> Result<Map<String, Value>, Invalid> {
        if self.0.algorithm != ForeignAlgorithm::HS256 {
            return Err(Invalid::AlgorithmMismatch);
        }
        let mac = || {
            let key = PKey::hmac(secret)?;
            Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(self.0.signed.as_bytes())
        };
        let mac = mac().map_err(|_| Invalid::SignatureWrong)?;
        if mac.len() != self.0.signature.len() || !openssl::memcmp::eq(&mac, &self.0.signature) {
            return Err(Invalid::SignatureWrong);
        }
        self.0.claims()
    }

    /// The claims of a token that nobody signed: it says `none`, and has no signature.
    ///
    /// # Errors
    /// [`Invalid::AlgorithmMismatch`] or [`Invalid::SignatureWrong`].
    pub fn unsigned(&self) -> Result<Map<String, Value>, Invalid> {
        match self.0.algorithm {
            ForeignAlgorithm::Unsigned if self.0.signature.is_empty() => self.0.claims(),
            ForeignAlgorithm::Unsigned => Err(Invalid::SignatureWrong),
            _ => Err(Invalid::AlgorithmMismatch),
        }
    }

    /// Whether type and claims are what is expected.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn check(
        &self,
        claims: &Map<String, Value>,
        expected: &ForeignExpectation<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Invalid> {
        if !is_type(self.0.typ.as_deref(), expected.types) {
            return Err(Invalid::TypeRefused);
        }
        check(claims, expected, now)
    }
}

impl fmt::Debug for Foreign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Foreign({} {:?})", self.0.algorithm.as_str(), self.0.kid)
    }
}

fn check(claims: &Map<String, Value>, expected: &ForeignExpectation<'_>, now: DateTime<Utc>) -> Result<(), Invalid> {
    for name in expected.required {
        present(claims, name)?;
    }
    text(claims, "jti")?;
    for (name, wanted) in [("iss", expected.issuer), ("sub", expected.subject)] {
        if text(claims, name)?.is_some_and(|claimed| wanted.is_some_and(|wanted| claimed != wanted)) {
            return Err(Invalid::WrongIssuer);
        }
    }
    check_audience(claims, expected)?;
    let skew = expected.skew.as_secs_f64();
    let now = now.timestamp_millis() as f64 / 1000.0;
    if let Some(expires) = time(claims, "exp")? {
        if expires + skew <= now {
            return Err(Invalid::Expired);
        }
        if expected.longest.is_some_and(|longest| expires > now + longest.as_secs_f64() + skew) {
            return Err(malformed("exp"));
        }
    }
    if time(claims, "nbf")?.is_some_and(|begins| begins > now + skew) {
        return Err(Invalid::NotYetValid);
    }
    if time(claims, "iat")?.is_some_and(|issued| issued > now + skew) {
        return Err(Invalid::IssuedInFuture);
    }
    Ok(())
}

fn check_audience(claims: &Map<String, Value>, expected: &ForeignExpectation<'_>) -> Result<(), Invalid> {
    let audiences: Vec<&str> = match claims.get("aud") {
        None => return Ok(()),
        Some(Value::Null) => return Err(missing("aud")),
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => {
            several.iter().map(Value::as_str).collect::<Option<_>>().ok_or_else(|| malformed("aud"))?
        }
        Some(_) => return Err(malformed("aud")),
    };
    let ours = audiences.iter().any(|audience| expected.audiences.contains(audience));
    if ours { Ok(()) } else { Err(Invalid::WrongAudience) }
}

#[cfg(test)]
mod tests;

//! Believing a token of a registered issuer: its signature, its type, whom it is for, and its times.

use std::time::Duration;

use keys::{Foreign, ForeignAlgorithm, ForeignExpectation, Invalid};
use serde_json::{Map, Value};

use super::{Issuer, Use, store};
use crate::{
    app::{Cx, NoBelief, Published},
    kernel::Result,
};

/// How far an issuer's clock may differ from ours.
const SKEW: Duration = Duration::from_secs(10);

/// What a token has to be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// What it is to be taken for.
    pub used: Use,
    /// Accepted `typ`.
    pub types: &'a [&'a str],
    /// Of these, `aud` has to hold one.
    pub audiences: &'a [&'a str],
    /// Whether what the issuer was registered with does as well.
    pub agreed: bool,
    /// Whether `aud` has to be one value and no more.
    pub sole: bool,
    /// Whether it is a JWT-SVID: a key of the trust domain's bundle signed it, and `iss` says nothing (JWT-SVID §3).
    pub svid: bool,
    /// Claims that have to be there.
    pub required: &'a [&'a str],
    /// Whether it may live longer than the issuer's tokens usually may: what is said once and for all.
    pub lasting: bool,
}

/// A token that was believed.
#[derive(Debug, Clone)]
pub struct Believed {
    /// Whose word it is.
    pub issuer: Issuer,
    /// What it calls whom it is about.
    pub subject: String,
    /// Everything that it says.
    pub claims: Map<String, Value>,
}

/// Why a token is not believed: for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// What is wrong with it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Nobody registered its issuer, or not for this.
    #[error("its issuer is not registered for this")]
    Issuer,
    /// It is not signed with a key.
    #[error("it is not signed with a key")]
    Algorithm,
    /// `aud` names others as well.
    #[error("it is for others as well")]
    SharedAudience,
    /// The issuer's keys do not say that it is good.
    #[error(transparent)]
    Keys(#[from] NoBelief),
}

/// A token whose issuer was registered for this use. `issuer` is whose it seems to be.
pub async fn believe(
    cx: &Cx,
    issuer: &str,
    token: &str,
    expected: &Expected<'_>,
) -> Result<std::result::Result<Believed, Disbelief>> {
    let Some(issuer) = registered(cx, issuer, expected.used).await? else { return Ok(Err(Disbelief::Issuer)) };
    Ok(claims(cx, &issuer, token, expected).await.and_then(|claims| {
        let subject = claims.get("sub").and_then(Value::as_str).map(str::to_owned);
        let subject = subject.ok_or_else(|| Invalid::ClaimMissing("sub".to_owned()))?;
        Ok(Believed { issuer, subject, claims })
    }))
}

/// The claims of such a token, where it need not be about anybody.
pub async fn believe_claims(
    cx: &Cx,
    issuer: &str,
    token: &str,
    expected: &Expected<'_>,
) -> Result<std::result::Result<Map<String, Value>, Disbelief>> {
    match registered(cx, issuer, expected.used).await? {
        Some(issuer) => Ok(claims(cx, &issuer, token, expected).await),
        None => Ok(Err(Disbelief::Issuer)),
    }
}

async fn registered(cx: &Cx, issuer: &str, used: Use) -> Result<Option<Issuer>> {
    let found = store::find(cx.db().reader(), cx.tenant().id, issuer).await?;
    Ok(found.filter(|issuer| issuer.uses.contains(&used)))
}

async fn claims(
    cx: &Cx,
    issuer: &Issuer,
    token: &str,
    expected: &Expected<'_>,
) -> std::result::Result<Map<String, Value>, Disbelief> {
    let foreign = Foreign::parse(token)?;
    if !matches!(foreign.algorithm(), ForeignAlgorithm::Signed(_)) {
        return Err(Disbelief::Algorithm);
    }
    let published = match (&issuer.jwks, &issuer.jwks_uri) {
        (Some(jwks), _) => Published::Here(jwks),
        (None, Some(url)) => Published::At(url),
        (None, None) => return Err(NoBelief::NoKeys.into()),
    };
    let remote = &cx.app.remote_keys;
    let claims = match expected.svid {
        true => remote.believe_svid(published, &foreign, cx.now).await?,
        false => remote.believe(published, &foreign, cx.now).await?,
    };
    let mut audiences = expected.audiences.to_vec();
    if expected.agreed {
        audiences.extend(issuer.audiences.iter().map(String::as_str));
    }
    if expected.sole && matches!(claims.get("aud"), Some(Value::Array(several)) if several.len() != 1) {
        return Err(Disbelief::SharedAudience);
    }
    let expectation = ForeignExpectation {
        types: expected.types,
        issuer: (!expected.svid).then_some(&issuer.issuer),
        subject: None,
        audiences: &audiences,
        required: expected.required,
        skew: SKEW,
        longest: (!expected.lasting).then(|| Duration::from_secs(issuer.max_lifetime.into())),
    };
    foreign.check(&claims, &expectation, cx.now)?;
    Ok(claims)
}

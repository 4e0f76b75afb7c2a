//! A client's own keys (`jwks`, `jwks_uri`), and believing what it signed with them: client assertions (RFC 7523) and request
//! objects (RFC 9101).

use std::time::Duration;

use keys::{Foreign, ForeignAlgorithm, ForeignExpectation, Invalid};
use serde_json::{Map, Value};

use super::{Client, Profile};
use crate::{
    app::{Cx, NoBelief, Published, RemoteKeys},
    kernel::Time,
};

/// How far a client's clock may differ from ours (FAPI 2.0 §5.3.2.1: 10 s are to be accepted, 60 s are not).
const SKEW: Duration = Duration::from_secs(10);

/// The names of the algorithms of a client's own signatures, in the order in which metadata lists them.
pub const SIGNATURE_ALGORITHMS: &[&str] = &["RS256", "PS256", "ES256", "EdDSA", keys::ED25519];

/// What a client's JWT has to be to be believed. Claims that are there are checked (`iss` and `sub` have to name the client);
/// those that have to be there are named.
#[derive(Debug, Clone, Copy)]
pub struct ClientJwt<'a> {
    /// Accepted `typ`, without `application/`; `JWT` stands for a token without one, too.
    pub types: &'a [&'a str],
    /// Of these, `aud` has to hold one.
    pub audiences: &'a [&'a str],
    /// Whether `aud` has to be a text, not a list.
    pub sole_audience: bool,
    /// What the client is held to: which signatures count.
    pub profile: Profile,
    /// Claims that have to be there.
    pub required: &'a [&'a str],
    /// The one algorithm that the client registered for this use; any of ours without one.
    pub algorithm: Option<&'a str>,
    /// How far away `exp` may lie.
    pub longest: Option<Duration>,
}

/// Why a client's JWT is not believed: for the log, and in part for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// What is wrong with it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The client registered another algorithm for this, or it is none for this.
    #[error("the signature algorithm is not the one that the client registered")]
    Algorithm,
    /// The client registered no keys.
    #[error("the client has no keys")]
    NoKeys,
    /// Its keys cannot be had.
    #[error("the client's keys cannot be had: {0}")]
    Unreachable(String),
    /// The client's secret is not kept in a form that can check this.
    #[error("the client has no secret that checks a MAC")]
    NoSecret,
}

/// The claims of a JWT that `client` signed, if it is what is `expected`. `none` is believed only where the client registered
/// just that (`algorithm`: `none`).
///
/// # Errors
/// [`Untrusted`] by reason.
pub async fn verify_jwt(
    cx: &Cx,
    client: &Client,
    token: &str,
    expected: &ClientJwt<'_>,
) -> Result<Map<String, Value>, Untrusted> {
    let foreign = Foreign::parse(token)?;
    judge_algorithm(foreign.algorithm(), expected.algorithm, expected.profile)?;
    let claims = match foreign.algorithm() {
        ForeignAlgorithm::Unsigned => foreign.unsigned()?,
        ForeignAlgorithm::HS256 => return Err(Untrusted::Algorithm),
        ForeignAlgorithm::Signed(_) => signed(&cx.app.remote_keys, client, &foreign, cx.now).await?,
    };
    check(&foreign, &claims, client, expected, cx.now)?;
    Ok(claims)
}

/// The claims of a JWT under a MAC with one of the client's secrets (`client_secret_jwt`).
pub(super) fn verify_mac(
    client: &Client,
    secrets: &[impl AsRef<[u8]>],
    token: &str,
    expected: &ClientJwt<'_>,
    now: Time,
) -> Result<Map<String, Value>, Untrusted> {
    let foreign = Foreign::parse(token)?;
    if foreign.algorithm() != ForeignAlgorithm::HS256 || expected.algorithm.is_some_and(|named| named != "HS256") {
        return Err(Untrusted::Algorithm);
    }
    let mut believed = Err(Untrusted::NoSecret);
    for secret in secrets {
        believed = foreign.believe_mac(secret.as_ref()).map_err(Untrusted::from);
        if believed.is_ok() {
            break;
        }
    }
    let claims = believed?;
    check(&foreign, &claims, client, expected, now)?;
    Ok(claims)
}

/// What a client's JWT says about whose it is, not believed yet.
pub(super) fn claimed_subject(token: &str) -> Result<Option<String>, Invalid> {
    Foreign::parse(token)?.claimed("sub")
}

/// The registered algorithm and no other; without one any signature, but never none (RFC 8725 §3.1).
fn judge_algorithm(used: ForeignAlgorithm, registered: Option<&str>, profile: Profile) -> Result<(), Untrusted> {
    let taken = match registered {
        Some(registered) => registered.parse() == Ok(used),
        None => matches!(used, ForeignAlgorithm::Signed(_)),
    };
    if taken && profile.admits_name(used.as_str()) { Ok(()) } else { Err(Untrusted::Algorithm) }
}

async fn signed(
    remote: &RemoteKeys,
    client: &Client,
    foreign: &Foreign<'_>,
    now: Time,
) -> Result<Map<String, Value>, Untrusted> {
    let published = match (&client.metadata.jwks, &client.metadata.jwks_uri) {
        (Some(jwks), _) => Published::Here(jwks),
        (None, Some(url)) => Published::At(url),
        (None, None) => return Err(Untrusted::NoKeys),
    };
    remote.believe(published, foreign, now).await.map_err(|why| match why {
        NoBelief::Invalid(invalid) => Untrusted::Invalid(invalid),
        NoBelief::NoKeys => Untrusted::NoKeys,
        NoBelief::Unreachable(error) => Untrusted::Unreachable(error.to_string()),
    })
}

fn check(
    foreign: &Foreign<'_>,
    claims: &Map<String, Value>,
    client: &Client,
    expected: &ClientJwt<'_>,
    now: Time,
) -> Result<(), Untrusted> {
    let expectation = ForeignExpectation {
        types: expected.types,
        issuer: Some(&client.client_id),
        subject: Some(&client.client_id),
        audiences: expected.audiences,
        required: expected.required,
        skew: SKEW,
        longest: expected.longest,
    };
    if expected.sole_audience && claims.get("aud").is_some_and(|audience| !audience.is_string()) {
        return Err(Invalid::WrongAudience.into());
    }
    Ok(foreign.check(claims, &expectation, now)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registered_algorithm_is_the_only_one() {
        use ForeignAlgorithm::*;
        use keys::Algorithm;
        let judge = |used, registered| judge_algorithm(used, registered, Profile::Usual);
        assert_eq!(judge(Signed(Algorithm::PS256), None), Ok(()));
        assert_eq!(judge(Signed(Algorithm::PS256), Some("PS256")), Ok(()));
        assert_eq!(judge(Signed(Algorithm::RS256), Some("PS256")), Err(Untrusted::Algorithm));
        for name in ["EdDSA", "Ed25519"] {
            assert_eq!(judge(Signed(Algorithm::EdDSA), Some(name)), Ok(()));
            assert_eq!(judge(Signed(Algorithm::ES256), Some(name)), Err(Untrusted::Algorithm));
        }
        assert_eq!(judge(Signed(Algorithm::ES256), Some("ES512")), Err(Untrusted::Algorithm));
        assert_eq!(judge(Unsigned, None), Err(Untrusted::Algorithm));
        assert_eq!(judge(Unsigned, Some("RS256")), Err(Untrusted::Algorithm));
        assert_eq!(judge(Unsigned, Some("none")), Ok(()));
        assert_eq!(judge(Signed(Algorithm::RS256), Some("none")), Err(Untrusted::Algorithm));
        assert_eq!(judge(HS256, None), Err(Untrusted::Algorithm));
        let strict = |used, registered| judge_algorithm(used, registered, Profile::Fapi2);
        for (used, registered) in [(Signed(Algorithm::RS256), Some("RS256")), (Unsigned, Some("none"))] {
            assert_eq!(strict(used, registered), Err(Untrusted::Algorithm));
        }
        assert_eq!(strict(Signed(Algorithm::RS256), None), Err(Untrusted::Algorithm));
        assert_eq!(strict(Signed(Algorithm::PS256), None), Ok(()));
    }

    #[test]
    fn every_name_is_that_of_a_signature() {
        for name in SIGNATURE_ALGORITHMS {
            assert!(matches!(name.parse(), Ok(ForeignAlgorithm::Signed(_))), "{name}");
        }
    }
}

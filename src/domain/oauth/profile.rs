//! What a client that is held to FAPI 2.0 may ask and is given: the clauses that are about requests, not registrations. SP is the
//! Security Profile, MS is Message Signing; the numbers are those of the final texts.

use std::time::Duration;

use keys::Algorithm;
use serde_json::{Map, Value};

use super::{
    confirmation::{Confirmation, Possession},
    request::{ResponseMode, ResponseType},
};
use crate::{
    domain::clients::Profile,
    kernel::{Code, Refusal, Time},
};

/// The longest life of a code (SP §5.3.2.1, 11).
const LONGEST_CODE: Duration = Duration::from_secs(60);

/// The longest life of a pushed request: less than 600 s (SP §5.3.2.2, 12).
const LONGEST_REQUEST_URI: Duration = Duration::from_secs(599);

/// How old `nbf` of a request object may be, and how far after it `exp`, in seconds (MS §5.3.1, 3 and 4).
const LONGEST_OBJECT: f64 = 3600.0;

/// How long a code is good.
pub fn code_lifetime(profile: Profile, usual: Duration) -> Duration {
    if profile.is_fapi2() { usual.min(LONGEST_CODE) } else { usual }
}

/// How long a pushed request waits.
pub fn request_uri_lifetime(profile: Profile, usual: Duration) -> Duration {
    if profile.is_fapi2() { usual.min(LONGEST_REQUEST_URI) } else { usual }
}

/// Whether an access token may be used that is bound to this (SP §5.3.4, 5).
pub fn admits_binding(profile: Profile, confirmation: &Confirmation) -> bool {
    !profile.is_fapi2() || !confirmation.is_empty()
}

/// What an access token is bound to: what it would be without the profile, or the certificate that is shown, where it would be nothing
/// (SP §5.3.2.1, 4 and 5).
///
/// # Errors
/// `InvalidDpopProof` where there is nothing, the only code there is for a missing proof.
pub fn bind(profile: Profile, usual: Confirmation, held: &Possession) -> Result<Confirmation, Refusal> {
    match (admits_binding(profile, &usual), &held.x5t_s256) {
        (true, _) => Ok(usual),
        (false, Some(_)) => Ok(Confirmation::binding(held, true)),
        (false, None) => {
            let why = "the client's access tokens are bound: a DPoP proof or a certificate is needed";
            Err(Code::InvalidDpopProof.because(why))
        }
    }
}

/// Proofs are JWTs, too (SP §5.4.1, 1).
///
/// # Errors
/// `InvalidDpopProof`.
pub fn judge_proof(profile: Profile, algorithm: Option<Algorithm>) -> Result<(), Refusal> {
    match algorithm.is_some_and(|algorithm| !profile.admits(algorithm)) {
        true => Err(Code::InvalidDpopProof.because("the DPoP proof has to be signed by PS256, ES256 or EdDSA")),
        false => Ok(()),
    }
}

/// A code and nothing else (SP §5.3.2.2, 1).
pub fn admits_response_type(profile: Profile, asked: ResponseType) -> bool {
    !profile.is_fapi2() || asked == ResponseType::CODE
}

/// Responses are signed (MS §5.4.1, 1).
///
/// # Errors
/// `InvalidRequest`, and the mode that the client is told so with.
pub fn judge_mode(profile: Profile, mode: ResponseMode) -> Result<ResponseMode, (Refusal, ResponseMode)> {
    match profile.signs_messages() && !mode.is_jwt() {
        true => Err((Code::InvalidRequest.because("response_mode has to be jwt"), mode.signed())),
        false => Ok(mode),
    }
}

/// A request object counts for an hour at most (MS §5.3.1, 3 and 4). That `exp` has not passed and `nbf` has come was judged before.
///
/// # Errors
/// `InvalidRequestObject`.
pub fn judge_object(profile: Profile, claims: &Map<String, Value>, now: Time) -> Result<(), Refusal> {
    if !profile.signs_messages() {
        return Ok(());
    }
    let instant = |name: &str| claims.get(name).and_then(Value::as_f64);
    let refused = |why: &'static str| Err(Code::InvalidRequestObject.because(why));
    let (Some(begins), Some(ends)) = (instant("nbf"), instant("exp")) else {
        return refused("the request object needs nbf and exp");
    };
    if begins < now.timestamp() as f64 - LONGEST_OBJECT {
        return refused("nbf of the request object is more than 60 minutes ago");
    }
    if ends > begins + LONGEST_OBJECT {
        return refused("exp of the request object is more than 60 minutes after nbf");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::oauth::confirmation::Thumbprint;

    const FAPI2: [Profile; 2] = [Profile::Fapi2, Profile::Fapi2MessageSigning];

    #[test]
    fn sp_5_3_2_1_11_and_5_3_2_2_12_what_waits_is_short_lived() {
        let seconds = Duration::from_secs;
        for (usual, code, request) in [(10, 10, 10), (60, 60, 60), (61, 60, 61), (599, 60, 599), (600, 60, 599)] {
            for profile in FAPI2 {
                assert_eq!(code_lifetime(profile, seconds(usual)), seconds(code));
                assert_eq!(request_uri_lifetime(profile, seconds(usual)), seconds(request));
            }
            assert_eq!(code_lifetime(Profile::Usual, seconds(usual)), seconds(usual));
            assert_eq!(request_uri_lifetime(Profile::Usual, seconds(usual)), seconds(usual));
        }
    }

    #[test]
    fn sp_5_3_2_1_4_access_tokens_are_bound() {
        let thumbprint = || Some(Thumbprint::of_digest([1; 32]));
        let by_key = Confirmation { jkt: thumbprint(), x5t_s256: None };
        let by_certificate = Confirmation { jkt: None, x5t_s256: thumbprint() };
        let (nothing, shown) = (Possession::default(), Possession { jkt: None, x5t_s256: thumbprint() });
        let both = Possession { jkt: thumbprint(), x5t_s256: thumbprint() };
        let bound = |profile, usual: &Confirmation, held: &Possession| {
            bind(profile, usual.clone(), held).map_err(|refusal| refusal.code)
        };
        let none = Confirmation::default();
        for profile in FAPI2 {
            assert_eq!(bound(profile, &none, &nothing), Err(Code::InvalidDpopProof));
            assert_eq!(bound(profile, &none, &shown), Ok(by_certificate.clone()));
            // A proof alone does, as without the profile: the certificate may be another the next time.
            assert_eq!(bound(profile, &by_key, &both), Ok(by_key.clone()));
            assert_eq!(bound(profile, &by_certificate, &shown), Ok(by_certificate.clone()));
            assert!(admits_binding(profile, &by_key) && admits_binding(profile, &by_certificate));
            assert!(!admits_binding(profile, &none));
        }
        assert_eq!(bound(Profile::Usual, &none, &shown), Ok(none.clone()));
        assert!(admits_binding(Profile::Usual, &none));
    }

    #[test]
    fn sp_5_4_1_1_proofs_are_signed_as_everything() {
        let judged = |profile, algorithm| judge_proof(profile, algorithm).map_err(|refusal| refusal.code);
        for profile in FAPI2 {
            assert_eq!(judged(profile, Some(Algorithm::RS256)), Err(Code::InvalidDpopProof));
            assert_eq!(judged(profile, Some(Algorithm::ES256)), Ok(()));
            assert_eq!(judged(profile, None), Ok(()));
        }
        assert_eq!(judged(Profile::Usual, Some(Algorithm::RS256)), Ok(()));
    }

    #[test]
    fn sp_5_3_2_2_1_a_code_and_nothing_else() {
        for profile in FAPI2 {
            let admitted: Vec<_> =
                ResponseType::ALL.iter().filter(|kind| admits_response_type(profile, **kind)).collect();
            assert_eq!(admitted, [&ResponseType::CODE]);
        }
        assert!(ResponseType::ALL.iter().all(|kind| admits_response_type(Profile::Usual, *kind)));
    }

    #[test]
    fn ms_5_4_1_1_responses_are_signed() {
        for mode in ResponseMode::ALL {
            for profile in [Profile::Usual, Profile::Fapi2] {
                assert_eq!(judge_mode(profile, *mode).ok(), Some(*mode));
            }
            match judge_mode(Profile::Fapi2MessageSigning, *mode) {
                Ok(taken) => assert!(mode.is_jwt() && taken == *mode),
                Err((refusal, told)) => {
                    assert_eq!((refusal.code, mode.is_jwt()), (Code::InvalidRequest, false));
                    assert!(told.is_jwt() && told.way == mode.way);
                }
            }
        }
    }

    #[test]
    fn ms_5_3_1_request_objects_count_for_an_hour() {
        let now = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let judged = |profile, nbf: Option<i64>, exp: Option<i64>| {
            let at = |offset: i64| now.timestamp() + offset;
            let claims = json!({ "nbf": nbf.map(at), "exp": exp.map(at) });
            judge_object(profile, claims.as_object().unwrap(), now).map_err(|refusal| refusal.code)
        };
        let strict = |nbf, exp| judged(Profile::Fapi2MessageSigning, nbf, exp);
        let refused = Err(Code::InvalidRequestObject);
        for good in [(0, 300), (-3600, 0), (-3599, 1), (10, 3610), (0, 3600)] {
            assert_eq!(strict(Some(good.0), Some(good.1)), Ok(()), "{good:?}");
        }
        for bad in [(-3601, -10), (0, 3601), (-10, 3591), (-7200, 300)] {
            assert_eq!(strict(Some(bad.0), Some(bad.1)), refused, "{bad:?}");
        }
        assert_eq!((strict(None, Some(300)), strict(Some(0), None)), (refused, refused));
        assert_eq!(judged(Profile::Fapi2, None, None), Ok(()));
    }
}

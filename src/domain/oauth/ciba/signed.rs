//! A backchannel authentication request that the client signed (OpenID CIBA Core §7.1.1).

use std::time::Duration;

use crate::{
    app::Cx,
    domain::{
        clients::{self, Client, ClientJwt},
        oauth::{Parameters, request_object},
    },
    kernel::{Code, Error, Refusal, Result},
};

/// Accepted `typ`. CIBA names none; request objects have one of their own (RFC 9101 §10.8).
const TYPES: &[&str] = &["oauth-authz-req+jwt", "JWT"];

/// What has to be there (§7.1.1).
const REQUIRED: &[&str] = &["iss", "aud", "exp", "iat", "nbf", "jti"];

/// How far away its end may lie.
const LONGEST: Duration = Duration::from_secs(3600);

/// What may stand beside a signed request: who the client is. Everything else belongs inside.
const OUTSIDE: &[&str] = &["request", "client_id", "client_secret", "client_assertion", "client_assertion_type"];

/// The parameters that count: those that were signed, where the client signs, else those that were sent.
///
/// # Errors
/// `invalid_request` where it is not signed as registered, not good, was used before, or has parameters beside it.
pub(super) async fn resolve(cx: &Cx, client: &Client, sent: &Parameters) -> Result<Parameters> {
    let profile = client.profile(&cx.config().oauth);
    let registered = client.metadata.backchannel.backchannel_authentication_request_signing_alg.as_deref();
    let Some(object) = sent.once("request")? else {
        return match registered {
            Some(_) => Err(refused("the client registered that it signs its requests").into()),
            None if profile.signs_messages() => Err(refused("the client's profile asks for a signed request").into()),
            None => Ok(sent.clone()),
        };
    };
    if sent.iter().any(|(name, _)| !OUTSIDE.contains(&name)) {
        return Err(refused("every parameter has to stand inside of the signed request").into());
    }
    let nested = request_object::decrypted(cx, object).await.map_err(request)?;
    let object = nested.as_deref().unwrap_or(object);
    let audiences = [cx.tenant().issuer.as_str()];
    let expected = ClientJwt {
        types: TYPES,
        audiences: &audiences,
        sole_audience: false,
        profile,
        required: REQUIRED,
        algorithm: registered,
        longest: Some(LONGEST),
    };
    let claims = clients::verify_jwt(cx, client, object, &expected).await;
    let claims = claims.map_err(|why| refused("the signed request is not good").hiding(why.to_string()))?;
    let parameters = request_object::unfold(&claims, sent, &client.client_id, false)
        .map_err(|refusal| Refusal { code: Code::InvalidRequest, ..refusal })?;
    // Once: whoever finds one in a log cannot knock at the person's door with it again.
    match clients::is_first_use(cx, "backchannel_jti", client, &claims).await? {
        true => Ok(parameters),
        false => Err(refused("the signed request was used before").into()),
    }
}

/// CIBA has no code of its own for a bad request object (§13).
fn request(error: Error) -> Error {
    match error {
        Error::Refused(refusal) => Refusal { code: Code::InvalidRequest, ..*refusal }.into(),
        other => other,
    }
}

fn refused(why: &'static str) -> Refusal {
    Code::InvalidRequest.because(why)
}

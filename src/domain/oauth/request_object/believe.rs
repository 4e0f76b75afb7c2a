//! Whether a request object is the client's (OpenID Connect Core §6.1, RFC 9101 §6.2).

use serde_json::{Map, Value};

use super::refused;
use crate::{
    app::Cx,
    domain::{
        clients::{self, Client, ClientJwt},
        oauth::profile::judge_object,
        signing,
    },
    kernel::Result,
};

/// Accepted `typ`: RFC 9101 §10.8, and what clients of OpenID Connect Core write, if anything.
const TYPES: &[&str] = &["oauth-authz-req+jwt", "JWT"];

/// The claims of a request object that the client signed, with the algorithm that it registered if it did; unsigned only
/// where it registered just that; encrypted for us or not, whatever it registered. `iss` has to be the client and `aud` this issuer where they are there; `exp` and `nbf` count.
pub(super) async fn believe(cx: &Cx, client: &Client, object: &str) -> Result<Map<String, Value>> {
    let metadata = &client.metadata;
    let algorithm = metadata.request_object_signing_alg.as_deref();
    if metadata.require_signed_request_object && algorithm == Some("none") {
        return Err(refused("the client has to send a signed request object").into());
    }
    let nested = decrypted(cx, object).await?;
    let object = nested.as_deref().unwrap_or(object);
    let issuer = cx.tenant().issuer.as_str();
    let profile = client.profile(&cx.config().oauth);
    let expected = ClientJwt {
        types: TYPES,
        audiences: &[issuer],
        sole_audience: false,
        profile,
        // FAPI 2.0 Message Signing §5.3.1 (2 to 4).
        required: if profile.signs_messages() { &["aud", "nbf", "exp"] } else { &[] },
        algorithm,
        longest: None,
    };
    let believed = clients::verify_jwt(cx, client, object, &expected).await;
    let claims = believed.map_err(|why| refused("the request object is not good").hiding(why.to_string()))?;
    judge_object(profile, &claims, cx.now)?;
    Ok(claims)
}

/// The signed object in an encrypted one (RFC 9101 §6.1); none where it is not encrypted.
pub async fn decrypted(cx: &Cx, object: &str) -> Result<Option<String>> {
    if !keys::is_encrypted(object) {
        return Ok(None);
    }
    let decrypted = signing::decrypt(&cx.app, cx.tenant(), object, cx.now).await?;
    let nested = decrypted.map_err(|why| refused("the request object cannot be decrypted").hiding(why.to_string()))?;
    Ok(Some(nested))
}

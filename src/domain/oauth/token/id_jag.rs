//! Identity assertions for other authorization servers (draft-ietf-oauth-identity-assertion-authz-grant §3): a person of ours,
//! in the hands of a client, at somebody else's token endpoint.

use serde_json::{Map, Value, json};

use super::{Target, access::amr};
use crate::{
    app::Cx,
    domain::{clients::Profile, oauth::refresh::Authentication},
    kernel::{Fault, Result, assurance, id::RequestId, secret::Secret},
};

/// `typ` of such an assertion (§3).
pub const TYPE: &str = "oauth-id-jag+jwt";

/// How long one is good, in seconds: it is redeemed at once.
pub const TTL: u32 = 300;

/// What it says besides whom it is for, and what it asks for there.
#[derive(Debug, Clone)]
pub struct IdentityAssertion {
    /// What the person is called.
    pub subject: String,
    /// What the client is called there.
    pub client_id: String,
    /// The resources there.
    pub resource: Vec<String>,
    /// How and when the person signed in.
    pub authentication: Authentication,
    /// Claims about the person that they allowed the client to see.
    pub claims: Map<String, Value>,
}

/// Signs one for the other server, which is the target's audience.
pub fn sign(cx: &Cx, assertion: &IdentityAssertion, target: &Target) -> Result<Secret> {
    let (tenant, iat) = (cx.tenant(), cx.now.timestamp());
    let authentication = &assertion.authentication;
    let mut claims = assertion.claims.clone();
    let own = json!({
        "iss": tenant.issuer,
        "sub": assertion.subject,
        "aud": target.audience.first(),
        "client_id": assertion.client_id,
        "jti": format!("jag_{}", RequestId::fresh().uuid().simple()),
        "exp": iat + i64::from(target.ttl),
        "iat": iat,
        "auth_time": authentication.at.timestamp(),
        "acr": assurance::acr(&authentication.methods),
        "amr": amr(&authentication.methods),
    });
    claims.extend(own.as_object().cloned().unwrap_or_default());
    if !target.scope.is_empty() {
        claims.insert("scope".into(), target.scope.to_string().into());
    }
    match assertion.resource.as_slice() {
        [] => {}
        [one] => drop(claims.insert("resource".into(), one.clone().into())),
        several => drop(claims.insert("resource".into(), several.into())),
    }
    // Whoever reads it finds our keys by discovery, where RS256 is always among them; ID tokens are signed the same way.
    let profile = Profile::of_all(&cx.config().oauth);
    let algorithm = profile.signing_algorithm(cx.config().keys.id_token_alg.into(), cx.config())?;
    let signed = cx.app.keyrings.of(tenant.id)?.sign(algorithm, TYPE, &claims.into(), cx.now);
    let signed = signed.map_err(|error| Fault::broken_by("an identity assertion cannot be signed", error))?;
    Ok(Secret::from(signed))
}

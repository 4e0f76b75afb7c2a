//! The userinfo endpoint (OpenID Connect Core §5.3).

use serde_json::{Map, Value};

use super::{
    subject,
    token::{self, PresentedToken},
};
use crate::{
    app::{Cx, Guard, Operation},
    domain::clients::{Answer, Client, Envelope},
    kernel::{Code, Fault, Result},
};

/// Reads the claims that an access token gives.
#[derive(Debug, Clone)]
pub struct UserInfo {
    /// The access token.
    pub presented: PresentedToken,
}

/// The answer, as the client registered for it.
#[derive(Debug)]
pub enum Claims {
    /// A JSON object.
    Plain(Map<String, Value>),
    /// A JWT, signed, encrypted or both (§5.3.2).
    Jwt(String),
}

impl Operation for UserInfo {
    type Output = Claims;
    const NAME: &'static str = "userinfo.show";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Claims> {
        let (app, tenant) = (&cx.app, cx.tenant());
        let (token, live) = token::believe_live(app, tenant, &self.presented, &tenant.issuer, cx.now).await?;
        let (Some(client), Some(person)) = (live.client, live.person) else {
            return Err(token::refusal().hiding("nobody's token").into());
        };
        if !token.scope.has("openid") {
            return Err(Code::InsufficientScope.because("the access token lacks the scope openid").into());
        }
        let mut claims = subject::by_scope(&person.user, &token.scope);
        claims.extend(subject::requested(&person.user, &token.claims.userinfo));
        claims.insert("sub".into(), subject::of(cx, &client, person.user.id)?.into());
        let envelope = Envelope::prepare(cx, &client, Answer::UserInfo).await?;
        match client.metadata.userinfo_signed_response_alg {
            Some(algorithm) => Ok(Claims::Jwt(envelope.seal(sign(cx, &client, algorithm, claims)?)?)),
            None => Ok(envelope.seal_claims(&claims)?.map_or(Claims::Plain(claims), Claims::Jwt)),
        }
    }
}

/// The claims, signed for the client.
fn sign(cx: &Cx, client: &Client, algorithm: keys::Algorithm, mut claims: Map<String, Value>) -> Result<String> {
    claims.insert("iss".into(), cx.tenant().issuer.clone().into());
    claims.insert("aud".into(), client.client_id.clone().into());
    claims.insert("iat".into(), cx.now.timestamp().into());
    let algorithm = client.signing_algorithm(algorithm, cx.config())?;
    let signed = cx.app.keyrings.of(cx.tenant().id)?.sign(algorithm, "JWT", &claims.into(), cx.now);
    signed.map_err(|error| Fault::broken_by("claims cannot be signed", error).into())
}

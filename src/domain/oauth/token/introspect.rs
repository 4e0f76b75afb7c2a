//! Introspection (RFC 7662), as JSON or signed (RFC 9701): what a token says, for those it concerns.

use keys::Algorithm;
use serde_json::{Map, Value, json};

use super::{authentic, live};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients::{Answer, Client, Envelope},
        oauth::{
            Parameters,
            details::{self, Kinds},
            from_client,
            refresh::{self, RefreshTokens, Verdict},
            subject,
        },
    },
    kernel::{Code, Error, Fault, Result, secret::Secret},
};

/// `typ` of a signed answer (RFC 9701 §5).
pub const TYPE: &str = "token-introspection+jwt";

/// The algorithm of clients that registered none (RFC 9701 §6).
const USUAL_ALGORITHM: Algorithm = Algorithm::RS256;

/// What an answer repeats of an access token's claims (RFC 7662 §2.2, RFC 9068 §2.2, RFC 9470 §6.2,
/// RFC 8693 §7.3, RFC 9449 §6.2, RFC 9396 §9.2). The rest is ours.
const TOLD: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "jti",
    "client_id",
    "scope",
    "sid",
    "auth_time",
    "acr",
    "amr",
    "act",
    "may_act",
    "cnf",
    "authorization_details",
];

/// Asks whether a token is good, and what it says.
#[derive(Debug, Clone)]
pub struct Introspect {
    /// The body.
    pub parameters: Parameters,
    /// User and password of the `Authorization` header, form-decoded.
    pub basic: Option<(String, Secret)>,
    /// Whether the answer is to be signed.
    pub signed: bool,
}

/// The answer.
#[derive(Debug)]
pub enum Introspection {
    /// A JSON object.
    Plain(Map<String, Value>),
    /// A signed JWT that holds it, encrypted where the client wants that.
    Signed(String),
}

impl Operation for Introspect {
    type Output = Introspection;
    const NAME: &'static str = "token.introspect";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Introspection> {
        let client = from_client::authenticate(cx, &self.parameters, self.basic).await?;
        if client.is_public() {
            // A name that anyone can give is no authorization (RFC 7662 §2.1).
            return Err(Code::InvalidClient.because("introspection needs a client that authenticates").into());
        }
        let token = self.parameters.required("token")?;
        let told = match refresh_token(cx, &client, token).await? {
            Some(told) => Some(told),
            None => access_token(cx, &client, token).await?,
        };
        let answer = answer(told);
        // FAPI 2.0 Message Signing §5.5.1 (1), whatever the request says it takes.
        if self.signed || client.profile(&cx.config().oauth).signs_messages() {
            let envelope = Envelope::prepare(cx, &client, Answer::Introspection).await?;
            Ok(Introspection::Signed(envelope.seal(sign(cx, &client, &answer)?)?))
        } else {
            Ok(Introspection::Plain(answer))
        }
    }
}

/// One answer for every reason of inactivity: unknown, expired, revoked, or none of the caller's business (RFC 7662 §2.2).
fn answer(told: Option<Map<String, Value>>) -> Map<String, Value> {
    let mut answer = Map::from_iter([("active".to_owned(), told.is_some().into())]);
    answer.extend(told.into_iter().flatten());
    answer
}

async fn access_token(cx: &Cx, client: &Client, token: &str) -> Result<Option<Map<String, Value>>> {
    let (token, mut claims) = match authentic(&cx.app, cx.tenant(), token, None, cx.now).await {
        Ok(believed) => believed,
        Err(Error::Refused(_)) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    if !concerns(client, &token.client_id, &token.audience)
        || live::look_up(&cx.app, cx.tenant(), &token, cx.now).await?.is_none()
    {
        return Ok(None);
    }
    if token.client_id != client.client_id && !client.metadata.may_introspect && !token.details.is_empty() {
        // An API among several learns what is for itself (RFC 9396 §9.2).
        let kinds = Kinds::of(cx, &token.details).await?;
        let own = details::at(&token.details, &kinds, std::slice::from_ref(&client.client_id));
        claims.remove("authorization_details");
        claims.extend((!own.is_empty()).then(|| ("authorization_details".to_owned(), json!(own))));
    }
    claims.retain(|name, _| TOLD.contains(&name.as_str()));
    claims.insert("token_type".into(), token.confirmation.token_type().into());
    Ok(Some(claims))
}

/// Whom a token concerns: the client it was issued to, an API it is for (which is a client of the same name), and clients that
/// the operator permits to ask about every token.
fn concerns(client: &Client, issued_to: &str, audience: &[String]) -> bool {
    client.metadata.may_introspect || client.client_id == issued_to || audience.contains(&client.client_id)
}

/// A refresh token concerns its client and nobody else. Asking spends nothing and revokes nothing.
async fn refresh_token(cx: &Cx, client: &Client, token: &str) -> Result<Option<Map<String, Value>>> {
    let Some(presented) = RefreshTokens(&cx.app.macs.refresh_token).read(token) else { return Ok(None) };
    let found = refresh::store::find(cx.db().reader(), cx.tenant().id, presented.family, cx.now).await?;
    let Some((family, standing)) = found else { return Ok(None) };
    let grace = cx.config().tokens.refresh_grace.std();
    if family.judge(presented.digest, Some(client.id), standing, cx.now, grace) != Verdict::Rotate {
        return Ok(None);
    }
    let mut told = json!({
        "iss": cx.tenant().issuer,
        "sub": subject::of(cx, client, family.user)?,
        "client_id": client.client_id,
        "scope": family.scope,
        "iat": family.rotated_at.timestamp(),
        "exp": family.idle_expires_at.min(family.expires_at).timestamp(),
    });
    if !family.details.is_empty() {
        told["authorization_details"] = json!(family.details);
    }
    Ok(told.as_object().cloned())
}

/// The answer as a JWT for the client alone: nothing about the token stands outside of `token_introspection`, so that it cannot
/// pass for an access token (RFC 9701 §5, §8.1).
fn sign(cx: &Cx, client: &Client, answer: &Map<String, Value>) -> Result<String> {
    let wished = client.metadata.introspection_signed_response_alg.unwrap_or(USUAL_ALGORITHM);
    let algorithm = client.signing_algorithm(wished, cx.config())?;
    let claims = json!({
        "iss": cx.tenant().issuer,
        "aud": client.client_id,
        "iat": cx.now.timestamp(),
        "token_introspection": answer,
    });
    let signed = cx.app.keyrings.of(cx.tenant().id)?.sign(algorithm, TYPE, &claims, cx.now);
    signed.map_err(|error| Fault::broken_by("an introspection answer cannot be signed", error).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clients::testing;

    #[test]
    fn a_token_concerns_its_client_its_audience_and_whom_the_operator_permits() {
        let named = |client_id: &str| Client { client_id: client_id.into(), ..testing::client() };
        let audience = ["https://orders.example.test".to_owned(), "https://stock.example.test".to_owned()];
        assert!(concerns(&named("shop"), "shop", &audience));
        assert!(concerns(&named("https://stock.example.test"), "shop", &audience));
        assert!(!concerns(&named("other"), "shop", &audience));
        assert!(!concerns(&named("https://orders.example.test/"), "shop", &audience));
        let mut permitted = named("gateway");
        permitted.metadata.may_introspect = true;
        assert!(concerns(&permitted, "shop", &audience));
    }

    #[test]
    fn inactive_says_nothing_else() {
        assert_eq!(Value::from(answer(None)), json!({ "active": false }));
        let told = json!({ "sub": "usr_1" });
        assert_eq!(Value::from(answer(told.as_object().cloned())), json!({ "active": true, "sub": "usr_1" }));
    }
}

//! Authorization responses as they are, or as one signed JWT (JWT Secured Authorization Response Mode, JARM §2).

use keys::Algorithm;
use serde_json::{Map, Value};

use crate::{
    app::Cx,
    domain::{
        clients::{Answer, Client, Envelope},
        oauth::request::ReturnAddress,
    },
    kernel::{Fault, Result},
};

/// The algorithm of clients that registered none (JARM §3).
const USUAL_ALGORITHM: Algorithm = Algorithm::RS256;

/// How long a response is good, in seconds: at most so long is recommended (JARM §2.1).
const LIFETIME: i64 = 600;

/// How the answers to an address are wrapped.
#[derive(Debug)]
pub enum Wrapping {
    /// Not at all: each parameter for itself.
    None,
    /// As a JWT, encrypted where the client wants that.
    Jwt(Envelope),
}

impl Wrapping {
    /// The wrapping of an address. It may have to fetch the client's keys: before the transaction.
    ///
    /// # Errors
    /// `InvalidClientMetadata` where the client has no key for an answer that it wants encrypted. It cannot be told then.
    pub async fn prepare(cx: &Cx, client: &Client, address: &ReturnAddress) -> Result<Self> {
        match address.mode.is_jwt() {
            true => Ok(Self::Jwt(Envelope::prepare(cx, client, Answer::Authorization).await?)),
            false => Ok(Self::None),
        }
    }

    /// The parameters that are sent: `state` and `iss`, which tells the client whose answer it is (RFC 9207 §2), beside the others,
    /// or the one that holds them all.
    pub(super) fn wrap(
        &self,
        cx: &Cx,
        client: &Client,
        address: &ReturnAddress,
        mut parameters: Vec<(&'static str, String)>,
    ) -> Result<Vec<(&'static str, String)>> {
        let issuer = &cx.tenant().issuer;
        parameters.extend(address.state.clone().map(|state| ("state", state)));
        match self {
            Self::None => {
                parameters.push(("iss", issuer.clone()));
                Ok(parameters)
            }
            Self::Jwt(envelope) => {
                let wished = client.metadata.authorization_signed_response_alg.unwrap_or(USUAL_ALGORITHM);
                let algorithm = client.signing_algorithm(wished, cx.config())?;
                let claims = claims(issuer, &client.client_id, cx.now.timestamp(), parameters);
                let signed = cx.app.keyrings.of(cx.tenant().id)?.sign(algorithm, "JWT", &claims, cx.now);
                let signed = signed.map_err(|error| Fault::broken_by("a response cannot be signed", error))?;
                Ok(vec![("response", envelope.seal(signed)?)])
            }
        }
    }
}

/// The response document (JARM §2.1). It names no subject, so that it cannot pass for an ID token.
fn claims(issuer: &str, client_id: &str, now: i64, parameters: Vec<(&'static str, String)>) -> Value {
    let mut claims: Map<String, Value> = Map::new();
    claims.insert("iss".into(), issuer.into());
    claims.insert("aud".into(), client_id.into());
    claims.insert("exp".into(), (now + LIFETIME).into());
    for (name, value) in parameters {
        // Numbers are numbers in the document.
        let value = match (name, value.parse::<u32>()) {
            ("expires_in", Ok(seconds)) => seconds.into(),
            _ => value.into(),
        };
        claims.insert(name.to_owned(), value);
    }
    claims.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_document_says_whose_for_whom_and_how_long() {
        let parameters = vec![("code", "123".to_owned()), ("expires_in", "300".to_owned()), ("state", "42".to_owned())];
        let claims = claims("https://id.test", "shop", 1_700_000_000, parameters);
        let expected = json!({
            "iss": "https://id.test", "aud": "shop", "exp": 1_700_000_600, "code": "123", "expires_in": 300, "state": "42",
        });
        assert_eq!(claims, expected);
    }
}

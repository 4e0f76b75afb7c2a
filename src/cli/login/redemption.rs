//! Code against tokens (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{
    Ending, answer,
    possession::Possession,
    provider::{Provider, unreached},
};
use crate::{
    kernel::{Code, Error, secret::Secret},
    ports::http::{Answer, Http},
};

/// What the token endpoint is told.
pub(super) struct Redemption<'a> {
    pub(super) client_id: &'a str,
    pub(super) secret: Option<&'a Secret>,
    /// The secret goes into the form, not into the header: the client is registered for `client_secret_post`.
    pub(super) by_post: bool,
    pub(super) code: &'a Secret,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: &'a Secret,
    /// The key that the tokens are to be bound to.
    pub(super) possession: Option<&'a Possession>,
}

/// What it answers. Shown to the person who signed in, and to nobody else.
#[derive(Serialize, Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) token_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id_token: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
    error_description: Option<String>,
}

impl Redemption<'_> {
    /// Redeems the code.
    pub(super) async fn redeem(&self, http: &Http, provider: &Provider) -> Result<Tokens, Ending> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", self.code.expose()),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", self.verifier.expose()),
        ];
        let mut authorization = None;
        match self.secret {
            Some(secret) if !self.by_post => authorization = Some(basic(self.client_id, secret)),
            Some(secret) => form.extend([("client_id", self.client_id), ("client_secret", secret.expose())]),
            None => form.push(("client_id", self.client_id)),
        }
        let at = &provider.token_endpoint;
        let answer = self.ask(http, at, &form, authorization.as_ref(), None).await?;
        let answer = match wanted_nonce(&answer) {
            Some(nonce) => self.ask(http, at, &form, authorization.as_ref(), Some(nonce)).await?,
            None => answer,
        };
        let tokens = read(answer.status, &answer.body).map_err(Ending::from)?;
        self.possession.map_or(Ok(()), |possession| possession.check(&tokens.token_type))?;
        Ok(tokens)
    }

    async fn ask(
        &self,
        http: &Http,
        at: &str,
        form: &[(&str, &str)],
        authorization: Option<&Secret>,
        nonce: Option<&str>,
    ) -> Result<Answer, Ending> {
        let proof = self.possession.map(|possession| possession.proof(at, nonce)).transpose()?;
        let headers = [("authorization", authorization), ("dpop", proof.as_ref())];
        let headers: Vec<_> = headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        http.post_form_with(at, form, &headers).await.map_err(|error| unreached(at, error))
    }
}

/// The nonce that the server wants in the proof (RFC 9449 §8). It is asked once more, and not again.
fn wanted_nonce(answer: &Answer) -> Option<&str> {
    let refused: Refused = serde_json::from_slice(&answer.body).ok()?;
    answer.dpop_nonce.as_deref().filter(|_| answer.status == 400 && refused.error == "use_dpop_nonce")
}

fn read(status: u16, body: &[u8]) -> Result<Tokens, Error> {
    let unreadable =
        || Code::InvalidRequest.because(format!("The token endpoint answers {status}, and not as it should."));
    if status != 200 {
        let refused: Refused = serde_json::from_slice(body).map_err(|_| unreadable())?;
        return Err(answer::refusal(&refused.error, refused.error_description.as_deref()).into());
    }
    let tokens: Tokens = serde_json::from_slice(body).map_err(|_| unreadable())?;
    Ok(tokens)
}

/// The header of RFC 6749 §2.3.1: both halves form-encoded first.
pub(in crate::cli) fn basic(client_id: &str, secret: &Secret) -> Secret {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret.expose())))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_and_refusals_told() {
        let tokens = read(200, br#"{"access_token":"a","token_type":"Bearer","more":1}"#).unwrap();
        assert_eq!((tokens.access_token.as_str(), tokens.id_token), ("a", None));
        let told = |status, body: &[u8]| {
            let error = read(status, body).map(drop).unwrap_err();
            error.refusal().unwrap().sentence.clone().unwrap().into_owned()
        };
        assert!(
            told(400, br#"{"error":"invalid_grant","error_description":"spent"}"#).contains("invalid_grant: spent")
        );
        assert!(told(502, b"<html>").contains("answers 502"));
        assert!(told(200, b"{}").contains("answers 200"));
    }

    #[test]
    fn both_halves_of_basic_are_encoded_first() {
        let header = basic("a b", &Secret::new("p:%"));
        let decoded = STANDARD.decode(header.expose().trim_start_matches("Basic ")).unwrap();
        assert_eq!(decoded, b"a+b:p%3A%25");
    }
}

//! Code against tokens (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3).

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Ending, answer, client::Client, provider::Provider};
use crate::{
    kernel::{Code, Error, secret::Secret},
    ports::http::Http,
};

/// What the token endpoint is told.
pub(super) struct Redemption<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) code: &'a Secret,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: &'a Secret,
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
pub(super) struct Refused {
    pub(super) error: String,
    pub(super) error_description: Option<String>,
}

impl Redemption<'_> {
    /// Redeems the code.
    pub(super) async fn redeem(&self, http: &Http, provider: &Provider) -> Result<Tokens, Ending> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", self.code.expose()),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", self.verifier.expose()),
        ];
        let answer = self.client.post(http, &provider.token_endpoint, &form).await?;
        read(answer.status, &answer.body).map_err(Ending::from)
    }
}

/// A good answer of one of the issuer's endpoints, or what it refused.
pub(super) fn read<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, Error> {
    let unreadable = || Code::InvalidRequest.because(format!("The issuer answers {status}, and not as it should."));
    if status != 200 {
        let refused: Refused = serde_json::from_slice(body).map_err(|_| unreadable())?;
        return Err(answer::refusal(&refused.error, refused.error_description.as_deref()).into());
    }
    Ok(serde_json::from_slice(body).map_err(|_| unreadable())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_and_refusals_told() {
        let tokens: Tokens = read(200, br#"{"access_token":"a","token_type":"Bearer","more":1}"#).unwrap();
        assert_eq!((tokens.access_token.as_str(), tokens.id_token), ("a", None));
        let told = |status, body: &[u8]| {
            let error = read::<Tokens>(status, body).map(drop).unwrap_err();
            error.refusal().unwrap().sentence.clone().unwrap().into_owned()
        };
        assert!(
            told(400, br#"{"error":"invalid_grant","error_description":"spent"}"#).contains("invalid_grant: spent")
        );
        assert!(told(502, b"<html>").contains("answers 502"));
        assert!(told(200, b"{}").contains("answers 200"));
    }
}

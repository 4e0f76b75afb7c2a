//! The client that signs in, as it introduces itself at the issuer's endpoints (RFC 6749 §2.3.1).

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Ending, possession::Possession, provider::unreached, redemption::Refused};
use crate::{
    kernel::secret::Secret,
    ports::http::{Answer, Http},
};

/// A client.
pub(super) struct Client<'a> {
    pub(super) id: &'a str,
    pub(super) secret: Option<&'a Secret>,
    /// The secret goes into the form, not into the header: the client is registered for `client_secret_post`.
    pub(super) by_post: bool,
    /// The key that its tokens are to be bound to.
    pub(super) possession: Option<&'a Possession>,
}

impl Client<'_> {
    /// Posts a form as this client, with a proof of its key if it has one.
    pub(super) async fn post(&self, http: &Http, at: &str, form: &[(&str, &str)]) -> Result<Answer, Ending> {
        let mut form = form.to_vec();
        let mut authorization = None;
        match self.secret {
            Some(secret) if !self.by_post => authorization = Some(basic(self.id, secret)),
            Some(secret) => form.extend([("client_id", self.id), ("client_secret", secret.expose())]),
            None => form.push(("client_id", self.id)),
        }
        let answer = self.ask(http, at, &form, authorization.as_ref(), None).await?;
        match wanted_nonce(&answer) {
            Some(nonce) => self.ask(http, at, &form, authorization.as_ref(), Some(nonce)).await,
            None => Ok(answer),
        }
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

/// The header of RFC 6749 §2.3.1: both halves form-encoded first.
pub(in crate::cli) fn basic(client_id: &str, secret: &Secret) -> Secret {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret.expose())))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_basic_are_encoded_first() {
        let header = basic("a b", &Secret::new("p:%"));
        let decoded = STANDARD.decode(header.expose().trim_start_matches("Basic ")).unwrap();
        assert_eq!(decoded, b"a+b:p%3A%25");
    }
}

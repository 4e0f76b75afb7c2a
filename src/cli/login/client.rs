//! The client that signs in, as it introduces itself at the issuer's endpoints (RFC 6749 §2.3.1).

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Ending, possession::Possession, provider::unreached};
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
    /// Posts a form as this client, with a proof of its key if it has one. A server that wants a nonce in the proof is asked once more
    /// (RFC 9449 §8).
    pub(super) async fn post(&self, http: &Http, at: &str, form: &[(&str, &str)]) -> Result<Answer, Ending> {
        let mut form = form.to_vec();
        let mut authorization = None;
        match self.secret {
            Some(secret) if !self.by_post => authorization = Some(basic(self.id, secret)),
            Some(secret) => form.extend([("client_id", self.id), ("client_secret", secret.expose())]),
            None => form.push(("client_id", self.id)),
        }
        let answer = self.ask(http, at, &form, authorization.as_ref()).await?;
        match self.possession.is_some_and(|possession| possession.is_asked_for_nonce(&answer)) {
            true => self.ask(http, at, &form, authorization.as_ref()).await,
            false => Ok(answer),
        }
    }

    async fn ask(
        &self,
        http: &Http,
        at: &str,
        form: &[(&str, &str)],
        authorization: Option<&Secret>,
    ) -> Result<Answer, Ending> {
        let proof = self.possession.map(|possession| possession.proof(at)).transpose()?;
        let headers = [("authorization", authorization), ("dpop", proof.as_ref())];
        let headers: Vec<_> = headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let answer = http.post_form_with(at, form, &headers).await.map_err(|error| unreached(at, error))?;
        if let Some(possession) = self.possession {
            possession.remember(&answer);
        }
        Ok(answer)
    }
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

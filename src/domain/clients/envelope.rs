//! Encrypting for a client what it wants encrypted (OpenID Connect Core §10.2, §16.14; RFC 9701 §5; JARM §2.2).

use std::sync::Arc;

use keys::{Content, ContentEncryption, EncryptionAlgorithm, ForeignKeys, Recipient};
use serde_json::{Map, Value};

use super::{Client, Encryption};
use crate::{
    app::Cx,
    kernel::{Code, Fault, Refusal, Result},
};

/// What is answered to a client, and may be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// An ID token.
    IdToken,
    /// Userinfo.
    UserInfo,
    /// What an access token says (RFC 9701).
    Introspection,
    /// An authorization response as a JWT (JARM).
    Authorization,
}

/// A client's key and what to use it with. Without one things stay as they are.
#[derive(Debug, Default)]
pub struct Envelope(Option<Sealing>);

#[derive(Debug)]
struct Sealing {
    recipient: Recipient,
    algorithm: EncryptionAlgorithm,
    enc: ContentEncryption,
    issuer: String,
}

impl Answer {
    /// How the client wants it encrypted, if it does.
    fn wanted(self, encryption: &Encryption) -> Option<(EncryptionAlgorithm, ContentEncryption)> {
        let (algorithm, enc) = match self {
            Self::IdToken => (encryption.id_token_encrypted_response_alg, encryption.id_token_encrypted_response_enc),
            Self::UserInfo => (encryption.userinfo_encrypted_response_alg, encryption.userinfo_encrypted_response_enc),
            Self::Introspection => {
                (encryption.introspection_encrypted_response_alg, encryption.introspection_encrypted_response_enc)
            }
            Self::Authorization => {
                (encryption.authorization_encrypted_response_alg, encryption.authorization_encrypted_response_enc)
            }
        };
        Some((algorithm?, enc.unwrap_or(ContentEncryption::A128CbcHs256)))
    }

    /// Whether the client wants it encrypted.
    pub fn is_encrypted_for(self, client: &Client) -> bool {
        self.wanted(&client.metadata.encryption).is_some()
    }
}

impl Envelope {
    /// The envelope for an answer to a client. It may have to fetch the client's keys: before the transaction, and before
    /// anything is spent that the answer is about.
    ///
    /// # Errors
    /// `InvalidClientMetadata` where the client has no key for it: it is never answered in clear instead.
    pub async fn prepare(cx: &Cx, client: &Client, answer: Answer) -> Result<Self> {
        let Some((algorithm, enc)) = answer.wanted(&client.metadata.encryption) else { return Ok(Self(None)) };
        let recipient = recipient(cx, client, algorithm).await?;
        let issuer = cx.tenant().issuer.clone();
        Ok(Self(Some(Sealing { recipient, algorithm, enc, issuer })))
    }

    /// A signed JWT, encrypted if that is wanted.
    pub fn seal(&self, jwt: String) -> Result<String> {
        self.encrypt(Content::Jwt(&jwt)).map(|encrypted| encrypted.unwrap_or(jwt))
    }

    /// Claims that are not signed, encrypted; none where that is not wanted.
    pub fn seal_claims(&self, claims: &Map<String, Value>) -> Result<Option<String>> {
        self.encrypt(Content::Claims(claims))
    }

    fn encrypt(&self, content: Content<'_>) -> Result<Option<String>> {
        let Some(Sealing { recipient, algorithm, enc, issuer }) = &self.0 else { return Ok(None) };
        let encrypted = recipient.encrypt(*algorithm, *enc, content, issuer);
        Ok(Some(encrypted.map_err(|error| Fault::broken_by("an answer cannot be encrypted", error))?))
    }
}

/// The key of a client to encrypt for.
async fn recipient(cx: &Cx, client: &Client, algorithm: EncryptionAlgorithm) -> Result<Recipient> {
    let in_set = |keys: &ForeignKeys| keys.recipient(algorithm).cloned();
    if let Some(jwks) = &client.metadata.jwks {
        let keys = ForeignKeys::parse(jwks).map_err(|why| no_key(algorithm).hiding(why.to_string()))?;
        return Ok(in_set(&keys).ok_or_else(|| no_key(algorithm))?);
    }
    let url = client.metadata.jwks_uri.as_deref().ok_or_else(|| no_key(algorithm))?;
    let away = |error: crate::app::NoKeys| no_key(algorithm).hiding(error.to_string());
    let remote = &cx.app.remote_keys;
    let keys = remote.at(url, cx.now).await.map_err(away)?;
    if let Some(recipient) = in_set(&keys) {
        return Ok(recipient);
    }
    // The client may have a new key.
    let newer = remote.newer(url, &keys, cx.now).await.map_err(away)?;
    let recipient = in_set(&newer).ok_or_else(|| no_key(algorithm))?;
    if !Arc::ptr_eq(&newer, &keys) {
        remote.fruitful(url).await;
    }
    Ok(recipient)
}

fn no_key(algorithm: EncryptionAlgorithm) -> Refusal {
    Code::InvalidClientMetadata.because(format!("the client has no key to encrypt for with {algorithm}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clients::testing::client;

    #[test]
    fn each_answer_has_its_own_wish() {
        let mut shop = client();
        shop.metadata.encryption.userinfo_encrypted_response_alg = Some(EncryptionAlgorithm::RsaOaep256);
        shop.metadata.encryption.id_token_encrypted_response_alg = Some(EncryptionAlgorithm::EcdhEs);
        shop.metadata.encryption.id_token_encrypted_response_enc = Some(ContentEncryption::A256Gcm);
        let wanted = |answer: Answer| answer.wanted(&shop.metadata.encryption);
        assert_eq!(wanted(Answer::IdToken), Some((EncryptionAlgorithm::EcdhEs, ContentEncryption::A256Gcm)));
        assert_eq!(wanted(Answer::UserInfo), Some((EncryptionAlgorithm::RsaOaep256, ContentEncryption::A128CbcHs256)));
        assert!(!Answer::Introspection.is_encrypted_for(&shop));
        assert!(!Answer::Authorization.is_encrypted_for(&shop));
        assert!(Answer::UserInfo.is_encrypted_for(&shop));
    }
}

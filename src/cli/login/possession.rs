//! `--dpop`: a key for this one sign-in, and proofs that it is held (RFC 9449 §4).

use std::sync::{Mutex, MutexGuard, PoisonError};

use keys::{Algorithm, SelfSigned, SigningKey};
use serde_json::json;

use super::{Ending, provider::Provider, redemption::Refused};
use crate::{
    kernel::{Clock, Code, Error, Fault, secret::Secret},
    ports::{http::Answer, random},
};

/// What the proofs are signed with: every issuer that does DPoP takes it (FAPI 2.0 §5.4).
const ALGORITHM: Algorithm = Algorithm::ES256;

/// The key, and the nonce that the issuer gave last. It is gone when the command ends, and the tokens with it.
#[derive(Debug)]
pub(super) struct Possession {
    key: SigningKey,
    nonce: Mutex<Option<String>>,
}

impl Possession {
    /// A new key, if the issuer takes proofs that it signs.
    pub(super) fn fresh(provider: &Provider) -> Result<Self, Ending> {
        if !provider.dpop_algorithms.iter().any(|name| name == ALGORITHM.as_str()) {
            return Err(Ending::Usage(format!("{} does not offer DPoP with {ALGORITHM}.", provider.issuer)));
        }
        let key = SigningKey::generate(ALGORITHM).map_err(|error| Fault::broken_by("a key cannot be made", error))?;
        Ok(Self { key, nonce: Mutex::default() })
    }

    /// What the authorization request names it by (RFC 9449 §10).
    pub(super) fn thumbprint(&self) -> &str {
        self.key.kid()
    }

    /// A proof for one POST to `address`, with the nonce that the issuer gave last.
    pub(super) fn proof(&self, address: &str) -> Result<Secret, Ending> {
        let mut claims = json!({
            "jti": random::token("")?.expose(),
            "htm": "POST",
            "htu": address.split(['?', '#']).next(),
            "iat": Clock::System.now().timestamp(),
        });
        if let Some(nonce) = self.nonce().clone() {
            claims["nonce"] = nonce.into();
        }
        let made = SelfSigned::make(&self.key, "dpop+jwt", &claims);
        Ok(Secret::new(made.map_err(|error| Fault::broken_by("a proof cannot be signed", error))?))
    }

    /// Keeps the nonce of an answer for the next proof (RFC 9449 §8.2).
    pub(super) fn remember(&self, answer: &Answer) {
        if let Some(nonce) = &answer.dpop_nonce {
            *self.nonce() = Some(nonce.clone());
        }
    }

    /// Whether an answer asks for nothing but a nonce, and gives it.
    pub(super) fn is_asked_for_nonce(&self, answer: &Answer) -> bool {
        let refused =
            |body: &[u8]| serde_json::from_slice::<Refused>(body).is_ok_and(|it| it.error == "use_dpop_nonce");
        answer.status == 400 && answer.dpop_nonce.is_some() && refused(&answer.body)
    }

    fn nonce(&self) -> MutexGuard<'_, Option<String>> {
        self.nonce.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer has to say that the token is bound (RFC 9449 §5): an issuer that does not know DPoP overlooks proofs.
    pub(super) fn check(&self, token_type: &str) -> Result<(), Ending> {
        if token_type.eq_ignore_ascii_case("DPoP") {
            return Ok(());
        }
        let why = "The issuer gave a token that is not bound to the key (token_type is not DPoP).";
        Err(Error::from(Code::InvalidToken.because(why)).into())
    }
}

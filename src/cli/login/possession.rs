//! `--dpop`: a key for this one sign-in, and proofs that it is held (RFC 9449 §4).

use keys::{Algorithm, SelfSigned, SigningKey};
use serde_json::json;

use super::{Ending, provider::Provider};
use crate::{
    kernel::{Clock, Code, Error, Fault, secret::Secret},
    ports::random,
};

/// What the proofs are signed with: every issuer that does DPoP takes it (FAPI 2.0 §5.4).
const ALGORITHM: Algorithm = Algorithm::ES256;

/// The key. It is gone when the command ends, and the tokens with it.
#[derive(Debug)]
pub(super) struct Possession(SigningKey);

impl Possession {
    /// A new key, if the issuer takes proofs that it signs.
    pub(super) fn fresh(provider: &Provider) -> Result<Self, Ending> {
        if !provider.dpop_algorithms.iter().any(|name| name == ALGORITHM.as_str()) {
            return Err(Ending::Usage(format!("{} does not offer DPoP with {ALGORITHM}.", provider.issuer)));
        }
        Ok(Self(SigningKey::generate(ALGORITHM).map_err(|error| Fault::broken_by("a key cannot be made", error))?))
    }

    /// What the authorization request names it by (RFC 9449 §10).
    pub(super) fn thumbprint(&self) -> &str {
        self.0.kid()
    }

    /// A proof for one POST to `address`, with the nonce that the server asked for.
    pub(super) fn proof(&self, address: &str, nonce: Option<&str>) -> Result<Secret, Ending> {
        let mut claims = json!({
            "jti": random::token("")?.expose(),
            "htm": "POST",
            "htu": address.split(['?', '#']).next(),
            "iat": Clock::System.now().timestamp(),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        let made = SelfSigned::make(&self.0, "dpop+jwt", &claims);
        Ok(Secret::new(made.map_err(|error| Fault::broken_by("a proof cannot be signed", error))?))
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

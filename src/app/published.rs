//! Believing what somebody signed with keys that they published: registered as they are, or at an address.

use std::sync::Arc;

use keys::{Foreign, ForeignKeys, Invalid};
use serde_json::{Map, Value};

use super::{NoKeys, RemoteKeys};
use crate::kernel::Time;

/// Where somebody's keys are.
#[derive(Debug, Clone, Copy)]
pub enum Published<'a> {
    /// A JWK Set that was registered.
    Here(&'a Value),
    /// At an address.
    At(&'a str),
}

/// Why a signature is not believed: for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoBelief {
    /// What is wrong with the token.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There are no keys.
    #[error("there are no keys")]
    NoKeys,
    /// The keys cannot be had.
    #[error("the keys cannot be had: {0}")]
    Unreachable(#[from] NoKeys),
}

impl RemoteKeys {
    /// The claims of a token that one of these keys signed. Where none fits, they are looked for anew.
    ///
    /// # Errors
    /// [`NoBelief`] by reason.
    pub async fn believe(
        &self,
        published: Published<'_>,
        foreign: &Foreign<'_>,
        now: Time,
    ) -> Result<Map<String, Value>, NoBelief> {
        self.believe_by(published, now, |keys| foreign.believe(keys)).await
    }

    /// The same for a JWT-SVID, where these keys are the bundle of a SPIFFE trust domain.
    ///
    /// # Errors
    /// [`NoBelief`] by reason.
    pub async fn believe_svid(
        &self,
        published: Published<'_>,
        svid: &Foreign<'_>,
        now: Time,
    ) -> Result<Map<String, Value>, NoBelief> {
        self.believe_by(published, now, |keys| svid.believe_svid(keys)).await
    }

    async fn believe_by(
        &self,
        published: Published<'_>,
        now: Time,
        believe: impl Fn(&ForeignKeys) -> Result<Map<String, Value>, Invalid>,
    ) -> Result<Map<String, Value>, NoBelief> {
        let url = match published {
            Published::Here(jwks) => {
                let keys = ForeignKeys::parse(jwks).map_err(|_| NoBelief::NoKeys)?;
                return Ok(believe(&keys)?);
            }
            Published::At(url) => url,
        };
        let keys = self.at(url, now).await?;
        match believe(&keys) {
            // There may be new ones.
            Err(Invalid::UnknownKey | Invalid::SignatureWrong) => {
                let newer = self.newer(url, &keys, now).await?;
                if Arc::ptr_eq(&newer, &keys) {
                    return Err(Invalid::UnknownKey.into());
                }
                let claims = believe(&newer)?;
                self.fruitful(url).await;
                Ok(claims)
            }
            believed => Ok(believed?),
        }
    }
}

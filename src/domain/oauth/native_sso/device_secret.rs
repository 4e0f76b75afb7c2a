//! The device secret (§3.2): random, and known to us by the ID token that it belongs to, and by nothing else.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    kernel::{Result, secret::Secret},
    ports::random,
};

/// `actor_token_type` of a device secret (§4.1).
pub const TOKEN_TYPE: &str = "urn:openid:params:token-type:device-secret";

/// A new one. No row is written for it: the ID token that it came with carries its hash (`ds_hash`, §3.4.1), signed by us, and names
/// the session with which it ends.
#[derive(Debug, Clone)]
pub struct DeviceSecret(Secret);

impl DeviceSecret {
    /// Makes one.
    pub fn fresh() -> Result<Self> {
        Ok(Self(random::token("sgt_ds_")?))
    }

    /// What the ID token says of it.
    pub fn hash(&self) -> String {
        hash(&self.0)
    }

    /// As the token answer says it.
    pub fn into_secret(self) -> Secret {
        self.0
    }
}

/// SHA-256 as base64url: how the two are bound is ours to choose (§3.4.1).
pub(super) fn hash(secret: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(secret.digest().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_another_and_has_one_hash() {
        let (one, other) = (DeviceSecret::fresh().unwrap(), DeviceSecret::fresh().unwrap());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.hash(), hash(&one.clone().into_secret()));
        assert_eq!(one.hash().len(), 43);
        assert!(one.into_secret().expose().starts_with("sgt_ds_"));
    }
}

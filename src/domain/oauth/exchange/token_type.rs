//! What kinds of tokens are called (RFC 8693 §3).

use serde::{Serialize, Serializer};

use crate::kernel::{Code, Refusal};

/// A kind of token that is taken or given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// An access token of this issuer, in either form.
    AccessToken,
    /// A refresh token of this issuer.
    RefreshToken,
    /// An ID token of this issuer.
    IdToken,
    /// Any of these that is a JWT.
    Jwt,
    /// An identity assertion for another authorization server (draft-ietf-oauth-identity-assertion-authz-grant §9.2).
    IdJag,
}

impl TokenType {
    const ALL: &[Self] = &[Self::AccessToken, Self::RefreshToken, Self::IdToken, Self::Jwt, Self::IdJag];

    /// Its identifier.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "urn:ietf:params:oauth:token-type:access_token",
            Self::RefreshToken => "urn:ietf:params:oauth:token-type:refresh_token",
            Self::IdToken => "urn:ietf:params:oauth:token-type:id_token",
            Self::Jwt => "urn:ietf:params:oauth:token-type:jwt",
            Self::IdJag => "urn:ietf:params:oauth:token-type:id-jag",
        }
    }

    /// The kind that a parameter names.
    ///
    /// # Errors
    /// The refusal `invalid_request` (RFC 8693 §2.2.2) for one that is not known.
    pub fn parse(parameter: &str, name: &str) -> Result<Self, Refusal> {
        let known = Self::ALL.iter().copied().find(|kind| kind.name() == name);
        known.ok_or_else(|| Code::InvalidRequest.because(format!("{parameter} is not supported")))
    }
}

impl Serialize for TokenType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_their_whole_names() {
        for kind in TokenType::ALL {
            assert_eq!(TokenType::parse("subject_token_type", kind.name()), Ok(*kind));
        }
        for other in ["access_token", "urn:ietf:params:oauth:token-type:saml2", "", "urn:ietf:params:oauth:token-type:"]
        {
            let refused = TokenType::parse("subject_token_type", other).map_err(|refusal| refusal.code);
            assert_eq!(refused, Err(Code::InvalidRequest), "{other}");
        }
    }
}

//! What a kind of client usually needs, by one name.

use clap::ValueEnum;

use crate::domain::clients::{ApplicationType, AuthMethod, GrantType, Profile as SecurityProfile};

/// A kind of client. Options that are given besides count more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Profile {
    /// A program that acts on its own or for people, and for which one person answers (--owner). Confidential, for itself, with
    /// access tokens that live five minutes.
    Agent,
    /// A television, a console, a command line: it shows a code, and a person signs it in elsewhere (RFC 8628). Public, native,
    /// with refresh tokens.
    Device,
    /// A program without people: it asks for tokens for itself (RFC 6749 §4.4). Confidential.
    Service,
    /// A till, a call center, a speaker: it knows whom it means, and asks them elsewhere (OpenID CIBA Core). Confidential, with
    /// refresh tokens; it asks again and again unless it has a --ciba-notify.
    Ciba,
    /// An application of an MCP server's users (Model Context Protocol): a person signs in with a browser, and the answer goes to an
    /// https address or a port of the device. Public, native, PKCE, with refresh tokens.
    Mcp,
    /// For APIs that are worth an attack (FAPI 2.0 Security Profile): private_key_jwt, pushed requests, PKCE, tokens that are bound to a
    /// key. It is held to all of it.
    Fapi2,
    /// The same, and its requests and answers are signed as well (FAPI 2.0 Message Signing).
    Fapi2MessageSigning,
}

/// How long the access tokens of agents live, in seconds: a stop reaches even the APIs that look at nothing but the signature
/// before long.
const AGENT_TTL: u32 = 300;

impl Profile {
    /// How such a client obtains tokens.
    pub(super) fn grants(self) -> Vec<GrantType> {
        match self {
            Self::Agent | Self::Service => vec![GrantType::ClientCredentials],
            Self::Device => vec![GrantType::DeviceCode, GrantType::RefreshToken],
            Self::Ciba => vec![GrantType::Ciba, GrantType::RefreshToken],
            Self::Mcp => vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            Self::Fapi2 | Self::Fapi2MessageSigning => vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        }
    }

    /// Where it runs.
    pub(super) fn application_type(self) -> ApplicationType {
        match self {
            Self::Agent | Self::Service => ApplicationType::Web,
            Self::Device | Self::Mcp => ApplicationType::Native,
            Self::Ciba => ApplicationType::Web,
            Self::Fapi2 | Self::Fapi2MessageSigning => ApplicationType::Web,
        }
    }

    /// How it authenticates.
    pub(super) fn auth_method(self) -> AuthMethod {
        match self {
            Self::Agent | Self::Service | Self::Ciba => AuthMethod::ClientSecretBasic,
            Self::Device | Self::Mcp => AuthMethod::None,
            Self::Fapi2 | Self::Fapi2MessageSigning => AuthMethod::PrivateKeyJwt,
        }
    }

    /// What it is held to from then on.
    pub(super) fn security_profile(self) -> SecurityProfile {
        match self {
            Self::Agent | Self::Ciba | Self::Device | Self::Mcp | Self::Service => SecurityProfile::Usual,
            Self::Fapi2 => SecurityProfile::Fapi2,
            Self::Fapi2MessageSigning => SecurityProfile::Fapi2MessageSigning,
        }
    }

    /// Lifetime of its access tokens in seconds, where it differs from everybody's.
    pub(super) fn access_token_ttl(self) -> Option<u32> {
        match self {
            Self::Agent => Some(AGENT_TTL),
            Self::Device | Self::Mcp | Self::Ciba | Self::Service | Self::Fapi2 | Self::Fapi2MessageSigning => None,
        }
    }
}

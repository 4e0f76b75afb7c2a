//! A client (RFC 6749 §2, OpenID Connect Registration §2).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{metadata::Metadata, redirect::redirect_uri_matches};
use crate::kernel::{
    Time,
    id::{ClientId, TenantId},
    scope::Scopes,
};

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $type { $($(#[$vdoc])* #[serde(rename = $name)] $variant,)+ }

        impl $type {
            /// Every value, in the order in which metadata lists them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|value| value.name() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|value| value.name()).collect();
                    format!("must be one of: {}", known.join(", "))
                })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

names! {
    /// Where the client runs (OpenID Connect Registration §2, `application_type`).
    ApplicationType {
        /// On a web server or in a browser.
        Web = "web",
        /// On the person's device (RFC 8252).
        Native = "native",
    }
}

names! {
    /// How the client proves who it is at the token endpoint (`token_endpoint_auth_method`).
    AuthMethod {
        /// Secret in the `Authorization` header (RFC 6749 §2.3.1).
        ClientSecretBasic = "client_secret_basic",
        /// Secret in the body (RFC 6749 §2.3.1).
        ClientSecretPost = "client_secret_post",
        /// Not at all: a public client (RFC 6749 §2.1).
        None = "none",
    }
}

names! {
    /// The ways to obtain tokens that a client may be allowed (`grant_types`).
    GrantType {
        /// A person signs in (RFC 6749 §4.1).
        AuthorizationCode = "authorization_code",
        /// Longer than one access token (RFC 6749 §6).
        RefreshToken = "refresh_token",
        /// For itself (RFC 6749 §4.4).
        ClientCredentials = "client_credentials",
    }
}

/// The `client_id` in tokens for Signet's own JSON API; nobody can register it.
pub const FIRST_PARTY_API: &str = "signet";

/// One registered client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Client {
    /// Identifier of the row.
    #[serde(skip)]
    pub id: ClientId,
    /// The tenant.
    #[serde(skip)]
    pub tenant: TenantId,
    /// The public identifier.
    pub client_id: String,
    /// The name that people see.
    pub client_name: String,
    /// Where it runs.
    pub application_type: ApplicationType,
    /// How it proves who it is.
    pub token_endpoint_auth_method: AuthMethod,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// How it may obtain tokens.
    pub grant_types: Vec<GrantType>,
    /// What it may ask for.
    pub scope: Scopes,
    /// Whether PKCE is demanded of it.
    pub pkce_required: bool,
    /// Whether it is the operator's own: consent is skipped.
    pub first_party: bool,
    /// Lifetime of its access tokens in seconds, where it differs from the tenant's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<u32>,
    /// Home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Everything else it registered.
    #[serde(flatten)]
    pub metadata: Metadata,
    /// When it was registered.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Client {
    /// Whether it cannot keep a secret (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::None
    }

    /// Whether it may obtain tokens this way.
    pub fn may(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether answers may go to `uri`.
    pub fn answers_at(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| redirect_uri_matches(registered, uri, self.application_type))
    }

    /// Whether a person may be sent to `uri` after signing out (OpenID Connect RP-Initiated Logout §3: exact).
    pub fn returns_to(&self, uri: &str) -> bool {
        let matches = |registered: &String| redirect_uri_matches(registered, uri, self.application_type);
        self.post_logout_redirect_uris.iter().any(matches)
    }
}

//! A client (RFC 6749 §2, OpenID Connect Registration §2).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{metadata::Metadata, redirect::redirect_uri_matches};
use crate::{
    config::Mtls,
    kernel::{
        Event, Fact, Time,
        id::{ClientId, TenantId, UserId},
        scope::Scopes,
    },
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
        /// A JWT under a MAC with the secret (OpenID Connect Core §9, RFC 7523 §2.2).
        ClientSecretJwt = "client_secret_jwt",
        /// A JWT that the client signed with its own key (OpenID Connect Core §9, RFC 7523 §2.2).
        PrivateKeyJwt = "private_key_jwt",
        /// The certificate of the connection, for which an authority vouches (RFC 8705 §2.1).
        TlsClientAuth = "tls_client_auth",
        /// The certificate of the connection, which the client registered itself (RFC 8705 §2.2).
        SelfSignedTlsClientAuth = "self_signed_tls_client_auth",
        /// A JWT of a registered issuer about the client's workload (RFC 7523 §2.2, §3). The name is Signet's own.
        WorkloadJwt = "workload_jwt",
        /// A JWT-SVID of a registered SPIFFE trust domain (draft-ietf-oauth-spiffe-client-auth §3.1, §4).
        SpiffeJwt = "spiffe_jwt",
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
        /// A person signs in elsewhere, for a device that cannot show pages (RFC 8628).
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
        /// A person whom the client names is asked elsewhere (OpenID CIBA Core).
        Ciba = "urn:openid:params:grant-type:ciba",
        /// One token for another (RFC 8693 §2.1).
        TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange",
        /// By the word of another issuer (RFC 7523 §2.1).
        JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer",
        /// Through the browser (RFC 6749 §4.2, OpenID Connect Core §3.2): nothing that the token endpoint knows.
        Implicit = "implicit",
    }
}

impl GrantType {
    /// Whether a person decides, whose tokens the client gets and may refresh.
    pub fn begins_with_a_person(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::Implicit | Self::DeviceCode | Self::Ciba)
    }

    /// Whether it begins what refresh tokens continue. What comes through the browser alone does not (RFC 6749 §4.2).
    pub fn can_be_refreshed(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::DeviceCode | Self::Ciba)
    }
}

impl AuthMethod {
    /// Whether it needs a secret that both sides know.
    pub fn needs_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt)
    }

    /// Whether this installation can do it.
    pub fn is_offered(self, mtls: &Mtls) -> bool {
        match self {
            Self::TlsClientAuth => mtls.has_authorities(),
            Self::SelfSignedTlsClientAuth => mtls.is_on(),
            _ => true,
        }
    }

    /// Whether the client's platform proves who it is: a choice of the operator's, never of the client's own.
    pub fn is_of_workload(self) -> bool {
        matches!(self, Self::WorkloadJwt | Self::SpiffeJwt)
    }

    /// Whether metadata can name it to clients (RFC 8414 §2 has only names that a registry or a draft for it holds).
    pub fn is_standard(self) -> bool {
        self != Self::WorkloadJwt
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
    /// The person who answers for it, where it is somebody's agent: while they are locked it may do nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// Everything else it registered.
    #[serde(flatten)]
    pub metadata: Metadata,
    /// When it was registered.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Client {
    /// Something that was done to it, also in the trail of its owner.
    pub fn event(&self, fact: Fact) -> Event {
        let event = self.owner.map_or_else(|| fact.into(), |owner| fact.of(owner));
        event.client(self.id).with("client_id", self.client_id.clone())
    }

    /// Whether it cannot keep a secret (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::None
    }

    /// The sector of its pairwise subjects (OpenID Connect Core §8.1): the host of its sector identifier, or that of its redirect
    /// URIs, which is one where the client is pairwise.
    pub fn sector(&self) -> Option<String> {
        let uri = self.metadata.sector_identifier_uri.as_ref().or(self.redirect_uris.first())?;
        Url::parse(uri).ok()?.host_str().map(str::to_owned)
    }

    /// One of its texts in the first of these languages that it has, or without a language: `client_name`, `logo_uri`,
    /// `client_uri`, `policy_uri` or `tos_uri` (OpenID Connect Registration §2.1). A language also finds its regions' texts, and
    /// a region its language's.
    pub fn text_in<'a>(&'a self, name: &str, locales: &str, usual: &'a str) -> &'a str {
        let tagged = |wanted: &str| {
            self.metadata.localized.iter().find_map(|(key, text)| {
                let (base, tag) = key.split_once('#')?;
                (base == name && tag.eq_ignore_ascii_case(wanted)).then_some(text.as_str())
            })
        };
        let language = |locale: &str| locale.split('-').next().unwrap_or_default().to_owned();
        let by_language = |wanted: &str| {
            self.metadata.localized.iter().find_map(|(key, text)| {
                let (base, tag) = key.split_once('#')?;
                (base == name && language(tag).eq_ignore_ascii_case(wanted)).then_some(text.as_str())
            })
        };
        let found = |locale: &str| {
            tagged(locale).or_else(|| tagged(&language(locale))).or_else(|| by_language(&language(locale)))
        };
        locales.split(' ').filter(|locale| !locale.is_empty()).find_map(found).unwrap_or(usual)
    }

    /// Whether it may obtain tokens this way.
    pub fn may(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether it may ask for authorization details of this type (RFC 9396 §10).
    pub fn may_detail(&self, kind: &str) -> bool {
        self.metadata.authorization_details_types.iter().any(|may| may == kind)
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

#[cfg(test)]
mod tests {
    use crate::domain::clients::testing::client;

    #[test]
    fn the_sector_is_a_host() {
        let mut client = client();
        client.redirect_uris = vec!["https://app.shop.example.test:8443/cb".into()];
        assert_eq!(client.sector().as_deref(), Some("app.shop.example.test"));
        client.metadata.sector_identifier_uri = Some("https://shop.example.test/sector.json".into());
        assert_eq!(client.sector().as_deref(), Some("shop.example.test"));
        client.metadata.sector_identifier_uri = None;
        client.redirect_uris.clear();
        assert_eq!(client.sector(), None);
    }

    #[test]
    fn texts_are_in_the_first_language_that_is_there() {
        let mut client = client();
        for (name, text) in
            [("client_name#de", "Laden"), ("client_name#pt-BR", "Loja"), ("tos_uri#fr", "https://fr.test/")]
        {
            client.metadata.localized.insert(name.into(), text.into());
        }
        let name = |locales: &str| client.text_in("client_name", locales, "Shop").to_owned();
        assert_eq!(name("de"), "Laden");
        assert_eq!(name("DE-AT en"), "Laden");
        assert_eq!(name("ja pt"), "Loja");
        assert_eq!(name("pt-br"), "Loja");
        assert_eq!(name("fr"), "Shop");
        assert_eq!(name(""), "Shop");
        assert_eq!(client.text_in("tos_uri", "fr", "x"), "https://fr.test/");
    }
}

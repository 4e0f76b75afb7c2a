//! An issuer whose word counts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kernel::{
    Time,
    id::{IssuerId, TenantId},
    scope::Scopes,
};

/// What an issuer's tokens are taken for. A token of one use is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// As authorization grants (RFC 7523 §2.1).
    JwtBearer,
    /// As identity assertions for one client (draft-ietf-oauth-identity-assertion-authz-grant §4.4).
    IdJag,
    /// As hints whom a client means (OpenID CIBA Core §7.1, `login_hint_token`).
    LoginHint,
    /// As statements about software that registers itself (RFC 7591 §2.3).
    SoftwareStatement,
    /// As proof of which client asks: tokens that a platform gives its workloads (RFC 7523 §2.2, §3; SPIFFE JWT-SVIDs).
    Workload,
}

/// Who the subject of its tokens is here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectMapping {
    /// A person whom an operator linked to it.
    #[default]
    Link,
    /// The same, or at first the person of the address that the token says is verified.
    Email,
    /// No person: a service, called by the issuer's name and its own.
    Service,
}

macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal,)+ }) => {
        impl $type {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name.
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

named! { Use {
    JwtBearer = "jwt-bearer",
    IdJag = "id-jag",
    LoginHint = "login-hint",
    SoftwareStatement = "software-statement",
    Workload = "workload",
} }
named! { SubjectMapping { Link = "link", Email = "email", Service = "service", } }

/// One registered issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issuer {
    /// Identifier of the row.
    #[serde(skip)]
    pub id: IssuerId,
    /// The tenant.
    #[serde(skip)]
    pub tenant: TenantId,
    /// What `iss` says, compared byte for byte; of a SPIFFE trust domain, its `spiffe://` URI.
    pub issuer: String,
    /// What its tokens are taken for.
    pub uses: Vec<Use>,
    /// Its public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// What `aud` may say besides our own names.
    pub audiences: Vec<String>,
    /// Who the subject is here.
    pub subject_mapping: SubjectMapping,
    /// Clients for which its word counts; where empty, any that may redeem assertions or is bound to one of its workloads.
    pub clients: Vec<String>,
    /// What they may be given at most.
    pub scope: Scopes,
    /// Longest life of its tokens in seconds.
    pub max_lifetime: u32,
    /// When it was registered.
    pub created_at: Time,
}

impl Issuer {
    /// Whether its word counts for `client_id`.
    pub fn is_for(&self, client_id: &str) -> bool {
        self.clients.is_empty() || self.clients.iter().any(|client| client == client_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_rows() {
        for each in Use::ALL {
            assert_eq!(serde_json::to_value(each).unwrap(), each.name());
            assert_eq!(each.name().parse(), Ok(*each));
        }
        for each in SubjectMapping::ALL {
            assert_eq!(serde_json::to_value(each).unwrap(), each.name());
            assert_eq!(each.name().parse(), Ok(*each));
        }
        assert!("JwtBearer".parse::<Use>().is_err() && "".parse::<SubjectMapping>().is_err());
    }
}

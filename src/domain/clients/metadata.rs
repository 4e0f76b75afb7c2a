//! Client metadata beyond what every client has: by its registered names (OpenID Connect Registration §2, RFC 7591 §2,
//! RFC 8705 §2.1.2, §3.4, RFC 9126 §6, RFC 9396 §10, RFC 9701 §6, JARM §3, Back-Channel Logout §2.2, Front-Channel Logout §2, Session Management, CIBA §4), kept as one JSON document.

use std::collections::BTreeMap;

use keys::{Algorithm, ContentEncryption, EncryptionAlgorithm};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Backchannel, Certified, MayAct, Profile, Workload};

/// What `sub` says to a client (OpenID Connect Core §8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// The same to every client.
    #[default]
    Public,
    /// Another one in each sector.
    Pairwise,
}

impl SubjectType {
    /// Both, in the order in which metadata lists them.
    pub const ALL: &[Self] = &[Self::Public, Self::Pairwise];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Pairwise => "pairwise",
        }
    }
}

/// What an access token looks like to a client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// A JWT by RFC 9068.
    #[default]
    Jwt,
    /// Nothing but a reference: it has to be introspected.
    Opaque,
}

/// What is encrypted for a client, and how (OpenID Connect Registration §2, RFC 9701 §6, JARM §3). What is encrypted is signed
/// before, but for userinfo of a client that wants it unsigned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Encryption {
    /// `id_token_encrypted_response_alg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_alg: Option<EncryptionAlgorithm>,
    /// `id_token_encrypted_response_enc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// `userinfo_encrypted_response_alg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_alg: Option<EncryptionAlgorithm>,
    /// `userinfo_encrypted_response_enc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_enc: Option<ContentEncryption>,
    /// `introspection_encrypted_response_alg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_encrypted_response_alg: Option<EncryptionAlgorithm>,
    /// `introspection_encrypted_response_enc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_encrypted_response_enc: Option<ContentEncryption>,
    /// `authorization_encrypted_response_alg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_encrypted_response_alg: Option<EncryptionAlgorithm>,
    /// `authorization_encrypted_response_enc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_encrypted_response_enc: Option<ContentEncryption>,
    /// `request_object_encryption_alg`: what the client may encrypt its request objects with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_alg: Option<EncryptionAlgorithm>,
    /// `request_object_encryption_enc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_enc: Option<ContentEncryption>,
}

/// Everything else that a client registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// `response_types` besides what the grants imply; empty means `code`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_types: Vec<String>,
    /// `contacts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Names and addresses in other languages, by their full names: `client_name#de`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub localized: BTreeMap<String, String>,
    /// `jwks`: the client's public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// `jwks_uri`: where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// `sector_identifier_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// `subject_type`.
    pub subject_type: SubjectType,
    /// `id_token_signed_response_alg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<Algorithm>,
    /// `userinfo_signed_response_alg`: userinfo is a JWT where set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// `introspection_signed_response_alg` (RFC 9701 §6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<Algorithm>,
    /// `authorization_signed_response_alg`: what authorization responses as JWTs are signed with (JARM §3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_signed_response_alg: Option<Algorithm>,
    /// What is encrypted.
    #[serde(flatten)]
    pub encryption: Encryption,
    /// `request_object_signing_alg`; `none` allows unsigned ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<String>,
    /// `token_endpoint_auth_signing_alg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// `default_max_age`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u32>,
    /// `require_auth_time`.
    pub require_auth_time: bool,
    /// `default_acr_values`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// `initiate_login_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// `request_uris`: request objects by reference that are allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// `require_pushed_authorization_requests` (RFC 9126 §6).
    pub require_pushed_authorization_requests: bool,
    /// `require_signed_request_object` (RFC 9101 §10.5).
    pub require_signed_request_object: bool,
    /// `dpop_bound_access_tokens` (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// `tls_client_certificate_bound_access_tokens` (RFC 8705 §3.4).
    pub tls_client_certificate_bound_access_tokens: bool,
    /// Whom its certificate names.
    #[serde(flatten)]
    pub certified: Certified,
    /// How it asks people who are elsewhere.
    #[serde(flatten)]
    pub backchannel: Backchannel,
    /// `authorization_details_types`: the types of authorization details that it may ask for (RFC 9396 §10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types: Vec<String>,
    /// `backchannel_logout_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// `backchannel_logout_session_required`.
    pub backchannel_logout_session_required: bool,
    /// `frontchannel_logout_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    /// `frontchannel_logout_session_required`.
    pub frontchannel_logout_session_required: bool,
    /// What its access tokens look like.
    pub access_token_format: TokenFormat,
    /// Whether all of this comes from a document at the address that is the `client_id`
    /// (draft-ietf-oauth-client-id-metadata-document).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub metadata_document: bool,
    /// Whether it may introspect tokens that are not its own.
    pub may_introspect: bool,
    /// What it may exchange tokens for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub may_act: Vec<MayAct>,
    /// The one party that may act with its access tokens: they say so in `may_act` (RFC 8693 §4.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegate: Option<String>,
    /// The vendor whose apps share a sign-in on a device, by a name of the operator's (OpenID Connect Native SSO §4.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub native_sso_group: Option<String>,
    /// What it is held to besides, where it is more than all are held to. The operator's own.
    #[serde(skip_serializing_if = "Profile::is_usual")]
    pub security_profile: Profile,
    /// The workload that proves who it is.
    #[serde(flatten)]
    pub workload: Workload,
    /// `software_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// `software_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// `software_statement`: what somebody else said of it at its registration, word for word (RFC 7591 §3.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
}

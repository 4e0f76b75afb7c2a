//! What applications may ask of the authorization endpoint.

use super::section::{Judged, section};
use super::values::SecurityProfile;

section! {
    /// What applications may ask of the authorization endpoint. The defaults are those of OAuth 2.1; what is switched off is
    /// not in the discovery document.
    pub struct Oauth as "oauth" {
        /// What every client is held to, whatever it was registered with: `none`, the FAPI 2.0 Security Profile, or that and FAPI 2.0
        /// Message Signing. A client can be held to it by itself (`signet client create --profile fapi2`). Settings that contradict
        /// the profile are mistakes then, and `signet client show` says what a client lacks.
        profile: SecurityProfile = SecurityProfile::None,
        /// Whether clients that registered for them may use the response types that bring tokens through the browser:
        /// `id_token`, `id_token token`, `code id_token`, `code token`, `code id_token token`.
        implicit_and_hybrid: bool = false,
        /// Whether every authorization request has to be pushed first (RFC 9126). A client can be held to it by itself.
        require_pushed_authorization_requests: bool = false,
        /// Whether signed request objects are taken in the parameter `request` (OpenID Connect Core 1.0 §6.1, RFC 9101).
        request_objects: bool = true,
        /// Whether request objects are fetched from an address in the parameter `request_uri`, which has to be one that the
        /// client registered (OpenID Connect Core 1.0 §6.2).
        request_objects_by_reference: bool = true,
    }
}

impl Judged for Oauth {}

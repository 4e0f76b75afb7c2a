//! Which algorithms a client may choose: what we sign with for it, and what it signs with for us.

use super::Rules;
use crate::{
    domain::clients::{AuthMethod, CreateClient, SIGNATURE_ALGORITHMS},
    kernel::refusal::Findings,
};

/// Judges all of them.
pub(super) fn judge(rules: &Rules, asked: &CreateClient, findings: &mut Findings) {
    let metadata = &asked.metadata;
    for (field, algorithm) in [
        ("id_token_signed_response_alg", metadata.id_token_signed_response_alg),
        ("userinfo_signed_response_alg", metadata.userinfo_signed_response_alg),
        ("introspection_signed_response_alg", metadata.introspection_signed_response_alg),
        ("authorization_signed_response_alg", metadata.authorization_signed_response_alg),
    ] {
        if let Some(algorithm) = algorithm.filter(|algorithm| !rules.algorithms.contains(algorithm)) {
            findings.note(field, "invalid", format!("{algorithm} is not one that this issuer signs with"));
        }
    }
    let theirs = |name: &str| SIGNATURE_ALGORITHMS.contains(&name);
    if let Some(name) = &metadata.request_object_signing_alg
        && !(theirs(name) || name == "none")
    {
        findings.note("request_object_signing_alg", "invalid", "must be RS256, PS256, ES256, EdDSA, Ed25519 or none");
    }
    if let Some(name) = &metadata.token_endpoint_auth_signing_alg {
        let fits = match asked.auth_method {
            AuthMethod::PrivateKeyJwt | AuthMethod::WorkloadJwt | AuthMethod::SpiffeJwt => theirs(name),
            AuthMethod::ClientSecretJwt => name == "HS256",
            // It says nothing about other methods, but `none` is never right (OpenID Connect Registration §2).
            _ => theirs(name) || name == "HS256",
        };
        if !fits {
            let why = "must be RS256, PS256, ES256, EdDSA or Ed25519 for private_key_jwt, HS256 for client_secret_jwt";
            findings.note("token_endpoint_auth_signing_alg", "invalid", why);
        }
    }
}

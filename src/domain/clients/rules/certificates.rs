//! Who may authenticate by a certificate, and have tokens bound to one (RFC 8705 §2.1.2, §2.2.2, §3.4).

use super::Rules;
use crate::{
    domain::clients::{AuthMethod, CreateClient},
    kernel::refusal::Findings,
};

/// Judges all of it.
pub(super) fn judge(rules: &Rules, asked: &CreateClient, findings: &mut Findings) {
    let metadata = &asked.metadata;
    let method = asked.auth_method;
    if !method.is_offered(&rules.mtls) {
        let why = match rules.mtls.is_on() {
            true => "is tls_client_auth, and this service knows no authority whose certificates count",
            false => "needs certificates of clients, which this service does not look at",
        };
        findings.note("token_endpoint_auth_method", "invalid", why);
    }
    match method {
        AuthMethod::TlsClientAuth => {
            if let Err((member, why)) = metadata.certified.name() {
                findings.note(member, "invalid", why);
            }
        }
        _ => {
            for (member, _) in metadata.certified.members() {
                findings.note(member, "invalid", "belongs to tls_client_auth alone");
            }
        }
    }
    // What is fetched is judged when it is needed, and a JWK Set that is no good has been noted already.
    let has_keys = metadata.jwks.is_some() || metadata.jwks_uri.is_some();
    if method == AuthMethod::SelfSignedTlsClientAuth && !has_keys {
        let why = "or jwks_uri is required for self_signed_tls_client_auth, with the certificates (x5c) or their keys";
        findings.note("jwks", "required", why);
    }
    if metadata.tls_client_certificate_bound_access_tokens {
        const BOUND: &str = "tls_client_certificate_bound_access_tokens";
        if !rules.mtls.is_on() {
            findings.note(BOUND, "invalid", "needs certificates of clients, which this service does not look at");
        }
        let through_browser = |types: &String| types.split(' ').any(|word| word == "token");
        if metadata.response_types.iter().any(through_browser) {
            let why = "excludes response types with token: no certificate stands behind a browser's address (RFC 8705)";
            findings.note(BOUND, "invalid", why);
        }
    }
}

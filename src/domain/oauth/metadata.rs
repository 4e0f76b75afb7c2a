//! The discovery document (OpenID Connect Discovery §3, RFC 8414 §2), folded from what is there.

use serde_json::{Map, Value, json};

use super::{
    grants::GRANTS,
    request::{Display, Prompt, ResponseMode},
    scopes::{self, SCOPES},
};
use crate::{
    config::Config,
    domain::clients::AuthMethod,
    kernel::{Tenant, assurance::ACR_VALUES},
};

/// The document for a tenant. `endpoints`: the metadata name and path of everything mounted that has one.
pub fn document(tenant: &Tenant, config: &Config, endpoints: &[(&'static str, &'static str)]) -> Value {
    let algorithms: Vec<String> = config.keys.algorithms.iter().map(ToString::to_string).collect();
    let mut protocol_claims = vec!["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"];
    protocol_claims.extend(scopes::claims());
    let methods: Vec<_> = AuthMethod::ALL.iter().map(|method| method.name()).collect();
    let mut document = json!({
        "issuer": tenant.issuer,
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::ALL.iter().map(|mode| mode.name()).collect::<Vec<_>>(),
        "grant_types_supported": GRANTS.iter().map(|grant| grant.grant_type().name()).collect::<Vec<_>>(),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": methods,
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": SCOPES.iter().map(|scope| scope.name).collect::<Vec<_>>(),
        "claim_types_supported": ["normal"],
        "claims_supported": protocol_claims,
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "acr_values_supported": ACR_VALUES,
        "prompt_values_supported": Prompt::ALL.iter().map(|prompt| prompt.name()).collect::<Vec<_>>(),
        "display_values_supported": Display::ALL.iter().map(|display| display.name()).collect::<Vec<_>>(),
        "ui_locales_supported": ["en"],
        "authorization_response_iss_parameter_supported": true,
    });
    if let Value::Object(members) = &mut document {
        members.extend(located(tenant, endpoints));
        for (name, page) in
            [("op_policy_uri", &config.branding.privacy_url), ("op_tos_uri", &config.branding.terms_url)]
        {
            members.extend(page.as_ref().map(|page| (name.to_owned(), page.to_string().into())));
        }
    }
    document
}

fn located(tenant: &Tenant, endpoints: &[(&'static str, &'static str)]) -> Map<String, Value> {
    endpoints.iter().map(|(name, path)| ((*name).to_owned(), tenant.url(path).into())).collect()
}

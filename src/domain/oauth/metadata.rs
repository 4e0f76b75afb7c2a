//! The discovery document (OpenID Connect Discovery §3, RFC 8414 §2), folded from what is there.

use keys::{ContentEncryption, EncryptionAlgorithm};
use serde_json::{Map, Value, json};

use super::{
    exchange::TokenType,
    grants::GRANTS,
    request::{Display, Prompt, ResponseMode, ResponseType},
    scopes::{self, SCOPES},
};
use crate::{
    config::Config,
    domain::clients::{AuthMethod, DeliveryMode, Profile, SubjectType},
    kernel::{Tenant, assurance::ACR_VALUES},
};

/// The document for a tenant. `endpoints`: the metadata name and path of everything mounted that has one.
/// `details_types`: the types of authorization details that are registered.
pub fn document(
    tenant: &Tenant,
    config: &Config,
    endpoints: &[(&'static str, &'static str)],
    details_types: &[String],
) -> Value {
    let profile = Profile::of_all(&config.oauth); // what it forbids all clients is not offered
    let algorithms: Vec<_> = config.keys.algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
    let algorithms: Vec<_> = algorithms.into_iter().filter(|name| profile.admits_name(name)).collect();
    let mut protocol_claims = vec!["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"];
    protocol_claims.extend(config.oauth.implicit_and_hybrid.then_some("c_hash"));
    protocol_claims.extend(scopes::claims());
    let oauth = &config.oauth;
    let response_types: Vec<_> = ResponseType::offered(oauth).map(ResponseType::name).collect();
    // What is asked for at the authorization endpoint alone has a name among the grants, too (Registration §2).
    let implicit = oauth.implicit_and_hybrid.then_some("implicit");
    let grants: Vec<_> = GRANTS.iter().map(|grant| grant.grant_type().name()).chain(implicit).collect();
    let modes = ResponseMode::names().filter(|name| !profile.signs_messages() || name.ends_with("jwt"));
    let prompts: Vec<_> = Prompt::offered(config.registration.open).map(Prompt::name).collect();
    let mut document = json!({
        "issuer": tenant.issuer,
        "response_types_supported": response_types,
        "response_modes_supported": modes.collect::<Vec<_>>(),
        "grant_types_supported": grants,
        "subject_types_supported": SubjectType::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "id_token_signing_alg_values_supported": algorithms,
        "userinfo_signing_alg_values_supported": algorithms,
        "introspection_signing_alg_values_supported": algorithms,
        "authorization_signing_alg_values_supported": algorithms,
        "dpop_signing_alg_values_supported": profile.signatures(),
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": SCOPES.iter().map(|scope| scope.name).collect::<Vec<_>>(),
        "claim_types_supported": ["normal"],
        "claims_supported": protocol_claims,
        "claims_parameter_supported": true,
        "request_parameter_supported": oauth.request_objects,
        // Where every request is pushed, none is fetched.
        "request_uri_parameter_supported": oauth.request_objects_by_reference && !profile.is_fapi2(),
        "require_request_uri_registration": true,
        "require_pushed_authorization_requests": oauth.require_pushed_authorization_requests || profile.is_fapi2(),
        "require_signed_request_object": profile.signs_messages(),
        "acr_values_supported": ACR_VALUES,
        "prompt_values_supported": prompts,
        "display_values_supported": Display::ALL.iter().map(|display| display.name()).collect::<Vec<_>>(),
        "ui_locales_supported": ["en"],
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": config.registration.client_id_documents,
        // draft-ietf-oauth-identity-assertion-authz-grant §6: both sides of it.
        "identity_chaining_requested_token_types_supported": [TokenType::IdJag.name()],
        "authorization_grant_profiles_supported": ["urn:ietf:params:oauth:grant-profile:id-jag"],
        "native_sso_supported": true, // OpenID Connect Native SSO §5
        "backchannel_token_delivery_modes_supported": DeliveryMode::ALL.iter().map(|mode| mode.name()).collect::<Vec<_>>(),
        "backchannel_authentication_request_signing_alg_values_supported": profile.signatures(),
        "backchannel_user_code_parameter_supported": false,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    });
    if let Value::Object(members) = &mut document {
        members.extend(located(tenant, endpoints));
        let offered = |method: &AuthMethod| method.is_standard() && method.is_offered(&config.mtls);
        let methods: Vec<_> = AuthMethod::ALL.iter().copied().filter(offered).collect();
        let methods: Vec<_> = methods.into_iter().filter(|method| profile.admits_method(*method)).collect();
        if !details_types.is_empty() {
            members.insert("authorization_details_types_supported".into(), details_types.into()); // RFC 9396 §10
        }
        for endpoint in ["token_endpoint", "revocation_endpoint"] {
            members.extend(authentication(endpoint, profile, &methods));
        }
        // A public client proves nothing, so it may not ask about tokens (RFC 7662 §2.1).
        let proving: Vec<_> = methods.into_iter().filter(|method| *method != AuthMethod::None).collect();
        members.extend(authentication("introspection_endpoint", profile, &proving));
        members.extend(certificates(tenant, config, endpoints));
        for answer in ["id_token", "userinfo", "introspection", "authorization"] {
            members.extend(encryption(answer, EncryptionAlgorithm::ALL.iter().copied()));
        }
        if oauth.request_objects || oauth.request_objects_by_reference {
            let kinds: Vec<_> = config.keys.decryption_algorithms.iter().map(|kind| (*kind).into()).collect();
            let readable = EncryptionAlgorithm::ALL.iter().copied().filter(|alg| kinds.contains(&alg.family()));
            members.extend((!kinds.is_empty()).then(|| encryption("request_object", readable)).into_iter().flatten());
            let unsigned = (!profile.is_fapi2()).then_some("none");
            let algorithms: Vec<_> = unsigned.into_iter().chain(profile.signatures()).collect();
            members.insert("request_object_signing_alg_values_supported".into(), algorithms.into());
        }
        for (name, page) in
            [("op_policy_uri", &config.branding.privacy_url), ("op_tos_uri", &config.branding.terms_url)]
        {
            members.extend(page.as_ref().map(|page| (name.to_owned(), page.to_string().into())));
        }
    }
    document
}

/// What may be encrypted, and how (OpenID Connect Discovery §3, RFC 9701 §7, JARM §4).
fn encryption(what: &str, algorithms: impl Iterator<Item = EncryptionAlgorithm>) -> [(String, Value); 2] {
    let algorithms: Vec<_> = algorithms.map(EncryptionAlgorithm::as_str).collect();
    let contents: Vec<_> = ContentEncryption::ALL.iter().map(|enc| enc.as_str()).collect();
    [
        (format!("{what}_encryption_alg_values_supported"), algorithms.into()),
        (format!("{what}_encryption_enc_values_supported"), contents.into()),
    ]
}

/// The endpoints that clients call themselves, and may want to show a certificate at (RFC 8705 §5).
const FOR_CLIENTS: &[&str] = &[
    "token_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "backchannel_authentication_endpoint",
    "userinfo_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
];

/// What certificates are good for, and where they are asked for (RFC 8705 §3.3, §5).
fn certificates(tenant: &Tenant, config: &Config, endpoints: &[(&'static str, &'static str)]) -> Map<String, Value> {
    let mut members = Map::new();
    if !config.mtls.is_on() {
        return members;
    }
    members.insert("tls_client_certificate_bound_access_tokens".into(), true.into());
    let for_clients = endpoints.iter().filter(|(name, _)| FOR_CLIENTS.contains(name));
    let alias = |(name, path): &(&str, &str)| Some(((*name).to_owned(), config.mtls.alias(tenant, path)?.into()));
    let aliases: Map<String, Value> = for_clients.filter_map(alias).collect();
    if !aliases.is_empty() {
        members.insert("mtls_endpoint_aliases".into(), aliases.into());
    }
    members
}

/// How clients authenticate at an endpoint, and with which signatures (RFC 8414 §2).
fn authentication(endpoint: &str, profile: Profile, methods: &[AuthMethod]) -> [(String, Value); 2] {
    let methods: Vec<_> = methods.iter().map(|method| method.name()).collect();
    let mac = profile.admits_method(AuthMethod::ClientSecretJwt).then_some("HS256");
    let algorithms: Vec<_> = mac.into_iter().chain(profile.signatures()).collect();
    [
        (format!("{endpoint}_auth_methods_supported"), methods.into()),
        (format!("{endpoint}_auth_signing_alg_values_supported"), algorithms.into()),
    ]
}

fn located(tenant: &Tenant, endpoints: &[(&'static str, &'static str)]) -> Map<String, Value> {
    endpoints.iter().map(|(name, path)| ((*name).to_owned(), tenant.url(path).into())).collect()
}

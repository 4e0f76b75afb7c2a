//! What may be registered and what may not, field by field.

use ::keys::ContentEncryption;
use serde_json::json;

use super::*;
use crate::{
    config::{Mtls, Setting},
    domain::clients::wire,
};

fn rules() -> Rules {
    Rules {
        algorithms: vec![Algorithm::RS256, Algorithm::ES256],
        decryption: vec![DecryptionAlgorithm::EcdhEs],
        implicit_and_hybrid: true,
        private_targets: false,
        mtls: Mtls::default(),
        profile: Profile::Usual,
        development: false,
    }
}

/// The same where certificates of clients are looked at, with or without authorities.
fn with_mtls(authorities: bool) -> Rules {
    let trust_anchors = authorities.then(|| Setting::parse("-----BEGIN CERTIFICATE-----").unwrap());
    let proxy_header = Some("x-client-cert".into());
    Rules { mtls: Mtls { proxy_header, trust_anchors, ..Mtls::default() }, ..rules() }
}

/// The fields that are refused in a registration of a web client with these changes; null takes one out.
fn refused(changes: Value) -> Vec<&'static str> {
    refused_by(&rules(), changes)
}

fn refused_by(rules: &Rules, changes: Value) -> Vec<&'static str> {
    let mut members = json!({ "redirect_uris": ["https://shop.example.test/cb"], "client_name": "Shop" });
    for (name, value) in changes.as_object().unwrap() {
        members[name] = value.clone();
    }
    let asked = match wire::read(members.as_object().cloned().unwrap(), wire::From::Client(&[])) {
        Ok(asked) => asked,
        Err(refusal) => return fields(&refusal),
    };
    rules.judge(&asked).map_or_else(|refusal| fields(&refusal), |_| Vec::new())
}

fn fields(refusal: &Refusal) -> Vec<&'static str> {
    let mut fields: Vec<_> = refusal.fields.iter().map(|field| field.field).collect();
    fields.dedup();
    fields
}

fn keys() -> Value {
    json!({ "keys": [keys::SigningKey::generate(Algorithm::ES256).unwrap().public_jwk()] })
}

#[test]
fn everything_that_is_registered_in_full_is_taken() {
    let full = json!({
        "redirect_uris": ["https://shop.example.test/cb", "https://shop.example.test/cb?x=1"],
        "post_logout_redirect_uris": ["https://shop.example.test/bye"],
        "response_types": ["code", "id_token token", "token id_token code"],
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "application_type": "web",
        "contacts": ["ops@example.test"],
        "client_name": "Shop", "client_name#de": "Laden", "client_name#ja-Kana-JP": "ミセ",
        "logo_uri": "https://shop.example.test/logo.png", "logo_uri#de": "https://shop.example.test/logo-de.png",
        "client_uri": "https://shop.example.test/", "policy_uri": "https://shop.example.test/p",
        "tos_uri": "https://shop.example.test/t#a",
        "jwks": keys(), "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256", "userinfo_signed_response_alg": "RS256",
        "request_object_signing_alg": "PS256", "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "EdDSA", "default_max_age": 3600, "require_auth_time": true,
        "default_acr_values": ["urn:x"], "initiate_login_uri": "https://shop.example.test/login",
        "request_uris": ["https://shop.example.test/request.jwt#hash"], "dpop_bound_access_tokens": false,
        "backchannel_logout_uri": "https://shop.example.test/backchannel", "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://shop.example.test/frontchannel",
        "software_id": "shop", "software_version": "1.0", "unknown_member": { "is": "ignored" },
    });
    assert_eq!(refused(full), [""; 0]);
}

#[test]
fn what_may_not_be_registered() {
    for (changes, field) in [
        (json!({ "redirect_uris": [] }), "redirect_uris"),
        (json!({ "redirect_uris": ["http://shop.example.test/cb"] }), "redirect_uris"),
        (json!({ "redirect_uris": ["https://shop.example.test/cb#x"] }), "redirect_uris"),
        (json!({ "redirect_uris": "https://shop.example.test/cb" }), "redirect_uris"),
        (json!({ "redirect_uris": [7] }), "redirect_uris"),
        (json!({ "post_logout_redirect_uris": ["javascript:alert(1)"] }), "post_logout_redirect_uris"),
        (json!({ "response_types": ["code", "magic"] }), "response_types"),
        (json!({ "response_types": ["token"] }), "response_types"),
        (json!({ "response_types": ["code id_token"], "grant_types": ["authorization_code"] }), "grant_types"),
        (json!({ "response_types": ["id_token"], "grant_types": ["authorization_code"] }), "grant_types"),
        (json!({ "grant_types": ["implicit"], "response_types": ["code"] }), "grant_types"),
        (json!({ "grant_types": ["password"] }), "grant_types"),
        (json!({ "grant_types": [] }), "grant_types"),
        (json!({ "grant_types": ["refresh_token"] }), "grant_types"),
        (json!({ "application_type": "desktop" }), "application_type"),
        (json!({ "client_name": "" , "redirect_uris": [] }), "redirect_uris"),
        (json!({ "client_name": "x".repeat(101) }), "client_name"),
        (json!({ "client_name": "a\u{202e}b" }), "client_name"),
        (json!({ "client_name#de": "a\u{202e}b" }), "client_name"),
        (json!({ "client_name#d e": "x" }), "client_name"),
        (json!({ "logo_uri": "http://shop.example.test/logo.png" }), "logo_uri"),
        (json!({ "logo_uri#de": "javascript:alert(1)" }), "logo_uri"),
        (json!({ "tos_uri": "javascript:alert(1)" }), "tos_uri"),
        (json!({ "jwks_uri": "http://shop.example.test/jwks" }), "jwks_uri"),
        (json!({ "jwks_uri": "https://127.0.0.1/jwks" }), "jwks_uri"),
        (json!({ "jwks_uri": "https://169.254.169.254/latest" }), "jwks_uri"),
        (json!({ "jwks_uri": "https://localhost/jwks" }), "jwks_uri"),
        (json!({ "jwks": { "keys": [] } }), "jwks"),
        (json!({ "jwks": { "keys": [{ "kty": "RSA", "n": "AQ", "e": "AQAB", "d": "AQ" }] } }), "jwks"),
        (json!({ "jwks": keys(), "jwks_uri": "https://shop.example.test/jwks" }), "jwks"),
        (json!({ "subject_type": "public-ish" }), "subject_type"),
        (
            json!({ "subject_type": "pairwise", "redirect_uris": ["https://a.test/", "https://b.test/"] }),
            "sector_identifier_uri",
        ),
        (json!({ "sector_identifier_uri": "http://shop.example.test/s" }), "sector_identifier_uri"),
        (json!({ "id_token_signed_response_alg": "none" }), "id_token_signed_response_alg"),
        (json!({ "id_token_signed_response_alg": "EdDSA" }), "id_token_signed_response_alg"),
        (json!({ "userinfo_signed_response_alg": "HS256" }), "userinfo_signed_response_alg"),
        (json!({ "id_token_encrypted_response_alg": "RSA-OAEP" }), "id_token_encrypted_response_alg"),
        (json!({ "request_object_encryption_enc": "A128GCM" }), "request_object_encryption_enc"),
        (json!({ "request_object_encryption_alg": "RSA-OAEP-256" }), "request_object_encryption_alg"),
        (json!({ "userinfo_encrypted_response_enc": "A256GCM" }), "userinfo_encrypted_response_enc"),
        (json!({ "userinfo_encrypted_response_alg": "ECDH-ES" }), "jwks"),
        (json!({ "userinfo_encrypted_response_alg": "ECDH-ES", "jwks": keys() }), "jwks"),
        (json!({ "authorization_signed_response_alg": "none" }), "authorization_signed_response_alg"),
        (json!({ "request_object_signing_alg": "HS256" }), "request_object_signing_alg"),
        (json!({ "request_object_signing_alg": "RS256" }), "jwks"),
        (json!({ "require_signed_request_object": true }), "jwks"),
        (json!({ "dpop_bound_access_tokens": "yes" }), "dpop_bound_access_tokens"),
        (json!({ "token_endpoint_auth_method": "tls_client_auth" }), "token_endpoint_auth_method"),
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), "jwks"),
        (
            json!({ "token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "RS256" }),
            "token_endpoint_auth_signing_alg",
        ),
        (json!({ "token_endpoint_auth_signing_alg": "none" }), "token_endpoint_auth_signing_alg"),
        (json!({ "token_endpoint_auth_method": "none", "grant_types": ["client_credentials"] }), "grant_types"),
        (json!({ "default_max_age": -1 }), "default_max_age"),
        (json!({ "default_max_age": "60" }), "default_max_age"),
        (json!({ "require_auth_time": "yes" }), "require_auth_time"),
        (json!({ "default_acr_values": vec!["x"; 51] }), "default_acr_values"),
        (json!({ "initiate_login_uri": "http://shop.example.test/login" }), "initiate_login_uri"),
        (json!({ "request_uris": ["http://shop.example.test/r"] }), "request_uris"),
        (json!({ "backchannel_logout_uri": "https://10.0.0.1/b" }), "backchannel_logout_uri"),
        (json!({ "backchannel_logout_uri": "https://shop.example.test/b#x" }), "backchannel_logout_uri"),
        (json!({ "frontchannel_logout_uri": "https://other.example.test/f" }), "frontchannel_logout_uri"),
        (json!({ "scope": "openid \"" }), "scope"),
        (json!({ "contacts": "ops@example.test" }), "contacts"),
    ] {
        assert_eq!(refused(changes.clone()).first(), Some(&field), "{changes}");
    }
}

#[test]
fn encryption_means_something_without_its_second_half() {
    let members = json!({
        "redirect_uris": ["https://shop.example.test/cb"], "jwks_uri": "https://shop.example.test/jwks",
        "id_token_encrypted_response_alg": "ECDH-ES+A256KW", "request_object_encryption_alg": "ECDH-ES",
        "userinfo_encrypted_response_alg": "RSA-OAEP-256", "userinfo_encrypted_response_enc": "A256GCM",
    });
    let asked = wire::read(members.as_object().cloned().unwrap(), wire::From::Client(&[])).unwrap();
    let encryption = rules().judge(&asked).unwrap().metadata.encryption;
    assert_eq!(encryption.id_token_encrypted_response_enc, Some(ContentEncryption::A128CbcHs256));
    assert_eq!(encryption.request_object_encryption_enc, Some(ContentEncryption::A128CbcHs256));
    assert_eq!(encryption.userinfo_encrypted_response_enc, Some(ContentEncryption::A256Gcm));
    assert_eq!(encryption.introspection_encrypted_response_enc, None);
}

#[test]
fn a_key_is_not_proved_in_a_browsers_address() {
    let bound = |types: &[&str]| {
        let grants = ["authorization_code", "implicit"];
        refused(json!({ "dpop_bound_access_tokens": true, "response_types": types, "grant_types": grants }))
    };
    assert_eq!(bound(&["code", "code id_token"]), [""; 0]);
    for types in [&["code token"][..], &["code", "id_token token"]] {
        assert_eq!(bound(types), ["dpop_bound_access_tokens"], "{types:?}");
    }
}

#[test]
fn what_is_switched_off_cannot_be_registered() {
    let off = Rules { implicit_and_hybrid: false, ..rules() };
    let implicit = json!({ "response_types": ["id_token"], "grant_types": ["implicit"] });
    assert_eq!(refused(implicit.clone()), [""; 0]);
    assert_eq!(refused_by(&off, implicit), ["response_types", "grant_types"]);
    assert_eq!(refused_by(&off, json!({ "response_types": ["code", "none"] })), [""; 0]);
}

#[test]
fn tokens_through_the_browser_go_to_https_hosts_except_in_development() {
    let local =
        |uri: &str| json!({ "redirect_uris": [uri], "response_types": ["id_token"], "grant_types": ["implicit"] });
    let development = Rules { development: true, ..rules() };
    for uri in ["http://127.0.0.1:3000/cb", "https://localhost:8443/cb"] {
        assert_eq!(refused(local(uri)), ["redirect_uris"], "{uri}");
        assert_eq!(refused_by(&development, local(uri)), [""; 0], "{uri}");
        assert_eq!(refused(json!({ "redirect_uris": [uri] })), [""; 0], "{uri}: a code may go there");
    }
}

#[test]
fn addresses_inside_need_the_operators_word() {
    let inside = json!({ "jwks_uri": "http://127.0.0.1:3000/jwks" });
    let allowed = Rules { private_targets: true, ..rules() };
    assert_eq!(refused(inside.clone()), ["jwks_uri"]);
    assert_eq!(refused_by(&allowed, inside), [""; 0]);
    assert_eq!(refused_by(&allowed, json!({ "jwks_uri": "http://10.0.0.1/jwks" })), ["jwks_uri"]);
}

#[test]
fn response_types_are_spelled_as_usual() {
    let members = json!({
        "redirect_uris": ["https://shop.example.test/cb"], "grant_types": ["authorization_code", "implicit"],
        "response_types": ["token id_token code", "code token id_token", "code"],
    });
    let asked = wire::read(members.as_object().cloned().unwrap(), wire::From::Client(&[])).unwrap();
    assert_eq!(rules().judge(&asked).unwrap().metadata.response_types, ["code id_token token", "code"]);
}

/// The fields that are refused where the operator writes the registration.
fn refused_to_operator(changes: Value) -> Vec<&'static str> {
    let mut members = json!({ "client_name": "Gateway", "grant_types": [EXCHANGE], "redirect_uris": [] });
    for (name, value) in changes.as_object().unwrap() {
        members[name] = value.clone();
    }
    match wire::read(members.as_object().cloned().unwrap(), wire::From::Operator) {
        Ok(asked) => rules().judge(&asked).map_or_else(|refusal| fields(&refusal), |_| Vec::new()),
        Err(refusal) => fields(&refusal),
    }
}

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

#[test]
fn who_may_act_for_somebody_proves_who_it_is() {
    let rule = json!([{ "audience": ["https://orders.example"] }]);
    assert_eq!(refused_to_operator(json!({ "may_act": rule, "delegate": "worker" })), [""; 0]);
    assert_eq!(refused_to_operator(json!({ "may_act": [{ "audience": [] }] })), ["may_act"]);
    assert_eq!(refused_to_operator(json!({ "may_act": [{ "audience": ["orders"] }] })), ["may_act"]);
    assert_eq!(refused_to_operator(json!({ "may_act": "everything" })), ["may_act"]);
    let public = json!({ "may_act": rule, "token_endpoint_auth_method": "none" });
    assert_eq!(refused_to_operator(public), ["may_act"]);
    let without = json!({ "may_act": rule, "grant_types": ["client_credentials"] });
    assert_eq!(refused_to_operator(without), ["may_act"]);
    let jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let anyone = json!({ "grant_types": [jwt], "token_endpoint_auth_method": "none" });
    assert_eq!(refused_to_operator(anyone), ["grant_types"]);
    assert_eq!(refused_to_operator(json!({ "delegate": "x".repeat(201) })), ["delegate"]);
    // Nobody gives that to itself.
    for grant in [EXCHANGE, jwt] {
        assert_eq!(refused(json!({ "grant_types": ["authorization_code", grant] })), ["grant_types"]);
    }
}

#[test]
fn a_device_needs_no_address_and_may_refresh() {
    const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let device = |changes: Value| {
        let mut members = json!({
            "redirect_uris": null, "application_type": "native", "token_endpoint_auth_method": "none",
            "grant_types": [DEVICE, "refresh_token"],
        });
        members.as_object_mut().unwrap().extend(changes.as_object().cloned().unwrap());
        refused(members)
    };
    assert_eq!(device(json!({})), [""; 0]);
    assert_eq!(device(json!({ "grant_types": ["refresh_token"] })), ["grant_types"]);
    // A person signs in, so a pairwise subject needs a sector, and no redirect URI says which.
    assert_eq!(device(json!({ "subject_type": "pairwise" })), ["sector_identifier_uri"]);
}

#[test]
fn certificates_count_where_they_are_looked_at() {
    let by_name =
        json!({ "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "shop.example.test" });
    assert_eq!(refused_by(&rules(), by_name.clone()), ["token_endpoint_auth_method"]);
    assert_eq!(refused_by(&with_mtls(false), by_name.clone()), ["token_endpoint_auth_method"]);
    assert_eq!(refused_by(&with_mtls(true), by_name), [""; 0]);
    let by_key = json!({ "token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": keys() });
    assert_eq!(refused_by(&rules(), by_key.clone()), ["token_endpoint_auth_method"]);
    assert_eq!(refused_by(&with_mtls(false), by_key), [""; 0]);
    let bound = |types: &[&str]| json!({ "tls_client_certificate_bound_access_tokens": true, "response_types": types, "grant_types": ["authorization_code", "implicit"] });
    const BOUND: &str = "tls_client_certificate_bound_access_tokens";
    assert_eq!(refused_by(&rules(), bound(&["code id_token"])), [BOUND]);
    assert_eq!(refused_by(&with_mtls(false), bound(&["code id_token"])), [""; 0]);
    assert_eq!(refused_by(&with_mtls(false), bound(&["code token"])), [BOUND]);
}

#[test]
fn a_certificate_names_exactly_one_and_only_where_names_count() {
    let tls = |more: Value| {
        let mut asked = json!({ "token_endpoint_auth_method": "tls_client_auth" });
        asked.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        refused_by(&with_mtls(true), asked)
    };
    assert_eq!(tls(json!({})), ["tls_client_auth_subject_dn"]);
    assert_eq!(tls(json!({ "tls_client_auth_subject_dn": "CN=shop,O=Example" })), [""; 0]);
    assert_eq!(tls(json!({ "tls_client_auth_subject_dn": "shop" })), ["tls_client_auth_subject_dn"]);
    assert_eq!(
        tls(json!({ "tls_client_auth_san_ip": "::1", "tls_client_auth_san_uri": "urn:x" })),
        ["tls_client_auth_san_ip"]
    );
    assert_eq!(tls(json!({ "tls_client_auth_san_ip": 7 })), ["tls_client_auth_san_ip"]);
    let other = json!({ "tls_client_auth_san_ip": "::1" });
    assert_eq!(refused_by(&with_mtls(true), other), ["tls_client_auth_san_ip"]);
    let keyless = json!({ "token_endpoint_auth_method": "self_signed_tls_client_auth" });
    assert_eq!(refused_by(&with_mtls(true), keyless), ["jwks"]);
}

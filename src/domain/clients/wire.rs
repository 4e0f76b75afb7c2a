//! Client metadata as JSON (RFC 7591 §2, OpenID Connect Registration §2): what was sent becomes a registration, and a client
//! becomes what is answered.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::Url;

use super::{
    ApplicationType, AuthMethod, Backchannel, Certified, Client, CreateClient, Encryption, GrantType, Metadata,
    Workload,
    members::Members,
    rules::{DEFAULT_RESPONSE_TYPE, has_nul},
};
use crate::{
    domain::users::Whom,
    kernel::{Code, Refusal, secret::Secret},
};

/// What a client may ask for that did not say, and at most: what the standard scopes give. Other scopes mean something to APIs,
/// and a client does not give them to itself, unless the operator lets every client have them.
const SCOPES: &[&str] = &["openid", "profile", "email", "address", "phone", OFFLINE_ACCESS];
const OFFLINE_ACCESS: &str = "offline_access";

/// Texts that may come in several languages (OpenID Connect Registration §2.1).
const LOCALIZED: &[&str] = &["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"];

/// Metadata that Signet does not do. Left out of the answer it would be overlooked, so it is refused, unless it says `false`.
const UNSUPPORTED_SWITCHES: &[&str] = &["backchannel_user_code_parameter"];

/// Members of an answer that are no metadata; whoever writes metadata must not set them (RFC 7592 §2.2).
pub(super) const OURS: &[&str] =
    &["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];

/// Grant types by which a client has tokens of people who never allowed it anything, or asks people who never came to it: no client
/// gives them to itself.
const GIVEN: &[GrantType] = &[GrantType::TokenExchange, GrantType::JwtBearer, GrantType::Ciba];

/// What the operator alone writes, and clients are not told.
const INTERNAL: &[&str] = &[
    "access_token_format",
    "metadata_document",
    "may_introspect",
    "may_act",
    "delegate",
    "native_sso_group",
    "security_profile",
    "workload_issuer",
    "workload_subject",
];

/// Who wrote the metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From<'a> {
    /// The client itself: it cannot choose its identifier, its secret or its scopes, nor skip consent. With the scopes that any
    /// client may have besides the standard ones.
    Client(&'a [String]),
    /// The operator, from a file.
    Operator,
}

/// The registration that a metadata document asks for. Unknown members are ignored (RFC 7591 §2).
///
/// # Errors
/// Every member of the wrong type, or with a value that is none of the known ones.
pub fn read(members: Map<String, Value>, from: From<'_>) -> Result<CreateClient, Refusal> {
    if members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)) {
        return Err(Code::Malformed.because("A text has a NUL character."));
    }
    let mut members = Members::of(members);
    for name in UNSUPPORTED_SWITCHES {
        members.refuse(name, |value| *value != Value::Bool(false));
    }
    let auth_method = members.named("token_endpoint_auth_method").unwrap_or(AuthMethod::ClientSecretBasic);
    let response_types = members.texts("response_types");
    let grants: Vec<GrantType> = members.named_list("grant_types").unwrap_or_else(|| implied(&response_types));
    let redirect_uris = members.texts("redirect_uris");
    let own = from == From::Operator;
    let pkce = if own { members.flag("pkce_required") } else { None };
    if !own && grants.iter().any(|grant| GIVEN.contains(grant)) {
        members.note("grant_types", "has one that only the operator gives");
    }
    if !own && auth_method.is_of_workload() {
        members.note("token_endpoint_auth_method", "is one that only the operator gives");
    }
    let metadata = metadata(&mut members, response_types, own);
    if !own && !metadata.authorization_details_types.is_empty() && grants.contains(&GrantType::ClientCredentials) {
        // Of what a client has for itself, no person reads the details.
        members
            .note("authorization_details_types", "are given by the operator alone to a client with client_credentials");
    }
    let asked = CreateClient {
        name: members.text("client_name").unwrap_or_else(|| nameless(&redirect_uris)),
        post_logout_redirect_uris: members.texts("post_logout_redirect_uris"),
        application_type: members.named("application_type").unwrap_or(ApplicationType::Web),
        auth_method,
        // No member says whether a client does PKCE. Confidential ones that registered themselves are not held to it, and are
        // protected by `nonce` (RFC 9700 §2.1.1); a challenge that they send counts all the same.
        pkce_required: pkce.unwrap_or(own || auth_method == AuthMethod::None),
        scope: scope(members.text("scope"), &grants, from),
        first_party: own && members.flag("first_party").unwrap_or_default(),
        client_id: if own { members.text("client_id") } else { None },
        client_secret: if own { members.text("client_secret").map(Secret::new) } else { None },
        access_token_ttl: if own { members.number("access_token_ttl") } else { None },
        client_uri: members.text("client_uri"),
        logo_uri: members.text("logo_uri"),
        policy_uri: members.text("policy_uri"),
        tos_uri: members.text("tos_uri"),
        owner: if own { members.text("owner").map(|text| Whom::from(text.as_str())) } else { None },
        metadata,
        grants,
        redirect_uris,
    };
    members.refusal().map_or(Ok(asked), Err)
}

fn metadata(members: &mut Members, response_types: Vec<String>, own: bool) -> Metadata {
    let flag = |members: &mut Members, name| members.flag(name).unwrap_or_default();
    Metadata {
        response_types,
        contacts: members.texts("contacts"),
        localized: localized(members),
        jwks: members.object("jwks"),
        jwks_uri: members.text("jwks_uri"),
        sector_identifier_uri: members.text("sector_identifier_uri"),
        subject_type: members.read("subject_type").unwrap_or_default(),
        id_token_signed_response_alg: members.read("id_token_signed_response_alg"),
        userinfo_signed_response_alg: members.read("userinfo_signed_response_alg"),
        introspection_signed_response_alg: members.read("introspection_signed_response_alg"),
        authorization_signed_response_alg: members.read("authorization_signed_response_alg"),
        encryption: encryption(members),
        request_object_signing_alg: members.text("request_object_signing_alg"),
        token_endpoint_auth_signing_alg: members.text("token_endpoint_auth_signing_alg"),
        default_max_age: members.number("default_max_age"),
        require_auth_time: flag(members, "require_auth_time"),
        default_acr_values: members.texts("default_acr_values"),
        initiate_login_uri: members.text("initiate_login_uri"),
        request_uris: members.texts("request_uris"),
        require_pushed_authorization_requests: flag(members, "require_pushed_authorization_requests"),
        require_signed_request_object: flag(members, "require_signed_request_object"),
        dpop_bound_access_tokens: flag(members, "dpop_bound_access_tokens"),
        tls_client_certificate_bound_access_tokens: flag(members, "tls_client_certificate_bound_access_tokens"),
        certified: certified(members),
        backchannel: Backchannel {
            backchannel_token_delivery_mode: members.read("backchannel_token_delivery_mode"),
            backchannel_client_notification_endpoint: members.text("backchannel_client_notification_endpoint"),
            backchannel_authentication_request_signing_alg: members
                .text("backchannel_authentication_request_signing_alg"),
        },
        authorization_details_types: members.texts("authorization_details_types"),
        backchannel_logout_uri: members.text("backchannel_logout_uri"),
        backchannel_logout_session_required: flag(members, "backchannel_logout_session_required"),
        frontchannel_logout_uri: members.text("frontchannel_logout_uri"),
        frontchannel_logout_session_required: flag(members, "frontchannel_logout_session_required"),
        access_token_format: if own {
            members.read("access_token_format").unwrap_or_default()
        } else {
            Default::default()
        },
        metadata_document: false, // whoever reads a document says so
        may_introspect: own && flag(members, "may_introspect"),
        may_act: if own { members.read("may_act").unwrap_or_default() } else { Vec::new() },
        delegate: if own { members.text("delegate") } else { None },
        native_sso_group: if own { members.text("native_sso_group") } else { None },
        security_profile: if own { members.named("security_profile").unwrap_or_default() } else { Default::default() },
        workload: if own { workload(members) } else { Workload::default() },
        software_id: members.text("software_id"),
        software_version: members.text("software_version"),
        software_statement: None, // believed, or not, by whoever reads the rest
    }
}

fn encryption(members: &mut Members) -> Encryption {
    Encryption {
        id_token_encrypted_response_alg: members.read("id_token_encrypted_response_alg"),
        id_token_encrypted_response_enc: members.read("id_token_encrypted_response_enc"),
        userinfo_encrypted_response_alg: members.read("userinfo_encrypted_response_alg"),
        userinfo_encrypted_response_enc: members.read("userinfo_encrypted_response_enc"),
        introspection_encrypted_response_alg: members.read("introspection_encrypted_response_alg"),
        introspection_encrypted_response_enc: members.read("introspection_encrypted_response_enc"),
        authorization_encrypted_response_alg: members.read("authorization_encrypted_response_alg"),
        authorization_encrypted_response_enc: members.read("authorization_encrypted_response_enc"),
        request_object_encryption_alg: members.read("request_object_encryption_alg"),
        request_object_encryption_enc: members.read("request_object_encryption_enc"),
    }
}

fn certified(members: &mut Members) -> Certified {
    Certified {
        tls_client_auth_subject_dn: members.text("tls_client_auth_subject_dn"),
        tls_client_auth_san_dns: members.text("tls_client_auth_san_dns"),
        tls_client_auth_san_uri: members.text("tls_client_auth_san_uri"),
        tls_client_auth_san_ip: members.text("tls_client_auth_san_ip"),
        tls_client_auth_san_email: members.text("tls_client_auth_san_email"),
    }
}

fn workload(members: &mut Members) -> Workload {
    Workload { workload_issuer: members.text("workload_issuer"), workload_subject: members.text("workload_subject") }
}

/// The grant types of a client that did not say: those that its response types need (RFC 7591 §2.1), and codes without any.
fn implied(response_types: &[String]) -> Vec<GrantType> {
    let has = |names: &[&str]| response_types.iter().any(|named| named.split(' ').any(|word| names.contains(&word)));
    let implicit = has(&["id_token", "token"]);
    let code = (!implicit || has(&["code"])).then_some(GrantType::AuthorizationCode);
    code.into_iter().chain(implicit.then_some(GrantType::Implicit)).collect()
}

/// The texts with a language (BCP 47) after a number sign.
fn localized(members: &mut Members) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for base in LOCALIZED {
        for (tag, value) in members.tagged(base) {
            let sound = (1..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            match value {
                Value::String(text) if sound => drop(texts.insert(format!("{base}#{tag}"), text)),
                _ => members.note(base, "has a language that is none, or a value that is no text"),
            }
        }
    }
    texts
}

/// A client without a name is known by where it is.
fn nameless(redirect_uris: &[String]) -> String {
    let host = redirect_uris.first().and_then(|uri| Url::parse(uri).ok()?.host_str().map(str::to_owned));
    host.map_or_else(|| "Unnamed application".into(), |host| host.chars().take(100).collect())
}

/// What it may ask for. A client that registers itself is given what of its wish it may have (RFC 7591 §2: the server may replace
/// what was asked for).
fn scope(asked: Option<String>, grants: &[GrantType], from: From<'_>) -> String {
    let open = match from {
        From::Client(open) => open,
        From::Operator => &[],
    };
    let usual = || {
        let may = |scope: &&&str| **scope != OFFLINE_ACCESS || grants.contains(&GrantType::RefreshToken);
        let person = grants.iter().any(|grant| grant.begins_with_a_person());
        let standard = SCOPES.iter().filter(may).copied();
        standard.chain(open.iter().map(String::as_str)).filter(|_| person).collect::<Vec<_>>().join(" ")
    };
    match (asked, from) {
        (Some(asked), From::Operator) => asked,
        (Some(asked), From::Client(_)) => {
            // What is no scope at all is kept, to be refused with a reason.
            let has = |word: &&str| {
                SCOPES.contains(word)
                    || open.iter().any(|scope| scope == word)
                    || word.bytes().any(|b| !b.is_ascii_alphanumeric() && !b"_-.:/".contains(&b))
            };
            asked.split(' ').filter(|word| has(word)).collect::<Vec<_>>().join(" ")
        }
        (None, _) => usual(),
    }
}

/// The metadata of a client as it is answered (RFC 7591 §3.2.1): everything that is registered, with what was filled in.
/// `id_token_alg`: what its ID tokens are signed with unless it chose.
pub fn write(client: &Client, id_token_alg: keys::Algorithm) -> Map<String, Value> {
    let metadata = Metadata { localized: BTreeMap::new(), ..client.metadata.clone() };
    let mut members = match serde_json::to_value(&metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    for internal in INTERNAL {
        members.remove(*internal);
    }
    members.extend(client.metadata.localized.iter().map(|(name, text)| (name.clone(), text.clone().into())));
    let own = json!({
        "client_id": client.client_id,
        "client_id_issued_at": client.created_at.timestamp(),
        "client_name": client.client_name,
        "application_type": client.application_type,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "grant_types": client.grant_types,
        "scope": client.scope.to_string(),
        "id_token_signed_response_alg": client.metadata.id_token_signed_response_alg.unwrap_or(id_token_alg),
    });
    members.extend(own.as_object().cloned().unwrap_or_default());
    if client.may(GrantType::AuthorizationCode) && client.metadata.response_types.is_empty() {
        members.insert("response_types".into(), json!([DEFAULT_RESPONSE_TYPE]));
    }
    for (name, uri) in [
        ("client_uri", &client.client_uri),
        ("logo_uri", &client.logo_uri),
        ("policy_uri", &client.policy_uri),
        ("tos_uri", &client.tos_uri),
    ] {
        members.extend(uri.as_ref().map(|uri| (name.to_owned(), uri.clone().into())));
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clients::{Profile, testing::client};

    fn read_from(from: From<'_>, members: Value) -> CreateClient {
        read(members.as_object().cloned().unwrap(), from).unwrap()
    }

    #[test]
    fn what_is_left_out_gets_the_defaults_of_the_standard() {
        let asked = read_from(From::Client(&[]), json!({ "redirect_uris": ["https://shop.example.test/cb"] }));
        assert_eq!(asked.name, "shop.example.test");
        assert_eq!(asked.auth_method, AuthMethod::ClientSecretBasic);
        assert_eq!(asked.grants, [GrantType::AuthorizationCode]);
        assert_eq!(asked.application_type, ApplicationType::Web);
        assert_eq!(asked.scope, "openid profile email address phone");
        assert!(!asked.pkce_required && !asked.first_party);
        let public = read_from(From::Client(&[]), json!({ "token_endpoint_auth_method": "none" }));
        assert!(public.pkce_required);
    }

    #[test]
    fn grant_types_that_are_left_out_follow_the_response_types() {
        use GrantType::{AuthorizationCode, Implicit};
        let of = |types: &[&str]| read_from(From::Client(&[]), json!({ "response_types": types })).grants;
        assert_eq!(of(&[]), [AuthorizationCode]);
        assert_eq!(of(&["code", "none"]), [AuthorizationCode]);
        assert_eq!(of(&["id_token"]), [Implicit]);
        assert_eq!(of(&["code id_token"]), [AuthorizationCode, Implicit]);
    }

    #[test]
    fn a_client_gives_itself_no_privileges() {
        let greedy = json!({
            "client_id": "mine", "client_secret": "s", "first_party": true, "may_introspect": true,
            "access_token_ttl": 86_400, "access_token_format": "opaque", "security_profile": "fapi2", "scope": "openid orders:write offline_access",
        });
        let asked = read_from(From::Client(&[]), greedy.clone());
        assert_eq!((&asked.client_id, asked.client_secret.is_some(), asked.first_party), (&None, false, false));
        assert_eq!((asked.metadata.may_introspect, asked.access_token_ttl), (false, None));
        assert_eq!(asked.metadata.access_token_format, Default::default());
        assert_eq!((asked.scope.as_str(), asked.metadata.security_profile), ("openid offline_access", Profile::Usual));
        let imported = read_from(From::Operator, greedy);
        assert_eq!(imported.client_id.as_deref(), Some("mine"));
        assert!(imported.first_party && imported.metadata.may_introspect && imported.pkce_required);
        assert_eq!(imported.metadata.security_profile, Profile::Fapi2);
        assert_eq!(imported.scope, "openid orders:write offline_access");
    }

    #[test]
    fn an_answer_says_everything_that_is_registered() {
        let mut client = client();
        client.metadata.localized.insert("client_name#de".into(), "Laden".into());
        client.metadata.may_introspect = true;
        let answer = write(&client, keys::Algorithm::RS256);
        assert_eq!(answer["client_name#de"], "Laden");
        assert_eq!(answer["response_types"], json!(["code"]));
        assert_eq!(answer["id_token_signed_response_alg"], "RS256");
        assert_eq!(answer["subject_type"], "public");
        for internal in ["may_introspect", "access_token_format", "localized", "pkce_required", "first_party"] {
            assert!(!answer.contains_key(internal), "{internal}");
        }
        // What is answered can be sent back (RFC 7592 §2.2).
        let mut sent = answer.clone();
        OURS.iter().for_each(|name| drop(sent.remove(*name)));
        let again = read(sent, From::Client(&[])).unwrap();
        assert_eq!(again.redirect_uris, client.redirect_uris);
        assert_eq!(again.metadata.localized, client.metadata.localized);
    }

    #[test]
    fn nul_characters_are_malformed() {
        for members in [json!({ "client_name": "a\0" }), json!({ "a\0": 1 }), json!({ "jwks": { "keys": ["\0"] } })] {
            let refusal = read(members.as_object().cloned().unwrap(), From::Client(&[])).unwrap_err();
            assert_eq!(refusal.code, Code::Malformed);
        }
    }
}

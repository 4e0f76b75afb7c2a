//! What a registration has to look like, whoever asks for it: the operator, a file, or the client itself (OpenID Connect
//! Registration §2, RFC 7591 §2). Pure: what has to be fetched is judged by `sector.rs`.

mod addresses;
mod algorithms;
mod backchannel;
mod certificates;
mod delegation;
mod encryption;
mod identity;
mod profile;
mod responses;

use std::borrow::Cow;

use keys::{Algorithm, DecryptionAlgorithm, ForeignKeys};
use serde_json::Value;

use super::{ApplicationType, AuthMethod, CreateClient, GrantType, Metadata, Profile, SubjectType, workload};
use crate::{
    app::Cx,
    config::Mtls,
    kernel::{Refusal, refusal::Findings, scope::Scopes, text},
};
pub(super) use identity::{check_client_id, check_secret};
pub(super) use responses::DEFAULT as DEFAULT_RESPONSE_TYPE;

/// Most entries of any list.
const MOST: usize = 50;
/// Longest short text, in characters.
const LONGEST: usize = 200;

/// What this installation allows.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// What it signs with.
    pub(super) algorithms: Vec<Algorithm>,
    /// What it decrypts.
    pub(super) decryption: Vec<DecryptionAlgorithm>,
    /// Whether tokens may come through the browser.
    pub(super) implicit_and_hybrid: bool,
    /// Whether addresses that are asked may be inside.
    pub(super) private_targets: bool,
    /// Whether certificates of clients are looked at, and by whose word.
    pub(super) mtls: Mtls,
    /// What every client is held to.
    pub(super) profile: Profile,
    /// Whether a browser application may be answered on its developer's own machine where the standard forbids it.
    pub(super) development: bool,
}

/// What the rules make of the parts that are read.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) name: String,
    pub(super) scope: Scopes,
    pub(super) metadata: Metadata,
}

impl Rules {
    /// The rules of the settings.
    pub(super) fn of(cx: &Cx) -> Self {
        let config = cx.config();
        Self {
            algorithms: config.keys.algorithms.iter().map(|algorithm| (*algorithm).into()).collect(),
            decryption: config.keys.decryption_algorithms.iter().map(|kind| (*kind).into()).collect(),
            implicit_and_hybrid: config.oauth.implicit_and_hybrid,
            private_targets: config.http.allow_private_targets,
            mtls: config.mtls.clone(),
            profile: Profile::of_all(&config.oauth),
            development: !config.is_production(),
        }
    }

    /// The parts, or everything that is wrong with the registration.
    pub(super) fn judge(&self, asked: &CreateClient) -> Result<Judged, Refusal> {
        let mut findings = Findings::default();
        let name = findings.keep("client_name", "invalid", text::line(&asked.name, 100));
        let scope = findings.keep("scope", "invalid", Scopes::parse(&asked.scope));
        let mut metadata = asked.metadata.clone();
        judge_grants(asked, &mut findings);
        responses::judge(self, asked, &mut metadata, &mut findings);
        addresses::judge(self, asked, &mut findings);
        algorithms::judge(self, asked, &mut findings);
        let keys = judge_keys(asked, &mut findings);
        certificates::judge(self, asked, &mut findings);
        encryption::judge(self, &mut metadata, keys.as_ref(), &mut findings);
        judge_texts(asked, &mut findings);
        judge_subjects(asked, &mut findings);
        delegation::judge(asked, &mut findings);
        backchannel::judge(self, asked, &mut findings);
        profile::judge(self, asked, &mut findings);
        if let Some((member, why)) = workload::check(asked.auth_method, &metadata.workload) {
            findings.note(member, "invalid", why);
        }
        if let Some(secret) = &asked.client_secret {
            findings.keep("client_secret", "too_weak", check_secret(secret));
        }
        if let Some(id) = &asked.client_id {
            findings.keep("client_id", "invalid", check_client_id(id));
        }
        if asked.access_token_ttl.is_some_and(|ttl| !(10..=86_400).contains(&ttl)) {
            findings.note("access_token_ttl", "invalid", "must be 10 to 86400 seconds");
        }
        match (findings.refusal(), name, scope) {
            (None, Some(name), Some(scope)) => Ok(Judged { name, scope, metadata }),
            (refusal, ..) => Err(Refusal {
                sentence: Some(Cow::Borrowed("The client cannot be registered like this.")),
                ..refusal.unwrap_or_else(|| crate::kernel::Code::InvalidInput.into())
            }),
        }
    }
}

fn judge_grants(asked: &CreateClient, findings: &mut Findings) {
    let may = |grant| asked.grants.contains(&grant);
    if asked.grants.is_empty() {
        findings.note("grant_types", "required", "must name at least one grant type");
    }
    if (may(GrantType::AuthorizationCode) || may(GrantType::Implicit)) && asked.redirect_uris.is_empty() {
        findings.note("redirect_uris", "required", "are required where a person is sent back to the client");
    }
    if may(GrantType::RefreshToken) && !asked.grants.iter().any(|grant| grant.can_be_refreshed()) {
        let why = "refresh_token continues authorization_code, the device grant or CIBA, and none of them is there";
        findings.note("grant_types", "invalid", why);
    }
    let public = asked.auth_method == AuthMethod::None;
    if public && may(GrantType::ClientCredentials) {
        let why = "client_credentials needs a client that authenticates (RFC 6749 section 4.4)";
        findings.note("grant_types", "invalid", why);
    }
    if public && !asked.pkce_required {
        findings.note("pkce", "invalid", "is required for a public client (RFC 9700 section 2.1.1)");
    }
    let through_browser = |types: &String| types.split(' ').any(|word| word == "token");
    if asked.metadata.dpop_bound_access_tokens && asked.metadata.response_types.iter().any(through_browser) {
        let why = "excludes response types with token: nothing proves a key in a browser's address (RFC 9449)";
        findings.note("dpop_bound_access_tokens", "invalid", why);
    }
    if asked.client_secret.is_some() && !asked.auth_method.needs_secret() {
        findings.note("client_secret", "invalid", "is not used by this authentication method");
    }
}

/// The keys that stand in the registration itself, if they are good.
fn judge_keys(asked: &CreateClient, findings: &mut Findings) -> Option<ForeignKeys> {
    let Metadata { jwks, jwks_uri, request_object_signing_alg: object, .. } = &asked.metadata;
    let keys = jwks.as_ref().and_then(|jwks| findings.keep("jwks", "invalid", ForeignKeys::parse(jwks)));
    if jwks.is_some() && jwks_uri.is_some() {
        findings.note("jwks", "invalid", "excludes jwks_uri (RFC 7591 section 2)");
    }
    // What is fetched is judged when it is needed.
    let verifies = jwks_uri.is_some() || keys.as_ref().map_or(jwks.is_some(), ForeignKeys::verifies);
    if asked.auth_method == AuthMethod::PrivateKeyJwt && !verifies {
        findings.note("jwks", "required", "or jwks_uri is required for private_key_jwt, with a key that signs");
    }
    let asks = asked.metadata.backchannel.backchannel_authentication_request_signing_alg.is_some();
    if asks && !verifies {
        findings.note("jwks", "required", "or jwks_uri is required for signed CIBA requests, with a key that signs");
    }
    let signs = object.as_ref().is_some_and(|algorithm| algorithm != "none");
    if (signs || asked.metadata.require_signed_request_object) && !verifies {
        findings.note("jwks", "required", "or jwks_uri is required for signed request objects, with a key that signs");
    }
    if asked.metadata.require_signed_request_object && object.as_deref() == Some("none") {
        findings.note("request_object_signing_alg", "invalid", "is none, and require_signed_request_object is true");
    }
    keys
}

fn judge_texts(asked: &CreateClient, findings: &mut Findings) {
    let metadata = &asked.metadata;
    for (field, list) in [("contacts", &metadata.contacts), ("default_acr_values", &metadata.default_acr_values)] {
        if list.len() > MOST {
            findings.note(field, "too_long", "has too many entries");
        }
        for entry in list {
            findings.keep(field, "invalid", text::line(entry, LONGEST));
        }
    }
    if metadata.authorization_details_types.len() > MOST {
        findings.note("authorization_details_types", "too_long", "has too many entries");
    }
    for kind in &metadata.authorization_details_types {
        findings.keep("authorization_details_types", "invalid", text::line(kind, LONGEST));
    }
    for (field, entry) in [("software_id", &metadata.software_id), ("software_version", &metadata.software_version)] {
        if let Some(entry) = entry {
            findings.keep(field, "invalid", text::line(entry, LONGEST));
        }
    }
    for (name, entry) in metadata.localized.iter().filter(|(name, _)| name.starts_with("client_name#")) {
        findings.keep("client_name", "invalid", text::line(entry, 100).map_err(|why| format!("({name}) {why}")));
    }
    if metadata.localized.len() > MOST {
        findings.note("client_name", "too_long", "and other texts come in too many languages");
    }
}

/// A pairwise client has one sector (OpenID Connect Core §8.1).
fn judge_subjects(asked: &CreateClient, findings: &mut Findings) {
    let metadata = &asked.metadata;
    if metadata.subject_type != SubjectType::Pairwise || metadata.sector_identifier_uri.is_some() {
        return;
    }
    let host = |uri: &String| url::Url::parse(uri).ok().and_then(|url| url.host_str().map(str::to_owned));
    let mut hosts: Vec<_> = asked.redirect_uris.iter().map(host).collect();
    hosts.sort();
    hosts.dedup();
    match hosts.as_slice() {
        [Some(_)] => {}
        [] if !asked.grants.iter().any(|grant| grant.begins_with_a_person()) => {
            findings.note("subject_type", "invalid", "is pairwise, and no person signs in to this client");
        }
        _ => {
            let why = "is required for pairwise subjects unless all redirect_uris have one host";
            findings.note("sector_identifier_uri", "required", why);
        }
    }
}

/// Whether a value is one of a client on its developer's machine.
fn is_native(asked: &CreateClient) -> bool {
    asked.application_type == ApplicationType::Native
}

/// Whether a JSON value holds a NUL character, which no store takes.
pub(super) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;

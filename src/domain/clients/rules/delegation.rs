//! Which clients may act for somebody else (RFC 8693 §5, RFC 7523 §6), and which sign in by another's sign-in.

use crate::{
    domain::clients::{AuthMethod, CreateClient, GrantType, SubjectType, may_act},
    kernel::refusal::Findings,
};

/// Judges rules and grant types together.
pub(super) fn judge(asked: &CreateClient, findings: &mut Findings) {
    let metadata = &asked.metadata;
    let may = |grant| asked.grants.contains(&grant);
    let public = asked.auth_method == AuthMethod::None;
    findings.keep("may_act", "invalid", may_act::check(&metadata.may_act));
    if !metadata.may_act.is_empty() {
        if !may(GrantType::TokenExchange) {
            findings.note("may_act", "invalid", "means nothing without the grant type of token exchange");
        }
        // Whoever finds a token could exchange it: a client that anyone can pose as acts for nobody.
        if public {
            findings.note("may_act", "invalid", "needs a client that authenticates");
        }
        let abroad = metadata.may_act.iter().any(|rule| rule.mode == may_act::Mode::IdJag);
        if abroad && metadata.subject_type == SubjectType::Pairwise {
            let why = "would tell a pairwise client, by id-jag, what the person is called elsewhere";
            findings.note("may_act", "invalid", why);
        }
    }
    if public && may(GrantType::JwtBearer) {
        findings.note("grant_types", "invalid", "of assertions needs a client that authenticates");
    }
    if let Some(group) = &metadata.native_sso_group {
        if group.is_empty() || group.len() > 100 || group.chars().any(char::is_control) {
            findings.note("native_sso_group", "invalid", "must be a name of at most 100 bytes");
        }
        if !may(GrantType::TokenExchange) {
            findings.note("native_sso_group", "invalid", "means nothing without the grant type of token exchange");
        }
    }
    if metadata.delegate.as_ref().is_some_and(|party| party.is_empty() || party.len() > 200 || party.contains('\0')) {
        findings.note("delegate", "invalid", "must be a client_id, or what sub says of a person");
    }
}

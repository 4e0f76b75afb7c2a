//! Addresses: where people are sent, what pages link to, and what Signet itself asks.

use url::Url;

use super::{MOST, Rules, is_native};
use crate::{
    domain::clients::{ApplicationType, CreateClient, GrantType, check_redirect_uri},
    kernel::refusal::Findings,
    ports::http::judge_url,
};

/// Judges all of them.
pub(super) fn judge(rules: &Rules, asked: &CreateClient, findings: &mut Findings) {
    sent_to(rules, asked, findings);
    linked(asked, findings);
    asked_by_us(rules, asked, findings);
    opened_by_us(asked, findings);
}

/// Where browsers are sent with answers.
fn sent_to(rules: &Rules, asked: &CreateClient, findings: &mut Findings) {
    for (field, uris) in
        [("redirect_uris", &asked.redirect_uris), ("post_logout_redirect_uris", &asked.post_logout_redirect_uris)]
    {
        if uris.len() > MOST {
            findings.note(field, "too_long", "has too many entries");
        }
        for uri in uris {
            findings.keep(field, "invalid", named(uri, check_redirect_uri(uri, asked.application_type)));
        }
    }
    // OpenID Connect Registration §2, application_type: tokens that come through the browser go to https hosts only.
    if asked.grants.contains(&GrantType::Implicit) && !is_native(asked) && !rules.development {
        let local = |url: &Url| url.scheme() != "https" || url.host_str() == Some("localhost");
        for uri in asked.redirect_uris.iter().filter(|uri| Url::parse(uri).is_ok_and(|url| local(&url))) {
            let why = format!("{uri} must be https and not localhost for the grant type implicit");
            findings.note("redirect_uris", "invalid", why);
        }
    }
}

/// What pages link to and show.
fn linked(asked: &CreateClient, findings: &mut Findings) {
    let localized = |name: &'static str| {
        let prefix = format!("{name}#");
        asked.metadata.localized.iter().filter(move |(key, _)| key.starts_with(&prefix)).map(|(_, uri)| uri)
    };
    for (field, uri) in [
        ("client_uri", &asked.client_uri),
        ("logo_uri", &asked.logo_uri),
        ("policy_uri", &asked.policy_uri),
        ("tos_uri", &asked.tos_uri),
    ] {
        for uri in uri.iter().chain(localized(field)) {
            findings.keep(field, "invalid", check_page(uri));
        }
    }
}

/// What Signet fetches from or posts to.
fn asked_by_us(rules: &Rules, asked: &CreateClient, findings: &mut Findings) {
    let metadata = &asked.metadata;
    let single = [
        ("jwks_uri", &metadata.jwks_uri),
        ("sector_identifier_uri", &metadata.sector_identifier_uri),
        ("backchannel_logout_uri", &metadata.backchannel_logout_uri),
    ];
    for (field, uri) in single.into_iter().filter_map(|(field, uri)| Some((field, uri.as_ref()?))) {
        findings.keep(field, "invalid", judge_url(uri, rules.private_targets));
        if uri.contains('#') {
            findings.note(field, "invalid", "must not have a fragment");
        }
    }
    if metadata.request_uris.len() > MOST {
        findings.note("request_uris", "too_long", "has too many entries");
    }
    for uri in &metadata.request_uris {
        let checked = judge_url(uri, rules.private_targets);
        findings.keep("request_uris", "invalid", named(uri, checked.map(drop)));
        if uri.len() > 512 {
            findings.note("request_uris", "invalid", "has an entry longer than 512 characters");
        }
    }
}

/// What Signet lets browsers open.
fn opened_by_us(asked: &CreateClient, findings: &mut Findings) {
    let metadata = &asked.metadata;
    // OpenID Connect Core §4: https. Development on one's own machine is as for redirect URIs.
    if let Some(uri) = &metadata.initiate_login_uri {
        findings.keep("initiate_login_uri", "invalid", check_page(uri));
        if uri.contains('#') {
            findings.note("initiate_login_uri", "invalid", "must not have a fragment");
        }
    }
    if let Some(uri) = &metadata.frontchannel_logout_uri {
        findings.keep("frontchannel_logout_uri", "invalid", check_page(uri));
        if uri.contains('#') {
            findings.note("frontchannel_logout_uri", "invalid", "must not have a fragment");
        }
        // OpenID Connect Front-Channel Logout §2: scheme, host and port are those of a redirect URI.
        let origin = |uri: &String| Url::parse(uri).ok().map(|url| url.origin());
        if !asked.redirect_uris.iter().any(|redirect| origin(redirect) == origin(uri)) {
            findings.note("frontchannel_logout_uri", "invalid", "must have scheme, host and port of a redirect URI");
        }
    }
}

fn named<E: std::fmt::Display>(uri: &str, checked: Result<(), E>) -> Result<(), String> {
    checked.map_err(|error| format!("{uri} {error}"))
}

/// Pages and logos: https, or http on loopback.
fn check_page(uri: &str) -> Result<(), &'static str> {
    let Ok(url) = Url::parse(uri) else { return Err("is not an absolute URI") };
    let web = matches!(url.scheme(), "https" | "http");
    let mut bare = url.clone();
    bare.set_fragment(None);
    if web && check_redirect_uri(bare.as_str(), ApplicationType::Web).is_ok() {
        Ok(())
    } else {
        Err("must be an https URL")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_https() {
        assert!(check_page("https://shop.example.test/logo.png").is_ok());
        assert!(check_page("https://shop.example.test/terms#privacy").is_ok());
        assert!(check_page("http://localhost:3000/logo.png").is_ok());
        assert!(check_page("http://shop.example.test/").is_err());
        assert!(check_page("javascript:alert(1)").is_err());
        assert!(check_page("https://a:b@shop.example.test/").is_err());
    }
}

//! What a client has to register to ask people who are elsewhere (OpenID CIBA Core §4).

use super::Rules;
use crate::{
    domain::clients::{AuthMethod, CreateClient, DeliveryMode, GrantType, SIGNATURE_ALGORITHMS},
    kernel::refusal::Findings,
    ports::http::judge_url,
};

const MODE: &str = "backchannel_token_delivery_mode";
const ADDRESS: &str = "backchannel_client_notification_endpoint";
const ALGORITHM: &str = "backchannel_authentication_request_signing_alg";

/// Judges all of it together.
pub(super) fn judge(rules: &Rules, asked: &CreateClient, findings: &mut Findings) {
    let registered = &asked.metadata.backchannel;
    let (mode, address) =
        (registered.backchannel_token_delivery_mode, &registered.backchannel_client_notification_endpoint);
    if asked.grants.contains(&GrantType::Ciba) {
        if mode.is_none() {
            findings.note(MODE, "required", "has to be poll or ping for CIBA");
        }
        // §7.1: the client authenticates. Whoever knows a client_id must not knock at people's doors in its name.
        if asked.auth_method == AuthMethod::None {
            findings.note("grant_types", "invalid", "of CIBA needs a client that authenticates");
        }
    } else if mode.is_some() {
        findings.note(MODE, "invalid", "means nothing without the grant type of CIBA");
    }
    if mode == Some(DeliveryMode::Ping) && address.is_none() {
        findings.note(ADDRESS, "required", "is required for the mode ping");
    }
    if let Some(address) = address {
        findings.keep(ADDRESS, "invalid", judge_url(address, rules.private_targets));
        if address.contains('#') {
            findings.note(ADDRESS, "invalid", "must not have a fragment");
        }
    }
    if let Some(algorithm) = &registered.backchannel_authentication_request_signing_alg
        && !SIGNATURE_ALGORITHMS.contains(&algorithm.as_str())
    {
        findings.note(ALGORITHM, "invalid", "must be RS256, PS256, ES256, EdDSA or Ed25519");
    }
}

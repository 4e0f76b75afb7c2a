//! Whether a client is fit for the security profile that it will be held to.

use super::Rules;
use crate::{
    domain::clients::{CreateClient, Profile, Registration, shortcomings},
    kernel::refusal::Findings,
};

/// Judges every clause, and whether this issuer can sign for such a client at all.
pub(super) fn judge(rules: &Rules, asked: &CreateClient, findings: &mut Findings) {
    let profile: Profile = asked.metadata.security_profile.max(rules.profile);
    for lacking in shortcomings(&Registration::from(asked), profile) {
        findings.note(lacking.field, "invalid", format!("{} ({})", lacking.why, lacking.section));
    }
    if !rules.algorithms.iter().any(|algorithm| profile.admits(*algorithm)) {
        let why = "needs an issuer that signs with PS256, ES256 or EdDSA (keys.algorithms)";
        findings.note("security_profile", "invalid", why);
    }
}

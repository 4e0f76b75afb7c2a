//! Which workload a client is, and by whose word: what the operator wrote into its registration.

use serde::{Deserialize, Serialize};

use crate::{
    app::Cx,
    domain::{
        clients::{AuthMethod, Client},
        issuers::{self, Use, spiffe},
    },
    kernel::{Code, Result},
};

/// Longest subject of an issuer that is no SPIFFE trust domain, in bytes (OpenID Connect Core §2).
const LONGEST_SUBJECT: usize = 255;

/// What stands at the end of a SPIFFE ID that means everything below it (draft-ietf-oauth-spiffe-client-auth §5.1).
const BELOW: &str = "/*";

/// The workload that a client is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Workload {
    /// The registered issuer of its tokens; for a SPIFFE ID, the trust domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_issuer: Option<String>,
    /// What its tokens call it. A SPIFFE ID may end in `/*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_subject: Option<String>,
}

impl Workload {
    /// Issuer and subject, where there is a workload.
    pub fn named(&self) -> Option<(&str, &str)> {
        self.workload_issuer.as_deref().zip(self.workload_subject.as_deref())
    }
}

/// Whether a token about `claimed` is about the workload that was registered as `subject`. The prefix of a SPIFFE ID ends with a
/// whole segment of its path, and what stands below it has to be a sound ID, so that nothing climbs out of it.
pub(in crate::domain::clients) fn is_bound(issuer: &str, subject: &str, claimed: &str) -> bool {
    let below = subject.strip_suffix('*').filter(|_| spiffe::is_trust_domain(issuer) && subject.ends_with(BELOW));
    match below {
        Some(prefix) => claimed.starts_with(prefix) && spiffe::is_within(claimed, issuer),
        None => claimed == subject,
    }
}

/// What is wrong with a workload for this way to authenticate, if anything: the name of the member, and a sentence without a
/// subject.
pub(in crate::domain::clients) fn check(
    method: AuthMethod,
    workload: &Workload,
) -> Option<(&'static str, &'static str)> {
    const ISSUER: &str = "workload_issuer";
    const SUBJECT: &str = "workload_subject";
    if !method.is_of_workload() {
        let given = workload.workload_issuer.is_some() || workload.workload_subject.is_some();
        return given.then_some((ISSUER, "needs the authentication method workload_jwt or spiffe_jwt"));
    }
    let Some(issuer) = &workload.workload_issuer else {
        return Some((ISSUER, "is required for this authentication method"));
    };
    let Some(subject) = &workload.workload_subject else {
        return Some((SUBJECT, "is required for this authentication method"));
    };
    let plain = (1..=LONGEST_SUBJECT).contains(&subject.len()) && !subject.chars().any(char::is_control);
    let id = subject.strip_suffix(BELOW).unwrap_or(subject);
    match method {
        AuthMethod::SpiffeJwt if !spiffe::is_trust_domain(issuer) => {
            Some((ISSUER, "must be a SPIFFE trust domain: spiffe://example.org"))
        }
        AuthMethod::SpiffeJwt if id == issuer && id != subject => None, // everyone in the trust domain
        AuthMethod::SpiffeJwt if !spiffe::is_within(id, issuer) => {
            Some((SUBJECT, "must be a SPIFFE ID of this trust domain, which may end in /*"))
        }
        AuthMethod::SpiffeJwt => None,
        _ if spiffe::is_spiffe(issuer) => {
            Some((ISSUER, "is a SPIFFE trust domain, and needs the authentication method spiffe_jwt"))
        }
        // Others have no rule for what a prefix would mean.
        _ if subject.ends_with('*') => Some((SUBJECT, "must be the whole subject: only a SPIFFE ID may end in /*")),
        _ if !plain => Some((SUBJECT, "must be 1 to 255 characters, none of them a control character")),
        _ => None,
    }
}

/// Refuses a workload whose issuer nobody registered for this: a slip of the pen is noticed now, and not at night.
pub(in crate::domain::clients) async fn registered(cx: &Cx, client: &Client) -> Result<()> {
    let Some((issuer, _)) = client.metadata.workload.named() else { return Ok(()) };
    let found = issuers::store::find(cx.db().reader(), cx.tenant().id, issuer).await?;
    if found.is_some_and(|issuer| issuer.uses.contains(&Use::Workload) && issuer.is_for(&client.client_id)) {
        return Ok(());
    }
    let refusal = Code::InvalidInput.because("The client cannot be registered like this.");
    let why = "is no issuer that was registered for workloads and counts for this client: signet issuer create --use workload";
    Err(refusal.at("workload_issuer", "unknown", why).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "spiffe://example.org";
    const CLUSTER: &str = "https://kubernetes.default.svc";
    const ACCOUNT: &str = "system:serviceaccount:orders:api";

    #[test]
    fn a_workload_is_the_one_that_was_registered() {
        assert!(is_bound(CLUSTER, ACCOUNT, ACCOUNT));
        for other in [
            "",
            "system:serviceaccount:orders:api2",
            "system:serviceaccount:orders",
            "SYSTEM:serviceaccount:orders:api",
        ] {
            assert!(!is_bound(CLUSTER, ACCOUNT, other), "{other}");
        }
        assert!(is_bound(DOMAIN, "spiffe://example.org/api", "spiffe://example.org/api"));
        assert!(!is_bound(DOMAIN, "spiffe://example.org/api", "spiffe://example.org/api/1"));
        // Elsewhere an asterisk is an asterisk.
        assert!(!is_bound(CLUSTER, "a/*", "a/b") && is_bound(CLUSTER, "a/*", "a/*"));
    }

    #[test]
    fn section_5_1_a_prefix_ends_with_a_segment() {
        let below = |claimed: &str| is_bound(DOMAIN, "spiffe://example.org/client/*", claimed);
        assert!(below("spiffe://example.org/client/123") && below("spiffe://example.org/client/a/b"));
        for outside in [
            "spiffe://example.org/client",
            "spiffe://example.org/client/",
            "spiffe://example.org/client123",
            "spiffe://example.org/client/*",
            "spiffe://example.org/client/../admin",
            "spiffe://example.org/client//x",
            "spiffe://example.org/client/%2e%2e/admin",
            "spiffe://example.org.evil.test/client/1",
            "spiffe://evil.test/client/1",
        ] {
            assert!(!below(outside), "{outside}");
        }
        assert!(is_bound(DOMAIN, "spiffe://example.org/*", "spiffe://example.org/any/one"));
        assert!(!is_bound(DOMAIN, "spiffe://example.org/*", "spiffe://example.org"));
    }

    #[test]
    fn what_may_be_registered() {
        let refused = |method, issuer: &str, subject: &str| {
            let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            let workload = Workload { workload_issuer: text(issuer), workload_subject: text(subject) };
            check(method, &workload).map(|(member, _)| member)
        };
        use AuthMethod::{PrivateKeyJwt, SpiffeJwt, WorkloadJwt};
        assert_eq!(refused(WorkloadJwt, CLUSTER, ACCOUNT), None);
        assert_eq!(refused(SpiffeJwt, DOMAIN, "spiffe://example.org/api"), None);
        assert_eq!(refused(SpiffeJwt, DOMAIN, "spiffe://example.org/api/*"), None);
        assert_eq!(refused(SpiffeJwt, DOMAIN, "spiffe://example.org/*"), None);
        assert_eq!(refused(PrivateKeyJwt, "", ""), None);
        let (issuer, subject) = (Some("workload_issuer"), Some("workload_subject"));
        assert_eq!(refused(PrivateKeyJwt, CLUSTER, ACCOUNT), issuer);
        assert_eq!(refused(PrivateKeyJwt, "", ACCOUNT), issuer);
        assert_eq!(refused(WorkloadJwt, "", ACCOUNT), issuer);
        assert_eq!(refused(WorkloadJwt, CLUSTER, ""), subject);
        assert_eq!(refused(WorkloadJwt, DOMAIN, "spiffe://example.org/api"), issuer);
        assert_eq!(refused(WorkloadJwt, CLUSTER, "system:serviceaccount:*"), subject);
        assert_eq!(refused(WorkloadJwt, CLUSTER, "a\nb"), subject);
        assert_eq!(refused(WorkloadJwt, CLUSTER, &"a".repeat(256)), subject);
        assert_eq!(refused(SpiffeJwt, CLUSTER, "spiffe://example.org/api"), issuer);
        assert_eq!(refused(SpiffeJwt, "spiffe://example.org/x", "spiffe://example.org/x/api"), issuer);
        for other in [
            "spiffe://example.org",
            "spiffe://other.test/api",
            "spiffe://example.org/api*",
            "spiffe://example.org/a*/b",
            "spiffe://example.org/../*",
            "spiffe://example.org//*",
        ] {
            assert_eq!(refused(SpiffeJwt, DOMAIN, other), subject, "{other}");
        }
    }
}

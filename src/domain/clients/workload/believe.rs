//! Believing that a request comes from a client's workload: a token of the registered issuer, about it, and for us alone.
//!
//! Such a token is used until it expires, by design of the platforms that issue it: nothing here demands a `jti`, and a copy is
//! as good as the original. What bounds the harm is its audience, its life, and what its use leaves behind in the record.

use keys::{Foreign, ForeignAlgorithm};
use serde_json::{Map, Value};

use super::{is_bound, note::note};
use crate::{
    app::Cx,
    domain::{
        clients::{AuthMethod, Client},
        issuers::{self, Believed, Disbelief, Expected, Issuer, Use},
    },
    kernel::{Result, secret::Secret},
};

/// How much longer than allowed a token may live by its own claims, in seconds: platforms round.
const SLACK: f64 = 10.0;

/// Why a token does not prove that a client's workload asks: for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::domain::clients) enum Stranger {
    /// It is not believed at all.
    #[error(transparent)]
    Token(#[from] Disbelief),
    /// The client registered another algorithm.
    #[error("the signature algorithm is not the one that the client registered")]
    Algorithm,
    /// It is about somebody else.
    #[error("it is about another workload")]
    Subject,
    /// Its issuer does not count for this client.
    #[error("its issuer counts for other clients only")]
    Issuer,
    /// It was made for longer than this issuer's tokens may live.
    #[error("it was made to live too long")]
    Life,
}

/// Whether this is a token of the workload that the client is.
pub(in crate::domain::clients) async fn believe(
    cx: &Cx,
    client: &Client,
    assertion: &Secret,
) -> Result<std::result::Result<(), Stranger>> {
    let Some((issuer, _)) = client.metadata.workload.named() else { return Ok(Err(Stranger::Subject)) };
    if !is_by_the_registered_algorithm(assertion.expose(), client) {
        return Ok(Err(Stranger::Algorithm));
    }
    let tenant = cx.tenant();
    let svid = client.token_endpoint_auth_method == AuthMethod::SpiffeJwt;
    let expected = Expected {
        used: Use::Workload,
        // JWT-SVID §2.3: JWT or JOSE, if there is a type at all.
        types: if svid { &["JWT", "JOSE"] } else { &["JWT"] },
        // The issuer and nothing else (draft-ietf-oauth-rfc7523bis): what somebody else may use too proves nothing here. A
        // platform that cannot be told the audience has one that was agreed upon.
        audiences: &[&tenant.issuer],
        agreed: !svid,
        sole: true,
        svid,
        required: if svid { &["sub", "aud", "exp"] } else { &["iss", "sub", "aud", "exp", "iat"] },
        lasting: false,
    };
    // By the issuer that was registered, never by what the token says of itself.
    let believed = match issuers::believe(cx, issuer, assertion.expose(), &expected).await? {
        Ok(believed) => believed,
        Err(why) => return Ok(Err(Stranger::Token(why))),
    };
    if let Err(why) = judge(client, &believed) {
        return Ok(Err(why));
    }
    note(cx, client, &believed, assertion).await?;
    Ok(Ok(()))
}

/// Whether a token that is good is good for this client.
fn judge(client: &Client, believed: &Believed) -> std::result::Result<(), Stranger> {
    let (issuer, subject) = client.metadata.workload.named().ok_or(Stranger::Subject)?;
    if !is_bound(issuer, subject, &believed.subject) {
        return Err(Stranger::Subject);
    }
    if !believed.issuer.is_for(&client.client_id) {
        return Err(Stranger::Issuer);
    }
    if lives_too_long(&believed.claims, &believed.issuer) {
        return Err(Stranger::Life);
    }
    Ok(())
}

/// Whether it was made for longer than allowed: a token that lives for a year is no better in its last hour.
fn lives_too_long(claims: &Map<String, Value>, issuer: &Issuer) -> bool {
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    let life = time("exp").zip(time("iat")).map(|(exp, iat)| exp - iat);
    life.is_some_and(|life| life > f64::from(issuer.max_lifetime) + SLACK)
}

/// The one algorithm that the client registered for this, where it did.
fn is_by_the_registered_algorithm(assertion: &str, client: &Client) -> bool {
    let Some(registered) = &client.metadata.token_endpoint_auth_signing_alg else { return true };
    let registered = registered.parse::<ForeignAlgorithm>().ok();
    Foreign::parse(assertion).is_ok_and(|foreign| registered == Some(foreign.algorithm()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        domain::{
            clients::{Workload, testing},
            issuers::SubjectMapping,
        },
        kernel::{
            Clock,
            id::{IssuerId, TenantId},
            scope::Scopes,
        },
    };

    const CLUSTER: &str = "https://kubernetes.default.svc";

    fn client() -> Client {
        let mut client = testing::client();
        client.client_id = "orders".into();
        client.token_endpoint_auth_method = AuthMethod::WorkloadJwt;
        client.metadata.workload = Workload {
            workload_issuer: Some(CLUSTER.into()),
            workload_subject: Some("system:serviceaccount:orders:api".into()),
        };
        client
    }

    fn believed(subject: &str, claims: Value) -> Believed {
        let issuer = Issuer {
            id: IssuerId::fresh(),
            tenant: TenantId::fresh(),
            issuer: CLUSTER.into(),
            uses: vec![Use::Workload],
            jwks: None,
            jwks_uri: None,
            audiences: Vec::new(),
            subject_mapping: SubjectMapping::Link,
            clients: Vec::new(),
            scope: Scopes::default(),
            max_lifetime: 600,
            created_at: Clock::System.now(),
        };
        Believed { issuer, subject: subject.into(), claims: claims.as_object().cloned().unwrap() }
    }

    #[test]
    fn a_token_is_good_for_the_client_whose_workload_it_is_about() {
        let own = || believed("system:serviceaccount:orders:api", json!({ "iat": 1000, "exp": 1600 }));
        assert_eq!(judge(&client(), &own()), Ok(()));
        let other = believed("system:serviceaccount:orders:admin", json!({ "iat": 1000, "exp": 1600 }));
        assert_eq!(judge(&client(), &other), Err(Stranger::Subject));
        let mut unbound = client();
        unbound.metadata.workload = Workload::default();
        assert_eq!(judge(&unbound, &own()), Err(Stranger::Subject));
        let mut reserved = own();
        reserved.issuer.clients = vec!["stock".into()];
        assert_eq!(judge(&client(), &reserved), Err(Stranger::Issuer));
        reserved.issuer.clients.push("orders".into());
        assert_eq!(judge(&client(), &reserved), Ok(()));
    }

    #[test]
    fn a_token_that_was_made_to_last_is_not_taken_in_its_last_minutes_either() {
        let judged = |claims: Value| judge(&client(), &believed("system:serviceaccount:orders:api", claims));
        assert_eq!(judged(json!({ "iat": 1000, "exp": 1610 })), Ok(()));
        assert_eq!(judged(json!({ "iat": 1000, "exp": 1611 })), Err(Stranger::Life));
        assert_eq!(judged(json!({ "iat": 1000, "exp": 1000 + 31_536_000 })), Err(Stranger::Life));
        // A JWT-SVID need not say when it was made.
        assert_eq!(judged(json!({ "exp": 1600 })), Ok(()));
    }

    #[test]
    fn the_registered_algorithm_is_the_only_one() {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.AA", part(json!({ "alg": "RS256" })), part(json!({})));
        let mut client = client();
        assert!(is_by_the_registered_algorithm(&token, &client));
        client.metadata.token_endpoint_auth_signing_alg = Some("RS256".into());
        assert!(is_by_the_registered_algorithm(&token, &client) && !is_by_the_registered_algorithm("x", &client));
        client.metadata.token_endpoint_auth_signing_alg = Some("ES256".into());
        assert!(!is_by_the_registered_algorithm(&token, &client));
    }
}

//! Believing access tokens: only as what they are, for whom they are for, and while everything they depend on lives.

use keys::Expectation;
use serde_json::{Map, Value};

use super::{Lineage, Live, PresentedToken, Vouched, access, live, opaque};
use crate::{
    app::App,
    domain::{
        clients::Profile,
        consents::Epoch,
        oauth::{confirmation::Confirmation, profile, request::ClaimsRequest},
        signing,
    },
    kernel::{
        Code, Principal, Refusal, Result, Tenant, Time,
        details::Details,
        id::{GrantId, UserId},
        scope::Scopes,
    },
};

/// An access token that was believed.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// Its own name.
    pub jti: String,
    /// Whom it is for.
    pub audience: Vec<String>,
    /// Until when.
    pub expires_at: Time,
    /// The client it was issued to.
    pub client_id: String,
    /// What it calls whose it is.
    pub subject: String,
    /// Whose it is; none where it is the client's own, or somebody else's by another's word.
    pub principal: Option<Principal>,
    /// Whose it is by another issuer's word.
    pub vouched: Option<Vouched>,
    /// Where it comes from, if it was exchanged.
    pub lineage: Lineage,
    /// The grant it came of.
    pub grant: Option<GrantId>,
    /// The epoch of the consent that it came of.
    pub epoch: Epoch,
    /// What it allows.
    pub scope: Scopes,
    /// The same in detail.
    pub details: Details,
    /// What it is bound to.
    pub confirmation: Confirmation,
    /// Single claims to be given at the userinfo endpoint.
    pub claims: ClaimsRequest,
}

/// Judges signature or seal, and the claims of a token for `audience` (anyone's where none is named), without looking up
/// whether what it depends on lives. Answers its claims as well.
pub async fn authentic(
    app: &App,
    tenant: &Tenant,
    token: &str,
    audience: Option<&str>,
    now: Time,
) -> Result<(AccessToken, Map<String, Value>)> {
    let required = ["sub", "aud", "iat", "jti", "client_id"];
    let expectation = Expectation::new(&[access::TYPE], &tenant.issuer, audience, &required);
    let claims = if token.starts_with(opaque::PREFIX) {
        let claims = opaque::open(app, tenant, token).ok_or_else(|| refusal().hiding("not sealed here"))?;
        expectation.check(&claims, now).map_err(|invalid| refusal().hiding(invalid.to_string()))?;
        claims
    } else {
        let verified = signing::verify(app, tenant, token, &expectation, now).await?;
        verified.map_err(|invalid| refusal().hiding(invalid.to_string()))?.claims
    };
    let read = read(&claims, |sealed| opaque::open_user(app, tenant, sealed));
    Ok((read.ok_or_else(|| refusal().hiding("claims"))?, claims))
}

fn read(claims: &Map<String, Value>, open: impl Fn(&str) -> Option<UserId>) -> Option<AccessToken> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let client_id = text("client_id")?.to_owned();
    let subject = text("sub")?.to_owned();
    let lineage: Lineage = serde_json::from_value(Value::Object(claims.clone())).ok()?;
    let vouched = match text("vouched_by") {
        Some(issuer) => Some(Vouched {
            issuer: issuer.parse().ok()?,
            user: text("user").map_or_else(|| Some(subject.parse().ok()), |sealed| open(sealed).map(Some))?,
            subject: subject.clone(),
        }),
        None => None,
    };
    let principal = match text("sid") {
        Some(sid) => Some(Principal {
            user: text("user").map_or_else(|| subject.parse().ok(), &open)?,
            session: sid.parse().ok()?,
            authenticated_at: Time::from_timestamp(claims.get("auth_time")?.as_i64()?, 0)?,
            methods: serde_json::from_value(claims.get("amr")?.clone()).ok()?,
        }),
        // A client's own token names the client and nobody else (RFC 9068 §2.2).
        None if subject == client_id || vouched.is_some() => None,
        // Nor does one that came of another client's own.
        None if lineage.origins.last().is_some_and(|origin| origin.client_id == subject) => None,
        None => return None,
    };
    Some(AccessToken {
        jti: text("jti")?.to_owned(),
        audience: match claims.get("aud")? {
            Value::String(one) => vec![one.clone()],
            several => serde_json::from_value(several.clone()).ok()?,
        },
        expires_at: Time::from_timestamp(claims.get("exp")?.as_i64()?, 0)?,
        principal,
        grant: text("grant_id").and_then(|id| id.parse().ok()),
        epoch: match claims.get("consent_epoch") {
            Some(epoch) => serde_json::from_value(epoch.clone()).ok()?,
            None => Epoch::FIRST,
        },
        scope: Scopes::parse(text("scope").unwrap_or_default()).ok()?,
        details: match claims.get("authorization_details") {
            Some(details) => serde_json::from_value(details.clone()).ok()?,
            None => Details::default(),
        },
        // A binding that cannot be read is no absence of one.
        confirmation: claims.get("cnf").cloned().map(serde_json::from_value).transpose().ok()?.unwrap_or_default(),
        claims: claims
            .get("userinfo_claims")
            .cloned()
            .map(serde_json::from_value)
            .transpose()
            .ok()?
            .unwrap_or_default(),
        client_id,
        subject,
        vouched,
        lineage,
    })
}

/// Judges a token that a request uses, whether its sender holds what it is bound to, and looks up what it depends on: client, person,
/// session, grant.
pub async fn believe_live(
    app: &App,
    tenant: &Tenant,
    presented: &PresentedToken,
    audience: &str,
    now: Time,
) -> Result<(AccessToken, Live)> {
    let proved = presented.judge(app, tenant, now)?;
    let (token, _) = authentic(app, tenant, presented.token.expose(), Some(audience), now).await?;
    token.confirmation.admits(&proved.held).map_err(|why| refusal().hiding(why.to_string()))?;
    let live = live::look_up(app, tenant, &token, now).await?;
    let live = live.ok_or_else(|| refusal().hiding("what it depends on is over"))?;
    // Nor does a token count that was issued before its client was held to a profile (FAPI 2.0 Security Profile §5.3.4, 5).
    let oauth = &app.config.oauth;
    let held_to = live.client.as_ref().map_or_else(|| Profile::of_all(oauth), |client| client.profile(oauth));
    profile::judge_proof(held_to, proved.algorithm)?;
    if !profile::admits_binding(held_to, &token.confirmation) {
        return Err(refusal().hiding("it is bound to nothing").into());
    }
    proved.once(app).await?;
    Ok((token, live))
}

/// The one answer to every token that is not good (RFC 6750 §3.1).
pub(in crate::domain::oauth) fn refusal() -> Refusal {
    Code::InvalidToken.because("the access token is malformed, expired or revoked")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::id::SessionId;

    fn claims() -> Map<String, Value> {
        let claims = json!({
            "sub": UserId::fresh(), "client_id": "shop", "sid": SessionId::fresh(), "auth_time": 1, "amr": ["pwd"],
            "grant_id": GrantId::fresh(), "scope": "openid", "jti": "at_1", "aud": "https://id.example.test", "exp": 2,
        });
        claims.as_object().cloned().unwrap()
    }

    #[test]
    fn a_persons_token_names_person_session_and_grant() {
        let token = read(&claims(), |_| None).unwrap();
        assert!(token.principal.is_some() && token.grant.is_some());
        for name in ["auth_time", "amr", "sub", "client_id", "jti", "aud", "exp"] {
            let mut without = claims();
            without.remove(name);
            assert!(read(&without, |_| None).is_none(), "{name}");
        }
    }

    #[test]
    fn a_clients_token_is_nobody_elses() {
        let mut own = claims();
        own.remove("sid");
        assert!(read(&own, |_| None).is_none(), "a person's subject without a session");
        own.insert("sub".into(), "shop".into());
        assert!(read(&own, |_| None).unwrap().principal.is_none());
    }

    #[test]
    fn a_sealed_person_wins_over_a_subject_that_is_nobodys() {
        let user = UserId::fresh();
        let mut pairwise = claims();
        pairwise.insert("sub".into(), "ABgIDMc8BOSG2FyP".into());
        assert!(read(&pairwise, |_| Some(user)).is_none(), "nobody is named");
        pairwise.insert("user".into(), "sealed".into());
        let found = |open: Option<UserId>| read(&pairwise, |_| open).and_then(|token| token.principal);
        assert_eq!(found(Some(user)).map(|principal| principal.user), Some(user));
        assert!(found(None).is_none());
    }

    #[test]
    fn a_binding_is_read_or_the_token_is_none() {
        let mut bound = claims();
        assert!(read(&bound, |_| None).unwrap().confirmation.is_empty());
        let jkt = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
        bound.insert("cnf".into(), json!({ "jkt": jkt }));
        let read_back = read(&bound, |_| None).unwrap().confirmation;
        assert_eq!(read_back.jkt.map(String::from).as_deref(), Some(jkt));
        for broken in [json!({ "jkt": "x" }), json!({ "x5t#S256": 7 }), json!("jkt")] {
            bound.insert("cnf".into(), broken.clone());
            assert!(read(&bound, |_| None).is_none(), "{broken}");
        }
    }

    #[test]
    fn the_epoch_is_the_first_unless_it_is_said() {
        let mut later = claims();
        assert_eq!(read(&later, |_| None).unwrap().epoch, Epoch::FIRST);
        later.insert("consent_epoch".into(), 2.into());
        assert_eq!(read(&later, |_| None).unwrap().epoch, 2.into());
        later.insert("consent_epoch".into(), "2".into());
        assert!(read(&later, |_| None).is_none());
    }

    #[test]
    fn a_service_is_named_by_the_token_that_this_one_came_of() {
        let mut passed = claims();
        passed.remove("sid");
        passed.insert("sub".into(), "robot".into());
        let from = |client_id: &str| json!([{ "client_id": "gateway", "jti": "at_2" }, { "client_id": client_id }]);
        passed.insert("exchanged_from".into(), from("robot"));
        let token = read(&passed, |_| None).unwrap();
        assert!(token.principal.is_none() && token.subject == "robot" && token.lineage.origins.len() == 2);
        passed.insert("exchanged_from".into(), from("other"));
        assert!(read(&passed, |_| None).is_none(), "nobody's own");
    }

    #[test]
    fn somebody_may_be_vouched_for() {
        let (issuer, user) = (crate::kernel::id::IssuerId::fresh(), UserId::fresh());
        let mut vouched = claims();
        vouched.remove("sid");
        vouched.insert("vouched_by".into(), json!(issuer));
        let read_with = |claims: &Map<String, Value>, open: Option<UserId>| read(claims, |_| open);
        let named = read_with(&vouched, None).unwrap();
        assert!(named.principal.is_none() && named.vouched.is_some_and(|vouched| vouched.user.is_some()));
        vouched.insert("sub".into(), json!("https://idp.example|robot"));
        assert_eq!(read_with(&vouched, None).unwrap().vouched.unwrap().user, None);
        vouched.insert("user".into(), "sealed".into());
        assert_eq!(read_with(&vouched, Some(user)).unwrap().vouched.unwrap().user, Some(user));
        assert!(read_with(&vouched, None).is_none(), "sealed by somebody else");
        vouched.insert("vouched_by".into(), "idp".into());
        assert!(read_with(&vouched, Some(user)).is_none());
    }

    #[test]
    fn an_audience_is_one_or_several() {
        let mut several = claims();
        several.insert("aud".into(), json!(["https://a.test", "https://b.test"]));
        assert_eq!(read(&several, |_| None).unwrap().audience, ["https://a.test", "https://b.test"]);
        several.insert("aud".into(), json!(7));
        assert!(read(&several, |_| None).is_none());
    }
}

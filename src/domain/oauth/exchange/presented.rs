//! A token that is presented to be exchanged: believed only if this issuer made it and everything it depends on lives.

use keys::Expectation;
use serde_json::{Map, Value};

use super::TokenType;
use crate::{
    app::Cx,
    domain::{
        clients::{Client, FIRST_PARTY_API},
        consents::Epoch,
        oauth::{
            confirmation::Confirmation,
            refresh::{self, Authentication, Verdict},
            subject,
            token::{
                self, Lineage, Origin, Subject, revoke_grant,
                standing::{self, Dependence},
            },
        },
        sessions, signing,
    },
    kernel::{Code, Error, Refusal, Result, Time, details::Details, id::GrantId, scope::Scopes},
};

/// A token that was believed.
#[derive(Debug, Clone)]
pub struct Presented {
    /// Whose it is.
    pub whose: Subject,
    /// What it calls them.
    pub subject: String,
    /// The client it was issued to.
    pub client_id: String,
    /// Whom it is for; nobody where it is no access token and names no resource.
    pub audience: Vec<String>,
    /// What it allows; none for an ID token, which allows nothing by itself.
    pub scope: Option<Scopes>,
    /// The same in detail.
    pub details: Details,
    /// Until when.
    pub expires_at: Time,
    /// What it is bound to.
    pub confirmation: Confirmation,
    /// Where it comes from itself.
    pub lineage: Lineage,
    /// Its own name, if it is an access token.
    pub jti: Option<String>,
}

impl Presented {
    /// The tokens that one comes of which this is exchanged for, the nearest first.
    pub fn origins(&self) -> Vec<Origin> {
        let own = Origin { client_id: self.client_id.clone(), jti: self.jti.clone() };
        std::iter::once(own).chain(self.lineage.origins.iter().cloned()).collect()
    }

    /// How long it is good, in whole seconds: whatever it is exchanged for does not expire after it.
    pub fn seconds_left(&self, now: Time) -> u32 {
        u32::try_from(self.expires_at.timestamp() - now.timestamp()).unwrap_or(0)
    }

    /// Whether `client` holds it by right: it was issued to it, or is for the API of its name.
    pub fn is_of(&self, client_id: &str) -> bool {
        self.client_id == client_id || self.audience.iter().any(|audience| audience == client_id)
    }
}

/// Whose rights are asked for (RFC 8693 §2.1, `subject_token`).
pub async fn subject(cx: &Cx, client: &Client, token: &str, kind: TokenType) -> Result<Presented> {
    believe(cx, client, token, kind).await.map_err(|error| unacceptable(error, "subject_token"))
}

/// Who is going to act (RFC 8693 §2.1, `actor_token`): somebody who acts for themselves.
pub async fn actor(cx: &Cx, client: &Client, token: &str, kind: TokenType) -> Result<Presented> {
    if kind == TokenType::RefreshToken {
        return Err(refusal("actor_token").hiding("a refresh token says what is allowed, not who is there").into());
    }
    let actor = believe(cx, client, token, kind).await.map_err(|error| unacceptable(error, "actor_token"))?;
    if !actor.is_of(&client.client_id) || actor.lineage.act.is_some() {
        return Err(refusal("actor_token").hiding("another client's, or delegated itself").into());
    }
    Ok(actor)
}

async fn believe(cx: &Cx, client: &Client, token: &str, kind: TokenType) -> Result<Presented> {
    match kind {
        TokenType::AccessToken => access_token(cx, token).await,
        TokenType::IdToken => id_token(cx, client, token).await,
        TokenType::RefreshToken => refresh_token(cx, client, token).await,
        // By the type in its header (RFC 8725 §3.11): what is neither is refused by both.
        TokenType::Jwt if token.contains('.') => match access_token(cx, token).await {
            Err(Error::Refused(_)) => id_token(cx, client, token).await,
            believed => believed,
        },
        TokenType::Jwt | TokenType::IdJag => Err(refusal("token").hiding("not of this kind").into()),
    }
}

/// One refusal for every reason: unknown, expired, revoked, or another kind (RFC 8693 §2.2.2).
fn refusal(which: &'static str) -> Refusal {
    Code::InvalidRequest
        .because(format!("the {which} is not one of this issuer, of this type, that is still good here"))
}

fn unacceptable(error: Error, which: &'static str) -> Error {
    match error {
        Error::Refused(why) => refusal(which).hiding(why.to_string()).into(),
        other => other,
    }
}

async fn access_token(cx: &Cx, presented: &str) -> Result<Presented> {
    let (token, _) = token::authentic(&cx.app, cx.tenant(), presented, None, cx.now).await?;
    let live = token::look_up(&cx.app, cx.tenant(), &token, cx.now).await?;
    let live = live.ok_or_else(|| refusal("token").hiding("what it depends on is over"))?;
    if token.client_id == FIRST_PARTY_API {
        return Err(refusal("token").hiding("it is for our own API").into());
    }
    let whose = match (live.person, token.principal, token.grant, &token.vouched) {
        (Some(alive), Some(principal), Some(grant), _) => Subject::Person {
            user: Box::new(alive.user),
            authentication: Authentication {
                at: principal.authenticated_at,
                methods: principal.methods,
                session: principal.session,
                claims: Default::default(),
                epoch: token.epoch,
                ds_hash: None,
            },
            grant,
        },
        (_, _, _, Some(vouched)) => Subject::Vouched(vouched.clone()),
        _ => Subject::Service(token.subject.clone()),
    };
    Ok(Presented {
        whose,
        subject: token.subject,
        client_id: token.client_id,
        audience: token.audience,
        scope: Some(token.scope),
        details: token.details,
        expires_at: token.expires_at,
        confirmation: token.confirmation,
        lineage: token.lineage,
        jti: Some(token.jti),
    })
}

/// The refresh token of this client that is good at the moment; presenting it here spends nothing.
async fn refresh_token(cx: &Cx, client: &Client, presented: &str) -> Result<Presented> {
    let (token, family, standing) = refresh::find(cx, presented).await?;
    let grace = cx.config().tokens.refresh_grace.std();
    let verdict = family.judge(token.digest, Some(client.id), standing, cx.now, grace);
    if verdict != Verdict::Rotate {
        return Err(refusal("token").hiding(format!("{verdict:?}")).into());
    }
    let user = crate::domain::users::store::find(cx.db().reader(), cx.tenant().id, family.user).await?;
    let user = user.ok_or_else(|| refusal("token").hiding("the person is gone"))?;
    Ok(Presented {
        subject: subject::of(cx, client, family.user)?,
        whose: Subject::Person {
            user: Box::new(user),
            authentication: Authentication { claims: Default::default(), ..family.authentication },
            grant: family.id,
        },
        client_id: client.client_id.clone(),
        audience: family.resources,
        scope: Some(family.scope),
        details: family.details,
        expires_at: family.idle_expires_at.min(family.expires_at),
        confirmation: family.confirmation,
        lineage: Lineage::default(),
        jti: None,
    })
}

/// An ID token of this client (draft-ietf-oauth-identity-assertion-authz-grant §4.3.1): whoever else holds one has no business
/// with it. It names its grant, and its session has to be live.
async fn id_token(cx: &Cx, client: &Client, presented: &str) -> Result<Presented> {
    let tenant = cx.tenant();
    let expectation =
        Expectation::new(&["JWT"], &tenant.issuer, Some(&client.client_id), &["sub", "sid", "iat", "grant_id"]);
    let verified = signing::verify(&cx.app, tenant, presented, &expectation, cx.now).await?;
    let claims = verified.map_err(|invalid| refusal("token").hiding(invalid.to_string()))?.claims;
    let over = || refusal("token").hiding("the session or the grant is over");
    let text = |name: &str| text(&claims, name);
    let (subject, session) = (text("sub").ok_or_else(over)?, text("sid").and_then(|sid| sid.parse().ok()));
    let (session, grant): (_, GrantId) = match (session, text("grant_id").and_then(|id| id.parse().ok())) {
        (Some(session), Some(grant)) => (session, grant),
        _ => return Err(over().into()),
    };
    let epoch: Epoch = match claims.get("consent_epoch") {
        Some(epoch) => serde_json::from_value(epoch.clone()).map_err(|_| over())?,
        None => Epoch::FIRST,
    };
    let db = cx.db().reader();
    let found = sessions::store::find(db, tenant.id, session).await?.ok_or_else(over)?;
    let whose =
        Dependence { user: found.user, session: Some(session), grant: Some(grant), client_id: &client.client_id };
    let alive = standing::find(db, tenant.id, whose).await?;
    let revoked = revoke_grant::is_revoked(&cx.app, tenant.id, grant).await?;
    // An ID token speaks of a session: with it, it is over, even where the grant goes on.
    let alive = alive.filter(|alive| alive.is_session_live(cx.now) && alive.is_grant_live(epoch, cx.now) && !revoked);
    let alive = alive.ok_or_else(over)?;
    if subject::of(cx, client, found.user)? != subject {
        return Err(refusal("token").hiding("another subject").into());
    }
    let expires_at = claims.get("exp").and_then(Value::as_i64).and_then(|exp| Time::from_timestamp(exp, 0));
    Ok(Presented {
        subject,
        whose: Subject::Person {
            user: Box::new(alive.user),
            authentication: Authentication {
                at: found.authenticated_at,
                methods: found.methods,
                session,
                claims: Default::default(),
                epoch,
                ds_hash: None,
            },
            grant,
        },
        client_id: client.client_id.clone(),
        audience: Vec::new(),
        scope: None,
        details: Details::default(),
        expires_at: expires_at.ok_or_else(over)?,
        confirmation: Confirmation::default(),
        lineage: Lineage::default(),
        jti: None,
    })
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name).and_then(Value::as_str).map(str::to_owned)
}

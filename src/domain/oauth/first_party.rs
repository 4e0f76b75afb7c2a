//! Tokens for Signet's own JSON API: the same access tokens, families and rotation, for an audience of their own.

use serde::Serialize;

use super::{
    confirmation::Confirmation,
    dpop::{Evidence, Proved},
    profile,
    refresh::{self, Authentication, Opening, Succession},
    token::{Lineage, PresentedToken, access, believe_live, seconds},
};
use crate::{
    app::{App, Cx, Guard, Operation},
    domain::{
        clients::{FIRST_PARTY_API, Profile, TokenFormat},
        consents::Epoch,
        sessions::{self, Kind, Session},
        sign_in::SignIn,
    },
    kernel::{
        Code, Principal, Result, Tenant, Time,
        id::{GrantId, SessionId, UserId},
        scope::Scopes,
        secret::Secret,
    },
};

/// Whom API tokens are for. No token for a client has it, and no client accepts it.
fn audience(tenant: &Tenant) -> String {
    tenant.url("/api/v1")
}

/// What signing in to the API answers.
#[derive(Debug, Serialize)]
pub struct ApiTokens {
    /// A JWT by RFC 9068 for this API.
    pub access_token: Secret,
    /// `DPoP` where the tokens are bound to a key, else `Bearer`.
    pub token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    pub expires_in: u32,
    /// The good refresh token from now on.
    pub refresh_token: Secret,
    /// Who signed in.
    pub user_id: UserId,
    /// The tracked session.
    pub session_id: SessionId,
}

/// Signs a person in to the API: opens a tracked session with tokens instead of a cookie.
#[derive(Debug, Clone)]
pub struct ApiSignIn {
    /// E-mail address.
    pub username: String,
    /// Password.
    pub password: Secret,
    /// What the request shows besides: a key binds the tokens (RFC 9449 §5).
    pub evidence: Evidence,
}

impl Operation for ApiSignIn {
    type Output = ApiTokens;
    const NAME: &'static str = "api.sign_in";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<ApiTokens> {
        let proved = self.evidence.judge(&cx.app, cx.tenant(), None, cx.now)?;
        let confirmation = bound(&cx.app, &proved)?;
        let sign_in = SignIn { username: self.username, password: self.password, session: None, kind: Kind::Api };
        let session = sign_in.run(cx).await?.session;
        // After the password: strangers do not fill the store.
        proved.once(&cx.app).await?;
        let authentication = Authentication {
            at: session.authenticated_at,
            methods: session.methods.clone(),
            session: session.id,
            claims: Default::default(),
            epoch: Epoch::FIRST, // nobody is asked, and nothing can be taken back: the session is ended
            ds_hash: None,
        };
        let opening = Opening {
            grant: GrantId::fresh(),
            tenant: session.tenant,
            user: session.user,
            client: None,
            session: Some(session.id),
            scope: Scopes::default(),
            resources: Vec::new(),
            details: Default::default(),
            confirmation: confirmation.clone(),
            authentication: authentication.clone(),
        };
        let (app, grant) = (cx.app.clone(), opening.grant);
        let refresh_token = refresh::open(cx.tx()?, &app.macs.refresh_token, &app.config.tokens, opening).await?;
        answer(cx, (session.user, &authentication, grant), refresh_token, &confirmation)
    }
}

/// Exchanges an API refresh token for the next tokens; the session counts as used.
#[derive(Debug, Clone)]
pub struct ApiRefresh {
    /// The refresh token.
    pub refresh_token: Secret,
    /// What the request shows besides: the key of tokens that are bound to one.
    pub evidence: Evidence,
}

impl Operation for ApiRefresh {
    type Output = ApiTokens;
    const NAME: &'static str = "api.refresh";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<ApiTokens> {
        let proved = self.evidence.judge(&cx.app, cx.tenant(), None, cx.now)?;
        let (presented, family, standing) = refresh::find(cx, self.refresh_token.expose()).await?;
        family.confirmation.is_met_by(&proved.held).map_err(|why| refresh::refused(&why.to_string()))?;
        proved.once(&cx.app).await?;
        let confirmation = bound(&cx.app, &proved)?;
        let succession = Succession::Rotated(confirmation.clone());
        let rotated = refresh::rotate(cx, &presented, (family, standing), None, succession).await?;
        touch(cx, rotated.family.authentication.session).await?;
        let whose = (rotated.family.user, &rotated.family.authentication, rotated.family.id);
        answer(cx, whose, rotated.successor, &confirmation)
    }
}

/// What the tokens are bound to: what is proved, and something in any case where all tokens have to be.
fn bound(app: &App, proved: &Proved) -> Result<Confirmation> {
    let held_to = Profile::of_all(&app.config.oauth);
    profile::judge_proof(held_to, proved.algorithm)?;
    Ok(profile::bind(held_to, Confirmation::binding(&proved.held, false), &proved.held)?)
}

/// Prolongs the session that a refresh token belongs to, now and then.
async fn touch(cx: &Cx, id: SessionId) -> Result<()> {
    let (tenant, sessions) = (cx.tenant().id, &cx.config().sessions);
    let found: Option<Session> = sessions::store::find(cx.db().reader(), tenant, id).await?;
    if let Some(session) = found.filter(|session| session.wants_touch(cx.now, sessions)) {
        let seen = session.last_seen_at;
        let touched = session.touched(cx.now, sessions);
        sessions::store::touch(&*cx.db().lone_write().await, tenant, &touched, seen).await?;
    }
    Ok(())
}

fn answer(
    cx: &Cx,
    (user, authentication, grant): (UserId, &Authentication, GrantId),
    refresh_token: Secret,
    confirmation: &Confirmation,
) -> Result<ApiTokens> {
    let ttl = seconds(cx.config().tokens.access_token_ttl);
    let config = cx.config();
    let algorithm = Profile::of_all(&config.oauth).signing_algorithm(config.keys.access_token_alg.into(), config)?;
    let order = access::Order {
        client_id: FIRST_PARTY_API,
        audience: &[audience(cx.tenant())],
        person: Some(access::Person { user, subject: user.to_string(), authentication, grant }),
        vouched: None,
        service: None,
        lineage: &Lineage::default(),
        scope: &Scopes::default(),
        details: &Default::default(),
        confirmation,
        format: TokenFormat::Jwt,
        algorithm,
        ttl,
    };
    let access_token = access::sign(&cx.app, cx.tenant(), &order, cx.now)?;
    Ok(ApiTokens {
        access_token: access_token.into(),
        token_type: confirmation.token_type(),
        expires_in: ttl,
        refresh_token,
        user_id: user,
        session_id: authentication.session,
    })
}

/// The person behind an API access token, while everything it depends on lives.
pub async fn verify_api(app: &App, tenant: &Tenant, presented: &PresentedToken, now: Time) -> Result<Principal> {
    let (token, _) = believe_live(app, tenant, presented, &audience(tenant), now).await?;
    token.principal.ok_or_else(|| Code::InvalidToken.because("the access token is nobody's").into())
}

//! Opening a family: the first refresh token of a grant.

use super::{RefreshTokens, family::Authentication, store};
use crate::{
    app::Tx,
    config::Tokens,
    domain::{oauth::confirmation::Confirmation, sessions},
    kernel::{
        Code, Result, Time,
        details::Details,
        id::{ClientId, GrantId, SessionId, TenantId, UserId},
        mac::MacKeys,
        scope::Scopes,
        secret::Secret,
    },
};

use super::Family;

/// What a new family is made of.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The grant.
    pub grant: GrantId,
    /// The tenant.
    pub tenant: TenantId,
    /// Whose.
    pub user: UserId,
    /// Row of the client; none for the first-party API.
    pub client: Option<ClientId>,
    /// The session it dies with; none with `offline_access`.
    pub session: Option<SessionId>,
    /// What was granted.
    pub scope: Scopes,
    /// The resources that the authorization request named.
    pub resources: Vec<String>,
    /// The authorization details that were granted.
    pub details: Details,
    /// What its tokens are bound to.
    pub confirmation: Confirmation,
    /// The sign-in it came of.
    pub authentication: Authentication,
}

/// Writes the family's one row and answers its first token.
///
/// # Errors
/// `invalid_grant` where the family would outlive its session and the session is over: what ended it may have revoked every family
/// that was there then.
pub async fn open(tx: &mut Tx, keys: &MacKeys, tokens: &Tokens, opening: Opening) -> Result<Secret> {
    let outlives = opening.session.is_none();
    if outlives && !sessions::store::holds(tx, opening.tenant, opening.authentication.session).await? {
        return Err(Code::InvalidGrant.because("the session in which this was allowed is over").into());
    }
    write(tx, keys, tokens, opening).await
}

/// The same without a question, for a family that is revoked at once.
pub async fn write(tx: &mut Tx, keys: &MacKeys, tokens: &Tokens, opening: Opening) -> Result<Secret> {
    let now = tx.now;
    let token = RefreshTokens(keys).first(opening.grant)?;
    let expires_at = now + tokens.refresh_absolute.chrono();
    let family = Family {
        id: opening.grant,
        tenant: opening.tenant,
        user: opening.user,
        client: opening.client,
        session: opening.session,
        scope: opening.scope,
        resources: opening.resources,
        details: opening.details,
        confirmation: opening.confirmation,
        authentication: opening.authentication,
        current: token.digest(),
        previous: None,
        generation: 0,
        replaced: false,
        rotated_at: now,
        idle_expires_at: idle_end(tokens, now, expires_at),
        expires_at,
        revoked_at: None,
    };
    store::insert(tx, &family).await?;
    Ok(token)
}

/// When a family ends that is used at `now` and not again; never after its absolute end.
pub(super) fn idle_end(tokens: &Tokens, now: Time, expires_at: Time) -> Time {
    (now + tokens.refresh_idle.chrono()).min(expires_at)
}

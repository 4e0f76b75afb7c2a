//! Resuming a session: from the cookie to the person it vouches for, before anything else is known of the caller.

use super::{Session, Standing, cache, store};
use crate::{
    app::App,
    kernel::{
        Principal, Result, Tenant, Time,
        id::{SessionId, TenantId},
        secret::Secret,
    },
};

/// The person that a cookie vouches for, if it does.
pub async fn principal(app: &App, tenant: &Tenant, cookie: &Secret, now: Time) -> Result<Option<Principal>> {
    let digest = cookie.digest();
    if let Some(cached) = cache::read(app.ephemeral.as_ref(), tenant.id, digest).await {
        return Ok((cached.standing(now, false) == Standing::Live).then(|| cached.principal()));
    }
    let Some((session, user)) = store::find_by_secret(app.db.reader(), tenant.id, digest).await? else {
        return Ok(None);
    };
    if session.standing(now, user.is_locked()) != Standing::Live {
        return Ok(None);
    }
    let session = touch(app, tenant.id, session, now).await;
    let stale_at = session.last_seen_at + app.config.sessions.touch_every.chrono();
    cache::keep(app.ephemeral.as_ref(), digest, &session, stale_at, now).await;
    Ok(Some(session.principal()))
}

/// The person that a session vouches for, if it does: for tokens that name theirs (`sid`).
pub async fn by_id(app: &App, tenant: &Tenant, id: SessionId, now: Time) -> Result<Option<Principal>> {
    let found = store::find_with_user(app.db.reader(), tenant.id, id).await?;
    Ok(found
        .filter(|(session, user)| session.standing(now, user.is_locked()) == Standing::Live)
        .map(|(session, _)| session.principal()))
}

/// Writes "last seen", now and then. A database that takes no writes ends no session.
async fn touch(app: &App, tenant: TenantId, session: Session, now: Time) -> Session {
    if !session.wants_touch(now, &app.config.sessions) {
        return session;
    }
    let seen = session.last_seen_at;
    let touched = session.clone().touched(now, &app.config.sessions);
    match store::touch(&*app.db.lone_write().await, tenant, &touched, seen).await {
        Ok(()) => touched,
        Err(error) => {
            tracing::warn!(%error, session = %session.id, "a session could not be marked as seen");
            session
        }
    }
}

//! Live sessions in the shared store, so that a request costs no query. Within one process there is no cache: a command
//! in another process must be believed at once.

use std::time::Duration;

use super::Session;
use crate::{
    domain::users::fence,
    kernel::{Result, Time, id::TenantId, secret::Digest},
    ports::ephemeral::Ephemeral,
};

/// The cached session of a cookie. None when there is none, its fence is up, or the store is away.
pub(super) async fn read(ephemeral: &dyn Ephemeral, tenant: TenantId, cookie: Digest) -> Option<Session> {
    if !ephemeral.is_shared() {
        return None;
    }
    match try_read(ephemeral, tenant, cookie).await {
        Ok(cached) => cached,
        Err(error) => {
            tracing::debug!(%error, "the session cache does not answer");
            None
        }
    }
}

async fn try_read(ephemeral: &dyn Ephemeral, tenant: TenantId, cookie: Digest) -> Result<Option<Session>> {
    let Some(bytes) = ephemeral.get(&key(tenant, cookie)).await? else { return Ok(None) };
    // Another release may have written it in another shape: then the database is asked.
    let Ok(session) = serde_json::from_slice::<Session>(&bytes) else { return Ok(None) };
    Ok((!fence::is_up(ephemeral, session.user).await?).then_some(session))
}

/// Keeps a live session for a moment, unless its fence is up. `stale_at` is when it has to be touched.
pub(super) async fn keep(ephemeral: &dyn Ephemeral, cookie: Digest, session: &Session, stale_at: Time, now: Time) {
    if !ephemeral.is_shared() {
        return;
    }
    if let Err(error) = try_keep(ephemeral, cookie, session, lifetime(stale_at, now)).await {
        tracing::debug!(%error, "the session cache does not answer");
    }
}

async fn try_keep(
    ephemeral: &dyn Ephemeral,
    cookie: Digest,
    session: &Session,
    lifetime: Option<Duration>,
) -> Result<()> {
    let (Some(lifetime), Ok(bytes)) = (lifetime, serde_json::to_vec(session)) else { return Ok(()) };
    if !fence::is_up(ephemeral, session.user).await? {
        // Not `put`: what is there is as good, and its end is nearer.
        ephemeral.put_new(&key(session.tenant, cookie), &bytes, lifetime).await?;
    }
    Ok(())
}

/// A minute at most, and not beyond the moment when the session has to be touched.
fn lifetime(stale_at: Time, now: Time) -> Option<Duration> {
    (stale_at - now).to_std().ok().filter(|left| !left.is_zero()).map(|left| left.min(fence::CACHED_FOR))
}

fn key(tenant: TenantId, cookie: Digest) -> String {
    format!("session:{}:{}", tenant.uuid().simple(), cookie.hex())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::Clock;

    #[test]
    fn nothing_is_cached_for_longer_than_a_minute_or_beyond_the_next_touch() {
        let now = Clock::System.now();
        assert_eq!(lifetime(now + TimeDelta::hours(1), now), Some(Duration::from_secs(60)));
        assert_eq!(lifetime(now + TimeDelta::seconds(7), now), Some(Duration::from_secs(7)));
        assert_eq!(lifetime(now, now), None);
        assert_eq!(lifetime(now - TimeDelta::seconds(1), now), None);
    }
}

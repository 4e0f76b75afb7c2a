//! A family of refresh tokens, and the judgment of a presented one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        consents::Epoch,
        oauth::{confirmation::Confirmation, request::ClaimsRequest},
    },
    kernel::{
        Time,
        assurance::Method,
        details::Details,
        id::{ClientId, GrantId, SessionId, TenantId, UserId},
        scope::Scopes,
        secret::Digest,
    },
};

/// All refresh tokens of one grant.
#[derive(Debug, Clone)]
pub struct Family {
    /// Its identifier: the grant's.
    pub id: GrantId,
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
    /// The resources that the authorization request named (RFC 8707 §2.1).
    pub resources: Vec<String>,
    /// The authorization details that were granted (RFC 9396).
    pub details: Details,
    /// What its tokens are bound to: a public client's (RFC 9449 §5, RFC 8705 §4).
    pub confirmation: Confirmation,
    /// How the person signed in, for later tokens.
    pub authentication: Authentication,
    /// The token that is good.
    pub current: Digest,
    /// The token that was rotated last.
    pub previous: Option<Digest>,
    /// How often it was rotated.
    pub generation: i32,
    /// Whether the current token replaces a successor that never arrived.
    pub replaced: bool,
    /// When the current token was made.
    pub rotated_at: Time,
    /// When it ends if not used before.
    pub idle_expires_at: Time,
    /// When it ends in any case.
    pub expires_at: Time,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

/// The sign-in that a grant came of, and what of the request later tokens need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Authentication {
    /// `auth_time`.
    pub at: Time,
    /// `amr`.
    pub methods: Vec<Method>,
    /// The session's identifier, also where the grant outlives it.
    pub session: SessionId,
    /// Single claims asked for.
    #[serde(default)]
    pub claims: ClaimsRequest,
    /// The epoch of the consent it was granted in.
    #[serde(default, skip_serializing_if = "Epoch::is_first")]
    pub epoch: Epoch,
    /// The hash of the device secret that belongs to its ID tokens, if there is one (OpenID Connect Native SSO §3.4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ds_hash: Option<String>,
}

/// Whether those a family depends on are alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The person is locked out.
    pub user_locked: bool,
    /// The session it is bound to is live; none where it is bound to none.
    pub session_live: Option<bool>,
    /// The present epoch of what the person allows the client.
    pub epoch: Epoch,
}

/// What is to be done with a presented token of this family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the current one: a successor is made.
    Rotate,
    /// It was just rotated: the same successor is given again.
    Retry,
    /// It was rotated a while ago and its successor was never used: one replacement is made.
    Replace,
    /// It was spent: the family is revoked.
    Replayed,
    /// Too old.
    Expired,
    /// Revoked before, or granted before a withdrawal that came while the first token was on its way.
    Revoked,
    /// Issued to another client.
    Foreign,
    /// The session is over.
    SessionOver,
    /// The person is locked out.
    UserLocked,
}

impl Family {
    /// Judges a genuine token that `client` presents at `now`.
    pub fn judge(
        &self,
        presented: Digest,
        client: Option<ClientId>,
        standing: Standing,
        now: Time,
        grace: Duration,
    ) -> Verdict {
        if self.client != client {
            return Verdict::Foreign;
        }
        if self.revoked_at.is_some() || self.authentication.epoch != standing.epoch {
            return Verdict::Revoked;
        }
        if standing.user_locked {
            return Verdict::UserLocked;
        }
        if standing.session_live == Some(false) {
            return Verdict::SessionOver;
        }
        if self.expires_at <= now || self.idle_expires_at <= now {
            return Verdict::Expired;
        }
        if presented == self.current {
            return Verdict::Rotate;
        }
        if self.previous != Some(presented) {
            return Verdict::Replayed;
        }
        // The current token was never used: using it would have made it the previous one.
        match (now - self.rotated_at).to_std() {
            Ok(age) if age > grace && self.replaced => Verdict::Replayed,
            Ok(age) if age > grace => Verdict::Replace,
            _ => Verdict::Retry,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::Clock;

    const GRACE: Duration = Duration::from_secs(30);
    const ALIVE: Standing = Standing { user_locked: false, session_live: Some(true), epoch: Epoch::FIRST };

    fn family(now: Time) -> Family {
        Family {
            id: GrantId::fresh(),
            tenant: TenantId::fresh(),
            user: UserId::fresh(),
            client: Some(ClientId::fresh()),
            session: Some(SessionId::fresh()),
            scope: Scopes::default(),
            resources: Vec::new(),
            details: Details::default(),
            confirmation: Confirmation::default(),
            authentication: Authentication {
                at: now,
                methods: vec![Method::Password],
                session: SessionId::fresh(),
                claims: ClaimsRequest::default(),
                epoch: Epoch::FIRST,
                ds_hash: None,
            },
            current: Digest::of(b"current"),
            previous: Some(Digest::of(b"previous")),
            generation: 1,
            replaced: false,
            rotated_at: now,
            idle_expires_at: now + TimeDelta::hours(1),
            expires_at: now + TimeDelta::hours(2),
            revoked_at: None,
        }
    }

    fn verdict(family: &Family, token: &[u8], after: i64) -> Verdict {
        let now = family.rotated_at + TimeDelta::seconds(after);
        family.judge(Digest::of(token), family.client, ALIVE, now, GRACE)
    }

    #[test]
    fn the_current_token_rotates_and_the_previous_one_is_a_retry_for_a_while() {
        let family = family(Clock::System.now());
        assert_eq!(verdict(&family, b"current", 0), Verdict::Rotate);
        assert_eq!(verdict(&family, b"current", 1000), Verdict::Rotate);
        assert_eq!(verdict(&family, b"previous", 0), Verdict::Retry);
        assert_eq!(verdict(&family, b"previous", 30), Verdict::Retry);
        assert_eq!(verdict(&family, b"previous", 31), Verdict::Replace);
        assert_eq!(verdict(&family, b"older", 0), Verdict::Replayed);
        // A clock that steps back is no theft.
        assert_eq!(verdict(&family, b"previous", -5), Verdict::Retry);
    }

    #[test]
    fn there_is_one_replacement() {
        let family = Family { replaced: true, ..family(Clock::System.now()) };
        assert_eq!(verdict(&family, b"previous", 30), Verdict::Retry);
        assert_eq!(verdict(&family, b"previous", 31), Verdict::Replayed);
    }

    #[test]
    fn a_family_lives_while_everything_it_depends_on_lives() {
        let now = Clock::System.now();
        let alive = family(now);
        let judge = |family: &Family, standing, at| family.judge(family.current, family.client, standing, at, GRACE);
        assert_eq!(judge(&alive, ALIVE, alive.idle_expires_at), Verdict::Expired);
        let idle_later = Family { idle_expires_at: alive.expires_at + TimeDelta::hours(1), ..alive.clone() };
        assert_eq!(judge(&idle_later, ALIVE, alive.expires_at), Verdict::Expired);
        assert_eq!(judge(&Family { revoked_at: Some(now), ..alive.clone() }, ALIVE, now), Verdict::Revoked);
        assert_eq!(judge(&alive, Standing { epoch: 1.into(), ..ALIVE }, now), Verdict::Revoked);
        assert_eq!(judge(&alive, Standing { user_locked: true, ..ALIVE }, now), Verdict::UserLocked);
        assert_eq!(judge(&alive, Standing { session_live: Some(false), ..ALIVE }, now), Verdict::SessionOver);
        assert_eq!(judge(&alive, Standing { session_live: None, ..ALIVE }, now), Verdict::Rotate);
    }

    #[test]
    fn another_client_learns_nothing_and_revokes_nothing() {
        let now = Clock::System.now();
        let family = family(now);
        for token in [b"current".as_slice(), b"previous", b"older"] {
            for client in [Some(ClientId::fresh()), None] {
                assert_eq!(family.judge(Digest::of(token), client, ALIVE, now, GRACE), Verdict::Foreign);
            }
        }
    }
}

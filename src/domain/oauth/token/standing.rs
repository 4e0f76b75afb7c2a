//! Whether those a token depends on are alive: looked up, never propagated.

/// Reads it in one round trip; none where the person is gone.
pub use super::store::find_alive as find;
use crate::{
    domain::{consents::Epoch, users::User},
    kernel::{
        Time,
        id::{GrantId, SessionId, UserId},
    },
};

/// Those a token depends on.
#[derive(Debug, Clone, Copy)]
pub struct Dependence<'a> {
    /// The person.
    pub user: UserId,
    /// The session they signed in in.
    pub session: Option<SessionId>,
    /// The grant, where it may have refresh tokens already.
    pub grant: Option<GrantId>,
    /// Public identifier of the client.
    pub client_id: &'a str,
}

/// When a session ends.
#[derive(Debug, Clone, Copy)]
pub struct SessionEnds {
    /// When it was ended, if it was.
    pub ended_at: Option<Time>,
    /// When it ends if not used before.
    pub idle_expires_at: Time,
    /// When it ends in any case.
    pub expires_at: Time,
}

/// What is left of what a token depends on.
#[derive(Debug, Clone)]
pub struct Alive {
    /// The person.
    pub user: User,
    /// The session, if it is there.
    pub session: Option<SessionEnds>,
    /// The grant's refresh tokens; none where it has none.
    pub family: Option<FamilyEnds>,
    /// The present epoch of what the person allows the client.
    pub epoch: Epoch,
}

/// How the refresh tokens of a grant end.
#[derive(Debug, Clone, Copy)]
pub struct FamilyEnds {
    /// They were revoked.
    pub revoked: bool,
    /// They are for while the person is away (`offline_access`).
    pub outlives_session: bool,
}

impl Alive {
    /// Whether the person may still act.
    pub fn is_user_active(&self) -> bool {
        self.user.locked_at.is_none()
    }

    /// Whether the person may still act in the session.
    pub fn is_session_live(&self, now: Time) -> bool {
        let live = |ends: SessionEnds| ends.ended_at.is_none() && ends.idle_expires_at > now && ends.expires_at > now;
        self.is_user_active() && self.session.is_some_and(live)
    }

    /// Whether a token of this grant is good: a grant for while the person is away outlives the session, no grant outlives its
    /// revocation, the person's lock, or the epoch in which it was granted.
    pub fn is_grant_live(&self, granted_in: Epoch, now: Time) -> bool {
        let revoked = self.family.is_some_and(|family| family.revoked);
        let outlives_session = self.family.is_some_and(|family| family.outlives_session);
        !revoked && granted_in == self.epoch && self.is_user_active() && (self.is_session_live(now) || outlives_session)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::Map;

    use super::*;
    use crate::kernel::{
        Clock,
        email::Email,
        id::{TenantId, UserId},
    };

    const FIRST: Epoch = Epoch::FIRST;
    const BOUND: FamilyEnds = FamilyEnds { revoked: false, outlives_session: false };

    fn alive(now: Time) -> Alive {
        Alive {
            user: User {
                id: UserId::fresh(),
                tenant: TenantId::fresh(),
                email: Email::parse("ada@example.test").unwrap(),
                email_verified_at: None,
                name: "Ada".into(),
                claims: Map::new(),
                admin: false,
                locked_at: None,
                created_at: now,
                updated_at: now,
            },
            session: Some(SessionEnds {
                ended_at: None,
                idle_expires_at: now + TimeDelta::hours(1),
                expires_at: now + TimeDelta::hours(2),
            }),
            family: Some(BOUND),
            epoch: FIRST,
        }
    }

    #[test]
    fn a_token_dies_with_what_it_depends_on() {
        let now = Clock::System.now();
        let good = alive(now);
        assert!(good.is_grant_live(FIRST, now));
        assert!(Alive { family: None, ..good.clone() }.is_grant_live(FIRST, now));
        assert!(!good.is_grant_live(FIRST, now + TimeDelta::hours(1)));
        let ended = SessionEnds { ended_at: Some(now), ..good.session.unwrap() };
        assert!(!Alive { session: Some(ended), ..good.clone() }.is_grant_live(FIRST, now));
        assert!(!Alive { session: None, ..good.clone() }.is_grant_live(FIRST, now));
        let away = Some(FamilyEnds { outlives_session: true, ..BOUND });
        let mut locked = Alive { family: away, ..good.clone() };
        assert!(locked.is_grant_live(FIRST, now));
        locked.user.locked_at = Some(now);
        assert!(!locked.is_grant_live(FIRST, now));
        assert!(!Alive { family: Some(FamilyEnds { revoked: true, ..BOUND }), ..good }.is_grant_live(FIRST, now));
    }

    #[test]
    fn only_a_grant_for_while_the_person_is_away_outlives_the_session() {
        let now = Clock::System.now();
        let away = FamilyEnds { outlives_session: true, ..BOUND };
        let signed_out = Alive { session: None, family: Some(away), ..alive(now) };
        assert!(signed_out.is_grant_live(FIRST, now));
        assert!(
            !Alive { family: Some(FamilyEnds { revoked: true, ..away }), ..signed_out.clone() }
                .is_grant_live(FIRST, now)
        );
        assert!(!Alive { family: Some(BOUND), ..signed_out.clone() }.is_grant_live(FIRST, now));
        assert!(!Alive { family: None, ..signed_out }.is_grant_live(FIRST, now));
    }

    #[test]
    fn nothing_outlives_the_epoch_in_which_it_was_granted() {
        let now = Clock::System.now();
        for family in [None, Some(BOUND), Some(FamilyEnds { outlives_session: true, ..BOUND })] {
            let withdrawn = Alive { family, epoch: 1.into(), ..alive(now) };
            assert!(!withdrawn.is_grant_live(FIRST, now));
            assert!(withdrawn.is_grant_live(1.into(), now), "what was granted afterwards is good");
        }
    }
}

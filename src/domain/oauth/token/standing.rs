//! Whether those a token depends on are alive: looked up, never propagated.

/// Reads it in one round trip; none where the person is gone.
pub use super::store::find_alive as find;
use crate::{domain::users::User, kernel::Time};

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
    /// revocation or the person's lock.
    pub fn is_grant_live(&self, now: Time) -> bool {
        let revoked = self.family.is_some_and(|family| family.revoked);
        let outlives_session = self.family.is_some_and(|family| family.outlives_session);
        !revoked && self.is_user_active() && (self.is_session_live(now) || outlives_session)
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
        }
    }

    #[test]
    fn a_token_dies_with_what_it_depends_on() {
        let now = Clock::System.now();
        let good = alive(now);
        assert!(good.is_grant_live(now));
        assert!(Alive { family: None, ..good.clone() }.is_grant_live(now));
        assert!(!good.is_grant_live(now + TimeDelta::hours(1)));
        let ended = SessionEnds { ended_at: Some(now), ..good.session.unwrap() };
        assert!(!Alive { session: Some(ended), ..good.clone() }.is_grant_live(now));
        assert!(!Alive { session: None, ..good.clone() }.is_grant_live(now));
        let away = Some(FamilyEnds { outlives_session: true, ..BOUND });
        let mut locked = Alive { family: away, ..good.clone() };
        assert!(locked.is_grant_live(now));
        locked.user.locked_at = Some(now);
        assert!(!locked.is_grant_live(now));
        assert!(!Alive { family: Some(FamilyEnds { revoked: true, ..BOUND }), ..good }.is_grant_live(now));
    }

    #[test]
    fn only_a_grant_for_while_the_person_is_away_outlives_the_session() {
        let now = Clock::System.now();
        let away = FamilyEnds { outlives_session: true, ..BOUND };
        let signed_out = Alive { session: None, family: Some(away), ..alive(now) };
        assert!(signed_out.is_grant_live(now));
        assert!(!Alive { family: Some(FamilyEnds { revoked: true, ..away }), ..signed_out.clone() }.is_grant_live(now));
        assert!(!Alive { family: Some(BOUND), ..signed_out.clone() }.is_grant_live(now));
        assert!(!Alive { family: None, ..signed_out }.is_grant_live(now));
    }
}

//! A session: who, on which device, since when, until when.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    config,
    kernel::{
        Principal, Time,
        assurance::Method,
        id::{SessionId, TenantId, UserId},
    },
};

/// What carries a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A browser's cookie.
    Browser,
    /// Tokens of the first-party API.
    Api,
}

impl Kind {
    /// As rows hold it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Api => "api",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Browser, Self::Api].into_iter().find(|kind| kind.name() == name)
    }
}

/// One device that is or was signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Identifier, the `sid` of its tokens.
    pub id: SessionId,
    /// The tenant.
    pub tenant: TenantId,
    /// Whose.
    pub user: UserId,
    /// What carries it.
    pub kind: Kind,
    /// The device as people know it.
    pub device_name: String,
    /// The `User-Agent` at sign-in.
    pub user_agent: Option<String>,
    /// The network address at sign-in.
    pub address: Option<IpAddr>,
    /// How the person proved who they are.
    pub methods: Vec<Method>,
    /// When they last did.
    pub authenticated_at: Time,
    /// When the session began.
    pub created_at: Time,
    /// When it was last used, give or take `sessions.touch_every`.
    pub last_seen_at: Time,
    /// When it ends if not used before.
    pub idle_expires_at: Time,
    /// When it ends in any case.
    pub expires_at: Time,
    /// When it was ended.
    pub ended_at: Option<Time>,
    /// Why, by its stable name.
    pub end_reason: Option<String>,
}

/// Whether a session vouches for its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Live,
    /// It was ended.
    Ended,
    /// It was not used for too long.
    Idle,
    /// Its absolute time is over.
    Expired,
    /// The person is locked out.
    Locked,
}

impl Session {
    /// Whether the session vouches for its person at `now`.
    pub fn standing(&self, now: Time, user_locked: bool) -> Standing {
        if self.ended_at.is_some() {
            Standing::Ended
        } else if user_locked {
            Standing::Locked
        } else if self.expires_at <= now {
            Standing::Expired
        } else if self.idle_expires_at <= now {
            Standing::Idle
        } else {
            Standing::Live
        }
    }

    /// Whether "last seen" is so stale that it has to be written.
    pub fn wants_touch(&self, now: Time, sessions: &config::Sessions) -> bool {
        self.last_seen_at + sessions.touch_every.chrono() <= now
    }

    /// The session as used at `now`.
    #[must_use]
    pub fn touched(self, now: Time, sessions: &config::Sessions) -> Self {
        let idle_expires_at = Lifetime::of(self.kind, sessions).idle_end(now, self.expires_at);
        Self { last_seen_at: now, idle_expires_at, ..self }
    }

    /// The person, as the session vouches for them.
    pub fn principal(&self) -> Principal {
        Principal {
            user: self.user,
            session: self.id,
            authenticated_at: self.authenticated_at,
            methods: self.methods.clone(),
        }
    }
}

/// How long sessions of one kind live.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    idle: config::Span,
    absolute: config::Span,
}

impl Lifetime {
    pub(super) fn of(kind: Kind, sessions: &config::Sessions) -> Self {
        match kind {
            Kind::Browser => Self { idle: sessions.idle, absolute: sessions.absolute },
            Kind::Api => Self { idle: sessions.api_idle, absolute: sessions.api_absolute },
        }
    }

    /// When a session ends in any case that is authenticated at `now`.
    pub(super) fn end(self, now: Time) -> Time {
        now + self.absolute.chrono()
    }

    /// When a session that is used at `now` ends if not used again; never after its absolute end.
    pub(super) fn idle_end(self, now: Time, end: Time) -> Time {
        (now + self.idle.chrono()).min(end)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::Clock;

    fn session(now: Time) -> Session {
        let sessions = config::Sessions::default();
        let lifetime = Lifetime::of(Kind::Browser, &sessions);
        Session {
            id: SessionId::fresh(),
            tenant: TenantId::fresh(),
            user: UserId::fresh(),
            kind: Kind::Browser,
            device_name: "Firefox on Linux".into(),
            user_agent: None,
            address: None,
            methods: vec![Method::Password],
            authenticated_at: now,
            created_at: now,
            last_seen_at: now,
            idle_expires_at: lifetime.idle_end(now, lifetime.end(now)),
            expires_at: lifetime.end(now),
            ended_at: None,
            end_reason: None,
        }
    }

    #[test]
    fn a_session_lives_until_the_first_of_its_ends() {
        let now = Clock::System.now();
        let live = session(now);
        let moment = TimeDelta::microseconds(1);
        assert_eq!(live.standing(now, false), Standing::Live);
        assert_eq!(live.standing(live.idle_expires_at - moment, false), Standing::Live);
        assert_eq!(live.standing(live.idle_expires_at, false), Standing::Idle);
        assert_eq!(live.standing(live.expires_at, false), Standing::Expired);
        assert_eq!(live.standing(now, true), Standing::Locked);
        let ended = Session { ended_at: Some(now), ..live };
        assert_eq!(ended.standing(now, false), Standing::Ended);
        assert_eq!(ended.standing(now, true), Standing::Ended);
    }

    #[test]
    fn use_prolongs_a_session_but_not_beyond_its_absolute_end() {
        let sessions = config::Sessions::default();
        let now = Clock::System.now();
        let fresh = session(now);
        let later = now + TimeDelta::days(10);
        assert_eq!(fresh.clone().touched(later, &sessions).idle_expires_at, later + sessions.idle.chrono());
        let last = now + TimeDelta::days(29);
        let touched = fresh.clone().touched(last, &sessions);
        assert_eq!((touched.idle_expires_at, touched.last_seen_at), (fresh.expires_at, last));
        assert_eq!(touched.expires_at, fresh.expires_at);
    }

    #[test]
    fn last_seen_is_written_now_and_then() {
        let sessions = config::Sessions::default();
        let now = Clock::System.now();
        let fresh = session(now);
        assert!(!fresh.wants_touch(now, &sessions));
        assert!(!fresh.wants_touch(now + sessions.touch_every.chrono() - TimeDelta::microseconds(1), &sessions));
        assert!(fresh.wants_touch(now + sessions.touch_every.chrono(), &sessions));
    }

    #[test]
    fn kinds_are_read_back() {
        assert_eq!(Kind::named("browser"), Some(Kind::Browser));
        assert_eq!(Kind::named("api"), Some(Kind::Api));
        assert_eq!(Kind::named("cookie"), None);
    }
}

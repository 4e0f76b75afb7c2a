//! Starting a session, as part of a sign-in.

use super::{EndReason, Kind, Session, end_one, session::Lifetime, store};
use crate::{
    app::Cx,
    domain::users::fence,
    kernel::{
        Fact, Result,
        assurance::Method,
        id::{ClientId, SessionId, UserId},
        secret::Secret,
    },
    ports::random,
};

/// A session that began, or began anew.
#[derive(Debug, Clone)]
pub struct Started {
    /// The session.
    pub session: Session,
    /// What the browser's cookie says from now on; none for the API.
    pub cookie: Option<Secret>,
    /// Somebody else's session that this one took the place of.
    pub replaced: Option<Replaced>,
}

/// A session that ended because somebody else signed in over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The session.
    pub session: SessionId,
    /// The clients that had it, by their rows.
    pub clients: Vec<ClientId>,
}

/// What becomes of the session that the browser had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Present {
    /// There is none, or it is over.
    None,
    /// The same person proves again who they are: the session goes on under a new secret.
    Renew(SessionId),
    /// Someone else's: it ends.
    End(SessionId),
}

/// What to do with the present session when `user` signs in.
fn judge(present: Option<&Session>, user: UserId, kind: Kind) -> Present {
    match present {
        Some(present) if present.kind != kind || kind != Kind::Browser || present.ended_at.is_some() => Present::None,
        Some(present) if present.user == user => Present::Renew(present.id),
        Some(present) => Present::End(present.id),
        None => Present::None,
    }
}

/// The browser's present session, with the fence around it raised: call it before the transaction begins.
pub async fn present(cx: &Cx, id: Option<SessionId>) -> Result<Option<Session>> {
    let Some(id) = id else { return Ok(None) };
    let found = store::find(cx.db().reader(), cx.tenant().id, id).await?;
    if let Some(session) = &found {
        fence::raise(cx.ephemeral(), session.user).await?;
    }
    Ok(found)
}

/// Starts a session in the transaction of a sign-in. The secret is new in every case (ASVS 7.2.4).
pub async fn start(
    cx: &mut Cx,
    user: UserId,
    kind: Kind,
    present: Option<&Session>,
    methods: Vec<Method>,
) -> Result<Started> {
    let now = cx.now;
    let lifetime = Lifetime::of(kind, &cx.config().sessions);
    let expires_at = lifetime.end(now);
    let mut session = Session {
        id: SessionId::fresh(),
        tenant: cx.tenant().id,
        user,
        kind,
        device_name: cx.caller.device.name(),
        user_agent: cx.caller.device.user_agent.clone(),
        address: cx.caller.device.address,
        methods,
        authenticated_at: now,
        created_at: now,
        last_seen_at: now,
        idle_expires_at: lifetime.idle_end(now, expires_at),
        expires_at,
        ended_at: None,
        end_reason: None,
    };
    let cookie = match kind {
        Kind::Browser => Some(random::token("sgt_se_")?),
        Kind::Api => None,
    };
    let digest = cookie.as_ref().map(Secret::digest);
    let tx = cx.tx()?;
    let mut renewed = false;
    let mut replaced = None;
    match (judge(present, user, kind), digest) {
        (Present::Renew(id), Some(digest)) => {
            let again =
                Session { id, created_at: present.map_or(now, |present| present.created_at), ..session.clone() };
            renewed = store::renew(tx, &again, digest).await?;
            if renewed {
                session = again;
            }
        }
        (Present::End(id), _) => {
            if let Some(other) = present {
                let had = end_one(tx, session.tenant, other.user, id, EndReason::Replaced).await?;
                replaced = had.map(|clients| Replaced { session: id, clients });
            }
        }
        _ => {}
    }
    if !renewed {
        store::insert(tx, &session, digest).await?;
    }
    let started = Fact::SessionStarted.of(user).session(session.id).with("kind", kind.name());
    tx.record(if renewed { started.with("renewed", true) } else { started });
    Ok(Started { session, cookie, replaced })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Clock, id::TenantId};

    fn session(user: UserId, kind: Kind) -> Session {
        let now = Clock::System.now();
        Session {
            id: SessionId::fresh(),
            tenant: TenantId::fresh(),
            user,
            kind,
            device_name: String::new(),
            user_agent: None,
            address: None,
            methods: vec![Method::Password],
            authenticated_at: now,
            created_at: now,
            last_seen_at: now,
            idle_expires_at: now,
            expires_at: now,
            ended_at: None,
            end_reason: None,
        }
    }

    #[test]
    fn a_browser_has_one_session_and_it_belongs_to_who_signed_in_last() {
        let (ada, bob) = (UserId::fresh(), UserId::fresh());
        let adas = session(ada, Kind::Browser);
        assert_eq!(judge(None, ada, Kind::Browser), Present::None);
        assert_eq!(judge(Some(&adas), ada, Kind::Browser), Present::Renew(adas.id));
        assert_eq!(judge(Some(&adas), bob, Kind::Browser), Present::End(adas.id));
    }

    #[test]
    fn a_session_that_is_over_or_of_another_kind_is_left_alone() {
        let ada = UserId::fresh();
        let over = Session { ended_at: Some(Clock::System.now()), ..session(ada, Kind::Browser) };
        assert_eq!(judge(Some(&over), ada, Kind::Browser), Present::None);
        let api = session(ada, Kind::Api);
        assert_eq!(judge(Some(&api), ada, Kind::Browser), Present::None);
        assert_eq!(judge(Some(&api), ada, Kind::Api), Present::None);
        assert_eq!(judge(Some(&session(ada, Kind::Browser)), ada, Kind::Api), Present::None);
    }
}

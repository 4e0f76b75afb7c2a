//! Where a person is signed in.

use serde::Serialize;

use super::{Session, Standing, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::Result,
};

/// A session in the list of its owner.
#[derive(Debug, Clone, Serialize)]
pub struct ListedSession {
    /// The session.
    #[serde(flatten)]
    pub session: Session,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Lists the caller's live sessions: the present one first, then the last used first.
#[derive(Debug, Clone)]
pub struct ListSessions;

impl Operation for ListSessions {
    type Output = Vec<ListedSession>;
    const NAME: &'static str = "session.list";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Vec<ListedSession>> {
        let person = cx.person()?;
        let (user, present) = (person.user, person.session);
        let open = store::open(cx.db().reader(), cx.tenant().id, user).await?;
        let live = open.into_iter().filter(|session| session.standing(cx.now, false) == Standing::Live);
        let mut listed: Vec<_> =
            live.map(|session| ListedSession { current: session.id == present, session }).collect();
        listed.sort_by_key(|listed| !listed.current);
        Ok(listed)
    }
}

//! What became of notices, for operators.

use serde::Serialize;

use super::{State, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{
        Result, Time,
        id::{NoticeId, SessionId, UserId},
    },
};

/// A notice as operators see it.
#[derive(Debug, Clone, Serialize)]
pub struct ListedNotice {
    /// Identifier.
    pub id: NoticeId,
    /// What became of it.
    pub state: State,
    /// Public identifier of the client.
    pub client_id: String,
    /// Whose session is over.
    pub user: UserId,
    /// Which session.
    pub session: SessionId,
    /// How often it was tried.
    pub attempts: u32,
    /// When the session ended.
    pub created_at: Time,
    /// When it is tried next, if it is.
    pub next_attempt_at: Option<Time>,
    /// When the client took it.
    pub sent_at: Option<Time>,
    /// What last went wrong.
    pub last_error: Option<String>,
}

/// Lists the newest notices first.
#[derive(Debug, Clone, Copy)]
pub struct ListNotices {
    /// Only those in this state.
    pub state: Option<State>,
    /// At most so many.
    pub limit: u64,
}

impl Operation for ListNotices {
    type Output = Vec<ListedNotice>;
    const NAME: &'static str = "notice.list";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<ListedNotice>> {
        store::list(cx.db().reader(), cx.tenant().id, self.state, self.limit).await
    }
}

//! What happened to one's own account.

use super::{Activity, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Result, id::ActivityId},
};

/// Most facts on one page.
const LONGEST_PAGE: u64 = 100;

/// Lists the facts that concern the caller, newest first.
#[derive(Debug, Clone)]
pub struct ListActivity {
    /// Only what was before this one: the last of the page before.
    pub before: Option<ActivityId>,
    /// At most so many, and at most 100.
    pub limit: u64,
}

impl Operation for ListActivity {
    type Output = Vec<Activity>;
    const NAME: &'static str = "audit.list_own";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Activity>> {
        let (user, limit) = (cx.person()?.user, self.limit.min(LONGEST_PAGE));
        store::of_user(cx.db().reader(), cx.tenant().id, user, self.before, limit).await
    }
}

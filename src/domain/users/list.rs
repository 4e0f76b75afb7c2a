//! People, page by page, for operators.

use super::{User, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Result, id::UserId},
};

/// Most people on one page.
const LONGEST_PAGE: u64 = 1000;

/// Lists people, the oldest account first.
#[derive(Debug, Clone)]
pub struct ListUsers {
    /// Begin after this one.
    pub after: Option<UserId>,
    /// At most so many, and at most 1000.
    pub limit: u64,
}

impl Operation for ListUsers {
    type Output = Vec<User>;
    const NAME: &'static str = "user.list";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<User>> {
        store::list(cx.db().reader(), cx.tenant().id, self.after, self.limit.min(LONGEST_PAGE)).await
    }
}

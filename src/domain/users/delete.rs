//! Deleting a person: their credentials, sessions, consents and mails go with the row; the trail of facts stays.

use super::{Whom, fence, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::notices,
    kernel::{Code, Fact, Result, id::UserId},
};

/// Deletes a person. Their identifier is never given to anyone else.
#[derive(Debug, Clone)]
pub struct DeleteUser {
    /// Whom.
    pub whom: Whom,
}

impl Operation for DeleteUser {
    type Output = UserId;
    const NAME: &'static str = "user.delete";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<UserId> {
        let user = self.whom.find(cx).await?;
        fence::raise(cx.ephemeral(), user.id).await?;
        let tx = cx.begin().await?;
        notices::every_session_over(tx, user.tenant, user.id).await?; // before the rows are gone that say who had them
        if !store::delete(tx, user.tenant, user.id).await? {
            return Err(Code::NotFound.because("There is no such user.").into());
        }
        tx.record(Fact::UserDeleted.of(user.id));
        Ok(user.id)
    }
}

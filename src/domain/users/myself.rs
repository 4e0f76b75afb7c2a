//! The person who asks, as they are shown to themselves.

use super::{User, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Result},
};

/// Shows the caller to themselves.
#[derive(Debug, Clone, Copy)]
pub struct ShowMyself;

impl Operation for ShowMyself {
    type Output = User;
    const NAME: &'static str = "user.show_myself";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<User> {
        let id = cx.person()?.user;
        let found = store::find(cx.db().reader(), cx.tenant().id, id).await?;
        // Deleted or locked a moment ago: the session is as good as over.
        let found = found.filter(|user| !user.is_locked());
        found.ok_or_else(|| Code::NotSignedIn.because("Sign in first.").into())
    }
}

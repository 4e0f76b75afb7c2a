//! Whether a reset link is still good. Changes nothing: mail scanners open links.

use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        credentials::Purpose,
        sign_up::{LinkState, check},
    },
    kernel::{Result, secret::Secret},
};

/// Asks what the link of a reset mail is worth.
#[derive(Debug, Clone)]
pub struct CheckResetLink {
    /// What the link carries.
    pub token: Secret,
}

impl Operation for CheckResetLink {
    type Output = LinkState;
    const NAME: &'static str = "sign_in.check_reset_link";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<LinkState> {
        check(cx, Purpose::ResetPassword, &self.token).await
    }
}

//! Asking for a link to choose a new password. The answer is the same for every address.

use super::letters;
use crate::{
    app::{Cx, Guard, Limit, Operation},
    domain::{
        credentials::{self, allow_mail},
        rates::rate,
        sign_up::address,
        users,
    },
    kernel::{Fact, Result},
};

/// Sends a link to choose a new password, if the address has an account that is not locked.
#[derive(Debug, Clone)]
pub struct ForgotPassword {
    /// The address.
    pub email: String,
}

impl Operation for ForgotPassword {
    type Output = ();
    const NAME: &'static str = "sign_in.forgot_password";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.resets_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let email = address(&self.email)?;
        allow_mail(cx, &email).await?;
        let found = users::store::find_by_email(cx.db().reader(), cx.tenant().id, email.canonical()).await?;
        let Some(user) = found.filter(|user| !user.is_locked()) else { return Ok(()) };
        // To the address that the account has, not to the spelling that was typed.
        let (mailed, message) = letters::reset(cx, &user)?;
        let tx = cx.begin().await?;
        credentials::store::insert_proof(tx, &mailed).await?;
        tx.record(Fact::PasswordResetRequested.of(user.id));
        tx.send(message);
        Ok(())
    }
}

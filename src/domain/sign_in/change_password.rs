//! Changing the password, which needs the present one (ASVS 6.2.3).

use super::{letters, throttle::Throttle};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        credentials::{
            self, Purpose,
            password::{self, Context},
        },
        sessions::{self, EndReason},
        users::{self, User, fence},
    },
    kernel::{Code, Error, Fact, Result, refusal::Findings, secret::Secret},
    ports::passwords::Verdict,
};

/// Changes the caller's password.
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// The present one.
    pub current: Secret,
    /// The new one.
    pub new: Secret,
    /// Whether every other session is ended, and what applications were allowed to do offline.
    pub end_others: bool,
}

impl Operation for ChangePassword {
    /// How many other sessions ended.
    type Output = usize;
    const NAME: &'static str = "sign_in.change_password";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<usize> {
        let (id, present, tenant) = (cx.person()?.user, cx.person()?.session, cx.tenant().id);
        let db = cx.db().reader();
        let user = users::store::find(db, tenant, id).await?.filter(|user| !user.is_locked());
        let user = user.ok_or_else(|| Code::NotSignedIn.because("Sign in first."))?;
        self.check_form(cx, &user)?;
        let old = self.verified(cx, &user).await?;
        let hash = cx.passwords().hash(self.new).await?;
        fence::raise(cx.ephemeral(), id).await?;
        let told = user.email_verified_at.map(|_| letters::password_changed(cx, &user));
        let tx = cx.begin().await?;
        if !credentials::store::change_password(tx, tenant, id, &old, hash).await? {
            return Err(Code::Conflict.because("The password was changed meanwhile.").into());
        }
        credentials::store::retire_proofs(tx, tenant, id, Purpose::ResetPassword).await?;
        tx.record(Fact::PasswordChanged.of(id).session(present));
        // To a proved address only: it may be somebody else's.
        if let Some(told) = told {
            tx.send(told);
        }
        if !self.end_others {
            return Ok(0);
        }
        let reason = EndReason::PasswordChanged;
        let ended = sessions::end_every(tx, tenant, id, Some(present), reason).await?;
        sessions::store::revoke_families(tx, tenant, id, Some(present), reason).await?;
        Ok(ended)
    }
}

impl ChangePassword {
    fn check_form(&self, cx: &Cx, user: &User) -> Result<()> {
        let mut findings = Findings::default();
        if self.current.expose().is_empty() {
            findings.note("current_password", "required", "is required");
        }
        let product = &cx.config().branding.product_name;
        let context = Context { email: Some(&user.email), name: &user.name, product };
        password::check(&mut findings, &self.new, &context, (&cx.config().passwords).into());
        findings.refusal().map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    /// The hash that the present password matched. Guesses count like those at the sign-in page: a stolen session is no
    /// way around it.
    async fn verified(&self, cx: &mut Cx, user: &User) -> Result<String> {
        let throttle = Throttle::of(cx, user.email.as_typed());
        throttle.check(cx).await?;
        let stored = credentials::store::password_hash(cx.db().reader(), user.tenant, user.id).await?;
        match (cx.passwords().verify(stored.clone(), self.current.clone()).await?, stored) {
            (Verdict::Match { .. }, Some(stored)) => {
                throttle.settle_success(cx).await?;
                Ok(stored)
            }
            _ => {
                throttle.count_failure(cx).await?;
                Err(wrong_current(cx, user).await)
            }
        }
    }
}

async fn wrong_current(cx: &mut Cx, user: &User) -> Error {
    let refusal = Code::InvalidInput.because("Some fields need another look.");
    let refusal = refusal.at("current_password", "wrong", "is not your present password");
    match cx.begin().await {
        Ok(tx) => {
            tx.record(Fact::SignInFailed.of(user.id).with("reason", "current_password"));
            tx.settle(refusal)
        }
        Err(error) => error,
    }
}

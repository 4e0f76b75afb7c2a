//! Choosing a new password by a mailed link. Everyone who was signed in is signed out.

use super::{letters, throttle::Throttle};
use crate::{
    app::{Cx, Guard, Limit, Operation},
    domain::{
        credentials::{
            self, Purpose, Standing,
            password::{self, Context},
        },
        rates::rate,
        sessions::{self, EndReason},
        users::{self, User, fence},
    },
    kernel::{Code, Fact, Refusal, Result, email::Email, refusal::Findings, secret::Secret},
};

/// Sets a new password. Single use: of any number of callers with one link, one succeeds.
#[derive(Debug, Clone)]
pub struct ResetPassword {
    /// What the link carries.
    pub token: Secret,
    /// The new password.
    pub password: Secret,
}

/// A password that was just reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordWasReset {
    /// The address of its owner, who signs in next.
    pub email: Email,
    /// How many sessions ended.
    pub sessions_ended: usize,
}

impl Operation for ResetPassword {
    type Output = PasswordWasReset;
    const NAME: &'static str = "sign_in.reset_password";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.resets_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<PasswordWasReset> {
        let user = self.owner(cx).await?;
        self.check_form(cx, &user)?;
        let hash = cx.passwords().hash(self.password).await?;
        fence::raise(cx.ephemeral(), user.id).await?;
        // Somebody else's guesses at the old password must not keep the owner out.
        Throttle::of(cx, user.email.as_typed()).forget_account(cx).await?;
        let changed = letters::password_changed(cx, &user);
        let tx = cx.begin().await?;
        let used = credentials::store::use_link(tx, user.tenant, Purpose::ResetPassword, &self.token).await?;
        let proof = used.ok_or_else(dead_link)?;
        // The link came to the address: whoever holds it reads its mail. It is worthless if the address is another now.
        if !users::store::verify_email(tx, user.tenant, user.id, &proof.email).await? {
            return Err(dead_link().into());
        }
        credentials::store::set_password(tx, user.tenant, user.id, hash).await?;
        credentials::store::retire_proofs(tx, user.tenant, user.id, Purpose::ResetPassword).await?;
        let reason = EndReason::PasswordReset;
        let sessions_ended = sessions::end_every(tx, user.tenant, user.id, None, reason).await?;
        sessions::store::revoke_families(tx, user.tenant, user.id, None, reason).await?;
        tx.record(Fact::PasswordReset.of(user.id));
        if user.email_verified_at.is_none() {
            tx.record(Fact::EmailVerified.of(user.id));
        }
        tx.send(changed);
        Ok(PasswordWasReset { email: user.email, sessions_ended })
    }
}

impl ResetPassword {
    /// Whose password the link would set; nothing is used up.
    async fn owner(&self, cx: &Cx) -> Result<User> {
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        let proof = credentials::store::find_proof(db, tenant, Purpose::ResetPassword, &self.token).await?;
        let proof = proof.filter(|proof| proof.standing(cx.now) == Standing::Good).ok_or_else(dead_link)?;
        let user = users::store::find(db, tenant, proof.user).await?;
        Ok(user.filter(|user| !user.is_locked()).ok_or_else(dead_link)?)
    }

    /// A password that is refused does not use up the link.
    fn check_form(&self, cx: &Cx, user: &User) -> Result<()> {
        let mut findings = Findings::default();
        let product = &cx.config().branding.product_name;
        let context = Context { email: Some(&user.email), name: &user.name, product };
        password::check(&mut findings, &self.password, &context, (&cx.config().passwords).into());
        findings.refusal().map_or(Ok(()), |refusal| Err(refusal.into()))
    }
}

fn dead_link() -> Refusal {
    Code::ProofInvalid.because("This link was used or is too old. Ask for a new one.")
}
